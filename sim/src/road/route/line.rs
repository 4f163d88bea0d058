//! The driven line of a route: lanes' middles, moved over where lanes change.

use super::{Node, Route, STEP_M};
use crate::math::{PI, atan2, hypot, wrap_angle};
use crate::road::network::RoadNetwork;
use crate::road::{Road, RoadPose, SignalIndex};

/// A place of the line in a road's coordinates.
struct OnRoad<'a> {
    road: &'a Road,
    /// The segment.
    index: usize,
    /// Whether it is driven along s.
    along: bool,
    s_m: f64,
    t_m: f64,
    /// Change of t with s.
    slope: f64,
}

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
        shift: (f64, f64),
    ) -> Option<(RoadPose, usize, f64)> {
        let on = self.on_road(network, way_m, shift)?;
        let mut pose = on.road.pose_along(on.s_m, on.t_m, on.slope)?;
        if !on.along {
            pose.pose.yaw_rad = wrap_angle(pose.pose.yaw_rad + PI);
            pose.pose.pitch_rad = -pose.pose.pitch_rad;
            pose.pose.roll_rad = -pose.pose.roll_rad;
            pose.curvature_1pm = -pose.curvature_1pm;
        }
        Some((pose, on.index, on.s_m))
    }

    /// Where the line is at a way, with a shift to the left and its slope.
    fn on_road<'a>(
        &self,
        network: &'a RoadNetwork,
        way_m: f64,
        (shift, shift_slope): (f64, f64),
    ) -> Option<OnRoad<'a>> {
        let index = self.segment_at(way_m);
        let segment = self.segments.get(index)?;
        let ahead = (way_m - self.starts_m.get(index)?).clamp(0.0, segment.length_m());
        let along = segment.s_end_m >= segment.s_start_m;
        // A section's end belongs to the next section: stay in the one that is driven.
        let inside = ahead.min((segment.length_m() - 1e-9).max(0.0));
        let s_m = segment.s_start_m + if along { inside } else { -inside };
        let road = network.road(segment.road)?;
        let held = if along || ahead > 0.0 {
            s_m
        } else {
            s_m - 1e-9
        };
        let (t, lane_slope) = road.lane_middle(held.clamp(0.0, road.length_m), segment.lane_id)?;
        let direction = if along { 1.0 } else { -1.0 };
        Some(OnRoad {
            road,
            index,
            along,
            s_m,
            t_m: t + direction * shift,
            slope: lane_slope + shift_slope,
        })
    }

    pub(super) fn build_nodes(&self, network: &RoadNetwork) -> Option<Vec<Node>> {
        let count = (self.way_m / STEP_M).ceil().max(1.0) as usize;
        let mut nodes: Vec<Node> = Vec::with_capacity(count + 1);
        for i in 0..=count {
            let way = |half: usize| self.way_m * (2 * i - half) as f64 / (2 * count) as f64;
            let point = |way_m: f64| {
                let on = self.on_road(network, way_m, self.shift(way_m))?;
                let ([x, y, _], ahead) = on.road.point_along(on.s_m, on.t_m, on.slope)?;
                Some((x, y, ahead, on.along))
            };
            let (x_m, y_m, ahead, along) = point(way(0))?;
            let mut station_m = 0.0;
            if let Some(last) = nodes.last() {
                let (x, y, ..) = point(way(1))?;
                station_m =
                    last.station_m + hypot(x - last.x_m, y - last.y_m) + hypot(x_m - x, y_m - y);
            }
            let yaw_rad = atan2(ahead[1], ahead[0]);
            nodes.push(Node {
                station_m,
                x_m,
                y_m,
                yaw_rad: if along {
                    yaw_rad
                } else {
                    wrap_angle(yaw_rad + PI)
                },
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
