//! Characters by network are the same to the bit alone, among other worlds, after a checkpoint, and in the arena.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use game::brain::Brain;
use game::world::GameState;
use npc::arena::{Driver, Match, Setup, play_all};
use npc::eval::think;
use npc::levels::{Kind, level};
use npc::mind::Mind;
use sim::world::{SimWorld, StateHasher};

fn hash(world: &SimWorld) -> String {
    world.ecs.resource::<StateHasher>().hex()
}

fn run(worlds: &mut [SimWorld], ticks: usize) {
    let mut pipeline = common::pipeline();
    for _ in 0..ticks {
        pipeline.tick(worlds);
    }
}

#[test]
fn one_alone_and_among_sixteen_are_one() {
    let mut alone = [common::world(Kind::Escort, 3, 0.8)];
    run(&mut alone, 160);
    let mut many: Vec<SimWorld> = (0..16)
        .map(|k| {
            let seed = if k == 9 { 3 } else { k };
            let kind = if k % 3 == 0 { Kind::Escort } else { Kind::Lair };
            common::world(kind, seed, 0.8)
        })
        .collect();
    run(&mut many, 160);
    assert_eq!(hash(&many[9]), hash(&alone[0]));
    assert_ne!(hash(&many[0]), hash(&alone[0]));
}

#[test]
fn the_network_steers_whom_trees_steered() {
    let mut world = common::world(Kind::Fight, 2, 1.0);
    let mut minds = world.ecs.query::<&Mind>();
    let count = minds.iter(&world.ecs).count();
    assert_eq!(count, npc::levels::FIGHT_GUARDS);
    let mut trees = world.ecs.query::<&Brain>();
    assert!(
        trees
            .iter(&world.ecs)
            .all(|b| matches!(b, Brain::Player(_)))
    );
    let before = world.ecs.resource::<GameState>().clone();
    run(std::slice::from_mut(&mut world), 60);
    let after = world.ecs.resource::<GameState>();
    let moved = before.characters.iter().zip(&after.characters).skip(1);
    assert!(moved.clone().any(|(a, b)| a.position_m != b.position_m));
}

#[test]
fn a_checkpoint_goes_on_as_the_run_did() {
    let mut whole = common::world(Kind::Fight, 5, 0.6);
    run(std::slice::from_mut(&mut whole), 75);
    let checkpoint = whole.checkpoint().expect("all state is named");
    run(std::slice::from_mut(&mut whole), 75);
    let mut other = common::world(Kind::Fight, 5, 0.6);
    other.restore(&checkpoint);
    run(std::slice::from_mut(&mut other), 75);
    assert_eq!(hash(&other), hash(&whole));
}

#[test]
fn a_game_of_the_arena_goes_as_in_a_world() {
    for (kind, driver) in [
        (Kind::Escort, Driver::Network),
        (Kind::Hunt, Driver::Network),
        (Kind::Lair, Driver::Tree),
    ] {
        let mut world = common::world(kind, 4, 0.7);
        if driver == Driver::Tree {
            let options = game::PlayOptions {
                seed: 4,
                skill: 0.7,
                difficulty: 0.7,
                ..game::PlayOptions::default()
            };
            world = game::ready(&level(kind, 4).unwrap(), &options).unwrap();
        }
        let setup = Setup {
            seed: 4,
            skill: 0.7,
            difficulty: 0.7,
            driver,
            ..Setup::default()
        };
        let mut games = vec![Match::new(&level(kind, 4).unwrap(), setup).unwrap()];
        let (network, _store) = common::fresh();
        // A world for each tick that the game takes, no more.
        let mut pipeline = common::pipeline();
        let mut ticks = 0;
        play_all(
            &mut games,
            |games, due| think(&network, games, due, 1),
            |game, _| {
                pipeline.tick(std::slice::from_mut(&mut world));
                ticks += 1;
                let state = world.ecs.resource::<GameState>();
                for (a, b) in state.characters.iter().zip(&game.state.characters) {
                    assert_eq!(a.position_m, b.position_m, "{} at {ticks}", a.name);
                    assert_eq!(a.health, b.health);
                }
            },
        );
        assert_eq!(
            world.ecs.resource::<GameState>().ending,
            games[0].state.ending
        );
        assert!(ticks > 20);
    }
}

#[test]
fn brains_have_names_and_others_are_told_so() {
    assert_eq!("network".parse(), Ok(npc::Brains::Network));
    assert_eq!("tree".parse(), Ok(npc::Brains::Tree));
    let error = "forest".parse::<npc::Brains>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "expected network or tree, found \"forest\""
    );
}
