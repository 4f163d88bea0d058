//! What stands or moves in what a vehicle is about to sweep.

use sim::math::{cos, sin};
use sim::physics::Footprint;

use super::course::Course;
use crate::path::{LEVEL_M, Path};
use crate::rules::corridor::{Obstacle, clearance_m, extent_on};
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
        if is_off(course, other, from, to) {
            continue;
        }
        let Some([first, last, right, left]) = extent_on(path, other, from, to) else {
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
        if left < -to_right - room || right > to_left + room || last < front - 0.5 * me.length_m {
            continue;
        }
        let in_own_width = left > -0.5 * me.width_m - room && right < 0.5 * me.width_m + room;
        let mut gap_m = first - front;
        if gap_m <= 0.0 || !follows && !in_own_width {
            // Who is beside, and the corners that swing out, are followed step by step.
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
fn is_off(course: &Course, other: &Body, from_m: f64, to_m: f64) -> bool {
    let path = &course.path;
    let at = path.project_within(other.center_m[0], other.center_m[1], from_m, to_m);
    let turn = other.pose.yaw_rad - path.sample(at.station_m).yaw_rad;
    let across = 0.5 * (other.length_m * sin(turn).abs() + other.width_m * cos(turn).abs());
    // Bends take a long body nearer than its middle says.
    at.distance_m > course.widest_m + across + 0.08 * other.length_m + 0.8
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

/// Step of the search for the place where a corner meets somebody, metres.
const STEP_M: f64 = 0.5;

fn print_of(body: &Body, center: (f64, f64), yaw_rad: f64) -> Footprint {
    Footprint {
        center,
        axis: (cos(yaw_rad), sin(yaw_rad)),
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
    let gap_at = |way_m: f64| {
        let pose = path.pose(
            me.station_m + way_m,
            if way_m < 4.0 { me.lateral_m } else { 0.0 },
        );
        let mine = print_of(me, pose.to_world_xy(middle_m, 0.0), pose.yaw_rad);
        mine.gap_m(&theirs, room_m)
    };
    let now_m = gap_at(0.0).unwrap_or(room_m);
    let steps = (range_m.min(60.0) / STEP_M) as usize;
    (1..=steps)
        .map(|k| k as f64 * STEP_M)
        .find(|way| gap_at(*way).is_some_and(|gap| gap < now_m - 0.02))
        .map(|way| way - STEP_M)
}
