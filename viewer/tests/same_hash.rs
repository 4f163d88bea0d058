//! A run that is looked at, with pauses, jumps, other speeds and stalled frames, ends in the hash of one that
//! nobody looks at.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::Path;
use std::sync::Arc;

use runner::{OnRails, RunOptions};
use sim::message::DriverSpec;
use viewer::app::App;
use viewer::command::Command;
use viewer::run::live;
use viewer::settings::Settings;

fn options(name: &str) -> RunOptions {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scenarios/regression")
        .join(name);
    RunOptions::new(file, DriverSpec::Scripted)
}

/// Looks at a run to its end with frames of the given lengths and the given commands in turn.
fn watched(name: &str, frames_s: &[f64], commands: &[Command]) -> String {
    let mut app = App::new(live(options(name), Arc::new(OnRails)), Settings::default());
    app.wait_for(0.0);
    let mut step = 0;
    for frame in 0..2_000_000u32 {
        app.update(frames_s[frame as usize % frames_s.len()]);
        if frame % 7 == 0 && !commands.is_empty() {
            app.apply(commands[step % commands.len()]);
            step += 1;
        }
        if !app.clock.is_playing {
            app.apply(Command::PlayPause);
        }
        if let Some(ending) = &app.run().ending {
            return ending.state_hash.clone();
        }
        std::thread::yield_now();
    }
    panic!("{name} does not end");
}

#[test]
fn whatever_is_done_with_the_clock_the_hash_is_that_of_a_headless_run() {
    for name in ["cut_in.xosc", "crossing_pedestrian.xosc"] {
        let headless = runner::run(&options(name), &OnRails)
            .expect("runs")
            .state_hash;
        let commands = [
            Command::PlayPause,
            Command::StepForward,
            Command::Faster,
            Command::StepBack,
            Command::ToStart,
            Command::PlayPause,
            Command::ToEnd,
            Command::Faster,
            Command::Reverse,
            Command::StepForward,
            Command::Reverse,
            Command::PreviousMark,
            Command::ToEnd,
        ];
        for (frames_s, commands) in [
            (vec![0.016], &commands[..0]),
            (vec![0.007], &commands[..]),
            (vec![0.016, 0.9, 0.001], &commands[..]),
        ] {
            assert_eq!(
                watched(name, &frames_s, commands),
                headless,
                "{name} {frames_s:?}"
            );
        }
    }
}
