//! Bounding boxes in the plane: overlap and gaps.

use sim::actor::BoundingBox;
use sim::math::{self, Pose};

/// A turned rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rectangle {
    /// Corners, counter-clockwise from the front left.
    pub corners: [(f64, f64); 4],
    /// Heading, radians.
    pub yaw_rad: f64,
}

/// Boxes whose places differ more in height do not touch, metres.
const MAX_DZ_M: f64 = 2.5;
/// Gaps smaller than this are none, metres.
const TOUCH_M: f64 = 1e-6;

impl Rectangle {
    /// Outline of a box at a pose.
    pub fn new(bounding_box: &BoundingBox, pose: &Pose) -> Self {
        let b = bounding_box;
        let (l, w) = (b.length_m / 2.0, b.width_m / 2.0);
        let (sin, cos) = math::sin_cos(pose.yaw_rad);
        let corners = [(l, w), (-l, w), (-l, -w), (l, -w)].map(|(x, y)| {
            let (x, y) = (b.center_x_m + x, b.center_y_m + y);
            (pose.x_m + x * cos - y * sin, pose.y_m + x * sin + y * cos)
        });
        Self {
            corners,
            yaw_rad: pose.yaw_rad,
        }
    }

    fn axes(&self) -> [(f64, f64); 2] {
        let (sin, cos) = math::sin_cos(self.yaw_rad);
        [(cos, sin), (-sin, cos)]
    }

    fn span(&self, axis: (f64, f64)) -> (f64, f64) {
        let dots = self.corners.map(|(x, y)| x * axis.0 + y * axis.1);
        (
            dots.iter().copied().fold(f64::INFINITY, f64::min),
            dots.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        )
    }

    /// Signed gap to another along an axis: positive where it is ahead, 0 where they overlap.
    fn gap(&self, other: &Self, axis: (f64, f64)) -> f64 {
        let ((low, high), (other_low, other_high)) = (self.span(axis), other.span(axis));
        if high < other_low - TOUCH_M {
            other_low - high
        } else if low > other_high + TOUCH_M {
            other_high - low
        } else {
            0.0
        }
    }

    /// Whether it overlaps another.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.axes()
            .into_iter()
            .chain(other.axes())
            .all(|axis| self.gap(other, axis) == 0.0)
    }

    /// Signed gaps along and across its own heading.
    pub fn gaps(&self, other: &Self) -> (f64, f64) {
        let [along, across] = self.axes();
        (self.gap(other, along), self.gap(other, across))
    }

    /// Smallest distance to another; 0 where they overlap.
    pub fn distance(&self, other: &Self) -> f64 {
        if self.overlaps(other) {
            return 0.0;
        }
        let one_way = |a: &Self, b: &Self| {
            let edges = (0..4).map(|k| (b.corners[k], b.corners[(k + 1) % 4]));
            edges
                .flat_map(|edge| a.corners.map(|point| point_to_edge(point, edge)))
                .fold(f64::INFINITY, f64::min)
        };
        one_way(self, other).min(one_way(other, self))
    }

    /// Distance of a point and its signed gaps along and across; 0 inside.
    pub fn point_gap(&self, x_m: f64, y_m: f64) -> (f64, f64, f64) {
        let point = Self {
            corners: [(x_m, y_m); 4],
            yaw_rad: self.yaw_rad,
        };
        let (along, across) = self.gaps(&point);
        (math::hypot(along, across), along, across)
    }
}

fn point_to_edge(p: (f64, f64), (a, b): ((f64, f64), (f64, f64))) -> f64 {
    let (dx, dy) = (b.0 - a.0, b.1 - a.1);
    let length2 = dx * dx + dy * dy;
    let u = if length2 > 0.0 {
        (((p.0 - a.0) * dx + (p.1 - a.1) * dy) / length2).clamp(0.0, 1.0)
    } else {
        0.0
    };
    math::hypot(p.0 - a.0 - u * dx, p.1 - a.1 - u * dy)
}

/// Whether two boxes lie too far apart to touch, however they are turned: a quick no.
fn are_far_apart((a, pa): (&BoundingBox, &Pose), (b, pb): (&BoundingBox, &Pose)) -> bool {
    let reach = |b: &BoundingBox| {
        let (x, y) = (
            b.center_x_m.abs() + b.length_m / 2.0,
            b.center_y_m.abs() + b.width_m / 2.0,
        );
        x + y
    };
    let most = reach(a) + reach(b) + 2.0 * TOUCH_M;
    let (dx, dy) = (pa.x_m - pb.x_m, pa.y_m - pb.y_m);
    dx * dx + dy * dy > most * most
}

/// Whether two boxes at poses overlap.
pub fn collide(a: (&BoundingBox, &Pose), b: (&BoundingBox, &Pose)) -> bool {
    if are_far_apart(a, b) || (a.1.z_m - b.1.z_m).abs() > MAX_DZ_M {
        return false;
    }
    Rectangle::new(a.0, a.1).overlaps(&Rectangle::new(b.0, b.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_signed_and_overlap_is_zero() {
        let bb = BoundingBox {
            center_x_m: 0.0,
            center_y_m: 0.0,
            center_z_m: 0.0,
            length_m: 4.0,
            width_m: 2.0,
            height_m: 1.0,
        };
        let at = |x: f64, y: f64, yaw: f64| Rectangle::new(&bb, &Pose::planar(x, y, yaw));
        let a = at(0.0, 0.0, 0.0);
        assert_eq!(a.gaps(&at(10.0, 0.0, 0.0)), (6.0, 0.0));
        assert_eq!(a.gaps(&at(-10.0, -5.0, 0.0)), (-6.0, -3.0));
        assert!((a.distance(&at(7.0, 6.0, 0.0)) - 5.0).abs() < 1e-9);
        assert!(a.overlaps(&at(2.5, 0.0, 1.0)) && a.distance(&at(2.5, 0.0, 1.0)) == 0.0);
        assert_eq!(a.point_gap(5.0, 0.0).1, 3.0);
    }
}
