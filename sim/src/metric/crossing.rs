//! Whose station the ego vehicle's front crosses: signals of its route or, without one, of the road
//! that it is on.

use super::sample::Sample;
use crate::road::{RoadIndex, SignalIndex};

/// Beyond the line by this much is crossed, metres.
pub(super) const SLACK_M: f64 = 0.5;

/// How far the front has come.
#[derive(Clone, Default)]
pub(super) struct Crossings {
    on_route_m: Option<f64>,
    on_road: Option<(RoadIndex, f64)>,
}

impl Crossings {
    /// The signals crossed in this tick.
    pub fn pass(&mut self, sample: &Sample<'_>) -> Vec<SignalIndex> {
        if sample.route.is_some() {
            self.along_route(sample)
        } else {
            self.along_road(sample).unwrap_or_default()
        }
    }

    fn along_route(&mut self, sample: &Sample<'_>) -> Vec<SignalIndex> {
        let Some(on) = &sample.route else {
            return Vec::new();
        };
        if on.is_new {
            self.on_route_m = None;
        }
        let front = on.station_m + sample.front_m() - SLACK_M;
        let mut passed = Vec::new();
        if let Some(before) = self.on_route_m
            && front > before
        {
            // What lies at `before` itself was crossed a tick ago.
            let ahead = on.route.signals_ahead(before, front - before);
            passed.extend(ahead.filter(|(m, _)| *m > 0.0).map(|(_, signal)| signal));
        }
        // Rolling back and on again is one crossing; a line that the run began on is none.
        let begin = front + SLACK_M;
        self.on_route_m = Some(self.on_route_m.map_or(begin, |before| before.max(front)));
        passed
    }

    fn along_road(&mut self, sample: &Sample<'_>) -> Option<Vec<SignalIndex>> {
        let place = sample.place?;
        let lane = place.lane_id?;
        let plan = &sample.map.road(place.road)?.plan;
        let heading = plan.evaluate(place.s_m).heading_rad;
        let turn = crate::math::cos(sample.ego.state.pose.yaw_rad - heading);
        let direction: i32 = if turn >= 0.0 { 1 } else { -1 };
        let sign = f64::from(direction);
        // The place is that of the box's middle.
        let b = &sample.ego.spec.bounding_box;
        let front = place.s_m + sign * (b.length_m / 2.0 - SLACK_M);
        let mut passed = Vec::new();
        if let Some((before_road, before)) = self.on_road
            && before_road == place.road
            && (front - before) * sign > 0.0
        {
            let (low, high) = (before.min(front), before.max(front));
            let is_passed = |s: f64| s > low && s <= high;
            let own = sample.map.signals().iter().enumerate().filter(|(_, s)| {
                s.road == place.road
                    && is_passed(s.s_m)
                    && s.orientation.counts_for(direction)
                    && s.counts_for_lane(lane)
            });
            passed.extend(own.map(|(i, _)| SignalIndex(i as u32)));
            let referred = sample.map.signal_references().iter().filter(|r| {
                r.road == place.road
                    && is_passed(r.s_m)
                    && r.orientation.counts_for(direction)
                    && r.counts_for_lane(lane)
            });
            passed.extend(referred.map(|r| r.signal));
        }
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
        Some(passed)
    }
}
