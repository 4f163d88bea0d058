//! Overlap of oriented boxes on the plane, with heights.

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
        let b = &actor.spec.bounding_box;
        let heading = actor.state.pose.heading();
        let half = (b.length_m.abs() / 2.0, b.width_m.abs() / 2.0);
        let middle = actor.state.pose.z_m + b.center_z_m;
        Self {
            center: actor.center_xy(),
            axis: (heading.x, heading.y),
            half,
            z: (
                middle - b.height_m.abs() / 2.0,
                middle + b.height_m.abs() / 2.0,
            ),
            radius: crate::math::hypot(half.0, half.1),
        }
    }

    /// How deep two boxes overlap and along which unit vector (from `self` to `other`) they part
    /// soonest; `None` where they don't touch.
    pub fn overlap(&self, other: &Self) -> Option<(f64, (f64, f64))> {
        if self.z.1 < other.z.0 || other.z.1 < self.z.0 {
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
            let reach = |f: &Self| {
                f.half.0 * dot(f.axis, axis).abs() + f.half.1 * dot(left(f.axis), axis).abs()
            };
            let apart = dot((dx, dy), axis);
            let depth = reach(self) + reach(other) - apart.abs();
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
pub fn candidate_pairs(prints: &[Footprint]) -> Vec<(usize, usize)> {
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
