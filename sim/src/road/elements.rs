//! Which elements of OpenDRIVE 1.4 to 1.8 there are, and what becomes of each.

use std::collections::BTreeMap;

use roxmltree::Node;

/// Kinds of unknown elements that are told of, at most.
const MAX_UNKNOWN: usize = 200;

/// What becomes of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Treatment {
    /// It has the effect that the standard gives it, or can be asked for.
    Honoured,
    /// It has no effect, which [`super::RoadNetwork::notes`] tells.
    Ineffective,
    /// It says nothing about the road, and is passed over.
    PassedOver,
}

/// An element of the standard.
#[derive(Clone, Copy, Debug)]
pub struct Element {
    /// The element that it stands in; `*` for any.
    pub parent: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What becomes of it.
    pub treatment: Treatment,
    /// How, in a few words.
    pub how: &'static str,
}

const fn element(
    parent: &'static str,
    name: &'static str,
    treatment: Treatment,
    how: &'static str,
) -> Element {
    Element {
        parent,
        name,
        treatment,
        how,
    }
}

use Treatment::{Honoured as H, Ineffective as I, PassedOver as P};

/// Every element of the standard, by parent and name.
#[rustfmt::skip]
pub const ELEMENTS: &[Element] = &[
    element("*", "dataQuality", P, "how the data were measured"),
    element("*", "include", H, "the file takes its place: it must lie under the folder of the map"),
    element("*", "userData", P, "for other programs"),
    element("OpenDRIVE", "controller", H, "groups of signals that switch together"),
    element("OpenDRIVE", "header", H, "version, name, date, vendor and bounds; `inspect` shows them"),
    element("OpenDRIVE", "junction", H, "junctions of all kinds: default, direct, virtual, crossing"),
    element("OpenDRIVE", "junctionGroup", H, "roundabouts and the like, to be asked for"),
    element("OpenDRIVE", "road", H, "roads; a junction that is not there is a problem"),
    element("OpenDRIVE", "station", H, "stations of railroads, to be asked for"),
    element("OpenDRIVE", "vmsGroup", I, "nothing shows on boards that change"),
    element("access", "restriction", H, "who is meant (1.7)"),
    element("border", "cornerReference", H, "a corner that the rim runs along"),
    element("borders", "border", H, "rim along an outline or corners of it"),
    element("boundary", "segment", H, "a side of the area"),
    element("bridge", "validity", H, "lanes that it carries"),
    element("center", "lane", H, "type, level, direction; dynamicLaneType, dynamicLaneDirection, advisory and roadWorks to be asked for"),
    element("connection", "laneLink", H, "lanes that are joined; overlapZone of direct junctions to be asked for; without any, lanes of one id"),
    element("connection", "predecessor", H, "where a virtual connection starts"),
    element("connection", "successor", H, "where a virtual connection ends"),
    element("constant", "coefficients", H, "cubic over s"),
    element("controller", "control", H, "a signal of the group; one that is not there is a problem"),
    element("crossPath", "endLaneLink", H, "lane that it ends at"),
    element("crossPath", "startLaneLink", H, "lane that it starts from"),
    element("crossSectionSurface", "surfaceStrips", H, "inner and outer strips"),
    element("crossSectionSurface", "tOffset", H, "where the strips start"),
    element("cubic", "coefficients", H, "cubic over s"),
    element("elevationGrid", "elevation", I, "heights inside junctions follow the connecting roads"),
    element("elevationProfile", "elevation", H, "cubic over s"),
    element("explicit", "line", H, "length, tOffset, sOffset, width, rule"),
    element("geometry", "arc", H, "constant curvature"),
    element("geometry", "line", H, "straight"),
    element("geometry", "paramPoly3", H, "u(p), v(p), pRange arcLength or normalized, by arc length"),
    element("geometry", "poly3", H, "v(u), by arc length"),
    element("geometry", "spiral", H, "Euler spiral, by Gauss-Legendre quadrature to 1e-12"),
    element("header", "defaultRegulations", I, "regulations by default (1.8) are not applied"),
    element("header", "geoReference", H, "projection of geographic positions"),
    element("header", "license", P, "terms of the map (1.8)"),
    element("header", "offset", H, "all coordinates of the file are moved, then turned by it"),
    element("junction", "boundary", H, "its area (1.8), to be asked for"),
    element("junction", "connection", H, "how roads are joined; what is not there is a problem"),
    element("junction", "controller", H, "controllers of its signals, by sequence; one that is not there is a problem"),
    element("junction", "crossPath", H, "crosswalk that is a road of its own (1.8)"),
    element("junction", "elevationGrid", I, "heights inside junctions follow the connecting roads"),
    element("junction", "objects", I, "objects of a junction (1.8) are left out; those of its roads are read"),
    element("junction", "planView", I, "reference line of the junction (1.8): only its elevation grid and objects use it"),
    element("junction", "priority", H, "which road goes first"),
    element("junction", "roadSection", H, "part of a road that crosses others (1.8)"),
    element("junction", "surface", H, "its CRG is told of"),
    element("junctionGroup", "junctionReference", H, "a junction of the group; one that is not there is a problem"),
    element("lane", "access", H, "who may use the lane, to be asked for by lane and station"),
    element("lane", "border", H, "outer border over s, where no width is written"),
    element("lane", "height", H, "height of the lane over the road"),
    element("lane", "link", H, "lanes ahead of and behind it; one that is not there is a problem"),
    element("lane", "material", H, "surface, friction and roughness, to be asked for by lane and station"),
    element("lane", "roadMark", H, "drawn, and asked for by lane and station; laneChange says who may cross"),
    element("lane", "rule", H, "free text, kept with the lane"),
    element("lane", "speed", H, "speed limit of the lane, before that of the road"),
    element("lane", "visibility", I, "how far one sees (1.4) follows from the world here"),
    element("lane", "width", H, "width over s"),
    element("laneSection", "center", H, "lanes of that side"),
    element("laneSection", "left", H, "lanes of that side"),
    element("laneSection", "right", H, "lanes of that side"),
    element("lanes", "laneOffset", H, "shift of the centre lane"),
    element("lanes", "laneSection", H, "lanes from a station on; singleSide leaves the other side as it was"),
    element("lateralProfile", "crossSectionSurface", H, "height over t (1.8)"),
    element("lateralProfile", "crossfall", H, "fall outwards (1.4) by side; lanes of level=\"true\" stay level"),
    element("lateralProfile", "shape", H, "height over t, linear in s between records"),
    element("lateralProfile", "superelevation", H, "roll about the reference line; lanes of level=\"true\" and those outside of them stay level"),
    element("left", "lane", H, "type, level, direction; dynamicLaneType, dynamicLaneDirection, advisory and roadWorks to be asked for"),
    element("linear", "coefficients", H, "cubic over s"),
    element("link", "neighbor", I, "parallel roads (1.4) are separate roads here"),
    element("link", "predecessor", H, "road, junction or lane at the start; elementS joins a road between its ends"),
    element("link", "successor", H, "road, junction or lane at the end; elementS joins a road between its ends"),
    element("marking", "cornerReference", H, "a corner that the line runs along"),
    element("markings", "marking", H, "along a side of the box or along corners"),
    element("object", "borders", H, "rims"),
    element("object", "markings", H, "painted lines"),
    element("object", "material", H, "name of the material"),
    element("object", "outline", H, "shape of the object (1.4)"),
    element("object", "outlines", H, "shapes of the object"),
    element("object", "parkingSpace", H, "who may park"),
    element("object", "repeat", H, "copies at a distance, or one continuous body; all sizes may change along it"),
    element("object", "skeleton", H, "lines that the object follows (1.8): wires, rails, bars"),
    element("object", "surface", H, "its CRG is told of"),
    element("object", "validity", H, "lanes that it counts for"),
    element("objectReference", "validity", H, "lanes that it counts for"),
    element("objects", "bridge", H, "bridges, asked for by road and station"),
    element("objects", "object", H, "bodies that sensors see and vehicles hit; crosswalks and parking spaces are asked for"),
    element("objects", "objectReference", H, "an object that counts for this road too; one that is not there is a problem"),
    element("objects", "tunnel", H, "tunnels: walls and roof; asked for by road and station"),
    element("outline", "cornerLocal", H, "corner at (u, v)"),
    element("outline", "cornerRoad", H, "corner at (s, t)"),
    element("outlines", "outline", H, "closed or open, outer or inner, fillType"),
    element("planView", "geometry", H, "a piece of the reference line"),
    element("platform", "segment", H, "where a platform lies along its track"),
    element("polyline", "vertexLocal", H, "point at (u, v)"),
    element("polyline", "vertexRoad", H, "point at (s, t)"),
    element("quadratic", "coefficients", H, "cubic over s"),
    element("railroad", "switch", H, "switches, to be asked for"),
    element("right", "lane", H, "type, level, direction; dynamicLaneType, dynamicLaneDirection, advisory and roadWorks to be asked for"),
    element("road", "elevationProfile", H, "height of the reference line"),
    element("road", "lanes", H, "lanes"),
    element("road", "lateralProfile", H, "height across the road"),
    element("road", "link", H, "what joins the ends; not linked back is a problem"),
    element("road", "objects", H, "objects of the road"),
    element("road", "planView", H, "reference line; gaps and kinks are problems"),
    element("road", "railroad", H, "switches; tracks are lanes of type rail or tram, drawn with their rails"),
    element("road", "signals", H, "signals of the road"),
    element("road", "surface", H, "its CRG is told of"),
    element("road", "type", H, "type of the road, to be asked for"),
    element("roadMark", "explicit", H, "lines drawn once"),
    element("roadMark", "sway", H, "sideways shift of the mark"),
    element("roadMark", "type", H, "lines that repeat"),
    element("semantics", "lane", H, "kept with the signal"),
    element("semantics", "parking", H, "kept with the signal"),
    element("semantics", "priority", H, "kept with the signal"),
    element("semantics", "prohibited", H, "kept with the signal"),
    element("semantics", "routing", H, "kept with the signal"),
    element("semantics", "speed", H, "kept with the signal"),
    element("semantics", "streetname", H, "kept with the signal"),
    element("semantics", "supplementaryAllows", H, "kept with the signal"),
    element("semantics", "supplementaryDistance", H, "kept with the signal"),
    element("semantics", "supplementaryEnvironment", H, "kept with the signal"),
    element("semantics", "supplementaryExplanatory", H, "kept with the signal"),
    element("semantics", "supplementaryProhibits", H, "kept with the signal"),
    element("semantics", "supplementaryTime", H, "kept with the signal"),
    element("semantics", "tourist", H, "kept with the signal"),
    element("semantics", "warning", H, "kept with the signal"),
    element("sign", "dependency", H, "a signal that belongs to it; one that is not there is a problem"),
    element("sign", "positionInertial", H, "where it physically stands"),
    element("sign", "positionRoad", H, "where it physically stands, at another road"),
    element("sign", "reference", H, "a signal or object that is linked to it; one that is not there is a problem"),
    element("sign", "semantics", H, "what it says (1.8): speed and priority are obeyed by name, all are kept"),
    element("sign", "validity", H, "lanes that it counts for"),
    element("signal", "dependency", H, "a signal that belongs to it; one that is not there is a problem"),
    element("signal", "positionInertial", H, "where it physically stands"),
    element("signal", "positionRoad", H, "where it physically stands, at another road"),
    element("signal", "reference", H, "a signal or object that is linked to it; one that is not there is a problem"),
    element("signal", "semantics", H, "what it says (1.8): speed and priority are obeyed by name, all are kept"),
    element("signal", "staticBoard", H, "a board with signs (1.8), each a signal of its own"),
    element("signal", "validity", H, "lanes that it counts for"),
    element("signal", "vmsBoard", H, "a face that changes (1.8); nothing shows on it by itself"),
    element("signalReference", "validity", H, "lanes that it counts for"),
    element("signals", "signal", H, "signs and lights that sensors see and drivers obey"),
    element("signals", "signalReference", H, "a signal that counts for this road too; one that is not there is a problem"),
    element("skeleton", "polyline", H, "one line"),
    element("staticBoard", "dependency", H, "a signal that belongs to it; one that is not there is a problem"),
    element("staticBoard", "reference", H, "a signal or object that is linked to it; one that is not there is a problem"),
    element("staticBoard", "sign", H, "a sign of the board"),
    element("staticBoard", "validity", H, "lanes that it counts for"),
    element("station", "platform", H, "platforms"),
    element("strip", "constant", H, "coefficient of its height over t"),
    element("strip", "cubic", H, "coefficient of its height over t"),
    element("strip", "linear", H, "coefficient of its height over t"),
    element("strip", "quadratic", H, "coefficient of its height over t"),
    element("strip", "width", H, "width of the inner strip"),
    element("surface", "CRG", I, "OpenCRG surfaces are not read"),
    element("surfaceStrips", "strip", H, "one strip, independent or relative"),
    element("switch", "mainTrack", H, "tracks that it joins"),
    element("switch", "partner", H, "tracks that it joins"),
    element("switch", "sideTrack", H, "tracks that it joins"),
    element("tOffset", "coefficients", H, "cubic over s"),
    element("tunnel", "validity", H, "lanes that it covers"),
    element("type", "line", H, "length, space, tOffset, sOffset, width, colour, rule"),
    element("type", "speed", H, "speed limit of the road in m/s, km/h or mph"),
    element("vmsBoard", "dependency", H, "a signal that belongs to it; one that is not there is a problem"),
    element("vmsBoard", "displayArea", H, "where signs show on it"),
    element("vmsBoard", "reference", H, "a signal or object that is linked to it; one that is not there is a problem"),
    element("vmsBoard", "validity", H, "lanes that it counts for"),
    element("vmsGroup", "vmsBoardReference", I, "nothing shows on boards that change"),
    element("width", "coefficients", H, "cubic over s"),
];

/// An element without effect: which, its first place in bytes, and how often it occurs.
pub(super) struct Finding {
    pub text: String,
    pub start: usize,
    pub count: usize,
}

/// Elements below a root that have no effect here, or that the standard does not know.
pub(super) fn without_effect(root: Node) -> Vec<Finding> {
    let mut found: BTreeMap<(&str, &str), (Option<&Element>, usize, usize)> = BTreeMap::new();
    let mut open = vec![root];
    while let Some(parent) = open.pop() {
        let parent_name = parent.tag_name().name();
        let from = ELEMENTS.partition_point(|e| e.parent < parent_name);
        let known = ELEMENTS.get(from..).unwrap_or_default();
        let length = known.iter().take_while(|e| e.parent == parent_name).count();
        let known = known.get(..length).unwrap_or_default();
        // Siblings often have one name.
        let mut last: Option<&Element> = None;
        for child in parent.children().filter(Node::is_element) {
            let name = child.tag_name().name();
            let rule = last
                .filter(|e| e.name == name)
                .or_else(|| known.iter().find(|e| e.name == name))
                .or_else(|| anywhere(name));
            last = rule;
            match rule.map(|e| e.treatment) {
                Some(Treatment::Honoured) => {
                    if child.has_children() {
                        open.push(child);
                    }
                }
                Some(Treatment::PassedOver) => {}
                Some(Treatment::Ineffective) | None => {
                    if found.len() < MAX_UNKNOWN || found.contains_key(&(parent_name, name)) {
                        let start = child.range().start;
                        let entry = found.entry((parent_name, name)).or_insert((rule, start, 0));
                        entry.1 = entry.1.min(start);
                        entry.2 += 1;
                    }
                }
            }
        }
    }
    found
        .into_iter()
        .map(|((parent, name), (rule, start, count))| {
            let why = rule.map_or("the standard knows no such element there", |e| e.how);
            Finding {
                text: format!("<{name}> of <{parent}> has no effect: {why}"),
                start,
                count,
            }
        })
        .collect()
}

/// The rule for elements that may stand anywhere; a namespace of another program's is passed over.
fn anywhere(name: &str) -> Option<&'static Element> {
    ELEMENTS.iter().find(|e| e.parent == "*" && e.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_each_once() {
        for pair in ELEMENTS.windows(2) {
            let key = |e: &Element| (e.parent, e.name);
            assert!(key(&pair[0]) < key(&pair[1]), "{:?}", key(&pair[1]));
        }
    }

    #[test]
    fn what_has_no_effect_is_told_once_with_its_first_place() {
        let text = "<OpenDRIVE><road><surface><CRG/></surface><userData><a/></userData></road>\
            <road><surface><CRG/></surface><rod/></road></OpenDRIVE>";
        let document = roxmltree::Document::parse(text).expect("well-formed");
        let found = without_effect(document.root_element());
        let told: Vec<_> = found.iter().map(|f| (f.start, f.count)).collect();
        let at = |name: &str| text.find(name).expect("it");
        assert_eq!(told, [(at("<rod/>"), 1), (at("<CRG/>"), 2)]);
        assert!(
            found[0]
                .text
                .contains("<rod> of <road> has no effect: the standard knows no")
        );
    }
}
