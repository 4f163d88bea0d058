//! The driven line of a route: lanes' middles, moved over where lanes change.

use super::{Node, Route, STEP_M};
use crate::math::{PI, hypot, wrap_angle};
use crate::road::network::RoadNetwork;
use crate::road::{RoadPose, SignalIndex};

impl Route {
    /// Pose of the line at a way, the segment and s there.
    pub(super) fn line_at(
        &self,
        network: &RoadNetwork,
        way_m: f64,
    ) -> Option<(RoadPose, usize, f64)> {
        self.shifted(network, way_m, self.shift(way_m))
    }

    /// The same without lane changes.
    pub(super) fn raw_at(
        &self,
        network: &RoadNetwork,
        way_m: f64,
    ) -> Option<(RoadPose, usize, f64)> {
        self.shifted(network, way_m, (0.0, 0.0))
    }

    pub(super) fn shifted(
        &self,
        network: &RoadNetwork,
        way_m: f64,
        (shift, shift_slope): (f64, f64),
    ) -> Option<(RoadPose, usize, f64)> {
        let index = self.segment_at(way_m);
        let segment = self.segments.get(index)?;
        let ahead = (way_m - self.starts_m.get(index)?).clamp(0.0, segment.length_m());
        let along = segment.s_end_m >= segment.s_start_m;
        // A section's end belongs to the next section: stay in the one that is driven.
        let inside = ahead.min((segment.length_m() - 1e-9).max(0.0));
        let s = segment.s_start_m + if along { inside } else { -inside };
        let road = network.road(segment.road)?;
        let held = if along || ahead > 0.0 { s } else { s - 1e-9 };
        let (t, lane_slope) = road.lane_middle(held.clamp(0.0, road.length_m), segment.lane_id)?;
        let direction = if along { 1.0 } else { -1.0 };
        let mut pose = road.pose_along(s, t + direction * shift, lane_slope + shift_slope)?;
        if !along {
            pose.pose.yaw_rad = wrap_angle(pose.pose.yaw_rad + PI);
            pose.pose.pitch_rad = -pose.pose.pitch_rad;
            pose.pose.roll_rad = -pose.pose.roll_rad;
            pose.curvature_1pm = -pose.curvature_1pm;
        }
        Some((pose, index, s))
    }

    pub(super) fn build_nodes(&self, network: &RoadNetwork) -> Option<Vec<Node>> {
        let count = (self.way_m / STEP_M).ceil().max(1.0) as usize;
        let mut nodes: Vec<Node> = Vec::with_capacity(count + 1);
        for i in 0..=count {
            let way = |half: usize| self.way_m * (2 * i - half) as f64 / (2 * count) as f64;
            let pose = self.line_at(network, way(0))?.0.pose;
            let mut station_m = 0.0;
            if let Some(last) = nodes.last() {
                let middle = self.line_at(network, way(1))?.0.pose;
                station_m = last.station_m
                    + hypot(middle.x_m - last.x_m, middle.y_m - last.y_m)
                    + hypot(pose.x_m - middle.x_m, pose.y_m - middle.y_m);
            }
            nodes.push(Node {
                station_m,
                x_m: pose.x_m,
                y_m: pose.y_m,
                yaw_rad: pose.yaw_rad,
                curvature_1pm: 0.0,
            });
        }
        // Curvature of the line itself, lane changes and slanting lanes included.
        let bends: Vec<f64> = nodes
            .windows(3)
            .map(|w| match w {
                [a, _, c] => {
                    wrap_angle(c.yaw_rad - a.yaw_rad) / (c.station_m - a.station_m).max(1e-3)
                }
                _ => 0.0,
            })
            .collect();
        for (node, bend) in nodes.iter_mut().skip(1).zip(&bends) {
            node.curvature_1pm = *bend;
        }
        if let (Some(node), Some(bend)) = (nodes.first_mut(), bends.first()) {
            node.curvature_1pm = *bend;
        }
        if let (Some(node), Some(bend)) = (nodes.last_mut(), bends.last()) {
            node.curvature_1pm = *bend;
        }
        Some(nodes)
    }

    pub(super) fn find_signals(&self, network: &RoadNetwork) -> Vec<(f64, SignalIndex)> {
        let mut found = Vec::new();
        for (segment, start) in self.segments.iter().zip(&self.starts_m) {
            let direction = network.driving_direction(segment.road, segment.lane_id);
            let (low, high) = (
                segment.s_start_m.min(segment.s_end_m),
                segment.s_start_m.max(segment.s_end_m),
            );
            let station = |s: f64| {
                let way = start + (s - segment.s_start_m).abs();
                (low..=high).contains(&s).then(|| self.station_at(way))
            };
            for (i, signal) in network.signals().iter().enumerate() {
                if signal.road == segment.road
                    && signal.orientation.counts_for(direction)
                    && signal.counts_for_lane(segment.lane_id)
                {
                    found.extend(station(signal.s_m).map(|s| (s, SignalIndex(i as u32))));
                }
            }
            for reference in network.signal_references() {
                if reference.road == segment.road
                    && reference.orientation.counts_for(direction)
                    && reference.counts_for_lane(segment.lane_id)
                {
                    found.extend(station(reference.s_m).map(|s| (s, reference.signal)));
                }
            }
        }
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        found.dedup();
        found
    }
}
