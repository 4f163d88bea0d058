//! Routes: lanes one after another, as one smooth line with stations in driving direction.
//!
//! Inside, `way` counts metres of the roads' reference lines; a station counts metres of the line
//! that is driven, which differ where a lane runs at the inner or outer side of a bend.

mod change;
mod line;
mod project;

use std::sync::Arc;

use bevy::prelude::Component;

use change::Change;

use super::network::{RoadIndex, RoadNetwork};
use super::{LaneKey, SignalIndex};
use crate::math::Pose;

/// Distance of the points that projections use, metres.
const STEP_M: f64 = 1.0;
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
        // Coordinates that no map should have overflow.
        if !route.length_m().is_finite() {
            return None;
        }
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
