//! The rules of a game, each in a level of its own: doors, keys, plates, crates, hazards, blows, goals, jumps.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;

use game::level::{Cell, Level};
use game::world::{CharacterCommand, Ending, EventKind, GameState};
use sim::actor::ActorId;

const DT_S: f64 = 0.05;

fn state(head: &str, rows: &[&str], goals: &str) -> GameState {
    let rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    let text = format!(
        "(name: \"t\", {head}, rows: [{}], goals: [{goals}])",
        rows.join(",")
    );
    let level = Level::parse(Path::new("t.ron"), &text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    GameState::new(Arc::new(level.layout().expect("a layout")), ActorId(0))
}

/// Moves the player at a velocity for some ticks; all that happened.
fn walk(state: &mut GameState, velocity: [f64; 2], ticks: u64) -> Vec<EventKind> {
    let command = CharacterCommand {
        move_mps: velocity,
        face_yaw_rad: sim::math::atan2(velocity[1], velocity[0]),
        ..CharacterCommand::default()
    };
    tell(state, command, ticks)
}

fn tell(state: &mut GameState, command: CharacterCommand, ticks: u64) -> Vec<EventKind> {
    let mut all = Vec::new();
    let first = (state.time_s() / DT_S).round() as u64;
    for tick in 0..ticks {
        state.step(&[(ActorId(0), command)], first + tick + 1, DT_S);
        all.extend(state.events.iter().map(|event| event.kind.clone()));
    }
    all
}

const EAST: [f64; 2] = [4.0, 0.0];

#[test]
fn a_walker_goes_as_fast_as_it_may_and_no_faster() {
    let mut state = state("theme: \"\"", &["@........E"], "Reach(\"exit\")");
    walk(&mut state, [40.0, 0.0], 20);
    let player = state.player().expect("a player");
    assert!(
        (player.position_m[0] - 4.5).abs() < 0.01,
        "{:?}",
        player.position_m
    );
}

#[test]
fn a_locked_door_stands_until_the_key_is_there() {
    let legend = "legend: {'k': Item(Key(\"red\")), 'R': Door(lock: Key(\"red\"))}";
    let mut locked = state(legend, &["k@.R.E"], "Reach(\"exit\")");
    walk(&mut locked, EAST, 40);
    let x = locked.player().expect("a player").position_m[0];
    assert!((x - 2.69).abs() < 0.02, "{x}");
    walk(&mut locked, [-4.0, 0.0], 20);
    let events = walk(&mut locked, EAST, 40);
    assert!(
        events.contains(&EventKind::Opened("door".into())),
        "{events:?}"
    );
    assert_eq!(locked.ending, Some(Ending::Beaten));
}

#[test]
fn a_plate_opens_while_it_is_stood_on() {
    let legend =
        "legend: {'p': Switch(name: \"p\", kind: Plate), 'P': Door(lock: Switches([\"p\"]))}";
    let mut state = state(legend, &["@p..P.E"], "Reach(\"exit\")");
    walk(&mut state, EAST, 5);
    assert!(state.doors[0].is_open);
    walk(&mut state, EAST, 60);
    assert!(!state.doors[0].is_open);
    assert!(state.player().expect("a player").position_m[0] < 4.0);
}

#[test]
fn a_crate_is_pushed_by_cells_and_not_through_walls_or_others() {
    let mut state = state("theme: \"\"", &["@$..#x", "......"], "Crates");
    let events = walk(&mut state, EAST, 80);
    let pushes = events
        .iter()
        .filter(|e| matches!(e, EventKind::Pushed(_)))
        .count();
    assert_eq!(pushes, 2, "{events:?}");
    assert_eq!(state.crates[0].cell, Cell::new(3, 0));
    let x = state.player().expect("a player").position_m[0];
    assert!((2.6..2.75).contains(&x), "{x}");
    // Brushing past moves nothing.
    let before = state.crates.clone();
    walk(&mut state, [0.0, -4.0], 10);
    walk(&mut state, [4.0, 0.5], 40);
    assert_eq!(state.crates, before);
}

#[test]
fn a_crate_fills_a_pit_that_kills_otherwise() {
    let mut fallen = state("theme: \"\"", &["@._.E"], "Reach(\"exit\")");
    let events = walk(&mut fallen, EAST, 60);
    assert!(
        events.contains(&EventKind::Died("a fall".into())),
        "{events:?}"
    );
    assert_eq!(fallen.ending, Some(Ending::Lost("player died".into())));
    let mut bridged = state("theme: \"\"", &["@$_.E"], "Reach(\"exit\")");
    let events = walk(&mut bridged, EAST, 100);
    assert!(events.contains(&EventKind::FilledPit), "{events:?}");
    assert_eq!(bridged.ending, Some(Ending::Beaten));
}

#[test]
fn spikes_hurt_once_a_second_and_lava_all_the_time() {
    let head = "rules: (spike_damage: 10, lava_damage_per_s: 50)";
    let mut spikes = state(head, &["@^^E"], "Reach(\"exit\"), Coins(9)");
    walk(&mut spikes, EAST, 10);
    walk(&mut spikes, [0.0, 0.0], 21);
    assert_eq!(spikes.player().expect("a player").health, 70.0 + 10.0);
    let mut lava = state(head, &["@~~~E"], "Reach(\"exit\"), Coins(9)");
    walk(&mut lava, EAST, 10);
    walk(&mut lava, [0.0, 0.0], 20);
    let health = lava.player().expect("a player").health;
    assert!((25.0..50.0).contains(&health), "{health}");
}

#[test]
fn a_blow_meets_who_stands_before_and_waits_its_time() {
    let legend =
        "legend: {'g': Character(role: Guard, name: \"Bo\", health: 30, carries: [Coin(5)])}";
    let mut state = state(legend, &["@g..E"], "Defeat(\"Bo\"), Coins(5)");
    let strike = |yaw: f64| CharacterCommand {
        attack: true,
        face_yaw_rad: yaw,
        ..CharacterCommand::default()
    };
    let events = tell(&mut state, strike(0.0), 8);
    let hits = events
        .iter()
        .filter(|e| matches!(e, EventKind::Hurt { .. }))
        .count();
    assert_eq!(hits, 1, "{events:?}");
    tell(&mut state, strike(sim::math::PI), 30);
    assert_eq!(state.characters[1].health, 18.0);
    let events = tell(&mut state, strike(0.0), 60);
    assert!(
        events.contains(&EventKind::Died("player".into())),
        "{events:?}"
    );
    let events = walk(&mut state, EAST, 20);
    assert!(
        events.contains(&EventKind::PickedUp("coin".into())),
        "{events:?}"
    );
    assert_eq!(state.ending, Some(Ending::Beaten));
}

#[test]
fn a_lever_works_within_reach_alone() {
    let legend = "legend: {'l': Switch(name: \"l\"), 'L': Door(lock: Switches([\"l\"]))}";
    let mut state = state(legend, &["@.lLE"], "Reach(\"exit\")");
    let work = CharacterCommand {
        interact: true,
        ..CharacterCommand::default()
    };
    tell(&mut state, work, 2);
    assert!(!state.switches[0].is_on);
    walk(&mut state, EAST, 8);
    tell(&mut state, work, 2);
    assert!(state.switches[0].is_on && state.doors[0].is_open);
}

#[test]
fn a_place_counts_once_all_else_is_done() {
    let mut state = state("theme: \"\"", &["E@o"], "Reach(\"exit\"), Coins(1)");
    walk(&mut state, [-4.0, 0.0], 10);
    assert_eq!(state.ending, None);
    walk(&mut state, EAST, 12);
    walk(&mut state, [-4.0, 0.0], 20);
    assert_eq!(state.ending, Some(Ending::Beaten));
}

#[test]
fn time_runs_out() {
    let mut state = state("rules: (time_limit_s: 1)", &["@...E"], "Reach(\"exit\")");
    walk(&mut state, [0.0, 0.0], 25);
    assert_eq!(state.ending, Some(Ending::Lost("time is up".into())));
}

#[test]
fn a_jump_is_as_high_whatever_the_tick() {
    for dt_s in [0.01, 0.02, 0.05] {
        let rows = [".....", ".....", ".....", "@....", "#####"];
        let mut state = state("view: Side, rules: (jump_m: 2.3)", &rows, "Coins(1)");
        let mut top: f64 = 0.0;
        for tick in 1..=(2.0 / dt_s) as u64 {
            let command = CharacterCommand {
                jump: (tick as f64 * dt_s) > 0.5 && (tick as f64 * dt_s) < 0.5 + 1.5 * dt_s,
                ..CharacterCommand::default()
            };
            state.step(&[(ActorId(0), command)], tick, dt_s);
            top = top.max(state.player().expect("a player").position_m[2]);
        }
        assert!((top - 1.0 - 2.3).abs() < 0.05, "{dt_s}: {top}");
        assert!(state.player().expect("a player").is_grounded);
    }
}

#[test]
fn commands_that_are_not_finite_do_no_harm() {
    let mut state = state("theme: \"\"", &["@...E"], "Reach(\"exit\")");
    walk(&mut state, [f64::NAN, f64::INFINITY], 5);
    let player = state.player().expect("a player");
    assert!(
        player
            .position_m
            .iter()
            .chain(&player.velocity_mps)
            .all(|v| v.is_finite())
    );
    assert!(player.yaw_rad.is_finite());
}
