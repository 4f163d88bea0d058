//! `comfort` (1 if all bounds held, else 0) and the extremes that it is made of: `max_accel_mps2`,
//! `max_decel_mps2`, `max_lateral_accel_mps2` (m/s²), `max_jerk_mps3` (m/s³), `max_yaw_rate_radps`,
//! `max_yaw_accel_radps2`.
//!
//! The bounds are those of nuPlan's `ego_is_comfortable`. Each figure is the slope or mean over 0.5 s
//! (as nuPlan smooths its own), so that a single tick's step is not taken for a jerk.

use super::sample::Sample;
use super::window::Window;
use super::{Metric, Report};

const WINDOW_S: f64 = 0.5;

/// nuPlan's bounds.
const MAX_ACCEL_MPS2: f64 = 2.40;
const MAX_DECEL_MPS2: f64 = 4.05;
const MAX_LATERAL_MPS2: f64 = 4.89;
const MAX_JERK_MPS3: f64 = 8.37;
const MAX_YAW_RATE_RADPS: f64 = 0.95;
const MAX_YAW_ACCEL_RADPS2: f64 = 1.93;

#[derive(Clone, Default)]
pub(super) struct Comfort {
    speed: Window,
    accel: Window,
    lateral: Window,
    yaw_rate: Window,
    yaw_rate_slope: Window,
    /// Largest values, in the order of [`FIGURES`].
    most: [Option<f64>; 6],
}

const FIGURES: [(&str, &str, f64); 6] = [
    ("max_accel_mps2", "m/s²", MAX_ACCEL_MPS2),
    ("max_decel_mps2", "m/s²", MAX_DECEL_MPS2),
    ("max_lateral_accel_mps2", "m/s²", MAX_LATERAL_MPS2),
    ("max_jerk_mps3", "m/s³", MAX_JERK_MPS3),
    ("max_yaw_rate_radps", "rad/s", MAX_YAW_RATE_RADPS),
    ("max_yaw_accel_radps2", "rad/s²", MAX_YAW_ACCEL_RADPS2),
];

impl Metric for Comfort {
    fn sample(&mut self, sample: &Sample<'_>) {
        let s = &sample.ego.state;
        let dt = sample.dt_s;
        let accel = self.speed.slope(s.speed_mps, WINDOW_S, dt);
        let jerk = accel.and_then(|a| self.accel.slope(a, WINDOW_S, dt));
        let lateral = self
            .lateral
            .mean(s.speed_mps * s.yaw_rate_radps, WINDOW_S, dt);
        let yaw_rate = self.yaw_rate.mean(s.yaw_rate_radps, WINDOW_S, dt);
        let yaw_accel = self.yaw_rate_slope.slope(s.yaw_rate_radps, WINDOW_S, dt);
        let now = [
            accel.map(|a| a.max(0.0)),
            accel.map(|a| (-a).max(0.0)),
            lateral.map(f64::abs),
            jerk.map(f64::abs),
            yaw_rate.map(f64::abs),
            yaw_accel.map(f64::abs),
        ];
        for (most, now) in self.most.iter_mut().zip(now) {
            if let Some(now) = now {
                *most = Some(most.map_or(now, |m| m.max(now)));
            }
        }
    }

    fn report(&self, report: &mut Report) {
        let mut broken = Vec::new();
        let mut is_known = false;
        for ((name, unit, bound), most) in FIGURES.iter().zip(self.most) {
            report.value(name, most, unit);
            is_known |= most.is_some();
            if most.is_some_and(|m| m > *bound) {
                broken.push(*name);
            }
        }
        let comfort = is_known.then(|| f64::from(u8::from(broken.is_empty())));
        report.value("comfort", comfort, "1");
        if !broken.is_empty() {
            report.note("comfort", broken.join(", "));
        }
    }
}
