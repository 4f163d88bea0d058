//! `red_lights`: how often the ego vehicle's front crossed the station of a red light, count.
//!
//! Lights are those of its route or, without one, of the road that it is on. A front that stops up
//! to 0.5 m beyond the line has not crossed it. Red and yellow together is red.

use super::sample::Sample;
use super::{Metric, Report};
use crate::road::{RoadIndex, SignalIndex};
use crate::world::SignalPhase;

/// Beyond the line by this much is crossed, metres.
const SLACK_M: f64 = 0.5;

#[derive(Default)]
pub(super) struct RedLights {
    on_route_m: Option<f64>,
    on_road: Option<(RoadIndex, f64)>,
    count: u32,
    saw_one: bool,
    text: Vec<String>,
}

impl RedLights {
    fn crossed(&mut self, sample: &Sample<'_>, index: SignalIndex) {
        let Some(signal) = sample.map.signal(index).filter(|s| s.is_traffic_light()) else {
            return;
        };
        self.saw_one = true;
        let phase = sample.signals.phase(&signal.id);
        if matches!(phase, SignalPhase::Red | SignalPhase::RedYellow) {
            self.count += 1;
            self.text
                .push(format!("signal {} at {:.2} s", signal.id, sample.time_s));
        }
    }
}

impl Metric for RedLights {
    fn sample(&mut self, sample: &Sample<'_>) {
        let reach = sample.front_m() - SLACK_M;
        if let Some(route) = sample.route {
            let pose = &sample.ego.state.pose;
            let hint = self.on_route_m.map(|front| front - reach);
            let (station, _) = route.project(pose.x_m, pose.y_m, hint);
            let front = station + reach;
            if let Some(before) = self.on_route_m
                && front > before
            {
                // What lies at `before` itself was crossed a tick ago.
                let passed: Vec<SignalIndex> = route
                    .signals_ahead(before, front - before)
                    .filter(|(ahead, _)| *ahead > 0.0)
                    .map(|(_, signal)| signal)
                    .collect();
                for signal in passed {
                    self.crossed(sample, signal);
                }
            }
            // Rolling back and on again is one crossing; a line that the run began on is none.
            let begin = front + SLACK_M;
            self.on_route_m = Some(self.on_route_m.map_or(begin, |before| before.max(front)));
            return;
        }
        let Some(place) = sample.place else { return };
        let (Some(lane), Some(road)) = (
            place.lane_id,
            sample.map.pose_at(place.road, place.s_m, place.t_m),
        ) else {
            return;
        };
        let turn = crate::math::cos(sample.ego.state.pose.yaw_rad - road.pose.yaw_rad);
        let direction: i32 = if turn >= 0.0 { 1 } else { -1 };
        // The place is that of the box's middle.
        let b = &sample.ego.spec.bounding_box;
        let front = place.s_m + f64::from(direction) * (b.length_m / 2.0 - SLACK_M);
        if let Some((before_road, before)) = self.on_road
            && before_road == place.road
        {
            let (low, high) = (before.min(front), before.max(front));
            let is_passed = |s: f64| s > low && s <= high;
            let is_forward = (front - before) * f64::from(direction) > 0.0;
            let own = sample.map.signals().iter().enumerate().filter(|(_, s)| {
                s.road == place.road
                    && is_passed(s.s_m)
                    && s.orientation.counts_for(direction)
                    && s.counts_for_lane(lane)
            });
            let own = own.map(|(i, _)| SignalIndex(i as u32));
            let referred = sample.map.signal_references().iter().filter(|r| {
                r.road == place.road
                    && is_passed(r.s_m)
                    && r.orientation.counts_for(direction)
                    && r.counts_for_lane(lane)
            });
            let passed: Vec<SignalIndex> = own.chain(referred.map(|r| r.signal)).collect();
            for signal in passed.into_iter().filter(|_| is_forward) {
                self.crossed(sample, signal);
            }
        }
        let sign = f64::from(direction);
        let farthest = match self.on_road {
            None => front + sign * SLACK_M,
            Some((road, before))
                if road == place.road && (0.0..5.0).contains(&(sign * (before - front))) =>
            {
                before
            }
            Some(_) => front,
        };
        self.on_road = Some((place.road, farthest));
    }

    fn report(&self, report: &mut Report) {
        let count = self.saw_one.then_some(f64::from(self.count));
        report.value("red_lights", count, "1");
        if self.count > 0 {
            report.note("red_lights", self.text.join(", "));
        }
    }
}
