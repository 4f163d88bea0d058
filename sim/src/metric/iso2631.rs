//! `iso2631_accel_mps2`: frequency-weighted root mean square of the horizontal acceleration, m/s²; not valid
//! in runs shorter than 1 s.
//!
//! ISO 2631-1:1997, 6.4.1 and Annex A: weighting W_d (high pass at 0.4 Hz, transition at 2 Hz with
//! Q 0.63) on the acceleration along and across the vehicle, the two joined as the root of their squares
//! (8.2.3, k = 1). Annex C: below 0.315 m/s² not uncomfortable, above 0.8 m/s² uncomfortable, above 2 m/s²
//! extremely so. Vertical motion is left out: the vehicle models have no ride.

use super::sample::Sample;
use super::{Metric, Report};
use crate::math::PI;

/// Shortest run of which a mean tells something, seconds.
const LEAST_S: f64 = 1.0;

/// A second-order filter, (b0 + b1/z + b2/z²) / (1 + a1/z + a2/z²), in transposed direct form II.
#[derive(Clone, Copy, Debug)]
struct Biquad {
    b: [f64; 3],
    a: [f64; 2],
    state: [f64; 2],
}

impl Biquad {
    /// From (n0 + n1 s + n2 s²) / (d0 + d1 s + d2 s²) by the bilinear transform.
    fn from_s(n: [f64; 3], d: [f64; 3], dt_s: f64) -> Self {
        let k = 2.0 / dt_s;
        let z = |[p, q, r]: [f64; 3]| {
            let (q, r) = (q * k, r * k * k);
            [p + q + r, 2.0 * (p - r), p - q + r]
        };
        let (n, d) = (z(n), z(d));
        Self {
            b: n.map(|v| v / d[0]),
            a: [d[1] / d[0], d[2] / d[0]],
            state: [0.0; 2],
        }
    }

    fn step(&mut self, x: f64) -> f64 {
        let y = self.b[0] * x + self.state[0];
        self.state[0] = self.b[1] * x - self.a[0] * y + self.state[1];
        self.state[1] = self.b[2] * x - self.a[1] * y;
        y
    }
}

/// The weighting W_d.
#[derive(Clone, Copy, Debug)]
struct Weighting([Biquad; 2]);

impl Weighting {
    fn new(dt_s: f64) -> Self {
        let (high, transition) = (2.0 * PI * 0.4, 2.0 * PI * 2.0);
        Self([
            Biquad::from_s(
                [0.0, 0.0, 1.0],
                [high * high, std::f64::consts::SQRT_2 * high, 1.0],
                dt_s,
            ),
            Biquad::from_s(
                [1.0, 1.0 / transition, 0.0],
                [
                    1.0,
                    1.0 / (0.63 * transition),
                    1.0 / (transition * transition),
                ],
                dt_s,
            ),
        ])
    }

    fn step(&mut self, x: f64) -> f64 {
        let [a, b] = &mut self.0;
        b.step(a.step(x))
    }
}

#[derive(Clone, Default)]
pub(super) struct Iso2631 {
    filters: Option<[Weighting; 2]>,
    sum: f64,
    time_s: f64,
}

impl Metric for Iso2631 {
    fn sample(&mut self, sample: &Sample<'_>) {
        let dt = sample.dt_s;
        let (now, before) = (&sample.ego.state, &sample.before.state);
        let along = (now.speed_mps - before.speed_mps) / dt;
        let across = now.speed_mps * now.yaw_rate_radps;
        let [x, y] = self
            .filters
            .get_or_insert_with(|| [Weighting::new(dt), Weighting::new(dt)]);
        let (x, y) = (x.step(along), y.step(across));
        self.sum += (x * x + y * y) * dt;
        self.time_s += dt;
    }

    fn report(&self, report: &mut Report) {
        let mean = (self.time_s >= LEAST_S).then(|| (self.sum / self.time_s).sqrt());
        report.value("iso2631_accel_mps2", mean, "m/s²");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Factors of ISO 2631-1, table 3.
    #[test]
    fn the_weighting_has_the_standard_s_factors() {
        for (hertz, wanted) in [(0.5, 0.853), (1.0, 1.011), (2.0, 0.890), (4.0, 0.512)] {
            let dt = 0.002;
            let mut weighting = Weighting::new(dt);
            let (mut sum, mut count) = (0.0, 0.0);
            for i in 0..20_000 {
                let y = weighting.step(crate::math::sin(2.0 * PI * hertz * f64::from(i) * dt));
                if i >= 10_000 {
                    sum += y * y;
                    count += 1.0;
                }
            }
            let gain = (2.0_f64 * sum / count).sqrt();
            assert!(
                (gain - wanted).abs() < 0.01,
                "{hertz} Hz: {gain}, not {wanted}"
            );
        }
    }
}
