//! A level and a seed give one state hash: again, on other threads, from a checkpoint, in a crowd of worlds.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::Path;

use game::level::Level;
use game::{PlayOptions, play, ready};
use rayon::prelude::*;
use sim::input::Limits;
use sim::tick::Pipeline;
use sim::world::{SimWorld, StateHasher};

fn level(name: &str) -> Level {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/levels");
    Level::load(&folder.join(name), &Limits::default()).expect("a level")
}

fn options(seed: u64) -> PlayOptions {
    PlayOptions {
        seed,
        ..PlayOptions::default()
    }
}

fn advance(world: &mut SimWorld, to_tick: u64) -> String {
    let mut pipeline = Pipeline::new(Vec::new());
    while world.is_running() && world.tick().index < to_tick {
        pipeline.tick(std::slice::from_mut(world));
    }
    world.ecs.resource::<StateHasher>().hex()
}

#[test]
fn the_same_seed_gives_the_same_hash_and_another_gives_another() {
    let level = level("11_the_hunt.ron");
    let first = play(&level, &options(1)).expect("a plan");
    assert_eq!(first, play(&level, &options(1)).expect("a plan"));
    let other = play(&level, &options(2)).expect("a plan");
    assert_ne!(first.state_hash, other.state_hash);
}

#[test]
fn worlds_side_by_side_do_not_mix_and_threads_change_no_bit() {
    let level = level("08_the_keep.ron");
    let alone: Vec<String> = (0..4)
        .map(|seed| advance(&mut ready(&level, &options(seed)).expect("a plan"), 200))
        .collect();
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .build()
            .expect("threads");
        let mut worlds: Vec<SimWorld> = (0..4)
            .map(|seed| ready(&level, &options(seed)).expect("a plan"))
            .collect();
        let mut pipeline = Pipeline::new(Vec::new());
        pool.install(|| (0..200).for_each(|_| pipeline.tick(&mut worlds)));
        let together: Vec<String> = worlds
            .par_iter()
            .map(|w| w.ecs.resource::<StateHasher>().hex())
            .collect();
        assert_eq!(together, alone, "{threads} threads");
    }
}

#[test]
fn a_checkpoint_goes_on_as_the_world_did() {
    for name in [
        "04_warehouse.ron",
        "08_the_keep.ron",
        "09_ladders.ron",
        "11_the_hunt.ron",
    ] {
        let level = level(name);
        let mut world = ready(&level, &options(3)).expect("a plan");
        for at in [40, 90] {
            advance(&mut world, at);
            let kept = world.checkpoint().expect("all of the world is known");
            let undisturbed = advance(&mut world, at + 60);
            world.restore(&kept);
            assert_eq!(
                advance(&mut world, at + 60),
                undisturbed,
                "{name}: in place"
            );
            let mut other = ready(&level, &options(3)).expect("a plan");
            other.restore(&kept);
            assert_eq!(
                advance(&mut other, at + 60),
                undisturbed,
                "{name}: elsewhere"
            );
            world.restore(&kept);
        }
    }
}

#[test]
fn a_tick_that_is_out_of_range_is_refused() {
    let level = level("01_first_steps.ron");
    for dt_s in [0.0, -1.0, 5.0, f64::NAN] {
        let options = PlayOptions { dt_s, ..options(0) };
        assert!(play(&level, &options).is_err(), "{dt_s}");
    }
    // Others are played, to other hashes.
    let fine = PlayOptions {
        dt_s: 0.02,
        ..options(0)
    };
    assert!(play(&level, &fine).expect("a plan").is_beaten);
}

#[test]
fn a_skilled_player_is_faster_than_a_clumsy_one() {
    let level = level("03_two_levers.ron");
    let time_s = |skill| {
        let options = PlayOptions {
            skill,
            ..options(1)
        };
        play(&level, &options).expect("a plan").time_s
    };
    assert!(
        time_s(1.0) < 0.9 * time_s(0.2),
        "{} {}",
        time_s(1.0),
        time_s(0.2)
    );
}

#[test]
fn a_level_that_was_broken_is_not_beaten_any_more() {
    let mut level = level("02_red_door.ron");
    assert!(play(&level, &options(0)).expect("a plan").is_beaten);
    let key = level.legend.get_mut(&'k').expect("a key");
    *key = game::level::Mark::Item(game::level::Item::Key("blue".into()));
    assert!(play(&level, &options(0)).is_err());
}
