//! Learning rate over the steps of a training.

/// Linear warm-up, then a half cosine down to `floor` times the peak.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cosine {
    /// Peak learning rate.
    pub peak: f64,
    /// Steps from 0 to the peak.
    pub warmup_steps: u64,
    /// Steps in all.
    pub total_steps: u64,
    /// Fraction of the peak at the end.
    pub floor: f64,
}

impl Cosine {
    /// Learning rate of a step, from 0.
    pub fn at(&self, step: u64) -> f64 {
        if step < self.warmup_steps {
            return self.peak * (step + 1) as f64 / self.warmup_steps as f64;
        }
        let rest = self.total_steps.saturating_sub(self.warmup_steps).max(1);
        let done = ((step - self.warmup_steps) as f64 / rest as f64).min(1.0);
        #[expect(
            clippy::disallowed_methods,
            reason = "a learning rate is not simulation state"
        )]
        let wave = 0.5 * (1.0 + (std::f64::consts::PI * done).cos());
        self.peak * (self.floor + (1.0 - self.floor) * wave)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_then_falls_to_its_floor() {
        let rate = Cosine {
            peak: 1e-3,
            warmup_steps: 10,
            total_steps: 110,
            floor: 0.01,
        };
        assert!(rate.at(0) < rate.at(5) && rate.at(5) < rate.at(9));
        assert!((rate.at(10) - 1e-3).abs() < 1e-12);
        assert!(rate.at(50) > rate.at(100));
        assert!((rate.at(500) - 1e-5).abs() < 1e-12);
    }
}
