//! Every level of the shared corpora imports, is written and read again as it was, and has what it takes.

#![allow(clippy::expect_used, reason = "a test may panic")]
#![allow(clippy::print_stderr, reason = "a test says that it was skipped")]

use std::path::{Path, PathBuf};

use game::import::{VglcGame, boxoban, vglc};
use game::level::{Level, problems};
use game::solve::{SolveOptions, solve};
use game::{PlayOptions, play};
use sim::input::Limits;

fn shared() -> Option<PathBuf> {
    let Some(root) = std::env::var_os("SKIDPAD_SHARED") else {
        eprintln!("skipped: SKIDPAD_SHARED is unset");
        return None;
    };
    Some(Path::new(&root).join("data"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
    found.sort();
}

#[test]
fn all_levels_of_the_vglc_import() {
    let Some(shared) = shared() else { return };
    let mut all = Vec::new();
    files(&shared.join("vglc"), &mut all);
    let mut counts = std::collections::BTreeMap::new();
    let mut unsound = 0;
    for path in all {
        let Some(game) = VglcGame::of_path(&path) else {
            continue;
        };
        let imported = vglc(&path, game, &Limits::default());
        let imported = imported.unwrap_or_else(|e| panic!("{e}"));
        let text = imported.level.to_text().expect("written");
        let again = Level::parse(&path, &text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(again, imported.level, "{}", path.display());
        let layout = again.layout().expect("a layout");
        let found = problems(&layout);
        // Lode Runner buries gold under bricks that the player digs away there.
        if !found.is_empty() && game != VglcGame::LodeRunner {
            unsound += 1;
            println!("{}: {}", path.display(), found[0]);
        }
        *counts.entry(game).or_insert(0) += 1;
    }
    println!("{counts:?}, {unsound} with problems");
    let least = [
        (VglcGame::MarioBros, 40),
        (VglcGame::MarioLayers, 40),
        (VglcGame::KidIcarus, 6),
        (VglcGame::LodeRunner, 150),
        (VglcGame::MegaMan, 10),
        (VglcGame::RainbowIslands, 28),
        (VglcGame::Zelda, 18),
        (VglcGame::Doom, 36),
        (VglcGame::MarioKart, 3),
    ];
    for (game, least) in least {
        assert!(counts.get(&game).is_some_and(|n| *n >= least), "{game:?}");
    }
    assert!(unsound <= 2, "{unsound}");
}

#[test]
fn all_levels_of_boxoban_import() {
    let Some(shared) = shared() else { return };
    let mut all = Vec::new();
    files(&shared.join("boxoban"), &mut all);
    let mut count = 0;
    for path in all {
        let is_levels =
            path.extension().is_some_and(|e| e == "txt") && !path.ends_with("LICENSE.txt");
        if !is_levels {
            continue;
        }
        for level in boxoban(&path, &Limits::default()).unwrap_or_else(|e| panic!("{e}")) {
            let layout = level.layout().expect("a layout");
            assert_eq!((layout.crates.len(), layout.targets().len()), (4, 4));
            assert_eq!(problems(&layout), []);
            count += 1;
        }
    }
    assert_eq!(count, 7000);
}

#[test]
fn levels_of_the_corpora_are_solved_and_played() {
    let Some(shared) = shared() else { return };
    let mut played = 0;
    for file in ["medium/train/000.txt", "unfiltered/train/000.txt"] {
        let mut path = shared.join("boxoban").join(file);
        if !path.exists() {
            let mut all = Vec::new();
            files(path.parent().expect("a folder"), &mut all);
            path = all.into_iter().next().expect("a file");
        }
        let levels = boxoban(&path, &Limits::default()).unwrap_or_else(|e| panic!("{e}"));
        for level in levels.iter().take(40) {
            let plan = solve(&level.layout().expect("a layout"), &SolveOptions::default());
            assert!(plan.expect("can be solved").pushes() > 3, "{}", level.name);
            let outcome = play(level, &PlayOptions::default()).expect("a plan");
            assert!(outcome.is_beaten, "{}: {}", level.name, outcome.ended);
            played += 1;
        }
    }
    assert_eq!(played, 80);
    for (file, game) in [
        (
            "Super Mario Bros/Processed/mario-1-1.txt",
            VglcGame::MarioBros,
        ),
        ("Lode Runner/Processed/Level 1.txt", VglcGame::LodeRunner),
        ("Super Mario Kart/Processed/smk1.txt", VglcGame::MarioKart),
        ("Doom/Processed/E1M1.txt", VglcGame::Doom),
    ] {
        let path = shared.join("vglc").join(file);
        let level = vglc(&path, game, &Limits::default())
            .unwrap_or_else(|e| panic!("{e}"))
            .level;
        let outcome = play(&level, &PlayOptions::default()).expect("a plan");
        assert!(outcome.is_beaten, "{file}: {}", outcome.ended);
    }
}
