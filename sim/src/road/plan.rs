//! Finding routes over the lane graph.

use pathfinding::prelude::dijkstra;

use super::network::RoadNetwork;
use super::route::{Route, RouteSegment};
use super::{LaneKey, LanePosition};
use crate::math::wrap_angle;
use crate::seed::{Draw, stream};

/// What a lane change costs beside the way, metres.
const CHANGE_COST_M: f64 = 20.0;
/// A lane change wants this much way, metres; less costs more.
const CHANGE_ROOM_M: f64 = 40.0;
/// Who follows lanes changes to the one beside on no less than this, metres.
const SHORTEST_CHANGE_M: f64 = 20.0;
/// Lanes of a followed route, at most.
const MAX_FOLLOWED: usize = 10_000;

/// A lane on the way, and whether the leg's start lies in this section.
type State = (LaneKey, bool);

impl RoadNetwork {
    /// The shortest route from a position through waypoints in order, to the last of them. Lanes may
    /// be changed between neighbours of one direction. A waypoint whose lane can't be reached is
    /// passed on another lane of its direction. `None` where there is no way.
    pub fn plan_route(&self, from: &LanePosition, waypoints: &[LanePosition]) -> Option<Route> {
        let mut segments = Vec::new();
        let mut at = *from;
        for waypoint in waypoints {
            let leg = self
                .plan_leg(&at, waypoint, true)
                .or_else(|| self.plan_leg(&at, waypoint, false))?;
            let last = leg.last()?;
            at = LanePosition {
                road: last.road,
                lane_id: last.lane_id,
                s_m: last.s_end_m,
                offset_m: 0.0,
            };
            segments.extend(leg);
        }
        Route::new(self, segments)
    }

    fn plan_leg(
        &self,
        from: &LanePosition,
        to: &LanePosition,
        exact: bool,
    ) -> Option<Vec<RouteSegment>> {
        let start = self.lane_key(from.road, from.s_m, from.lane_id)?;
        let goal = self.lane_key(to.road, to.s_m, to.lane_id)?;
        if from.lane_id == 0 || to.lane_id == 0 {
            return None;
        }
        let direction = self.driving_direction(goal.road, goal.lane_id);
        let ahead = (to.s_m - from.s_m) * f64::from(direction) >= 0.0;
        let reached = |(lane, fresh): &State| {
            lane.road == goal.road
                && lane.section == goal.section
                && (lane.lane_id == goal.lane_id
                    || (!exact && self.driving_direction(lane.road, lane.lane_id) == direction))
                && (!fresh || ahead)
        };
        let room = |(lane, fresh): &State| {
            let (low, high) = self.lane_range_m(*lane).unwrap_or_default();
            let start = if *fresh { from.s_m } else { low };
            let end = if lane.road == goal.road && lane.section == goal.section && (!fresh || ahead)
            {
                to.s_m
            } else {
                high
            };
            (end - start).abs()
        };
        let millimetres = |m: f64| (m.clamp(0.0, 1e9) * 1000.0) as u64;
        let next = |state: &State| {
            let (lane, fresh) = *state;
            let room = room(state);
            let change = CHANGE_COST_M + 3.0 * (CHANGE_ROOM_M - room).max(0.0);
            let beside = [self.left_neighbour(lane), self.right_neighbour(lane)];
            let mut edges: Vec<(State, u64)> = beside
                .into_iter()
                .flatten()
                .map(|other| ((other, fresh), millimetres(change)))
                .collect();
            edges.extend(
                self.ways_on(lane)
                    .map(|other| ((other, false), millimetres(room))),
            );
            edges
        };
        let (path, _) = dijkstra(&(start, true), next, reached)?;
        Some(self.segments(&path, from.s_m, to.s_m))
    }

    /// Cuts the way through each section into its lanes.
    fn segments(&self, path: &[State], s_from_m: f64, s_to_m: f64) -> Vec<RouteSegment> {
        let mut segments = Vec::new();
        let groups: Vec<&[State]> = path
            .chunk_by(|(a, fresh_a), (b, fresh_b)| {
                a.road == b.road
                    && a.section == b.section
                    && fresh_a == fresh_b
                    && a != b
                    && self.successors(*a).all(|n| n != *b)
            })
            .collect();
        for (i, group) in groups.iter().enumerate() {
            let Some((first, fresh)) = group.first() else {
                continue;
            };
            let (entry, exit) = self.lane_range_m(*first).unwrap_or_default();
            let begin = if *fresh && i == 0 { s_from_m } else { entry };
            let end = if i + 1 == groups.len() { s_to_m } else { exit };
            let part = ((end - begin) / group.len() as f64).clamp(-CHANGE_ROOM_M, CHANGE_ROOM_M);
            for (j, (lane, _)) in group.iter().enumerate() {
                let s = |k: usize| begin + part * k as f64;
                segments.push(RouteSegment {
                    road: lane.road,
                    lane_id: lane.lane_id,
                    s_start_m: s(j),
                    s_end_m: if j + 1 == group.len() { end } else { s(j + 1) },
                    by_lane_change: j > 0,
                });
            }
        }
        segments
    }

    /// A route that follows the lane for a length and goes straight on where roads fork; the seed
    /// decides between ways that are equally straight. Where its lane ends it changes to a neighbour;
    /// it is shorter where the road ends.
    pub fn follow_lane_route(
        &self,
        from: &LanePosition,
        length_m: f64,
        seed: u64,
    ) -> Option<Route> {
        self.follow(from, length_m, seed, true)
    }

    /// As [`Self::follow_lane_route`], but each fork is drawn from the seed.
    pub fn random_route(&self, from: &LanePosition, length_m: f64, seed: u64) -> Option<Route> {
        self.follow(from, length_m, seed, false)
    }

    fn follow(
        &self,
        from: &LanePosition,
        length_m: f64,
        seed: u64,
        straight: bool,
    ) -> Option<Route> {
        let mut lane = self.lane_key(from.road, from.s_m, from.lane_id)?;
        if from.lane_id == 0 || !length_m.is_finite() {
            return None;
        }
        let mut rng = stream(seed, None, "route");
        let mut segments = Vec::new();
        let (mut s, mut left) = (from.s_m, length_m);
        for _ in 0..MAX_FOLLOWED {
            let (_, exit) = self.lane_range_m(lane)?;
            let mut options: Vec<LaneKey> = self.ways_on(lane).collect();
            let room = (exit - s).abs();
            let mut change = None;
            if options.is_empty() && (SHORTEST_CHANGE_M..left).contains(&room) {
                let beside = [self.left_neighbour(lane), self.right_neighbour(lane)];
                change = beside
                    .into_iter()
                    .flatten()
                    .find(|other| self.ways_on(*other).next().is_some());
            }
            let mut segment = RouteSegment {
                road: lane.road,
                lane_id: lane.lane_id,
                s_start_m: s,
                s_end_m: exit,
                by_lane_change: false,
            };
            if let Some(other) = change {
                let middle = s + 0.5 * (exit - s);
                segment.s_end_m = middle;
                segments.push(segment);
                segment = RouteSegment {
                    lane_id: other.lane_id,
                    s_start_m: middle,
                    s_end_m: exit,
                    by_lane_change: true,
                    ..segment
                };
                lane = other;
                options = self.ways_on(lane).collect();
            }
            if room >= left {
                segment.s_end_m = s + (exit - s) * left / room.max(1e-9);
                segments.push(segment);
                break;
            }
            segments.push(segment);
            left -= room;
            if straight {
                let turns: Vec<f64> = options.iter().map(|o| self.turn_rad(lane, *o)).collect();
                let least = turns.iter().copied().fold(f64::INFINITY, f64::min);
                let mut keep = turns.iter().map(|turn| *turn <= least + 0.02);
                options.retain(|_| keep.next().unwrap_or(false));
            }
            let Some(next) = options.get(rng.index(options.len())) else {
                break;
            };
            lane = *next;
            s = self.lane_range_m(lane)?.0;
        }
        Route::new(self, segments)
    }

    /// Lanes to go on to: motor traffic keeps to the lanes that are for it.
    fn ways_on(&self, lane: LaneKey) -> impl Iterator<Item = LaneKey> + '_ {
        let drivable = self.is_drivable_lane(lane);
        self.successors(lane)
            .filter(move |next| !drivable || self.is_drivable_lane(*next))
    }

    pub(super) fn is_drivable_lane(&self, key: LaneKey) -> bool {
        self.road(key.road)
            .and_then(|road| road.sections.get(key.section as usize)?.lane(key.lane_id))
            .is_some_and(|lane| lane.kind.is_drivable())
    }

    /// By how much one turns from the end of a lane to the end of the next, radians, without sign.
    pub fn turn_rad(&self, from: LaneKey, to: LaneKey) -> f64 {
        let heading = |lane: LaneKey| {
            let (_, exit) = self.lane_range_m(lane)?;
            let road = self.road(lane.road)?;
            let back = if road.driving_direction(lane.lane_id) > 0 {
                0.0
            } else {
                crate::math::PI
            };
            Some(road.plan.evaluate(exit).heading_rad + back)
        };
        match (heading(from), heading(to)) {
            (Some(a), Some(b)) => wrap_angle(b - a).abs(),
            _ => 0.0,
        }
    }
}
