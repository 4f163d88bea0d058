//! Everyone on the road as the rule-based drivers see them: boxes, speeds, and routes where known.

use std::sync::Arc;

use sim::actor::{ActorClass, ActorId, Motion};
use sim::math::Pose;
use sim::world::ActorSnapshot;

use crate::path::Path;

/// One road user or object.
#[derive(Clone, Debug)]
pub struct Body {
    /// Identity.
    pub id: ActorId,
    /// Class.
    pub class: ActorClass,
    /// Pose of the reference point.
    pub pose: Pose,
    /// Middle of the box on the plane, metres.
    pub center_m: [f64; 2],
    /// Velocity on the plane, m/s.
    pub velocity_mps: [f64; 2],
    /// Speed along the heading, m/s.
    pub speed_mps: f64,
    /// Length and width of the box, metres.
    pub length_m: f64,
    /// Width of the box, metres.
    pub width_m: f64,
    /// From the reference point to the front, metres.
    pub front_m: f64,
    /// From the reference point back to the rear, metres.
    pub rear_m: f64,
    /// Distance of the axles, metres.
    pub wheelbase_m: f64,
    /// Whether it may move at all.
    pub is_mobile: bool,
    /// Time that it has stood still, seconds.
    pub standing_s: f64,
    /// Where it is going, where that is known.
    pub path: Option<Arc<Path>>,
    /// Station of the reference point on its path, metres.
    pub station_m: f64,
    /// Offset of the reference point from its path, metres to the left.
    pub lateral_m: f64,
    /// Box (low x, low y, high x, high y) around itself and the next stretch of its path, metres.
    pub swept_m: [f64; 4],
}

/// How far along its path a vehicle heeds others, metres.
pub fn heed_m(speed_mps: f64) -> f64 {
    let v = speed_mps.max(0.0);
    // Who stands at a wide junction sees to its other side.
    (25.0 + (v * v / 3.0 + v).max(6.0 * v)).max(45.0)
}

impl Body {
    /// The body of an actor; `path` and the station found last are its route, where it has one.
    pub fn of(actor: &ActorSnapshot, path: Option<Arc<Path>>, hint_m: Option<f64>) -> Self {
        let b = &actor.spec.bounding_box;
        let pose = actor.state.pose;
        let (cx, cy) = actor.center_xy();
        let (mut station_m, mut lateral_m) = (0.0, 0.0);
        let path = path.filter(|path| {
            let found = match hint_m {
                Some(hint) => path.project_near(pose.x_m, pose.y_m, hint),
                None => path.project(pose.x_m, pose.y_m),
            };
            (station_m, lateral_m) = (found.station_m, found.lateral_m);
            // A vehicle that is far off its route does not follow it.
            !path.is_empty() && found.distance_m < 8.0
        });
        let speed_mps = actor.state.speed_mps;
        let radius = sim::math::hypot(b.length_m, b.width_m) / 2.0;
        let mut swept_m = [cx - radius, cy - radius, cx + radius, cy + radius];
        if let Some(path) = &path {
            let ahead = heed_m(speed_mps) + b.length_m;
            let mut at = 0.0;
            while at <= ahead {
                let p = path.sample(station_m + at);
                swept_m[0] = swept_m[0].min(p.x_m - 4.0);
                swept_m[1] = swept_m[1].min(p.y_m - 4.0);
                swept_m[2] = swept_m[2].max(p.x_m + 4.0);
                swept_m[3] = swept_m[3].max(p.y_m + 4.0);
                at += 4.0;
            }
        }
        Self {
            swept_m,
            id: actor.id,
            class: actor.spec.class,
            pose,
            center_m: [cx, cy],
            velocity_mps: [actor.state.velocity_mps[0], actor.state.velocity_mps[1]],
            speed_mps,
            length_m: b.length_m,
            width_m: b.width_m,
            front_m: b.center_x_m + b.length_m / 2.0,
            rear_m: b.length_m / 2.0 - b.center_x_m,
            wheelbase_m: actor.spec.wheelbase_m(),
            is_mobile: actor.motion != Motion::Fixed,
            standing_s: 0.0,
            path,
            station_m,
            lateral_m,
        }
    }

    /// Corners of the box, metres.
    pub fn corners_m(&self) -> [(f64, f64); 4] {
        let half = self.width_m / 2.0;
        [
            (self.front_m, half),
            (-self.rear_m, half),
            (-self.rear_m, -half),
            (self.front_m, -half),
        ]
        .map(|(x, y)| self.pose.to_world_xy(x, y))
    }

    /// Station of its front on its own path, metres.
    pub fn front_station_m(&self) -> f64 {
        self.station_m + self.front_m
    }

    /// Whether the swept boxes of two come within a distance of each other, metres.
    pub fn may_meet(&self, other: &Self, slack_m: f64) -> bool {
        let (a, b) = (&self.swept_m, &other.swept_m);
        a[0] - slack_m <= b[2]
            && b[0] - slack_m <= a[2]
            && a[1] - slack_m <= b[3]
            && b[1] - slack_m <= a[3]
    }

    /// Distance from the middle to a corner, metres.
    pub fn radius_m(&self) -> f64 {
        sim::math::hypot(self.length_m, self.width_m) / 2.0
    }
}

/// State of a traffic light.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Light {
    /// Go.
    Green,
    /// Stop where that is possible in comfort.
    Yellow,
    /// Stop.
    Red,
    /// Out of order or not known: the signs hold.
    Dark,
}

/// Everyone, by ascending id, and the lights.
#[derive(Clone, Debug, Default)]
pub struct Scene {
    /// Road users and objects by id.
    pub bodies: Vec<Body>,
    /// Lights by signal id, sorted.
    pub lights: Vec<(String, Light)>,
}

impl Scene {
    /// The light of a signal.
    pub fn light(&self, id: &str) -> Light {
        self.lights
            .binary_search_by(|(other, _)| other.as_str().cmp(id))
            .map_or(Light::Dark, |i| self.lights[i].1)
    }
}
