//! Law: generated traffic touches nobody and does not get stuck, on generated and on third-party maps.

#![allow(clippy::expect_used, reason = "helpers of tests")]

use std::path::Path;
use std::sync::Arc;

use scenarios::generate::{MapKind, TrafficOptions, map};
use sim::input::Limits;
use sim::road::RoadNetwork;
use skidpad::soak::soak;

fn options() -> TrafficOptions {
    TrafficOptions {
        vehicles_per_km: 40.0,
        max_vehicles: 120,
        pedestrians: 40,
        cyclists: 10,
        ..TrafficOptions::default()
    }
}

fn check(name: &str, network: RoadNetwork, seconds: f64) {
    let result = soak(&Arc::new(network), 1, &options(), seconds, false);
    assert!(
        result.collisions.is_empty(),
        "{name}: {:?}",
        result.collisions
    );
    assert!(result.stuck.is_empty(), "{name}: {:?}", result.stuck);
    let each_m = 1000.0 * result.driven_km / result.driven.max(1) as f64;
    assert!(each_m > 0.8 * seconds, "{name}: {each_m} m each");
}

#[test]
fn on_generated_maps_nobody_touches_anybody() {
    for (kind, seed) in [
        (MapKind::Town, 1),
        (MapKind::Town, 2),
        (MapKind::Intersection, 1),
        (MapKind::Roundabout, 1),
        (MapKind::Highway, 1),
        (MapKind::Curvy, 1),
    ] {
        let text = map(kind, seed);
        let network = RoadNetwork::from_xml_text(Path::new("m"), text, &Limits::default());
        check(kind.name(), network.expect("a generated map loads"), 90.0);
    }
}

#[test]
fn on_third_party_maps_nobody_touches_anybody() {
    let Some(root) = std::env::var_os("SKIDPAD_SHARED") else {
        eprintln!("skipped: SKIDPAD_SHARED is not set");
        return;
    };
    let root = Path::new(&root).join("data");
    for (file, seconds) in [
        ("carla-opendrive/OpenDrive/Town01.xodr", 60.0),
        ("carla-opendrive/OpenDrive/Town02.xodr", 60.0),
        ("carla-opendrive/OpenDrive/Town03.xodr", 60.0),
        ("esmini/resources/xodr/fabriksgatan.xodr", 90.0),
        ("esmini/resources/xodr/multi_intersections.xodr", 90.0),
    ] {
        let network = RoadNetwork::load(&root.join(file), &Limits::default());
        check(file, network.expect("a third-party map loads"), seconds);
    }
}

/// A short road of two lanes in a bend; the left one is 2 m wider from a place on, all at once.
const JUMP: &str = r#"<OpenDRIVE><header revMajor="1" revMinor="6"/>
<road name="" length="50" id="0" junction="-1"><link/>
  <planView><geometry s="0" x="0" y="0" hdg="0" length="50"><arc curvature="0.01"/></geometry></planView>
  <lanes><laneSection s="0">
    <left><lane id="1" type="driving" level="false">
      <width sOffset="0" a="3" b="0" c="0" d="0"/><width sOffset="35" a="5" b="0" c="0" d="0"/>
    </lane></left>
    <center><lane id="0" type="none" level="false"/></center>
    <right><lane id="-1" type="driving" level="false"><width sOffset="0" a="3" b="0" c="0" d="0"/></lane></right>
  </laneSection></lanes>
</road></OpenDRIVE>"#;

#[test]
fn nobody_starts_where_a_jump_of_the_lanes_swings_it_into_another() {
    let network = RoadNetwork::from_xml_text(Path::new("m"), JUMP.to_owned(), &Limits::default());
    let network = Arc::new(network.expect("it loads"));
    let options = TrafficOptions {
        vehicles_per_km: 50.0,
        tries: 50,
        pedestrians: 0,
        cyclists: 0,
        ..options()
    };
    let mut driven = 0;
    for seed in 0..200 {
        let result = soak(&network, seed, &options, 4.0, false);
        assert_eq!(result.collisions, Vec::<String>::new(), "seed {seed}");
        driven += result.driven;
    }
    assert!(driven > 300, "{driven}");
}
