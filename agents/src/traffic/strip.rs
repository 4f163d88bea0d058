//! What stands or moves in what a vehicle is about to sweep.

use sim::math::{cos, sin, sin_cos, wrap_angle};
use sim::physics::Footprint;

use super::course::Course;
use crate::control::pull_pm;
use crate::path::{LEVEL_M, Path, Projection};
use crate::rules::corridor::{Obstacle, clearance_m, extent_about};
use crate::rules::scene::{Body, Scene};

/// Every body in the sweep ahead, by gap. `follows` tells whose sweeps are reckoned with where courses
/// meet: of those only the strip of the own width counts, and all of the sweep for all others.
pub fn strip_ahead(
    scene: &Scene,
    ego: usize,
    course: &Course,
    range_m: f64,
    follows: &dyn Fn(usize) -> bool,
) -> Vec<Obstacle> {
    let me: &Body = &scene.bodies[ego];
    let path = &course.path;
    let front = me.front_station_m();
    let (from, to) = (me.station_m - 1.0, front + range_m);
    let swept = &me.swept_m;
    let mut found = Vec::new();
    for (index, other) in scene.bodies.iter().enumerate() {
        let [x, y] = other.center_m;
        let near = other.radius_m() + 6.0;
        let outside = x < swept[0] - near
            || x > swept[2] + near
            || y < swept[1] - near
            || y > swept[3] + near;
        if index == ego || outside || (other.pose.z_m - me.pose.z_m).abs() > 12.0 {
            continue;
        }
        let middle = course.project_within(x, y, from, to);
        if is_off(course, other, &middle, me.lateral_m.abs().min(FARTHEST_M)) {
            continue;
        }
        let Some([first, last, right, left]) = extent_about(path, other, &middle, from, to) else {
            continue;
        };
        let middle = 0.5 * (first + last);
        let at = path.sample(middle);
        if path.has_heights && (at.z_m - other.pose.z_m).abs() > LEVEL_M {
            continue;
        }
        // Who stands does not get out of the way of a corner that swings out.
        let follows = follows(index) && other.speed_mps.abs() > 0.5;
        let [to_left, to_right] = if follows {
            [0.5 * me.width_m; 2]
        } else {
            course.sides_between_m(first.max(front - 1.0), last)
        };
        let room = room_m(other);
        // Who is beside a new course comes onto it over what is beside it.
        let [out_left, out_right] = [me.lateral_m, -me.lateral_m].map(|m| m.clamp(0.0, FARTHEST_M));
        if left < -to_right - out_right - room
            || right > to_left + out_left + room
            || last < front - 0.5 * me.length_m
        {
            continue;
        }
        let in_own_width = left > -0.5 * me.width_m - room && right < 0.5 * me.width_m + room;
        let mut gap_m = first - front;
        if gap_m <= 0.0 || !in_own_width {
            // Who is beside, and what is swept beside the own width, are followed step by step.
            match swings_into(
                me,
                path,
                other,
                gap_m.max(0.0) + other.radius_m() * 2.0 + me.length_m,
            ) {
                Some(way_m) => gap_m = way_m,
                None => continue,
            }
        }
        let yaw = at.yaw_rad;
        let along = other.velocity_mps[0] * cos(yaw) + other.velocity_mps[1] * sin(yaw);
        found.push(Obstacle {
            gap_m,
            speed_mps: along.max(0.0),
            body: Some(index),
        });
    }
    found.sort_by(|a, b| a.gap_m.total_cmp(&b.gap_m));
    found
}

/// Whether a body is certainly beside the sweep, by its middle alone.
fn is_off(course: &Course, other: &Body, at: &Projection, out_m: f64) -> bool {
    let path = &course.path;
    let turn = other.pose.yaw_rad - path.sample(at.station_m).yaw_rad;
    let across = 0.5 * (other.length_m * sin(turn).abs() + other.width_m * cos(turn).abs());
    // Bends take a long body nearer than its middle says.
    at.distance_m > course.widest_m + out_m + across + 0.08 * other.length_m + 0.8
}

/// Room to leave beside a body, metres: what stands for ever may be passed closely.
fn room_m(other: &Body) -> f64 {
    let [vx, vy] = other.velocity_mps;
    if other.is_mobile && (other.class.is_vehicle() || vx * vx + vy * vy > 0.04) {
        clearance_m(other)
    } else if other.is_mobile {
        // People who stand, as at the kerb, stay there.
        0.15
    } else {
        0.05
    }
}

/// Farthest from its course that a vehicle is on its way onto it, metres.
const FARTHEST_M: f64 = 4.0;
/// Step of the search for the place where a corner meets somebody, metres.
const STEP_M: f64 = 0.5;

fn print_of(body: &Body, center: (f64, f64), yaw_rad: f64) -> Footprint {
    let (s, c) = sin_cos(yaw_rad);
    Footprint {
        center,
        axis: (c, s),
        half: (0.5 * body.length_m, 0.5 * body.width_m),
        z: (0.0, 1.0),
        radius: body.radius_m(),
    }
}

/// The way after which a body that goes on along its path comes too close to another one, metres, if it
/// comes closer to it at all.
fn swings_into(me: &Body, path: &Path, other: &Body, range_m: f64) -> Option<f64> {
    let room_m = room_m(other);
    let theirs = print_of(
        other,
        (other.center_m[0], other.center_m[1]),
        other.pose.yaw_rad,
    );
    let middle_m = 0.5 * (me.front_m - me.rear_m);
    let gap_at = |way_m: f64, off: (f64, f64)| {
        let pose = path.pose(me.station_m + way_m, off.0);
        let yaw_rad = pose.yaw_rad + off.1;
        let (s, c) = sin_cos(yaw_rad);
        let center = (pose.x_m + middle_m * c, pose.y_m + middle_m * s);
        print_of(me, center, yaw_rad).gap_m(&theirs, room_m)
    };
    let turn_rad = wrap_angle(me.pose.yaw_rad - path.sample(me.station_m).yaw_rad);
    let mut off = (me.lateral_m, turn_rad);
    let now_m = gap_at(0.0, off).unwrap_or(room_m);
    let steps = (range_m.min(60.0) / STEP_M) as usize;
    (0..steps).map(|k| k as f64 * STEP_M).find(|way_m| {
        // As the steering brings it onto its path.
        let pull_pm = pull_pm(off.0, off.1, me.speed_mps);
        off.0 += STEP_M * sin(off.1);
        off.1 -= STEP_M * pull_pm;
        gap_at(way_m + STEP_M, off).is_some_and(|gap| gap < now_m - 0.02)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sim::actor::{ActorClass, ActorId, ActorSpec, ActorState, Motion};
    use sim::math::Pose;
    use sim::world::ActorSnapshot;

    use super::super::course::Extent;
    use super::*;
    use crate::rules::idm::IdmParams;

    /// Gap to who stands to the right of a course, for who is beside the course or on it.
    fn gap_m(own_y_m: f64, other_x_m: f64) -> Option<f64> {
        let path = Arc::new(Path::from_xy(&[[-10.0, 0.0], [90.0, 0.0]], 1.0, 10.0));
        let body = |id: u32, x_m: f64, y_m: f64, speed_mps: f64| {
            let pose = Pose {
                x_m,
                y_m,
                ..Pose::default()
            };
            let actor = ActorSnapshot {
                id: ActorId(id),
                spec: Arc::new(ActorSpec::typical("car", ActorClass::Car)),
                state: ActorState::at(pose, speed_mps),
                motion: Motion::Kinematic,
            };
            Body::of(&actor, (id == 0).then(|| path.clone()), None)
        };
        let scene = Scene {
            bodies: vec![body(0, 0.0, own_y_m, 5.0), body(1, other_x_m, -2.5, 0.0)],
            ..Scene::default()
        };
        let extent = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let course = Course::new(path.clone(), &extent, &IdmParams::default());
        let strip = strip_ahead(&scene, 0, &course, 60.0, &|_| true);
        strip.first().map(|o| o.gap_m)
    }

    #[test]
    fn who_comes_onto_a_course_sweeps_what_is_beside_it() {
        assert_eq!(gap_m(0.0, 10.0), None);
        let gap_m_now = gap_m(-1.5, 10.0);
        // The other's rear is at 9.1 m, the own front at 3.7 m.
        assert!(
            gap_m_now.is_some_and(|gap| (2.0..5.5).contains(&gap)),
            "{gap_m_now:?}"
        );
        assert_eq!(gap_m(-1.5, 40.0), None, "it is on its course by then");
    }
}
