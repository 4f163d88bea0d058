//! Slopes of a signal over a moving window.

use std::collections::VecDeque;

/// The last samples of a signal, evenly spaced.
#[derive(Clone, Default)]
pub(super) struct Window {
    samples: VecDeque<f64>,
}

impl Window {
    /// Adds a sample and gives the slope of the straight line that fits the last `window_s` best, per
    /// second; `None` until so much is there.
    pub fn slope(&mut self, value: f64, window_s: f64, dt_s: f64) -> Option<f64> {
        self.fill(value, window_s, dt_s)?;
        let n = self.samples.len() as f64;
        let middle = 0.5 * (n - 1.0);
        let mut above = 0.0;
        let mut below = 0.0;
        for (i, v) in self.samples.iter().enumerate() {
            let k = i as f64 - middle;
            above += k * v;
            below += k * k;
        }
        Some(above / (below * dt_s))
    }

    /// Adds a sample and gives the mean over the last `window_s`; `None` until so much is there.
    pub fn mean(&mut self, value: f64, window_s: f64, dt_s: f64) -> Option<f64> {
        self.fill(value, window_s, dt_s)?;
        Some(self.samples.iter().sum::<f64>() / self.samples.len() as f64)
    }

    fn fill(&mut self, value: f64, window_s: f64, dt_s: f64) -> Option<()> {
        let count = (window_s / dt_s).round().clamp(1.0, 4096.0) as usize + 1;
        self.samples.push_back(value);
        while self.samples.len() > count {
            self.samples.pop_front();
        }
        (self.samples.len() == count).then_some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slope_and_mean_of_a_ramp() {
        let (mut a, mut b) = (Window::default(), Window::default());
        let mut last = (None, None);
        for i in 0..20 {
            let v = 3.0 * f64::from(i) * 0.1;
            last = (a.slope(v, 0.5, 0.1), b.mean(v, 0.2, 0.1));
            assert_eq!(last.0.is_some(), i >= 5);
        }
        assert!((last.0.expect("filled") - 3.0).abs() < 1e-9);
        assert!((last.1.expect("filled") - 3.0 * 1.8).abs() < 1e-9);
    }
}
