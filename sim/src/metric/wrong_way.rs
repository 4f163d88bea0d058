//! `wrong_way_m`: way driven against the direction of the lane, metres.
//!
//! As nuPlan's driving-direction compliance, which takes more than 6 m for a violation; a lane's
//! direction follows its side and the road's rule of traffic.

use super::sample::Sample;
use super::{Metric, Report};
use crate::math::{cos, hypot};
use crate::road::LaneType;

#[derive(Default)]
pub(super) struct WrongWay {
    way_m: f64,
    first_s: Option<f64>,
    was_on_a_lane: bool,
}

impl Metric for WrongWay {
    fn sample(&mut self, sample: &Sample<'_>) {
        let Some(place) = sample.place else { return };
        let Some(lane) = place.lane_id else { return };
        let kind = sample.map.lane_type(place.road, place.s_m, lane);
        let Some(kind) = kind.filter(|k| k.is_drivable()) else {
            return;
        };
        self.was_on_a_lane = true;
        if matches!(kind, LaneType::Bidirectional) {
            return;
        }
        let Some(road) = sample.map.pose_at(place.road, place.s_m, place.t_m) else {
            return;
        };
        let (p, q) = (&sample.before.state.pose, &sample.ego.state.pose);
        let way = hypot(q.x_m - p.x_m, q.y_m - p.y_m);
        let direction = f64::from(sample.map.driving_direction(place.road, lane));
        // Along the heading, so that reversing in one's own lane counts and turning round does not.
        let along =
            cos(q.yaw_rad - road.pose.yaw_rad) * direction * sample.ego.state.speed_mps.signum();
        if along < -0.5 && sample.ego.state.speed_mps.abs() > 0.1 {
            self.way_m += way;
            self.first_s.get_or_insert(sample.time_s);
        }
    }

    fn report(&self, report: &mut Report) {
        report.value("wrong_way_m", self.was_on_a_lane.then_some(self.way_m), "m");
        if let Some(first) = self.first_s {
            report.note("wrong_way_m", format!("first at {first:.2} s"));
        }
    }
}
