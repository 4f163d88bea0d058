//! Agents of fast worlds: vehicles of generated traffic, each with a goal on its route.

use std::sync::Arc;

use sim::fast::AgentStart;
use sim::road::RoadNetwork;
use sim::seed::{self, Draw};

use super::{TrafficOptions, traffic};

/// How far along its route a goal lies, metres.
const GOAL_M: [f64; 2] = [40.0, 120.0];
/// Speed at the start, as a share of the limit of its speed at full steering, m/s.
const START_MPS: [f64; 2] = [3.0, 9.0];
/// Densities that are tried until there are enough, vehicles for each kilometre of lane.
const DENSITIES_PER_KM: [f64; 4] = [20.0, 40.0, 60.0, 90.0];

/// Places that are tried for a vehicle.
const TRIES: usize = 2000;

/// So many vehicles at most on the lanes of a map, by a seed; fewer where there is no room for more.
pub fn fast_agents(map: &Arc<RoadNetwork>, seed: u64, count: usize) -> Vec<AgentStart> {
    let mut agents = Vec::new();
    for per_km in DENSITIES_PER_KM {
        agents = placed(map, seed, count, per_km);
        if agents.len() >= count {
            break;
        }
    }
    agents
}

fn placed(map: &Arc<RoadNetwork>, seed: u64, count: usize, per_km: f64) -> Vec<AgentStart> {
    let options = TrafficOptions {
        vehicles_per_km: per_km,
        max_vehicles: count,
        tries: TRIES,
        pedestrians: 0,
        cyclists: 0,
        parked_share: 0.0,
        ..TrafficOptions::default()
    };
    let mut draw = seed::stream(seed, None, "generate.agents");
    let vehicles = traffic(map, seed, &options);
    let starts = vehicles.into_iter().filter_map(|placed| {
        let route = placed.route?;
        let far_m = draw.uniform(GOAL_M[0], GOAL_M[1]);
        let (from_m, _) = route.project(placed.state.pose.x_m, placed.state.pose.y_m, None);
        let goal = route.sample(map, (from_m + far_m).min(route.length_m()));
        let mut state = placed.state;
        state.speed_mps = draw.uniform(START_MPS[0], START_MPS[1]);
        Some(AgentStart {
            spec: Arc::new(placed.spec),
            state,
            goal_m: [goal.pose.x_m, goal.pose.y_m],
        })
    });
    starts.take(count).collect()
}
