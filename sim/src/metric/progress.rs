//! `progress` (share of the route, 0 to 1), `goal_reached` (0 or 1), `distance_m` (way driven),
//! `mean_speed_mps`.
//!
//! Progress is that of the reference point since the first sample; the goal is the end of the route,
//! reached within 8 m. Neither is valid without a route.

use super::sample::Sample;
use super::{Metric, Report};
use crate::math::hypot;

/// This close to the end of the route it is reached, metres.
pub(super) const GOAL_RADIUS_M: f64 = 8.0;

#[derive(Default)]
pub(super) struct Progress {
    way_m: f64,
    time_s: f64,
    station_m: Option<f64>,
    start_m: f64,
    share: Option<f64>,
    is_reached: bool,
    length_m: f64,
}

impl Metric for Progress {
    fn sample(&mut self, sample: &Sample<'_>) {
        let (p, q) = (&sample.before.state.pose, &sample.ego.state.pose);
        self.way_m += hypot(q.x_m - p.x_m, q.y_m - p.y_m);
        self.time_s += sample.dt_s;
        let Some(route) = sample.route else { return };
        if (route.length_m() - self.length_m).abs() > 1e-9 {
            // Another route than before: it counts from here.
            self.length_m = route.length_m();
            self.station_m = None;
            self.share = None;
        }
        let (station, lateral) = route.project(q.x_m, q.y_m, self.station_m);
        if self.station_m.is_none() {
            self.start_m = station;
        }
        self.station_m = Some(station);
        let left = (self.length_m - station).max(0.0);
        let whole = (self.length_m - self.start_m).max(1e-3);
        let share = ((station - self.start_m) / whole).clamp(0.0, 1.0);
        self.share = Some(self.share.map_or(share, |s| s.max(share)));
        self.is_reached |= hypot(left, lateral) <= GOAL_RADIUS_M;
    }

    fn report(&self, report: &mut Report) {
        let goal = self.share.map(|_| f64::from(u8::from(self.is_reached)));
        // At the goal the route is done.
        let share = if self.is_reached {
            Some(1.0)
        } else {
            self.share
        };
        report.value("progress", share, "1");
        report.value("goal_reached", goal, "1");
        report.value("distance_m", Some(self.way_m), "m");
        let mean = (self.time_s > 0.0).then(|| self.way_m / self.time_s);
        report.value("mean_speed_mps", mean, "m/s");
        if let Some(share) = self.share {
            report.note(
                "goal_reached",
                format!("{:.0} % of the route", 100.0 * share),
            );
        }
    }
}
