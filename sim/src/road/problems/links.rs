//! Links between roads and between lanes, and whether what they link meets.

use super::Found;
use crate::math::{PI, hypot, wrap_angle};
use crate::road::lane_graph::LARGEST_GAP_M;
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::road::{ContactPoint, LinkTarget, Road, RoadLink};
use crate::road::{Lane, LaneKey};

/// Gaps between the middles of linked lanes seen from above, metres.
const LANE_GAP_M: f64 = 0.05;
/// Steps between linked lanes, metres.
const STEP_M: f64 = 0.02;
/// Angles between linked roads, radians.
const ANGLE_RAD: f64 = 0.03;

pub(super) fn check(network: &RoadNetwork, index: RoadIndex, road: &Road, found: &mut Found) {
    for (link, end) in [
        (&road.predecessor, ContactPoint::Start),
        (&road.successor, ContactPoint::End),
    ] {
        if let Some(link) = link {
            answered(network, (index, road, end), link, found);
        }
    }
    for (section, lanes) in road.sections.iter().enumerate() {
        for lane in lanes.lanes() {
            let key = LaneKey {
                road: index,
                section: section as u32,
                lane_id: lane.id,
            };
            for end in [ContactPoint::Start, ContactPoint::End] {
                lane_end(network, road, lane, (key, end), found);
            }
        }
    }
}

/// Whether what a road's end is linked to is linked back.
fn answered(
    network: &RoadNetwork,
    (index, road, end): (RoadIndex, &Road, ContactPoint),
    link: &RoadLink,
    found: &mut Found,
) {
    match link.target {
        LinkTarget::Road(other, contact) => {
            let Some(joined) = network.road(other) else {
                return;
            };
            if let Some((s_m, _)) = link.beside {
                if s_m < 0.0 || s_m > joined.length_m {
                    let text = format!(
                        "road {} joins road {} at s {s_m} m, off that road",
                        road.id, joined.id
                    );
                    found.add(link.line, text);
                }
                return;
            }
            let back = match contact {
                ContactPoint::Start => &joined.predecessor,
                ContactPoint::End => &joined.successor,
            };
            let answers = match back.map(|b| b.target) {
                Some(LinkTarget::Road(road, at)) => road == index && at == end,
                Some(LinkTarget::Junction(junction)) => road.junction == Some(junction),
                None => false,
            };
            if !answers {
                let text = format!(
                    "road {} is linked to road {}, which is not linked back to it",
                    road.id, joined.id
                );
                found.add(link.line, text);
            }
        }
        LinkTarget::Junction(index_of) => {
            let Some(junction) = network.junction(index_of) else {
                return;
            };
            let named = junction
                .connections
                .iter()
                .any(|c| c.incoming == index || c.connecting == index);
            let target = |link: &Option<RoadLink>| link.map(|l| l.target);
            let reached = || {
                network.roads().iter().any(|r| {
                    r.junction == Some(index_of)
                        && [target(&r.predecessor), target(&r.successor)]
                            .contains(&Some(LinkTarget::Road(index, end)))
                })
            };
            if !named && !reached() {
                let text = format!(
                    "road {} is linked to junction {}, which has no connection from or to it",
                    road.id, junction.id
                );
                found.add(link.line, text);
            }
        }
    }
}

fn lane_end(
    network: &RoadNetwork,
    road: &Road,
    lane: &Lane,
    (key, end): (LaneKey, ContactPoint),
    found: &mut Found,
) {
    let stated = match end {
        ContactPoint::Start => &lane.predecessors,
        ContactPoint::End => &lane.successors,
    };
    let (inner, link) = match end {
        ContactPoint::Start => (key.section > 0, road.predecessor),
        ContactPoint::End => (
            key.section as usize + 1 < road.sections.len(),
            road.successor,
        ),
    };
    let joined = network.joined_lanes(key, end);
    let direct = inner || matches!(link.map(|l| l.target), Some(LinkTarget::Road(..)));
    for id in stated {
        if direct && joined.iter().all(|(other, _)| other.lane_id != *id) {
            let text = format!(
                "lane {} of road {} is linked to lane {id}, which is not there",
                lane.id, road.id
            );
            found.add(lane.line, text);
        }
    }
    for (other, contact) in joined {
        // Each pair once: the second one finds the first one's link.
        let twice = (other, contact) < (key, end)
            && network.joined_lanes(other, contact).contains(&(key, end));
        if lane.kind.is_drivable() && network.is_drivable_lane(other) && !twice {
            meeting(network, lane.line, (key, end), (other, contact), found);
        }
    }
}

/// Whether two linked lanes meet, at one height, in one direction.
fn meeting(
    network: &RoadNetwork,
    line: u32,
    a: (LaneKey, ContactPoint),
    b: (LaneKey, ContactPoint),
    found: &mut Found,
) {
    let name = |key: LaneKey| network.road(key.road).map_or("", |r| r.id.as_str());
    let place = format!(
        "lane {} of road {} and lane {} of road {}",
        a.0.lane_id,
        name(a.0),
        b.0.lane_id,
        name(b.0),
    );
    if network.leaves_at(a.0, a.1) == network.leaves_at(b.0, b.1) {
        found.add(
            line,
            format!("{place} are linked, but run against each other"),
        );
        return;
    }
    let (Some((p, out)), Some((q, back))) = (network.lane_end(a), network.lane_end(b)) else {
        return;
    };
    let gap = hypot(p.x - q.x, p.y - q.y);
    if (p - q).norm() > LARGEST_GAP_M {
        return;
    }
    if gap > LANE_GAP_M {
        found.add(line, format!("{place} are linked {gap:.2} m apart"));
    }
    let step = (p.z - q.z).abs();
    if step > STEP_M {
        let text = format!("{place} are linked with a step of {step:.2} m in height");
        found.add(line, text);
    }
    let angle = wrap_angle(out - back - PI).abs();
    if angle > ANGLE_RAD {
        let text = format!("{place} are linked at an angle of {angle:.2} rad");
        found.add(line, text);
    }
}

impl RoadNetwork {
    /// The middle of a lane's end, and the heading of the road out of that end, radians.
    fn lane_end(
        &self,
        (key, end): (LaneKey, ContactPoint),
    ) -> Option<(nalgebra::Vector3<f64>, f64)> {
        let road = self.road(key.road)?;
        let (start, stop) = road.section_range(key.section as usize)?;
        // Just inside, for a section's end belongs to the next one.
        let (s, turn) = match end {
            ContactPoint::Start => (start, PI),
            ContactPoint::End => ((stop - 1e-9).max(start), 0.0),
        };
        let (t, _) = road.lane_middle(s, key.lane_id)?;
        Some((
            road.surface(s, t, 0.0)[0],
            road.plan.evaluate(s).heading_rad + turn,
        ))
    }
}
