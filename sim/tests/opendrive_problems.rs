//! Each thing that can be wrong with a map is named, at its line, and nothing else is.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, with their helpers"
)]

use std::path::Path;

use sim::input::Limits;
use sim::road::RoadNetwork;

/// A sound map: road 1 → junction 9 over road 3 → road 2 → road 4, a light and a sign, each on a line
/// of its own.
const SOUND: &str = r#"<OpenDRIVE><header revMajor="1" revMinor="7"/>
<road id="1" length="50" junction="-1">
<link><successor elementType="junction" elementId="9"/></link>
<planView><geometry s="0" x="0" y="0" hdg="0" length="20"><line/></geometry>
<geometry s="20" x="20" y="0" hdg="0" length="30"><line/></geometry></planView>
<elevationProfile><elevation s="0" a="1" b="0" c="0" d="0"/><elevation s="25" a="1" b="0" c="0" d="0"/></elevationProfile>
<lanes><laneSection s="0"><center><lane id="0"/></center><right>
<lane id="-1" type="driving"><link><successor id="-1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection>
<laneSection s="30"><center><lane id="0"/></center><right>
<lane id="-1" type="driving"><link><predecessor id="-1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes>
<objects><object id="o" type="pole" s="10" t="5" height="1"><outlines><outline><cornerLocal id="1" u="0" v="0"/><cornerLocal id="2" u="1" v="0"/></outline></outlines>
<markings><marking><cornerReference id="1"/><cornerReference id="2"/></marking></markings></object></objects>
<signals><signal id="light" s="45" t="-5" orientation="+" dynamic="yes" type="1000001"><validity fromLane="-1" toLane="-1"/></signal>
<signal id="sign" s="40" t="-5" orientation="+" dynamic="no" type="206"><dependency id="light"/></signal></signals></road>
<road id="2" length="50" junction="-1">
<link><predecessor elementType="junction" elementId="9"/><successor elementType="road" elementId="4" contactPoint="start"/></link>
<planView><geometry s="0" x="70" y="0" hdg="0" length="50"><line/></geometry></planView>
<elevationProfile><elevation s="0" a="1" b="0" c="0" d="0"/></elevationProfile>
<lanes><laneSection s="0"><center><lane id="0"/></center><right>
<lane id="-1" type="driving"><link><successor id="-1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes></road>
<road id="3" length="20" junction="9">
<link><predecessor elementType="road" elementId="1" contactPoint="end"/><successor elementType="road" elementId="2" contactPoint="start"/></link>
<planView><geometry s="0" x="50" y="0" hdg="0" length="20"><line/></geometry></planView>
<elevationProfile><elevation s="0" a="1" b="0" c="0" d="0"/></elevationProfile>
<lanes><laneSection s="0"><center><lane id="0"/></center><right>
<lane id="-1" type="driving"><link><predecessor id="-1"/><successor id="-1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes>
<signals><signalReference id="light" s="1" t="0" orientation="+"/></signals></road>
<road id="4" length="50" junction="-1">
<link><predecessor elementType="road" elementId="2" contactPoint="end"/></link>
<planView><geometry s="0" x="120" y="0" hdg="0" length="50"><line/></geometry></planView>
<elevationProfile><elevation s="0" a="1" b="0" c="0" d="0"/></elevationProfile>
<lanes><laneSection s="0"><center><lane id="0"/></center><right>
<lane id="-1" type="driving"><link><predecessor id="-1"/></link><width sOffset="0" a="3.5" b="0" c="0" d="0"/></lane></right></laneSection></lanes></road>
<controller id="c"><control signalId="light"/></controller>
<junction id="9" name="j">
<connection id="0" incomingRoad="1" connectingRoad="3" contactPoint="start"><laneLink from="-1" to="-1"/></connection>
<priority high="3" low="1"/>
<controller id="c"/>
</junction></OpenDRIVE>"#;

fn problems(text: String) -> Vec<(u32, String)> {
    let map = RoadNetwork::from_xml_text(Path::new("m.xodr"), text, &Limits::default())
        .unwrap_or_else(|e| panic!("{e}"));
    let found = map.problems();
    found.into_iter().map(|p| (p.line, p.text)).collect()
}

/// The sound map with the line that starts as told changed.
fn broken(line_start: &str, from: &str, to: &str) -> (u32, String) {
    let mut at = None;
    let lines: Vec<String> = SOUND
        .lines()
        .zip(1u32..)
        .map(|(line, number)| {
            if at.is_none() && line.starts_with(line_start) && line.contains(from) {
                at = Some(number);
                return line.replacen(from, to, 1);
            }
            line.to_owned()
        })
        .collect();
    (at.expect("a line that starts so"), lines.join("\n"))
}

#[test]
fn a_sound_map_has_no_problems() {
    let found = problems(SOUND.to_owned());
    assert!(found.is_empty(), "{found:?}");
}

/// (line's start, what stands there, what comes there, the line that is named: 0 for the same one, and
/// what is said). Nothing else may be said.
const BREAKS: &[(&str, &str, &str, i32, &[&str])] = &[
    // Geometry.
    (
        "<geometry s=\"20\"",
        "x=\"20\"",
        "x=\"20.3\"",
        0,
        &[
            "the geometry starts 0.300 m from the end of the one before",
            "are linked 0.30 m apart",
        ],
    ),
    (
        "<geometry s=\"20\"",
        "length=\"30\"",
        "length=\"30.2\"",
        2,
        &["the road is 50 m long, its geometry 50.2 m"],
    ),
    (
        "<elevationProfile>",
        "s=\"25\" a=\"1\"",
        "s=\"25\" a=\"1.2\"",
        2,
        &[
            "road 1: the elevation has a step of 0.200 at s 25.00 m",
            "lane -1 of road 1 and lane -1 of road 3 are linked with a step of 0.20 m in height",
        ],
    ),
    (
        "<lane id=\"-1\"",
        "a=\"3.5\"",
        "a=\"-1\"",
        0,
        &[
            "lane -1 of road 1 is -1.00 m wide",
            "are linked 1.75 m apart",
        ],
    ),
    (
        "<lane id=\"-1\"",
        "<width sOffset=\"0\" a=\"3.5\" b=\"0\" c=\"0\" d=\"0\"/>",
        "",
        0,
        &["lane -1 of road 1 has no width", "are linked 1.75 m apart"],
    ),
    (
        "<laneSection s=\"30\"",
        "s=\"30\"",
        "s=\"60\"",
        0,
        &["the lane section starts at s 60.00 m, beyond the end of road 1"],
    ),
    (
        "<lanes><laneSection s=\"0\"",
        "s=\"0\"",
        "s=\"2\"",
        0,
        &["the lanes of road 1 start at s 2.00 m, not at 0"],
    ),
    (
        "<lanes><laneSection",
        "<center><lane id=\"0\"/></center>",
        "",
        0,
        &["road 1 has no centre lane from s 0.00 m on"],
    ),
    // Links of roads and lanes.
    (
        "<link><successor elementType=\"junction\"",
        "elementId=\"9\"",
        "elementId=\"8\"",
        0,
        &[
            "the link leads to junction \"8\", which is not there",
            "connection 0 of junction 9 comes from road 1, which is not linked to the junction",
            "which is not linked back",
        ],
    ),
    (
        "<link><predecessor elementType=\"junction\"",
        "elementId=\"4\"",
        "elementId=\"44\"",
        0,
        &[
            "the link leads to road \"44\", which is not there",
            "road 4 is linked to road 2, which is not linked back to it",
        ],
    ),
    (
        "<link><predecessor elementType=\"road\" elementId=\"2\"",
        "<predecessor elementType=\"road\" elementId=\"2\" contactPoint=\"end\"/>",
        "",
        16,
        &["road 2 is linked to road 4, which is not linked back to it"],
    ),
    (
        "<link><predecessor elementType=\"road\" elementId=\"2\"",
        "contactPoint=\"end\"",
        "",
        0,
        &["the link has no contactPoint"],
    ),
    (
        "<lane id=\"-1\" type=\"driving\"><link><successor",
        "<successor id=\"-1\"/>",
        "<successor id=\"-3\"/>",
        0,
        &["lane -1 of road 1 is linked to lane -3, which is not there"],
    ),
    (
        "<planView><geometry s=\"0\" x=\"120\"",
        "x=\"120\"",
        "x=\"120.1\"",
        20,
        &["lane -1 of road 2 and lane -1 of road 4 are linked 0.10 m apart"],
    ),
    (
        "<planView><geometry s=\"0\" x=\"120\"",
        "hdg=\"0\"",
        "hdg=\"0.05\"",
        20,
        &[
            "lane -1 of road 2 and lane -1 of road 4 are linked 0.09 m apart",
            "are linked at an angle of 0.05 rad",
        ],
    ),
    (
        "<planView><geometry s=\"0\" x=\"120\"",
        "x=\"120\"",
        "x=\"150\"",
        20,
        &["lane -1 of road 2 is linked to lane -1 of road 4, which lies 30.0 m away"],
    ),
    // Overlap.
    (
        "<planView><geometry s=\"0\" x=\"120\"",
        "x=\"120\"",
        "x=\"73\"",
        28,
        &[
            "road 4 lies on road 2 outside junctions, at s 5 m",
            "lane -1 of road 2 is linked to lane -1 of road 4, which lies 47.0 m away",
        ],
    ),
    // Junctions.
    (
        "<connection",
        "incomingRoad=\"1\"",
        "incomingRoad=\"5\"",
        0,
        &[
            "<connection> names road \"5\", which is not there",
            "road 3 belongs to junction 9, which has no connection over it",
        ],
    ),
    (
        "<connection",
        "contactPoint=\"start\"",
        "contactPoint=\"end\"",
        0,
        &[
            "connection 0 of junction 9 comes from road 1, to which the end of road 3 is not linked",
            "lane -1 of road 1 and lane -1 of road 3 are linked, but run against each other",
            "lane -1 of road 1 is linked to lane -1 of road 3, which lies 20.0 m away",
        ],
    ),
    (
        "<connection",
        "connectingRoad=\"3\"",
        "connectingRoad=\"2\"",
        0,
        &[
            "connection 0 of junction 9 goes over road 2, which does not belong to the junction",
            "road 3 belongs to junction 9, which has no connection over it",
            "lane -1 of road 1 is linked to lane -1 of road 2, which lies 20.0 m away",
        ],
    ),
    (
        "<connection",
        "to=\"-1\"",
        "to=\"-2\"",
        0,
        &["junction 9 links lane -2 of road 3, which is not there"],
    ),
    (
        "<connection",
        "from=\"-1\"",
        "from=\"2\"",
        0,
        &["junction 9 links lane 2 of road 1, which is not there"],
    ),
    (
        "<priority",
        "high=\"3\"",
        "high=\"33\"",
        0,
        &["<priority> names road \"33\", which is not there"],
    ),
    (
        "<priority",
        "low=\"1\"",
        "low=\"4\"",
        0,
        &["junction 9 has a priority of road 4, which does not belong to it"],
    ),
    (
        "<controller id=\"c\"/>",
        "id=\"c\"",
        "id=\"d\"",
        0,
        &["junction 9 names controller \"d\", which is not there"],
    ),
    (
        "<junction id=\"9\"",
        "name=\"j\"",
        "name=\"j\" type=\"square\"",
        0,
        &["junction 9 is of type \"square\", which the standard does not know"],
    ),
    // Signals, controllers, objects.
    (
        "<controller id=\"c\"><control",
        "signalId=\"light\"",
        "signalId=\"lamp\"",
        0,
        &["signal \"lamp\" is not there"],
    ),
    (
        "<signals><signalReference",
        "id=\"light\"",
        "id=\"lamp\"",
        0,
        &["signal \"lamp\" is not there"],
    ),
    (
        "<signal id=\"sign\"",
        "<dependency id=\"light\"/>",
        "<dependency id=\"lamp\"/>",
        0,
        &["signal \"lamp\" is not there"],
    ),
    (
        "<signal id=\"sign\"",
        "id=\"sign\"",
        "id=\"light\"",
        0,
        &["signal \"light\" is there twice"],
    ),
    (
        "<signals><signal id=\"light\"",
        "fromLane=\"-1\" toLane=\"-1\"",
        "fromLane=\"-4\" toLane=\"-3\"",
        0,
        &["it counts for lanes -4 to -3 of road 1, which are not there"],
    ),
    (
        "<signals><signal id=\"light\"",
        "s=\"45\"",
        "s=\"55\"",
        0,
        &["the signal stands at s 55 m, off the road"],
    ),
    (
        "<objects>",
        "s=\"10\"",
        "s=\"60\"",
        0,
        &["the object stands at s 60 m, off the road"],
    ),
    (
        "<markings>",
        "<cornerReference id=\"2\"/>",
        "<cornerReference id=\"7\"/>",
        -1,
        &["object \"o\" names corner 7, which is not there"],
    ),
];

#[test]
fn each_broken_thing_is_named_at_its_line_and_nothing_else_is() {
    let mut wrong = Vec::new();
    for (start, from, to, line, says) in BREAKS {
        let (changed, text) = broken(start, from, to);
        // 0 for the changed line, -1 for the one before it, else the line itself.
        let line = match *line {
            0 => changed,
            -1 => changed - 1,
            line => line as u32,
        };
        let found = problems(text);
        let first = says.first().expect("something is said");
        let is_there = found.iter().any(|(at, t)| *at == line && t.contains(first));
        let stray = found
            .iter()
            .filter(|(_, t)| says.iter().all(|s| !t.contains(s)))
            .count();
        let all = says
            .iter()
            .all(|s| found.iter().any(|(_, t)| t.contains(s)));
        if !is_there || stray > 0 || !all {
            wrong.push(format!("{start} {from} → {to}: line {line}, {found:#?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn problems_and_errors_of_included_files_name_the_file_and_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("m.xodr");
    let part = folder.path().join("part.xml");
    std::fs::write(
        &path,
        "<OpenDRIVE>\n<include file=\"part.xml\"/>\n<controller id=\"c\"><control signalId=\"x\"/></controller></OpenDRIVE>",
    )
    .expect("written");
    let road = "<?xml version=\"1.0\"?>\n\n<road id=\"1\" length=\"20\" junction=\"7\">\n<planView><geometry s=\"0\" x=\"0\" y=\"0\" hdg=\"0\" length=\"20\"><line/></geometry></planView>\n<lanes><laneSection s=\"0\"><center><lane id=\"0\"/></center><right><lane id=\"-1\" type=\"driving\"><width sOffset=\"0\" a=\"3\"/></lane></right></laneSection></lanes></road>";
    std::fs::write(&part, road).expect("written");
    let limits = Limits::default();
    let found = RoadNetwork::load(&path, &limits).expect("a map").problems();
    let told: Vec<_> = found
        .iter()
        .map(|p| (p.file.as_deref(), p.line, p.text.as_str()))
        .collect();
    let expected = [
        (None, 3, "signal \"x\" is not there"),
        (
            Some(part.as_path()),
            3,
            "the road belongs to junction \"7\", which is not there",
        ),
    ];
    assert_eq!(told, expected);
    std::fs::write(&part, road.replace("hdg=\"0\"", "hdg=\"north\"")).expect("written");
    let error = RoadNetwork::load(&path, &limits).expect_err("refused");
    assert_eq!(
        (error.file.as_path(), error.line),
        (part.as_path(), Some(4))
    );
    assert!(error.found.contains("north"), "{error}");
    std::fs::write(&part, "<road>").expect("written");
    let error = RoadNetwork::load(&path, &limits).expect_err("refused");
    assert_eq!(error.expected, "well-formed XML");
}

#[test]
fn files_that_make_no_map_are_refused_with_line_and_reason() {
    let refused = |from: &str, to: &str| {
        assert!(SOUND.contains(from), "{from}");
        let text = SOUND.replacen(from, to, 1);
        let error = RoadNetwork::from_xml_text(Path::new("m.xodr"), text, &Limits::default())
            .expect_err("refused");
        (error.line.expect("a line"), error.expected, error.found)
    };
    let (line, expected, found) = refused("hdg=\"0\" length=\"20\"", "hdg=\"east\" length=\"20\"");
    assert!(line == 4 && expected.contains("hdg of <geometry>") && found.contains("east"));
    let (line, expected, found) = refused("<road id=\"2\" length=\"50\"", "<road id=\"2\"");
    assert!(line == 15 && expected.contains("length of <road>") && found.contains("no such"));
    let (line, expected, _) = refused("<road id=\"2\"", "<road id=\"1\"");
    assert!(line == 15 && expected.contains("ids of their own"));
    let (line, expected, _) = refused("a=\"3.5\"", "a=\"inf\"");
    assert!(line == 8 && expected.contains("a finite number in a of <width>"));
    let (line, expected, _) = refused("<lane id=\"-1\"", "<lane id=\"minus one\"");
    assert!(line == 8 && expected.contains("a lane id"));
    let (line, _, found) = refused("</road>\n<road id=\"3\"", "\n<road id=\"3\"");
    assert!(line > 16 && !found.is_empty());
    let (line, expected, found) = refused("<OpenDRIVE>", "<OpenSCENARIO>");
    assert!(line > 0 && !expected.is_empty() && !found.is_empty());
    let (line, expected, _) = refused("<line/>", "<curve/>");
    assert!(line == 4 && expected.contains("line, arc, spiral, poly3 or paramPoly3"));
}
