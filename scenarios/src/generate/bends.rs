//! Which lanes a vehicle gets along: how they bend, and how wide they are.

use std::collections::BTreeMap;

use sim::actor::ActorSpec;
use sim::math::{Pose, atan2, hypot, tan, wrap_angle};
use sim::road::{LaneKey, LanePosition, RoadNetwork, Route, RouteSegment};

/// A bend longer than this is no corner, metres.
const LONG_BEND_M: f64 = 40.0;

/// Room between a vehicle and the edges of its lane, both sides together, metres.
const ROOM_M: f64 = 0.3;

/// How a lane bends, 1/m, without sign, and how wide it is, metres.
#[derive(Clone, Copy, Debug, Default)]
struct Bend {
    /// At the sharpest place, over 4 m.
    sharpest_1pm: f64,
    /// What it has all along some stretch of `LONG_BEND_M`.
    long_1pm: f64,
    /// Its least width off its ends, where it may open or close.
    narrowest_m: f64,
}

/// The bends of each lane that was asked for.
#[derive(Default)]
pub(super) struct Bends(BTreeMap<LaneKey, Bend>);

impl Bends {
    /// How the lane of a segment bends.
    fn of(&mut self, map: &RoadNetwork, segment: &RouteSegment) -> Bend {
        let middle = 0.5 * (segment.s_start_m + segment.s_end_m);
        let Some(key) = map.lane_key(segment.road, middle, segment.lane_id) else {
            return Bend {
                narrowest_m: f64::INFINITY,
                ..Bend::default()
            };
        };
        let look = || {
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
            let bends: Vec<f64> = poses
                .windows(3)
                .map(|w| match w {
                    // By places: where a lane's width changes, it turns off its road's heading.
                    [a, b, c] => {
                        let yaw = |p: &Pose, q: &Pose| atan2(q.y_m - p.y_m, q.x_m - p.x_m);
                        let way = hypot(c.x_m - a.x_m, c.y_m - a.y_m).max(1.0);
                        2.0 * wrap_angle(yaw(b, c) - yaw(a, b)).abs() / way
                    }
                    _ => 0.0,
                })
                .collect();
            let least = |w: &[f64]| w.iter().copied().fold(f64::INFINITY, f64::min);
            let stretches = bends.windows((LONG_BEND_M / 2.0) as usize);
            let widths = (1..10).filter_map(|i| {
                let s_m = from + (to - from) * 0.1 * f64::from(i);
                map.lane_width(key.road, s_m, key.lane_id)
            });
            Bend {
                narrowest_m: widths.fold(f64::INFINITY, f64::min),
                sharpest_1pm: bends.iter().copied().fold(0.0, f64::max),
                long_1pm: stretches.map(least).fold(0.0, f64::max),
            }
        };
        *self.0.entry(key).or_insert_with(look)
    }
}

/// The route up to the first junction that a vehicle does not get round, or the first lane that it does not
/// get through, or does not stay `in_lane` on; `None` where that is at once.
pub(super) fn cut_to_suit(
    map: &RoadNetwork,
    bends: &mut Bends,
    spec: &ActorSpec,
    route: Route,
    in_lane: bool,
) -> Option<Route> {
    let sharpest = 0.95 * tan(spec.max_steering_rad()) / spec.wheelbase_m();
    let inside = |s: &RouteSegment| map.road(s.road).is_some_and(|r| r.junction.is_some());
    let (width_m, front_m) = {
        let b = &spec.bounding_box;
        (b.width_m, b.center_x_m + 0.5 * b.length_m)
    };
    // Where a road bends all along, the outer front corner must stay within the lane; a corner that one
    // gets round is passed by leave.
    let is_narrow = |s: &RouteSegment, bend: &Bend| {
        let room_m = if in_lane && !inside(s) {
            ROOM_M + front_m * front_m * bend.long_1pm
        } else {
            0.0
        };
        bend.narrowest_m <= width_m + room_m
    };
    let mut kept = route.segments().len();
    for (i, segment) in route.segments().iter().enumerate() {
        let bend = bends.of(map, segment);
        if bend.sharpest_1pm > sharpest || is_narrow(segment, &bend) {
            kept = i;
            break;
        }
    }
    if kept == route.segments().len() {
        return Some(route);
    }
    // It does not end inside a junction.
    let mut segments: Vec<RouteSegment> = route.segments().get(..kept)?.to_vec();
    while segments.last().is_some_and(inside) {
        segments.pop();
    }
    Route::new(map, segments)
}
