//! Laws of reproducibility: one scenario and seed give one state hash.
#![allow(clippy::expect_used, reason = "a test may panic")]

use std::sync::Arc;

use bevy::prelude::{ResMut, Resource};
use sim::actor::{ActorClass, ActorSpec, ActorState, Motion};
use sim::math::Pose;
use sim::message::DriveCommand;
use sim::metric;
use sim::road::RoadNetwork;
use sim::seed::{self, Draw};
use sim::tick::{Pipeline, Stage, Tick};
use sim::world::{SimWorld, StateHasher, WorldConfig};

fn empty_world(dt_s: f64, seed: u64) -> SimWorld {
    SimWorld::new(WorldConfig {
        dt_s,
        seed,
        map: Arc::new(RoadNetwork::empty()),
    })
}

/// A crowd of every class and kind of motion that runs into one another, as its seed draws it.
fn crowd(seed: u64) -> SimWorld {
    let mut world = empty_world(0.05, seed);
    let mut rng = seed::stream(seed, None, "test.crowd");
    let motions = [
        Motion::Dynamic,
        Motion::Kinematic,
        Motion::Scripted,
        Motion::Free,
        Motion::Fixed,
    ];
    for i in 0..12 {
        let class = ActorClass::ALL[rng.index(ActorClass::ALL.len())];
        let pose = Pose::planar(
            9.0 * f64::from(i % 4),
            5.0 * f64::from(i / 4),
            rng.uniform(-3.0, 3.0),
        );
        let state = ActorState::at(pose, rng.uniform(0.0, 8.0));
        let spec = ActorSpec::typical(&format!("actor {i}"), class);
        let id = world.spawn(spec, state, motions[rng.index(motions.len())]);
        let command = DriveCommand {
            throttle: rng.unit(),
            brake: 0.2 * rng.unit(),
            steer_rad: rng.uniform(-0.4, 0.4),
            reverse: rng.chance(0.2),
        };
        let entity = world.entity(id).expect("spawned");
        world.ecs.entity_mut(entity).insert(command);
        if i == 0 {
            assert!(metric::watch(&mut world, id));
        }
    }
    world
}

fn hashes(worlds: &[SimWorld]) -> Vec<String> {
    let hash = |w: &SimWorld| w.ecs.resource::<StateHasher>().hex();
    worlds.iter().map(hash).collect()
}

/// Hashes of the crowds of all seeds, ticked together on `threads` threads.
fn batch(seeds: &[u64], threads: usize) -> Vec<String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("a pool");
    pool.install(|| {
        let mut worlds: Vec<SimWorld> = seeds.iter().map(|s| crowd(*s)).collect();
        let mut pipeline = Pipeline::new(Vec::new());
        for _ in 0..80 {
            pipeline.tick(&mut worlds);
        }
        hashes(&worlds)
    })
}

#[test]
fn a_batch_on_one_or_two_threads_and_each_world_alone_give_the_same_hashes() {
    let seeds: Vec<u64> = (0..10).collect();
    let together = batch(&seeds, 1);
    assert_eq!(together, batch(&seeds, 2));
    let alone: Vec<String> = seeds.iter().flat_map(|s| batch(&[*s], 1)).collect();
    assert_eq!(together, alone);
    let mut distinct = together.clone();
    distinct.sort();
    distinct.dedup();
    assert_eq!(
        distinct.len(),
        seeds.len(),
        "each seed has a run of its own"
    );
}

#[test]
fn the_second_episode_is_as_if_it_were_the_first() {
    let first = batch(&[3], 1);
    batch(&[4], 1);
    assert_eq!(batch(&[3], 1), first);
}

#[test]
fn time_is_tick_times_dt_whatever_dt_is() {
    for dt_s in [0.1, 0.05, 0.01, 1.0 / 30.0] {
        let mut worlds = [empty_world(dt_s, 1)];
        let mut pipeline = Pipeline::new(Vec::new());
        let ticks = (60.0 / dt_s).round() as u64;
        for _ in 0..ticks {
            pipeline.tick(&mut worlds);
        }
        let tick: Tick = worlds[0].tick();
        assert_eq!(tick.index, ticks);
        assert_eq!(tick.time_s(), ticks as f64 * dt_s);
        assert!((tick.time_s() - 60.0).abs() < 1e-9);
    }
}

#[derive(Resource, Default)]
struct Shared(u32);

fn add(mut shared: ResMut<Shared>) {
    shared.0 += 1;
}

fn double(mut shared: ResMut<Shared>) {
    shared.0 *= 2;
}

#[test]
fn systems_whose_order_is_open_are_refused() {
    let panics = std::panic::catch_unwind(|| {
        let mut world = empty_world(0.05, 1);
        world.ecs.init_resource::<Shared>();
        world.add_systems(Stage::Measure, (add, double));
        world.run_stage(Stage::Measure);
    });
    assert!(panics.is_err(), "an ambiguity went through");
    // The stages as they are have none: this would panic.
    let mut world = crowd(1);
    for stage in Stage::ORDER {
        world.run_stage(stage);
    }
}

#[test]
fn the_simulation_pulls_no_window_and_no_network_library() {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let output = std::process::Command::new(cargo)
        .args([
            "tree",
            "--offline",
            "-p",
            "sim",
            "-e",
            "normal",
            "--prefix",
            "none",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let tree = String::from_utf8(output.stdout).expect("text");
    let names: Vec<&str> = tree.lines().filter_map(|l| l.split(' ').next()).collect();
    assert!(names.contains(&"rapier3d"), "the tree is that of sim");
    for banned in [
        "wgpu",
        "egui",
        "bevy_egui",
        "bevy_render",
        "winit",
        "tch",
        "torch-sys",
        "reqwest",
    ] {
        assert!(!names.contains(&banned), "sim depends on {banned}");
    }
}
