//! From a checkpoint a world goes on as it did: in its own place, and in a world made anew.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use sim::message::DriverSpec;
use sim::tick::Pipeline;
use sim::world::{SimWorld, StateHasher};
use skidpad::run::{RunOptions, pipeline, prepare};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regression")
}

fn scenarios() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "xosc"))
        .collect();
    files.sort();
    files
}

fn advance(world: &mut SimWorld, pipeline: &mut Pipeline, to_tick: u64) -> String {
    while world.is_running() && world.tick().index < to_tick {
        pipeline.tick(std::slice::from_mut(world));
    }
    world.ecs.resource::<StateHasher>().hex()
}

/// Goes on from tick `at` in three ways to tick `to`.
fn check(options: &RunOptions, at: u64, to: u64) {
    let name = options.scenario.display();
    let mut ways = pipeline(options, &[]).expect("weights");
    let mut world = prepare(options).expect("loads").world;
    advance(&mut world, &mut ways, at);
    let kept = world.checkpoint().expect("all of the world is known");
    assert_eq!(kept.tick(), world.tick().index);
    let undisturbed = advance(&mut world, &mut ways, to);
    let end = world.tick().index;
    world.restore(&kept);
    assert_eq!(world.tick().index, kept.tick());
    assert_eq!(
        advance(&mut world, &mut ways, to),
        undisturbed,
        "{name}: in place"
    );
    assert_eq!(world.tick().index, end);
    let mut other = prepare(options).expect("loads").world;
    other.restore(&kept);
    assert_eq!(
        advance(&mut other, &mut ways, to),
        undisturbed,
        "{name}: elsewhere"
    );
}

#[test]
fn scripts_and_rules_go_on_to_the_same_hash() {
    for driver in [DriverSpec::Scripted, DriverSpec::Idm, DriverSpec::Expert] {
        for file in scenarios() {
            let options = RunOptions::new(file, driver);
            check(&options, 60, 160);
        }
    }
}

#[test]
fn the_learned_driver_goes_on_to_the_same_hash() {
    for name in ["cut_in.xosc", "red_light.xosc"] {
        let options = RunOptions::new(folder().join(name), DriverSpec::Learned);
        check(&options, 13, 25);
    }
}
