//! Where and how vehicles come in again that have left the map.

use std::collections::BTreeMap;
use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorId, ActorSpec, ActorState};
use sim::math::{Pose, cos, hypot, sin, wrap_angle};
use sim::road::{LaneKey, RoadNetwork, Route};
use sim::seed::Draw;

use super::bends::Bends;
use super::traffic::{driving_lanes, open_lanes, pose_on};
use super::trip::{DRAWS, ENTRY_MPS2, anything, first_route, position, start_speed};

/// Nobody comes in on a lane that begins narrower than this, metres.
const NARROWEST_ENTRY_M: f64 = 1.5;
/// Somebody comes in only where nobody is within this distance, metres.
const ENTRY_GAP_M: f64 = 9.0;
/// Somebody who stands across an entry or comes against it within this distance keeps it shut, and room beside
/// whoever stands or drives past, metres.
const ACROSS_M: f64 = 14.0;
const ROOM_M: f64 = 0.5;
/// The first piece of a route is looked along in steps, its very beginning for everybody and the rest for those who
/// do not go the same way, who may come nearer yet by this much, metres.
const FIRST_STEP_M: f64 = 5.0;
const FIRST_STEPS: u32 = 6;
const BEGINNING_STEPS: u32 = 2;
const CLOSING_M: f64 = 1.0;
/// Off the road, somebody comes in at least this far from the ends of a lane, metres.
const OFF_ENDS_M: f64 = 25.0;
/// Waiting longer than this for an entry, any trip will do, seconds.
const ANY_S: f64 = 30.0;

/// Lanes on which traffic comes in at the edge of the map.
pub(super) fn entries(map: &RoadNetwork) -> Vec<LaneKey> {
    open_lanes(map)
        .filter(|key| {
            let is_edge = map.predecessors(*key).next().is_none();
            // A lane that opens beside another is no entry.
            let starts_wide = map.lane_range_m(*key).is_some_and(|(from, to)| {
                let s = from + 0.01 * (to - from).signum();
                map.lane_width(key.road, s, key.lane_id)
                    .is_some_and(|w| w > NARROWEST_ENTRY_M)
            });
            is_edge && starts_wide
        })
        .collect()
}

/// What an entry needs to know of somebody.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pose: Pose,
    speed_mps: f64,
    half_width_m: f64,
    drives: bool,
}

pub(super) type Places = BTreeMap<ActorId, Place>;

impl Place {
    pub(super) fn of(spec: &ActorSpec, state: &ActorState) -> Self {
        Self {
            pose: state.pose,
            speed_mps: state.speed_mps,
            half_width_m: 0.5 * spec.bounding_box.width_m,
            drives: spec.class.is_vehicle() && state.speed_mps > 0.3,
        }
    }
}

/// How fast somebody may come in at a pose with another one about, m/s; `None` where
/// the other one is too near, or comes and could not stop behind him in comfort.
fn entry_speed(pose: &Pose, spec: &ActorSpec, other: &Place) -> Option<f64> {
    let (ahead_m, left_m) = pose.to_local_xy(other.pose.x_m, other.pose.y_m);
    let turn = wrap_angle(other.pose.yaw_rad - pose.yaw_rad);
    let b = &spec.bounding_box;
    let beside_m = 0.5 * b.width_m + other.half_width_m + ROOM_M;
    let is_across = ahead_m.abs() < ACROSS_M && left_m.abs() < beside_m;
    if !is_across && (turn.abs() >= 2.0 || !other.drives && left_m.abs() > beside_m) {
        // Who drives out beside the entry, or stands or walks there, does not count.
        return Some(f64::INFINITY);
    }
    let gap_m = hypot(ahead_m, left_m) - 0.5 * b.length_m - ENTRY_GAP_M;
    let v = other.speed_mps;
    let leads = ahead_m > 0.0 && turn.abs() < 1.2;
    let comes = -(ahead_m * cos(turn) + left_m * sin(turn)) * v;
    let needed_m = if leads || comes <= 0.0 {
        0.0
    } else {
        0.5 * v + v * v / (2.0 * ENTRY_MPS2)
    };
    let left = gap_m - needed_m;
    let along = if leads { 0.8 * v * v } else { 0.0 };
    (left >= 0.0).then(|| (along + 2.0 * ENTRY_MPS2 * (left + 4.0)).sqrt())
}

/// Whether somebody is on the very beginning of a route, or does not go the same way and is in or near the
/// first piece of it.
fn meets_somebody(
    map: &RoadNetwork,
    route: &Route,
    (id, spec): (ActorId, &ActorSpec),
    places: &Places,
) -> bool {
    (1..=FIRST_STEPS).any(|k| {
        let at = route.sample(map, FIRST_STEP_M * f64::from(k)).pose;
        places.iter().any(|(other, place)| {
            let (ahead_m, left_m) = at.to_local_xy(place.pose.x_m, place.pose.y_m);
            let same_way = wrap_angle(place.pose.yaw_rad - at.yaw_rad).abs() < 1.2;
            let counts = *other != id && (!same_way || k <= BEGINNING_STEPS);
            let beside_m = 0.5 * spec.bounding_box.width_m + place.half_width_m + ROOM_M;
            // Who moves may come nearer yet; those who wait to leave stand beside entries for long.
            let closing_m = if place.drives && !same_way {
                CLOSING_M
            } else {
                0.0
            };
            counts && ahead_m.abs() < FIRST_STEP_M && left_m.abs() < beside_m + closing_m
        })
    })
}

/// A free entry: the route from there and the state at its beginning.
pub(super) fn enter(
    map: &RoadNetwork,
    bends: &mut Bends,
    entries: &[LaneKey],
    spec: &ActorSpec,
    id: ActorId,
    (places, waited_s): (&Places, f64),
    rng: &mut ChaCha8Rng,
) -> Option<(Arc<Route>, ActorState)> {
    let length_m = spec.bounding_box.length_m;
    for draw in 0..DRAWS {
        // Where all entries are full, or none suits, it comes in from off the road.
        let entry = entries
            .get(rng.index(entries.len()))
            .filter(|_| draw < DRAWS / 2)
            .map(|key| {
                let (from, to) = map.lane_range_m(*key).unwrap_or_default();
                (
                    *key,
                    length_m.min(15.0).min((to - from).abs() - 0.5).max(0.0),
                )
            });
        let Some((key, done_m)) = entry.or_else(|| anywhere(map, rng)) else {
            continue;
        };
        let Some(pose) = pose_on(map, key, done_m, 0.0) else {
            continue;
        };
        let others = places.iter().filter(|(other, _)| **other != id);
        let Some(fastest) = others
            .map(|(_, other)| entry_speed(&pose, spec, other))
            .try_fold(f64::INFINITY, |least, speed| Some(least.min(speed?)))
        else {
            continue;
        };
        let least = if waited_s > ANY_S {
            anything(map, bends, spec, key, done_m, rng)
        } else {
            first_route(map, bends, spec, key, done_m, rng)
        };
        let Some(route) = least else { continue };
        if meets_somebody(map, &route, (id, spec), places) {
            continue;
        }
        let at = position(map, key, done_m)?;
        let limit = map.speed_limit_mps(at.road, at.lane_id, at.s_m);
        let speed = (0.7 * limit.unwrap_or(13.9))
            .min(0.9 * spec.performance.max_speed_mps)
            .min(fastest)
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
