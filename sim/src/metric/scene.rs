//! Who is near the ego vehicle, in coordinates along its lane, ten times a second.
//!
//! Metrics of following, cut-in and safe distance share it. Along and left follow the ego vehicle's
//! route or, without one, the road that it is on (in the direction in which it faces, and straight on
//! beyond the road's ends); off all roads they are its own axes.

use std::collections::BTreeMap;

use super::sample::Sample;
use crate::actor::ActorId;
use crate::math::{atan2, cos, hypot, sin, wrap_angle};
use crate::physics::Footprint;
use crate::road::{RoadIndex, RoadNetwork, Route};
use crate::world::ActorSnapshot;

/// Time between two scenes, seconds, in whole ticks.
pub(super) const PERIOD_S: f64 = 0.1;

/// Those near the ego vehicle at one time.
pub(super) struct Scene<'a> {
    /// Time since the scene before, seconds.
    pub dt_s: f64,
    /// The ego vehicle's speed along the lane and to its left, m/s.
    pub speed_mps: (f64, f64),
    /// Borders of the lane that it is in, left and right of the middle of its box, metres; the right
    /// one is negative. `None` off all lanes.
    pub lane_m: Option<(f64, f64)>,
    /// The others, by id.
    pub near: Vec<Near<'a>>,
}

/// One of those near.
#[derive(Clone, Copy)]
pub(super) struct Near<'a> {
    /// The actor.
    pub actor: &'a ActorSnapshot,
    /// Its box.
    pub print: &'a Footprint,
    /// Way along the lane from the middle of the ego vehicle's box to that of its own, metres.
    pub ahead_m: f64,
    /// How far it is to the left, as above, metres.
    pub left_m: f64,
    /// Free way between the two along the lane, metres; negative where they are beside one another.
    pub gap_m: f64,
    /// Free width between the two across the lane, metres; negative where one is before the other.
    pub side_gap_m: f64,
    /// Half of its own extent across the lane, metres.
    pub half_width_m: f64,
    /// Its speed along the lane and to its left, m/s.
    pub speed_mps: (f64, f64),
    /// Its heading against the lane's, radians.
    pub turn_rad: f64,
}

impl Scene<'_> {
    /// The next one on the ego vehicle's way: ahead, and not beside its path.
    pub fn lead(&self) -> Option<&Near<'_>> {
        self.near
            .iter()
            .filter(|n| n.ahead_m > 0.0 && n.gap_m >= 0.0 && n.side_gap_m < 0.0)
            .min_by(|a, b| a.gap_m.total_cmp(&b.gap_m))
    }
}

/// What along and left follow.
#[derive(Clone, Copy)]
enum Line<'a> {
    Route(&'a Route, &'a RoadNetwork),
    Road {
        map: &'a RoadNetwork,
        road: RoadIndex,
        sign: f64,
    },
    Straight(f64, f64, f64),
}

impl Line<'_> {
    /// Coordinates of a point, from a hint of the first on; 1 m steps in them are 1 m in the world.
    fn at(self, x: f64, y: f64, hint_m: Option<f64>) -> Option<(f64, f64)> {
        match self {
            Self::Route(route, map) => {
                let (station, lateral) = route.project(x, y, hint_m);
                if station > 1e-6 && station < route.length_m() - 1e-6 {
                    return Some((station, lateral));
                }
                let end = route.sample(map, station).pose;
                let (ahead, left) = end.to_local_xy(x, y);
                Some((station + ahead, left))
            }
            Self::Road { map, road, sign } => {
                let length = map.road(road)?.length_m;
                let found = match hint_m {
                    Some(along) => {
                        map.locate_near(road, (sign * along).clamp(0.0, length.max(0.0)), x, y)
                    }
                    None => map.locate_on(road, x, y),
                }?;
                if found.s_m > 1e-6 && found.s_m < length - 1e-6 {
                    return Some((sign * found.s_m, sign * found.t_m));
                }
                let end = map.road(road)?.plan.evaluate(found.s_m);
                let (c, s) = (cos(end.heading_rad), sin(end.heading_rad));
                let (dx, dy) = (x - end.x_m, y - end.y_m);
                Some((
                    sign * (found.s_m + dx * c + dy * s),
                    sign * (dy * c - dx * s),
                ))
            }
            Self::Straight(px, py, yaw) => {
                let (c, s) = (cos(yaw), sin(yaw));
                let (dx, dy) = (x - px, y - py);
                Some((dx * c + dy * s, dy * c - dx * s))
            }
        }
    }
}

/// A box in coordinates along a line.
struct Placed {
    along_m: f64,
    left_m: f64,
    half: (f64, f64),
    speed_mps: (f64, f64),
    turn_rad: f64,
}

/// Makes scenes, and remembers where everybody was in the last one.
#[derive(Clone, Default)]
pub(super) struct SceneMaker {
    line: Option<(Option<RoadIndex>, bool)>,
    along_m: BTreeMap<ActorId, f64>,
}

impl SceneMaker {
    /// The scene of a tick, where one is due.
    pub fn make<'a>(&mut self, sample: &Sample<'a>, tick: u64) -> Option<Scene<'a>> {
        let every = (PERIOD_S / sample.dt_s).round().clamp(1.0, 1e6);
        if !tick.is_multiple_of(every as u64) {
            return None;
        }
        let pose = &sample.ego.state.pose;
        let place = sample.place;
        let road_heading = |road: RoadIndex, s: f64| {
            sample
                .map
                .road(road)
                .map_or(pose.yaw_rad, |r| r.plan.evaluate(s).heading_rad)
        };
        let line = match (&sample.route, place) {
            (Some(on), _) => Line::Route(on.route, sample.map),
            (None, Some(p)) => Line::Road {
                map: sample.map,
                road: p.road,
                sign: if cos(pose.yaw_rad - road_heading(p.road, p.s_m)) < 0.0 {
                    -1.0
                } else {
                    1.0
                },
            },
            (None, None) => Line::Straight(pose.x_m, pose.y_m, pose.yaw_rad),
        };
        let key = match line {
            Line::Route(..) => (None, sample.route.as_ref().is_some_and(|on| on.is_new)),
            Line::Road { road, sign, .. } => (Some(road), sign < 0.0),
            Line::Straight(..) => (None, true),
        };
        if self.line != Some(key) || key == (None, true) {
            self.along_m.clear();
            self.line = Some(key);
        }
        let start = match line {
            Line::Route(..) => sample.route.as_ref().map(|on| on.station_m),
            Line::Road { sign, .. } => place.map(|p| sign * p.s_m),
            Line::Straight(..) => None,
        };
        let own = placed(line, sample.ego, &sample.own, start)?;
        let ego_speed = sample.ego.state.speed_mps.abs();
        let mut near = Vec::new();
        let mut seen = BTreeMap::new();
        for (actor, print) in sample.others {
            let (dx, dy) = (
                print.center.0 - sample.own.center.0,
                print.center.1 - sample.own.center.1,
            );
            let reach = reach_m(ego_speed, actor.state.speed_mps.abs());
            if dx * dx + dy * dy > reach * reach
                || print.z.0 > sample.own.z.1
                || sample.own.z.0 > print.z.1
            {
                continue;
            }
            let hint = match line {
                // A route that leads past here again must not be taken for its later part.
                Line::Route(..) => {
                    Some(self.along_m.get(&actor.id).copied().unwrap_or_else(|| {
                        own.along_m + dx * cos(pose.yaw_rad) + dy * sin(pose.yaw_rad)
                    }))
                }
                _ => self.along_m.get(&actor.id).copied(),
            };
            let Some(other) = placed(line, actor, print, hint) else {
                continue;
            };
            seen.insert(actor.id, other.along_m);
            let (ahead, left) = (other.along_m - own.along_m, other.left_m - own.left_m);
            near.push(Near {
                actor,
                print,
                ahead_m: ahead,
                left_m: left,
                gap_m: ahead.abs() - own.half.0 - other.half.0,
                side_gap_m: left.abs() - own.half.1 - other.half.1,
                half_width_m: other.half.1,
                speed_mps: other.speed_mps,
                turn_rad: other.turn_rad,
            });
        }
        self.along_m = seen;
        Some(Scene {
            dt_s: every * sample.dt_s,
            speed_mps: own.speed_mps,
            lane_m: lane_borders(sample, own.turn_rad),
            near,
        })
    }
}

/// Farther than this two who drive so fast are of no concern to one another, metres: both stop within
/// it at 4 m/s² after a second, with room to spare.
fn reach_m(a_mps: f64, b_mps: f64) -> f64 {
    60.0 + 2.0 * (a_mps + b_mps) + 0.15 * (a_mps * a_mps + b_mps * b_mps)
}

fn placed(
    line: Line<'_>,
    actor: &ActorSnapshot,
    print: &Footprint,
    hint_m: Option<f64>,
) -> Option<Placed> {
    let (x, y) = print.center;
    let (along, left) = line.at(x, y, hint_m)?;
    // The direction of the line where it is, from a step along its own axis.
    const STEP_M: f64 = 0.5;
    let (along_2, left_2) = line.at(
        x + STEP_M * print.axis.0,
        y + STEP_M * print.axis.1,
        Some(along),
    )?;
    let (da, dl) = (along_2 - along, left_2 - left);
    let way = hypot(da, dl);
    let (c, s) = if way > 1e-3 {
        (da / way, dl / way)
    } else {
        (1.0, 0.0)
    };
    let v = actor.state.velocity_mps;
    let forward = v[0] * print.axis.0 + v[1] * print.axis.1;
    let sideways = v[1] * print.axis.0 - v[0] * print.axis.1;
    Some(Placed {
        along_m: along,
        left_m: left,
        half: (
            c.abs() * print.half.0 + s.abs() * print.half.1,
            s.abs() * print.half.0 + c.abs() * print.half.1,
        ),
        speed_mps: (c * forward - s * sideways, s * forward + c * sideways),
        turn_rad: wrap_angle(atan2(s, c)),
    })
}

/// Borders of the ego vehicle's lane, seen from the middle of its box.
fn lane_borders(sample: &Sample<'_>, turn_rad: f64) -> Option<(f64, f64)> {
    let place = sample.place?;
    let lane = place.lane_id?;
    let (a, b) = sample.map.lane_borders_t(place.road, place.s_m, lane)?;
    let (low, high) = (a.min(b) - place.t_m, a.max(b) - place.t_m);
    let heading = sample
        .map
        .road(place.road)?
        .plan
        .evaluate(place.s_m)
        .heading_rad;
    // The line runs as the ego vehicle does, give or take its turn against it.
    let is_along = cos(sample.ego.state.pose.yaw_rad - turn_rad - heading) >= 0.0;
    Some(if is_along { (high, low) } else { (-low, -high) })
}
