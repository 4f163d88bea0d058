//! `off_road_s`: time with a corner of the ego vehicle's box outside all drivable lanes, seconds.
//!
//! Corners count from 0.3 m beyond the border, as in nuPlan's drivable-area compliance
//! (`max_violation_threshold`), and from when the vehicle has first been on the road as a whole.

use super::sample::Sample;
use super::{Metric, Report};
use crate::math::hypot;

/// How far a corner may stick out, metres.
const TOLERANCE_M: f64 = 0.3;

#[derive(Clone, Default)]
pub(super) struct OffRoad {
    has_been_on: bool,
    time_s: f64,
    way_m: f64,
    first_s: Option<f64>,
}

impl Metric for OffRoad {
    fn sample(&mut self, sample: &Sample<'_>) {
        let b = &sample.ego.spec.bounding_box;
        let (l, w) = (
            (b.length_m / 2.0 - TOLERANCE_M).max(0.0),
            (b.width_m / 2.0 - TOLERANCE_M).max(0.0),
        );
        let pose = &sample.ego.state.pose;
        let is_on = [(l, w), (-l, w), (-l, -w), (l, -w)].iter().all(|(x, y)| {
            let (x, y) = pose.to_world_xy(b.center_x_m + x, b.center_y_m + y);
            sample.map.is_drivable(x, y, Some(pose.z_m))
        });
        if is_on {
            self.has_been_on = true;
        } else if self.has_been_on {
            let before = &sample.before.state.pose;
            self.time_s += sample.dt_s;
            self.way_m += hypot(pose.x_m - before.x_m, pose.y_m - before.y_m);
            self.first_s.get_or_insert(sample.time_s);
        }
    }

    fn report(&self, report: &mut Report) {
        let time = self.has_been_on.then_some(self.time_s);
        report.value("off_road_s", time, "s");
        report.facts.left_the_road = self.first_s.is_some();
        report.facts.off_road_m = self.way_m;
        if let Some(first) = self.first_s {
            report.note("off_road_s", format!("first at {first:.2} s"));
        }
    }
}
