//! Comparing roads with each other ends on maps made to take for ever, and tells how far it came.

#![allow(clippy::expect_used, reason = "tests, with their helpers")]

use std::fmt::Write;
use std::path::Path;

use sim::input::Limits;
use sim::road::RoadNetwork;

/// Parallel roads 100 m apart, one a line from line 2 on, whose lane widens by `widening` metres a metre.
fn parallel(count: usize, widening: f64) -> RoadNetwork {
    let mut text = String::from("<OpenDRIVE><header revMajor=\"1\" revMinor=\"7\"/>\n");
    for i in 0..count {
        writeln!(
            text,
            "<road id=\"{i}\" length=\"600\" junction=\"-1\"><planView><geometry s=\"0\" x=\"0\" y=\"{}\" hdg=\"0\" length=\"600\"><line/></geometry></planView><lanes><laneSection s=\"0\"><center><lane id=\"0\"/></center><right><lane id=\"-1\" type=\"driving\"><width sOffset=\"0\" a=\"3.5\" b=\"{widening}\" c=\"0\" d=\"0\"/></lane></right></laneSection></lanes></road>",
            100 * i
        )
        .expect("a string takes it");
    }
    text.push_str("</OpenDRIVE>");
    RoadNetwork::from_xml_text(Path::new("m.xodr"), text, &Limits::default()).expect("a map")
}

#[test]
fn roads_beside_each_other_are_compared_whole() {
    let found = parallel(20, 0.0).problems();
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn lanes_too_wide_to_compare_are_told_of_at_their_road() {
    let roads = 200;
    let found = parallel(roads, 1000.0).problems();
    let cut: Vec<_> = found
        .iter()
        .filter(|p| p.text.contains("was compared with others up to s"))
        .collect();
    // A road that was cut short is told of, in its own line; and what was found until then, too.
    assert!(!cut.is_empty(), "{found:?}");
    for problem in &cut {
        let road = problem.line as usize - 2;
        assert!(road < roads);
        assert!(
            problem.text.starts_with(&format!("road {road} ")),
            "{problem:?}"
        );
    }
    assert!(found.iter().any(|p| p.text.contains("lies on road")));
}
