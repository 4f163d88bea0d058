//! Parametric cubics by arc length: poly3 and paramPoly3.

use super::geometry::heading_and_curvature;

/// Intervals of one curve, at most.
const MAX_STEPS: usize = 4096;
/// Gauss-Legendre nodes and weights on [0, 1], three points.
const NODES: [(f64, f64); 3] = [
    (0.112_701_665_379_258_3, 0.277_777_777_777_777_8),
    (0.5, 0.444_444_444_444_444_4),
    (0.887_298_334_620_741_7, 0.277_777_777_777_777_8),
];

/// u(p), v(p), both cubic, and p as a function of arc length.
#[derive(Clone, Debug, PartialEq)]
pub struct ArcLengthTable {
    u: [f64; 4],
    v: [f64; 4],
    step_m: f64,
    /// p and dp/ds at equal steps of the arc length.
    nodes: Box<[(f64, f64)]>,
}

fn value(c: &[f64; 4], p: f64) -> f64 {
    c[0] + p * (c[1] + p * (c[2] + p * c[3]))
}

fn slope(c: &[f64; 4], p: f64) -> f64 {
    c[1] + p * (2.0 * c[2] + p * 3.0 * c[3])
}

fn bend(c: &[f64; 4], p: f64) -> f64 {
    2.0 * c[2] + 6.0 * c[3] * p
}

impl ArcLengthTable {
    /// A curve of the parameter range 0 … `p_end`; its arc length is scaled to the stated length.
    /// `None` where it is not finite.
    pub fn parametric(u: [f64; 4], v: [f64; 4], p_end: f64, length_m: f64) -> Option<Self> {
        let steps = (length_m.ceil() as usize).clamp(32, MAX_STEPS);
        let speed = |p: f64| crate::math::hypot(slope(&u, p), slope(&v, p));
        let dp = p_end / steps as f64;
        let mut arc = Vec::with_capacity(steps + 1);
        arc.push(0.0);
        let mut total = 0.0f64;
        for i in 0..steps {
            let from = i as f64 * dp;
            total += dp
                * NODES
                    .iter()
                    .map(|(n, w)| w * speed(from + n * dp))
                    .sum::<f64>();
            arc.push(total);
        }
        if !(total.is_finite() && total > 0.0 && length_m > 0.0) {
            return None;
        }
        let step_m = length_m / steps as f64;
        let mut nodes = Vec::with_capacity(steps + 1);
        let mut panel = 0;
        for i in 0..=steps {
            let target = total * i as f64 / steps as f64;
            while panel + 1 < steps && arc.get(panel + 1).is_some_and(|a| *a < target) {
                panel += 1;
            }
            let (low, high) = (*arc.get(panel)?, *arc.get(panel + 1)?);
            let from = panel as f64 * dp;
            let mut p =
                from + dp * ((target - low) / (high - low).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
            for _ in 0..4 {
                let h = p - from;
                let here = low
                    + h * NODES
                        .iter()
                        .map(|(n, w)| w * speed(from + n * h))
                        .sum::<f64>();
                let step = (here - target) / speed(p).max(1e-9);
                p = (p - step).clamp(from, from + dp);
            }
            let rate = total / length_m / speed(p).max(1e-9);
            nodes.push((p, rate));
        }
        nodes
            .iter()
            .all(|(p, rate)| p.is_finite() && rate.is_finite())
            .then(|| Self {
                u,
                v,
                step_m,
                nodes: nodes.into_boxed_slice(),
            })
    }

    /// v = a + b·u + c·u² + d·u³, of which `length_m` of arc are taken.
    pub fn explicit(coefficients: [f64; 4], length_m: f64) -> Option<Self> {
        let u = [0.0, 1.0, 0.0, 0.0];
        let speed = |p: f64| crate::math::hypot(1.0, slope(&coefficients, p));
        // u never runs ahead of the arc: march until the arc is spent.
        let du = length_m / 512.0;
        let (mut end, mut left) = (0.0, length_m);
        for _ in 0..512 {
            let arc = du
                * NODES
                    .iter()
                    .map(|(n, w)| w * speed(end + n * du))
                    .sum::<f64>();
            if arc >= left {
                break;
            }
            end += du;
            left -= arc;
        }
        for _ in 0..3 {
            let step = left / speed(end + 0.5 * left / speed(end));
            left -= step
                * NODES
                    .iter()
                    .map(|(n, w)| w * speed(end + n * step))
                    .sum::<f64>();
            end += step;
        }
        Self::parametric(u, coefficients, end, length_m)
    }

    /// (u, v, heading, curvature) after an arc length.
    pub fn evaluate(&self, s_m: f64) -> (f64, f64, f64, f64) {
        let last = self.nodes.len().saturating_sub(2);
        let i = ((s_m / self.step_m).max(0.0) as usize).min(last);
        let (Some(&(p0, m0)), Some(&(p1, m1))) = (self.nodes.get(i), self.nodes.get(i + 1)) else {
            return (0.0, 0.0, 0.0, 0.0);
        };
        // Cubic Hermite, its slopes held monotone.
        let rise = p1 - p0;
        let (m0, m1) = (
            (m0 * self.step_m).clamp(0.0, 3.0 * rise),
            (m1 * self.step_m).clamp(0.0, 3.0 * rise),
        );
        let w = s_m / self.step_m - i as f64;
        let (a, b) = (m0 + m1 - 2.0 * rise, 3.0 * rise - 2.0 * m0 - m1);
        let p = p0 + w * (m0 + w * (b + w * a));
        let (heading, curvature) = heading_and_curvature(
            (slope(&self.u, p), slope(&self.v, p)),
            (bend(&self.u, p), bend(&self.v, p)),
        );
        (value(&self.u, p), value(&self.v, p), heading, curvature)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_steps_of_s_are_equal_chords() {
        let curve =
            ArcLengthTable::parametric([0.0, 40.0, 10.0, -3.0], [0.0, 0.0, 30.0, -12.0], 1.0, 60.0)
                .expect("finite");
        let n = 6000;
        let chords: Vec<f64> = (0..n)
            .map(|i| {
                let (x0, y0, ..) = curve.evaluate(60.0 * f64::from(i) / f64::from(n));
                let (x1, y1, ..) = curve.evaluate(60.0 * f64::from(i + 1) / f64::from(n));
                crate::math::hypot(x1 - x0, y1 - y0)
            })
            .collect();
        let mean = chords.iter().sum::<f64>() / f64::from(n);
        let worst = chords
            .iter()
            .map(|c| (c / mean - 1.0).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-3, "{worst}");
        let (x, y, ..) = curve.evaluate(60.0);
        assert!((x - 47.0).abs() < 1e-9 && (y - 18.0).abs() < 1e-9);
    }

    #[test]
    fn poly3_covers_its_arc_length() {
        // v = u²/20: arc length to u = 10 is 5·(√2 + asinh 1).
        let length = 5.0 * (2f64.sqrt() + crate::math::ln(1.0 + 2f64.sqrt()));
        let curve = ArcLengthTable::explicit([0.0, 0.0, 0.05, 0.0], length).expect("finite");
        let (u, v, ..) = curve.evaluate(length);
        assert!((u - 10.0).abs() < 1e-4 && (v - 5.0).abs() < 1e-4, "{u} {v}");
    }
}
