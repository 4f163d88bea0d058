//! `<junction>` and `<junctionGroup>`.

use super::{Context, contact, lanes};
use crate::input::{InputError, XmlNode};
use crate::road::network::RoadIndex;
use crate::road::{
    BoundarySegment, Connection, ContactPoint, CrossPath, CrossingSection, DEFAULT_OVERLAP_M,
    Junction, JunctionGroup, JunctionKind, JunctionPriority, VirtualConnection,
};

pub(super) fn junction(context: &mut Context, node: &XmlNode) -> Result<Junction, InputError> {
    let id = node.need_attr("id")?;
    let kind = match node.attr("type").map_or("default", str::trim) {
        "default" | "" => JunctionKind::Common,
        "direct" => JunctionKind::Direct,
        "virtual" => JunctionKind::Virtual,
        "crossing" => JunctionKind::Crossing,
        other => {
            context.problem(
                node,
                format!("junction {id} is of type {other:?}, which the standard does not know"),
            );
            JunctionKind::Common
        }
    };
    let mut junction = Junction {
        id: id.to_owned(),
        name: node.attr("name").unwrap_or_default().to_owned(),
        kind,
        line: context.line(node),
        ..Junction::default()
    };
    if node.attr("mainRoad").is_some() {
        let main = context.road_named(node, "mainRoad");
        let (start, end) = (node.f64_or("sStart", 0.0)?, node.f64_or("sEnd", 0.0)?);
        junction.main_road = main.map(|road| (road, start, end));
    }
    let mut controllers: Vec<(u32, String, u32)> = Vec::new();
    for child in node.elements() {
        match child.name() {
            "connection" => connection(context, &child, &mut junction)?,
            "priority" => junction.priorities.extend(priority(context, &child)),
            "controller" => {
                let sequence = child.attr("sequence").and_then(|s| s.trim().parse().ok());
                let id = child.attr("id").unwrap_or_default().trim().to_owned();
                controllers.push((sequence.unwrap_or(0), id, context.line(&child)));
            }
            "crossPath" => junction.cross_paths.extend(cross_path(context, &child)?),
            "roadSection" => {
                let road = context.road_named(&child, "roadId");
                let (s_start_m, s_end_m) = (child.need_f64("sStart")?, child.need_f64("sEnd")?);
                junction.crossing.extend(road.map(|road| CrossingSection {
                    road,
                    s_start_m,
                    s_end_m,
                }));
            }
            "boundary" => {
                for segment in child.children("segment") {
                    let found = boundary_segment(context, &segment)?;
                    junction.boundary.extend(found);
                }
            }
            _ => {}
        }
    }
    controllers.sort_by_key(|(sequence, ..)| *sequence);
    junction.controller_lines = controllers.iter().map(|(.., line)| *line).collect();
    junction.controllers = controllers.into_iter().map(|(_, id, _)| id).collect();
    Ok(junction)
}

/// One of its two roads may be left out: it then says nothing about two.
fn priority(context: &mut Context, node: &XmlNode) -> Option<JunctionPriority> {
    let mut road = |name| {
        node.attr(name)?;
        context.road_named(node, name)
    };
    match (road("high"), road("low")) {
        (Some(high), Some(low)) => Some(JunctionPriority {
            high,
            low,
            line: context.line(node),
        }),
        _ => None,
    }
}

/// Lane links, and the overlap of each, metres.
type LaneLinks = (Vec<(i32, i32)>, Vec<f64>);

fn lane_links(node: &XmlNode) -> Result<LaneLinks, InputError> {
    let (mut links, mut overlaps) = (Vec::new(), Vec::new());
    for link in node.children("laneLink") {
        links.push((lanes::lane_id(&link, "from")?, lanes::lane_id(&link, "to")?));
        overlaps.push(link.f64_or("overlapZone", DEFAULT_OVERLAP_M)?);
    }
    Ok((links, overlaps))
}

fn connection(
    context: &mut Context,
    node: &XmlNode,
    junction: &mut Junction,
) -> Result<(), InputError> {
    let (lane_links, overlap_m) = lane_links(node)?;
    let id = node.attr("id").unwrap_or_default().to_owned();
    let is_virtual = node.attr("type").map(str::trim) == Some("virtual");
    if is_virtual && node.child("predecessor").is_some() {
        let mut end = |name: &str| {
            let end = node.need_child(name)?;
            let road = context.road_named(&end, "elementId");
            let against = end.attr("elementDir").map(str::trim) == Some("-");
            let direction = if against { -1 } else { 1 };
            let s_m = end.f64_or("elementS", 0.0)?;
            Ok::<_, InputError>(road.map(|road| (road, s_m, direction)))
        };
        if let (Some(from), Some(to)) = (end("predecessor")?, end("successor")?) {
            junction.virtual_connections.push(VirtualConnection {
                id,
                from,
                to,
                lane_links,
                line: context.line(node),
            });
        }
        return Ok(());
    }
    // In a virtual junction the road that leads in may be left out: it is the main road.
    let main = junction.main_road.map(|(road, ..)| road);
    let incoming = match (node.attr("incomingRoad"), main) {
        (None, Some(main)) => Some(main),
        (None, None) if junction.kind == JunctionKind::Virtual => return Ok(()),
        _ => context.road_named(node, "incomingRoad"),
    };
    let is_direct = node.attr("connectingRoad").is_none() && node.attr("linkedRoad").is_some();
    let name = if is_direct {
        "linkedRoad"
    } else {
        "connectingRoad"
    };
    let (Some(incoming), Some(connecting)) = (incoming, context.road_named(node, name)) else {
        return Ok(());
    };
    let contact = contact(node.attr("contactPoint")).unwrap_or_else(|| {
        context.problem(node, "the connection has no contactPoint");
        ContactPoint::Start
    });
    junction.connections.push(Connection {
        id,
        incoming,
        connecting,
        contact,
        lane_links,
        overlap_m,
        line: context.line(node),
    });
    Ok(())
}

fn cross_path(context: &mut Context, node: &XmlNode) -> Result<Option<CrossPath>, InputError> {
    let road = context.road_named(node, "crossingRoad");
    let mut end = |link: &str, name: &str| {
        let Some(link) = node.child(link) else {
            return Ok(None);
        };
        let at = context.road_named(node, name);
        let (from, to) = (lanes::lane_id(&link, "from")?, lanes::lane_id(&link, "to")?);
        let s_m = link.f64_or("s", 0.0)?;
        Ok::<_, InputError>(at.map(|road: RoadIndex| (road, s_m, from, to)))
    };
    let (start, stop) = (
        end("startLaneLink", "roadAtStart")?,
        end("endLaneLink", "roadAtEnd")?,
    );
    Ok(road.map(|road| CrossPath {
        id: node.attr("id").unwrap_or_default().to_owned(),
        road,
        start,
        end: stop,
        line: context.line(node),
    }))
}

fn boundary_segment(
    context: &mut Context,
    node: &XmlNode,
) -> Result<Option<BoundarySegment>, InputError> {
    let Some(road) = context.road_named(node, "roadId") else {
        return Ok(None);
    };
    if node.attr("type").map(str::trim) == Some("joint") {
        return Ok(contact(node.attr("contactPoint"))
            .map(|contact| BoundarySegment::Joint { road, contact }));
    }
    // Stations may be written as `begin` and `end` (of the road, whose length is not known here).
    let station = |name: &str| match node.attr(name).map(str::trim) {
        Some("end") => Ok(f64::INFINITY),
        None | Some("begin" | "start") => Ok(0.0),
        _ => node.need_f64(name),
    };
    Ok(Some(BoundarySegment::Lane {
        road,
        lane_id: lanes::lane_id(node, "boundaryLane")?,
        s_start_m: station("sStart")?,
        s_end_m: station("sEnd")?,
    }))
}

pub(super) fn groups(context: &mut Context, root: &XmlNode) -> Vec<JunctionGroup> {
    let mut groups = Vec::new();
    for node in root.children("junctionGroup") {
        let text = |name: &str| node.attr(name).unwrap_or_default().trim().to_owned();
        let mut junctions = Vec::new();
        for reference in node.children("junctionReference") {
            let id = reference.attr("junction").unwrap_or_default().trim();
            match context.junctions.get(id) {
                Some(index) => junctions.push(*index),
                None => context.problem(&reference, format!("junction {id:?} is not there")),
            }
        }
        groups.push(JunctionGroup {
            id: text("id"),
            name: text("name"),
            kind: text("type"),
            junctions,
        });
    }
    groups
}
