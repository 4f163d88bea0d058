//! Euler spirals: curvature changes linearly with arc length.

use crate::math::sin_cos;

/// Turning of one panel, radians, at most; five Gauss points then integrate it to about 1e-13 of its length.
const PANEL_TURN_RAD: f64 = 0.8;
/// Panels of one spiral, at most.
const MAX_PANELS: usize = 2000;
/// Gauss-Legendre nodes and weights on [0, 1].
const NODES: [(f64, f64); 5] = [
    (0.046_910_077_030_668, 0.118_463_442_528_094_54),
    (0.230_765_344_947_158_46, 0.239_314_335_249_683_24),
    (0.5, 0.284_444_444_444_444_44),
    (0.769_234_655_052_841_5, 0.239_314_335_249_683_24),
    (0.953_089_922_969_332, 0.118_463_442_528_094_54),
];

/// A spiral in its own frame: it starts at the origin along +x.
#[derive(Clone, Debug, PartialEq)]
pub struct Clothoid {
    curvature_1pm: f64,
    curvature_rate_1pm2: f64,
    panel_m: f64,
    /// Start of each panel.
    starts: Box<[(f64, f64)]>,
}

impl Clothoid {
    /// A spiral from one curvature to another; `None` where it turns more than can be computed well.
    pub fn new(curvature_start_1pm: f64, curvature_end_1pm: f64, length_m: f64) -> Option<Self> {
        let turning = curvature_start_1pm.abs().max(curvature_end_1pm.abs()) * length_m;
        if !turning.is_finite() || length_m <= 0.0 {
            return None;
        }
        let panels = (turning / PANEL_TURN_RAD).ceil().max(1.0);
        if panels > MAX_PANELS as f64 {
            return None;
        }
        let count = panels as usize;
        let mut spiral = Self {
            curvature_1pm: curvature_start_1pm,
            curvature_rate_1pm2: (curvature_end_1pm - curvature_start_1pm) / length_m,
            panel_m: length_m / panels,
            starts: Box::new([]),
        };
        let mut starts = Vec::with_capacity(count);
        let (mut x, mut y) = (0.0, 0.0);
        for i in 0..count {
            starts.push((x, y));
            let (dx, dy) = spiral.integrate(i as f64 * spiral.panel_m, spiral.panel_m);
            x += dx;
            y += dy;
        }
        spiral.starts = starts.into_boxed_slice();
        Some(spiral)
    }

    /// Number of panels kept.
    pub fn panels(&self) -> usize {
        self.starts.len()
    }

    /// Heading after an arc length, radians.
    #[inline]
    pub fn heading(&self, s_m: f64) -> f64 {
        s_m * (self.curvature_1pm + 0.5 * self.curvature_rate_1pm2 * s_m)
    }

    /// Curvature after an arc length, 1/m.
    #[inline]
    pub fn curvature(&self, s_m: f64) -> f64 {
        self.curvature_1pm + self.curvature_rate_1pm2 * s_m
    }

    /// Position after an arc length.
    #[inline]
    pub fn position(&self, s_m: f64) -> (f64, f64) {
        let last = self.starts.len().saturating_sub(1);
        let panel = ((s_m / self.panel_m).max(0.0) as usize).min(last);
        let (x, y) = self.starts.get(panel).copied().unwrap_or_default();
        let from = panel as f64 * self.panel_m;
        let (dx, dy) = self.integrate(from, s_m - from);
        (x + dx, y + dy)
    }

    #[inline]
    fn integrate(&self, from_m: f64, length_m: f64) -> (f64, f64) {
        let (mut x, mut y) = (0.0, 0.0);
        for (node, weight) in NODES {
            let (sin, cos) = sin_cos(self.heading(from_m + node * length_m));
            x += weight * cos;
            y += weight * sin;
        }
        (x * length_m, y * length_m)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_numeric_integration() {
        for (from, to, length) in [
            (0.0, 0.02, 100.0),
            (-0.05, 0.08, 150.0),
            (0.1, 0.1000001, 400.0),
            (0.3, -0.3, 60.0),
            (0.0, 1e-9, 500.0),
        ] {
            let spiral = Clothoid::new(from, to, length).expect("computable");
            let steps = 400_000;
            let h = length / f64::from(steps);
            let (mut x, mut y) = (0.0, 0.0);
            for i in 0..steps {
                let s = (f64::from(i) + 0.5) * h;
                let (sin, cos) = sin_cos(spiral.heading(s));
                x += h * cos;
                y += h * sin;
                if (i + 1) % 20_000 == 0 {
                    let (sx, sy) = spiral.position(f64::from(i + 1) * h);
                    assert!(
                        (sx - x).abs() < 1e-6 && (sy - y).abs() < 1e-6,
                        "{from} {to} {i}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_unit_spiral_ends_at_the_fresnel_integrals() {
        // C(1), S(1) of ∫cos(πt²/2): Abramowitz & Stegun, table 7.7.
        let spiral = Clothoid::new(0.0, crate::math::PI, 1.0).expect("computable");
        let (x, y) = spiral.position(1.0);
        assert!((x - 0.779_893_400_376_823).abs() < 1e-12, "{x}");
        assert!((y - 0.438_259_147_390_355).abs() < 1e-12, "{y}");
    }

    #[test]
    fn wild_spirals_are_refused() {
        assert!(Clothoid::new(0.0, 1e300, 1e300).is_none());
        assert!(Clothoid::new(0.0, 1e4, 1.0).is_none());
        assert!(Clothoid::new(0.0, 0.0, 0.0).is_none());
    }
}
