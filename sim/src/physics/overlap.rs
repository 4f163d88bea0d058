//! Oriented boxes on the plane, with heights: overlap, distance, time to overlap.

use crate::actor::{ActorSpec, ActorState, BoundingBox};
use crate::math::{hypot, sin_cos};
use crate::world::ActorSnapshot;

/// A box seen from above, prepared for overlap tests.
#[derive(Clone, Copy, Debug)]
pub struct Footprint {
    /// Middle (x, y), metres.
    pub center: (f64, f64),
    /// Unit vector along the length.
    pub axis: (f64, f64),
    /// Half length and half width, metres.
    pub half: (f64, f64),
    /// Lowest and highest z, metres.
    pub z: (f64, f64),
    /// Radius of the circle about it, metres.
    pub radius: f64,
}

impl Footprint {
    /// The footprint of an actor.
    pub fn of(actor: &ActorSnapshot) -> Self {
        Self::new(&actor.spec, &actor.state)
    }

    /// The footprint of an actor of a state.
    pub fn new(spec: &ActorSpec, state: &ActorState) -> Self {
        let pose = &state.pose;
        let at = [pose.x_m, pose.y_m, pose.z_m];
        Self::on(&spec.bounding_box, at, sin_cos(pose.yaw_rad))
    }

    /// The footprint of a box about a reference point (x, y, z), metres, with the sine and cosine of its
    /// heading.
    #[inline]
    pub fn on(b: &BoundingBox, [x_m, y_m, z_m]: [f64; 3], (s, c): (f64, f64)) -> Self {
        let half = (b.length_m.abs() / 2.0, b.width_m.abs() / 2.0);
        let middle = z_m + b.center_z_m;
        Self {
            center: (
                x_m + b.center_x_m * c - b.center_y_m * s,
                y_m + b.center_x_m * s + b.center_y_m * c,
            ),
            axis: (c, s),
            half,
            z: (
                middle - b.height_m.abs() / 2.0,
                middle + b.height_m.abs() / 2.0,
            ),
            radius: hypot(half.0, half.1),
        }
    }

    /// Corners, counter-clockwise from the front left, metres.
    pub fn corners(&self) -> [(f64, f64); 4] {
        let (l, w) = self.half;
        let side = left(self.axis);
        [(l, w), (-l, w), (-l, -w), (l, -w)].map(|(x, y)| {
            (
                self.center.0 + x * self.axis.0 + y * side.0,
                self.center.1 + x * self.axis.1 + y * side.1,
            )
        })
    }

    fn is_level_with(&self, other: &Self) -> bool {
        self.z.1 >= other.z.0 && other.z.1 >= self.z.0
    }

    /// Distance of the boxes on the plane, metres, 0 where they touch; `None` where their heights
    /// don't meet or it is `bound_m` or more.
    pub fn gap_m(&self, other: &Self, bound_m: f64) -> Option<f64> {
        let (dx, dy) = (
            other.center.0 - self.center.0,
            other.center.1 - self.center.1,
        );
        let reach = bound_m + self.radius + other.radius;
        if !self.is_level_with(other) || dx * dx + dy * dy >= reach * reach {
            return None;
        }
        if self.overlap(other).is_some() {
            return Some(0.0);
        }
        // Of two boxes apart, a corner of one is nearest to the other.
        let from = |a: &Self, b: &Self| {
            let nearest = |p: (f64, f64)| {
                let d = (p.0 - b.center.0, p.1 - b.center.1);
                let x = (dot(d, b.axis).abs() - b.half.0).max(0.0);
                let y = (dot(d, left(b.axis)).abs() - b.half.1).max(0.0);
                hypot(x, y)
            };
            a.corners()
                .into_iter()
                .map(nearest)
                .fold(f64::INFINITY, f64::min)
        };
        Some(from(self, other).min(from(other, self))).filter(|gap| *gap < bound_m)
    }

    /// When the boxes meet, if `other` moves at `velocity` (x, y) relative to `self` and neither turns,
    /// seconds; 0 where they touch now, `None` where they don't within `horizon_s`.
    pub fn time_to_overlap(
        &self,
        other: &Self,
        velocity: (f64, f64),
        horizon_s: f64,
    ) -> Option<f64> {
        let d = (
            other.center.0 - self.center.0,
            other.center.1 - self.center.1,
        );
        let reach = self.radius + other.radius + hypot(velocity.0, velocity.1) * horizon_s;
        if !self.is_level_with(other) || dot(d, d) > reach * reach {
            return None;
        }
        let (mut enter, mut leave) = (0.0_f64, horizon_s);
        for axis in [self.axis, left(self.axis), other.axis, left(other.axis)] {
            let reach = self.reach(axis) + other.reach(axis);
            let (apart, speed) = (dot(d, axis), dot(velocity, axis));
            if speed.abs() < 1e-9 {
                if apart.abs() > reach {
                    return None;
                }
                continue;
            }
            let (a, b) = ((-reach - apart) / speed, (reach - apart) / speed);
            enter = enter.max(a.min(b));
            leave = leave.min(a.max(b));
        }
        (enter <= leave).then_some(enter)
    }

    /// Half of the box's extent along a unit vector, metres.
    fn reach(&self, axis: (f64, f64)) -> f64 {
        self.half.0 * dot(self.axis, axis).abs() + self.half.1 * dot(left(self.axis), axis).abs()
    }

    /// How deep two boxes overlap and along which unit vector (from `self` to `other`) they part
    /// soonest; `None` where they don't touch.
    pub fn overlap(&self, other: &Self) -> Option<(f64, (f64, f64))> {
        if !self.is_level_with(other) {
            return None;
        }
        let (dx, dy) = (
            other.center.0 - self.center.0,
            other.center.1 - self.center.1,
        );
        if dx * dx + dy * dy > (self.radius + other.radius) * (self.radius + other.radius) {
            return None;
        }
        let mut least: Option<(f64, (f64, f64))> = None;
        for axis in [self.axis, left(self.axis), other.axis, left(other.axis)] {
            let apart = dot((dx, dy), axis);
            let depth = self.reach(axis) + other.reach(axis) - apart.abs();
            if depth < 0.0 {
                return None;
            }
            let towards = if apart < 0.0 {
                (-axis.0, -axis.1)
            } else {
                axis
            };
            if least.is_none_or(|(d, _)| depth < d) {
                least = Some((depth, towards));
            }
        }
        least
    }
}

fn dot(a: (f64, f64), b: (f64, f64)) -> f64 {
    a.0 * b.0 + a.1 * b.1
}

fn left(a: (f64, f64)) -> (f64, f64) {
    (-a.1, a.0)
}

/// Index pairs `(i, j)`, i < j, of footprints whose circles' x ranges meet, in ascending order.
pub(super) fn candidate_pairs(prints: &[Footprint]) -> Vec<(usize, usize)> {
    let mut order: Vec<usize> = (0..prints.len()).collect();
    order.sort_by(|a, b| {
        let left = |i: &usize| prints[*i].center.0 - prints[*i].radius;
        left(a).total_cmp(&left(b)).then(a.cmp(b))
    });
    let mut pairs = Vec::new();
    for (k, &i) in order.iter().enumerate() {
        let right = prints[i].center.0 + prints[i].radius;
        for &j in &order[k + 1..] {
            if prints[j].center.0 - prints[j].radius > right {
                break;
            }
            if (prints[i].center.1 - prints[j].center.1).abs()
                <= prints[i].radius + prints[j].radius
            {
                pairs.push((i.min(j), i.max(j)));
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::ActorClass;
    use crate::math::Pose;

    fn car(x: f64, y: f64, yaw: f64) -> Footprint {
        let spec = ActorSpec::typical("car", ActorClass::Car);
        Footprint::new(&spec, &ActorState::at(Pose::planar(x, y, yaw), 0.0))
    }

    #[test]
    fn gaps_of_boxes_beside_behind_and_askew() {
        let a = car(0.0, 0.0, 0.0);
        let gap = |b: Footprint| a.gap_m(&b, 1e9).expect("level");
        assert!((gap(car(10.0, 0.0, 0.0)) - 5.4).abs() < 1e-9);
        assert!((gap(car(0.0, 3.0, 0.0)) - 1.15).abs() < 1e-9);
        assert_eq!(gap(car(4.0, 0.0, 0.3)), 0.0);
        let far = a.gap_m(&car(100.0, 0.0, 0.0), 20.0);
        assert_eq!(far, None);
    }

    #[test]
    fn time_to_overlap_is_gap_over_closing_speed() {
        let (a, b) = (car(0.0, 0.0, 0.0), car(25.0, 0.0, 0.0));
        let time = a.time_to_overlap(&b, (-10.0, 0.0), 10.0);
        assert!((time.expect("they meet") - 2.04).abs() < 1e-9);
        assert_eq!(a.time_to_overlap(&b, (10.0, 0.0), 10.0), None);
        assert_eq!(a.time_to_overlap(&b, (-10.0, 4.0), 10.0), None);
        assert_eq!(a.time_to_overlap(&b, (-1.0, 0.0), 10.0), None);
    }

    #[test]
    fn a_bridge_is_not_touched_from_below() {
        let a = car(0.0, 0.0, 0.0);
        let mut b = a;
        b.z = (a.z.0 + 6.0, a.z.1 + 6.0);
        assert!(a.overlap(&b).is_none() && a.gap_m(&b, 1e9).is_none());
    }
}
