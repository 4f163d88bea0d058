//! `nuplan_score` (0 to 1) and what it is made of: `nuplan_no_at_fault_collisions` (1, 0.5, 0),
//! `nuplan_drivable_area` (1, 0), `nuplan_driving_direction` (1, 0.5, 0), `nuplan_making_progress` (1, 0),
//! `nuplan_ttc` (1, 0), `nuplan_progress` (0 to 1), `nuplan_speed_limit` (0 to 1), `nuplan_comfort` (1, 0).
//!
//! Closed-loop score of nuPlan (nuplan-devkit 1.2, `docs/metrics_description.md` and the configuration
//! `closed_loop_nonreactive_agents_weighted_average`): the first four multiply the mean of the last four,
//! weighted 5, 5, 4, 2.
//! - Collisions at fault: any with a road user gives 0; with objects one gives 0.5, more give 0.
//! - Drivable area: 0 once a corner is more than 0.3 m beyond it.
//! - Driving direction: by the way driven against the lane within 1 s: up to 2 m 1, up to 6 m 0.5.
//! - Making progress: whether the progress ratio is above 0.2.
//! - TTC: whether it stays above 0.95 s, to actors ahead and, outside one lane, beside.
//! - Progress: way along the route over the expert's, each at least 0.1 m, at most 1; 0 if it ends more than
//!   0.1 m behind its start; 1 without a route. nuPlan's expert is the human of its log. Here it is
//!   what the scenario names (`nuplan.expert_progress_m`), else one who drives at the map's speed limit (at
//!   the speed at which the ego vehicle began, or 50 km/h, where there is none) to the end of the route.
//! - Speed limit: 1 − ∫ excess dt / (2.23 m/s · duration), at least 0.
//! - Comfort: acceleration −4.05 to 2.40 m/s², lateral 4.89 m/s², jerk 8.37 m/s³ and along the vehicle
//!   4.13 m/s³, yaw rate 0.95 rad/s, yaw acceleration 1.93 rad/s²; from states at 10 Hz, smoothed by
//!   Savitzky and Golay's filters of order 2 over 8 (accelerations) and 15 samples (their derivatives).

use super::sample::Sample;
use super::scene::PERIOD_S;
use super::{Metric, Report};
use crate::math::hypot;

/// Weights of TTC, progress, speed limit and comfort.
const WEIGHTS: [f64; 4] = [5.0, 5.0, 4.0, 2.0];
/// Bounds.
const LEAST_TTC_S: f64 = 0.95;
const LEAST_PROGRESS: f64 = 0.2;
const PROGRESS_M: f64 = 0.1;
const OVERSPEED_MPS: f64 = 2.23;
const ACCEL_MPS2: (f64, f64) = (-4.05, 2.40);
const LATERAL_MPS2: f64 = 4.89;
const JERK_MPS3: f64 = 8.37;
const LON_JERK_MPS3: f64 = 4.13;
const YAW_RATE_RADPS: f64 = 0.95;
const YAW_ACCEL_RADPS2: f64 = 1.93;

/// The score, from multipliers and from TTC, progress, speed limit and comfort.
pub fn score(multipliers: &[f64], weighted: [f64; 4]) -> f64 {
    let sum: f64 = weighted.iter().zip(WEIGHTS).map(|(v, w)| v * w).sum();
    multipliers.iter().product::<f64>() * sum / WEIGHTS.iter().sum::<f64>()
}

/// States at 10 Hz, of which the comfort is told.
#[derive(Clone, Default)]
pub(super) struct NuPlan {
    ticks: u64,
    speed_before_mps: Option<f64>,
    step_s: f64,
    along_mps2: Vec<f64>,
    across_mps2: Vec<f64>,
    yaw_rate_radps: Vec<f64>,
}

impl Metric for NuPlan {
    fn sample(&mut self, sample: &Sample<'_>) {
        let every = (PERIOD_S / sample.dt_s).round().clamp(1.0, 1e6);
        self.ticks += 1;
        if !self.ticks.is_multiple_of(every as u64) {
            return;
        }
        self.step_s = every * sample.dt_s;
        let state = &sample.ego.state;
        let before = self.speed_before_mps.replace(state.speed_mps);
        let Some(before) = before else { return };
        self.along_mps2
            .push((state.speed_mps - before) / self.step_s);
        self.across_mps2
            .push(state.speed_mps * state.yaw_rate_radps);
        self.yaw_rate_radps.push(state.yaw_rate_radps);
    }

    fn report(&self, report: &mut Report) {
        let facts = report.facts.clone();
        let hurt = facts.at_fault.all() - facts.at_fault.objects;
        let collisions = match (hurt, facts.at_fault.objects) {
            (0, 0) => 1.0,
            (0, 1) => 0.5,
            _ => 0.0,
        };
        let area = f64::from(u8::from(!facts.left_the_road));
        let direction = match facts.wrong_way_in_a_second_m {
            way if way <= 2.0 => 1.0,
            way if way <= 6.0 => 0.5,
            _ => 0.0,
        };
        let progress = facts.route.map_or(1.0, |route| {
            if route.driven_m < -PROGRESS_M {
                return 0.0;
            }
            (route.driven_m.max(PROGRESS_M) / route.expert_m.max(PROGRESS_M)).min(1.0)
        });
        let is_progress = f64::from(u8::from(progress > LEAST_PROGRESS));
        let is_clear = facts.nuplan_ttc_s.is_none_or(|ttc| ttc > LEAST_TTC_S);
        let ttc = f64::from(u8::from(is_clear));
        let limit = 1.0 - facts.overspeed_m / (OVERSPEED_MPS * facts.time_s).max(1e-9);
        let limit = limit.max(0.0);
        let broken = self.discomfort();
        let comfort = f64::from(u8::from(broken.is_empty()));
        for (name, value) in [
            ("nuplan_no_at_fault_collisions", collisions),
            ("nuplan_drivable_area", area),
            ("nuplan_driving_direction", direction),
            ("nuplan_making_progress", is_progress),
            ("nuplan_ttc", ttc),
            ("nuplan_progress", progress),
            ("nuplan_speed_limit", limit),
            ("nuplan_comfort", comfort),
            (
                "nuplan_score",
                score(
                    &[collisions, area, direction, is_progress],
                    [ttc, progress, limit, comfort],
                ),
            ),
        ] {
            report.value(name, (facts.time_s > 0.0).then_some(value), "1");
        }
        if let Some(ttc) = facts.nuplan_ttc_s {
            report.note("nuplan_ttc", format!("{ttc:.2} s"));
        }
        if let Some(route) = facts.route {
            let text = format!(
                "{:.0} m where an expert drives {:.0} m",
                route.driven_m, route.expert_m
            );
            report.note("nuplan_making_progress", text.clone());
            report.note("nuplan_progress", text);
        }
        if !broken.is_empty() {
            report.note("nuplan_comfort", broken.join(", "));
        }
    }
}

impl NuPlan {
    /// The bounds of comfort that are broken.
    fn discomfort(&self) -> Vec<String> {
        let dt = self.step_s;
        let along = savitzky_golay(&self.along_mps2, 8, false, dt);
        let across = savitzky_golay(&self.across_mps2, 8, false, dt);
        let rate = savitzky_golay(&self.yaw_rate_radps, 8, false, dt);
        let along_jerk = savitzky_golay(&along, 15, true, dt);
        let across_jerk = savitzky_golay(&across, 15, true, dt);
        let yaw_accel = savitzky_golay(&rate, 15, true, dt);
        let most = |values: &[f64]| values.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let jerk: Vec<f64> = along_jerk
            .iter()
            .zip(&across_jerk)
            .map(|(a, b)| hypot(*a, *b))
            .collect();
        let highest = along.iter().fold(0.0_f64, |m, v| m.max(*v));
        let lowest = along.iter().fold(0.0_f64, |m, v| m.min(*v));
        let mut broken = Vec::new();
        for (name, value, bound, unit) in [
            ("acceleration", highest, ACCEL_MPS2.1, "m/s²"),
            ("deceleration", -lowest, -ACCEL_MPS2.0, "m/s²"),
            ("lateral acceleration", most(&across), LATERAL_MPS2, "m/s²"),
            ("jerk", most(&jerk), JERK_MPS3, "m/s³"),
            (
                "longitudinal jerk",
                most(&along_jerk),
                LON_JERK_MPS3,
                "m/s³",
            ),
            ("yaw rate", most(&rate), YAW_RATE_RADPS, "rad/s"),
            (
                "yaw acceleration",
                most(&yaw_accel),
                YAW_ACCEL_RADPS2,
                "rad/s²",
            ),
        ] {
            if value > bound {
                broken.push(format!("{name} {value:.2} {unit} > {bound}"));
            }
        }
        broken
    }
}

/// Values, or their slopes, of the parabola that fits the `window` samples about each best; at the ends, of
/// the parabola of the first and last window (as scipy's `savgol_filter` with its mode `interp`).
fn savitzky_golay(values: &[f64], window: usize, slope: bool, step_s: f64) -> Vec<f64> {
    let window = window.min(values.len());
    if window < 3 {
        return if slope {
            vec![0.0; values.len()]
        } else {
            values.to_vec()
        };
    }
    let half = window / 2;
    let last = values.len() - window;
    (0..values.len())
        .map(|i| {
            let from = i.saturating_sub(half).min(last);
            let part = values.get(from..from + window).unwrap_or_default();
            // An even window is centred between two samples; scipy asks for its value half a sample on.
            let is_inside = i >= half && i - half <= last;
            let middle = 0.5 * (window as f64 - 1.0);
            let at = if is_inside && window.is_multiple_of(2) {
                0.0
            } else {
                (i - from) as f64 - middle
            };
            let (c0, c1, c2) = parabola(part);
            if slope {
                (c1 + 2.0 * c2 * at) / step_s
            } else {
                c0 + c1 * at + c2 * at * at
            }
        })
        .collect()
}

/// Coefficients of the best parabola through samples one apart, about their middle.
fn parabola(values: &[f64]) -> (f64, f64, f64) {
    let middle = 0.5 * (values.len() as f64 - 1.0);
    let (mut s0, mut s2, mut s4) = (0.0, 0.0, 0.0);
    let (mut y0, mut y1, mut y2) = (0.0, 0.0, 0.0);
    for (i, v) in values.iter().enumerate() {
        let x = i as f64 - middle;
        let x2 = x * x;
        s0 += 1.0;
        s2 += x2;
        s4 += x2 * x2;
        y0 += v;
        y1 += v * x;
        y2 += v * x2;
    }
    let det = s0 * s4 - s2 * s2;
    if det.abs() < 1e-12 || s2 < 1e-12 {
        return (y0 / s0, 0.0, 0.0);
    }
    (
        (y0 * s4 - y2 * s2) / det,
        y1 / s2,
        (y2 * s0 - y0 * s2) / det,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parabola_is_kept_and_its_slope_is_exact() {
        let values: Vec<f64> = (0..40)
            .map(|i| {
                let t = 0.1 * f64::from(i);
                2.0 + 3.0 * t - 0.5 * t * t
            })
            .collect();
        let slopes = savitzky_golay(&values, 15, true, 0.1);
        let kept = savitzky_golay(&values, 15, false, 0.1);
        for (i, (slope, value)) in slopes.iter().zip(&kept).enumerate() {
            let t = 0.1 * i as f64;
            assert!((slope - (3.0 - t)).abs() < 1e-9, "{slope} at {t}");
            assert!((value - values[i]).abs() < 1e-9);
        }
    }

    #[test]
    fn the_weights_are_the_published_ones() {
        assert!((score(&[1.0; 4], [1.0; 4]) - 1.0).abs() < 1e-12);
        assert!((score(&[1.0; 4], [0.0, 1.0, 1.0, 1.0]) - 11.0 / 16.0).abs() < 1e-12);
        assert!((score(&[1.0; 4], [1.0, 0.5, 1.0, 1.0]) - 13.5 / 16.0).abs() < 1e-12);
        assert!((score(&[1.0, 0.5, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]) - 7.0 / 16.0).abs() < 1e-12);
        assert_eq!(score(&[0.0, 1.0, 1.0, 1.0], [1.0; 4]), 0.0);
    }
}
