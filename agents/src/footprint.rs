//! Boxes on the plane and whether they overlap.

use sim::actor::BoundingBox;
use sim::math::{Pose, cos, sin};

/// A turned rectangle on the plane.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Footprint {
    /// Middle (x, y), metres.
    pub center_m: [f64; 2],
    /// Heading of its length, radians.
    pub yaw_rad: f64,
    /// Half length and half width, metres.
    pub half_m: [f64; 2],
}

impl Footprint {
    /// Rectangle of an actor whose reference point has a pose.
    pub fn of(pose: &Pose, bounding_box: &BoundingBox) -> Self {
        let (x, y) = pose.to_world_xy(bounding_box.center_x_m, bounding_box.center_y_m);
        Self {
            center_m: [x, y],
            yaw_rad: pose.yaw_rad,
            half_m: [bounding_box.length_m / 2.0, bounding_box.width_m / 2.0],
        }
    }

    /// The rectangle grown on every side: along and across, metres.
    #[must_use]
    pub fn grown(mut self, along_m: f64, across_m: f64) -> Self {
        self.half_m[0] += along_m;
        self.half_m[1] += across_m;
        self
    }

    /// Corners, counter-clockwise from the front left, metres.
    pub fn corners_m(&self) -> [[f64; 2]; 4] {
        let (c, s) = (cos(self.yaw_rad), sin(self.yaw_rad));
        let [l, w] = self.half_m;
        [[l, w], [-l, w], [-l, -w], [l, -w]].map(|[x, y]| {
            [
                self.center_m[0] + x * c - y * s,
                self.center_m[1] + x * s + y * c,
            ]
        })
    }

    /// Whether two rectangles overlap (separating axes).
    pub fn overlaps(&self, other: &Self) -> bool {
        let (dx, dy) = (
            other.center_m[0] - self.center_m[0],
            other.center_m[1] - self.center_m[1],
        );
        let reach = self.half_m[0] + self.half_m[1] + other.half_m[0] + other.half_m[1];
        if dx.abs() > reach || dy.abs() > reach {
            return false;
        }
        let axes = |f: &Self| {
            let (c, s) = (cos(f.yaw_rad), sin(f.yaw_rad));
            [[c, s], [-s, c]]
        };
        let (a, b) = (axes(self), axes(other));
        let extent = |f: &Self, own: &[[f64; 2]; 2], u: [f64; 2]| {
            f.half_m[0] * (own[0][0] * u[0] + own[0][1] * u[1]).abs()
                + f.half_m[1] * (own[1][0] * u[0] + own[1][1] * u[1]).abs()
        };
        a.iter()
            .chain(&b)
            .all(|u| (dx * u[0] + dy * u[1]).abs() <= extent(self, &a, *u) + extent(other, &b, *u))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turned_boxes_overlap_only_where_they_do() {
        let a = Footprint {
            center_m: [0.0, 0.0],
            yaw_rad: 0.0,
            half_m: [2.0, 1.0],
        };
        let across = Footprint {
            center_m: [3.2, 0.0],
            yaw_rad: sim::math::FRAC_PI_2,
            half_m: [2.0, 1.0],
        };
        assert!(!a.overlaps(&across));
        assert!(a.overlaps(&across.grown(0.0, 0.3)));
        let corner = Footprint {
            center_m: [2.9, 1.9],
            yaw_rad: 0.785,
            half_m: [1.0, 1.0],
        };
        assert!(!a.overlaps(&corner));
        assert!(a.overlaps(&Footprint {
            center_m: [2.4, 1.4],
            ..corner
        }));
    }
}
