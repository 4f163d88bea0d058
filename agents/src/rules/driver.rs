//! The IDM driver: keeps its lane along the route, its distance, the lights and the right of way.

use sim::actor::ActorClass;
use sim::message::DriveCommand;

use super::conflict::{time_to_cover_s, yields};
use super::corridor::{Lateral, Obstacle, crossings, obstacles_ahead};
use super::idm::{IdmParams, following_accel, free_accel};
use super::scene::{Light, Scene};
use crate::control::{LongitudinalLimits, LongitudinalMemory, pedals, steer_for};
use crate::path::{Path, Priority};

/// What a rule-based driver remembers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct DriverMemory {
    /// Station of the stop sign it has stopped at last, metres.
    pub stopped_at_m: Option<f64>,
    /// How long it has been standing without a red light, seconds.
    pub standing_s: f64,
    /// Acceleration decided last, m/s².
    pub accel_mps2: f64,
    /// Speed control.
    pub longitudinal: LongitudinalMemory,
}

/// Standing longer than this for others who stand too, it goes, seconds.
const PATIENCE_S: f64 = 6.0;

/// Lines on the road to stop at: lights, stop signs, full exits, and the route's end.
pub fn stop_lines(
    scene: &Scene,
    ego: usize,
    path: &Path,
    memory: &DriverMemory,
    leader: Option<Obstacle>,
) -> Vec<Obstacle> {
    let me = &scene.bodies[ego];
    let front = me.front_station_m();
    let v = me.speed_mps.max(0.0);
    let line = |station_m: f64| Obstacle {
        // IDM keeps its own gap; the front comes to rest about half a metre before the line.
        gap_m: station_m - front + 1.5,
        speed_mps: 0.0,
        body: None,
    };
    let mut found = Vec::new();
    for signal in &path.signals {
        let left = signal.stop_m - front;
        if !(-1.5..=120.0).contains(&left) {
            continue;
        }
        let needed = v * v / (2.0 * left.max(0.1));
        let stop = match scene.light(&signal.id) {
            Light::Red => left > -1.0 && (needed < 7.5 || v < 3.0),
            Light::Yellow => needed < 3.0 && left > 0.0,
            Light::Green | Light::Dark => false,
        };
        if stop {
            found.push(line(signal.stop_m));
        }
    }
    for junction in &path.junctions {
        let left = junction.start_m - front;
        if !(-0.5..=80.0).contains(&left) {
            continue;
        }
        let lit = path.signals.iter().any(|s| {
            (s.stop_m - junction.start_m).abs() < 15.0 && scene.light(&s.id) != Light::Dark
        });
        let done = memory
            .stopped_at_m
            .is_some_and(|m| (m - junction.start_m).abs() < 1.0);
        if junction.priority == Priority::Stop && !lit && !done {
            found.push(line(junction.start_m));
        }
        // The junction is kept clear where the exit is full.
        let exit_full = leader.is_some_and(|l| {
            let rear = front + l.gap_m;
            l.speed_mps < 1.5
                && rear > junction.start_m
                && rear - junction.end_m < me.length_m + 2.5
        });
        if exit_full && left > 0.3 && v * v / (2.0 * left) < 4.0 && memory.standing_s < 30.0 {
            found.push(line(junction.start_m));
        }
    }
    let to_end = path.length_m() - front;
    if to_end < 80.0 {
        found.push(Obstacle {
            gap_m: to_end.max(0.1),
            speed_mps: 0.0,
            body: None,
        });
    }
    found
}

/// Wanted speed now, so that limits and bends ahead are met at a comfortable deceleration, m/s.
pub fn wanted_speed_mps(path: &Path, station_m: f64, speed_mps: f64, params: &IdmParams) -> f64 {
    let brake = 0.75 * params.decel_mps2;
    let reach = 5.0 + speed_mps * speed_mps / (2.0 * brake);
    let mut wanted = params.max_speed_mps;
    let mut ahead = 0.0;
    while ahead <= reach {
        let there = path.curve_speed_mps(station_m + ahead, params.lateral_mps2);
        let there = there * params.limit_share;
        wanted = wanted.min((there * there + 2.0 * brake * ahead).sqrt());
        ahead += 2.0;
    }
    wanted
}

/// Everything that the driver must keep a gap to on a lateral course.
pub fn all_obstacles(
    scene: &Scene,
    ego: usize,
    path: &Path,
    lateral: &Lateral,
    memory: &DriverMemory,
) -> Vec<Obstacle> {
    let me = &scene.bodies[ego];
    let v = me.speed_mps.max(0.0);
    let mut all = obstacles_ahead(scene, ego, path, lateral, 20.0 + v * v / 3.0 + v);
    let leader = all
        .iter()
        .copied()
        .min_by(|a, b| a.gap_m.total_cmp(&b.gap_m));
    all.extend(stop_lines(scene, ego, path, memory, leader));
    all.extend(yields(scene, ego, path, memory.standing_s > PATIENCE_S));
    let limit = path.sample(me.station_m).speed_limit_mps;
    for (obstacle, [begin, end]) in crossings(scene, ego, path, lateral, 4.0) {
        let reach_s = time_to_cover_s(obstacle.gap_m, v, 1.2, limit);
        let clear_s = time_to_cover_s(obstacle.gap_m + me.length_m + 1.5, v, 0.5, limit);
        let passes_before = clear_s + 0.8 < begin && v > 1.0;
        let passes_behind = reach_s > end + 1.5 && end < 3.9;
        if !passes_before && !passes_behind {
            all.push(Obstacle {
                gap_m: (obstacle.gap_m - 0.5).max(0.1),
                speed_mps: obstacle.speed_mps,
                body: obstacle.body,
            });
        }
    }
    all
}

/// Acceleration of the IDM driver along its path, m/s².
pub fn decide(
    scene: &Scene,
    ego: usize,
    path: &Path,
    params: &IdmParams,
    memory: &mut DriverMemory,
    period_s: f64,
) -> f64 {
    let me = &scene.bodies[ego];
    let v = me.speed_mps.max(0.0);
    update_memory(scene, ego, path, memory, period_s);
    let wanted = wanted_speed_mps(path, me.station_m, v, params);
    let obstacles = all_obstacles(scene, ego, path, &Lateral::CENTER, memory);
    let accel = obstacles
        .iter()
        .map(|o| following_accel(params, v, wanted, o.gap_m, o.speed_mps))
        .fold(free_accel(params, v, wanted), f64::min);
    accel.clamp(-params.max_decel_mps2, params.accel_mps2)
}

/// Notes stops at stop signs and the time of standing.
pub fn update_memory(
    scene: &Scene,
    ego: usize,
    path: &Path,
    memory: &mut DriverMemory,
    period_s: f64,
) {
    let me = &scene.bodies[ego];
    let front = me.front_station_m();
    if me.speed_mps > 0.5 {
        memory.standing_s = 0.0;
        return;
    }
    let at_red = path
        .signals
        .iter()
        .any(|s| (-1.5..8.0).contains(&(s.stop_m - front)) && scene.light(&s.id) == Light::Red);
    memory.standing_s = if at_red {
        0.0
    } else {
        memory.standing_s + period_s
    };
    if let Some(junction) = path
        .junctions
        .iter()
        .find(|j| j.priority == Priority::Stop && (-0.5..3.0).contains(&(j.start_m - front)))
    {
        memory.stopped_at_m = Some(junction.start_m);
    }
}

/// The command that carries out an acceleration along the path.
pub fn command(
    scene: &Scene,
    ego: usize,
    path: &Path,
    limits: &LongitudinalLimits,
    max_steer_rad: f64,
    memory: &mut DriverMemory,
    dt_s: f64,
) -> DriveCommand {
    let me = &scene.bodies[ego];
    let accel = memory.accel_mps2;
    let wanted = memory.longitudinal.reference_for(me.speed_mps, accel, dt_s);
    let (throttle, brake) = pedals(
        &mut memory.longitudinal,
        limits,
        me.speed_mps,
        wanted,
        accel,
        dt_s,
    );
    let at = path.sample(me.station_m);
    // Cyclists keep to the edge.
    let keep = if me.class == ActorClass::Bicycle {
        0.7 - at.half_width_m
    } else {
        0.0
    };
    let ahead = path.sample(me.station_m + 0.15 * me.speed_mps.max(0.0));
    let steer_rad = steer_for(
        me.lateral_m - keep.min(0.0),
        sim::math::wrap_angle(me.pose.yaw_rad - at.yaw_rad),
        ahead.curvature_pm,
        me.speed_mps,
        me.wheelbase_m,
        max_steer_rad,
    );
    DriveCommand {
        throttle,
        brake,
        steer_rad,
        reverse: false,
    }
    .bounded()
}
