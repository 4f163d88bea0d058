//! The part of OpenDRIVE 1.7 that the generator uses, and how it is written.

use std::fmt::Write;

use super::plan::{Path, Place, Shape};

/// Which end of a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Start,
    End,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::End => "end",
        }
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Link {
    Road(u32, End),
    Junction(u32),
}

/// A road mark: OpenDRIVE type, width and whether lanes may be changed over it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Mark(pub &'static str, pub f64, pub &'static str);

pub(super) const NO_MARK: Mark = Mark("none", 0.0, "both");
pub(super) const BROKEN: Mark = Mark("broken", 0.12, "both");
pub(super) const SOLID: Mark = Mark("solid", 0.12, "none");
pub(super) const DOUBLE: Mark = Mark("solid solid", 0.12, "none");

#[derive(Clone, Debug)]
pub(super) struct Lane {
    pub kind: &'static str,
    /// sOffset, a, b, c, d.
    pub widths: Vec<[f64; 5]>,
    pub mark: Mark,
    pub predecessor: Option<i32>,
    pub successor: Option<i32>,
}

impl Lane {
    pub fn new(kind: &'static str, width: f64, mark: Mark) -> Self {
        Self {
            kind,
            widths: vec![[0.0, width, 0.0, 0.0, 0.0]],
            mark,
            predecessor: None,
            successor: None,
        }
    }

    pub fn width_at(&self, ds: f64) -> f64 {
        let i = self.widths.partition_point(|w| w[0] <= ds).max(1) - 1;
        let [s, a, b, c, d] = self.widths[i];
        let x = ds - s;
        a + x * (b + x * (c + x * d))
    }
}

/// A cubic from one value to another with level ends, as sOffset, a, b, c, d.
pub(super) fn ease(s: f64, length: f64, from: f64, to: f64) -> [f64; 5] {
    let rise = to - from;
    let c = 3.0 * rise / (length * length);
    [s, from, 0.0, c, -2.0 * c / (3.0 * length)]
}

#[derive(Clone, Debug)]
pub(super) struct Section {
    pub s: f64,
    pub center_mark: Mark,
    /// Lanes 1, 2, …
    pub left: Vec<Lane>,
    /// Lanes -1, -2, …
    pub right: Vec<Lane>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Object {
    pub kind: &'static str,
    pub name: &'static str,
    pub s: f64,
    pub t: f64,
    pub z: f64,
    pub heading: f64,
    pub length: f64,
    pub width: f64,
    pub height: f64,
    pub radius: f64,
    /// Corners (u, v), metres.
    pub outline: Vec<(f64, f64)>,
    /// Length and distance of a `<repeat>` along the road at constant t.
    pub repeat: Option<(f64, f64)>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Signal {
    pub id: u32,
    pub name: &'static str,
    pub s: f64,
    pub t: f64,
    pub z: f64,
    pub is_dynamic: bool,
    /// For traffic along s.
    pub is_forward: bool,
    pub kind: &'static str,
    pub country: &'static str,
    pub value: Option<f64>,
    pub lanes: Option<(i32, i32)>,
}

pub(super) struct Road {
    pub id: u32,
    pub name: String,
    pub junction: Option<u32>,
    pub path: Path,
    pub kind: &'static str,
    pub speed_kmh: f64,
    /// Where the speed limit changes: s and km/h.
    pub speed_changes: Vec<(f64, f64)>,
    /// s, a, b, c, d.
    pub elevation: Vec<[f64; 5]>,
    pub sections: Vec<Section>,
    pub predecessor: Option<Link>,
    pub successor: Option<Link>,
    pub objects: Vec<Object>,
    pub signals: Vec<Signal>,
}

impl Road {
    pub fn section(&self, end: End) -> Option<&Section> {
        match end {
            End::Start => self.sections.first(),
            End::End => self.sections.last(),
        }
    }

    /// Reference-line place at an end, heading along s.
    pub fn place(&self, end: End) -> Place {
        match end {
            End::Start => self.path.start,
            End::End => self.path.end,
        }
    }

    pub fn set_link(&mut self, end: End, link: Link) {
        match end {
            End::Start => self.predecessor = Some(link),
            End::End => self.successor = Some(link),
        }
    }

    /// Widths of the left and right side at s, metres.
    pub fn half_widths(&self, s: f64) -> (f64, f64) {
        let i = self.sections.partition_point(|x| x.s <= s).max(1) - 1;
        let Some(section) = self.sections.get(i) else {
            return (0.0, 0.0);
        };
        let sum = |lanes: &[Lane]| lanes.iter().map(|l| l.width_at(s - section.s)).sum();
        (sum(&section.left), sum(&section.right))
    }
}

#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub incoming: u32,
    pub connecting: u32,
    /// From lane, to lane.
    pub lanes: Vec<(i32, i32)>,
}

pub(super) struct Junction {
    pub id: u32,
    pub connections: Vec<Connection>,
    /// Connecting roads (high, low).
    pub priorities: Vec<(u32, u32)>,
    pub controllers: Vec<u32>,
}

pub(super) struct Controller {
    pub id: u32,
    pub signals: Vec<u32>,
}

/// A map being built; ids are unique over all kinds of element.
pub(super) struct Map {
    pub name: String,
    pub roads: Vec<Road>,
    pub junctions: Vec<Junction>,
    pub controllers: Vec<Controller>,
    next_id: u32,
}

impl Map {
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            roads: Vec::new(),
            junctions: Vec::new(),
            controllers: Vec::new(),
            next_id: 1,
        }
    }

    pub fn new_id(&mut self) -> u32 {
        self.next_id += 1;
        self.next_id - 1
    }

    /// Adds a road without lanes; its index.
    pub fn add_road(&mut self, path: Path, kind: &'static str, speed_kmh: f64) -> usize {
        let id = self.new_id();
        self.roads.push(Road {
            id,
            name: format!("road {id}"),
            junction: None,
            path,
            kind,
            speed_kmh,
            speed_changes: Vec::new(),
            elevation: Vec::new(),
            sections: Vec::new(),
            predecessor: None,
            successor: None,
            objects: Vec::new(),
            signals: Vec::new(),
        });
        self.roads.len() - 1
    }

    /// Adds an empty junction; its index.
    pub fn add_junction(&mut self) -> usize {
        let id = self.new_id();
        self.junctions.push(Junction {
            id,
            connections: Vec::new(),
            priorities: Vec::new(),
            controllers: Vec::new(),
        });
        self.junctions.len() - 1
    }

    pub fn to_xml(&self) -> String {
        let mut out = String::with_capacity(1 << 16);
        let places = || {
            self.roads
                .iter()
                .flat_map(|r| r.path.segments.iter().map(|g| g.start).chain([r.path.end]))
        };
        let fold = |f: fn(f64, f64) -> f64, from: f64, pick: fn(Place) -> f64| {
            num(places().map(pick).fold(from, f))
        };
        out.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<OpenDRIVE>\n");
        // The date is fixed so that one seed is one text.
        let _ = writeln!(
            out,
            "  <header revMajor=\"1\" revMinor=\"7\" name=\"{}\" version=\"1.00\" date=\"2026-01-01T00:00:00\" \
             north=\"{}\" south=\"{}\" east=\"{}\" west=\"{}\" vendor=\"skidpad\"/>",
            self.name,
            fold(f64::max, f64::NEG_INFINITY, |p| p.y),
            fold(f64::min, f64::INFINITY, |p| p.y),
            fold(f64::max, f64::NEG_INFINITY, |p| p.x),
            fold(f64::min, f64::INFINITY, |p| p.x),
        );
        let mut object_id = 0;
        for road in &self.roads {
            write_road(&mut out, road, &mut object_id);
        }
        for c in &self.controllers {
            let _ = writeln!(
                out,
                "  <controller id=\"{0}\" name=\"controller {0}\" sequence=\"0\">",
                c.id
            );
            for signal in &c.signals {
                let _ = writeln!(out, "    <control signalId=\"{signal}\" type=\"0\"/>");
            }
            out.push_str("  </controller>\n");
        }
        for junction in &self.junctions {
            write_junction(&mut out, junction);
        }
        out.push_str("</OpenDRIVE>\n");
        out
    }
}

/// A number to a nanometre, without a negative zero.
fn num(value: f64) -> String {
    let rounded = (value * 1e9).round() / 1e9;
    if rounded == 0.0 {
        "0".to_owned()
    } else {
        format!("{rounded}")
    }
}

fn write_road(out: &mut String, road: &Road, object_id: &mut u32) {
    let junction = road.junction.map_or("-1".to_owned(), |id| id.to_string());
    let _ = writeln!(
        out,
        "  <road name=\"{}\" length=\"{}\" id=\"{}\" junction=\"{junction}\" rule=\"RHT\">",
        road.name,
        num(road.path.length),
        road.id
    );
    if road.predecessor.is_some() || road.successor.is_some() {
        out.push_str("    <link>\n");
        for (tag, link) in [
            ("predecessor", road.predecessor),
            ("successor", road.successor),
        ] {
            let _ = match link {
                Some(Link::Road(id, end)) => writeln!(
                    out,
                    "      <{tag} elementType=\"road\" elementId=\"{id}\" contactPoint=\"{}\"/>",
                    end.name()
                ),
                Some(Link::Junction(id)) => writeln!(
                    out,
                    "      <{tag} elementType=\"junction\" elementId=\"{id}\"/>"
                ),
                None => Ok(()),
            };
        }
        out.push_str("    </link>\n");
    }
    for (s, speed) in [(0.0, road.speed_kmh)].iter().chain(&road.speed_changes) {
        let _ = writeln!(
            out,
            "    <type s=\"{}\" type=\"{}\" country=\"DE\"><speed max=\"{}\" unit=\"km/h\"/></type>",
            num(*s),
            road.kind,
            num(*speed)
        );
    }
    out.push_str("    <planView>\n");
    for g in &road.path.segments {
        let shape = match g.shape {
            Shape::Line => "<line/>".to_owned(),
            Shape::Arc { curvature } => format!("<arc curvature=\"{curvature}\"/>"),
            Shape::Spiral { start, end } => {
                format!("<spiral curvStart=\"{start}\" curvEnd=\"{end}\"/>")
            }
            Shape::Cubic { u, v } => format!(
                "<paramPoly3 aU=\"0\" bU=\"{}\" cU=\"{}\" dU=\"{}\" aV=\"0\" bV=\"{}\" cV=\"{}\" dV=\"{}\" pRange=\"normalized\"/>",
                u[0], u[1], u[2], v[0], v[1], v[2]
            ),
        };
        let _ = writeln!(
            out,
            "      <geometry s=\"{}\" x=\"{}\" y=\"{}\" hdg=\"{}\" length=\"{}\">{shape}</geometry>",
            num(g.s),
            num(g.start.x),
            num(g.start.y),
            num(g.start.heading),
            num(g.length)
        );
    }
    out.push_str("    </planView>\n");
    if !road.elevation.is_empty() {
        out.push_str("    <elevationProfile>\n");
        for [s, a, b, c, d] in &road.elevation {
            let _ = writeln!(
                out,
                "      <elevation s=\"{}\" a=\"{a}\" b=\"{b}\" c=\"{c}\" d=\"{d}\"/>",
                num(*s)
            );
        }
        out.push_str("    </elevationProfile>\n");
    }
    out.push_str("    <lanes>\n");
    for section in &road.sections {
        let _ = writeln!(out, "      <laneSection s=\"{}\">", num(section.s));
        if !section.left.is_empty() {
            out.push_str("        <left>\n");
            for (i, lane) in section.left.iter().enumerate().rev() {
                write_lane(out, i as i32 + 1, lane);
            }
            out.push_str("        </left>\n");
        }
        out.push_str("        <center>\n          <lane id=\"0\" type=\"none\" level=\"false\">\n");
        write_mark(out, section.center_mark);
        out.push_str("          </lane>\n        </center>\n");
        if !section.right.is_empty() {
            out.push_str("        <right>\n");
            for (i, lane) in section.right.iter().enumerate() {
                write_lane(out, -(i as i32) - 1, lane);
            }
            out.push_str("        </right>\n");
        }
        out.push_str("      </laneSection>\n");
    }
    out.push_str("    </lanes>\n");
    if !road.objects.is_empty() {
        out.push_str("    <objects>\n");
        for object in &road.objects {
            *object_id += 1;
            write_object(out, object, *object_id);
        }
        out.push_str("    </objects>\n");
    }
    if !road.signals.is_empty() {
        out.push_str("    <signals>\n");
        for signal in &road.signals {
            write_signal(out, signal);
        }
        out.push_str("    </signals>\n");
    }
    out.push_str("  </road>\n");
}

fn write_mark(out: &mut String, Mark(kind, width, change): Mark) {
    let _ = writeln!(
        out,
        "            <roadMark sOffset=\"0\" type=\"{kind}\" weight=\"standard\" color=\"standard\" width=\"{width}\" laneChange=\"{change}\"/>"
    );
}

fn write_lane(out: &mut String, id: i32, lane: &Lane) {
    let _ = writeln!(
        out,
        "          <lane id=\"{id}\" type=\"{}\" level=\"false\">",
        lane.kind
    );
    if lane.predecessor.is_some() || lane.successor.is_some() {
        out.push_str("            <link>");
        if let Some(other) = lane.predecessor {
            let _ = write!(out, "<predecessor id=\"{other}\"/>");
        }
        if let Some(other) = lane.successor {
            let _ = write!(out, "<successor id=\"{other}\"/>");
        }
        out.push_str("</link>\n");
    }
    for [s, a, b, c, d] in &lane.widths {
        let _ = writeln!(
            out,
            "            <width sOffset=\"{}\" a=\"{a}\" b=\"{b}\" c=\"{c}\" d=\"{d}\"/>",
            num(*s)
        );
    }
    write_mark(out, lane.mark);
    out.push_str("          </lane>\n");
}

fn write_object(out: &mut String, o: &Object, id: u32) {
    let _ = write!(
        out,
        "      <object id=\"{id}\" name=\"{}\" type=\"{}\" s=\"{}\" t=\"{}\" zOffset=\"{}\" hdg=\"{}\" pitch=\"0\" roll=\"0\" orientation=\"none\" height=\"{}\"",
        o.name,
        o.kind,
        num(o.s),
        num(o.t),
        num(o.z),
        num(o.heading),
        num(o.height)
    );
    let _ = if o.radius > 0.0 {
        write!(out, " radius=\"{}\"", num(o.radius))
    } else {
        write!(
            out,
            " length=\"{}\" width=\"{}\"",
            num(o.length),
            num(o.width)
        )
    };
    if o.outline.is_empty() && o.repeat.is_none() {
        out.push_str("/>\n");
        return;
    }
    out.push_str(">\n");
    if let Some((length, distance)) = o.repeat {
        let _ = writeln!(
            out,
            "        <repeat s=\"{}\" length=\"{}\" distance=\"{}\" tStart=\"{t}\" tEnd=\"{t}\" heightStart=\"{h}\" heightEnd=\"{h}\" zOffsetStart=\"{z}\" zOffsetEnd=\"{z}\" widthStart=\"{w}\" widthEnd=\"{w}\"/>",
            num(o.s),
            num(length),
            num(distance),
            t = num(o.t),
            h = num(o.height),
            z = num(o.z),
            w = num(o.width)
        );
    }
    if !o.outline.is_empty() {
        out.push_str("        <outlines><outline id=\"0\" fillType=\"paint\" outer=\"true\" closed=\"true\">\n");
        for (i, (u, v)) in o.outline.iter().enumerate() {
            let _ = writeln!(
                out,
                "          <cornerLocal u=\"{}\" v=\"{}\" z=\"0\" height=\"0\" id=\"{i}\"/>",
                num(*u),
                num(*v)
            );
        }
        out.push_str("        </outline></outlines>\n");
    }
    out.push_str("      </object>\n");
}

fn write_signal(out: &mut String, s: &Signal) {
    let _ = write!(
        out,
        "      <signal id=\"{}\" name=\"{}\" s=\"{}\" t=\"{}\" zOffset=\"{}\" hOffset=\"0\" roll=\"0\" pitch=\"0\" dynamic=\"{}\" orientation=\"{}\" country=\"{}\" type=\"{}\" subtype=\"-1\"",
        s.id,
        s.name,
        num(s.s),
        num(s.t),
        num(s.z),
        if s.is_dynamic { "yes" } else { "no" },
        if s.is_forward { "+" } else { "-" },
        s.country,
        s.kind,
    );
    let _ = match s.value {
        Some(value) => write!(out, " value=\"{}\" unit=\"km/h\"", num(value)),
        None => write!(out, " value=\"-1\""),
    };
    let (height, width) = if s.is_dynamic {
        (0.9, 0.35)
    } else {
        (0.7, 0.7)
    };
    let _ = write!(out, " height=\"{height}\" width=\"{width}\"");
    match s.lanes {
        Some((from, to)) => {
            let _ = writeln!(
                out,
                "><validity fromLane=\"{from}\" toLane=\"{to}\"/></signal>"
            );
        }
        None => out.push_str("/>\n"),
    }
}

fn write_junction(out: &mut String, junction: &Junction) {
    let _ = writeln!(
        out,
        "  <junction id=\"{0}\" name=\"junction {0}\" type=\"default\">",
        junction.id
    );
    for (i, c) in junction.connections.iter().enumerate() {
        let _ = write!(
            out,
            "    <connection id=\"{i}\" incomingRoad=\"{}\" connectingRoad=\"{}\" contactPoint=\"start\">",
            c.incoming, c.connecting
        );
        for (from, to) in &c.lanes {
            let _ = write!(out, "<laneLink from=\"{from}\" to=\"{to}\"/>");
        }
        out.push_str("</connection>\n");
    }
    for (high, low) in &junction.priorities {
        let _ = writeln!(out, "    <priority high=\"{high}\" low=\"{low}\"/>");
    }
    for (i, id) in junction.controllers.iter().enumerate() {
        let _ = writeln!(
            out,
            "    <controller id=\"{id}\" type=\"0\" sequence=\"{i}\"/>"
        );
    }
    out.push_str("  </junction>\n");
}
