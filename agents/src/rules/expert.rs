//! The rule-based planner: rolls out the driving rules along several lateral courses and takes the
//! best, after PDM-Closed (Dauner et al., Parting with Misconceptions about Learning-based Vehicle
//! Motion Planning, 2023). It sees true states; the learned planner imitates it.

use sim::actor::{ActorClass, ActorSpec};
use sim::math::{atan, hypot};
use sim::message::{Proposal, Trajectory, TrajectoryPoint};

use super::corridor::{Lateral, Obstacle};
use super::driver::{DriverMemory, all_obstacles, update_memory, wanted_speed_mps};
use super::idm::{IdmParams, following_accel, free_accel};
use super::scene::Scene;
use crate::footprint::Footprint;
use crate::path::Path;

/// Length of a plan, seconds.
pub const HORIZON_S: f64 = 4.0;
/// Time between its points, seconds.
pub const STEP_S: f64 = 0.2;

/// What may move is passed when it has stood for this long, seconds.
const PATIENCE_S: f64 = 4.0;

/// A lateral course with what rolling it out gave.
#[derive(Clone, Debug)]
struct Rollout {
    lateral: Lateral,
    points: Vec<TrajectoryPoint>,
    costs: Vec<(String, f32)>,
    refused: Option<String>,
}

impl Rollout {
    fn cost(&self) -> f32 {
        self.costs.iter().map(|(_, c)| c).sum()
    }
}

/// Points of a motion along a path: stations and speeds at steps of [`STEP_S`].
pub fn points_along(path: &Path, lateral: &Lateral, motion: &[(f64, f64)]) -> Vec<TrajectoryPoint> {
    motion
        .iter()
        .enumerate()
        .map(|(i, (station_m, speed_mps))| {
            let pose = path.pose(*station_m, lateral.at(*station_m));
            TrajectoryPoint {
                time_s: i as f64 * STEP_S,
                x_m: pose.x_m,
                y_m: pose.y_m,
                yaw_rad: pose.yaw_rad + atan(lateral.slope(*station_m)),
                speed_mps: *speed_mps,
            }
        })
        .collect()
}

/// Motion by the driving rules with obstacles that go on as they do.
fn roll_out(
    path: &Path,
    station_m: f64,
    speed_mps: f64,
    obstacles: &[Obstacle],
    params: &IdmParams,
) -> Vec<(f64, f64)> {
    let steps = (HORIZON_S / STEP_S) as usize;
    let (mut s, mut v) = (station_m, speed_mps.max(0.0));
    let mut motion = vec![(s, v)];
    for step in 0..steps {
        let t = step as f64 * STEP_S;
        let wanted = wanted_speed_mps(path, s, v, params);
        let accel = obstacles
            .iter()
            .map(|o| {
                let gap = o.gap_m + o.speed_mps * t - (s - station_m);
                following_accel(params, v, wanted, gap, o.speed_mps)
            })
            .fold(free_accel(params, v, wanted), f64::min)
            .clamp(-params.max_decel_mps2, params.accel_mps2);
        let next = (v + accel * STEP_S).max(0.0);
        s += 0.5 * (v + next) * STEP_S;
        v = next;
        motion.push((s, v));
    }
    motion
}

/// Lateral courses worth rolling out: the lane itself, and past what stands in it.
fn courses(
    scene: &Scene,
    ego: usize,
    path: &Path,
    room: &dyn Fn(f64, f64) -> bool,
) -> Vec<Lateral> {
    let me = &scene.bodies[ego];
    let v = me.speed_mps.max(0.0);
    let to = |offset: f64, over: f64| Lateral {
        from_station_m: me.station_m,
        from_m: me.lateral_m.clamp(-4.0, 4.0),
        from_slope: 0.0,
        over_m: over,
        to_m: offset,
    };
    let back_m = (2.2 * v).clamp(6.0, 40.0);
    let mut all = vec![to(0.0, back_m)];
    let front = me.front_station_m();
    for (index, other) in scene.bodies.iter().enumerate() {
        let moves = hypot(other.velocity_mps[0], other.velocity_mps[1]);
        let slow_cycle = other.class == ActorClass::Bicycle && moves < 6.0;
        if index == ego || (moves > 0.3 && !slow_cycle) {
            continue;
        }
        let Some([first, last, right, left]) =
            super::corridor::extent_on(path, other, me.station_m - 2.0, front + 60.0)
        else {
            continue;
        };
        let half = me.width_m / 2.0;
        if last < me.station_m - me.rear_m || right > half + 0.3 || left < -half - 0.3 {
            continue;
        }
        // A queue is not passed: only what has stood for long, alone, off a light or junction.
        let queued = other.class.is_vehicle() && other.is_mobile && {
            let lit = path
                .signals
                .iter()
                .any(|s| (-3.0..70.0).contains(&(s.stop_m - last)));
            let junction = path
                .junctions
                .iter()
                .any(|j| (-3.0..25.0).contains(&(j.start_m - last)));
            lit || junction || (moves < 0.3 && other.standing_s < PATIENCE_S)
        };
        if queued {
            continue;
        }
        let over = (first - front).clamp(8.0, back_m.max(8.0));
        for offset in [left + half + 0.7, right - half - 0.7] {
            let fits = offset.abs() < 4.5
                && [first, last].iter().all(|s| {
                    let edge = offset + half * offset.signum();
                    let at = path.pose(*s, edge);
                    room(at.x_m, at.y_m)
                });
            if fits {
                all.push(to(offset, over));
            }
        }
    }
    all.truncate(7);
    all
}

/// First time at which the motion touches anybody who goes on as he does, seconds.
fn first_contact_s(
    scene: &Scene,
    ego: usize,
    spec: &ActorSpec,
    points: &[TrajectoryPoint],
) -> Option<f64> {
    for point in points.iter().skip(1) {
        let pose = sim::math::Pose::planar(point.x_m, point.y_m, point.yaw_rad);
        let mine = Footprint::of(&pose, &spec.bounding_box).grown(0.3, 0.15);
        for (index, other) in scene.bodies.iter().enumerate() {
            if index == ego {
                continue;
            }
            let theirs = Footprint {
                center_m: [
                    other.center_m[0] + other.velocity_mps[0] * point.time_s,
                    other.center_m[1] + other.velocity_mps[1] * point.time_s,
                ],
                yaw_rad: other.pose.yaw_rad,
                half_m: [other.length_m / 2.0, other.width_m / 2.0],
            };
            if mine.overlaps(&theirs) {
                return Some(point.time_s);
            }
        }
    }
    None
}

/// The plan of the expert at a time. `room` tells where a vehicle may drive.
#[allow(
    clippy::too_many_arguments,
    reason = "all are different things the plan depends on"
)]
pub fn plan(
    scene: &Scene,
    ego: usize,
    path: &Path,
    spec: &ActorSpec,
    params: &IdmParams,
    memory: &mut DriverMemory,
    room: &dyn Fn(f64, f64) -> bool,
    now_s: f64,
    period_s: f64,
) -> Trajectory {
    let me = &scene.bodies[ego];
    update_memory(scene, ego, path, memory, period_s);
    let mut rollouts: Vec<Rollout> = courses(scene, ego, path, room)
        .into_iter()
        .map(|lateral| {
            let obstacles = all_obstacles(scene, ego, path, &lateral, memory);
            let motion = roll_out(path, me.station_m, me.speed_mps, &obstacles, params);
            let points = points_along(path, &lateral, &motion);
            let progress = motion.last().map_or(0.0, |m| m.0 - me.station_m);
            let leaves = lateral.to_m.abs() > 0.3;
            // Beside the lane everybody who comes along it counts, beyond the plan's end as well.
            let oncoming = leaves && oncoming_near(scene, ego, path, &lateral, &motion);
            let contact = leaves
                .then(|| first_contact_s(scene, ego, spec, &points))
                .flatten();
            let refused = match contact {
                Some(t) => Some(format!("collision after {t:.1} s")),
                None if oncoming => Some("oncoming traffic".to_owned()),
                None => None,
            };
            let costs = vec![
                ("progress".to_owned(), -progress as f32),
                ("offset".to_owned(), (lateral.to_m.abs() * 1.5) as f32),
            ];
            Rollout {
                lateral,
                points,
                costs,
                refused,
            }
        })
        .collect();
    rollouts.sort_by(|a, b| {
        let key = |r: &Rollout| (r.refused.is_some(), r.cost());
        let (x, y) = (key(a), key(b));
        x.0.cmp(&y.0)
            .then(x.1.total_cmp(&y.1))
            .then(a.lateral.to_m.total_cmp(&b.lateral.to_m))
    });
    Trajectory {
        start_time_s: now_s,
        points: rollouts
            .first()
            .map(|r| r.points.clone())
            .unwrap_or_default(),
        is_emergency: false,
        proposals: rollouts
            .into_iter()
            .map(|r| Proposal {
                points: r.points,
                probability: 0.0,
                costs: r.costs,
                refused: r.refused,
            })
            .collect(),
    }
}

/// Whether somebody comes against the course within the time it takes to pass.
fn oncoming_near(
    scene: &Scene,
    ego: usize,
    path: &Path,
    lateral: &Lateral,
    motion: &[(f64, f64)],
) -> bool {
    let me = &scene.bodies[ego];
    let reach = motion.last().map_or(0.0, |m| m.0 - me.station_m) + 25.0;
    scene.bodies.iter().enumerate().any(|(index, other)| {
        if index == ego {
            return false;
        }
        let at = path.project_within(
            other.center_m[0],
            other.center_m[1],
            me.station_m - 5.0,
            me.station_m + reach + 80.0,
        );
        let yaw = path.sample(at.station_m).yaw_rad;
        let along = other.velocity_mps[0] * sim::math::cos(yaw)
            + other.velocity_mps[1] * sim::math::sin(yaw);
        let beside = (at.lateral_m - lateral.to_m).abs() < 2.4 && at.distance_m < 12.0;
        let ahead = at.station_m - me.station_m;
        // Against: meets within reach. Along but from behind and faster: would be cut off.
        beside
            && ((along < -0.5 && ahead > 0.0 && ahead + along * 6.0 < reach)
                || (along > me.speed_mps + 1.0
                    && ahead < 0.0
                    && ahead + (along - me.speed_mps) * 3.0 > -6.0))
    })
}
