//! Routes: lanes one after another, as one smooth line with stations in driving direction.
//!
//! Inside, `way` counts metres of the roads' reference lines; a station counts metres of the line
//! that is driven, which differ where a lane runs at the inner or outer side of a bend.

use std::sync::Arc;

use bevy::prelude::Component;

use super::network::{RoadIndex, RoadNetwork};
use super::{LaneKey, RoadPose, RoadPosition, SignalIndex};
use crate::math::{PI, Pose, cos, hypot, sin, wrap_angle};

/// Distance of the points that projections use, metres.
const STEP_M: f64 = 1.0;
/// Longest way over which a lane change is spread, metres, to either side of its middle.
const HALF_CHANGE_M: f64 = 25.0;
/// Steps aside smaller than this are left as they are, metres.
const SMALL_JUMP_M: f64 = 0.2;
/// Longest route, metres.
const MAX_LENGTH_M: f64 = 200_000.0;

/// The route of an actor.
#[derive(Component, Clone, Debug)]
pub struct ActorRoute(pub Arc<Route>);

/// A stretch of one lane, from `s_start_m` to `s_end_m` in driving direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RouteSegment {
    /// The road.
    pub road: RoadIndex,
    /// The lane.
    pub lane_id: i32,
    /// Where it begins, metres.
    pub s_start_m: f64,
    /// Where it ends, metres; less than the beginning where traffic runs against s.
    pub s_end_m: f64,
    /// Whether it is entered by a change of lanes.
    pub by_lane_change: bool,
}

impl RouteSegment {
    /// Its length, metres.
    pub fn length_m(&self) -> f64 {
        (self.s_end_m - self.s_start_m).abs()
    }
}

/// A point of a route.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoutePoint {
    /// On the route's line, x in driving direction.
    pub pose: Pose,
    /// Of the line, 1/m, positive to the left.
    pub curvature_1pm: f64,
    /// Speed limit, m/s, where one is written.
    pub speed_limit_mps: Option<f64>,
    /// The lane.
    pub lane: LaneKey,
    /// Width of the lane, metres.
    pub width_m: f64,
}

/// A change of lanes: the line moves by `shift_m` to the left about `station_m`.
#[derive(Clone, Copy, Debug)]
struct Change {
    way_m: f64,
    half_m: f64,
    shift_m: f64,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    station_m: f64,
    x_m: f64,
    y_m: f64,
    yaw_rad: f64,
    curvature_1pm: f64,
}

/// Lanes one after another; stations count metres of the driven line from its start.
#[derive(Clone, Debug)]
pub struct Route {
    segments: Vec<RouteSegment>,
    /// Way at which each segment starts, metres.
    starts_m: Vec<f64>,
    way_m: f64,
    changes: Vec<Change>,
    nodes: Vec<Node>,
    signals: Vec<(f64, SignalIndex)>,
}

impl Route {
    /// A route of given segments; `None` where one is not on the map or all are without length.
    pub fn new(network: &RoadNetwork, segments: Vec<RouteSegment>) -> Option<Self> {
        let mut kept: Vec<RouteSegment> = Vec::with_capacity(segments.len());
        for segment in segments {
            let middle = 0.5 * (segment.s_start_m + segment.s_end_m);
            network.lane_key(segment.road, middle, segment.lane_id)?;
            match kept.last_mut() {
                Some(last)
                    if !segment.by_lane_change
                        && last.road == segment.road
                        && last.lane_id == segment.lane_id
                        && (last.s_end_m - segment.s_start_m).abs() < 1e-6
                        && (last.s_end_m - last.s_start_m)
                            * (segment.s_end_m - segment.s_start_m)
                            >= 0.0 =>
                {
                    last.s_end_m = segment.s_end_m;
                }
                _ => kept.push(segment),
            }
        }
        kept.retain(|s| s.length_m() > 1e-9 || s.by_lane_change);
        let mut starts_m = Vec::with_capacity(kept.len());
        let mut way_m = 0.0;
        for segment in &kept {
            starts_m.push(way_m);
            way_m += segment.length_m();
        }
        if !(way_m > 0.0 && way_m <= MAX_LENGTH_M) {
            return None;
        }
        let mut route = Self {
            segments: kept,
            starts_m,
            way_m,
            changes: Vec::new(),
            nodes: Vec::new(),
            signals: Vec::new(),
        };
        route.changes = route.find_changes(network);
        route.smooth_jumps(network);
        route.fit_changes();
        route.nodes = route.build_nodes(network)?;
        route.signals = route.find_signals(network);
        Some(route)
    }

    /// Length, metres.
    pub fn length_m(&self) -> f64 {
        self.nodes.last().map_or(0.0, |node| node.station_m)
    }

    /// The segments in order.
    pub fn segments(&self) -> &[RouteSegment] {
        &self.segments
    }

    /// Whether the route uses a road.
    pub fn uses(&self, road: RoadIndex) -> bool {
        self.segments.iter().any(|s| s.road == road)
    }

    /// Station of a road position, metres, where the route passes its (road, s) at or after `from_m`.
    pub fn station_of(&self, road: RoadIndex, s_m: f64, from_m: f64) -> Option<f64> {
        self.segments
            .iter()
            .zip(&self.starts_m)
            .filter(|(segment, _)| segment.road == road)
            .find_map(|(segment, start)| {
                let (a, b) = (segment.s_start_m, segment.s_end_m);
                let inside = s_m >= a.min(b) - 1e-6 && s_m <= a.max(b) + 1e-6;
                let station = self.station_at(start + (s_m - a).abs());
                (inside && station >= from_m - 1e-6).then_some(station)
            })
    }

    /// Stations (from, to) of the segments, in order, metres.
    pub fn segment_stations_m(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.segments
            .iter()
            .zip(&self.starts_m)
            .map(|(segment, start)| {
                (
                    self.station_at(*start),
                    self.station_at(start + segment.length_m()),
                )
            })
    }

    /// Metres of way between two nodes.
    fn step_m(&self) -> f64 {
        self.way_m / self.nodes.len().saturating_sub(1).max(1) as f64
    }

    /// The station at a way.
    fn station_at(&self, way_m: f64) -> f64 {
        let at = (way_m / self.step_m()).max(0.0);
        let i = (at as usize).min(self.nodes.len().saturating_sub(2));
        match (self.nodes.get(i), self.nodes.get(i + 1)) {
            (Some(a), Some(b)) => {
                a.station_m + (at - i as f64).min(1.0) * (b.station_m - a.station_m)
            }
            _ => 0.0,
        }
    }

    /// The way at a station.
    fn way_at(&self, station_m: f64) -> f64 {
        let next = self.nodes.partition_point(|n| n.station_m <= station_m);
        let i = next
            .saturating_sub(1)
            .min(self.nodes.len().saturating_sub(2));
        match (self.nodes.get(i), self.nodes.get(i + 1)) {
            (Some(a), Some(b)) => {
                let run = (b.station_m - a.station_m).max(1e-12);
                self.step_m() * (i as f64 + ((station_m - a.station_m) / run).clamp(0.0, 1.0))
            }
            _ => 0.0,
        }
    }

    fn segment_at(&self, way_m: f64) -> usize {
        self.starts_m
            .partition_point(|start| *start <= way_m)
            .saturating_sub(1)
    }

    fn find_changes(&self, network: &RoadNetwork) -> Vec<Change> {
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
    fn smooth_jumps(&mut self, network: &RoadNetwork) {
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
    fn fit_changes(&mut self) {
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
    fn shift(&self, way_m: f64) -> (f64, f64) {
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

    /// Pose of the line at a way, the segment and s there.
    fn line_at(&self, network: &RoadNetwork, way_m: f64) -> Option<(RoadPose, usize, f64)> {
        self.shifted(network, way_m, self.shift(way_m))
    }

    /// The same without lane changes.
    fn raw_at(&self, network: &RoadNetwork, way_m: f64) -> Option<(RoadPose, usize, f64)> {
        self.shifted(network, way_m, (0.0, 0.0))
    }

    fn shifted(
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

    fn build_nodes(&self, network: &RoadNetwork) -> Option<Vec<Node>> {
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

    fn find_signals(&self, network: &RoadNetwork) -> Vec<(f64, SignalIndex)> {
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

    /// The point at a station; stations beyond the ends give the ends.
    pub fn sample(&self, network: &RoadNetwork, station_m: f64) -> RoutePoint {
        let way = if station_m.is_finite() {
            self.way_at(station_m)
        } else {
            0.0
        };
        let (pose, index, s) = self.line_at(network, way).unwrap_or_default();
        let (road, lane_id) = self
            .segments
            .get(index)
            .map_or((RoadIndex(0), 0), |segment| (segment.road, segment.lane_id));
        let count = self.nodes.len().saturating_sub(1);
        let at = way / self.step_m();
        let i = (at as usize).min(count.saturating_sub(1));
        let k = |j: usize| self.nodes.get(j).map_or(0.0, |n| n.curvature_1pm);
        RoutePoint {
            pose: pose.pose,
            curvature_1pm: k(i) + (at - i as f64) * (k(i + 1) - k(i)),
            speed_limit_mps: network.speed_limit_mps(road, lane_id, s),
            lane: LaneKey {
                road,
                section: network.road(road).map_or(0, |r| r.section_index(s) as u32),
                lane_id,
            },
            width_m: network.lane_width(road, s, lane_id).unwrap_or(0.0),
        }
    }

    /// Station of the closest point of the line and the distance to its left, metres. With a hint
    /// (the last station) only the stretch about it is searched, so that a route may cross itself.
    pub fn project(&self, x_m: f64, y_m: f64, station_hint_m: Option<f64>) -> (f64, f64) {
        let count = self.nodes.len().saturating_sub(1);
        let gap2 = |i: usize| {
            self.nodes.get(i).map_or(f64::INFINITY, |n| {
                let (dx, dy) = (x_m - n.x_m, y_m - n.y_m);
                dx * dx + dy * dy
            })
        };
        let (from, to) = match station_hint_m {
            Some(hint) if hint.is_finite() => {
                let middle = self
                    .nodes
                    .partition_point(|n| n.station_m <= hint)
                    .min(count);
                (middle.saturating_sub(15), (middle + 40).min(count))
            }
            _ => (0, count),
        };
        let mut best = from;
        for i in from..=to {
            if gap2(i) < gap2(best) {
                best = i;
            }
        }
        // Farther than the window: go on downhill.
        while best > 0 && gap2(best - 1) < gap2(best) {
            best -= 1;
        }
        while best < count && gap2(best + 1) < gap2(best) {
            best += 1;
        }
        let Some(node) = self.nodes.get(best) else {
            return (0.0, 0.0);
        };
        // Foot on the circle through the node.
        let (c, s) = (cos(node.yaw_rad), sin(node.yaw_rad));
        let (dx, dy) = (x_m - node.x_m, y_m - node.y_m);
        let (ahead, left) = (dx * c + dy * s, dy * c - dx * s);
        let k = node.curvature_1pm;
        let along = if k.abs() < 1e-6 {
            ahead
        } else {
            crate::math::atan2(ahead * k, 1.0 - left * k) / k
        };
        let lateral = if k.abs() < 1e-6 {
            left
        } else {
            let reach = hypot(ahead * k, 1.0 - left * k);
            (1.0 - reach) / k
        };
        let station_of = |i: usize| self.nodes.get(i).map_or(node.station_m, |n| n.station_m);
        let station = (node.station_m + along)
            .clamp(station_of(best.saturating_sub(1)), station_of(best + 1));
        (station, if lateral.is_finite() { lateral } else { left })
    }

    /// The road position of a point near the route, on the road that the route takes there: unlike a
    /// search of the map it does not mistake one of the roads that fork for another. Gives the station, too.
    pub fn locate(
        &self,
        network: &RoadNetwork,
        x_m: f64,
        y_m: f64,
        station_hint_m: Option<f64>,
    ) -> Option<(f64, RoadPosition)> {
        if !(x_m.is_finite() && y_m.is_finite()) {
            return None;
        }
        let (station, _) = self.project(x_m, y_m, station_hint_m);
        let way = self.way_at(station);
        let index = self.segment_at(way);
        let segment = self.segments.get(index)?;
        let ahead = (way - self.starts_m.get(index)?).min(segment.length_m());
        let direction = (segment.s_end_m - segment.s_start_m).signum();
        let s = segment.s_start_m + direction * ahead;
        Some((station, network.locate_near(segment.road, s, x_m, y_m)?))
    }

    /// Signals that count for the route from a station on, with their distance ahead, metres, within
    /// a range; the nearest first.
    pub fn signals_ahead(
        &self,
        station_m: f64,
        range_m: f64,
    ) -> impl Iterator<Item = (f64, SignalIndex)> + '_ {
        let from = self.signals.partition_point(|(s, _)| *s < station_m);
        self.signals
            .get(from..)
            .unwrap_or_default()
            .iter()
            .map(move |(s, signal)| (s - station_m, *signal))
            .take_while(move |(distance, _)| *distance <= range_m)
    }
}
