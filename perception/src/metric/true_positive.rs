//! Mean errors of the detections that hit (2 m), as nuScenes' TP metrics (Caesar et al. 2020):
//! translation (m, on the ground), size (1 - IoU of aligned boxes), heading (rad), velocity (m/s),
//! and the heading's axis (rad, half a turn off counting as right).
//! Averaged over all hits above the score in use, not over recalls as nuScenes does.

use sim::math::{hypot, wrap_angle};
use sim::message::Detection;

use crate::train::TrueBox;

/// Distance within which a detection is a hit here, metres.
pub const TP_THRESHOLD_M: f64 = 2.0;

/// Sums, and their count.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TruePositiveErrors {
    /// Hits.
    pub count: usize,
    sums: [f64; 5],
}

impl TruePositiveErrors {
    /// Adds a hit.
    pub fn add(&mut self, found: &Detection, truth: &TrueBox) {
        let between =
            |a: [f32; 2], b: [f32; 2]| hypot(f64::from(a[0] - b[0]), f64::from(a[1] - b[1]));
        let (a, b) = (found.center_m, truth.center_m);
        let common: f32 = (0..3)
            .map(|k| found.size_m[k].min(truth.size_m[k]))
            .product();
        let volume = |s: [f32; 3]| s[0] * s[1] * s[2];
        let union = volume(found.size_m) + volume(truth.size_m) - common;
        let errors = [
            between([a[0], a[1]], [b[0], b[1]]),
            1.0 - f64::from(common / union.max(1e-6)),
            wrap_angle(f64::from(found.yaw_rad - truth.yaw_rad)).abs(),
            between(found.velocity_mps, truth.velocity_mps),
            wrap_angle(2.0 * f64::from(found.yaw_rad - truth.yaw_rad)).abs() / 2.0,
        ];
        self.count += 1;
        for (sum, error) in self.sums.iter_mut().zip(errors) {
            *sum += error;
        }
    }

    /// Translation m, size 1 - IoU, heading rad, velocity m/s, heading's axis rad; `None` without hits.
    pub fn means(&self) -> Option<[f64; 5]> {
        (self.count > 0).then(|| self.sums.map(|sum| sum / self.count as f64))
    }
}
