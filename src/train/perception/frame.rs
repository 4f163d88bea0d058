//! Frames of generated worlds: what the sensors give at an instant, and the truth behind it.

use std::path::Path;
use std::sync::Arc;

use bevy::prelude::Entity;
use perception::encode::{Encoded, MAX_SIGNALS, SignalFace, SweepHistory, encode};
use perception::grid::{EXTENT_M, HEAD, coordinate_m};
use perception::signal_faces_of;
use perception::train::{Labels, TrueBox};
use scenarios::generate::{FixedTimeSignals, MapKind, TrafficOptions, map, traffic};
use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
use sim::input::{InputError, Limits};
use sim::math::{PI, Pose, cos, hypot, sin, wrap_angle};
use sim::message::{
    BoxClass, CameraFrames, CameraTruths, LidarPoint, LidarScans, LidarTruths, Odometry,
};
use sim::road::{LanePosition, LaneType, RoadNetwork};
use sim::seed::{Draw, stream};
use sim::sensor::{Daylight, Rig, Scene, SensorRig, StaticScene};
use sim::tick::{Stage, Tick};
use sim::world::{SignalPhase, SignalStates, SimWorld, WorldConfig};

/// Time between the two sweeps of a frame, ticks of `DT_S`.
const SWEEP_TICKS: u64 = 3;
const DT_S: f64 = 0.1;
/// Carriers that look about at once in one world.
const CARRIERS: usize = 4;
/// Share of vehicles that stand, as in a queue.
const STANDING_SHARE: f64 = 0.3;

/// One instant of one carrier.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What the network gets.
    pub encoded: Encoded,
    /// The newest sweep, for the clustering baseline.
    pub points: Vec<LidarPoint>,
    /// What was truly there.
    pub labels: Labels,
}

/// A generated map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct World {
    /// What it is like.
    pub kind: MapKind,
    /// Its seed, and that of traffic and light.
    pub seed: u64,
}

/// What traffic a frame shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    /// As generated.
    Plain,
    /// Some cars exchanged for trucks, buses and motorcycles.
    Rich,
    /// Carriers before traffic lights only; no frame where the map has none.
    Lights,
}

impl World {
    /// The world of a seed: six in ten are towns, the others of every other kind.
    pub fn of_seed(seed: u64) -> Self {
        let kind = match seed % 10 {
            0..6 => MapKind::Town,
            6 => MapKind::Intersection,
            7 => MapKind::Highway,
            8 => MapKind::Roundabout,
            _ => MapKind::Curvy,
        };
        Self { kind, seed }
    }
}

/// Visits `count` frames of a world: several placings of traffic, each seen by some carriers.
/// All moves straight on for the 0.3 s between the two sweeps of a frame.
///
/// # Errors
/// If the generated map can't be read, which is a bug of the generator.
pub fn frames(
    world: &World,
    mix: Mix,
    count: usize,
    rig: &Arc<Rig>,
    visit: &mut dyn FnMut(Frame),
) -> Result<(), InputError> {
    let name = format!("{}-{}.xodr", world.kind.name(), world.seed);
    let text = map(world.kind, world.seed);
    let network = RoadNetwork::from_xml_text(Path::new(&name), text, &Limits::default())?;
    let network = Arc::new(network);
    let faces = signal_faces_of(&network);
    if mix == Mix::Lights && faces.is_empty() {
        return Ok(());
    }
    let mut scene = None;
    let mut left = count;
    let mut placing = 0;
    // Some maps have room for few carriers; give up on one that has none.
    while left > 0 && placing < 4 * count as u64 {
        let stage = Staged::new(world, mix, placing, &network, &faces, rig, &mut scene);
        placing += 1;
        left -= stage.visit(left, &network, &faces, &mut scene, visit);
    }
    Ok(())
}

/// A world with traffic and carriers at the later of the two instants.
struct Staged {
    world: SimWorld,
    carriers: Vec<ActorId>,
    rng: rand_chacha::ChaCha8Rng,
}

impl Staged {
    fn new(
        world: &World,
        mix: Mix,
        placing: u64,
        map: &Arc<RoadNetwork>,
        faces: &[SignalFace],
        rig: &Arc<Rig>,
        scene: &mut Option<Arc<Scene>>,
    ) -> Self {
        let seed = world.seed.wrapping_mul(1000).wrapping_add(placing);
        let mut rng = stream(seed, None, "perception.frame");
        let options = TrafficOptions {
            vehicles_per_km: rng.uniform(8.0, 40.0),
            max_vehicles: 90,
            pedestrians: 60,
            cyclists: 25,
            parked_share: rng.uniform(0.1, 0.7),
            stalled: rng.index(3),
            ..TrafficOptions::default()
        };
        let mut sim = SimWorld::new(WorldConfig {
            dt_s: DT_S,
            seed,
            map: map.clone(),
        });
        sim.ecs.insert_resource(StaticScene(scene.take()));
        sim.ecs.insert_resource(Daylight {
            sun_azimuth_rad: rng.uniform(-PI, PI),
            sun_elevation_rad: rng.uniform(0.15, 1.3),
            clearness: rng.unit(),
            haze_m: rng.uniform(300.0, 1500.0),
            ..Daylight::default()
        });
        let lights = FixedTimeSignals::new(map, seed).states(rng.uniform(0.0, 120.0));
        sim.ecs.insert_resource::<SignalStates>(lights);
        let mut taken: Vec<(f64, f64, f64)> = Vec::new();
        for placed in traffic(map, seed, &options) {
            let mut state = placed.state;
            if state.speed_mps > 0.0 {
                let share = if rng.chance(STANDING_SHARE) {
                    0.0
                } else {
                    rng.uniform(0.3, 1.1)
                };
                state = ActorState::at(state.pose, state.speed_mps * share);
            }
            let mut placed = placed;
            if mix == Mix::Rich && placed.spec.class == ActorClass::Car && rng.chance(0.3) {
                let class =
                    [ActorClass::Truck, ActorClass::Bus, ActorClass::Motorcycle][rng.index(3)];
                placed.spec = ActorSpec::typical(&placed.spec.name, class);
            }
            let length = placed.spec.bounding_box.length_m;
            taken.push((state.pose.x_m, state.pose.y_m, length));
            sim.spawn(placed.spec, state, Motion::Fixed);
        }
        let mut carriers = Vec::new();
        for number in 0..CARRIERS * 8 {
            if carriers.len() == CARRIERS {
                break;
            }
            let place = if mix == Mix::Lights {
                (0..8).find_map(|_| place_before_light(map, faces, &mut rng))
            } else {
                place_on_lane(map, &mut rng)
            };
            let Some((pose, limit_mps)) = place else {
                continue;
            };
            let free = |(x, y, length): &(f64, f64, f64)| {
                hypot(x - pose.x_m, y - pose.y_m) > 5.5 + 0.6 * length
            };
            if !taken.iter().all(free) {
                continue;
            }
            taken.push((pose.x_m, pose.y_m, 4.6));
            let speed = if rng.chance(STANDING_SHARE) {
                0.0
            } else {
                limit_mps * rng.uniform(0.2, 1.0)
            };
            let spec = ActorSpec::typical(&format!("Carrier{number}"), ActorClass::Car);
            let id = sim.spawn(spec, ActorState::at(pose, speed), Motion::Fixed);
            if let Some(entity) = sim.entity(id) {
                let parts = (SensorRig(rig.clone()), Odometry::default());
                sim.ecs.entity_mut(entity).insert(parts);
                carriers.push(id);
            }
        }
        Self {
            world: sim,
            carriers,
            rng,
        }
    }

    /// Visits up to `most` carriers' frames; how many it were. Gives the scene back.
    fn visit(
        mut self,
        most: usize,
        map: &RoadNetwork,
        faces: &[SignalFace],
        scene: &mut Option<Arc<Scene>>,
        visit: &mut dyn FnMut(Frame),
    ) -> usize {
        let moved_s = SWEEP_TICKS as f64 * DT_S;
        self.shift(-moved_s);
        self.world.run_stage(Stage::Sense);
        let mut histories = Vec::new();
        for id in &self.carriers {
            let mut history = SweepHistory::default();
            if let Some(entity) = self.world.entity(*id)
                && let Some(scans) = self.world.ecs.get::<LidarScans>(entity)
                && let Some(odometry) = self.world.ecs.get::<Odometry>(entity)
            {
                encode(&scans.0, &[], odometry, &[], &mut history);
            }
            histories.push(history);
        }
        self.shift(moved_s);
        self.world.ecs.resource_mut::<Tick>().index = SWEEP_TICKS;
        self.world.refresh_snapshot();
        self.world.run_stage(Stage::Sense);
        let mut done = 0;
        for (id, mut history) in self.carriers.clone().into_iter().zip(histories) {
            if done == most {
                break;
            }
            if let Some(entity) = self.world.entity(id)
                && let Some(frame) = self.frame(id, entity, map, faces, &mut history)
            {
                visit(frame);
                done += 1;
            }
        }
        *scene = self.world.ecs.resource::<StaticScene>().0.clone();
        done
    }

    /// Moves everybody along their headings.
    fn shift(&mut self, time_s: f64) {
        let mut query = self.world.ecs.query::<&mut ActorState>();
        for mut state in query.iter_mut(&mut self.world.ecs) {
            let [vx, vy, vz] = state.velocity_mps;
            state.pose.x_m += vx * time_s;
            state.pose.y_m += vy * time_s;
            state.pose.z_m += vz * time_s;
        }
        self.world.refresh_snapshot();
    }

    fn frame(
        &mut self,
        id: ActorId,
        entity: Entity,
        map: &RoadNetwork,
        faces: &[SignalFace],
        history: &mut SweepHistory,
    ) -> Option<Frame> {
        let ecs = &self.world.ecs;
        let scans = ecs.get::<LidarScans>(entity)?;
        let truths = ecs.get::<LidarTruths>(entity)?;
        let cameras = ecs.get::<CameraFrames>(entity)?;
        let odometry = ecs.get::<Odometry>(entity)?;
        let encoded = encode(&scans.0, &cameras.0, odometry, faces, history)?;
        let points: Vec<LidarPoint> = scans.0.iter().flat_map(|s| s.points.clone()).collect();
        let ego = self.world.snapshot().actor(id)?.state;
        let labels = Labels {
            boxes: self.boxes(id, &ego.pose, truths),
            drivable: drivable(map, &ego.pose, &mut self.rng),
            signals: self.signals(entity, &encoded, faces, &ego.pose),
        };
        Some(Frame {
            encoded,
            points,
            labels,
        })
    }

    /// True boxes of a carrier's surroundings, with the returns on each.
    fn boxes(&self, ego_id: ActorId, ego: &Pose, truths: &LidarTruths) -> Vec<TrueBox> {
        let ego_from_world = ego.to_isometry().inverse();
        let (c, s) = (cos(ego.yaw_rad), sin(ego.yaw_rad));
        let others = self
            .world
            .snapshot()
            .actors
            .iter()
            .filter(|a| a.id != ego_id);
        others
            .filter_map(|actor| {
                let class = BoxClass::of(actor.spec.class)?;
                let b = &actor.spec.bounding_box;
                let middle = nalgebra::Point3::new(b.center_x_m, b.center_y_m, b.center_z_m);
                let middle = ego_from_world * (actor.state.pose.to_isometry() * middle);
                let extent = f64::from(EXTENT_M);
                if middle.x.abs() >= extent || middle.y.abs() >= extent {
                    return None;
                }
                let hits = truths.0.iter().flat_map(|t| &t.0);
                let points = hits.filter(|t| t.actor == Some(actor.id)).count();
                let [vx, vy, _] = actor.state.velocity_mps;
                Some(TrueBox {
                    class,
                    center_m: [middle.x as f32, middle.y as f32, middle.z as f32],
                    size_m: [b.length_m as f32, b.width_m as f32, b.height_m as f32],
                    yaw_rad: wrap_angle(actor.state.pose.yaw_rad - ego.yaw_rad) as f32,
                    velocity_mps: [(vx * c + vy * s) as f32, (vy * c - vx * s) as f32],
                    points: points as u32,
                })
            })
            .collect()
    }

    /// What the lights in the crops show; dark where something stands before them.
    fn signals(
        &self,
        entity: Entity,
        encoded: &Encoded,
        faces: &[SignalFace],
        ego: &Pose,
    ) -> Vec<u8> {
        let ecs = &self.world.ecs;
        let states = ecs.resource::<SignalStates>();
        let cameras = ecs.get::<CameraFrames>(entity).map_or(&[][..], |c| &c.0);
        let truths = ecs.get::<CameraTruths>(entity).map_or(&[][..], |c| &c.0);
        let is_hidden = |id: &str| {
            let seen = faces.iter().find(|f| f.id == id)?.seen_in(cameras, ego);
            let (number, u, v, depth_m) = seen?;
            let at = v as usize * cameras.get(number)?.width_px as usize + u as usize;
            let nearest_m = truths.get(number)?.depth_m.get(at)?;
            Some(f64::from(*nearest_m) < depth_m - 2.0)
        };
        let mut out: Vec<u8> = encoded
            .signal_ids
            .iter()
            .take(MAX_SIGNALS)
            .map(|id| match states.phase(id) {
                _ if is_hidden(id).unwrap_or(true) => 0,
                SignalPhase::Off => 0,
                SignalPhase::Red | SignalPhase::RedYellow => 1,
                SignalPhase::Yellow | SignalPhase::FlashingYellow => 2,
                SignalPhase::Green => 3,
            })
            .collect();
        out.resize(MAX_SIGNALS, 255);
        out
    }
}

/// A place on some driving lane, junctions too, a little off its middle, with its speed limit.
fn place_on_lane(map: &RoadNetwork, rng: &mut rand_chacha::ChaCha8Rng) -> Option<(Pose, f64)> {
    let total: f64 = map.roads().iter().map(|r| r.length_m).sum();
    let mut at = rng.uniform(0.0, total);
    let (road, s_m) = map.road_indices().find_map(|index| {
        let length = map.road(index)?.length_m;
        if at < length {
            return Some((index, at));
        }
        at -= length;
        None
    })?;
    let found = map.road(road)?;
    let lanes: Vec<i32> = found
        .section(s_m)?
        .lanes()
        .filter(|lane| lane.kind == LaneType::Driving)
        .map(|lane| lane.id)
        .collect();
    let lane_id = *lanes.get(rng.index(lanes.len()))?;
    let position = LanePosition {
        road,
        lane_id,
        s_m,
        offset_m: rng.normal(0.25),
    };
    let mut pose = map.lane_pose(&position)?.pose;
    if map.driving_direction(road, lane_id) < 0 {
        pose.yaw_rad += PI;
        pose.pitch_rad = -pose.pitch_rad;
        pose.roll_rad = -pose.roll_rad;
    }
    pose.yaw_rad = wrap_angle(pose.yaw_rad + rng.normal(0.06));
    let limit = map.speed_limit_mps(road, lane_id, s_m).unwrap_or(13.9);
    Some((pose, limit.min(35.0)))
}

/// A place before some traffic light, looking its way.
fn place_before_light(
    map: &RoadNetwork,
    faces: &[SignalFace],
    rng: &mut rand_chacha::ChaCha8Rng,
) -> Option<(Pose, f64)> {
    let face = faces.get(rng.index(faces.len()))?;
    let (distance, aside) = (rng.uniform(6.0, 55.0), rng.uniform(-2.0, 8.0));
    let [x, y, _] = face.position_m;
    // The face's left is the right of who looks at it.
    let (x_m, y_m) = Pose::planar(x, y, face.yaw_rad).to_world_xy(distance, -aside);
    let at = map.locate(x_m, y_m, None, None)?;
    map.is_drivable(x_m, y_m, None).then_some(())?;
    let ground = map.pose_at(at.road, at.s_m, at.t_m)?.pose;
    let mut pose = Pose::planar(x_m, y_m, wrap_angle(face.yaw_rad + PI + rng.normal(0.08)));
    pose.z_m = ground.z_m;
    Some((pose, 13.9))
}

/// Whether the cells of the output grid may be driven on, a quarter of them, the others unknown.
fn drivable(map: &RoadNetwork, ego: &Pose, rng: &mut rand_chacha::ChaCha8Rng) -> Vec<u8> {
    let (odd_i, odd_j) = (rng.index(2), rng.index(2));
    (0..HEAD * HEAD)
        .map(|at| {
            let (i, j) = (at / HEAD, at % HEAD);
            if i % 2 != odd_i || j % 2 != odd_j {
                return 255;
            }
            let middle = |k: usize| f64::from(coordinate_m(k as f32 + 0.5, HEAD));
            let (x, y) = ego.to_world_xy(middle(i), middle(j));
            u8::from(map.is_drivable(x, y, None))
        })
        .collect()
}
