//! `wrong_way_m`: way driven against the direction of the lane, metres.
//!
//! As nuPlan's driving-direction compliance, which takes more than 6 m for a violation; a lane's
//! direction follows its side and the road's rule of traffic.

use std::collections::VecDeque;

use super::sample::Sample;
use super::{Metric, Report};
use crate::math::{cos, hypot};
use crate::road::LaneType;

#[derive(Clone, Default)]
pub(super) struct WrongWay {
    way_m: f64,
    first_s: Option<f64>,
    was_on_a_lane: bool,
    /// Way of each tick of the last second, metres.
    last: VecDeque<f64>,
    most_in_a_second_m: f64,
}

impl WrongWay {
    /// Way driven against the lane in this tick, metres.
    fn way(&mut self, sample: &Sample<'_>) -> Option<f64> {
        let place = sample.place?;
        let lane = place.lane_id?;
        let kind = sample.map.lane_type(place.road, place.s_m, lane)?;
        if !kind.is_drivable() {
            return None;
        }
        self.was_on_a_lane = true;
        if matches!(kind, LaneType::Bidirectional) || sample.ego.state.speed_mps.abs() <= 0.1 {
            return None;
        }
        let road = &sample.map.road(place.road)?.plan;
        let heading = road.evaluate(place.s_m).heading_rad;
        let (p, q) = (&sample.before.state.pose, &sample.ego.state.pose);
        let direction = f64::from(sample.map.driving_direction(place.road, lane));
        // Along the heading, so that reversing in one's own lane counts and turning round does not.
        let along = cos(q.yaw_rad - heading) * direction * sample.ego.state.speed_mps.signum();
        (along < -0.5).then(|| hypot(q.x_m - p.x_m, q.y_m - p.y_m))
    }
}

impl Metric for WrongWay {
    fn sample(&mut self, sample: &Sample<'_>) {
        let way = self.way(sample);
        if let Some(way) = way {
            self.way_m += way;
            self.first_s.get_or_insert(sample.time_s);
        }
        if self.first_s.is_some() {
            self.last.push_back(way.unwrap_or(0.0));
            while self.last.len() as f64 * sample.dt_s > 1.0 + 1e-9 && self.last.len() > 1 {
                self.last.pop_front();
            }
            let sum: f64 = self.last.iter().sum();
            self.most_in_a_second_m = self.most_in_a_second_m.max(sum);
        }
    }

    fn report(&self, report: &mut Report) {
        report.value("wrong_way_m", self.was_on_a_lane.then_some(self.way_m), "m");
        report.facts.wrong_way_m = self.way_m;
        report.facts.wrong_way_in_a_second_m = self.most_in_a_second_m;
        if let Some(first) = self.first_s {
            report.note("wrong_way_m", format!("first at {first:.2} s"));
        }
    }
}
