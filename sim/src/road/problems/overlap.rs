//! Roads that lie on each other where they should not.

use std::collections::BTreeSet;

use super::Found;
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::road::{LinkTarget, Road};
use crate::road::{JunctionIndex, Lane};

/// Distance of the places at which roads are compared with others, metres.
const STEP_M: f64 = 5.0;
/// Roads that lead nowhere are not compared with others this near to that end, metres.
const EDGE_M: f64 = 25.0;
/// Stations of one road farther apart than this are two places of it, metres.
const APART_M: f64 = 30.0;

/// Stretches of road that are looked at for each place of a road, on average, and for a road besides. Roads
/// of large junctions need 20 a place; lanes hundreds of metres wide would lie at every place of a map.
const LOOKS_A_PLACE: usize = 24;
const LOOKS_A_ROAD: usize = 1000;

/// What was looked at of one road.
struct Looked {
    /// Roads that were told of.
    told: BTreeSet<RoadIndex>,
    /// Stretches that may still be looked at.
    budget: usize,
}

/// Roads whose drivable lanes lie under this one's at one height, outside junctions.
pub(super) fn check(network: &RoadNetwork, index: RoadIndex, road: &Road, found: &mut Found) {
    let places = || {
        let count = (road.length_m / STEP_M).floor() as usize;
        let stations = (1..count).map(|i| i as f64 * STEP_M);
        // At the map's edge roads may be cut off on each other.
        let is_inside = |s: &f64| {
            (road.predecessor.is_some() || *s >= EDGE_M)
                && (road.successor.is_some() || *s <= road.length_m - EDGE_M)
        };
        stations.filter(is_inside).flat_map(|s| {
            let lanes = road.section(s).into_iter().flat_map(|s| s.lanes());
            lanes
                .filter(|lane| lane.kind.is_drivable())
                .map(move |lane| (s, lane))
        })
    };
    let mut looked = Looked {
        told: BTreeSet::new(),
        budget: LOOKS_A_ROAD + LOOKS_A_PLACE * places().count(),
    };
    for (s, lane) in places() {
        under(network, (index, road), (s, lane), &mut looked, found);
        if looked.budget == 0 {
            let text = format!(
                "road {} was compared with others up to s {s:.0} m only: too many lie under it, or lanes too wide",
                road.id
            );
            found.add(road.line, text);
            break;
        }
    }
}

fn under(
    network: &RoadNetwork,
    (index, road): (RoadIndex, &Road),
    (s, lane): (f64, &Lane),
    looked: &mut Looked,
    found: &mut Found,
) {
    let Some(bounds) = road.lane_bounds(s, lane.id) else {
        return;
    };
    if (bounds.outer_t_m - bounds.inner_t_m).abs() < 1.0 {
        return;
    }
    let t = 0.5 * (bounds.inner_t_m + bounds.outer_t_m);
    let [p, ..] = road.surface(s, t, 0.0);
    for (other, there) in network.roads_at(p, &mut looked.budget) {
        let Some(lies) = network.road(other) else {
            continue;
        };
        if let Some(junction) = road.junction {
            if lies.junction.is_none()
                && !network.leads_to(other, junction)
                && !network.are_neighbours(index, other)
                && looked.told.insert(other)
            {
                let id = network.junction(junction).map_or("", |j| j.id.as_str());
                let text = format!(
                    "road {} lies on road {}, which does not lead to its junction {id}, at s {s:.0} m",
                    road.id, lies.id
                );
                found.add(road.line, text);
            }
            continue;
        }
        let apart = other != index || (there - s).abs() > APART_M;
        let ends = other == index && is_closed(road, index) && near_seam(road, s, there);
        if other < index || !apart || ends || lies.junction.is_some() || !looked.told.insert(other)
        {
            continue;
        }
        // Of a direct junction, lanes that fork or merge share their space.
        if share_direct_junction(network, road, lies) {
            continue;
        }
        let text = if other == index {
            format!(
                "road {} lies on itself at s {s:.0} and {there:.0} m",
                road.id
            )
        } else {
            format!(
                "road {} lies on road {} outside junctions, at s {s:.0} m",
                lies.id, road.id
            )
        };
        found.add(lies.line, text);
    }
}

impl RoadNetwork {
    /// Whether a road is part of a junction: linked to it, linked to by one of its roads, or the main
    /// road of a virtual one.
    fn leads_to(&self, road: RoadIndex, junction: JunctionIndex) -> bool {
        let targets = |road: &Road| [road.predecessor, road.successor].map(|l| l.map(|l| l.target));
        let Some(found) = self.road(road) else {
            return false;
        };
        let main = self.junction(junction).and_then(|j| j.main_road);
        targets(found).contains(&Some(LinkTarget::Junction(junction)))
            || main.is_some_and(|(main, ..)| main == road)
            || self.roads.iter().any(|r| {
                r.junction == Some(junction)
                    && targets(r)
                        .into_iter()
                        .flatten()
                        .any(|t| matches!(t, LinkTarget::Road(other, _) if other == road))
            })
    }
}

fn is_closed(road: &Road, index: RoadIndex) -> bool {
    let leads = |link: Option<crate::road::RoadLink>| {
        link.is_some_and(|l| matches!(l.target, LinkTarget::Road(r, _) if r == index))
    };
    leads(road.predecessor) || leads(road.successor)
}

fn near_seam(road: &Road, a: f64, b: f64) -> bool {
    road.length_m - (a - b).abs() < APART_M
}

fn share_direct_junction(network: &RoadNetwork, a: &Road, b: &Road) -> bool {
    let junctions = |road: &Road| {
        [road.predecessor, road.successor]
            .into_iter()
            .flatten()
            .filter_map(|link| match link.target {
                LinkTarget::Junction(j) => Some(j),
                LinkTarget::Road(..) => None,
            })
            .collect::<Vec<_>>()
    };
    let others = junctions(b);
    junctions(a).into_iter().any(|j| {
        others.contains(&j)
            && network
                .junction(j)
                .is_some_and(|j| j.kind == crate::road::JunctionKind::Direct)
    })
}
