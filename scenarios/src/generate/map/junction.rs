//! Junctions: connecting roads for every allowed movement, priorities, lights and signs.

use sim::math::{FRAC_PI_2, PI, positive_angle, wrap_angle};

use super::plan::{Path, Place};
use super::street::{LaneEnd, lane_ends};
use super::xodr::{
    Connection, Controller, End, Lane, Link, Map, NO_MARK, Object, Section, Signal, ease,
};

/// A street's end at a junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Arm {
    pub road: usize,
    pub end: End,
}

/// Who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// Lights with fixed phases.
    Lights,
    /// The straightest pair of arms goes before the others, which have yield signs.
    Yield,
    /// The same with stop signs.
    Stop,
    /// Right before left.
    Unmarked,
}

/// Distance of the stop line from the end of the road, metres; the crosswalk lies behind it.
pub(super) const STOP_LINE_M: f64 = 5.0;

struct Movement {
    from: usize,
    road: usize,
    turn: f64,
    /// Middle of the lane, for conflicts.
    middle: Vec<Place>,
}

/// Adds a connecting road between two lane ends; its index.
pub(super) fn connector(
    map: &mut Map,
    junction: usize,
    from: &LaneEnd,
    to: &LaneEnd,
    sidewalk: Option<(&LaneEnd, &LaneEnd)>,
) -> usize {
    let path = Path::from(from.left_edge).connect(to.left_edge);
    let length = path.length;
    let (kind, speed) = map
        .roads
        .get(from.road)
        .map_or(("town", 50.0), |r| (r.kind, r.speed_kmh));
    let index = map.add_road(path, kind, speed);
    let lane = |kind, a: &LaneEnd, b: &LaneEnd| Lane {
        widths: vec![ease(0.0, length, a.width, b.width)],
        predecessor: Some(a.lane),
        successor: Some(b.lane),
        ..Lane::new(kind, a.width, NO_MARK)
    };
    let mut right = vec![lane("driving", from, to)];
    if let Some((a, b)) = sidewalk {
        right.push(lane("sidewalk", a, b));
    }
    let id = |road: usize| map.roads.get(road).map_or(0, |r| r.id);
    let (from_id, to_id, own_id) = (id(from.road), id(to.road), id(index));
    let links = right
        .iter()
        .enumerate()
        .filter_map(|(i, l)| Some((l.predecessor?, -(i as i32) - 1)))
        .collect();
    let junction_id = map.junctions.get(junction).map(|j| j.id);
    if let Some(road) = map.roads.get_mut(index) {
        road.junction = junction_id;
        road.predecessor = Some(Link::Road(from_id, from.end));
        road.successor = Some(Link::Road(to_id, to.end));
        road.sections.push(Section {
            s: 0.0,
            center_mark: NO_MARK,
            left: Vec::new(),
            right,
        });
    }
    if let Some(j) = map.junctions.get_mut(junction) {
        j.connections.push(Connection {
            incoming: from_id,
            connecting: own_id,
            lanes: links,
        });
        for end in [from, to] {
            if let Some(road) = map.roads.get_mut(end.road) {
                road.set_link(end.end, Link::Junction(j.id));
            }
        }
    }
    index
}

/// Joins streets in a junction.
pub(super) fn join(map: &mut Map, arms: &[Arm], control: Control) -> usize {
    let junction = map.add_junction();
    let movements = movements(map, junction, arms);
    let headings: Vec<f64> = arms.iter().map(|a| outward(map, a)).collect();
    let lanes: Vec<usize> = arms
        .iter()
        .map(|a| lane_ends(&map.roads, a.road, a.end, true, "driving").len())
        .collect();
    let major = major_pair(&headings, &lanes);
    for (i, a) in movements.iter().enumerate() {
        for b in &movements[i + 1..] {
            if a.from == b.from || !cross(&a.middle, &b.middle) {
                continue;
            }
            let high = |m: &Movement| map.roads.get(m.road).map_or(0, |r| r.id);
            let first = precedence(control, a, b, &headings, major);
            let pair = match first {
                Some(true) => (high(a), high(b)),
                Some(false) => (high(b), high(a)),
                None => continue,
            };
            if let Some(j) = map.junctions.get_mut(junction) {
                j.priorities.push(pair);
            }
        }
    }
    furnish(map, junction, arms, &headings, control, major);
    junction
}

/// Whether a goes before b, where either must wait.
fn precedence(
    control: Control,
    a: &Movement,
    b: &Movement,
    headings: &[f64],
    major: (usize, usize),
) -> Option<bool> {
    let is_major = |m: &Movement| m.from == major.0 || m.from == major.1;
    if matches!(control, Control::Yield | Control::Stop) && is_major(a) != is_major(b) {
        return Some(is_major(a));
    }
    // Angle of b's arm seen by a driver coming from a's: right is negative.
    let (out_a, out_b) = (*headings.get(a.from)?, *headings.get(b.from)?);
    let seen = wrap_angle(out_b - out_a - PI);
    let opposite = seen.abs() < PI / 4.0;
    if opposite {
        // A left turn waits for those that come towards it.
        let (left_a, left_b) = (a.turn > 0.6, b.turn > 0.6);
        return (left_a != left_b).then_some(left_b);
    }
    (control == Control::Unmarked).then_some(seen > 0.0)
}

fn outward(map: &Map, arm: &Arm) -> f64 {
    map.roads.get(arm.road).map_or(0.0, |r| {
        let heading = r.place(arm.end).heading;
        match arm.end {
            End::Start => heading,
            End::End => wrap_angle(heading + PI),
        }
    })
}

/// The two arms that lie most nearly opposite, wide ones before narrow ones.
fn major_pair(headings: &[f64], lanes: &[usize]) -> (usize, usize) {
    let mut best = (f64::INFINITY, (0, 0));
    for i in 0..headings.len() {
        for j in i + 1..headings.len() {
            let narrow = 0.4 * (lanes[i] + lanes[j]) as f64;
            let bend = PI - wrap_angle(headings[i] - headings[j]).abs() - narrow;
            if bend < best.0 - 1e-9 {
                best = (bend, (i, j));
            }
        }
    }
    best.1
}

fn movements(map: &mut Map, junction: usize, arms: &[Arm]) -> Vec<Movement> {
    let headings: Vec<f64> = arms.iter().map(|a| outward(map, a)).collect();
    let mut links: Vec<(usize, usize, LaneEnd, LaneEnd, f64)> = Vec::new();
    for (i, from) in arms.iter().enumerate() {
        let ins = lane_ends(&map.roads, from.road, from.end, true, "driving");
        let turn_to = |j: usize| wrap_angle(headings[j] - headings[i] - PI);
        let exits: Vec<usize> = (0..arms.len()).filter(|j| *j != i).collect();
        let has = |test: fn(f64) -> bool| exits.iter().any(|j| test(turn_to(*j)));
        let (left, ahead) = (has(|t| t > 0.7), has(|t| t.abs() <= 0.7));
        let right = has(|t| t < -0.7);
        for &j in &exits {
            let turn = turn_to(j);
            let outs = lane_ends(&map.roads, arms[j].road, arms[j].end, false, "driving");
            let (n, m) = (ins.len(), outs.len());
            if n == 0 || m == 0 {
                continue;
            }
            for (lane, from_lane) in ins.iter().enumerate() {
                let (inner, outer) = (lane == 0, lane + 1 == n);
                let target = if turn > 0.7 {
                    (inner || (!ahead && !right)).then_some(lane.min(m - 1))
                } else if turn < -0.7 {
                    (outer || (!ahead && !left)).then(|| (m + lane).saturating_sub(n))
                } else {
                    // Lanes are aligned at the outside; the surplus ones at the inside turn left.
                    (m + lane).checked_sub(n)
                };
                if let Some(to) = target.and_then(|k| outs.get(k)) {
                    links.push((i, j, *from_lane, *to, turn));
                }
            }
        }
    }
    complete(map, arms, &headings, &mut links);
    let mut out = Vec::new();
    for (k, (i, j, from, to, turn)) in links.iter().enumerate() {
        // The corner's sidewalk runs along the outermost link to the next arm counter-clockwise.
        let next = (0..arms.len())
            .filter(|o| o != i)
            .min_by(|a, b| {
                let angle = |o: usize| positive_angle(headings[o] - headings[*i]);
                angle(*a).total_cmp(&angle(*b))
            })
            .is_some_and(|o| o == *j);
        let outermost = |end: &LaneEnd, leaves| {
            lane_ends(&map.roads, end.road, end.end, leaves, "driving")
                .last()
                .is_some_and(|l| l.lane == end.lane)
        };
        let walk = |end: &LaneEnd, leaves| {
            lane_ends(&map.roads, end.road, end.end, leaves, "sidewalk").pop()
        };
        let first = !links[..k]
            .iter()
            .any(|l| l.0 == *i && l.1 == *j && l.2.lane == from.lane);
        let walks = walk(from, true)
            .zip(walk(to, false))
            .filter(|_| next && first && outermost(from, true) && outermost(to, false));
        let road = connector(map, junction, from, to, walks.as_ref().map(|(a, b)| (a, b)));
        let Some(path) = map.roads.get(road).map(|r| &r.path) else {
            continue;
        };
        let steps = (path.length / 1.5).ceil().max(2.0) as usize;
        let middle = (0..=steps)
            .map(|n| {
                path.at(path.length * n as f64 / steps as f64)
                    .shift(0.0, -from.width / 2.0)
            })
            .collect();
        out.push(Movement {
            from: *i,
            road,
            turn: *turn,
            middle,
        });
    }
    out
}

/// Gives every lane that comes in a way out, and every lane that goes out a way in.
fn complete(
    map: &Map,
    arms: &[Arm],
    headings: &[f64],
    links: &mut Vec<(usize, usize, LaneEnd, LaneEnd, f64)>,
) {
    let same = |a: &LaneEnd, b: &LaneEnd| a.road == b.road && a.end == b.end && a.lane == b.lane;
    let ends = |arm: &Arm, leaves| lane_ends(&map.roads, arm.road, arm.end, leaves, "driving");
    for leaves in [true, false] {
        for (i, arm) in arms.iter().enumerate() {
            let own = ends(arm, leaves);
            for (k, lane) in own.iter().enumerate() {
                let known = links
                    .iter()
                    .any(|l| same(if leaves { &l.2 } else { &l.3 }, lane));
                if known {
                    continue;
                }
                // The straightest other arm that has a lane for it.
                let other = (0..arms.len())
                    .filter(|j| *j != i && !ends(&arms[*j], !leaves).is_empty())
                    .min_by(|a, b| {
                        let bend = |j: usize| wrap_angle(headings[j] - headings[i] - PI).abs();
                        bend(*a).total_cmp(&bend(*b))
                    });
                let Some(j) = other else { continue };
                let partners = ends(&arms[j], !leaves);
                let partner = partners[k.min(partners.len() - 1)];
                let (from, to, a, b) = if leaves {
                    (i, j, *lane, partner)
                } else {
                    (j, i, partner, *lane)
                };
                let turn = wrap_angle(headings[to] - headings[from] - PI);
                links.push((from, to, a, b, turn));
            }
        }
    }
}

fn cross(a: &[Place], b: &[Place]) -> bool {
    a.iter().any(|p| b.iter().any(|q| p.distance(*q) < 2.2))
}

/// Lights, signs, stop lines and crosswalks on the arms.
fn furnish(
    map: &mut Map,
    junction: usize,
    arms: &[Arm],
    headings: &[f64],
    control: Control,
    major: (usize, usize),
) {
    let mut groups: [Vec<u32>; 2] = [Vec::new(), Vec::new()];
    for (i, arm) in arms.iter().enumerate() {
        let lanes = lane_ends(&map.roads, arm.road, arm.end, true, "driving");
        let id = map.new_id();
        let Some(road) = map.roads.get_mut(arm.road) else {
            continue;
        };
        let (left, right) = road.half_widths(match arm.end {
            End::Start => 0.0,
            End::End => road.path.length,
        });
        let place = |from_end: f64| match arm.end {
            End::Start => from_end,
            End::End => road.path.length - from_end,
        };
        let walks = road
            .section(arm.end)
            .is_some_and(|s| s.right.iter().any(|l| l.kind == "sidewalk"));
        let (t_side, lane_side) = match arm.end {
            End::Start => (left + 0.4, 1.0),
            End::End => (-right - 0.4, -1.0),
        };
        let (s_line, s_walk) = (place(STOP_LINE_M), place(2.5));
        let mut objects = Vec::new();
        if walks && arms.len() > 2 {
            let half = (left + right) / 2.0;
            objects.push(Object {
                kind: "crosswalk",
                name: "crosswalk",
                s: s_walk,
                t: (left - right) / 2.0,
                length: 3.0,
                width: 2.0 * half,
                outline: vec![(-1.5, -half), (1.5, -half), (1.5, half), (-1.5, half)],
                ..Object::default()
            });
        }
        let (Some(first), Some(last)) = (lanes.first(), lanes.last()) else {
            road.objects.append(&mut objects);
            continue;
        };
        let sign = match control {
            Control::Lights => Some(("trafficLight", "1000001", "OpenDRIVE")),
            Control::Yield if i != major.0 && i != major.1 => Some(("yield", "205", "DE")),
            Control::Stop if i != major.0 && i != major.1 => Some(("stop", "206", "DE")),
            Control::Yield | Control::Stop if arms.len() > 2 => Some(("priority", "306", "DE")),
            _ => None,
        };
        if let Some((name, kind, country)) = sign {
            let is_light = control == Control::Lights;
            road.signals.push(Signal {
                id,
                name,
                s: s_line,
                t: t_side,
                z: if is_light { 2.6 } else { 1.9 },
                is_dynamic: is_light,
                is_forward: arm.end == End::End,
                kind,
                country,
                value: None,
                lanes: Some((first.lane.min(last.lane), first.lane.max(last.lane))),
            });
            objects.push(Object {
                kind: "pole",
                name: "signalPole",
                s: s_line,
                t: t_side + 0.3 * t_side.signum(),
                height: if is_light { 3.6 } else { 2.7 },
                radius: 0.06,
                ..Object::default()
            });
            if kind != "306" {
                let width: f64 = lanes.iter().map(|l| l.width).sum();
                objects.push(Object {
                    kind: "roadMark",
                    name: "stopLine",
                    s: s_line,
                    t: lane_side * width / 2.0,
                    length: 0.4,
                    width,
                    ..Object::default()
                });
            }
            let axis = wrap_angle(headings[i] - headings[major.0]).abs();
            let group = usize::from((axis - FRAC_PI_2).abs() < PI / 4.0);
            groups[group].push(id);
        }
        road.objects.append(&mut objects);
    }
    if control == Control::Lights {
        for signals in groups {
            if signals.is_empty() {
                continue;
            }
            let id = map.new_id();
            map.controllers.push(Controller { id, signals });
            if let Some(j) = map.junctions.get_mut(junction) {
                j.controllers.push(id);
            }
        }
    }
}
