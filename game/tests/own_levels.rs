//! The levels of assets/levels: sound, proven by the solver, beaten by the scripted player.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use game::level::{Level, problems};
use game::solve::{SolveOptions, solve};
use game::{PlayOptions, play};
use sim::input::Limits;

fn levels() -> Vec<(PathBuf, Level)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/levels");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("levels")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    files.sort();
    let load = |path: PathBuf| {
        let level = Level::load(&path, &Limits::default()).unwrap_or_else(|e| panic!("{e}"));
        (path, level)
    };
    files.into_iter().map(load).collect()
}

#[test]
fn all_are_sound_and_proven() {
    let levels = levels();
    assert!(levels.len() >= 12);
    for (path, level) in levels {
        let layout = level.layout().expect("a layout");
        assert_eq!(problems(&layout), [], "{}", path.display());
        let plan = solve(&layout, &SolveOptions::default());
        let plan = plan.unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        println!(
            "{}: {} steps, {} states",
            level.name,
            plan.steps.len(),
            plan.states
        );
        let text = level.to_text().expect("written");
        assert_eq!(Level::parse(&path, &text).expect("read"), level);
    }
}

#[test]
fn the_documented_level_is_one() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/levels.md");
    let text = std::fs::read_to_string(&file).expect("the documentation");
    let block = text.split("```").nth(1).expect("an example");
    let level = Level::parse(&file, block).unwrap_or_else(|e| panic!("{e}"));
    let outcome = play(&level, &PlayOptions::default()).expect("a plan");
    assert!(outcome.is_beaten, "{}", outcome.ended);
}

#[test]
fn all_are_beaten_by_a_good_player() {
    let mut lost = Vec::new();
    for (path, level) in levels() {
        for seed in 0..3 {
            let options = PlayOptions {
                seed,
                ..PlayOptions::default()
            };
            let outcome = play(&level, &options).expect("a plan");
            println!(
                "{} seed {seed}: {} in {:.1} s, health {:.0}, {}",
                level.name,
                outcome.is_beaten,
                outcome.time_s,
                outcome.health,
                &outcome.state_hash[..8]
            );
            if !outcome.is_beaten {
                for event in outcome.events.iter().rev().take(12).rev() {
                    println!("    {:.2} {} {:?}", event.time_s, event.name, event.kind);
                }
                lost.push(format!("{} seed {seed}: {}", path.display(), outcome.ended));
            }
        }
    }
    assert!(lost.is_empty(), "{lost:#?}");
}
