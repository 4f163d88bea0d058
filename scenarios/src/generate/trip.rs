//! Trips without end: routes go on at random, and who leaves the map comes in again.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorId, ActorSpec, ActorState};
use sim::road::{ActorRoute, LaneKey, LanePosition, RoadNetwork, Route, RouteSegment};
use sim::seed::{self, Draw};
use sim::tick::Tick;
use sim::world::{Episode, Spec, WorldMap, WorldSnapshot};

use super::bends::{Bends, cut_to_suit};
use super::entry::{Place, Places, enter, entries};

/// Routes begin with this length and grow by it, metres.
const ROUTE_M: f64 = 600.0;
/// Less than this ahead, a route goes on, metres.
const AHEAD_M: f64 = 250.0;
/// This far from the end of the last road, the vehicle has left, metres.
const LEFT_M: f64 = 20.0;
/// Deceleration that is enough behind whoever is near where somebody comes in, m/s².
pub(super) const ENTRY_MPS2: f64 = 2.0;
/// Length of all roads of a small map, metres.
const SMALL_MAP_M: f64 = 1000.0;
/// A trip that bends or narrow lanes cut shorter than this is none, metres.
const SHORTEST_M: f64 = 80.0;
/// The same for one that ends on the road, metres.
const SHORTEST_CUT_M: f64 = 250.0;
/// The same on small maps, which have no longer ones, metres.
const SHORTEST_ON_SMALL_M: f64 = 25.0;
/// Waiting longer than this for an entry, one goes on even where it does not stay in its lane, seconds.
const HARDLY_S: f64 = 5.0;
/// Ways on that are tried for one that suits the vehicle.
pub(super) const DRAWS: usize = 8;
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
    /// How long it has been waiting for a free entry, seconds.
    waited_s: f64,
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
        let whole_m = whole.length_m();
        // On small maps all trips are short.
        let is_small = map.total_length_m() <= SMALL_MAP_M;
        let least_m = if is_small {
            (0.6 * whole_m).clamp(SHORTEST_ON_SMALL_M, SHORTEST_M)
        } else {
            SHORTEST_M
        };
        let Some(route) = cut_to_suit(map, bends, spec, whole, true) else {
            continue;
        };
        // A trip that ends on the road stands in the way there.
        let is_cut = route.length_m() < whole_m - 1.0;
        let least_cut_m = if is_small { whole_m } else { SHORTEST_CUT_M };
        if route.length_m() < if is_cut { least_cut_m } else { least_m } {
            continue;
        }
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

/// Any route from a place that takes the vehicle away from it.
pub(super) fn anything(
    map: &RoadNetwork,
    bends: &mut Bends,
    spec: &ActorSpec,
    key: LaneKey,
    done_m: f64,
    rng: &mut ChaCha8Rng,
) -> Option<Arc<Route>> {
    let whole = set_out(map, key, done_m, ROUTE_M, rng)?;
    cut_to_suit(map, bends, spec, whole, false)
        .filter(|r| r.length_m() >= SHORTEST_ON_SMALL_M)
        .map(Arc::new)
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
    (route, in_lane): (&Route, bool),
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
        cut_to_suit(map, bends, spec, more, in_lane).filter(|m| m.length_m() >= 5.0)
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
    let mut places: Places = snapshot
        .actors
        .iter()
        .map(|a| (a.id, Place::of(&a.spec, &a.state)))
        .collect();
    let mut open: Option<Vec<LaneKey>> = None;
    let mut leaving: Vec<(f64, ActorId)> = Vec::new();
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
        // Who stands at its end in the way of others rather goes on where it hardly fits.
        let way = (&*route.0, trip.waited_s < HARDLY_S);
        if let Some((longer, hint_m)) = go_on(map, &mut bends, &spec.0, way, station_m, &mut rng) {
            trip.waited_s = 0.0;
            trip.station_m = hint_m;
            route.0 = Arc::new(longer);
            trip.on = Some(route.0.clone());
            continue;
        }
        if left_m > LEFT_M {
            continue;
        }
        trip.waited_s += PERIOD_S;
        leaving.push((trip.waited_s, *id));
    }
    // Who has waited longest is the first to come in.
    leaving.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for (_, id) in leaving {
        let Some((_, spec, trip, route, state)) = by_id.get_mut(&id) else {
            continue;
        };
        let mut rng = seed::stream(episode.seed, Some(id), &format!("entry.{}", tick.index));
        let entries = open.get_or_insert_with(|| entries(map));
        let Some((fresh, start)) = enter(
            map,
            &mut bends,
            entries,
            &spec.0,
            id,
            (&places, trip.waited_s),
            &mut rng,
        ) else {
            continue;
        };
        places.insert(id, Place::of(&spec.0, &start));
        **state = start;
        route.0 = fresh;
        **trip = Trip {
            on: Some(route.0.clone()),
            ..Trip::default()
        };
    }
}
