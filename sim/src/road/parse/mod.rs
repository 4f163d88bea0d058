//! OpenDRIVE XML to a [`RoadNetwork`].

mod junction;
mod lanes;
mod lateral;
mod marks;
mod objects;
mod outline;
mod plan;
mod rail;
mod sections;
mod signals;

use std::collections::BTreeMap;
use std::path::Path;

use super::ahead::PostIndex;
use super::elements::without_effect;
use super::junction::JunctionIndex;
use super::lane_graph::LaneGraph;
use super::network::{Header, Problem, RoadIndex, RoadNetwork};
use super::relocation::Relocation;
use super::road::{ContactPoint, LinkTarget, Road, RoadLink, RoadType, TrafficRule};
use super::strip::StripIndex;
use super::{Cubic, CubicProfile, LaneDirection, LaneHeight, SignalOrientation};
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
        self.line_of(node.node.range().start)
    }

    fn line_of(&self, start: usize) -> u32 {
        self.lines.partition_point(|l| *l <= start) as u32
    }

    fn problem(&mut self, node: &XmlNode, text: impl Into<String>) {
        let line = self.line(node);
        self.problem_at(line, text);
    }

    fn problem_at(&mut self, line: u32, text: impl Into<String>) {
        // Enough to see what is wrong with a file that is wrong everywhere.
        if self.problems.len() < 10_000 {
            self.problems.push(Problem::new(line, text));
        }
    }

    /// The road that an attribute names; one that is not there is a problem.
    fn road_named(&mut self, node: &XmlNode, name: &str) -> Option<RoadIndex> {
        let id = node.attr(name).unwrap_or_default().trim();
        let found = self.roads.get(id).copied();
        if found.is_none() {
            self.problem(
                node,
                format!("<{}> names road {id:?}, which is not there", node.name()),
            );
        }
        found
    }
}

pub(super) fn network(
    path: &Path,
    text: String,
    limits: &Limits,
) -> Result<RoadNetwork, InputError> {
    let file = XmlFile::with_includes(path, text, limits)?.lenient();
    let document = file.parse()?;
    let root = file.root(&document);
    if root.name() != "OpenDRIVE" {
        return Err(root.error(
            "<OpenDRIVE> as the root element",
            format!("<{}>", root.name()),
        ));
    }
    let text = document.input_text();
    let lines = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(i, _)| i + 1))
        .collect();
    let header = header(root.child("header").as_ref())?;
    let mut context = Context {
        lines,
        problems: Vec::new(),
        roads: BTreeMap::new(),
        junctions: BTreeMap::new(),
        length_left_m: limits.max_road_length_m,
        panels_left: 2_000_000,
        objects_left: 100_000,
        relocation: header.offset.map(|[x, y, z, turn_rad]| Relocation {
            shift_m: [x, y, z],
            turn_rad,
        }),
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
    sections::split_beside(&mut network.roads);
    for node in &junction_nodes {
        network
            .junctions
            .push(junction::junction(&mut context, node)?);
    }
    network.junction_groups = junction::groups(&mut context, &root);
    network.header = header;
    objects::read(&mut context, &mut network, &road_nodes)?;
    signals::read(&mut context, &mut network, &root, &road_nodes)?;
    rail::read(&mut context, &mut network, &root, &road_nodes)?;
    for (start, read) in file.mended() {
        let line = context.line_of(start);
        context.problem_at(line, read);
    }
    network.strips = StripIndex::new(&network.roads);
    network.is_flat = !network.roads.is_empty() && network.roads.iter().all(Road::is_flat);
    network.posts = PostIndex::new(&network);
    network.road_by_id = std::mem::take(&mut context.roads);
    let (graph, gaps) = LaneGraph::new(&network);
    network.graph = graph;
    network.sources = file.sources().clone();
    network.notes = notes(&context, &network, &root);
    network.problems = context.problems;
    network.problems.extend(gaps);
    network.problems.sort_by_key(|problem| problem.line);
    Ok(network)
}

fn notes(context: &Context, network: &RoadNetwork, root: &XmlNode) -> Vec<Problem> {
    let mut notes: Vec<Problem> = without_effect(root.node)
        .into_iter()
        .map(|finding| {
            let times = match finding.count {
                1 => String::new(),
                n => format!(" ({n} of them)"),
            };
            let line = context.line_of(finding.start);
            Problem::new(line, format!("{}{times}", finding.text))
        })
        .collect();
    notes.sort_by_key(|note| note.line);
    notes.into_iter().map(|note| network.placed(note)).collect()
}

fn header(node: Option<&XmlNode>) -> Result<Header, InputError> {
    let Some(node) = node else {
        return Ok(Header::default());
    };
    let text = |name: &str| node.attr(name).unwrap_or_default().trim().to_owned();
    let number = |name: &str| text(name).parse::<f64>().ok().filter(|v| v.is_finite());
    let bounds = ["west", "south", "east", "north"].map(number);
    let bounds_m = match bounds {
        [Some(west), Some(south), Some(east), Some(north)] => Some([west, south, east, north]),
        _ => None,
    };
    let geo_reference = node.child("geoReference").map(|node| {
        let parts = node.node.children().filter_map(|n| n.text());
        parts.collect::<String>().trim().to_owned()
    });
    let offset = node.child("offset").map(|offset| {
        let part = |name| offset.f64_or(name, 0.0);
        Ok([part("x")?, part("y")?, part("z")?, part("hdg")?])
    });
    Ok(Header {
        revision: (
            text("revMajor").parse().unwrap_or(0),
            text("revMinor").parse().unwrap_or(0),
        ),
        name: text("name"),
        version: text("version"),
        date: text("date"),
        vendor: text("vendor"),
        bounds_m,
        geo_reference: geo_reference.filter(|text| !text.is_empty()),
        offset: offset.transpose()?,
    })
}

fn orientation(node: &XmlNode) -> SignalOrientation {
    match node.attr("orientation").map(str::trim) {
        Some("+") => SignalOrientation::Along,
        Some("-") => SignalOrientation::Against,
        _ => SignalOrientation::Both,
    }
}

fn validity(node: &XmlNode) -> Result<Vec<(i32, i32)>, InputError> {
    node.children("validity")
        .map(|v| {
            let (from, to) = (
                lanes::lane_id(&v, "fromLane")?,
                lanes::lane_id(&v, "toLane")?,
            );
            Ok((from, to))
        })
        .collect()
}

/// Whether an attribute says yes.
fn is_set(node: &XmlNode, name: &str) -> bool {
    matches!(node.attr(name).map(str::trim), Some("true" | "1" | "yes"))
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
            country: record.attr("country").unwrap_or_default().to_owned(),
            speed_limit_mps: speed.and_then(|s| speed_mps(context, &s)),
        });
    }
    types.sort_by(|a, b| a.s_m.total_cmp(&b.s_m));
    let lateral_node = node.child("lateralProfile");
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
    let has = |is: fn(&super::Lane) -> bool| sections.iter().flat_map(|s| s.lanes()).any(is);
    let (has_level, has_reversed) = (
        has(|lane| lane.level),
        has(|lane| lane.direction == LaneDirection::Reversed),
    );
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
            .until(length_m)
            .raised(context.relocation.map_or(0.0, |r| r.shift_m[2])),
        superelevation: profile(lateral_node.as_ref(), "superelevation", "s")?.until(length_m),
        lateral: lateral::shape(context, lateral_node.as_ref())?,
        lane_offset: profile(Some(&lanes_node), "laneOffset", "s")?.until(length_m),
        has_heights,
        has_reversed,
        has_level,
        sections,
        line: context.line(node),
    })
}

/// Cubic records under a node; `start` is the attribute of their start.
fn profile(node: Option<&XmlNode>, name: &str, start: &str) -> Result<CubicProfile, InputError> {
    let mut records = Vec::new();
    let mut refused: Option<(f64, InputError)> = None;
    for record in node
        .iter()
        .flat_map(|n| n.elements())
        .filter(|n| n.name() == name)
    {
        let read = cubic(&record, start);
        // A record that is no number counts for nothing where the next one starts at its place.
        if let Some((s_m, error)) = refused.take() {
            if read.as_ref().map_or(true, |next| next.s_m != s_m) {
                return Err(error);
            }
            record.mended(format!("the record before, {}, is left out", error.found));
        }
        match read {
            Ok(read) => records.push(read),
            Err(error) => refused = Some((record.f64_or(start, 0.0)?, error)),
        }
    }
    match refused {
        Some((_, error)) => Err(error),
        None => Ok(CubicProfile::new(records)),
    }
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

fn road_link(context: &mut Context, node: &XmlNode, at_start: bool) -> Option<RoadLink> {
    let line = context.line(node);
    let id = node.attr("elementId").unwrap_or_default().trim();
    let guess = if at_start {
        ContactPoint::End
    } else {
        ContactPoint::Start
    };
    // A virtual junction joins a road between its ends.
    let beside = node.attr("elementS").and_then(|text| {
        let s_m = text.trim().parse::<f64>().ok().filter(|v| v.is_finite());
        if s_m.is_none() {
            context.problem(node, format!("elementS is {text:?}"));
        }
        let against = node.attr("elementDir").map(str::trim) == Some("-");
        s_m.map(|s_m| (s_m, if against { -1 } else { 1 }))
    });
    let target = if node.attr("elementType").map(str::trim) == Some("junction") {
        context.junctions.get(id).copied().map(LinkTarget::Junction)
    } else {
        let contact = contact(node.attr("contactPoint")).unwrap_or_else(|| {
            if beside.is_none() {
                context.problem(node, "the link has no contactPoint");
            }
            guess
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
    target.map(|target| RoadLink {
        target,
        beside,
        line,
    })
}

fn contact(text: Option<&str>) -> Option<ContactPoint> {
    match text?.trim() {
        "start" => Some(ContactPoint::Start),
        "end" => Some(ContactPoint::End),
        _ => None,
    }
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
