//! OpenDRIVE XML to a [`RoadNetwork`].

mod furniture;
mod lanes;
mod plan;

use std::collections::BTreeMap;
use std::path::Path;

use super::junction::{Connection, Junction, JunctionIndex, JunctionPriority};
use super::lane_graph::LaneGraph;
use super::network::{Problem, RoadIndex, RoadNetwork};
use super::relocation::Relocation;
use super::road::{ContactPoint, LinkTarget, Road, RoadLink, RoadType, ShapeSection, TrafficRule};
use super::strip::StripIndex;
use super::{Cubic, CubicProfile, LaneHeight};
use crate::input::{InputError, Limits, XmlFile, XmlNode};

/// What parsing keeps beside the map.
struct Context {
    /// Byte offsets at which lines start.
    lines: Vec<usize>,
    problems: Vec<Problem>,
    roads: BTreeMap<String, RoadIndex>,
    junctions: BTreeMap<String, JunctionIndex>,
    length_left_m: f64,
    panels_left: usize,
    objects_left: usize,
    relocation: Option<Relocation>,
}

impl Context {
    fn line(&self, node: &XmlNode) -> u32 {
        let start = node.node.range().start;
        self.lines.partition_point(|l| *l <= start) as u32
    }

    fn problem(&mut self, node: &XmlNode, text: impl Into<String>) {
        // Enough to see what is wrong with a file that is wrong everywhere.
        if self.problems.len() < 10_000 {
            let line = self.line(node);
            self.problems.push(Problem {
                line,
                text: text.into(),
            });
        }
    }
}

pub(super) fn network(
    path: &Path,
    text: String,
    limits: &Limits,
) -> Result<RoadNetwork, InputError> {
    let file = XmlFile::from_text(path, text, limits);
    let document = file.parse()?;
    let root = file.root(&document);
    if root.name() != "OpenDRIVE" {
        return Err(root.error(
            "<OpenDRIVE> as the root element",
            format!("<{}>", root.name()),
        ));
    }
    let newlines = document.input_text().bytes().enumerate();
    let lines = std::iter::once(0)
        .chain(newlines.filter(|(_, b)| *b == b'\n').map(|(i, _)| i + 1))
        .collect();
    let mut context = Context {
        lines,
        problems: Vec::new(),
        roads: BTreeMap::new(),
        junctions: BTreeMap::new(),
        length_left_m: limits.max_road_length_m,
        panels_left: 2_000_000,
        objects_left: 100_000,
        relocation: relocation(&root)?,
    };
    let road_nodes: Vec<XmlNode> = root.children("road").collect();
    let junction_nodes: Vec<XmlNode> = root.children("junction").collect();
    for (i, node) in road_nodes.iter().enumerate() {
        let id = node.need_attr("id")?;
        if context
            .roads
            .insert(id.to_owned(), RoadIndex(i as u32))
            .is_some()
        {
            return Err(node.error("roads with ids of their own", format!("road {id:?} twice")));
        }
    }
    for (i, node) in junction_nodes.iter().enumerate() {
        let id = node.need_attr("id")?;
        let index = JunctionIndex(i as u32);
        if context.junctions.insert(id.to_owned(), index).is_some() {
            return Err(node.error(
                "junctions with ids of their own",
                format!("junction {id:?} twice"),
            ));
        }
    }
    let mut network = RoadNetwork::empty();
    network.relocation = context.relocation;
    for node in &road_nodes {
        network.roads.push(road(&mut context, node)?);
    }
    for node in &junction_nodes {
        network.junctions.push(junction(&mut context, node)?);
    }
    network.geo_reference = root
        .child("header")
        .and_then(|header| header.child("geoReference"))
        .and_then(|node| node.node.text())
        .map(|text| text.trim().to_owned());
    furniture::read(&mut context, &mut network, &root, &road_nodes)?;
    network.strips = StripIndex::new(&network.roads);
    network.road_by_id = std::mem::take(&mut context.roads);
    let (graph, gaps) = LaneGraph::new(&network);
    network.graph = graph;
    network.problems = context.problems;
    network.problems.extend(gaps);
    network.problems.sort_by_key(|problem| problem.line);
    Ok(network)
}

fn relocation(root: &XmlNode) -> Result<Option<Relocation>, InputError> {
    let Some(node) = root.child("header").and_then(|h| h.child("offset")) else {
        return Ok(None);
    };
    let part = |name: &str| node.f64_or(name, 0.0);
    Ok(Some(Relocation {
        shift_m: [part("x")?, part("y")?, part("z")?],
        turn_rad: part("hdg")?,
    }))
}

fn road(context: &mut Context, node: &XmlNode) -> Result<Road, InputError> {
    let stated_m = node.need_f64("length")?;
    if stated_m < 0.0 {
        return Err(node.error("a road length of at least 0 m", format!("{stated_m} m")));
    }
    context.length_left_m -= stated_m;
    if context.length_left_m < 0.0 {
        return Err(node.error("roads within --max-road-length", "more road"));
    }
    let plan = plan::plan_view(context, node)?;
    let end_m = plan.end_m();
    let mut length_m = stated_m;
    if (end_m - stated_m).abs() > 0.01 + 1e-3 * stated_m {
        context.problem(
            node,
            format!("the road is {stated_m} m long, its geometry {end_m} m"),
        );
        length_m = stated_m.min(end_m);
    }
    let mut types = Vec::new();
    for record in node.children("type") {
        let speed = record.child("speed");
        types.push(RoadType {
            s_m: record.f64_or("s", 0.0)?,
            kind: record.attr("type").unwrap_or_default().to_owned(),
            speed_limit_mps: speed.and_then(|s| speed_mps(context, &s)),
        });
    }
    types.sort_by(|a, b| a.s_m.total_cmp(&b.s_m));
    let lateral = node.child("lateralProfile");
    let lanes_node = node.need_child("lanes")?;
    let link = node.child("link");
    let mut ends = [None, None];
    for (slot, name) in ends.iter_mut().zip(["predecessor", "successor"]) {
        if let Some(node) = link.and_then(|l| l.child(name)) {
            *slot = road_link(context, &node, name == "predecessor");
        }
    }
    let [predecessor, successor] = ends;
    let junction = match node.attr("junction").map(str::trim) {
        None | Some("-1" | "") => None,
        Some(id) => {
            let found = context.junctions.get(id).copied();
            if found.is_none() {
                context.problem(
                    node,
                    format!("the road belongs to junction {id:?}, which is not there"),
                );
            }
            found
        }
    };
    let left_hand = node
        .attr("rule")
        .is_some_and(|r| r.trim().eq_ignore_ascii_case("LHT"));
    let sections = lanes::sections(context, &lanes_node)?;
    let lifted = |h: &LaneHeight| h.inner_m != 0.0 || h.outer_m != 0.0;
    let has_heights = sections
        .iter()
        .flat_map(|s| s.lanes())
        .any(|l| l.heights.iter().any(lifted));
    Ok(Road {
        id: node.need_attr("id")?.to_owned(),
        name: node.attr("name").unwrap_or_default().to_owned(),
        length_m,
        junction,
        rule: if left_hand {
            TrafficRule::LeftHand
        } else {
            TrafficRule::RightHand
        },
        predecessor,
        successor,
        types,
        plan,
        elevation: profile(node.child("elevationProfile").as_ref(), "elevation", "s")?
            .raised(context.relocation.map_or(0.0, |r| r.shift_m[2])),
        superelevation: profile(lateral.as_ref(), "superelevation", "s")?,
        shape: shape(lateral.as_ref())?,
        lane_offset: profile(Some(&lanes_node), "laneOffset", "s")?,
        has_heights,
        sections,
        line: context.line(node),
    })
}

/// Cubic records under a node; `start` is the attribute of their start.
fn profile(node: Option<&XmlNode>, name: &str, start: &str) -> Result<CubicProfile, InputError> {
    let mut records = Vec::new();
    for record in node
        .iter()
        .flat_map(|n| n.elements())
        .filter(|n| n.name() == name)
    {
        records.push(cubic(&record, start)?);
    }
    Ok(CubicProfile::new(records))
}

fn cubic(record: &XmlNode, start: &str) -> Result<Cubic, InputError> {
    let mut coefficients = [0.0; 4];
    for (slot, name) in coefficients.iter_mut().zip(["a", "b", "c", "d"]) {
        *slot = record.f64_or(name, 0.0)?;
    }
    Ok(Cubic {
        s_m: record.f64_or(start, 0.0)?,
        coefficients,
    })
}

fn shape(lateral: Option<&XmlNode>) -> Result<Vec<ShapeSection>, InputError> {
    let mut records = Vec::new();
    for record in lateral.iter().flat_map(|n| n.children("shape")) {
        records.push((record.f64_or("s", 0.0)?, cubic(&record, "t")?));
    }
    records.sort_by(|a, b| a.0.total_cmp(&b.0));
    let sections = records
        .chunk_by(|a, b| a.0 == b.0)
        .map(|same| ShapeSection {
            s_m: same.first().map_or(0.0, |r| r.0),
            over_t: CubicProfile::new(same.iter().map(|r| r.1).collect()),
        });
    Ok(sections.collect())
}

fn road_link(context: &mut Context, node: &XmlNode, at_start: bool) -> Option<RoadLink> {
    let line = context.line(node);
    let id = node.attr("elementId").unwrap_or_default().trim();
    let target = if node.attr("elementType") == Some("junction") {
        context.junctions.get(id).copied().map(LinkTarget::Junction)
    } else {
        let contact = contact(node.attr("contactPoint")).unwrap_or_else(|| {
            context.problem(node, "the link has no contactPoint");
            if at_start {
                ContactPoint::End
            } else {
                ContactPoint::Start
            }
        });
        let road = context.roads.get(id).copied();
        road.map(|road| LinkTarget::Road(road, contact))
    };
    if target.is_none() {
        let kind = node.attr("elementType").unwrap_or("road");
        context.problem(
            node,
            format!("the link leads to {kind} {id:?}, which is not there"),
        );
    }
    target.map(|target| RoadLink { target, line })
}

fn contact(text: Option<&str>) -> Option<ContactPoint> {
    match text?.trim() {
        "start" => Some(ContactPoint::Start),
        "end" => Some(ContactPoint::End),
        _ => None,
    }
}

fn junction(context: &mut Context, node: &XmlNode) -> Result<Junction, InputError> {
    let mut junction = Junction {
        id: node.need_attr("id")?.to_owned(),
        name: node.attr("name").unwrap_or_default().to_owned(),
        kind: node.attr("type").unwrap_or("default").to_owned(),
        line: context.line(node),
        ..Junction::default()
    };
    for child in node.elements() {
        match child.name() {
            "connection" => junction.connections.extend(connection(context, &child)?),
            "priority" => {
                let mut road = |name| {
                    let id = child.attr(name).unwrap_or_default();
                    let found = context.roads.get(id).copied();
                    if found.is_none() {
                        context.problem(&child, format!("{name} road {id:?} is not there"));
                    }
                    found
                };
                if let (Some(high), Some(low)) = (road("high"), road("low")) {
                    junction.priorities.push(JunctionPriority { high, low });
                }
            }
            "controller" => junction
                .controllers
                .extend(child.attr("id").map(str::to_owned)),
            _ => {}
        }
    }
    Ok(junction)
}

fn connection(context: &mut Context, node: &XmlNode) -> Result<Option<Connection>, InputError> {
    // Virtual junctions may leave the incoming road out of it; direct ones name a linked road.
    let Some(incoming_id) = node.attr("incomingRoad") else {
        return Ok(None);
    };
    let connecting_id = node
        .attr("connectingRoad")
        .or_else(|| node.attr("linkedRoad"))
        .unwrap_or_default();
    let mut ends = [None, None];
    for (slot, id) in ends.iter_mut().zip([incoming_id, connecting_id]) {
        *slot = context.roads.get(id).copied();
        if slot.is_none() {
            context.problem(
                node,
                format!("the connection names road {id:?}, which is not there"),
            );
        }
    }
    let [Some(incoming), Some(connecting)] = ends else {
        return Ok(None);
    };
    let contact = contact(node.attr("contactPoint")).unwrap_or_else(|| {
        context.problem(node, "the connection has no contactPoint");
        ContactPoint::Start
    });
    let mut lane_links = Vec::new();
    for link in node.children("laneLink") {
        lane_links.push((lanes::lane_id(&link, "from")?, lanes::lane_id(&link, "to")?));
    }
    Ok(Some(Connection {
        id: node.attr("id").unwrap_or_default().to_owned(),
        incoming,
        connecting,
        contact,
        lane_links,
        line: context.line(node),
    }))
}

/// A `<speed>` in m/s; infinite for `no limit`, `None` for `undefined` and what is no speed.
fn speed_mps(context: &mut Context, node: &XmlNode) -> Option<f64> {
    let text = node.attr("max").unwrap_or_default().trim();
    if text == "no limit" {
        return Some(f64::INFINITY);
    }
    let unit = match node.attr("unit").map_or("m/s", str::trim) {
        "m/s" | "" => 1.0,
        "km/h" => 1.0 / 3.6,
        "mph" => 0.447_04,
        other => {
            context.problem(node, format!("the speed has unit {other:?}"));
            return None;
        }
    };
    let value = text
        .parse::<f64>()
        .ok()
        .filter(|v| v.is_finite() && *v >= 0.0);
    if value.is_none() && text != "undefined" {
        context.problem(node, format!("the speed is {text:?}"));
    }
    value.map(|v| v * unit)
}
