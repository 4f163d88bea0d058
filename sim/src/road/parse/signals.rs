//! `<signals>` and `<controller>`.

use std::collections::BTreeMap;

use super::objects::upright;
use super::{Context, is_set, orientation, validity};
use crate::input::{InputError, XmlNode};
use crate::math::{PI, Pose, wrap_angle};
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::{
    Signal, SignalController, SignalIndex, SignalLink, SignalOrientation, SignalReference,
    SignalSemantics, VariableBoard,
};

/// Signs on boards, at most.
const MAX_SIGNALS: usize = 100_000;

pub(super) fn read(
    context: &mut Context,
    network: &mut RoadNetwork,
    root: &XmlNode,
    roads: &[XmlNode],
) -> Result<(), InputError> {
    let mut references = Vec::new();
    for (i, node) in roads.iter().enumerate() {
        let road = RoadIndex(i as u32);
        for child in node.children("signals").flat_map(|n| n.elements()) {
            match child.name() {
                "signal" => signal_with_boards(context, network, road, &child)?,
                "signalReference" => references.push((road, child)),
                _ => {}
            }
        }
    }
    let mut by_id: BTreeMap<String, SignalIndex> = BTreeMap::new();
    for (signal, i) in network.signals.iter().zip(0u32..) {
        by_id.entry(signal.id.clone()).or_insert(SignalIndex(i));
    }
    link_up(context, network, &by_id);
    for (road, node) in references {
        let id = node.attr("id").unwrap_or_default().trim();
        let Some(signal) = by_id.get(id).copied() else {
            context.problem(&node, format!("signal {id:?} is not there"));
            continue;
        };
        let s_m = node.need_f64("s")?;
        if network
            .road(road)
            .is_some_and(|r| s_m < -0.01 || s_m > r.length_m + 0.01)
        {
            let text = format!("the signal reference stands at s {s_m} m, off the road");
            context.problem(&node, text);
        }
        network.signal_references.push(SignalReference {
            road,
            s_m,
            t_m: node.f64_or("t", 0.0)?,
            signal,
            orientation: orientation(&node),
            validity: validity(&node)?,
            line: context.line(&node),
        });
    }
    for node in root.children("controller") {
        let mut signals: Vec<SignalIndex> = Vec::new();
        for control in node.children("control") {
            let id = control.attr("signalId").unwrap_or_default().trim();
            match by_id.get(id) {
                Some(signal) => signals.push(*signal),
                None => context.problem(&control, format!("signal {id:?} is not there")),
            }
        }
        network.controllers.push(SignalController {
            id: node.attr("id").unwrap_or_default().trim().to_owned(),
            name: node.attr("name").unwrap_or_default().to_owned(),
            signals,
            sequence: node.attr("sequence").and_then(|s| s.trim().parse().ok()),
            line: context.line(&node),
        });
    }
    Ok(())
}

/// Finds the signals that others are linked to.
fn link_up(
    context: &mut Context,
    network: &mut RoadNetwork,
    by_id: &BTreeMap<String, SignalIndex>,
) {
    let objects: std::collections::BTreeSet<&str> =
        network.objects.iter().map(|o| o.id.as_str()).collect();
    for link in network.signals.iter_mut().flat_map(|s| &mut s.links) {
        let is_object = link.kind == OBJECT;
        link.signal = by_id.get(&link.id).copied().filter(|_| !is_object);
        let there = link.signal.is_some() || (is_object && objects.contains(link.id.as_str()));
        if !there {
            let what = if is_object { "object" } else { "signal" };
            context.problem_at(link.line, format!("{what} {:?} is not there", link.id));
        }
    }
}

/// Kind of a link to an object.
const OBJECT: &str = "object";

fn links(context: &Context, node: &XmlNode) -> Vec<SignalLink> {
    let text = |n: &XmlNode, name: &str| n.attr(name).unwrap_or_default().trim().to_owned();
    node.elements()
        .filter_map(|link| {
            let (id, is_dependency) = match link.name() {
                "dependency" => (text(&link, "id"), true),
                "reference" => (text(&link, "elementId"), false),
                _ => return None,
            };
            let is_object = text(&link, "elementType") == OBJECT;
            Some(SignalLink {
                id,
                signal: None,
                is_dependency,
                kind: if is_object {
                    OBJECT.to_owned()
                } else {
                    text(&link, "type")
                },
                line: context.line(&link),
            })
        })
        .collect()
}

fn semantics(node: &XmlNode) -> Vec<SignalSemantics> {
    let parts = node.children("semantics").flat_map(|n| n.elements());
    parts
        .map(|part| {
            let text = |name: &str| part.attr(name).unwrap_or_default().trim().to_owned();
            SignalSemantics {
                topic: part.name().to_owned(),
                kind: text("type"),
                value: text("value").parse().ok().filter(|v: &f64| v.is_finite()),
                unit: text("unit"),
            }
        })
        .collect()
}

fn variable_boards(node: &XmlNode) -> Result<Vec<VariableBoard>, InputError> {
    let mut boards = Vec::new();
    for board in node.children("vmsBoard") {
        let mut areas = Vec::new();
        for area in board.children("displayArea") {
            let index = area.attr("index").and_then(|i| i.trim().parse().ok());
            let extent = [
                area.f64_or("v", 0.0)?,
                area.f64_or("z", 0.0)?,
                area.f64_or("width", 0.0)?,
                area.f64_or("height", 0.0)?,
            ];
            areas.push((index.unwrap_or(0), extent));
        }
        boards.push(VariableBoard {
            display: board.attr("displayType").unwrap_or_default().to_owned(),
            width_m: board.f64_or("displayWidth", 0.0)?,
            height_m: board.f64_or("displayHeight", 0.0)?,
            areas,
        });
    }
    Ok(boards)
}

/// A signal, and the signs of its static boards as signals of their own.
fn signal_with_boards(
    context: &mut Context,
    network: &mut RoadNetwork,
    road: RoadIndex,
    node: &XmlNode,
) -> Result<(), InputError> {
    let signal = signal(context, network, road, node)?;
    let board = SignalIndex(network.signals.len() as u32);
    network.signals.push(signal.clone());
    for (part, sign) in node
        .children("staticBoard")
        .flat_map(|part| part.children("sign").map(move |sign| (part, sign)))
    {
        if network.signals.len() >= MAX_SIGNALS {
            return Err(sign.error("at most 100000 signals", "more"));
        }
        let (v, z) = (sign.f64_or("v", 0.0)?, sign.f64_or("z", 0.0)?);
        let place = signal.pose.to_isometry() * nalgebra::Point3::new(0.0, v, z);
        let mut own = described(context, &sign, &signal)?;
        let hangs = Pose {
            x_m: place.x,
            y_m: place.y,
            z_m: place.z,
            ..signal.pose
        };
        own.pose = physical(context, network, &sign, PI)?.unwrap_or(hangs);
        own.z_offset_m = signal.z_offset_m + z;
        own.board = Some(board);
        if own.validity.is_empty() {
            own.validity = validity(&part)?;
        }
        if own.validity.is_empty() {
            own.validity.clone_from(&signal.validity);
        }
        own.links.extend(links(context, &part));
        if !own.pose.is_finite() {
            return Err(sign.error("a sign at a place on the map", format!("v {v}, z {z}")));
        }
        network.signals.push(own);
    }
    Ok(())
}

/// What is written of a signal or sign, at the place of another one.
fn described(context: &mut Context, node: &XmlNode, place: &Signal) -> Result<Signal, InputError> {
    let text = |name: &str| node.attr(name).unwrap_or_default().trim().to_owned();
    Ok(Signal {
        id: text("id"),
        name: text("name"),
        dynamic: is_set(node, "dynamic"),
        country: text("country"),
        kind: text("type"),
        subtype: text("subtype"),
        value: text("value").parse().ok().filter(|v: &f64| v.is_finite()),
        unit: text("unit"),
        text: text("text"),
        height_m: node.f64_or("height", 0.0)?.clamp(0.0, 100.0),
        width_m: node.f64_or("width", 0.0)?.clamp(0.0, 100.0),
        validity: validity(node)?,
        links: links(context, node),
        semantics: semantics(node),
        board: None,
        variable_boards: variable_boards(node)?,
        line: context.line(node),
        ..place.clone()
    })
}

fn signal(
    context: &mut Context,
    network: &RoadNetwork,
    road: RoadIndex,
    node: &XmlNode,
) -> Result<Signal, InputError> {
    let (s, t) = (node.need_f64("s")?, node.need_f64("t")?);
    let z_offset_m = node.f64_or("zOffset", 0.0)?;
    let orientation = orientation(node);
    // Its face looks at the traffic it counts for.
    let face = if orientation == SignalOrientation::Against {
        0.0
    } else {
        PI
    };
    if network
        .road(road)
        .is_some_and(|r| s < -0.01 || s > r.length_m + 0.01)
    {
        context.problem(node, format!("the signal stands at s {s} m, off the road"));
    }
    let physical = physical(context, network, node, face)?;
    let logical = || {
        let heading = face + node.f64_or("hOffset", 0.0)?;
        let pose = upright(network, road, [s, t, z_offset_m], heading)
            .ok_or_else(|| node.error("a signal at a place on the map", format!("s {s}, t {t}")))?;
        tilted(pose, node, face)
    };
    let pose = physical.map_or_else(logical, Ok)?;
    let empty = Signal {
        id: String::new(),
        name: String::new(),
        road,
        s_m: s,
        t_m: t,
        z_offset_m,
        orientation,
        dynamic: false,
        country: String::new(),
        kind: String::new(),
        subtype: String::new(),
        value: None,
        unit: String::new(),
        text: String::new(),
        height_m: 0.0,
        width_m: 0.0,
        validity: Vec::new(),
        links: Vec::new(),
        semantics: Vec::new(),
        board: None,
        variable_boards: Vec::new(),
        pose,
        line: 0,
    };
    let boards: Vec<XmlNode> = node.children("vmsBoard").collect();
    let mut signal = described(context, node, &empty)?;
    for board in boards {
        signal.links.extend(links(context, &board));
        if signal.validity.is_empty() {
            signal.validity = validity(&board)?;
        }
    }
    Ok(signal)
}

/// Pitch and roll are written for the direction of the road; a face that looks back has both reversed.
fn tilted(pose: Pose, node: &XmlNode, face: f64) -> Result<Pose, InputError> {
    let sign = if face == 0.0 { 1.0 } else { -1.0 };
    Ok(Pose {
        pitch_rad: wrap_angle(sign * node.f64_or("pitch", 0.0)?),
        roll_rad: wrap_angle(sign * node.f64_or("roll", 0.0)?),
        ..pose
    })
}

/// Where it physically stands, if that is not where it counts.
fn physical(
    context: &mut Context,
    network: &RoadNetwork,
    node: &XmlNode,
    face: f64,
) -> Result<Option<Pose>, InputError> {
    if let Some(at) = node.child("positionInertial") {
        let (mut x_m, mut y_m) = (at.need_f64("x")?, at.need_f64("y")?);
        let (mut z_m, mut heading) = (at.f64_or("z", 0.0)?, at.f64_or("hdg", 0.0)?);
        if let Some(relocation) = &context.relocation {
            (x_m, y_m) = relocation.point(x_m, y_m);
            z_m += relocation.shift_m[2];
            heading = relocation.heading(heading);
        }
        let pose = Pose {
            x_m,
            y_m,
            z_m,
            yaw_rad: wrap_angle(PI + heading),
            ..Pose::default()
        };
        return Ok(Some(tilted(pose, &at, PI)?));
    }
    let Some(at) = node.child("positionRoad") else {
        return Ok(None);
    };
    let Some(road) = context.road_named(&at, "roadId") else {
        return Ok(None);
    };
    let place = [
        at.need_f64("s")?,
        at.need_f64("t")?,
        at.f64_or("zOffset", 0.0)?,
    ];
    let heading = face + at.f64_or("hOffset", 0.0)?;
    let pose = upright(network, road, place, heading)
        .ok_or_else(|| at.error("a signal at a place on the map", "none"))?;
    Ok(Some(tilted(pose, &at, face)?))
}
