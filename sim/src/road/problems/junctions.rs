//! Junctions: whether their connections, lanes, priorities and controllers are there.

use std::collections::{BTreeMap, BTreeSet};

use super::Found;
use crate::road::junction::{Connection, Junction, JunctionIndex, JunctionKind};
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::road::{ContactPoint, LinkTarget, Road};

pub(super) fn check(network: &RoadNetwork, found: &mut Found) {
    let controllers: BTreeSet<&str> = network.controllers.iter().map(|c| c.id.as_str()).collect();
    for (index, junction) in network.junctions.iter().enumerate() {
        let index = JunctionIndex(index as u32);
        let mut ids = BTreeMap::new();
        for c in &junction.connections {
            if !c.id.is_empty() && ids.insert(c.id.as_str(), c.line).is_some() {
                let text = format!("junction {} has connection {} twice", junction.id, c.id);
                found.add(c.line, text);
            }
            connection(network, index, junction, c, found);
        }
        for (id, line) in junction.controllers.iter().zip(&junction.controller_lines) {
            if !controllers.contains(id.as_str()) {
                let text = format!(
                    "junction {} names controller {id:?}, which is not there",
                    junction.id
                );
                found.add(*line, text);
            }
        }
        priorities(network, index, junction, found);
    }
    unused(network, found);
}

fn link_at(road: &Road, end: ContactPoint) -> Option<LinkTarget> {
    let link = match end {
        ContactPoint::Start => road.predecessor,
        ContactPoint::End => road.successor,
    };
    link.map(|l| l.target)
}

const ENDS: [ContactPoint; 2] = [ContactPoint::Start, ContactPoint::End];

fn connection(
    network: &RoadNetwork,
    index: JunctionIndex,
    junction: &Junction,
    c: &Connection,
    found: &mut Found,
) {
    let (Some(from), Some(to)) = (network.road(c.incoming), network.road(c.connecting)) else {
        return;
    };
    let leads_here = |road: &Road, end| link_at(road, end) == Some(LinkTarget::Junction(index));
    let place = format!("connection {} of junction {}", c.id, junction.id);
    let is_virtual = junction.kind == JunctionKind::Virtual;
    if !is_virtual && !ENDS.iter().any(|end| leads_here(from, *end)) {
        let text = format!(
            "{place} comes from road {}, which is not linked to the junction",
            from.id
        );
        found.add(c.line, text);
    }
    match junction.kind {
        JunctionKind::Direct => {
            if !leads_here(to, c.contact) {
                let text = format!(
                    "{place} leads to road {}, whose {} is not linked to the junction",
                    to.id,
                    name(c.contact)
                );
                found.add(c.line, text);
            }
        }
        _ if to.junction != Some(index) => {
            let text = format!(
                "{place} goes over road {}, which does not belong to the junction",
                to.id
            );
            found.add(c.line, text);
        }
        _ => {
            let linked = match link_at(to, c.contact) {
                Some(LinkTarget::Road(road, _)) => road == c.incoming,
                // Where junctions follow each other, the road that leads in belongs to the other one.
                Some(LinkTarget::Junction(j)) => from.junction == Some(j),
                None => false,
            };
            if !linked {
                let text = format!(
                    "{place} comes from road {}, to which the {} of road {} is not linked",
                    from.id,
                    name(c.contact),
                    to.id
                );
                found.add(c.line, text);
            }
        }
    }
    // At the ends that lead here; at any where none does.
    let ends = ENDS.into_iter().filter(|end| leads_here(from, *end));
    let mut sections: Vec<_> = ends.filter_map(|end| section_at(from, end)).collect();
    if sections.is_empty() || is_virtual {
        sections.extend(&from.sections);
    }
    let target = section_at(to, c.contact);
    for (a, b) in &c.lane_links {
        let missing = if sections.iter().all(|s| s.lane(*a).is_none()) {
            Some((*a, &from.id))
        } else if target.is_none_or(|s| s.lane(*b).is_none()) {
            Some((*b, &to.id))
        } else {
            None
        };
        if let Some((id, road)) = missing {
            let text = format!(
                "junction {} links lane {id} of road {road}, which is not there",
                junction.id
            );
            found.add(c.line, text);
        }
    }
}

fn section_at(road: &Road, end: ContactPoint) -> Option<&crate::road::LaneSection> {
    match end {
        ContactPoint::Start => road.sections.first(),
        ContactPoint::End => road.sections.last(),
    }
}

fn name(end: ContactPoint) -> &'static str {
    match end {
        ContactPoint::Start => "start",
        ContactPoint::End => "end",
    }
}

/// Priorities between roads that do not meet there.
fn priorities(network: &RoadNetwork, index: JunctionIndex, junction: &Junction, found: &mut Found) {
    let belongs = |road: RoadIndex| {
        junction
            .connections
            .iter()
            .any(|c| c.incoming == road || c.connecting == road)
            || junction.crossing.iter().any(|c| c.road == road)
            || junction.cross_paths.iter().any(|c| c.road == road)
            || network.road(road).is_some_and(|r| {
                r.junction == Some(index)
                    || ENDS
                        .iter()
                        .any(|end| link_at(r, *end) == Some(LinkTarget::Junction(index)))
            })
    };
    for priority in &junction.priorities {
        for road in [priority.high, priority.low] {
            if !belongs(road) {
                let id = network.road(road).map_or("", |r| r.id.as_str());
                let text = format!(
                    "junction {} has a priority of road {id}, which does not belong to it",
                    junction.id
                );
                found.add(priority.line, text);
            }
        }
    }
}

/// Roads of a junction that no connection goes over.
fn unused(network: &RoadNetwork, found: &mut Found) {
    let used: BTreeSet<(JunctionIndex, RoadIndex)> = (0u32..)
        .zip(&network.junctions)
        .flat_map(|(i, junction)| {
            let index = JunctionIndex(i);
            let connections = junction.connections.iter().map(|c| c.connecting);
            let paths = junction.cross_paths.iter().map(|c| c.road);
            connections.chain(paths).map(move |road| (index, road))
        })
        .collect();
    for (road, index) in network.roads.iter().zip(0u32..) {
        let Some(junction) = road.junction else {
            continue;
        };
        let drives = road
            .sections
            .iter()
            .any(|s| s.lanes().any(|l| l.kind.is_drivable()));
        if drives && !used.contains(&(junction, RoadIndex(index))) {
            let id = network.junction(junction).map_or("", |j| j.id.as_str());
            let text = format!(
                "road {} belongs to junction {id}, which has no connection over it",
                road.id
            );
            found.add(road.line, text);
        }
    }
}
