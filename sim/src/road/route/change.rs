//! Changes of lanes along a route, and jumps of lanes as mapped.

use super::{Route, STEP_M};
use crate::math::wrap_angle;
use crate::road::network::RoadNetwork;

/// Longest way over which a lane change is spread, metres, to either side of its middle.
const HALF_CHANGE_M: f64 = 25.0;
/// Steps aside smaller than this are left as they are, metres.
const SMALL_JUMP_M: f64 = 0.2;

/// A change of lanes: the line moves by `shift_m` to the left about `station_m`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Change {
    pub way_m: f64,
    pub half_m: f64,
    pub shift_m: f64,
}

impl Route {
    pub(super) fn find_changes(&self, network: &RoadNetwork) -> Vec<Change> {
        let mut found = Vec::new();
        for (pair, way) in self.segments.windows(2).zip(self.starts_m.iter().skip(1)) {
            let [before, after] = pair else { continue };
            if !after.by_lane_change {
                continue;
            }
            let t = |id| network.lane_center_t(after.road, after.s_start_m, id);
            let direction = f64::from(network.driving_direction(after.road, after.lane_id));
            if let (Some(from), Some(to)) = (t(before.lane_id), t(after.lane_id)) {
                found.push(Change {
                    way_m: *way,
                    half_m: HALF_CHANGE_M,
                    shift_m: (to - from) * direction,
                });
            }
        }
        found
    }

    /// Where lanes as mapped jump aside, as where one opens beside its predecessor at full width, the
    /// line goes over as in a change of lanes.
    pub(super) fn smooth_jumps(&mut self, network: &RoadNetwork) {
        let jump = |a: f64, b: f64| {
            let (Some((p, ..)), Some((q, ..))) = (self.raw_at(network, a), self.raw_at(network, b))
            else {
                return 0.0;
            };
            let (ahead, left) = p.pose.to_local_xy(q.pose.x_m, q.pose.y_m);
            left - 0.5 * wrap_angle(q.pose.yaw_rad - p.pose.yaw_rad) * ahead
        };
        let count = (self.way_m / STEP_M).ceil().max(1.0) as usize;
        let mut jumps = Vec::new();
        for i in 0..count {
            let way = |i: usize| self.way_m * i as f64 / count as f64;
            let (mut low, mut high) = (way(i), way(i + 1));
            let changed = self
                .changes
                .iter()
                .any(|c| c.way_m >= low && c.way_m <= high);
            if changed || jump(low, high).abs() < SMALL_JUMP_M {
                continue;
            }
            while high - low > 1e-6 {
                let middle = 0.5 * (low + high);
                if jump(low, middle).abs() > jump(middle, high).abs() {
                    high = middle;
                } else {
                    low = middle;
                }
            }
            // Steep is not a jump, and what is farther is a gap in the map.
            let shift_m = jump(low, high);
            if shift_m.abs() >= SMALL_JUMP_M && shift_m.abs() < 6.0 {
                jumps.push(Change {
                    way_m: high,
                    half_m: HALF_CHANGE_M,
                    shift_m,
                });
            }
        }
        self.changes.extend(jumps);
        self.changes.sort_by(|a, b| a.way_m.total_cmp(&b.way_m));
    }

    /// Gives each change the room it has between the others.
    pub(super) fn fit_changes(&mut self) {
        let ways: Vec<f64> = self.changes.iter().map(|c| c.way_m).collect();
        for (i, change) in self.changes.iter_mut().enumerate() {
            let before = i.checked_sub(1).and_then(|j| ways.get(j));
            let room_before = before.map_or(change.way_m, |w| 0.5 * (change.way_m - w));
            let after = ways.get(i + 1);
            let room_after = after.map_or(self.way_m - change.way_m, |w| 0.5 * (w - change.way_m));
            change.half_m = change.half_m.min(room_before).min(room_after).max(0.5);
        }
    }

    /// Offset to the left of the lane's middle that lane changes make, and its slope.
    pub(super) fn shift(&self, way_m: f64) -> (f64, f64) {
        let (mut shift, mut slope) = (0.0, 0.0);
        for c in &self.changes {
            let w = (way_m - c.way_m + c.half_m) / (2.0 * c.half_m);
            if !(0.0..=1.0).contains(&w) {
                continue;
            }
            // Quintic: no jump of curvature at its ends.
            let done = w * w * w * (10.0 + w * (6.0 * w - 15.0));
            let rate = 30.0 * w * w * (1.0 - w) * (1.0 - w) / (2.0 * c.half_m);
            shift += c.shift_m * if way_m < c.way_m { done } else { done - 1.0 };
            slope += c.shift_m * rate;
        }
        (shift, slope)
    }
}
