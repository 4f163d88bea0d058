//! Every level of the shared corpora imports, is written and read again as it was, and has what it takes.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use game::import::{VglcGame, boxoban, vglc};
use game::level::{Level, problems};
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
