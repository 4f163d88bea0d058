//! `max_overspeed_mps` (m/s over the limit of the lane, at most) and `overspeed_s` (time above it).
//!
//! nuPlan's speed-limit compliance fails from 2.23 m/s over the limit on; the limit is that of the map.

use super::sample::Sample;
use super::{Metric, Report};

/// Over the limit by this much counts as time above it, m/s.
const TOLERANCE_MPS: f64 = 0.5;

#[derive(Clone, Default)]
pub(super) struct SpeedLimit {
    has_limit: bool,
    most_mps: f64,
    most_at_s: f64,
    time_s: f64,
    above_m: f64,
}

impl Metric for SpeedLimit {
    fn sample(&mut self, sample: &Sample<'_>) {
        let Some(place) = sample.place else { return };
        let Some(lane) = place.lane_id else { return };
        let Some(limit) = sample.map.speed_limit_mps(place.road, lane, place.s_m) else {
            return;
        };
        self.has_limit = true;
        let over = sample.ego.state.speed_mps.abs() - limit;
        if over > self.most_mps {
            self.most_mps = over;
            self.most_at_s = sample.time_s;
        }
        self.above_m += over.max(0.0) * sample.dt_s;
        if over > TOLERANCE_MPS {
            self.time_s += sample.dt_s;
        }
    }

    fn report(&self, report: &mut Report) {
        let value = |v: f64| self.has_limit.then_some(v);
        report.value("max_overspeed_mps", value(self.most_mps), "m/s");
        report.value("overspeed_s", value(self.time_s), "s");
        report.facts.overspeed_m = self.above_m;
        if self.most_mps > 0.0 {
            report.note("max_overspeed_mps", format!("at {:.2} s", self.most_at_s));
        }
    }
}
