//! What a character can't see or hear changes no bit of what goes into its network.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use game::brain::{Nav, perceive};
use game::level::Level;
use game::world::{CharacterCommand, GameState};
use npc::mind::Mind;
use npc::tokens::{Part, encode};
use sim::actor::ActorId;
use sim::seed::stream;

/// A level with a guard that faces east at `g`.
fn state(rows: &[&str], facing_deg: f64) -> GameState {
    let rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    let text = format!(
        "(name: \"t\", legend: {{'g': Character(role: Guard, facing_deg: {facing_deg})}}, rows: [{}],
        goals: [Reach(\"exit\")])",
        rows.join(",")
    );
    let level = Level::parse(Path::new("t.ron"), &text).unwrap_or_else(|e| panic!("{e}"));
    GameState::new(Arc::new(level.layout().unwrap()), ActorId(0))
}

/// The input of the guard after some ticks in which the player walks.
fn input(mut state: GameState, move_mps: [f64; 2], change: impl Fn(&mut GameState)) -> Vec<f32> {
    let mut mind = Mind::new(&state, 1, 1.0, stream(1, None, "test")).unwrap();
    let mut nav = Nav::default();
    // The guard goes on looking where it looks.
    let stands = CharacterCommand {
        face_yaw_rad: state.characters[1].yaw_rad,
        ..CharacterCommand::default()
    };
    for tick in 0..12 {
        let command = CharacterCommand {
            move_mps,
            ..CharacterCommand::default()
        };
        state.step(
            &[(ActorId(0), command), (ActorId(1), stands)],
            tick + 1,
            0.05,
        );
        change(&mut state);
        let who = state.characters[1].clone();
        let percept = perceive(&state, &who);
        mind.update(&state, &who, &percept, tick + 1, 0.05);
    }
    let who = state.characters[1].clone();
    encode(&state, &mut nav, &who, &mind, 12, 0.05).values
}

const WALLED: [&str; 5] = [
    "###############",
    "#..g..#.......#",
    "#.....#...@..E#",
    "#.....#.......#",
    "###############",
];
const OPEN: [&str; 5] = [
    "###############",
    "#..g..........#",
    "#........@...E#",
    "#.............#",
    "###############",
];

#[test]
fn what_happens_behind_a_wall_changes_no_bit() {
    let still = input(state(&WALLED, 0.0), [0.0, 0.0], |_| {});
    // It creeps, unheard; it is wounded; it is gone.
    let creeps = input(state(&WALLED, 0.0), [0.0, 0.2], |_| {});
    assert_eq!(still, creeps);
    let wounded = input(state(&WALLED, 0.0), [0.0, 0.0], |state| {
        state.characters[0].health = 5.0;
        state.characters[0].inventory.coins = 9;
    });
    assert_eq!(still, wounded);
    let elsewhere = input(state(&WALLED, 0.0), [0.0, 0.0], |state| {
        state.characters[0].position_m = [12.5, 3.5, 0.0];
    });
    assert_eq!(still, elsewhere);
}

#[test]
fn what_is_in_view_does() {
    let still = input(state(&OPEN, 0.0), [0.0, 0.0], |_| {});
    assert_eq!(still[Part::THERE.begin + 4], 1.0, "a token for the player");
    assert_ne!(still, input(state(&OPEN, 0.0), [0.2, 0.0], |_| {}));
    // And not from behind its back.
    let behind = input(state(&OPEN, 180.0), [0.0, 0.0], |_| {});
    assert_eq!(behind[Part::THERE.begin + 4], 0.0);
    assert_eq!(behind, input(state(&OPEN, 180.0), [0.2, 0.0], |_| {}));
}

#[test]
fn who_runs_behind_its_back_is_heard() {
    let quiet = input(state(&OPEN, 180.0), [0.2, 0.0], |_| {});
    let loud = input(state(&OPEN, 180.0), [-4.0, 0.0], |_| {});
    let sounds = Part::SOUNDS.begin..Part::SOUNDS.begin + Part::SOUNDS.width;
    assert!(quiet[sounds.clone()].iter().all(|v| *v == 0.0));
    assert!(loud[sounds].iter().any(|v| *v != 0.0));
}

#[test]
fn a_guard_of_low_difficulty_takes_its_time_to_notice() {
    let noticed = |difficulty: f64| {
        let state = state(&OPEN, 0.0);
        let who = state.characters[1].clone();
        let mut mind = Mind::new(&state, 1, difficulty, stream(1, None, "test")).unwrap();
        let percept = perceive(&state, &who);
        (0..40)
            .find(|tick| {
                mind.update(&state, &who, &percept, *tick, 0.05);
                mind.player().is_some()
            })
            .unwrap()
    };
    assert_eq!(noticed(1.0), 0);
    assert!(noticed(0.5) > 5 && noticed(0.0) > noticed(0.5));
}
