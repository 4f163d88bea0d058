//! Agents of fast worlds: vehicles apart from each other on the lanes of a map, each with a goal on its way.

use std::sync::Arc;

use sim::actor::{ActorClass, ActorSpec, ActorState};
use sim::fast::AgentStart;
use sim::physics::Footprint;
use sim::road::{LaneKey, RoadNetwork};
use sim::seed::{self, Draw};

use super::options::vary;
use super::traffic::{driving_lanes, pose_on};
use super::trip::position;

/// How far along its way a goal lies, metres.
const GOAL_M: [f64; 2] = [40.0, 120.0];
/// Speed at the start, m/s.
const START_MPS: [f64; 2] = [3.0, 9.0];
/// Room about a vehicle at the start, metres.
const ROOM_M: f64 = 4.0;
/// Places that are tried for each.
const TRIES: usize = 60;
/// One in so many is a truck.
const TRUCK_SHARE: f64 = 0.06;

/// So many vehicles at most, by a seed; fewer where there is no room for more.
pub fn fast_agents(map: &Arc<RoadNetwork>, seed: u64, count: usize) -> Vec<AgentStart> {
    let mut draw = seed::stream(seed, None, "generate.agents");
    let lanes = driving_lanes(map);
    let all_m: f64 = lanes.iter().map(|(_, length)| length).sum();
    let mut taken: Vec<Footprint> = Vec::new();
    let mut agents = Vec::new();
    for _ in 0..count.saturating_mul(TRIES) {
        if agents.len() == count {
            break;
        }
        let mut at_m = draw.uniform(0.0, all_m);
        let Some((key, done_m)) = lanes.iter().find_map(|(key, length)| {
            let inside = at_m < *length;
            at_m -= if inside { 0.0 } else { *length };
            inside.then_some((*key, at_m))
        }) else {
            continue;
        };
        let class = if draw.chance(TRUCK_SHARE) {
            ActorClass::Truck
        } else {
            ActorClass::Car
        };
        let mut spec = ActorSpec::typical(&format!("Agent{}", agents.len()), class);
        vary(&mut spec, &mut draw);
        let (speed_mps, far_m) = (
            draw.uniform(START_MPS[0], START_MPS[1]),
            draw.uniform(GOAL_M[0], GOAL_M[1]),
        );
        let Some(pose) = pose_on(map, key, done_m, 0.0) else {
            continue;
        };
        let state = ActorState::at(pose, speed_mps);
        let print = Footprint::new(&spec, &state);
        if taken.iter().any(|t| t.gap_m(&print, ROOM_M).is_some()) {
            continue;
        }
        let Some(goal_m) = goal(map, key, done_m, far_m, seed) else {
            continue;
        };
        taken.push(print);
        agents.push(AgentStart {
            spec: Arc::new(spec),
            state,
            goal_m,
        });
    }
    agents
}

fn goal(map: &RoadNetwork, key: LaneKey, done_m: f64, far_m: f64, seed: u64) -> Option<[f64; 2]> {
    let from = position(map, key, done_m)?;
    let route = map.follow_lane_route(&from, far_m + 1.0, seed)?;
    let at = route.sample(map, far_m.min(route.length_m()));
    Some([at.pose.x_m, at.pose.y_m])
}
