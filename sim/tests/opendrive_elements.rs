//! The table of OpenDRIVE's elements is true: each that is honoured changes the map, each that is not is
//! told of, and the documentation says the same.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with their helpers"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use sim::input::Limits;
use sim::road::{
    ELEMENTS, Element, JunctionKind, LaneKey, LanePosition, PrioritySign, RoadNetwork, Treatment,
};

fn fixture() -> (PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maps/elements.xodr");
    let text = std::fs::read_to_string(&path).expect("the fixture");
    (path, text)
}

fn load(text: String) -> RoadNetwork {
    RoadNetwork::from_xml_text(&fixture().0, text, &Limits::default()).expect("a map")
}

fn is_at(node: &roxmltree::Node, element: &Element) -> bool {
    node.is_element()
        && node.tag_name().name() == element.name
        && (element.parent == "*"
            || node
                .parent_element()
                .is_some_and(|p| p.tag_name().name() == element.parent))
}

/// The text without each occurrence of an element; lines stay where they are.
fn without(text: &str, element: &Element) -> String {
    let document = roxmltree::Document::parse(text).expect("well-formed");
    let mut bytes = text.as_bytes().to_vec();
    for node in document.descendants().filter(|n| is_at(n, element)) {
        for byte in &mut bytes[node.range()] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
    }
    String::from_utf8(bytes).expect("still text")
}

#[test]
fn a_map_with_every_element_is_sound_and_each_has_the_effect_that_the_table_says() {
    let (path, text) = fixture();
    let map = load(text.clone());
    let problems = map.problems();
    assert!(problems.is_empty(), "{problems:#?}");
    let whole = format!("{map:?}");
    let document = roxmltree::Document::parse(&text).expect("well-formed");
    for element in ELEMENTS {
        let place = format!("<{}> of <{}>", element.name, element.parent);
        let there = document.descendants().any(|n| is_at(&n, element));
        assert!(there, "{place} does not stand in {}", path.display());
        let less = without(&text, element);
        let changes = match RoadNetwork::from_xml_text(&path, less.clone(), &Limits::default()) {
            Ok(map) => format!("{map:?}") != whole,
            Err(_) => true,
        };
        // Of what has no effect only the note goes, and that tells of the outermost one.
        let expected = element.treatment != Treatment::PassedOver && !is_inside_untold(element);
        assert_eq!(changes, expected, "{place}: {:?}", element.treatment);
        if element.treatment == Treatment::Ineffective {
            let gone = load(less);
            assert_eq!(
                format!("{:?}", gone.roads()),
                format!("{:?}", map.roads()),
                "{place}"
            );
        }
    }
    let ineffective = ELEMENTS
        .iter()
        .filter(|e| e.treatment == Treatment::Ineffective && !is_inside_untold(e));
    let expected: BTreeSet<String> = ineffective
        .map(|e| format!("<{}> of <{}> has no effect: {}", e.name, e.parent, e.how))
        .collect();
    let notes = map.notes().iter();
    let told: BTreeSet<String> = notes.map(|n| strip_count(&n.text).to_owned()).collect();
    assert_eq!(told, expected);
}

/// Whether an element stands inside one that has no effect itself.
fn is_inside_untold(element: &Element) -> bool {
    ["elevationGrid", "vmsGroup"].contains(&element.parent)
}

/// A note without `(3 of them)`.
fn strip_count(text: &str) -> &str {
    match text.rfind(" (") {
        Some(at) if text.ends_with("of them)") => &text[..at],
        _ => text,
    }
}

#[test]
fn the_documentation_lists_every_element_as_the_program_does() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/opendrive.md");
    let text = std::fs::read_to_string(path).expect("docs/opendrive.md");
    let listed: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("| `") && line.contains("` in "))
        .collect();
    let expected: Vec<String> = ELEMENTS
        .iter()
        .map(|e| {
            let parent = match e.parent {
                "*" => "any".to_owned(),
                parent => format!("`{parent}`"),
            };
            let treatment = match e.treatment {
                Treatment::Honoured => "honoured",
                Treatment::Ineffective => "told of",
                Treatment::PassedOver => "passed over",
            };
            format!("| `{}` in {parent} | {treatment} | {} |", e.name, e.how)
        })
        .collect();
    for (line, expected) in listed.iter().zip(&expected) {
        assert_eq!(line, expected);
    }
    assert_eq!(listed.len(), expected.len());
}

#[test]
fn what_is_asked_for_is_what_the_map_says() {
    let map = load(fixture().1);
    let road = |id: &str| map.road_index(id).expect("a road");
    let main = road("1");
    // Speed: the lane's own from s 20 on, the road's before.
    let limit = |lane, s| map.speed_limit_mps(main, lane, s).map(|v| v * 3.6);
    assert!((limit(-1, 10.0).unwrap() - 50.0).abs() < 1e-9);
    assert!((limit(-1, 30.0).unwrap() - 30.0).abs() < 1e-9);
    // The right side goes on where a section is of the left alone.
    assert!((limit(-1, 150.0).unwrap() - 30.0).abs() < 1e-9);
    assert!(map.lane_at(main, 150.0, -1.0).is_some() && map.lane_at(main, 150.0, 4.5).is_none());
    // Access and material.
    assert!(map.lane_lets(main, -1, 5.0, "passengerCar"));
    assert!(!map.lane_lets(main, -1, 5.0, "truck") && !map.lane_lets(main, -1, 5.0, "bicycle"));
    let friction = map.lane_material(main, -1, 5.0).and_then(|m| m.friction);
    assert_eq!(friction, Some(0.9));
    // Marks.
    let centre = map.road_mark_between(main, (1, -1), 5.0).expect("a mark");
    assert_eq!((centre.color.as_str(), centre.width_m), ("yellow", 0.15));
    assert!(map.may_change_lane(main, (-1, 1), 5.0) && !map.may_change_lane(main, (1, 2), 5.0));
    // Signals ahead of a lane, by way: over the junction too.
    let from = LanePosition {
        road: road("5"),
        lane_id: -1,
        s_m: 0.0,
        offset_m: 0.0,
    };
    let ahead = map.signals_ahead(&from, 300.0);
    let ids: Vec<(&str, f64)> = ahead
        .iter()
        .map(|p| {
            let id = map.signal(p.signal).expect("it").id.as_str();
            (id, (p.distance_m * 1e3).round() / 1e3)
        })
        .collect();
    let expected = [
        ("s2", 200.0),
        ("s3", 210.0),
        ("s4", 210.0),
        ("s5", 210.0),
        ("s1", 240.0),
        ("s2", 245.0),
    ];
    assert_eq!(ids, expected);
    let back = LaneKey {
        road: main,
        section: 0,
        lane_id: 1,
    };
    assert_eq!(map.signals_on(back, 0.0, 200.0).count(), 0);
    let signal = |id: &str| map.signal(map.signal_index(id).expect("it")).expect("it");
    assert_eq!(signal("s4").priority_sign(), Some(PrioritySign::Yield));
    assert_eq!(signal("s5").priority_sign(), Some(PrioritySign::Stop));
    assert!((signal("s2").speed_limit_mps().unwrap() * 3.6 - 30.0).abs() < 1e-9);
    assert!(signal("s1").is_traffic_light() && !signal("s3").is_traffic_light());
    assert_eq!(signal("s4").board, map.signal_index("s3"));
    // Where it physically stands, moved as the header says.
    let at = signal("s1").pose;
    assert_eq!((at.x_m, at.y_m, at.z_m), (1189.0, 1993.0, 3.0));
    // Junctions.
    let junction = |id: &str| {
        let at = map.junctions().iter().position(|j| j.id == id).expect("it");
        (sim::road::JunctionIndex(at as u32), &map.junctions()[at])
    };
    let (crossing, found) = junction("400");
    assert_eq!(found.kind, JunctionKind::Crossing);
    assert_eq!(map.goes_first(crossing, main, road("4")), Some(road("4")));
    assert_eq!(map.goes_first(crossing, main, road("6")), None);
    let (exit, _) = junction("300");
    let overlap = map.overlap_m(exit, (road("30"), -1), (road("31"), -1));
    assert_eq!(overlap, Some(40.0));
    let lane = |id: &str, section, lane_id| LaneKey {
        road: road(id),
        section,
        lane_id,
    };
    let after = |key| map.successors(key).collect::<Vec<_>>();
    assert_eq!(after(lane("30", 0, -1)), [lane("31", 0, -1)]);
    // A driveway leaves the main road at s 100, where a lane section is cut.
    let (s, _) = map.road(main).unwrap().section_range(1).unwrap();
    assert_eq!(s, 100.0);
    assert_eq!(
        after(lane("1", 0, -1)),
        [lane("1", 1, -1), lane("20", 0, -1)]
    );
    assert_eq!(map.group_of(junction("100").0).expect("a group").id, "g1");
    // Crosswalks, parking, structures.
    let crosswalks = map.crosswalks();
    let names: Vec<&str> = crosswalks.iter().map(|c| c.id.as_str()).collect();
    assert_eq!(names, ["o2", "p1"]);
    assert_eq!(crosswalks[0].outline.len(), 4);
    let space = map.parking_spaces().next().expect("a space");
    assert_eq!(space.parking.as_ref().expect("rules").access, "electric");
    assert_eq!(space.footprint().len(), 4);
    let on: Vec<&str> = map
        .structures_at(main, 135.0)
        .map(|b| b.id.as_str())
        .collect();
    assert_eq!(on, ["t1"]);
    assert_eq!((map.switches().len(), map.stations().len()), (1, 1));
    assert_eq!(map.header().revision, (1, 8));
    assert_eq!(map.geo_reference(), Some("+proj=utm +zone=32 +datum=WGS84"));
}

#[test]
fn level_lanes_stay_level_at_the_height_of_the_lane_inside_of_them() {
    let map = load(fixture().1);
    let main = map.road_index("1").expect("it");
    // At s 25: superelevation 0.03125 (left up), crossfall 0.02, shape half way between two records.
    let z = |t: f64| map.pose_at(main, 25.0, t).expect("on it").pose.z_m;
    let shift = 0.0001 * 625.0 - 2e-6 * 15625.0;
    let edge = 3.5 + shift;
    // Without the lane's own height of 0.12 m.
    assert!((z(edge + 0.3) - 0.12 - z(edge - 1e-9)).abs() < 1e-6);
    assert!((z(edge + 1.5) - z(edge + 0.3)).abs() < 1e-9);
    assert!(
        (z(edge - 0.5) - z(edge - 1.5)).abs() > 1e-3,
        "the road itself is tilted"
    );
}
