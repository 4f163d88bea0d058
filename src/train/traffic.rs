//! Generated maps with rule-driven traffic: worlds to record and to drive in.

use std::path::Path;
use std::sync::Arc;

use agents::map::{Leg, path_of_legs, roam};
use agents::systems::RoutePaths;
use agents::{AgentsConfig, install};
use scenarios::generate::{MapKind, map};
use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::input::{InputError, Limits};
use sim::math::hypot;
use sim::message::DriverSpec;
use sim::road::{LaneKey, RoadNetwork};
use sim::seed::{Draw, stream};
use sim::world::{SignalPhase, SignalStates, SimWorld, Spec, WorldConfig};

/// A generated map with its lanes cut once.
pub struct Town {
    /// The map.
    pub network: Arc<RoadNetwork>,
    /// Its lanes as prediction reads them.
    pub lanes: Arc<agents::prediction::LaneMap>,
    /// Its kind.
    pub kind: MapKind,
}

impl Town {
    /// The map of a seed; the kinds take turns, towns and intersections twice.
    ///
    /// # Errors
    /// If the generated text does not load, which is a bug.
    pub fn of(seed: u64) -> Result<Self, InputError> {
        let kinds = [
            MapKind::Town,
            MapKind::Intersection,
            MapKind::Roundabout,
            MapKind::Town,
            MapKind::Highway,
            MapKind::Intersection,
            MapKind::Curvy,
        ];
        let kind = kinds[(seed % kinds.len() as u64) as usize];
        let name = format!("{} {seed}.xodr", kind.name());
        let network = RoadNetwork::from_xml_text(Path::new(&name), map(kind, seed), &Limits::default())?;
        let lanes = Arc::new(agents::map::lane_map(&network));
        Ok(Self {
            network: Arc::new(network),
            lanes,
            kind,
        })
    }
}

/// Drivable lanes outside junctions with their lengths, by key.
fn lanes_of(network: &RoadNetwork) -> Vec<(LaneKey, f64)> {
    let mut all = Vec::new();
    for road in network.road_indices() {
        let Some(found) = network.road(road).filter(|r| r.junction.is_none()) else {
            continue;
        };
        for (section, lanes) in found.sections.iter().enumerate() {
            for lane in lanes.lanes().filter(|l| l.kind.is_drivable()) {
                let key = LaneKey {
                    road,
                    section: section as u32,
                    lane_id: lane.id,
                };
                if let Some((a, b)) = network.lane_range_m(key) {
                    all.push((key, (a - b).abs()));
                }
            }
        }
    }
    all
}

/// A world on a map with `count` vehicles on random routes; the first is driven by `ego`, has a
/// route of about `ego_route_m` and the id 0.
pub fn populate(
    town: &Town,
    seed: u64,
    dt_s: f64,
    count: usize,
    ego: DriverSpec,
    ego_route_m: f64,
) -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s,
        seed,
        map: town.network.clone(),
    });
    install(
        &mut world,
        AgentsConfig {
            lanes: Some(town.lanes.clone()),
            ..AgentsConfig::default()
        },
    );
    let mut rng = stream(seed, None, "traffic");
    let lanes = lanes_of(&town.network);
    let total: f64 = lanes.iter().map(|(_, l)| l).sum();
    let mut taken: Vec<[f64; 2]> = Vec::new();
    let mut spawned = 0;
    for _ in 0..count * 8 {
        if spawned == count || lanes.is_empty() {
            break;
        }
        let mut at = rng.uniform(0.0, total);
        let picked = lanes.iter().find(|(_, length)| {
            at -= length;
            at < 0.0
        });
        let Some((lane, length)) = picked.copied() else { continue };
        let Some((from, to)) = town.network.lane_range_m(lane) else { continue };
        if length < 12.0 {
            continue;
        }
        let share = rng.uniform(4.0, length - 6.0) / length;
        let is_ego = spawned == 0;
        let wanted = if is_ego { ego_route_m } else { 2000.0 };
        let legs = roam(&town.network, lane, from + (to - from) * share, wanted, &mut rng);
        let path = path_of_legs(&town.network, &cut(&legs, wanted));
        let class = match rng.index(20) {
            _ if is_ego => ActorClass::Car,
            0..=13 => ActorClass::Car,
            14..=15 => ActorClass::Van,
            16 => ActorClass::Truck,
            17 => ActorClass::Bus,
            _ => ActorClass::Motorcycle,
        };
        let start = path.pose(0.0, 0.0);
        let enough = path.length_m() > if is_ego { 0.6 * ego_route_m } else { 60.0 };
        let free = taken.iter().all(|p| hypot(p[0] - start.x_m, p[1] - start.y_m) > 18.0);
        if !enough || !free {
            continue;
        }
        taken.push([start.x_m, start.y_m]);
        let spec = ActorSpec::typical(&format!("car {spawned}"), class);
        let speed = 0.6 * path.curve_speed_mps(5.0, 2.0).min(12.0) * rng.unit();
        let state = ActorState::at(start, speed);
        let id = world.spawn(spec, state, Motion::Kinematic);
        let driver = if is_ego { ego } else { DriverSpec::Idm };
        if let Some(entity) = world.entity(id) {
            world.ecs.entity_mut(entity).insert(driver);
        }
        world.ecs.resource_mut::<RoutePaths>().set(id, Arc::new(path));
        spawned += 1;
    }
    world
}

/// Legs cut off at a length.
fn cut(legs: &[Leg], length_m: f64) -> Vec<Leg> {
    let mut left = length_m;
    let mut kept = Vec::new();
    for leg in legs {
        let length = leg.to_s_m - leg.from_s_m;
        let share = (left / length.abs().max(1e-9)).min(1.0);
        kept.push(Leg {
            to_s_m: leg.from_s_m + length * share,
            ..*leg
        });
        left -= length.abs();
        if left <= 0.0 {
            break;
        }
    }
    kept
}

/// Switches the lights: the controllers of each junction take turns, green 10 s, yellow 3 s, all
/// red 2 s.
pub fn switch_lights(world: &mut SimWorld, network: &RoadNetwork) {
    let time = world.tick().time_s();
    let mut states = SignalStates::default();
    for junction in network.junctions() {
        let groups: Vec<_> = network
            .controllers()
            .iter()
            .filter(|c| junction.controllers.contains(&c.id))
            .collect();
        if groups.is_empty() {
            continue;
        }
        let slot = 15.0;
        let turn = time % (slot * groups.len() as f64);
        for (i, group) in groups.iter().enumerate() {
            let since = turn - slot * i as f64;
            let phase = match since {
                s if !(0.0..13.0).contains(&s) => SignalPhase::Red,
                s if s < 10.0 => SignalPhase::Green,
                _ => SignalPhase::Yellow,
            };
            for signal in &group.signals {
                if let Some(signal) = network.signal(*signal) {
                    states.0.insert(signal.id.clone(), phase);
                }
            }
        }
    }
    *world.ecs.resource_mut::<SignalStates>() = states;
}

/// Takes actors that have come to the end of their routes out of the world.
pub fn retire(world: &mut SimWorld, keep: ActorId) {
    let done: Vec<ActorId> = world
        .snapshot()
        .actors
        .iter()
        .filter(|a| a.id != keep)
        .filter(|a| {
            world.ecs.resource::<RoutePaths>().path(a.id).is_none_or(|path| {
                let on = path.project(a.state.pose.x_m, a.state.pose.y_m);
                on.station_m + a.spec.bounding_box.length_m + 4.0 > path.length_m()
            })
        })
        .map(|a| a.id)
        .collect();
    for id in done {
        world.despawn(id);
    }
}

/// The description of an actor.
pub fn spec_of(world: &mut SimWorld, id: ActorId) -> Option<Arc<ActorSpec>> {
    let entity = world.entity(id)?;
    world.ecs.get::<Spec>(entity).map(|s| s.0.clone())
}
