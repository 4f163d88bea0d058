//! Displacement errors of futures.

use sim::math::hypot;

/// Mean errors over windows, metres.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Scores {
    /// Windows measured.
    pub windows: usize,
    /// Least average displacement over the futures.
    pub min_ade_m: f64,
    /// Least final displacement over the futures.
    pub min_fde_m: f64,
    /// Average displacement of the most probable future.
    pub top_ade_m: f64,
    /// Average displacement of going on with the present velocity.
    pub constant_velocity_ade_m: f64,
    /// Final displacement of the same.
    pub constant_velocity_fde_m: f64,
    /// Share of windows whose least final displacement exceeds 2 m.
    pub miss_rate: f64,
}

impl Scores {
    /// How much less the least average displacement is than that of constant velocity, 0 to 1.
    pub fn gain(&self) -> f64 {
        1.0 - self.min_ade_m / self.constant_velocity_ade_m.max(1e-9)
    }
}

/// Average and final displacement of one future, metres.
pub fn ade_fde(future: &[[f64; 2]], truth: &[[f64; 2]]) -> (f64, f64) {
    let n = future.len().min(truth.len()).max(1);
    let mut errors = future.iter().zip(truth);
    let sum: f64 = errors
        .clone()
        .map(|(a, b)| hypot(a[0] - b[0], a[1] - b[1]))
        .sum();
    let last = errors
        .next_back()
        .map_or(0.0, |(a, b)| hypot(a[0] - b[0], a[1] - b[1]));
    (sum / n as f64, last)
}

/// Least average and least final displacement over futures, metres.
pub fn min_ade_fde(futures: &[Vec<[f64; 2]>], truth: &[[f64; 2]]) -> (f64, f64) {
    futures.iter().fold((f64::MAX, f64::MAX), |best, future| {
        let (ade, fde) = ade_fde(future, truth);
        (best.0.min(ade), best.1.min(fde))
    })
}

/// Going on with a velocity, `steps` steps.
pub fn constant_velocity(velocity_mps: [f64; 2], steps: usize, step_s: f64) -> Vec<[f64; 2]> {
    (1..=steps)
        .map(|i| {
            let t = i as f64 * step_s;
            [velocity_mps[0] * t, velocity_mps[1] * t]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_future_counts() {
        let truth = constant_velocity([1.0, 0.0], 30, 0.1);
        let off = constant_velocity([1.0, 1.0], 30, 0.1);
        let (ade, fde) = min_ade_fde(&[off.clone(), truth.clone()], &truth);
        assert_eq!((ade, fde), (0.0, 0.0));
        let (ade, fde) = min_ade_fde(&[off], &truth);
        assert!((ade - 1.55).abs() < 1e-9 && (fde - 3.0).abs() < 1e-9);
    }
}
