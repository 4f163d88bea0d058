//! `min_distance_m`: least distance of the ego vehicle's box to another actor's on the plane, metres;
//! 0 where they touch, not valid where there is nobody else at its height.

use super::sample::Sample;
use super::{Metric, Report};

#[derive(Clone, Default)]
pub(super) struct Clearance {
    least: Option<(f64, String, f64)>,
}

impl Metric for Clearance {
    fn sample(&mut self, sample: &Sample<'_>) {
        for (other, print) in sample.others {
            let bound = self.least.as_ref().map_or(f64::INFINITY, |l| l.0);
            if let Some(gap) = sample.own.gap_m(print, bound)
                && gap < bound
            {
                self.least = Some((gap, other.spec.name.clone(), sample.time_s));
            }
        }
    }

    fn report(&self, report: &mut Report) {
        report.value("min_distance_m", self.least.as_ref().map(|l| l.0), "m");
        if let Some((_, name, at)) = &self.least {
            report.note("min_distance_m", format!("to {name} at {at:.2} s"));
        }
    }
}
