//! What the roles do, in worlds of their own, with a player that commands from outside move.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;

use game::brain::{BrainOptions, Percept, install};
use game::level::Level;
use game::world::{CharacterCommand, GameState, world};
use sim::actor::ActorId;
use sim::tick::Pipeline;
use sim::world::SimWorld;

fn ready(legend: &str, rows: &[&str], difficulty: f64) -> SimWorld {
    let rows: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    let text = format!(
        "(name: \"t\", legend: {{{legend}}}, rows: [{}], goals: [Coins(1)])",
        rows.join(",")
    );
    let level = Level::parse(Path::new("t.ron"), &text).unwrap_or_else(|e| panic!("{e}"));
    let mut world = world(Arc::new(level.layout().expect("a layout")), 1, 0.05);
    let options = BrainOptions {
        difficulty,
        ..BrainOptions::default()
    };
    install(&mut world, &options).expect("nothing to plan");
    world
}

fn run(world: &mut SimWorld, move_mps: [f64; 2], time_s: f64) {
    let player = world.entity(ActorId(0)).expect("a player");
    let command = CharacterCommand {
        move_mps,
        ..CharacterCommand::default()
    };
    world.ecs.entity_mut(player).insert(command);
    let mut pipeline = Pipeline::new(Vec::new());
    for _ in 0..(time_s / 0.05) as u32 {
        pipeline.tick(std::slice::from_mut(world));
    }
}

fn at(world: &SimWorld, index: usize) -> [f64; 2] {
    let state = world.ecs.resource::<GameState>();
    let [x, y, _] = state.characters[index].position_m;
    [x, y]
}

fn far(world: &SimWorld, a: usize, b: usize) -> f64 {
    let (a, b) = (at(world, a), at(world, b));
    sim::math::hypot(a[0] - b[0], a[1] - b[1])
}

fn health(world: &SimWorld, index: usize) -> f64 {
    world.ecs.resource::<GameState>().characters[index].health
}

const STAND: [f64; 2] = [0.0, 0.0];

#[test]
fn a_guard_patrols_between_its_places() {
    let legend =
        "'g': Character(role: Guard, patrol: [\"a\", \"b\"]), 'a': Place(\"a\"), 'b': Place(\"b\")";
    let mut world = ready(legend, &["@#a...g...b"], 0.5);
    let (mut least, mut most) = (f64::INFINITY, 0.0f64);
    for _ in 0..100 {
        run(&mut world, STAND, 0.3);
        least = least.min(at(&world, 1)[0]);
        most = most.max(at(&world, 1)[0]);
    }
    assert!(least < 2.9 && most > 10.1, "{least} {most}");
}

#[test]
fn a_guard_that_sees_the_player_comes_and_strikes() {
    let mut world = ready(
        "'g': Character(role: Guard, facing_deg: 180)",
        &["@.....g"],
        0.5,
    );
    run(&mut world, STAND, 5.0);
    assert!(health(&world, 0) < 100.0 && far(&world, 0, 1) < 1.6);
}

#[test]
fn a_guard_that_neither_sees_nor_hears_stays() {
    let mut world = ready(
        "'g': Character(role: Guard, facing_deg: 0)",
        &["@.....g"],
        0.5,
    );
    run(&mut world, STAND, 5.0);
    assert_eq!(health(&world, 0), 100.0);
    assert!((at(&world, 1)[0] - 6.5).abs() < 0.01);
    // One that runs behind its back is heard.
    run(&mut world, [4.0, 0.0], 0.6);
    run(&mut world, STAND, 3.0);
    assert!(health(&world, 0) < 100.0);
}

#[test]
fn a_guard_that_has_lost_the_player_searches_and_goes_home() {
    let legend = "'g': Character(role: Guard, facing_deg: 180, speed_mps: 1, view_m: 15)";
    let rows = [
        "#####..........",
        "#####.########.",
        ".@..........g..",
        "##############.",
        ".............#.",
    ];
    let mut world = ready(legend, &rows, 0.5);
    run(&mut world, STAND, 1.0);
    let chased = at(&world, 1)[0];
    assert!(chased < 12.45, "{chased}");
    let state = world.ecs.resource::<GameState>();
    assert!(state.characters[1].is_alive());
    // Out of sight for good.
    let mut state = world.ecs.resource_mut::<GameState>();
    state.characters[0].position_m = [0.5, 0.5, 0.0];
    run(&mut world, STAND, 60.0);
    let home = at(&world, 1);
    assert!(
        (home[0] - 12.5).abs() < 0.2 && (home[1] - 2.5).abs() < 0.2,
        "{home:?}"
    );
}

#[test]
fn prey_keeps_away() {
    let rows = ["..........", ".@....h...", "..........", ".........."];
    let mut world = ready("'h': Character(role: Prey, facing_deg: 180)", &rows, 0.5);
    run(&mut world, [1.5, 0.0], 2.0);
    assert!(far(&world, 0, 1) > 2.5, "{}", far(&world, 0, 1));
}

#[test]
fn a_companion_follows_and_helps() {
    let legend =
        "'c': Character(role: Companion), 'g': Character(role: Guard, health: 20, facing_deg: 180)";
    let mut world = ready(legend, &["c@...........g", ".............."], 0.5);
    run(&mut world, [3.0, 0.0], 2.0);
    assert!(far(&world, 0, 1) < 2.8, "{}", far(&world, 0, 1));
    run(&mut world, STAND, 8.0);
    assert_eq!(health(&world, 2), 0.0);
}

#[test]
fn a_merchant_stays_where_it_is() {
    let mut world = ready(
        "'m': Character(role: Merchant, facing_deg: 180)",
        &["@....m..."],
        0.5,
    );
    run(&mut world, [1.0, 0.0], 3.0);
    assert!((at(&world, 1)[0] - 5.5).abs() < 0.05);
}

#[test]
fn a_hurt_boss_rages() {
    let speed = |part: f64| {
        let mut world = ready(
            "'b': Character(role: Boss, facing_deg: 180)",
            &["@.........b"],
            0.5,
        );
        let mut state = world.ecs.resource_mut::<GameState>();
        state.characters[1].health *= part;
        run(&mut world, STAND, 1.0);
        10.5 - at(&world, 1)[0]
    };
    assert!(
        speed(0.4) > 1.3 * speed(1.0),
        "{} {}",
        speed(0.4),
        speed(1.0)
    );
}

#[test]
fn difficulty_shortens_the_time_to_react() {
    let way = |difficulty| {
        let legend = "'g': Character(role: Guard, facing_deg: 180)";
        let mut world = ready(legend, &["@.....g"], difficulty);
        run(&mut world, STAND, 0.5);
        6.5 - at(&world, 1)[0]
    };
    assert!(
        way(1.0) > way(0.5) && way(0.5) > way(0.0),
        "{} {} {}",
        way(1.0),
        way(0.5),
        way(0.0)
    );
    assert_eq!(way(0.0), 0.0);
}

#[test]
fn percepts_hold_no_more_than_can_be_seen() {
    let legend = "'g': Character(role: Guard, facing_deg: 180)";
    let mut world = ready(legend, &["@..#.g", "...#.."], 0.5);
    run(&mut world, STAND, 0.1);
    let guard = world.entity(ActorId(1)).expect("a guard");
    let percept = world.ecs.entity(guard).get::<Percept>().expect("a percept");
    assert_eq!(percept, &Percept::default());
}
