//! What stands or moves in what a vehicle is about to sweep.

use sim::math::{cos, sin};

use super::course::Course;
use crate::path::LEVEL_M;
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
        let Some([first, last, right, left]) = extent_on(path, other, from, to) else {
            continue;
        };
        let middle = 0.5 * (first + last);
        let at = path.sample(middle);
        if path.has_heights && (at.z_m - other.pose.z_m).abs() > LEVEL_M {
            continue;
        }
        let [to_left, to_right] = if follows(index) {
            [0.5 * me.width_m; 2]
        } else {
            course.sides_between_m(first.max(front - 1.0), last)
        };
        let room = clearance_m(other);
        if left < -to_right - room || right > to_left + room || last < front - 0.5 * me.length_m {
            continue;
        }
        let yaw = at.yaw_rad;
        let along = other.velocity_mps[0] * cos(yaw) + other.velocity_mps[1] * sin(yaw);
        found.push(Obstacle {
            gap_m: first - front,
            speed_mps: along.max(0.0),
            body: Some(index),
        });
    }
    found.sort_by(|a, b| a.gap_m.total_cmp(&b.gap_m));
    found
}
