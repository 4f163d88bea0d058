//! What the planner sees as numbers of fixed shape, in the ego frame.

use sim::actor::ActorSpec;
use sim::math::{Pose, cos, hypot, sin, wrap_angle};
use sim::message::{
    BoxClass, Odometry, Prediction, PredictionSet, ProbeToken, SignalSighting, Track, TrackSet,
};

use crate::data::to_frame;
use crate::path::{Path, Priority};
use crate::rules::driver::wanted_speed_mps;
use crate::rules::idm::IdmParams;

/// Numbers of the ego token.
pub const EGO_WIDTH: usize = 10;
/// Route samples and the numbers of each.
pub const ROUTE: usize = 16;
/// Numbers of a route sample.
pub const ROUTE_WIDTH: usize = 8;
/// Distance of route samples, metres.
const ROUTE_STEP_M: f64 = 5.0;
/// Lights and junctions ahead, each.
pub const LINES: usize = 2;
/// Numbers of a light or junction.
pub const LINE_WIDTH: usize = 12;
/// Tracks that are read.
pub const OBJECTS: usize = 16;
/// Futures of a track that are read.
const FUTURES: usize = 3;
/// Numbers of a track.
pub const OBJECT_WIDTH: usize = 15 + FUTURES * 7;
/// All numbers; the last ones tell which lines and objects are there.
pub const WIDTH: usize = EGO_WIDTH
    + ROUTE * ROUTE_WIDTH
    + 2 * LINES * LINE_WIDTH
    + OBJECTS * OBJECT_WIDTH
    + 2 * LINES
    + OBJECTS;

const SCALE_M: f64 = 20.0;
const SCALE_MPS: f64 = 10.0;

/// Everything a plan may depend on. No true state of anybody else is in it.
#[derive(Clone, Debug)]
pub struct PlanInput<'a> {
    /// Own motion.
    pub odometry: Odometry,
    /// Own dimensions and limits.
    pub spec: &'a ActorSpec,
    /// Tracked road users.
    pub tracks: &'a TrackSet,
    /// Their futures.
    pub predictions: &'a PredictionSet,
    /// Lights that the camera saw.
    pub signals: &'a [SignalSighting],
    /// The route.
    pub path: &'a Path,
    /// Own station on it, metres.
    pub station_m: f64,
    /// Own offset from it, metres to the left.
    pub lateral_m: f64,
    /// Station of the stop line that the ego has stopped at last, metres.
    pub stopped_at_m: Option<f64>,
}

impl PlanInput<'_> {
    /// Probabilities (dark, red, yellow, green) of a light; dark where it was not seen.
    pub fn light(&self, id: &str) -> [f32; 4] {
        self.signals
            .iter()
            .find(|s| s.signal_id == id)
            .map_or([1.0, 0.0, 0.0, 0.0], |s| s.probability)
    }

    /// Station of the own front, metres.
    pub fn front_station_m(&self) -> f64 {
        let b = &self.spec.bounding_box;
        self.station_m + b.center_x_m + b.length_m / 2.0
    }

    /// The futures of a track.
    pub fn prediction(&self, track: &Track) -> Option<&Prediction> {
        let all = &self.predictions.predictions;
        all.binary_search_by_key(&track.id, |p| p.track_id)
            .ok()
            .map(|i| &all[i])
    }
}

/// Numbers of a plan's input; `WIDTH` of them. The own acceleration is not among them: who sees that
/// he brakes learns to go on braking (de Haan et al., Causal Confusion in Imitation Learning, 2019).
pub fn encode(input: &PlanInput, params: &IdmParams) -> Vec<f32> {
    let mut values = Vec::with_capacity(WIDTH);
    let push = &mut |v: f64| {
        values.push(if v.is_finite() {
            v.clamp(-20.0, 20.0) as f32
        } else {
            0.0
        });
    };
    let odometry = &input.odometry;
    let pose = odometry.pose;
    let origin = [pose.x_m, pose.y_m, pose.yaw_rad];
    let here = input.path.sample(input.station_m);
    let wanted = wanted_speed_mps(
        input.path,
        input.station_m,
        odometry.speed_mps.max(0.0),
        params,
    );
    for v in [
        odometry.speed_mps / SCALE_MPS,
        odometry.yaw_rate_radps,
        odometry.steer_rad * 2.0,
        input.lateral_m / 2.0,
        wrap_angle(pose.yaw_rad - here.yaw_rad) * 2.0,
        here.speed_limit_mps.min(50.0) / SCALE_MPS,
        wanted.min(50.0) / SCALE_MPS,
        input.spec.bounding_box.length_m / 5.0,
        input.spec.bounding_box.width_m / 2.0,
        input.spec.wheelbase_m() / 3.0,
    ] {
        push(v);
    }
    for i in 0..ROUTE {
        let station = input.station_m + i as f64 * ROUTE_STEP_M;
        let p = input.path.sample(station);
        let [u, v] = to_frame(origin, p.x_m, p.y_m);
        let turn = p.yaw_rad - origin[2];
        for v in [
            u / SCALE_M,
            v / SCALE_M,
            cos(turn),
            sin(turn),
            p.curvature_pm * 10.0,
            input
                .path
                .curve_speed_mps(station, params.lateral_mps2)
                .min(50.0)
                / SCALE_MPS,
            p.half_width_m / 2.0,
            i as f64 / ROUTE as f64,
        ] {
            push(v);
        }
    }
    let line_count = push_lines(input, push);
    let objects = push_objects(input, origin, push);
    for i in 0..LINES {
        push(f64::from(u8::from(i < line_count.0)));
    }
    for i in 0..LINES {
        push(f64::from(u8::from(i < line_count.1)));
    }
    for i in 0..OBJECTS {
        push(f64::from(u8::from(i < objects)));
    }
    values
}

/// Where the tokens of an encoded input are, world frame, in the order in which the network's attention has them:
/// the ego, its route, lights and junctions ahead (on the route), tracks. `pose` is the odometry's that it was encoded at.
pub fn tokens(values: &[f32], pose: &Pose) -> Vec<ProbeToken> {
    let at = |i: usize| values.get(i).map_or(0.0, |v| f64::from(*v));
    let world = |u: f64, v: f64| {
        let (x, y) = pose.to_world_xy(u, v);
        [x, y]
    };
    let scaled = |i: usize| (at(i) * SCALE_M, at(i + 1) * SCALE_M);
    let route = |k: usize| scaled(EGO_WIDTH + k.min(ROUTE - 1) * ROUTE_WIDTH);
    // A point of the route by its distance, between two samples.
    let along = |distance_m: f64| {
        let share = (distance_m / ROUTE_STEP_M).clamp(0.0, (ROUTE - 1) as f64);
        let (a, b, t) = (
            route(share as usize),
            route(share as usize + 1),
            share.fract(),
        );
        world(a.0 + (b.0 - a.0) * t, a.1 + (b.1 - a.1) * t)
    };
    let lines = EGO_WIDTH + ROUTE * ROUTE_WIDTH;
    let objects = lines + 2 * LINES * LINE_WIDTH;
    let there = objects + OBJECTS * OBJECT_WIDTH;
    let token = |kind, position_m: Option<[f64; 2]>| ProbeToken { kind, position_m };
    let mut all = vec![token("ego", Some(world(0.0, 0.0)))];
    all.extend((0..ROUTE).map(|k| {
        let (u, v) = route(k);
        token("route", Some(world(u, v)))
    }));
    all.extend((0..2 * LINES).map(|k| {
        let from_front_m = at(lines + k * LINE_WIDTH + 1) * SCALE_M;
        let kind = if k < LINES { "light" } else { "junction" };
        token(kind, (at(there + k) > 0.5).then(|| along(from_front_m)))
    }));
    all.extend((0..OBJECTS).map(|k| {
        let (u, v) = scaled(objects + k * OBJECT_WIDTH);
        let is_there = at(there + 2 * LINES + k) > 0.5;
        token("object", is_there.then(|| world(u, v)))
    }));
    all
}

/// Lights, then junctions ahead; how many of each.
fn push_lines(input: &PlanInput, push: &mut dyn FnMut(f64)) -> (usize, usize) {
    let front = input.front_station_m();
    let lights: Vec<_> = input
        .path
        .signals
        .iter()
        .filter(|s| (-4.0..100.0).contains(&(s.stop_m - front)))
        .take(LINES)
        .collect();
    for signal in &lights {
        push(1.0);
        push((signal.stop_m - front) / SCALE_M);
        input
            .light(&signal.id)
            .into_iter()
            .for_each(|p| push(f64::from(p)));
        (6..LINE_WIDTH).for_each(|_| push(0.0));
    }
    (lights.len() * LINE_WIDTH..LINES * LINE_WIDTH).for_each(|_| push(0.0));
    let junctions: Vec<_> = input
        .path
        .junctions
        .iter()
        .filter(|j| j.end_m > input.station_m && j.start_m - front < 100.0)
        .take(LINES)
        .collect();
    for junction in &junctions {
        let stopped = input
            .stopped_at_m
            .is_some_and(|m| (m - junction.start_m).abs() < 1.0);
        push(0.0);
        push((junction.start_m - front) / SCALE_M);
        push((junction.end_m - front) / SCALE_M);
        push(junction.turn_rad);
        for priority in [
            Priority::Main,
            Priority::Equal,
            Priority::GiveWay,
            Priority::Stop,
        ] {
            push(f64::from(u8::from(priority == junction.priority)));
        }
        push(f64::from(u8::from(stopped)));
        let [first, last] = junction
            .conflict_m
            .map_or([0.0; 2], |m| m.map(|s| s - front));
        push(first / SCALE_M);
        push(last / SCALE_M);
        push(f64::from(u8::from(junction.conflict_m.is_some())));
    }
    (junctions.len() * LINE_WIDTH..LINES * LINE_WIDTH).for_each(|_| push(0.0));
    (lights.len(), junctions.len())
}

/// Tracks by distance, what is ahead first; how many.
fn push_objects(input: &PlanInput, origin: [f64; 3], push: &mut dyn FnMut(f64)) -> usize {
    let mut near: Vec<(f64, &Track)> = input
        .tracks
        .tracks
        .iter()
        .map(|t| {
            let [u, v] = to_frame(origin, t.position_m[0], t.position_m[1]);
            (hypot(if u > 0.0 { u * 0.6 } else { u * 1.5 }, v), t)
        })
        .filter(|(d, _)| *d < 60.0)
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.id.cmp(&b.1.id)));
    near.truncate(OBJECTS);
    for (_, track) in &near {
        let [u, v] = to_frame(origin, track.position_m[0], track.position_m[1]);
        let turn = track.yaw_rad - origin[2];
        let [vu, vv] = to_frame(
            [0.0, 0.0, origin[2]],
            track.velocity_mps[0],
            track.velocity_mps[1],
        );
        let on = input.path.project_within(
            track.position_m[0],
            track.position_m[1],
            input.station_m - 20.0,
            input.station_m + 90.0,
        );
        for v in [
            u / SCALE_M,
            v / SCALE_M,
            cos(turn),
            sin(turn),
            vu / SCALE_MPS,
            vv / SCALE_MPS,
            f64::from(track.size_m[0]) / 5.0,
            f64::from(track.size_m[1]) / 2.0,
            (on.station_m - input.station_m) / SCALE_M,
            on.lateral_m.clamp(-30.0, 30.0) / 4.0,
            track.standing_s.min(10.0) / 5.0,
        ] {
            push(v);
        }
        BoxClass::ALL
            .iter()
            .for_each(|c| push(f64::from(u8::from(*c == track.class))));
        let modes = input.prediction(track).map_or(&[][..], |p| &p.modes);
        for mode in modes.iter().take(FUTURES) {
            push(f64::from(mode.probability));
            for time in [1.0, 2.0, 3.0] {
                let index = (time / input.predictions.step_s.max(0.01)) as usize;
                let at = mode
                    .positions_m
                    .get(index.saturating_sub(1))
                    .or(mode.positions_m.last());
                let [x, y] = at.copied().unwrap_or(track.position_m);
                let [u, v] = to_frame(origin, x, y);
                push(u / SCALE_M);
                push(v / SCALE_M);
            }
        }
        (modes.len().min(FUTURES)..FUTURES).for_each(|_| (0..7).for_each(|_| push(0.0)));
    }
    (near.len() * OBJECT_WIDTH..OBJECTS * OBJECT_WIDTH).for_each(|_| push(0.0));
    near.len()
}
