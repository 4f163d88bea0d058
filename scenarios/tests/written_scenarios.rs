//! Traffic written as OpenSCENARIO loads again and plays as recorded.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

use std::path::Path;
use std::sync::Arc;

use scenarios::generate::{
    FixedTimeSignals, MapKind, TrafficOptions, WrittenActor, WrittenScenario, map, traffic,
};
use scenarios::{LoadOptions, Scenario, StoryOptions, install};
use sim::input::Limits;
use sim::math::Pose;
use sim::message::DriverSpec;
use sim::road::RoadNetwork;
use sim::tick::Stage;
use sim::world::{SignalStates, SimWorld, WorldConfig};

const DT_S: f64 = 0.05;

/// 6 s straight on at the starting speed.
fn straight(start: &Pose, speed_mps: f64) -> Vec<(f64, Pose)> {
    let at = |t: f64| {
        let (x_m, y_m) = start.to_world_xy(speed_mps * t, 0.0);
        Pose { x_m, y_m, ..*start }
    };
    (0..=12)
        .map(|i| f64::from(i) * 0.5)
        .map(|t| (t, at(t)))
        .collect()
}

#[test]
fn a_written_scenario_plays_as_recorded() {
    let text = map(MapKind::Town, 2);
    let limits = Limits::default();
    let network = RoadNetwork::from_xml_text(Path::new("m"), text.clone(), &limits);
    let network = Arc::new(network.expect("the map loads"));
    let options = TrafficOptions {
        ego: true,
        ..TrafficOptions::default()
    };
    let mut placed = traffic(&network, 2, &options);
    let ego = placed.remove(0);
    let written = |p: &scenarios::generate::Placed| WrittenActor {
        spec: p.spec.clone(),
        start: p.state,
        track: if p.state.speed_mps > 0.0 {
            straight(&p.state.pose, p.state.speed_mps)
        } else {
            Vec::new()
        },
    };
    let signals = FixedTimeSignals::new(&network, 2);
    let route = ego.route.clone().expect("a route");
    let scenario = WrittenScenario {
        weather: None,
        description: "Town & <traffic>".to_owned(),
        map_file: "town.xodr".to_owned(),
        goal: route.sample(&network, route.length_m()).pose,
        ego: written(&ego),
        others: placed.iter().map(written).collect(),
        signals: signals.clone(),
        duration_s: 5.0,
    };
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("town.xosc");
    std::fs::write(folder.path().join("town.xodr"), text).expect("written");
    std::fs::write(&file, scenario.to_xml()).expect("written");
    let loaded = Scenario::load_with(&file, &LoadOptions::default()).expect("it loads");
    assert!(loaded.warnings.is_empty(), "{:?}", loaded.warnings);
    assert_eq!(loaded.entities.len(), placed.len() + 1);
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed: 0,
        map: network,
    });
    let options = StoryOptions {
        ego_driver: DriverSpec::Scripted,
        ..scenarios::StoryOptions::default()
    };
    install(&mut world, &loaded, options).expect("it installs");
    while world.is_running() && world.snapshot().time_s < 4.0 {
        world.run_stage(Stage::Story);
        world.run_stage(Stage::Physics);
        let time_s = world.snapshot().time_s;
        let shown = &world.ecs.resource::<SignalStates>().0;
        // The switch itself may be a tick off.
        if (time_s / 0.5).fract() * 0.5 > 2.0 * DT_S {
            assert_eq!(*shown, signals.states(time_s).0, "at {time_s} s");
        }
    }
    let time_s = world.snapshot().time_s;
    assert!(time_s > 3.9);
    for p in placed.iter().filter(|p| p.state.speed_mps > 0.0) {
        let now = world
            .snapshot()
            .actor_named(&p.spec.name)
            .expect("in the world");
        let (x, y) = p.state.pose.to_world_xy(p.state.speed_mps * time_s, 0.0);
        let off = (now.state.pose.x_m - x).hypot(now.state.pose.y_m - y);
        assert!(
            off < 0.1 + 2.0 * DT_S * p.state.speed_mps,
            "{} is {off} m off",
            p.spec.name
        );
    }
}
