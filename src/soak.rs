//! A soak run of generated traffic on a map: who touches whom, and who gets stuck.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use agents::systems::TrafficDrivers;
use scenarios::generate::{TrafficOptions, populate, traffic};
use serde::Serialize;
use sim::actor::{ActorId, Motion};
use sim::math::hypot;
use sim::physics::Contacts;
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig, WorldSnapshot};

/// Length of a tick, seconds.
const DT_S: f64 = 0.05;
/// Who has a driver and moves less than this in `STUCK_S` is stuck, metres.
const STUCK_M: f64 = 2.0;
/// After this time SUMO takes a vehicle for one in a gridlock (`--time-to-teleport`), seconds.
const STUCK_S: f64 = 300.0;
/// The same for who still stands when the run ends, seconds: longer than any wait at a light.
const STUCK_AT_END_S: f64 = 180.0;
/// States before a contact that are told: how many, and every how many ticks.
const KEPT: usize = 8;
const KEPT_EVERY: u64 = 10;

/// What happened.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Soak {
    /// Vehicles with a driver at the start.
    pub driven: usize,
    /// Everybody at the start.
    pub actors: usize,
    /// Simulated time, seconds.
    pub time_s: f64,
    /// Contacts that began.
    pub collisions: Vec<String>,
    /// Vehicles that got stuck.
    pub stuck: Vec<String>,
    /// Way driven by all driven vehicles, kilometres.
    pub driven_km: f64,
    /// Changes of lanes that vehicles chose.
    pub lane_changes: u64,
}

/// Place, heading and speed of one actor, and what its driver thinks.
type Moment = ([f64; 4], String);

/// Where everybody was in the last seconds: time, and moments by actor.
#[derive(Default)]
struct Past(VecDeque<(f64, BTreeMap<ActorId, Moment>)>);

impl Past {
    fn note(&mut self, snapshot: &WorldSnapshot, drivers: &TrafficDrivers) {
        if !snapshot.tick.is_multiple_of(KEPT_EVERY) {
            return;
        }
        let of = |a: &sim::world::ActorSnapshot| {
            let p = &a.state.pose;
            let state = [p.x_m, p.y_m, p.yaw_rad, a.state.speed_mps];
            (a.id, (state, drivers.explain(a.id)))
        };
        let states = snapshot.actors.iter().map(of).collect();
        self.0.push_back((snapshot.time_s, states));
        if self.0.len() > KEPT {
            self.0.pop_front();
        }
    }

    fn of(&self, id: ActorId) -> String {
        let rows = self.0.iter().filter_map(|(time_s, states)| {
            let ([x, y, yaw, v], mind) = states.get(&id)?;
            Some(format!(
                "{time_s:.1} s ({x:.1}, {y:.1}) {yaw:.2} rad {v:.1} m/s, {mind}"
            ))
        });
        rows.collect::<Vec<_>>().join("\n      ")
    }
}

/// Runs traffic that nobody disturbs; `explain` adds to each finding what led to it.
pub fn soak(
    map: &Arc<RoadNetwork>,
    seed: u64,
    options: &TrafficOptions,
    duration_s: f64,
    explain: bool,
) -> Soak {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed,
        map: map.clone(),
    });
    agents::install(&mut world, agents::AgentsConfig::default());
    let placed = traffic(map, seed, options);
    let is_driven: Vec<bool> = placed.iter().map(|p| p.driver.is_some()).collect();
    let ids = populate(&mut world, placed);
    let driven: BTreeSet<ActorId> = ids
        .iter()
        .zip(&is_driven)
        .filter_map(|(id, driven)| driven.then_some(*id))
        .collect();
    let mut result = Soak {
        driven: driven.len(),
        actors: ids.len(),
        ..Soak::default()
    };
    let mut pipeline = Pipeline::new(Vec::new());
    let mut touching: BTreeSet<(ActorId, ActorId)> = BTreeSet::new();
    let mut rests: BTreeMap<ActorId, ([f64; 2], f64)> = BTreeMap::new();
    let mut before: BTreeMap<ActorId, [f64; 2]> = BTreeMap::new();
    let mut stuck: BTreeSet<ActorId> = BTreeSet::new();
    let mut past = Past::default();
    while world.tick().time_s() < duration_s && world.is_running() {
        pipeline.tick(std::slice::from_mut(&mut world));
        let snapshot = world.snapshot();
        let drivers = world.ecs.resource::<TrafficDrivers>();
        let name = |id: ActorId| {
            snapshot.actor(id).map_or(String::new(), |a| {
                let p = &a.state.pose;
                let v = a.state.speed_mps;
                format!("{} ({:.1}, {:.1}) {v:.1} m/s", a.spec.name, p.x_m, p.y_m)
            })
        };
        if explain {
            past.note(snapshot, drivers);
        }
        let now: BTreeSet<(ActorId, ActorId)> = world
            .ecs
            .resource::<Contacts>()
            .list
            .iter()
            .map(|c| (c.a.min(c.b), c.a.max(c.b)))
            .filter(|(a, b)| {
                let moves = |id: &ActorId| {
                    snapshot
                        .actor(*id)
                        .is_some_and(|a| a.motion != Motion::Fixed)
                };
                moves(a) || moves(b)
            })
            .collect();
        for (a, b) in now.difference(&touching) {
            let mut text = format!("{:.2} s: {} and {}", snapshot.time_s, name(*a), name(*b));
            if explain {
                for id in [*a, *b] {
                    let (mind, states) = (drivers.explain(id), past.of(id));
                    text += &format!("\n    {}: {mind}\n      {states}", name(id));
                }
            }
            result.collisions.push(text);
        }
        for actor in snapshot.actors.iter().filter(|a| driven.contains(&a.id)) {
            let at = [actor.state.pose.x_m, actor.state.pose.y_m];
            let way = |from: [f64; 2]| hypot(at[0] - from[0], at[1] - from[1]);
            let moved = before.insert(actor.id, at).map_or(0.0, way);
            // Who has left the map comes in again elsewhere.
            if moved < 10.0 {
                result.driven_km += moved / 1000.0;
            }
            let rest = rests.entry(actor.id).or_insert((at, snapshot.time_s));
            if way(rest.0) > STUCK_M {
                *rest = (at, snapshot.time_s);
            }
            let is_last = snapshot.time_s + 1.5 * DT_S > duration_s;
            let longest_s = if is_last { STUCK_AT_END_S } else { STUCK_S };
            if snapshot.time_s - rest.1 > longest_s && stuck.insert(actor.id) {
                let mut text = format!("since {:.0} s: {}", rest.1, name(actor.id));
                if explain {
                    text += &format!("\n    {}", chain(drivers, actor.id, &name));
                }
                result.stuck.push(text);
            }
        }
        touching = now;
        result.time_s = snapshot.time_s;
    }
    result.lane_changes = world.ecs.resource::<TrafficDrivers>().lane_changes();
    result
}

/// Who waits for whom, from one vehicle on until somebody waits for nobody or the chain closes.
fn chain(drivers: &TrafficDrivers, from: ActorId, name: &dyn Fn(ActorId) -> String) -> String {
    let (mut links, mut at, mut seen) = (Vec::new(), from, BTreeSet::new());
    while seen.insert(at) {
        links.push(format!("{}: {}", name(at), drivers.explain(at)));
        match drivers.held_by(at) {
            Some(next) => at = next,
            None => return links.join("\n    waits for "),
        }
    }
    links.push(format!("{} again", name(at)));
    links.join("\n    waits for ")
}
