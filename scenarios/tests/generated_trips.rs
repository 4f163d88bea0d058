//! Trips go on: routes are extended without a jump, and who leaves the map comes in again.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use scenarios::generate::{
    HELD_OUT, MapKind, TrafficOptions, Trip, map, populate, route_task, traffic,
};
use sim::actor::{ActorId, ActorState, Motion};
use sim::input::Limits;
use sim::road::{ActorRoute, RoadNetwork, Route};
use sim::tick::Stage;
use sim::world::{SimWorld, WorldConfig};

/// Drives everybody along their routes at 12 m/s, without physics; how often somebody came in
/// again, and the metres driven by the one who drove least.
fn drive(kind: MapKind, seed: u64, seconds: f64) -> (usize, f64) {
    let network = RoadNetwork::from_xml_text(Path::new("m"), map(kind, seed), &Limits::default());
    let network = Arc::new(network.expect("a generated map loads"));
    let options = TrafficOptions {
        pedestrians: 0,
        parked_share: 0.0,
        ..TrafficOptions::default()
    };
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.1,
        seed,
        map: network.clone(),
    });
    // This test moves everybody itself; physics is there for the clock alone.
    let mut placed = traffic(&network, seed, &options);
    for actor in &mut placed {
        actor.motion = Motion::Scripted;
    }
    populate(&mut world, placed);
    let mut driven: BTreeMap<ActorId, f64> = BTreeMap::new();
    let mut routes: BTreeMap<ActorId, Arc<Route>> = BTreeMap::new();
    let mut stations: BTreeMap<ActorId, f64> = BTreeMap::new();
    let mut entered = 0;
    for _ in 0..(seconds / 0.1) as usize {
        let mut query = world
            .ecs
            .query::<(&ActorId, &ActorRoute, &Trip, &mut ActorState)>();
        for (id, route, trip, mut state) in query.iter_mut(&mut world.ecs) {
            let p = state.pose;
            // A route may pass a place twice: it is followed from the last station on.
            let before = routes.insert(*id, route.0.clone());
            let is_same = before.is_some_and(|b| Arc::ptr_eq(&b, &route.0));
            let hint = if is_same {
                stations[id]
            } else {
                trip.station_m()
            };
            let (at, left) = route.0.project(p.x_m, p.y_m, Some(hint));
            stations.insert(*id, at);
            assert!(
                left.abs() < 1.5,
                "{kind:?} {id:?} is {left} m beside its route"
            );
            if at + 1.2 <= route.0.length_m() {
                let next = route.0.sample(&network, at + 1.2).pose;
                *driven.entry(*id).or_default() += 1.2;
                *state = ActorState::at(next, 12.0);
            }
        }
        world.refresh_snapshot();
        let before: Vec<_> = world.snapshot().actors.clone();
        world.run_stage(Stage::Story);
        world.refresh_snapshot();
        for (a, b) in before.iter().zip(&world.snapshot().actors) {
            let (p, q) = (a.state.pose, b.state.pose);
            entered += usize::from((p.x_m - q.x_m).hypot(p.y_m - q.y_m) > 30.0);
        }
        world.run_stage(Stage::Physics);
    }
    let least = driven.values().copied().fold(f64::INFINITY, f64::min);
    (entered, least)
}

#[test]
fn in_a_town_nobody_ever_runs_out_of_route() {
    for seed in 0..3 {
        let (entered, least) = drive(MapKind::Town, seed, 120.0);
        assert_eq!(entered, 0);
        assert!(least > 0.95 * 120.0 * 12.0, "{least} m");
    }
}

#[test]
fn who_leaves_the_map_comes_in_again() {
    for kind in [MapKind::Highway, MapKind::Intersection, MapKind::Curvy] {
        let (entered, least) = drive(kind, 1, 120.0);
        assert!(entered > 3, "{kind:?}: {entered}");
        assert!(least > 0.5 * 120.0 * 12.0, "{kind:?}: {least} m");
    }
}

#[test]
fn tasks_repeat_and_lead_along_their_route() {
    for seed in (0..12).chain(HELD_OUT..HELD_OUT + 12) {
        let task = route_task(seed).expect("a task");
        let again = route_task(seed).expect("a task");
        assert_eq!(task.start, again.start);
        assert_eq!(task.goal, again.goal);
        assert_eq!(task.placed.len(), again.placed.len());
        assert_eq!(task.placed[0].spec.name, "Ego");
        assert!(task.placed[0].driver.is_none());
        assert!(
            task.route.length_m() > 100.0,
            "{seed}: {} m",
            task.route.length_m()
        );
        let (p, end) = (task.start.pose, task.route.length_m());
        let (at, left) = task.route.project(p.x_m, p.y_m, None);
        assert!(at < 0.5 && left.abs() < 0.1, "{seed}: {at} {left}");
        let goal = task.map.lane_pose(&task.goal).expect("a goal").pose;
        let (at, _) = task.route.project(goal.x_m, goal.y_m, None);
        assert!((at - end).abs() < 0.5, "{seed}: {at} of {end}");
    }
}

#[test]
fn generated_traffic_runs_beside_a_storyboard() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("regression/cut_in.xosc");
    let scenario = scenarios::Scenario::load_with(&root, &scenarios::LoadOptions::default());
    let scenario = scenario.expect("a shipped scenario loads");
    let file = scenario.map_path.clone().expect("it has a map");
    let network = Arc::new(RoadNetwork::load(&file, &Limits::default()).expect("its map loads"));
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 3,
        map: network.clone(),
    });
    let story = scenarios::StoryOptions {
        ego_driver: sim::message::DriverSpec::Scripted,
        ..scenarios::StoryOptions::default()
    };
    scenarios::install(&mut world, &scenario, story).expect("it plays");
    let before = world.snapshot().actors.len();
    let ids = populate(&mut world, traffic(&network, 3, &TrafficOptions::default()));
    assert!(!ids.is_empty());
    let mut pipeline = sim::tick::Pipeline::new(Vec::new());
    for _ in 0..40 {
        pipeline.tick(std::slice::from_mut(&mut world));
    }
    assert!(world.is_running());
    assert_eq!(world.snapshot().actors.len(), before + ids.len());
}
