//! Damaged OpenDRIVE never panics or hangs: it is refused with a reason, or what loads can be used.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with their helpers"
)]

mod common;

use std::path::Path;

use common::map_files;
use sim::input::Limits;
use sim::road::{LanePosition, MeshOptions, RoadNetwork};
use sim::seed::{Draw, stream};

const SMALL: &str = r#"<?xml version="1.0"?><OpenDRIVE><header revMajor="1" revMinor="7"/>
<road id="1" length="120" junction="-1" rule="RHT"><link><successor elementType="junction" elementId="9"/></link>
<type s="0" type="town"><speed max="50" unit="km/h"/></type>
<planView><geometry s="0" x="0" y="0" hdg="0" length="40"><line/></geometry>
<geometry s="40" x="40" y="0" hdg="0" length="40"><spiral curvStart="0" curvEnd="0.02"/></geometry>
<geometry s="80" x="79.36" y="5.28" hdg="0.4" length="20"><arc curvature="0.02"/></geometry>
<geometry s="100" x="96.5" y="15.4" hdg="0.8" length="20"><paramPoly3 pRange="normalized" aU="0" bU="20" cU="0" dU="0" aV="0" bV="0" cV="1" dV="0"/></geometry></planView>
<elevationProfile><elevation s="0" a="0" b="0.02" c="0" d="0"/></elevationProfile>
<lateralProfile><superelevation s="0" a="0.03" b="0" c="0" d="0"/><shape s="0" t="-3" a="0" b="0.01" c="0" d="0"/></lateralProfile>
<lanes><laneOffset s="0" a="0.1" b="0" c="0" d="0"/><laneSection s="0"><left><lane id="1" type="driving"><link><successor id="1"/></link><width sOffset="0" a="3.5" b="0.001" c="0" d="0"/></lane></left>
<center><lane id="0" type="none"><roadMark sOffset="0" type="broken" width="0.15"><type name="b" width="0.15"><line length="3" space="9" tOffset="0" sOffset="0" width="0.15"/></type></roadMark></lane></center>
<right><lane id="-1" type="driving"><link><successor id="-1"/></link><width sOffset="0" a="3.5"/><height sOffset="0" inner="0.1" outer="0.2"/><speed sOffset="0" max="30" unit="mph"/></lane></right></laneSection></lanes>
<objects><object id="o" type="pole" s="10" t="8" zOffset="0" length="1" width="1" height="3" hdg="0.5"><repeat s="10" length="60" distance="10" tStart="8" tEnd="9" zOffsetStart="0" zOffsetEnd="1" heightStart="3" heightEnd="2"/><outlines><outline id="0"><cornerRoad s="10" t="8" dz="0" height="1"/><cornerLocal u="1" v="1" z="0" height="2"/><cornerRoad s="12" t="9" dz="0" height="1"/></outline></outlines></object></objects>
<signals><signal id="s" s="100" t="-5" zOffset="3" orientation="+" dynamic="yes" type="1000001" height="0.9" width="0.3"><validity fromLane="-1" toLane="-1"/></signal></signals></road>
<road id="2" length="30" junction="9"><link><predecessor elementType="road" elementId="1" contactPoint="end"/></link>
<planView><geometry s="0" x="110.0" y="30.4" hdg="0.9" length="30"><poly3 a="0" b="0" c="0.002" d="0"/></geometry></planView>
<lanes><laneSection s="0"><center><lane id="0"/></center><right><lane id="-1" type="driving"><link><predecessor id="-1"/></link><border sOffset="0" a="-3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes>
<signals><signalReference id="s" s="1" t="0" orientation="+"/></signals></road>
<controller id="c"><control signalId="s"/></controller>
<junction id="9" name="j"><connection id="0" incomingRoad="1" connectingRoad="2" contactPoint="start"><laneLink from="-1" to="-1"/></connection><priority high="1" low="2"/></junction>
</OpenDRIVE>"#;

/// Loads a text and uses every part of what comes.
fn use_it(text: &str) -> bool {
    let limits = Limits::default();
    let map = match RoadNetwork::from_xml_text(Path::new("damaged.xodr"), text.to_owned(), &limits)
    {
        Ok(map) => map,
        Err(error) => {
            assert!(error.line.is_some(), "{error}");
            return false;
        }
    };
    for road in map.road_indices() {
        let length = map.road(road).expect("a road").length_m;
        for s in [
            0.0,
            0.3 * length,
            length,
            -1.0,
            f64::NAN,
            f64::INFINITY,
            1e300,
        ] {
            for t in [0.0, -2.0, 1e9, f64::NAN] {
                if let Some(pose) = map.pose_at(road, s, t) {
                    assert!(pose.pose.is_finite());
                }
                let _ = (map.lane_at(road, s, t), map.nearest_lane(road, s, t));
            }
        }
        let from = LanePosition {
            road,
            lane_id: -1,
            s_m: 0.0,
            offset_m: 0.0,
        };
        let to = LanePosition {
            s_m: length,
            ..from
        };
        let _ = map.plan_route(&from, &[to]);
        let _ = map.signals_ahead(&from, 1e4);
        let _ = (
            map.road_mark_between(road, (-1, 1), 1.0),
            map.may_change_lane(road, (-1, -2), f64::NAN),
            map.lane_lets(road, -1, 1e300, "bus"),
            map.structures_at(road, 1.0).count(),
        );
        if let Some(route) = map.follow_lane_route(&from, 200.0, 1) {
            assert!(route.length_m().is_finite());
            let _ = (
                route.sample(&map, 10.0),
                route.project(1.0, 2.0, Some(f64::NAN)),
            );
        }
    }
    for (x, y) in [(0.0, 0.0), (60.0, 3.0), (-1e7, 1e12), (f64::NAN, 0.0)] {
        let _ = (
            map.locate(x, y, Some(0.0), None),
            map.is_drivable(x, y, None),
        );
    }
    let finite = |p: &[f64; 3]| p.iter().all(|v| v.is_finite());
    for crosswalk in map.crosswalks() {
        assert!(crosswalk.outline.iter().all(finite));
    }
    for space in map.parking_spaces() {
        assert!(space.footprint().iter().all(finite));
    }
    let _ = (map.problems(), map.notes());
    let mesh = map.surface_mesh(&MeshOptions {
        marks: true,
        ..MeshOptions::default()
    });
    assert!(mesh.vertices.iter().flatten().all(|v| v.is_finite()));
    assert!(
        map.object_mesh()
            .vertices
            .iter()
            .flatten()
            .all(|v| v.is_finite())
    );
    true
}

#[test]
fn the_undamaged_map_loads_with_all_its_parts() {
    assert!(use_it(SMALL));
    let map = RoadNetwork::from_xml_text(Path::new("s"), SMALL.to_owned(), &Limits::default())
        .expect("a map");
    assert_eq!((map.roads().len(), map.junctions().len()), (2, 1));
    assert_eq!((map.signals().len(), map.signal_references().len()), (1, 1));
    assert_eq!((map.objects().len(), map.controllers().len()), (7, 1));
    let road = map.road_index("1").expect("it");
    assert_eq!(map.speed_limit_mps(road, -1, 5.0), Some(30.0 * 0.44704));
    assert_eq!(map.speed_limit_mps(road, 1, 5.0), Some(50.0 / 3.6));
}

#[test]
fn each_number_may_be_anything() {
    let mut loaded = 0;
    let mut tried = 0;
    // Every attribute value that is a number, one at a time.
    let mut at = 0;
    while let Some(start) = SMALL[at..].find("=\"").map(|i| at + i + 2) {
        let end = start + SMALL[start..].find('"').expect("a closing quote");
        at = end + 1;
        if SMALL[start..end].parse::<f64>().is_err() {
            continue;
        }
        for value in [
            "nan",
            "inf",
            "1e308",
            "-1e308",
            "-1",
            "0",
            "1e6",
            "1e-300",
            "99999999999",
            "",
            "x",
        ] {
            let text = format!("{}{value}{}", &SMALL[..start], &SMALL[end..]);
            tried += 1;
            loaded += usize::from(use_it(&text));
        }
    }
    println!("{loaded} of {tried} load");
    assert!(tried > 1000 && loaded > 100 && loaded < tried);
}

/// A map with every element of the standard, without the file that it includes.
fn every_element() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/maps/elements.xodr");
    let text = std::fs::read_to_string(path).expect("the fixture");
    text.replace("<include file=\"elements_included.xml\"/>", "")
}

#[test]
fn any_value_of_any_element_may_be_wrong() {
    let text = every_element();
    let mut rng = stream(8, None, "values");
    let values = [
        "nan",
        "inf",
        "1e308",
        "-1e308",
        "-1",
        "0",
        "1e6",
        "1e-300",
        "99999999999",
        "",
        "x",
        "end",
    ];
    let mut loaded = 0;
    for _ in 0..1500 {
        let from = rng.index(text.len());
        let Some(start) = text
            .get(from..)
            .and_then(|t| t.find("=\""))
            .map(|i| from + i + 2)
        else {
            continue;
        };
        let end = start + text[start..].find('"').expect("a closing quote");
        let value = values[rng.index(values.len())];
        let damaged = format!("{}{value}{}", &text[..start], &text[end..]);
        loaded += usize::from(use_it(&damaged));
    }
    println!("{loaded} of 1500 load");
    assert!(loaded > 300 && loaded < 1500);
}

#[test]
fn each_element_may_be_missing_or_twice() {
    let document = SMALL;
    let mut at = 0;
    let mut loaded = 0;
    while let Some(start) = document[at..].find('<').map(|i| at + i) {
        at = start + 1;
        let end = start + document[start..].find('>').expect("a closing bracket") + 1;
        if document[start..end].ends_with("/>") {
            let without = format!("{}{}", &document[..start], &document[end..]);
            let twice = format!("{}{}", &document[..end], &document[start..]);
            loaded += usize::from(use_it(&without)) + usize::from(use_it(&twice));
        }
    }
    assert!(loaded > 30);
}

#[test]
fn truncated_and_mutated_files_are_refused_or_used() {
    for path in map_files() {
        let Ok(text) = std::fs::read_to_string(&path) else {
            continue;
        };
        let name = path
            .file_name()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        let mut rng = stream(6, None, &name);
        let limits = Limits::default();
        let parse = |text: String| RoadNetwork::from_xml_text(Path::new("cut.xodr"), text, &limits);
        for _ in 0..4 {
            let mut cut = rng.index(text.len());
            while !text.is_char_boundary(cut) {
                cut -= 1;
            }
            let error = parse(text[..cut].to_owned()).err();
            assert!(error.is_none_or(|e| e.line.is_some()));
        }
        if text.len() > 600_000 {
            continue;
        }
        for value in ["nan", "1e308", "-1"] {
            // Some numbers at once, deep in the file.
            let mut damaged = text.clone();
            for _ in 0..3 {
                let from = rng.index(damaged.len());
                let Some(start) = damaged
                    .get(from..)
                    .and_then(|t| t.find("=\""))
                    .map(|i| from + i + 2)
                else {
                    continue;
                };
                let Some(end) = damaged[start..].find('"').map(|i| start + i) else {
                    continue;
                };
                if damaged[start..end].parse::<f64>().is_ok() {
                    damaged.replace_range(start..end, value);
                }
            }
            if text.len() < 60_000 {
                use_it(&damaged);
            } else {
                let _ = parse(damaged);
            }
        }
    }
}
