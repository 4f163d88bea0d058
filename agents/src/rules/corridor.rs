//! What stands or moves in the strip that a vehicle is about to sweep.

use sim::math::{cos, hypot, sin};

use super::scene::{Body, Scene};
use crate::path::{Path, Projection};

/// Something to keep a gap to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Obstacle {
    /// From the own front to it, metres.
    pub gap_m: f64,
    /// Its speed along the path, m/s.
    pub speed_mps: f64,
    /// Index of the body in the scene; `None` for a line on the road.
    pub body: Option<usize>,
}

/// The lateral course of a vehicle along its path: from an offset now to another one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lateral {
    /// Station where the change starts, metres.
    pub from_station_m: f64,
    /// Offset there, metres to the left.
    pub from_m: f64,
    /// Slope there, metres a metre.
    pub from_slope: f64,
    /// Length of the change, metres.
    pub over_m: f64,
    /// Offset in the end, metres to the left.
    pub to_m: f64,
}

impl Lateral {
    /// On the path itself.
    pub const CENTER: Self = Self {
        from_station_m: 0.0,
        from_m: 0.0,
        from_slope: 0.0,
        over_m: 0.0,
        to_m: 0.0,
    };

    /// Offset at a station, metres: a quintic blend that begins and ends without curvature.
    pub fn at(&self, station_m: f64) -> f64 {
        let u = if self.over_m > 0.0 {
            ((station_m - self.from_station_m) / self.over_m).clamp(0.0, 1.0)
        } else {
            1.0
        };
        let blend = u * u * u * (10.0 + u * (6.0 * u - 15.0));
        let swing = u - u * u * u * (6.0 - u * (8.0 - 3.0 * u));
        self.from_m + (self.to_m - self.from_m) * blend + self.from_slope * self.over_m * swing
    }

    /// Slope of the offset, metres a metre.
    pub fn slope(&self, station_m: f64) -> f64 {
        (self.at(station_m + 0.25) - self.at(station_m - 0.25)) / 0.5
    }
}

/// Extent of a body along and across a path: (first, last station, rightmost, leftmost offset).
pub fn extent_on(path: &Path, body: &Body, from_m: f64, to_m: f64) -> Option<[f64; 4]> {
    let middle = path.project_within(body.center_m[0], body.center_m[1], from_m, to_m);
    extent_about(path, body, &middle, from_m, to_m)
}

/// The same, where the middle has been projected.
pub fn extent_about(
    path: &Path,
    body: &Body,
    middle: &Projection,
    from_m: f64,
    to_m: f64,
) -> Option<[f64; 4]> {
    if middle.distance_m > body.radius_m() + 8.0 {
        return None;
    }
    let mut extent = [f64::MAX, f64::MIN, f64::MAX, f64::MIN];
    let reach = body.radius_m() + 2.0;
    for (x, y) in body.corners_m() {
        let corner = path.project_within(
            x,
            y,
            (middle.station_m - reach).max(from_m),
            (middle.station_m + reach).min(to_m),
        );
        // Beyond the window's end a corner has no offset of its own.
        if corner.distance_m > corner.lateral_m.abs() + 1.0 {
            continue;
        }
        extent[0] = extent[0].min(corner.station_m);
        extent[1] = extent[1].max(corner.station_m);
        extent[2] = extent[2].min(corner.lateral_m);
        extent[3] = extent[3].max(corner.lateral_m);
    }
    (extent[0] <= extent[1]).then_some(extent)
}

/// Every body inside the strip ahead, in order of the scene.
pub fn obstacles_ahead(
    scene: &Scene,
    ego: usize,
    path: &Path,
    lateral: &Lateral,
    range_m: f64,
) -> Vec<Obstacle> {
    let me = &scene.bodies[ego];
    let front = me.front_station_m();
    let (from, to) = (me.station_m - 1.0, front + range_m);
    let mut found = Vec::new();
    for (index, other) in scene.bodies.iter().enumerate() {
        // Bodies are met where they are, not where they go.
        let [x, y] = other.center_m;
        let near = other.radius_m() + 6.0;
        let s = &me.swept_m;
        let outside = x < s[0] - near || x > s[2] + near || y < s[1] - near || y > s[3] + near;
        if index == ego || outside {
            continue;
        }
        let Some([first, last, right, left]) = extent_on(path, other, from, to) else {
            continue;
        };
        if !path.is_level_with(first, other.pose.z_m) {
            continue;
        }
        let center = lateral.at((first + last) / 2.0);
        let half = me.width_m / 2.0 + clearance_m(other);
        if left < center - half || right > center + half || last < front - 0.5 * me.length_m {
            continue;
        }
        let yaw = path.sample((first + last) / 2.0).yaw_rad;
        let along = other.velocity_mps[0] * cos(yaw) + other.velocity_mps[1] * sin(yaw);
        found.push(Obstacle {
            gap_m: first - front,
            speed_mps: along.max(0.0),
            body: Some(index),
        });
    }
    found
}

/// Room to leave beside a body, metres.
pub fn clearance_m(other: &Body) -> f64 {
    if other.class.is_vehicle() { 0.25 } else { 0.5 }
}

/// Bodies without a known route that will cross the strip: where, and between which times.
pub fn crossings(
    scene: &Scene,
    ego: usize,
    path: &Path,
    lateral: &Lateral,
    horizon_s: f64,
) -> Vec<(Obstacle, [f64; 2])> {
    let me = &scene.bodies[ego];
    let front = me.front_station_m();
    let range = 12.0 + me.speed_mps.max(0.0) * horizon_s;
    let mut found = Vec::new();
    for (index, other) in scene.bodies.iter().enumerate() {
        let [vx, vy] = other.velocity_mps;
        let moves = vx * vx + vy * vy > 0.05;
        if index == ego || other.path.is_some() || !moves {
            continue;
        }
        let (dx, dy) = (
            other.center_m[0] - me.center_m[0],
            other.center_m[1] - me.center_m[1],
        );
        if dx * dx + dy * dy > (range + 40.0) * (range + 40.0)
            || !me.may_meet(other, 4.0 * hypot(vx, vy))
        {
            continue;
        }
        let mut span: Option<(f64, [f64; 2])> = None;
        for step in 1..=(horizon_s / 0.25) as usize {
            let t = step as f64 * 0.25;
            let (x, y) = (other.center_m[0] + vx * t, other.center_m[1] + vy * t);
            let at = path.project_within(x, y, me.station_m, front + range);
            let yaw = path.sample(at.station_m).yaw_rad;
            // Half extent of the box across the path.
            let turn = other.pose.yaw_rad - yaw;
            let across = (other.length_m * sin(turn).abs() + other.width_m * cos(turn).abs()) / 2.0;
            let along = (other.length_m * cos(turn).abs() + other.width_m * sin(turn).abs()) / 2.0;
            let reach = me.width_m / 2.0 + across + clearance_m(other);
            if at.distance_m > at.lateral_m.abs() + 1.0
                || (at.lateral_m - lateral.at(at.station_m)).abs() > reach
                || at.station_m - along < front
            {
                continue;
            }
            let first = at.station_m - along;
            span = Some(match span {
                None => (first, [t, t]),
                Some((station, [begin, _])) => (station.min(first), [begin, t]),
            });
        }
        if let Some((station, times)) = span {
            let yaw = path.sample(station).yaw_rad;
            let obstacle = Obstacle {
                gap_m: station - front,
                speed_mps: (vx * cos(yaw) + vy * sin(yaw)).max(0.0),
                body: Some(index),
            };
            found.push((obstacle, times));
        }
    }
    found
}
