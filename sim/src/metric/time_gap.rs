//! `min_time_gap_s`: least time gap to the vehicle ahead, seconds; not valid where there was none.
//!
//! Time gap τ = clearance / own speed, as in ISO 15622:2018, 3.10 (which asks of adaptive cruise control for a
//! least selectable one of 0.8 s). Ahead is who is next along the lane and not beside the ego vehicle's
//! path; below 2 m/s there is no gap in time.

use super::sample::Sample;
use super::{Metric, Report};

/// Slower than this a gap in time says nothing, m/s.
const LEAST_MPS: f64 = 2.0;

#[derive(Clone, Default)]
pub(super) struct TimeGap {
    least: Option<(f64, String, f64)>,
}

impl Metric for TimeGap {
    fn sample(&mut self, sample: &Sample<'_>) {
        let Some(scene) = &sample.scene else { return };
        if scene.speed_mps.0 < LEAST_MPS {
            return;
        }
        let Some(lead) = scene.lead() else { return };
        let gap_s = lead.gap_m / scene.speed_mps.0;
        if self.least.as_ref().is_none_or(|l| gap_s < l.0) {
            self.least = Some((gap_s, lead.actor.spec.name.clone(), sample.time_s));
        }
    }

    fn report(&self, report: &mut Report) {
        report.value("min_time_gap_s", self.least.as_ref().map(|l| l.0), "s");
        if let Some((_, name, at)) = &self.least {
            report.note("min_time_gap_s", format!("to {name} at {at:.2} s"));
        }
    }
}
