//! Changes of lanes: who hinders one here, who is beside, and the route over the other lane.

use sim::math::{cos, sin};
use sim::road::{LaneKey, LanePosition, LaneType, RoadNetwork, Route, RouteSegment};

use super::mobil::{Change, MobilParams, Neighbour, behind, gain};
use super::mover::Mover;
use crate::map::lane_under;
use crate::rules::corridor::extent_on;
use crate::rules::scene::Scene;

/// Way from the beginning to the end of a change: at least, and in seconds of the speed limit.
const WAY_M: f64 = 50.0;
const WAY_S: f64 = 4.0;
/// Free way to the next junction after a change, metres.
const BEFORE_JUNCTION_M: f64 = 35.0;
/// How far others are looked for, metres.
const SIGHT_M: f64 = 90.0;
/// Room beside a vehicle that counts as in the other lane, metres.
const BESIDE_M: f64 = 0.4;
/// Length of the route behind a change, metres.
const ROUTE_M: f64 = 600.0;
/// What of the lane behind the vehicle belongs to the new route, metres.
const BEHIND_M: f64 = 12.0;

/// The other lane that is worth a change, with where the vehicle is on its own one.
#[derive(Clone, Debug)]
pub struct Wish {
    own: LaneKey,
    other: LaneKey,
    s_m: f64,
    way_m: f64,
}

/// The change of lanes that a vehicle gains most by, if one is safe and worth it. `accels` are everybody's
/// of now, m/s².
pub fn wish(
    network: &RoadNetwork,
    scene: &Scene,
    movers: &[Mover],
    accels: &[f64],
    index: usize,
    params: &MobilParams,
) -> Option<Wish> {
    let me = &movers[index];
    let body = &scene.bodies[me.body];
    let (own, s_m) = lane_under(network, &body.pose)?;
    let (from, to) = network.lane_range_m(own)?;
    let direction = (to - from).signum();
    let limit = me.course.path.sample(me.front_m).speed_limit_mps;
    let way_m = WAY_M.max(WAY_S * limit);
    let room = (to - s_m).abs();
    let next = me
        .stretches
        .iter()
        .find(|s| s.end_m > me.rear_m)
        .map_or(f64::MAX, |s| s.stop_m - me.front_m);
    if room < way_m + 10.0 || next < way_m + BEFORE_JUNCTION_M || body.lateral_m.abs() > 0.4 {
        return None;
    }
    let t = |lane: LaneKey| network.lane_center_t(lane.road, s_m, lane.lane_id);
    let sides = [
        (network.left_neighbour(own), false),
        (network.right_neighbour(own), true),
    ];
    let mut best: Option<(f64, Wish)> = None;
    for (other, to_right) in sides {
        let Some(other) = other else { continue };
        let end_s = s_m + direction * way_m;
        let is_open = [s_m, end_s].iter().all(|s| {
            network.lane_type(other.road, *s, other.lane_id) == Some(LaneType::Driving)
                && network
                    .lane_width(other.road, *s, other.lane_id)
                    .is_some_and(|w| w > body.width_m + 0.4)
        });
        let leads_on = network.successors(other).next().is_some() || room > 200.0;
        let Some(shift_m) = t(other).zip(t(own)).map(|(b, a)| (b - a) * direction) else {
            continue;
        };
        if !is_open || !leads_on {
            continue;
        }
        let Some(change) = change_to(scene, movers, accels, index, shift_m, to_right) else {
            continue;
        };
        let Some(worth) = gain(params, &change).filter(|g| *g > 0.0) else {
            continue;
        };
        if best.as_ref().is_none_or(|(b, _)| worth > *b) {
            best = Some((
                worth,
                Wish {
                    own,
                    other,
                    s_m,
                    way_m,
                },
            ));
        }
    }
    best.map(|(_, wish)| wish)
}

/// Accelerations without and with a change; `None` where somebody is beside.
fn change_to(
    scene: &Scene,
    movers: &[Mover],
    accels: &[f64],
    index: usize,
    shift_m: f64,
    to_right: bool,
) -> Option<Change> {
    let me = &movers[index];
    let body = &scene.bodies[me.body];
    let path = &me.course.path;
    let half = 0.5 * body.width_m + BESIDE_M;
    let mut leader: Option<Neighbour> = None;
    for (k, other) in scene.bodies.iter().enumerate() {
        let (dx, dy) = (
            other.center_m[0] - body.center_m[0],
            other.center_m[1] - body.center_m[1],
        );
        if k == me.body || dx.abs().max(dy.abs()) > SIGHT_M + 20.0 {
            continue;
        }
        let from = (me.rear_m - 15.0).max(0.0);
        let Some([first, last, right, left]) = extent_on(path, other, from, me.front_m + SIGHT_M)
        else {
            continue;
        };
        let beside = left > shift_m - half && right < shift_m + half;
        if !beside || last < me.rear_m - 1.0 {
            continue;
        }
        if first < me.front_m + 1.0 {
            return None;
        }
        let yaw = path.sample(first).yaw_rad;
        let along = other.velocity_mps[0] * cos(yaw) + other.velocity_mps[1] * sin(yaw);
        let gap_m = first - me.front_m;
        if leader.is_none_or(|l| gap_m < l.gap_m) {
            leader = Some(Neighbour {
                gap_m,
                // Whoever comes against is none to follow.
                speed_mps: if along < -0.5 { return None } else { along },
            });
        }
    }
    let (v, wanted) = (me.speed_mps.max(0.0), me.course.speed_mps(me.front_m));
    let mut change = Change {
        own: [accels[index], behind(&me.params, v, wanted, leader)],
        to_right,
        ..Change::default()
    };
    // Whose course leads through the place beside.
    let place = path.pose(me.front_m - 0.5 * me.length_m, shift_m);
    let mut nearest = f64::MAX;
    for (k, other) in movers.iter().enumerate() {
        let far = other.front_m + SIGHT_M + 20.0;
        let course = &other.course.path;
        let (x, y) = (place.x_m, place.y_m);
        let (dx, dy) = (
            scene.bodies[other.body].center_m[0] - x,
            scene.bodies[other.body].center_m[1] - y,
        );
        if k == index || dx.abs().max(dy.abs()) > SIGHT_M + 20.0 {
            continue;
        }
        let at = course.project_within(x, y, other.front_m, far);
        let gap_m = at.station_m - 0.5 * me.length_m - other.front_m;
        if at.distance_m > 1.2 || gap_m > nearest {
            continue;
        }
        if gap_m < 2.0 {
            return None;
        }
        nearest = gap_m;
        let (u, theirs) = (
            other.speed_mps.max(0.0),
            other.course.speed_mps(other.front_m),
        );
        let now = if other.is_managed { accels[k] } else { 0.0 };
        let mine = Neighbour {
            gap_m,
            speed_mps: v,
        };
        change.new_follower = [now, behind(&other.params, u, theirs, Some(mine))];
    }
    let follower = movers
        .iter()
        .enumerate()
        .find(|(_, m)| m.is_managed && m.strip.first().is_some_and(|o| o.body == Some(me.body)));
    if let Some((k, other)) = follower {
        let gap = me.strip.first().map(|o| Neighbour {
            gap_m: o.gap_m + me.length_m + other.strip.first().map_or(0.0, |f| f.gap_m),
            speed_mps: o.speed_mps,
        });
        let u = other.speed_mps.max(0.0);
        let after = behind(&other.params, u, other.course.speed_mps(other.front_m), gap);
        change.old_follower = [accels[k], after.max(accels[k])];
    }
    Some(change)
}

/// The route that goes over to the other lane, and on at random.
pub fn route_over(network: &RoadNetwork, wish: &Wish, seed: u64) -> Option<Route> {
    let (from, to) = network.lane_range_m(wish.own)?;
    let along = (to - from).signum();
    let back = ((wish.s_m - from) * along).clamp(0.0, BEHIND_M);
    let middle = wish.s_m + along * 0.5 * wish.way_m;
    let on = LanePosition {
        road: wish.other.road,
        lane_id: wish.other.lane_id,
        s_m: middle,
        offset_m: 0.0,
    };
    let ahead = network.random_route(&on, ROUTE_M, seed)?;
    let segment = |lane_id, s_start_m, s_end_m, by_lane_change| RouteSegment {
        road: wish.own.road,
        lane_id,
        s_start_m,
        s_end_m,
        by_lane_change,
    };
    let mut segments = vec![segment(
        wish.own.lane_id,
        wish.s_m - along * back,
        middle,
        false,
    )];
    for (i, s) in ahead.segments().iter().enumerate() {
        segments.push(RouteSegment {
            by_lane_change: s.by_lane_change || i == 0,
            ..*s
        });
    }
    Route::new(network, segments).filter(|r| r.length_m() > 150.0)
}
