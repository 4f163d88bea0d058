//! `iso15622_comfort` (1 if all bounds held, else 0) and how much of each bound was used at most:
//! `iso15622_decel_use`, `iso15622_accel_use`, `iso15622_jerk_use` (1 is the bound itself).
//!
//! Bounds of ISO 15622:2018 (adaptive cruise control), 6.4, which grow from 20 m/s down to 5 m/s
//! (straight between the two): mean deceleration over 2 s 3.5 to 5 m/s², mean acceleration over 2 s
//! 2 to 4 m/s², mean rate at which the deceleration grows over 1 s 2.5 to 5 m/s³.

use std::collections::VecDeque;

use super::sample::Sample;
use super::{Metric, Report};

/// Bounds at 20 m/s and above, and at 5 m/s and below.
const DECEL_MPS2: (f64, f64) = (3.5, 5.0);
const ACCEL_MPS2: (f64, f64) = (2.0, 4.0);
const JERK_MPS3: (f64, f64) = (2.5, 5.0);
/// Accelerations are slopes over this time, seconds.
const SLOPE_S: f64 = 0.2;

const NAMES: [&str; 3] = [
    "iso15622_decel_use",
    "iso15622_accel_use",
    "iso15622_jerk_use",
];

#[derive(Clone, Default)]
pub(super) struct Iso15622 {
    /// Speeds of the last 2 s, the newest first, m/s.
    speeds: VecDeque<f64>,
    /// Largest share of each bound, in the order of [`NAMES`], and when.
    most: [Option<(f64, f64)>; 3],
}

/// A bound at a speed, m/s.
fn bound(ends: (f64, f64), speed_mps: f64) -> f64 {
    let share = ((20.0 - speed_mps) / 15.0).clamp(0.0, 1.0);
    ends.0 + share * (ends.1 - ends.0)
}

impl Metric for Iso15622 {
    fn sample(&mut self, sample: &Sample<'_>) {
        let dt = sample.dt_s;
        let ticks = |seconds: f64| (seconds / dt).round().clamp(1.0, 1e5) as usize;
        let speed = sample.ego.state.speed_mps;
        self.speeds.push_front(speed);
        self.speeds.truncate(ticks(2.0) + 1);
        let slope = |from: usize, over: usize| {
            let (now, then) = (self.speeds.get(from)?, self.speeds.get(from + over)?);
            Some((now - then) / (over as f64 * dt))
        };
        let mean = slope(0, ticks(2.0));
        let (second, short) = (ticks(1.0), ticks(SLOPE_S));
        let jerk = slope(0, short)
            .zip(slope(second, short))
            .map(|(now, then)| (now - then) / (second as f64 * dt));
        let v = speed.abs();
        let now = [
            mean.map(|a| -a / bound(DECEL_MPS2, v)),
            mean.map(|a| a / bound(ACCEL_MPS2, v)),
            jerk.map(|j| -j / bound(JERK_MPS3, v)),
        ];
        for (most, now) in self.most.iter_mut().zip(now) {
            if let Some(now) = now.map(|n| n.max(0.0))
                && most.is_none_or(|m| now > m.0)
            {
                *most = Some((now, sample.time_s));
            }
        }
    }

    fn report(&self, report: &mut Report) {
        let mut broken = Vec::new();
        for (name, most) in NAMES.iter().zip(self.most) {
            report.value(name, most.map(|m| m.0), "1");
            if let Some((share, at)) = most.filter(|m| m.0 > 1.0 + 1e-9) {
                broken.push(format!("{name} {share:.2} at {at:.2} s"));
            }
        }
        let is_known = self.most.iter().any(Option::is_some);
        report.truth("iso15622_comfort", is_known.then_some(broken.is_empty()));
        if !broken.is_empty() {
            report.note("iso15622_comfort", broken.join(", "));
        }
    }
}
