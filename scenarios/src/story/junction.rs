//! Which road to take through a junction.

use sim::math;
use sim::road::{ContactPoint, JunctionIndex, LinkTarget, RoadIndex, RoadNetwork};

use super::place::JunctionChoice;

/// A road that leads on through a junction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LeadingOn {
    /// The connecting road.
    pub road: RoadIndex,
    /// Its end at the incoming road.
    pub contact: ContactPoint,
    /// Its lane that continues the incoming one.
    pub lane_id: i32,
}

/// Connecting roads whose lanes continue a lane of an incoming road, in file order.
pub fn connections(
    map: &RoadNetwork,
    junction: JunctionIndex,
    road: RoadIndex,
    lane_id: i32,
) -> Vec<LeadingOn> {
    let Some(found) = map.junction(junction) else {
        return Vec::new();
    };
    let mut options = Vec::new();
    for connection in found.connections.iter().filter(|c| c.incoming == road) {
        let links = connection
            .lane_links
            .iter()
            .filter(|(from, _)| *from == lane_id);
        options.extend(links.map(|(_, to)| LeadingOn {
            road: connection.connecting,
            contact: connection.contact,
            lane_id: *to,
        }));
    }
    options
}

/// Connecting roads that lead to a lane of a road, entered at that end, against their traffic: the way
/// on for who drives on the wrong side.
pub fn against_traffic(
    map: &RoadNetwork,
    junction: JunctionIndex,
    road: RoadIndex,
    lane_id: i32,
) -> Vec<LeadingOn> {
    let Some(found) = map.junction(junction) else {
        return Vec::new();
    };
    let mut options: Vec<LeadingOn> = Vec::new();
    for connection in &found.connections {
        if outgoing(map, connection.connecting, connection.contact) != Some(road) {
            continue;
        }
        let Some(connecting) = map.road(connection.connecting) else {
            continue;
        };
        let (section, contact) = match connection.contact {
            ContactPoint::Start => (connecting.sections.last(), ContactPoint::End),
            ContactPoint::End => (connecting.sections.first(), ContactPoint::Start),
        };
        let leads_here = |lane: &&sim::road::Lane| {
            let links = match contact {
                ContactPoint::End => &lane.successors,
                ContactPoint::Start => &lane.predecessors,
            };
            links.contains(&lane_id)
        };
        let lane = section.and_then(|s| s.lanes().find(leads_here));
        options.extend(lane.map(|lane| LeadingOn {
            road: connection.connecting,
            contact,
            lane_id: lane.id,
        }));
    }
    options
}

/// The road at the far end of a connecting road, entered at `contact`.
pub fn outgoing(
    map: &RoadNetwork,
    connecting: RoadIndex,
    contact: ContactPoint,
) -> Option<RoadIndex> {
    let road = map.road(connecting)?;
    let link = match contact {
        ContactPoint::Start => road.successor,
        ContactPoint::End => road.predecessor,
    };
    match link?.target {
        LinkTarget::Road(next, _) => Some(next),
        LinkTarget::Junction(_) => None,
    }
}

/// The one to take.
pub fn choose(
    map: &RoadNetwork,
    incoming: RoadIndex,
    is_forward: bool,
    options: &[LeadingOn],
    choice: JunctionChoice<'_>,
) -> Option<LeadingOn> {
    if options.len() <= 1 {
        return options.first().copied();
    }
    match choice {
        JunctionChoice::Route(roads) => {
            // Off its route, as behind its end, it takes the first way in the file.
            let Some(here) = roads.iter().position(|r| *r == incoming) else {
                return options.first().copied();
            };
            let ahead = roads.get(here + 1..).unwrap_or_default();
            let on_route = options
                .iter()
                .find(|o| ahead.first() == Some(&o.road))
                .or_else(|| {
                    // The route's connecting road may be another lane's; the road it leads to decides.
                    let target = ahead
                        .iter()
                        .find(|r| map.road(**r).is_some_and(|r| r.junction.is_none()))?;
                    options
                        .iter()
                        .find(|o| outgoing(map, o.road, o.contact) == Some(*target))
                });
            on_route.or(options.first()).copied()
        }
        JunctionChoice::Angle(angle_rad) => {
            let road = map.road(incoming)?;
            let (s_m, turn) = if is_forward {
                (road.length_m, 0.0)
            } else {
                (0.0, math::PI)
            };
            let heading_in = road.plan.evaluate(s_m).heading_rad + turn;
            let mut best: Option<(f64, LeadingOn)> = None;
            for option in options {
                let Some(connecting) = map.road(option.road) else {
                    continue;
                };
                let (s_m, turn) = match option.contact {
                    ContactPoint::Start => (connecting.length_m, 0.0),
                    ContactPoint::End => (0.0, math::PI),
                };
                let heading_out = connecting.plan.evaluate(s_m).heading_rad + turn;
                let off = math::wrap_angle(heading_out - heading_in - angle_rad).abs();
                if best.is_none_or(|(least, _)| off < least) {
                    best = Some((off, *option));
                }
            }
            best.map(|(_, option)| option)
        }
    }
}
