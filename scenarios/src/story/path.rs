//! Distances along the roads between two places.

use std::collections::BTreeMap;

use sim::road::{ContactPoint, LinkTarget, RoadIndex, RoadNetwork};

use super::{Place, junction, lanes};

/// Difference of two places along and across the road, seen from the first in its own direction.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RoadDifference {
    /// Ahead, metres.
    pub ds_m: f64,
    /// To the left, metres.
    pub dt_m: f64,
    /// Lanes to the left.
    pub d_lane: i32,
    /// Whether the other's lane is for the opposite direction.
    pub is_opposite: bool,
    /// Roads from the first place's to the second's.
    pub roads: Vec<RoadIndex>,
}

/// Roads looked at in one search at most.
const MAX_NODES: usize = 4000;

/// Difference from one place to another along the roads; `None` where no way leads there within
/// `max_m`. Behind counts only where `both` directions are searched.
pub fn difference(
    map: &RoadNetwork,
    from: &Place,
    to: &Place,
    both: bool,
    max_m: f64,
) -> Option<RoadDifference> {
    let (road, target) = (from.road?, to.road?);
    let sign = if from.is_along_road() { 1.0 } else { -1.0 };
    if road == target {
        return Some(finish(
            from,
            to,
            sign * (to.s_m - from.s_m),
            false,
            vec![road],
        ));
    }
    let along = from.is_along_road();
    let mut ahead = search(map, from, to, along, max_m, false);
    let behind = if both {
        search(map, from, to, !along, max_m, false)
    } else {
        // A route may begin on the wrong side of the road.
        ahead = ahead.or_else(|| search(map, from, to, along, max_m, true));
        None
    };
    let (found, ds_sign) = match (ahead, behind) {
        (Some(a), Some(b)) if b.distance_m < a.distance_m => (b, -1.0),
        (Some(a), _) => (a, 1.0),
        (None, Some(b)) => (b, -1.0),
        (None, None) => return None,
    };
    let is_turned = found.is_turned;
    Some(finish(
        from,
        to,
        ds_sign * found.distance_m,
        is_turned,
        found.roads,
    ))
}

fn finish(
    from: &Place,
    to: &Place,
    ds_m: f64,
    is_turned: bool,
    roads: Vec<RoadIndex>,
) -> RoadDifference {
    let (lane, t_m) = if is_turned {
        (-to.lane_id, -to.t_m)
    } else {
        (to.lane_id, to.t_m)
    };
    let sign = if from.is_along_road() { 1 } else { -1 };
    let left = |id: i32| id - id.signum().max(0);
    // Lane 0 is no lane: ids are counted without it.
    let d_lane = left(lane) - left(from.lane_id);
    RoadDifference {
        ds_m,
        dt_m: f64::from(sign) * (t_m - from.t_m),
        d_lane: sign * d_lane,
        is_opposite: lane.signum() != from.lane_id.signum(),
        roads,
    }
}

struct Found {
    distance_m: f64,
    is_turned: bool,
    roads: Vec<RoadIndex>,
}

#[derive(Clone, Copy)]
struct Node {
    /// Distance to the road's entry.
    distance_m: f64,
    road: RoadIndex,
    /// Driven along s.
    is_forward: bool,
    lane_id: i32,
    before: Option<usize>,
}

/// Shortest way that leaves the start's road at its end (or start). Lanes are followed where they
/// are linked; a lane change costs nothing. `wrong_way` lets it pass junctions against the traffic.
fn search(
    map: &RoadNetwork,
    from: &Place,
    to: &Place,
    is_forward: bool,
    max_m: f64,
    wrong_way: bool,
) -> Option<Found> {
    let (start, target) = (from.road?, to.road?);
    let start_road = map.road(start)?;
    let rest = if is_forward {
        start_road.length_m - from.s_m
    } else {
        from.s_m
    };
    let mut nodes: Vec<Node> = Vec::new();
    let mut open: BTreeMap<(u64, usize), Node> = BTreeMap::new();
    let mut done: BTreeMap<(RoadIndex, bool), f64> = BTreeMap::new();
    let mut order = 0;
    let mut push = |open: &mut BTreeMap<(u64, usize), Node>, node: Node| {
        // Distances are not negative, so their bits sort as they do.
        open.insert((node.distance_m.max(0.0).to_bits(), order), node);
        order += 1;
    };
    let first = Node {
        distance_m: rest - start_road.length_m,
        road: start,
        is_forward,
        lane_id: from.lane_id,
        before: None,
    };
    nodes.push(first);
    for node in next_nodes(map, &first, 0, rest, wrong_way) {
        push(&mut open, node);
    }
    while let Some((_, node)) = open.pop_first() {
        if node.distance_m > max_m || nodes.len() > MAX_NODES {
            return None;
        }
        if done.contains_key(&(node.road, node.is_forward)) {
            continue;
        }
        done.insert((node.road, node.is_forward), node.distance_m);
        let at = nodes.len();
        nodes.push(node);
        let road = map.road(node.road)?;
        if node.road == target {
            let inside = if node.is_forward {
                to.s_m
            } else {
                road.length_m - to.s_m
            };
            let mut roads = Vec::new();
            let mut back = Some(at);
            while let Some(i) = back {
                roads.push(nodes[i].road);
                back = nodes[i].before;
            }
            roads.reverse();
            return Some(Found {
                distance_m: node.distance_m + inside,
                is_turned: node.is_forward != is_forward,
                roads,
            });
        }
        let end_m = node.distance_m + road.length_m;
        for next in next_nodes(map, &node, at, end_m, wrong_way) {
            push(&mut open, next);
        }
    }
    None
}

/// Roads that lead on from the end of a node's road, `distance_m` from the start.
fn next_nodes(
    map: &RoadNetwork,
    node: &Node,
    at: usize,
    distance_m: f64,
    wrong_way: bool,
) -> Vec<Node> {
    let mut found = Vec::new();
    let Some(road) = map.road(node.road) else {
        return found;
    };
    let (from, to) = if node.is_forward {
        (0, road.sections.len().saturating_sub(1))
    } else {
        (road.sections.len().saturating_sub(1), 0)
    };
    let lane_id = if node.before.is_none() && at == 0 {
        node.lane_id
    } else {
        lanes::follow_sections(road, from, to, node.lane_id)
    };
    let link = if node.is_forward {
        road.successor
    } else {
        road.predecessor
    };
    let enter = |road: RoadIndex, contact: ContactPoint, lane_id: i32| Node {
        distance_m,
        road,
        is_forward: contact == ContactPoint::Start,
        lane_id,
        before: Some(at),
    };
    match link.map(|l| l.target) {
        Some(LinkTarget::Road(next, contact)) => {
            let section = if node.is_forward {
                road.sections.last()
            } else {
                road.sections.first()
            };
            let linked = section.and_then(|s| s.lane(lane_id)).and_then(|l| {
                let links = if node.is_forward {
                    &l.successors
                } else {
                    &l.predecessors
                };
                links.first().copied()
            });
            found.push(enter(next, contact, linked.unwrap_or(lane_id)));
        }
        Some(LinkTarget::Junction(index)) => {
            let mut options = junction::connections(map, index, node.road, lane_id);
            if options.is_empty() {
                // Another lane of the same side may lead on.
                let ids: Vec<i32> = road
                    .sections
                    .get(to)
                    .map(|s| s.lanes().map(|l| l.id).collect())
                    .unwrap_or_default();
                for id in ids.into_iter().filter(|id| id.signum() == lane_id.signum()) {
                    options.extend(junction::connections(map, index, node.road, id));
                }
            }
            if options.is_empty() && wrong_way {
                options = junction::against_traffic(map, index, node.road, lane_id);
            }
            found.extend(options.iter().map(|o| enter(o.road, o.contact, o.lane_id)));
        }
        None => {}
    }
    found
}
