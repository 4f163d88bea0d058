//! The room that somebody placed takes, so that nobody else is placed there.

use sim::actor::ActorSpec;
use sim::math::{Pose, cos, sin, wrap_angle};
use sim::road::{RoadNetwork, Route};

/// The room ahead is laid along the route in pieces of at most this length, metres.
const PIECE_M: f64 = 5.0;
/// The most that a corner is reckoned to swing out, metres.
const MOST_SWING_M: f64 = 2.0;

/// What the front gets farther beside the route than bends say counts from here, metres.
const LEAST_JUMP_M: f64 = 0.3;
/// Metres about the middle of a piece in which it is looked for what is askew.
const PIECE_PARTS: i32 = 4;

/// The outline of somebody placed, with the room in front that it needs.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    x_m: f64,
    y_m: f64,
    yaw_rad: f64,
    half_length_m: f64,
    half_width_m: f64,
}

impl Taken {
    pub(super) fn of(spec: &ActorSpec, pose: &Pose, ahead_m: f64, aside_m: f64) -> Self {
        let b = &spec.bounding_box;
        let (x_m, y_m) = pose.to_world_xy(b.center_x_m + ahead_m / 2.0, b.center_y_m);
        Self {
            x_m,
            y_m,
            yaw_rad: pose.yaw_rad,
            half_length_m: (b.length_m + ahead_m) / 2.0 + 0.5,
            half_width_m: b.width_m / 2.0 + aside_m,
        }
    }

    /// The body and the room ahead of it along a route, as the route bends.
    pub(super) fn along(
        map: &RoadNetwork,
        spec: &ActorSpec,
        pose: &Pose,
        ahead_m: f64,
        route: &Route,
    ) -> Vec<Self> {
        let front_m = spec.bounding_box.center_x_m + spec.bounding_box.length_m / 2.0;
        let pieces = (ahead_m / PIECE_M).ceil().max(1.0) as usize;
        let piece_m = ahead_m / pieces as f64;
        // In a bend the outer front corner swings out of the strip of the vehicle's own width.
        let aside_m = |station_m: f64| {
            let bend_1pm = route.sample(map, station_m).curvature_1pm.abs();
            let bend_m = 0.5 * front_m * front_m * bend_1pm;
            let swing_m = bend_m.max(jump_m(map, route, station_m, front_m, bend_m));
            0.3 + swing_m.min(MOST_SWING_M)
        };
        let mut all = vec![Self::of(spec, pose, 0.0, aside_m(front_m))];
        for i in 0..pieces {
            let middle_m = front_m + piece_m * (i as f64 + 0.5);
            if middle_m > route.length_m() {
                break;
            }
            let at = route.sample(map, middle_m).pose;
            all.push(Self {
                x_m: at.x_m,
                y_m: at.y_m,
                yaw_rad: at.yaw_rad,
                half_length_m: 0.5 * piece_m + 0.5,
                half_width_m: spec.bounding_box.width_m / 2.0 + aside_m(middle_m),
            });
        }
        all
    }

    /// Whether two rectangles overlap (separating axes).
    pub(super) fn overlaps(&self, other: &Self) -> bool {
        let apart = |a: &Self, b: &Self| {
            let (c, s) = (cos(a.yaw_rad), sin(a.yaw_rad));
            let (dx, dy) = (b.x_m - a.x_m, b.y_m - a.y_m);
            let turn = wrap_angle(b.yaw_rad - a.yaw_rad);
            let (tc, ts) = (cos(turn).abs(), sin(turn).abs());
            let (l, w) = (b.half_length_m, b.half_width_m);
            (dx * c + dy * s).abs() > a.half_length_m + l * tc + w * ts
                || (dy * c - dx * s).abs() > a.half_width_m + l * ts + w * tc
        };
        !apart(self, other) && !apart(other, self)
    }
}

/// How far the front gets beside the route where that goes askew to its road, as where the width of a lane
/// jumps, metres; 0 where bends say it all.
fn jump_m(map: &RoadNetwork, route: &Route, station_m: f64, front_m: f64, bend_m: f64) -> f64 {
    let at = |m: f64| route.sample(map, m.clamp(0.0, route.length_m())).pose;
    (-PIECE_PARTS..=PIECE_PARTS)
        .map(|k| {
            let there_m = station_m + f64::from(k);
            let (path, body) = (at(there_m), at(there_m - front_m));
            let (x, y) = body.to_world_xy(front_m, 0.0);
            let (dx, dy) = (x - path.x_m, y - path.y_m);
            (dy * cos(path.yaw_rad) - dx * sin(path.yaw_rad)).abs()
        })
        .filter(|swing_m| *swing_m > bend_m + LEAST_JUMP_M)
        .fold(0.0, f64::max)
}
