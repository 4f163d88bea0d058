//! A training gives the same weights each time, stopped and resumed or not.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;

use npc::training::{Progress, TrainOptions, train};

fn options(folder: &Path) -> TrainOptions {
    TrainOptions {
        games: 3,
        rounds: 2,
        steps: 5,
        play_rounds: 1,
        play_games: 3,
        play_steps: 4,
        resume: true,
        ..TrainOptions::new(&folder.join("npc.safetensors"), &folder.join("work"))
    }
}

/// Trains until so many reports have been heard; whether it came to its end.
fn until(folder: &Path, reports: usize) -> bool {
    let mut heard = 0;
    let mut hear = |progress: &Progress| {
        heard += 1;
        assert!(progress.done <= progress.total);
        heard < reports
    };
    train(&options(folder), &mut hear).expect("files can be written")
}

#[test]
fn stopped_and_resumed_it_ends_with_the_same_weights() {
    let whole = tempfile::tempdir().unwrap();
    assert!(until(whole.path(), usize::MAX));
    let parts = tempfile::tempdir().unwrap();
    // In the middle of the first round, and again in the middle of learning by play.
    assert!(!until(parts.path(), 4));
    assert!(!until(parts.path(), 9));
    assert!(until(parts.path(), usize::MAX));
    let read = |folder: &Path| std::fs::read(folder.join("npc.safetensors")).unwrap();
    assert_eq!(read(whole.path()), read(parts.path()));
    assert!(npc::load(&whole.path().join("npc.safetensors"), tch::Device::Cpu).is_ok());
}
