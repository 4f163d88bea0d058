//! Generated maps with rule-driven traffic: worlds to record and to drive in.

use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::Arc;

use agents::data::{Clip, ClipTrack, mean_velocity};
use agents::map::{lane_under, mark_conflicts, path_of_legs, roam};
use agents::path::Path;
use agents::prediction::{HISTORY, LaneMap};
use agents::systems::RoutePaths;
use agents::{AgentsConfig, install};
use rand_chacha::ChaCha8Rng;
use scenarios::generate::{MapKind, TrafficOptions, Trip, map, populate, traffic};
use sim::actor::{ActorId, Motion};
use sim::input::{InputError, Limits};
use sim::math::{hypot, wrap_angle};
use sim::message::{BoxClass, DriverSpec, Odometry, Rest, SignalSighting, Track, TrackSet};
use sim::road::{ActorRoute, RoadNetwork};
use sim::seed::{Draw, stream};
use sim::sensor::{Rig, SensorRig};
use sim::world::{ActorSnapshot, SignalPhase, SignalStates, SimWorld, WorldConfig};

/// A generated map with its lanes cut once.
pub struct Ground {
    /// The map.
    pub network: Arc<RoadNetwork>,
    /// Its lanes as prediction reads them.
    pub lanes: Arc<LaneMap>,
    /// Its kind.
    pub kind: MapKind,
}

impl Ground {
    /// The map of a seed; the kinds take turns, towns come oftener.
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
            MapKind::Curvy,
        ];
        let kind = kinds[(seed % kinds.len() as u64) as usize];
        let name = format!("{} {seed}.xodr", kind.name());
        let text = map(kind, seed);
        let network = RoadNetwork::from_xml_text(FilePath::new(&name), text, &Limits::default())?;
        Ok(Self::on(network, kind))
    }

    /// A map that is there already.
    pub fn on(network: RoadNetwork, kind: MapKind) -> Self {
        Self {
            lanes: Arc::new(agents::map::lane_map(&network)),
            network: Arc::new(network),
            kind,
        }
    }
}

/// A world with traffic, and in it an ego with a route.
pub struct Drive {
    /// The world.
    pub world: SimWorld,
    /// The ego.
    pub ego: ActorId,
    /// Its route.
    pub path: Arc<Path>,
}

/// Traffic on a map around an ego driven by `driver` on a route of at most `route_m`; `None` where
/// the map has no route of at least 100 m for it.
pub fn drive_on(
    ground: &Ground,
    seed: u64,
    dt_s: f64,
    driver: DriverSpec,
    motion: Motion,
    route_m: f64,
) -> Option<Drive> {
    let mut world = SimWorld::new(WorldConfig {
        dt_s,
        seed,
        map: ground.network.clone(),
    });
    install(
        &mut world,
        AgentsConfig {
            lanes: Some(ground.lanes.clone()),
            ..AgentsConfig::default()
        },
    );
    let options = TrafficOptions {
        vehicles_per_km: 10.0,
        max_vehicles: 26,
        pedestrians: 16,
        cyclists: 6,
        stalled: usize::from(seed.is_multiple_of(3)),
        ego: true,
        ..TrafficOptions::default()
    };
    let mut placed = traffic(&ground.network, seed, &options);
    for actor in &mut placed {
        if actor.spec.name == "Ego" {
            actor.driver = Some(driver);
            actor.motion = motion;
        }
    }
    populate(&mut world, placed);
    let start = world.snapshot().actor_named("Ego")?.clone();
    let (lane, s_m) = lane_under(&ground.network, &start.state.pose)?;
    let mut rng = stream(seed, None, "ego route");
    let path = (0..12)
        .map(|_| {
            let legs = roam(&ground.network, lane, s_m, route_m, &mut rng);
            path_of_legs(&ground.network, &legs)
        })
        .max_by(|a, b| {
            a.length_m()
                .min(route_m)
                .total_cmp(&b.length_m().min(route_m))
        })?;
    let mut path = path;
    path.points
        .truncate((route_m / path.spacing_m.max(0.1)) as usize + 1);
    if path.length_m() < 100.0 {
        return None;
    }
    mark_conflicts(&ground.network, &mut path);
    let path = Arc::new(path);
    // The ego has this one route, not a trip without end.
    if let Some(entity) = world.entity(start.id) {
        world.ecs.entity_mut(entity).remove::<(ActorRoute, Trip)>();
    }
    world
        .ecs
        .resource_mut::<RoutePaths>()
        .set(start.id, path.clone());
    Some(Drive {
        world,
        ego: start.id,
        path,
    })
}

/// Lets the ego see by its own sensors.
pub fn give_eyes(drive: &mut Drive, rig: Arc<Rig>) {
    perception::install(&mut drive.world, perception::PerceptionSettings::default());
    if let Some(entity) = drive.world.entity(drive.ego) {
        let parts = (SensorRig(rig), Odometry::default());
        drive.world.ecs.entity_mut(entity).insert(parts);
    }
}

/// Takes vehicles out that have come to the end of the map.
pub fn retire(world: &mut SimWorld, keep: ActorId) {
    let paths = world.ecs.resource::<RoutePaths>();
    let at_end = |actor: &&ActorSnapshot| {
        let path = paths.path(actor.id);
        actor.id != keep
            && path.is_some_and(|path| {
                let on = path.project(actor.state.pose.x_m, actor.state.pose.y_m);
                on.station_m + actor.spec.bounding_box.length_m + 4.0 > path.length_m()
            })
    };
    let done: Vec<ActorId> = world
        .snapshot()
        .actors
        .iter()
        .filter(at_end)
        .map(|a| a.id)
        .collect();
    for id in done {
        world.despawn(id);
    }
}

/// What a tracker of the ego would say, from true states with a tracker's errors; for training and
/// for measuring the planner apart from perception.
pub struct SimulatedTracker {
    rng: ChaCha8Rng,
    seen: BTreeMap<ActorId, Seen>,
}

struct Seen {
    bias_m: [f64; 2],
    rest: Rest,
    history: Vec<[f64; 4]>,
}

/// Range of sight, metres.
const SIGHT_M: f64 = 60.0;

impl SimulatedTracker {
    /// A tracker with its own errors.
    pub fn new(seed: u64) -> Self {
        Self {
            rng: stream(seed, None, "simulated tracker"),
            seen: BTreeMap::new(),
        }
    }

    /// Tracks at a time; call it every 0.1 s.
    pub fn observe(&mut self, actors: &[ActorSnapshot], ego: ActorId, time_s: f64) -> TrackSet {
        let Some(me) = actors.iter().find(|a| a.id == ego) else {
            return TrackSet::default();
        };
        let (x0, y0) = me.center_xy();
        let mut tracks = Vec::new();
        for actor in actors.iter().filter(|a| a.id != ego) {
            let Some(class) = BoxClass::of(actor.spec.class) else {
                continue;
            };
            let (x, y) = actor.center_xy();
            if hypot(x - x0, y - y0) > SIGHT_M {
                self.seen.remove(&actor.id);
                continue;
            }
            let rng = &mut self.rng;
            let seen = self.seen.entry(actor.id).or_insert_with(|| Seen {
                bias_m: [rng.normal(0.12), rng.normal(0.12)],
                rest: Rest::new([x, y], time_s),
                history: Vec::new(),
            });
            for bias in &mut seen.bias_m {
                // An error that wanders over about a second.
                *bias = 0.9 * *bias + rng.normal(0.05);
            }
            let yaw = wrap_angle(actor.state.pose.yaw_rad + rng.normal(0.03));
            let jitter = [rng.normal(0.04), rng.normal(0.04)];
            let is_lost = rng.chance(0.03) && !seen.history.is_empty();
            if !is_lost {
                let (x, y) = (
                    x + seen.bias_m[0] + jitter[0],
                    y + seen.bias_m[1] + jitter[1],
                );
                seen.history.push([time_s, x, y, yaw]);
            }
            let keep = seen.history.len().saturating_sub(HISTORY + 4);
            seen.history.drain(..keep);
            let Some(last) = seen.history.last() else {
                continue;
            };
            let b = &actor.spec.bounding_box;
            tracks.push(Track {
                id: u64::from(actor.id.0),
                class,
                score: 0.9,
                position_m: [last[1], last[2]],
                yaw_rad: last[3],
                velocity_mps: mean_velocity(&seen.history, 0.5),
                size_m: [b.length_m as f32, b.width_m as f32, b.height_m as f32],
                variance: [0.04, 0.04, 0.2, 0.2],
                standing_s: seen.rest.update([last[1], last[2]], time_s),
                history: seen.history.clone(),
            });
        }
        TrackSet { time_s, tracks }
    }
}

/// Lights of a route as a camera would tell them, seen up to 70 m ahead.
pub fn sightings(path: &Path, station_m: f64, states: &SignalStates) -> Vec<SignalSighting> {
    path.signals
        .iter()
        .filter(|s| (-8.0..70.0).contains(&(s.stop_m - station_m)))
        .map(|s| SignalSighting {
            signal_id: s.id.clone(),
            probability: match states.phase(&s.id) {
                SignalPhase::Off | SignalPhase::FlashingYellow => [0.94, 0.02, 0.02, 0.02],
                SignalPhase::Red | SignalPhase::RedYellow => [0.02, 0.94, 0.02, 0.02],
                SignalPhase::Yellow => [0.02, 0.02, 0.94, 0.02],
                SignalPhase::Green => [0.02, 0.02, 0.02, 0.94],
            },
        })
        .collect()
}

/// Odometry without error of an actor.
pub fn odometry_of(actor: &ActorSnapshot, time_s: f64) -> Odometry {
    let state = &actor.state;
    Odometry {
        time_s,
        pose: state.pose,
        speed_mps: state.speed_mps,
        accel_mps2: state.accel_mps2,
        yaw_rate_radps: state.yaw_rate_radps,
        steer_rad: state.steer_rad,
    }
}

/// Records everybody who moves (and the parked as neighbours) at 10 Hz.
#[derive(Default)]
pub struct Recorder {
    /// By actor and number of its life: who leaves the map comes in elsewhere as somebody new.
    tracks: BTreeMap<(ActorId, u32), ClipTrack>,
    lives: BTreeMap<ActorId, u32>,
}

/// Nobody moves this far in a step, metres.
const JUMP_M: f64 = 8.0;

impl Recorder {
    /// Adds the states of a step.
    pub fn add(&mut self, step: usize, actors: &[ActorSnapshot]) {
        for actor in actors {
            let Some(class) = BoxClass::of(actor.spec.class) else {
                continue;
            };
            let (x, y) = actor.center_xy();
            let b = &actor.spec.bounding_box;
            let life = self.lives.entry(actor.id).or_default();
            let last = self
                .tracks
                .get(&(actor.id, *life))
                .and_then(|t| t.states.last());
            if last.is_some_and(|l| hypot(l[0] - x, l[1] - y) > JUMP_M) {
                *life += 1;
            }
            let key = (actor.id, *life);
            let track = self.tracks.entry(key).or_insert_with(|| ClipTrack {
                id: u64::from(key.1) << 32 | u64::from(actor.id.0),
                class,
                size_m: [b.length_m as f32, b.width_m as f32],
                is_mobile: actor.motion != Motion::Fixed,
                first_step: step,
                states: Vec::new(),
            });
            track.states.push([x, y, actor.state.pose.yaw_rad]);
        }
    }

    /// The clip.
    pub fn finish(self, ground: &Ground, seed: u64) -> Clip {
        Clip {
            name: format!("{} {seed}", ground.kind.name()),
            map: format!("{} {seed}", ground.kind.name()),
            lanes: ground.lanes.clone(),
            tracks: self.tracks.into_values().collect(),
        }
    }
}
