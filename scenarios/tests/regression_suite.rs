//! The regression suite: every scenario loads, plays to its end, and holds a real conflict, so that
//! an ego vehicle that only keeps its speed and route comes to grief in nearly all of them.

#![allow(
    clippy::expect_used,
    clippy::disallowed_methods,
    reason = "helpers of tests"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use scenarios::{LoadOptions, Scenario, StoryOptions, install};
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::road::RoadNetwork;
use sim::tick::Stage;
use sim::world::{ActorSnapshot, SignalPhase, SignalStates, SimWorld, WorldConfig};

const DT_S: f64 = 0.02;

fn files() -> Vec<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("regression");
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the suite's folder")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "xosc"))
        .collect();
    found.sort();
    found
}

/// Separating axes of two boxes.
fn overlap(a: &ActorSnapshot, b: &ActorSnapshot) -> bool {
    let (p, q) = (a.corners_xy(), b.corners_xy());
    let apart = |from: &[(f64, f64); 4], other: &[(f64, f64); 4]| {
        (0..4).any(|i| {
            let (o, e) = (from[i], from[(i + 1) % 4]);
            let outward = (e.1 - o.1, o.0 - e.0);
            other
                .iter()
                .all(|c| (c.0 - o.0) * outward.0 + (c.1 - o.1) * outward.1 > 0.0)
        })
    };
    !apart(&p, &q) && !apart(&q, &p)
}

/// What became of a careless ego vehicle.
#[derive(Debug, Default)]
struct Careless {
    hit: Option<(f64, String)>,
    ran_red: bool,
    slid: bool,
    too_fast: bool,
    end_s: f64,
    driven_m: f64,
}

fn play(path: &Path) -> Careless {
    let scenario = Scenario::load_with(path, &LoadOptions::default()).expect("it loads");
    assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
    let file = scenario.map_path.clone().expect("a map");
    let map = Arc::new(RoadNetwork::load(&file, &Limits::default()).expect("the map loads"));
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed: 1,
        map: map.clone(),
    });
    let options = StoryOptions {
        ego_driver: DriverSpec::Scripted,
        ..scenarios::StoryOptions::default()
    };
    install(&mut world, &scenario, options).expect("it installs");
    let mut out = Careless::default();
    let mut route_signals: Vec<(f64, f64, String)> = Vec::new();
    for signal in map.signals().iter().filter(|s| s.dynamic) {
        let pose = map
            .pose_at(signal.road, signal.s_m, signal.t_m)
            .expect("a pose");
        route_signals.push((pose.pose.x_m, pose.pose.y_m, signal.id.clone()));
    }
    let mut last: Option<(f64, f64)> = None;
    for _ in 0..(40.0 / DT_S) as usize {
        if !world.is_running() {
            break;
        }
        world.run_stage(Stage::Story);
        world.run_stage(Stage::Physics);
        let snapshot = world.snapshot();
        assert!(world.ecs.resource::<sim::world::Episode>().fault.is_none());
        out.end_s = snapshot.time_s;
        let ego = snapshot.actor_named("Ego").expect("an ego vehicle");
        if let Some(other) = snapshot
            .actors
            .iter()
            .find(|a| a.id != ego.id && overlap(ego, a))
        {
            out.hit
                .get_or_insert_with(|| (snapshot.time_s, other.spec.name.clone()));
        }
        let v = ego.state.speed_mps;
        out.slid |= (ego.state.yaw_rate_radps * v).abs() > 7.0;
        let p = ego.state.pose;
        let at = map
            .locate_with_heading(p.x_m, p.y_m, None, p.yaw_rad, None)
            .expect("on the map");
        let limit = at
            .lane_id
            .and_then(|lane| map.speed_limit_mps(at.road, lane, at.s_m));
        out.too_fast |= limit.is_some_and(|limit| v > 1.15 * limit);
        let front = p.to_world_xy(3.7, 0.0);
        for (x, y, id) in &route_signals {
            let is_red = world.ecs.resource::<SignalStates>().phase(id) == SignalPhase::Red;
            let (ahead, aside) = p.to_local_xy(*x, *y);
            let passes = last.is_some_and(|_| (ahead - 3.7).abs() < v * DT_S);
            out.ran_red |= is_red && passes && (-6.0..0.0).contains(&aside);
        }
        if let Some((x, y)) = last {
            out.driven_m += (front.0 - x).hypot(front.1 - y);
        }
        last = Some(front);
    }
    out
}

#[test]
fn every_scenario_plays_and_nearly_all_punish_the_careless() {
    let files = files();
    assert!(files.len() >= 22);
    let (mut punished, mut total_s) = (0, 0.0);
    for path in &files {
        let name = path.file_stem().expect("a name").to_string_lossy();
        let scenario = Scenario::load_with(path, &LoadOptions::default()).expect("it loads");
        let limit_s = scenario.requirements.duration_s.expect("a duration");
        total_s += limit_s;
        let found = play(path);
        let failed = found.hit.is_some() || found.ran_red || found.slid || found.too_fast;
        println!("{name:24} {failed} {found:?}");
        punished += usize::from(failed);
        assert!(
            found.end_s <= limit_s + 0.1,
            "{name} ends at {} s",
            found.end_s
        );
        assert!(found.driven_m > 20.0, "{name}: {} m", found.driven_m);
    }
    println!("{punished} of {}, {total_s} s", files.len());
    assert!(
        punished * 10 >= files.len() * 8,
        "{punished} of {}",
        files.len()
    );
    // The learned driver runs at more than twice real time on each of two processors: two minutes.
    assert!(total_s < 600.0, "{total_s} s");
}
