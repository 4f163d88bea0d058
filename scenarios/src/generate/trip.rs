//! Trips without end: routes go on at random, and who leaves the map comes in again.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorId, ActorSpec, ActorState};
use sim::math::{Pose, hypot, tan, wrap_angle};
use sim::road::{ActorRoute, LaneKey, LanePosition, RoadNetwork, Route, RouteSegment};
use sim::seed::{self, Draw};
use sim::tick::Tick;
use sim::world::{Episode, Spec, WorldMap, WorldSnapshot};

use super::traffic::{driving_lanes, open_lanes, pose_on};

/// Routes begin with this length and grow by it, metres.
const ROUTE_M: f64 = 600.0;
/// Less than this ahead, a route goes on, metres.
const AHEAD_M: f64 = 250.0;
/// This far from the end of the last road, the vehicle has left, metres.
const LEFT_M: f64 = 20.0;
/// Somebody comes in only where nobody is within this distance, metres.
const ENTRY_GAP_M: f64 = 9.0;
/// Deceleration that is enough behind whoever is near where somebody comes in, m/s².
const ENTRY_MPS2: f64 = 2.0;
/// Length of all roads of a small map, metres.
const SMALL_MAP_M: f64 = 1000.0;
/// Somebody who stands across an entry or comes against it within this distance and this far beside its line
/// keeps it shut, metres.
const ACROSS_M: f64 = 14.0;
const BESIDE_M: f64 = 2.6;
/// Off the road, somebody comes in at least this far from the ends of a lane, metres.
const OFF_ENDS_M: f64 = 25.0;
/// A trip that bends or narrow lanes cut shorter than this is none, metres.
const SHORTEST_M: f64 = 80.0;
/// Ways on that are tried for one that suits the vehicle.
const DRAWS: usize = 8;
/// Length of what is kept of a route behind the vehicle, metres.
const BEHIND_M: f64 = 30.0;
/// Time between looks at the routes, seconds.
const PERIOD_S: f64 = 0.5;

/// How far along its route an actor is.
#[derive(Component, Clone, Debug, Default)]
pub struct Trip {
    station_m: f64,
    /// The route that the station holds for.
    on: Option<Arc<Route>>,
}

impl Trip {
    /// Station on the route as of the last look at it, metres.
    pub fn station_m(&self) -> f64 {
        self.station_m
    }
}

/// Where a route may begin.
pub(super) fn position(map: &RoadNetwork, key: LaneKey, done_m: f64) -> Option<LanePosition> {
    let (from, to) = map.lane_range_m(key)?;
    Some(LanePosition {
        road: key.road,
        lane_id: key.lane_id,
        s_m: from + (to - from).signum() * done_m,
        offset_m: 0.0,
    })
}

fn draw_seed(rng: &mut ChaCha8Rng) -> u64 {
    (rng.unit() * 9e15) as u64
}

/// A route at random from a place on a lane.
pub(super) fn set_out(
    map: &RoadNetwork,
    key: LaneKey,
    done_m: f64,
    length_m: f64,
    rng: &mut ChaCha8Rng,
) -> Option<Route> {
    map.random_route(&position(map, key, done_m)?, length_m, draw_seed(rng))
}

/// A route for a trip's start, of a few draws the longest that suits the vehicle.
pub(super) fn first_route(
    map: &RoadNetwork,
    bends: &mut Bends,
    spec: &ActorSpec,
    key: LaneKey,
    done_m: f64,
    rng: &mut ChaCha8Rng,
) -> Option<Arc<Route>> {
    let mut best: Option<Route> = None;
    for _ in 0..DRAWS {
        let Some(whole) = set_out(map, key, done_m, ROUTE_M, rng) else {
            continue;
        };
        // On small maps all trips are short.
        let least_m = if map.total_length_m() > SMALL_MAP_M {
            SHORTEST_M
        } else {
            (0.6 * whole.length_m()).min(SHORTEST_M)
        };
        let suits = cut_to_suit(map, bends, spec, whole).filter(|r| r.length_m() >= least_m);
        let Some(route) = suits else { continue };
        let is_longer = |b: &Route| route.length_m() > b.length_m() + 1.0;
        if best.as_ref().is_none_or(is_longer) {
            best = Some(route);
        }
        if best.as_ref().is_some_and(|b| b.length_m() > 0.9 * ROUTE_M) {
            break;
        }
    }
    best.map(Arc::new)
}

/// The sharpest bend of each lane that was asked for, 1/m.
#[derive(Default)]
pub(super) struct Bends(BTreeMap<LaneKey, f64>);

impl Bends {
    /// The sharpest bend of the lane of a segment, over 4 m, 1/m.
    fn sharpest_1pm(&mut self, map: &RoadNetwork, segment: &RouteSegment) -> f64 {
        let middle = 0.5 * (segment.s_start_m + segment.s_end_m);
        let Some(key) = map.lane_key(segment.road, middle, segment.lane_id) else {
            return 0.0;
        };
        let sharpest = || {
            let (from, to) = map.lane_range_m(key).unwrap_or_default();
            let count = ((to - from).abs() / 2.0) as usize;
            let poses: Vec<Pose> = (0..=count)
                .filter_map(|i| {
                    let s_m = from + (to - from).signum() * (2.0 * i as f64 + 1e-3);
                    let at = LanePosition {
                        road: key.road,
                        lane_id: key.lane_id,
                        s_m,
                        offset_m: 0.0,
                    };
                    Some(map.lane_pose(&at)?.pose)
                })
                .collect();
            poses
                .windows(3)
                .map(|w| match w {
                    [a, _, c] => {
                        let way = hypot(c.x_m - a.x_m, c.y_m - a.y_m).max(1.0);
                        wrap_angle(c.yaw_rad - a.yaw_rad).abs() / way
                    }
                    _ => 0.0,
                })
                .fold(0.0, f64::max)
        };
        *self.0.entry(key).or_insert_with(sharpest)
    }
}

/// The route up to the first junction that a vehicle does not get round, or the first lane that it does not
/// get through; `None` where that is at once.
fn cut_to_suit(
    map: &RoadNetwork,
    bends: &mut Bends,
    spec: &ActorSpec,
    route: Route,
) -> Option<Route> {
    let sharpest = 0.95 * tan(spec.max_steering_rad()) / spec.wheelbase_m();
    let is_narrow = |s: &RouteSegment| {
        let middle = 0.5 * (s.s_start_m + s.s_end_m);
        map.lane_width(s.road, middle, s.lane_id)
            .is_some_and(|w| w <= spec.bounding_box.width_m)
    };
    let mut kept = route.segments().len();
    for (i, segment) in route.segments().iter().enumerate() {
        if bends.sharpest_1pm(map, segment) > sharpest || is_narrow(segment) {
            kept = i;
            break;
        }
    }
    if kept == route.segments().len() {
        return Some(route);
    }
    // It does not end inside a junction.
    let inside = |s: &RouteSegment| map.road(s.road).is_some_and(|r| r.junction.is_some());
    let mut segments: Vec<RouteSegment> = route.segments().get(..kept)?.to_vec();
    while segments.last().is_some_and(inside) {
        segments.pop();
    }
    Route::new(map, segments)
}

/// Speed at the start of a route with which limits, bends and stops at junctions ahead are met at a gentle
/// braking, m/s.
pub(super) fn start_speed(map: &RoadNetwork, route: &Route) -> f64 {
    let in_junction = |m: f64| {
        let lane = route.sample(map, m).lane;
        map.road(lane.road).is_some_and(|r| r.junction.is_some())
    };
    let starts_inside = in_junction(0.0);
    let end_m = route.length_m().min(120.0);
    let mut least = f64::INFINITY;
    let mut at_m = 0.0;
    while at_m < end_m {
        let point = route.sample(map, at_m);
        let bend = (1.8 / point.curvature_1pm.abs().max(1e-4)).sqrt();
        let mut here = point.speed_limit_mps.unwrap_or(13.9).min(bend);
        if !starts_inside && in_junction(at_m) {
            // The front is before the reference point.
            let left_m = (at_m - 6.0).max(0.0);
            return least.min((2.0 * ENTRY_MPS2 * left_m).sqrt());
        }
        here = (here * here + 2.0 * ENTRY_MPS2 * at_m).sqrt();
        least = least.min(here);
        at_m += 2.0;
    }
    least.min((2.0 * ENTRY_MPS2 * route.length_m()).sqrt())
}

/// The route from a station on, with a random way after its end; `None` where no road goes on.
fn go_on(
    map: &RoadNetwork,
    bends: &mut Bends,
    spec: &ActorSpec,
    route: &Route,
    station_m: f64,
    rng: &mut ChaCha8Rng,
) -> Option<(Route, f64)> {
    let last = route.segments().last()?;
    let end = LanePosition {
        road: last.road,
        lane_id: last.lane_id,
        s_m: last.s_end_m,
        offset_m: 0.0,
    };
    let more = (0..DRAWS).find_map(|_| {
        let more = map.random_route(&end, ROUTE_M, draw_seed(rng))?;
        cut_to_suit(map, bends, spec, more).filter(|m| m.length_m() >= 5.0)
    })?;
    // A little of what lies behind is kept, so that whole vehicles are on their routes.
    let from_m = (station_m - BEHIND_M).max(0.0);
    let mut stretches = route.segment_stations_m();
    let kept = stretches.position(|(_, to)| to > from_m)?;
    let (start_m, _) = route.segment_stations_m().nth(kept)?;
    let mut segments: Vec<RouteSegment> = route.segments().get(kept..)?.to_vec();
    let mut hint_m = station_m - start_m;
    let changes_next = segments.get(1).is_some_and(|s| s.by_lane_change);
    if let Some(first) = segments.first_mut() {
        // Lane changes keep their shape.
        if !first.by_lane_change && !changes_next {
            let way = first.s_end_m - first.s_start_m;
            let cut = (from_m - start_m).clamp(0.0, 0.9 * way.abs());
            first.s_start_m += way.signum() * cut;
            hint_m -= cut;
        }
        first.by_lane_change = false;
    }
    segments.extend_from_slice(more.segments());
    Some((Route::new(map, segments)?, hint_m))
}

/// Lanes on which traffic comes in at the edge of the map.
fn entries(map: &RoadNetwork) -> Vec<LaneKey> {
    open_lanes(map)
        .filter(|key| {
            let is_edge = map.predecessors(*key).next().is_none();
            // A lane that opens beside another is no entry.
            let starts_wide = map.lane_range_m(*key).is_some_and(|(from, to)| {
                let s = from + 0.01 * (to - from).signum();
                map.lane_width(key.road, s, key.lane_id)
                    .is_some_and(|w| w > 2.5)
            });
            let is_long = map
                .lane_range_m(*key)
                .is_some_and(|(from, to)| (to - from).abs() > 25.0);
            is_edge && starts_wide && is_long
        })
        .collect()
}

/// Extends routes that run out, and brings vehicles that have left the map in again.
pub(super) fn travel(
    tick: Res<Tick>,
    episode: Res<Episode>,
    map: Res<WorldMap>,
    snapshot: Res<WorldSnapshot>,
    mut bends: Local<Bends>,
    mut trips: Query<(&ActorId, &Spec, &mut Trip, &mut ActorRoute, &mut ActorState)>,
) {
    if !tick.is_due(PERIOD_S) {
        return;
    }
    let map = &map.0;
    let mut by_id: BTreeMap<ActorId, _> = trips.iter_mut().map(|row| (*row.0, row)).collect();
    let mut places: BTreeMap<ActorId, (Pose, f64)> = snapshot
        .actors
        .iter()
        .map(|a| (a.id, (a.state.pose, a.state.speed_mps)))
        .collect();
    let mut open: Option<Vec<LaneKey>> = None;
    for (id, (_, spec, trip, route, state)) in &mut by_id {
        let pose = state.pose;
        // The drivers may have taken another route.
        let is_same = trip.on.as_ref().is_none_or(|on| Arc::ptr_eq(on, &route.0));
        // Another one begins about where it was taken; it may pass the place again later.
        let hint_m = if is_same { trip.station_m } else { 10.0 };
        let (station_m, _) = route.0.project(pose.x_m, pose.y_m, Some(hint_m));
        trip.station_m = station_m;
        trip.on = Some(route.0.clone());
        let left_m = route.0.length_m() - station_m;
        if left_m > AHEAD_M {
            continue;
        }
        let mut rng = seed::stream(episode.seed, Some(*id), &format!("trip.{}", tick.index));
        if let Some((longer, hint_m)) =
            go_on(map, &mut bends, &spec.0, &route.0, station_m, &mut rng)
        {
            trip.station_m = hint_m;
            route.0 = Arc::new(longer);
            trip.on = Some(route.0.clone());
            continue;
        }
        if left_m > LEFT_M {
            continue;
        }
        let entries = open.get_or_insert_with(|| entries(map));
        let Some((fresh, start)) = enter(map, &mut bends, entries, &spec.0, *id, &places, &mut rng)
        else {
            continue;
        };
        places.insert(*id, (start.pose, start.speed_mps));
        **state = start;
        trip.station_m = 0.0;
        route.0 = fresh;
        trip.on = Some(route.0.clone());
    }
}

/// A free entry: the route from there and the state at its beginning.
fn enter(
    map: &RoadNetwork,
    bends: &mut Bends,
    entries: &[LaneKey],
    spec: &ActorSpec,
    id: ActorId,
    places: &BTreeMap<ActorId, (Pose, f64)>,
    rng: &mut ChaCha8Rng,
) -> Option<(Arc<Route>, ActorState)> {
    let length_m = spec.bounding_box.length_m;
    for draw in 0..DRAWS {
        // Where all entries are full, or none suits, it comes in from off the road.
        let entry = entries
            .get(rng.index(entries.len()))
            .filter(|_| draw < DRAWS / 2)
            .map(|key| (*key, length_m.min(15.0)));
        let Some((key, done_m)) = entry.or_else(|| anywhere(map, rng)) else {
            continue;
        };
        let pose = pose_on(map, key, done_m, 0.0)?;
        let free_m = places
            .iter()
            // Who drives out beside the entry does not count.
            .filter(|(other, (p, _))| {
                let (ahead, left) = pose.to_local_xy(p.x_m, p.y_m);
                let is_across = ahead.abs() < ACROSS_M && left.abs() < BESIDE_M;
                let is_along = wrap_angle(p.yaw_rad - pose.yaw_rad).abs() < 2.0;
                **other != id && (is_along || is_across)
            })
            .map(|(_, (p, v))| {
                // Whoever comes sees it in time.
                let needed = ENTRY_GAP_M + 0.5 * v + v * v / (2.0 * ENTRY_MPS2);
                hypot(p.x_m - pose.x_m, p.y_m - pose.y_m) - 0.5 * length_m - needed
            })
            .fold(f64::INFINITY, f64::min);
        if free_m < 0.0 {
            continue;
        }
        let Some(route) = first_route(map, bends, spec, key, done_m, rng) else {
            continue;
        };
        let at = position(map, key, done_m)?;
        let limit = map.speed_limit_mps(at.road, at.lane_id, at.s_m);
        let speed = (0.7 * limit.unwrap_or(13.9))
            .min(0.9 * spec.performance.max_speed_mps)
            .min((2.0 * ENTRY_MPS2 * (free_m + 4.0)).sqrt())
            .min(start_speed(map, &route));
        return Some((route, ActorState::at(pose, speed)));
    }
    None
}

/// A place on an open lane, well off its ends: where a map has no edge to come in at.
fn anywhere(map: &RoadNetwork, rng: &mut ChaCha8Rng) -> Option<(LaneKey, f64)> {
    let lanes = driving_lanes(map);
    let (key, length_m) = *lanes.get(rng.index(lanes.len()))?;
    (length_m > 2.0 * OFF_ENDS_M + 1.0)
        .then(|| (key, rng.uniform(OFF_ENDS_M, length_m - OFF_ENDS_M)))
}
