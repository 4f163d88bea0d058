//! No text makes the reader panic, and what it accepts can be written, judged and built.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;

use game::geometry::triangles;
use game::import::{VglcGame, parse_boxoban, parse_vglc};
use game::level::{Level, problems};
use game::world::GameState;
use proptest::prelude::*;
use sim::actor::ActorId;

const WHOLE: &str = include_str!("../../assets/levels/08_the_keep.ron");

fn build(text: &str) {
    let Ok(level) = Level::parse(Path::new("t.ron"), text) else {
        return;
    };
    let layout = level.layout().expect("what is read has a layout");
    let _ = problems(&layout);
    let _ = triangles(&layout);
    let written = level.to_text().expect("written");
    assert_eq!(
        Level::parse(Path::new("t.ron"), &written).expect("read"),
        level
    );
    let mut state = GameState::new(Arc::new(layout), ActorId(0));
    for tick in 1..5 {
        state.step(&[], tick, 0.05);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn mutated_files_are_read_or_refused(at in 0..WHOLE.len(), length in 0usize..40, put in "[ -~]{0,8}") {
        let end = (at + length).min(WHOLE.len());
        let (Some(head), Some(tail)) = (WHOLE.get(..at), WHOLE.get(end..)) else {
            return Ok(());
        };
        build(&format!("{head}{put}{tail}"));
    }

    #[test]
    fn texts_of_other_formats_are_read_or_refused(text in "[-#@$. ;0-9XS?QEo<>\\[\\]BbFWDMPOIK\n]{0,200}") {
        let path = Path::new("t.txt");
        let _ = parse_boxoban(path, &text);
        for game in [
            VglcGame::MarioBros, VglcGame::MarioLayers, VglcGame::KidIcarus, VglcGame::LodeRunner,
            VglcGame::MegaMan, VglcGame::RainbowIslands, VglcGame::Zelda, VglcGame::Doom, VglcGame::MarioKart,
        ] {
            if let Ok(imported) = parse_vglc(path, &text, game) {
                build(&imported.level.to_text().expect("written"));
            }
        }
    }
}

#[test]
fn sizes_are_bounded() {
    for text in [
        "(name: \"t\", rooms: [(at: (4000000000, 0), rows: [\"@\"])], goals: [Crates])".to_owned(),
        format!(
            "(name: \"t\", rows: [\"@{}\"], goals: [Crates])",
            ".".repeat(2000)
        ),
        format!(
            "(name: \"t\", rows: [\"@{}\"], goals: [Crates])",
            "o".repeat(900)
        ),
        format!(
            "(name: \"t\", rows: [{} \"@\"], goals: [Crates])",
            "\".\",".repeat(2000)
        ),
        "[".repeat(100_000),
    ] {
        build(&text);
    }
    let deep = format!(
        "(name: \"t\", rows: [\"@{}\"], goals: [Crates])",
        ".".repeat(2000)
    );
    assert!(Level::parse(Path::new("t.ron"), &deep).is_err());
}
