//! How long scripted scenarios take, phase by phase: `story_bench SCENARIO.xosc [SECONDS [LOG_EVERY_S]]`
//! prints milliseconds for loading the scenario, loading its map, installing both, and ticking with a
//! trajectory log.

#![allow(clippy::print_stdout, reason = "a tool that prints")]

use std::sync::Arc;
use std::time::Instant;

use scenarios::{LoadOptions, Scenario, Story, StoryOptions, install};
use sim::record::RecordOptions;
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

fn main() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let path = args
        .next()
        .ok_or("usage: story_bench SCENARIO.xosc [SECONDS [LOG_EVERY_S]]")?;
    let mut number = || args.next().and_then(|t| t.parse::<f64>().ok());
    let (duration_s, every_s) = (number().unwrap_or(10.0), number());
    let options = LoadOptions::default();
    let mut laps = vec![Instant::now()];
    let scenario = Scenario::load_with(path.as_ref(), &options).map_err(|e| e.to_string())?;
    laps.push(Instant::now());
    let map = match &scenario.map_path {
        Some(path) => RoadNetwork::load(path, &options.limits).map_err(|e| e.to_string())?,
        None => RoadNetwork::empty(),
    };
    laps.push(Instant::now());
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.01,
        seed: 0,
        map: Arc::new(map),
    });
    install(&mut world, &scenario, StoryOptions::default()).map_err(|e| e.to_string())?;
    if let Some(ego) = world.ecs.resource::<Story>().ego() {
        sim::metric::watch(&mut world, ego);
    }
    let log = std::env::temp_dir().join(format!("story_bench_{}.csv", std::process::id()));
    let record = RecordOptions {
        log: Some(log.clone()),
        log_every_s: every_s,
        ..RecordOptions::default()
    };
    sim::record::start(&mut world, &record).map_err(|e| e.to_string())?;
    laps.push(Instant::now());
    let mut pipeline = Pipeline::new(Vec::new());
    let mut worlds = [world];
    while worlds[0].is_running() && worlds[0].tick().time_s() < duration_s - 1e-9 {
        pipeline.tick(&mut worlds);
    }
    let [mut world] = worlds;
    let ticks = world.tick().index;
    sim::record::finish(&mut world).map_err(|e| e.to_string())?;
    laps.push(Instant::now());
    let actors = world.snapshot().actors.len();
    drop(world);
    laps.push(Instant::now());
    let ms: Vec<String> = laps
        .windows(2)
        .map(|lap| format!("{:.2}", (lap[1] - lap[0]).as_secs_f64() * 1e3))
        .collect();
    println!(
        "scenario {} map {} install {} run {} ({ticks} ticks, {actors} actors) drop {} ms",
        ms[0], ms[1], ms[2], ms[3], ms[4]
    );
    let _ = std::fs::remove_file(log);
    Ok(())
}
