//! A driving path along lanes, with its junctions, lights and signs.

use sim::math::{atan2, hypot, wrap_angle};
use sim::road::{LaneKey, LanePosition, PrioritySign, RoadNetwork, Route, Signal};

use crate::path::{Path, PathJunction, PathPoint, PathSignal, Priority};

/// Speed limit where the map has none, m/s.
const DEFAULT_LIMIT_MPS: f64 = 50.0 / 3.6;
/// Distance of samples, metres.
const SPACING_M: f64 = 1.0;
/// Signs and lights this far before a junction belong to it, metres.
const APPROACH_M: f64 = 25.0;

/// A stretch of one lane, from and to stations in driving direction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leg {
    /// The lane.
    pub lane: LaneKey,
    /// Station where it is entered, metres.
    pub from_s_m: f64,
    /// Station where it is left, metres.
    pub to_s_m: f64,
}

/// The path along a route.
pub fn path_of_route(network: &RoadNetwork, route: &Route) -> Path {
    path_with_ease(network, route, 0.0)
}

/// The same with changes of lanes that take `ease_s` seconds at the speed limit to either side of their
/// middle, where that is longer and there is room.
pub fn path_with_ease(network: &RoadNetwork, route: &Route, ease_s: f64) -> Path {
    let legs: Vec<Leg> = route
        .segments()
        .iter()
        .filter_map(|segment| {
            let middle = 0.5 * (segment.s_start_m + segment.s_end_m);
            Some(Leg {
                lane: network.lane_key(segment.road, middle, segment.lane_id)?,
                from_s_m: segment.s_start_m,
                to_s_m: segment.s_end_m,
            })
        })
        .collect();
    path_of(network, &legs, ease_s)
}

/// A sample before its heading and curvature are known.
struct Raw {
    xy: [f64; 2],
    z_m: f64,
    limit_mps: f64,
    half_width_m: f64,
}

/// The path along legs. Where one leg goes on beside the end of the one before (a lane change), the
/// shift is spread over the stretch before and after.
pub fn path_of_legs(network: &RoadNetwork, legs: &[Leg]) -> Path {
    path_of(network, legs, 0.0)
}

fn path_of(network: &RoadNetwork, legs: &[Leg], ease_s: f64) -> Path {
    let mut raw: Vec<Raw> = Vec::new();
    // Index of the first sample of each leg.
    let mut starts = Vec::with_capacity(legs.len());
    for leg in legs {
        starts.push(raw.len());
        let length = leg.to_s_m - leg.from_s_m;
        let steps = (length.abs() / (0.5 * SPACING_M)).ceil().clamp(1.0, 1e6) as usize;
        for i in 0..=steps {
            let f = (i as f64 / steps as f64).clamp(1e-6, 1.0 - 1e-6);
            let s_m = leg.from_s_m + length * f;
            let at = LanePosition {
                road: leg.lane.road,
                lane_id: leg.lane.lane_id,
                s_m,
                offset_m: 0.0,
            };
            let Some([x, y, z_m]) = network.lane_point(&at) else {
                continue;
            };
            let limit = network
                .speed_limit_mps(leg.lane.road, leg.lane.lane_id, s_m)
                .unwrap_or(DEFAULT_LIMIT_MPS);
            let width = network
                .lane_width(leg.lane.road, s_m, leg.lane.lane_id)
                .unwrap_or(3.0);
            raw.push(Raw {
                xy: [x, y],
                z_m,
                limit_mps: limit.clamp(1.0, 70.0),
                half_width_m: width / 2.0,
            });
        }
    }
    smooth_jumps(&mut raw, &starts, ease_s);
    let (mut path, stations) = resample(&raw);
    if path.is_empty() {
        return path;
    }
    let station_of = |index: usize| stations.get(index).copied().unwrap_or(path.length_m());
    let (mut junctions, mut signals) = (Vec::new(), Vec::new());
    let mut i = 0;
    while i < legs.len() {
        let inside = |leg: &Leg| network.road(leg.lane.road).and_then(|r| r.junction);
        let Some(junction) = inside(&legs[i]) else {
            i += 1;
            continue;
        };
        let mut end = i;
        while end + 1 < legs.len() && inside(&legs[end + 1]) == Some(junction) {
            end += 1;
        }
        let start_m = station_of(starts[i]);
        let end_m = starts
            .get(end + 1)
            .map_or(path.length_m(), |s| station_of(*s));
        let approach = i.checked_sub(1).map(|before| (&legs[before], start_m));
        let mut posted = None;
        let mut line_m: Option<f64> = None;
        for (leg, exit_m, on_approach) in approach
            .map(|(leg, exit)| (leg, exit, true))
            .into_iter()
            .chain([(&legs[i], start_m, false)])
        {
            for (post, s_m) in posts_on(network, leg) {
                // Stations of posts inside the junction stand for its entry.
                let station = if on_approach {
                    exit_m - (leg.to_s_m - s_m).abs()
                } else {
                    exit_m
                };
                if start_m - station > APPROACH_M {
                    continue;
                }
                if post.is_vehicle_light() {
                    if !signals.iter().any(|s: &PathSignal| s.id == post.id) {
                        signals.push(PathSignal {
                            id: post.id.clone(),
                            stop_m: station,
                        });
                    }
                } else if let Some(sign) = post.priority_sign().filter(|_| !post.dynamic) {
                    if !on_approach {
                        continue;
                    }
                    posted = match sign {
                        PrioritySign::Yield => Some(Priority::GiveWay),
                        PrioritySign::Stop => Some(Priority::Stop),
                        PrioritySign::Main => Some(Priority::Main),
                        PrioritySign::MainEnds => continue,
                    };
                } else if !(post.is_stop_line() && on_approach) {
                    continue;
                }
                line_m = Some(line_m.map_or(station, |m| m.min(station)));
            }
        }
        let ordered = network.junction(junction).and_then(|j| {
            let ours = |road| road == legs[i].lane.road || i > 0 && road == legs[i - 1].lane.road;
            if j.priorities.iter().any(|p| ours(p.low)) {
                Some(Priority::GiveWay)
            } else if j.priorities.iter().any(|p| ours(p.high)) {
                Some(Priority::Main)
            } else {
                None
            }
        });
        let turn = path.sample(end_m).yaw_rad - path.sample(start_m).yaw_rad;
        junctions.push(PathJunction {
            start_m: line_m.unwrap_or(start_m).min(start_m),
            end_m,
            turn_rad: wrap_angle(turn),
            priority: posted.or(ordered).unwrap_or(Priority::Equal),
            conflict_m: None,
        });
        i = end + 1;
    }
    signals.sort_by(|a, b| a.stop_m.total_cmp(&b.stop_m).then(a.id.cmp(&b.id)));
    path.junctions = junctions;
    path.signals = signals;
    path
}

/// Lights and signs that count for a leg, each with its station.
fn posts_on<'a>(network: &'a RoadNetwork, leg: &Leg) -> Vec<(&'a Signal, f64)> {
    network
        .signals_on(leg.lane, leg.from_s_m, leg.to_s_m)
        .filter_map(|(index, s_m)| Some((network.signal(index)?, s_m)))
        .collect()
}

/// Spreads sideways jumps between legs over up to 25 m to both sides, or what is driven in a time.
fn smooth_jumps(raw: &mut [Raw], starts: &[usize], ease_s: f64) {
    for (n, start) in starts.iter().copied().enumerate().skip(1) {
        let Some((a, b)) = start
            .checked_sub(1)
            .and_then(|p| raw.get(p).zip(raw.get(start)))
        else {
            continue;
        };
        let jump = [b.xy[0] - a.xy[0], b.xy[1] - a.xy[1]];
        if hypot(jump[0], jump[1]) < 0.4 {
            continue;
        }
        let limit_mps = raw.get(start).map_or(0.0, |r| r.limit_mps);
        let reach = ((ease_s * limit_mps / (0.5 * SPACING_M)) as usize).max(50);
        let low = starts[n - 1].max(start.saturating_sub(reach));
        let high = starts
            .get(n + 1)
            .copied()
            .unwrap_or(raw.len())
            .min(start + reach)
            .min(raw.len());
        let span = (start - low).min(high - start).max(1);
        for i in start.saturating_sub(span)..(start + span).min(raw.len()) {
            // From 0 to 1 over the whole stretch.
            let u = (i as f64 + 0.5 - (start - span.min(start)) as f64) / (2 * span) as f64;
            let blend = u * u * u * (10.0 + u * (6.0 * u - 15.0));
            let share = if i < start { blend } else { blend - 1.0 };
            raw[i].xy[0] += jump[0] * share;
            raw[i].xy[1] += jump[1] * share;
        }
    }
}

/// Samples at the spacing, and the station of each raw sample.
fn resample(raw: &[Raw]) -> (Path, Vec<f64>) {
    let mut stations = Vec::with_capacity(raw.len());
    let mut run = 0.0;
    for (i, sample) in raw.iter().enumerate() {
        if let Some(before) = i.checked_sub(1).and_then(|p| raw.get(p)) {
            run += hypot(sample.xy[0] - before.xy[0], sample.xy[1] - before.xy[1]);
        }
        stations.push(run);
    }
    let count = (run / SPACING_M) as usize + 1;
    let mut points: Vec<PathPoint> = Vec::with_capacity(count);
    let mut at = 0;
    for k in 0..count {
        let station = k as f64 * SPACING_M;
        while at + 2 < raw.len() && stations[at + 1] < station {
            at += 1;
        }
        let (Some(a), Some(b)) = (raw.get(at), raw.get(at + 1)) else {
            break;
        };
        let f = ((station - stations[at]) / (stations[at + 1] - stations[at]).max(1e-9))
            .clamp(0.0, 1.0);
        points.push(PathPoint {
            x_m: a.xy[0] + (b.xy[0] - a.xy[0]) * f,
            y_m: a.xy[1] + (b.xy[1] - a.xy[1]) * f,
            z_m: a.z_m + (b.z_m - a.z_m) * f,
            speed_limit_mps: a.limit_mps,
            half_width_m: a.half_width_m,
            ..PathPoint::default()
        });
    }
    let n = points.len();
    if n >= 2 {
        let yaw = |from: &PathPoint, to: &PathPoint| atan2(to.y_m - from.y_m, to.x_m - from.x_m);
        for i in 0..n {
            let (a, b) = (i.saturating_sub(1), (i + 1).min(n - 1));
            points[i].yaw_rad = yaw(&points[a], &points[b]);
        }
        for i in 0..n {
            let (a, b) = (i.saturating_sub(2), (i + 2).min(n - 1));
            let turn = wrap_angle(points[b].yaw_rad - points[a].yaw_rad);
            points[i].curvature_pm = turn / ((b - a) as f64 * SPACING_M);
        }
    }
    let path = Path {
        spacing_m: SPACING_M,
        points,
        has_heights: true,
        ..Path::default()
    };
    (path, stations)
}
