//! Smallest OpenSCENARIO files that hold a given element, made from the schema.
#![allow(dead_code, reason = "each test uses a part")]

use std::collections::{BTreeMap, VecDeque};

use scenarios::schema::{Content, Schema};

/// Newest version.
const MINOR: usize = 3;

/// An element of the schema: its name and the index of its type.
pub type Element = (&'static str, usize);

/// Every element of a version, with the names and types that lead to it from the root.
pub fn paths(minor: usize) -> BTreeMap<&'static str, Vec<Element>> {
    let schema = Schema::get();
    let root = (
        "OpenSCENARIO",
        schema.find("OpenScenario").expect("the root"),
    );
    let mut paths = paths_from(root, minor, &["Catalog", "UsedArea"]);
    for (name, path) in paths_from(root, minor, &[]) {
        paths.entry(name).or_insert(path);
    }
    paths
}

fn paths_from(
    root: Element,
    minor: usize,
    without: &[&str],
) -> BTreeMap<&'static str, Vec<Element>> {
    let schema = Schema::get();
    let mut paths: BTreeMap<&'static str, Vec<Element>> = BTreeMap::new();
    let mut waiting = VecDeque::from([vec![root]]);
    let mut types = vec![root.1];
    while let Some(path) = waiting.pop_front() {
        let ty = schema.at(path[path.len() - 1].1).expect("a type");
        for (name, kind, presence) in &ty.children {
            if !presence.is_in(minor) || without.contains(name) {
                continue;
            }
            let mut longer = path.clone();
            longer.push((*name, *kind));
            paths.entry(name).or_insert_with(|| longer.clone());
            if !types.contains(kind) {
                types.push(*kind);
                waiting.push_back(longer);
            }
        }
    }
    paths
}

/// A file with the last element of a path, which stands on a line of its own with all its attributes;
/// the text, and the lines of what leads to it, its own last.
pub fn file(path: &[Element], minor: usize) -> (String, Vec<(&'static str, u32)>) {
    let mut writer = Writer::new(minor, 0);
    writer.root(path);
    let target = path.last().map(|e| (e.0, writer.target));
    writer.trail.extend(target);
    (writer.text, writer.trail)
}

struct Writer {
    minor: usize,
    text: String,
    /// Line of the element that is asked for; 0 before it is written.
    target: u32,
    /// What leads to it.
    trail: Vec<(&'static str, u32)>,
}

const ENTITY: &str = r#"<Vehicle name="v" vehicleCategory="car"><BoundingBox><Center x="1" y="0" z="1"/><Dimensions width="2" length="4" height="2"/></BoundingBox><Performance maxSpeed="50" maxAcceleration="5" maxDeceleration="8"/><Axles><FrontAxle maxSteering="0.5" wheelDiameter="0.6" trackWidth="1.8" positionX="2.8" positionZ="0.3"/><RearAxle maxSteering="0" wheelDiameter="0.6" trackWidth="1.8" positionX="0" positionZ="0.3"/></Axles></Vehicle>"#;

impl Writer {
    fn new(minor: usize, target: u32) -> Self {
        Self {
            minor,
            text: String::new(),
            target,
            trail: Vec::new(),
        }
    }

    fn line(&mut self, text: &str) {
        self.text += text;
        self.text.push('\n');
    }

    fn root(&mut self, path: &[Element]) {
        let section = path.get(1).map_or("", |e| e.0);
        self.line("<OpenSCENARIO>");
        self.section(path, "FileHeader", &format!(
            r#"<FileHeader revMajor="1" revMinor="{}" date="2024-01-01T00:00:00" description="" author=""/>"#,
            self.minor
        ));
        if matches!(section, "Catalog" | "ParameterValueDistribution") {
            self.section(path, section, "");
            self.line("</OpenSCENARIO>");
            return;
        }
        self.section(path, "ParameterDeclarations", r#"<ParameterDeclarations><ParameterDeclaration name="p" parameterType="double" value="1"/></ParameterDeclarations>"#);
        self.section(path, "VariableDeclarations", r#"<VariableDeclarations><VariableDeclaration name="v" variableType="double" value="1"/></VariableDeclarations>"#);
        if section == "MonitorDeclarations" || path.iter().any(|e| e.0 == "SetMonitorAction") {
            self.section(path, "MonitorDeclarations", r#"<MonitorDeclarations><MonitorDeclaration name="m" value="true"/></MonitorDeclarations>"#);
        }
        self.section(path, "CatalogLocations", r#"<CatalogLocations><VehicleCatalog><Directory path="."/></VehicleCatalog></CatalogLocations>"#);
        self.section(path, "RoadNetwork", r#"<RoadNetwork><LogicFile filepath="map.xodr"/><TrafficSignals><TrafficSignalController name="ctl"><Phase name="go" duration="1"/></TrafficSignalController></TrafficSignals></RoadNetwork>"#);
        if section == "Entities" && path.len() > 2 {
            let mut with = path.to_vec();
            with.remove(0);
            self.line("<Entities>");
            self.line(&format!(
                r#"<ScenarioObject name="Ego">{ENTITY}</ScenarioObject>"#
            ));
            self.element(&with[1..], "Entities", 0);
            self.line("</Entities>");
        } else {
            self.section(&[], "Entities", &format!(
                r#"<Entities><ScenarioObject name="Ego">{ENTITY}</ScenarioObject><ScenarioObject name="Other">{ENTITY}</ScenarioObject></Entities>"#
            ));
            if path.len() == 2 && section == "Entities" {
                self.target = self.text.lines().count() as u32;
            }
        }
        self.section(
            path,
            "Storyboard",
            r#"<Storyboard><Init><Actions/></Init><StopTrigger/></Storyboard>"#,
        );
        self.line("</OpenSCENARIO>");
    }

    /// A child of the root: the one on the path, else the usual one.
    fn section(&mut self, path: &[Element], name: &str, usual: &str) {
        if path.get(1).is_some_and(|e| e.0 == name) {
            self.element(&path[1..], "OpenSCENARIO", 0);
        } else {
            self.line(usual);
        }
    }

    /// The first element of a path, its parent being `parent`, and what is on the path below it.
    fn element(&mut self, path: &[Element], parent: &str, depth: u32) {
        let Some((name, kind)) = path.first().copied() else {
            return;
        };
        let schema = Schema::get();
        let ty = schema.at(kind).expect("a type");
        let is_target = path.len() == 1 && depth < 1000 && self.target == 0;
        if is_target {
            self.target = self.text.lines().count() as u32 + 1;
        } else if self.target == 0 {
            self.trail
                .push((name, self.text.lines().count() as u32 + 1));
        }
        let mut tag = format!("<{name}");
        for attribute in &ty.attributes {
            let is_needed = attribute.required >> self.minor & 1 == 1;
            let is_usable = attribute.presence.is_in(self.minor)
                && !attribute.presence.is_deprecated(self.minor);
            let is_wanted = is_target && is_usable && !excluded(ty.name, attribute.name);
            if is_needed || is_wanted || wanted_always(ty.name, attribute.name) {
                let value = self.value(ty.name, attribute.name, attribute.kind, parent);
                tag += &format!(r#" {}="{value}""#, attribute.name);
            }
        }
        let next = path.get(1);
        let mut names: Vec<&'static str> = match ty.content(self.minor) {
            Some(Content::Model(model)) => match next {
                Some((next, _)) => model.smallest_with(next).expect("a child"),
                None => model.smallest(),
            },
            _ => Vec::new(),
        };
        let trajectories = ["Trajectory", "CatalogReference", "TrajectoryRef"];
        if ty.name == "FollowTrajectoryAction" && !names.iter().any(|n| trajectories.contains(n)) {
            names.push("TrajectoryRef");
        }
        // So that there is something to refer to.
        if ty.name == "Storyboard" && next.is_some_and(|n| n.0 == "StopTrigger") {
            names.insert(1, "Story");
            names.dedup();
        }
        if names.is_empty() {
            self.line(&format!("{tag}/>"));
            return;
        }
        self.line(&format!("{tag}>"));
        let mut knots = 0;
        for child in names {
            let is_next = next.is_some_and(|n| n.0 == child) && path.len() > 1;
            if child == "Knot" && ty.name == "Nurbs" {
                // As many as the curve needs; the schema asks for fewer.
                if knots == 0 {
                    for value in [0, 0, 1, 1] {
                        if is_next && path.len() == 2 && knots == 0 {
                            self.target = self.text.lines().count() as u32 + 1;
                        }
                        self.line(&format!(r#"<Knot value="{value}"/>"#));
                        knots += 1;
                    }
                }
            } else if is_next {
                let before = self.target;
                if before == 0 {
                    self.element(&path[1..], name, depth + 1);
                } else {
                    self.other(child, ty.name, name, depth);
                }
            } else {
                self.other(child, ty.name, name, depth);
            }
        }
        self.line(&format!("</{name}>"));
    }

    fn other(&mut self, child: &'static str, ty: &str, parent: &str, depth: u32) {
        assert!(depth < 40, "{parent} has no smallest content");
        let index = Schema::get().find(ty).expect("a type");
        let kind = Schema::get()
            .at(index)
            .and_then(|t| t.child(child))
            .expect("a child")
            .0;
        // Beside the element that is asked for, none is a target.
        let target = std::mem::replace(&mut self.target, u32::MAX);
        self.element(&[(child, kind)], parent, depth + 1);
        self.target = target;
    }

    fn value(&self, ty: &str, name: &str, kind: &str, parent: &str) -> String {
        let text = match (ty, name) {
            ("CatalogReference", "catalogName") => "sample",
            ("CatalogReference", "entryName") => match parent {
                "AssignRouteAction" | "RouteRef" => "Route",
                "FollowTrajectoryAction" | "TrajectoryRef" => "Trajectory",
                "EnvironmentAction" => "Environment",
                "ObjectController" | "AssignControllerAction" | "ControllerDistributionEntry" => {
                    "Controller"
                }
                "ManeuverGroup" => "Maneuver",
                _ => "Vehicle",
            },
            ("MonitorDeclaration", "name") | ("SetMonitorAction", "monitorRef") => "m",
            (_, "entityRef") => "Ego",
            (_, "masterEntityRef" | "trailerRef") => "Other",
            (_, "variableRef") => "v",
            (_, "parameterRef" | "parameterName") => "p",
            (_, "trafficSignalControllerRef" | "reference") => "ctl",
            (_, "phase") => "go",
            (_, "filepath") if ty == "File" && parent == "ParameterValueDistribution" => {
                "scenario.xosc"
            }
            (_, "filepath") => "map.xodr",
            (_, "path") => ".",
            (_, "roadId") => "0",
            (_, "laneId" | "laneIdFrom" | "laneIdTo") => "-1",
            ("Directory", _) => ".",
            ("Nurbs", "order") => "2",
            ("Weather", "atmosphericPressure") => "100000",
            ("Weather", "temperature") => "300",
            (_, "storyboardElementRef") => "sample",
            _ => match kind {
                "Boolean" => "true",
                "DateTime" => "2024-01-01T00:00:00",
                "Double" | "Int" | "UnsignedInt" | "UnsignedShort" => "1",
                "String" => match name {
                    "value" => "1",
                    _ => "sample",
                },
                _ => {
                    let words = Schema::get().words(kind).expect("words");
                    let usable = words
                        .iter()
                        .find(|(_, p)| p.is_in(self.minor) && !p.is_deprecated(self.minor));
                    usable.map_or("1", |w| w.0)
                }
            },
        };
        text.to_owned()
    }
}

/// Attributes that exclude others of their element.
fn excluded(ty: &str, name: &str) -> bool {
    matches!(
        (ty, name),
        ("LongitudinalDistanceAction", "timeGap") | ("TrafficSignalController", "reference")
    )
}

/// Attributes that one of must be there, though the schema asks for none.
fn wanted_always(ty: &str, name: &str) -> bool {
    matches!(
        (ty, name),
        ("GeoPosition", "latitudeDeg" | "longitudeDeg")
            | ("Clothoid", "curvaturePrime")
            | ("LongitudinalDistanceAction", "distance")
    )
}

/// A catalog with an entry of each kind, named after it.
pub fn catalog() -> String {
    let schema = Schema::get();
    let mut text = String::from(
        r#"<OpenSCENARIO><FileHeader revMajor="1" revMinor="3" date="2024-01-01T00:00:00" description="" author=""/><Catalog name="sample">"#,
    );
    let kinds = [
        "Vehicle",
        "Controller",
        "Pedestrian",
        "MiscObject",
        "Environment",
        "Maneuver",
        "Trajectory",
        "Route",
    ];
    for kind in kinds {
        let mut writer = Writer::new(MINOR, u32::MAX);
        writer.element(&[(kind, schema.find(kind).expect("a type"))], "Catalog", 0);
        text += &writer
            .text
            .replacen(r#"name="sample""#, &format!(r#"name="{kind}""#), 1);
    }
    text + "</Catalog></OpenSCENARIO>"
}
