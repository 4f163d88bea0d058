//! A record shows what the run showed, whole or cut off.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use runner::{OnRails, RunOptions};
use sim::message::DriverSpec;
use viewer::run::{RecordOptions, Run, live, record};

fn options(name: &str) -> RunOptions {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scenarios/regression")
        .join(name);
    RunOptions {
        duration_s: Some(8.0),
        ..RunOptions::new(file, DriverSpec::Scripted)
    }
}

fn recorded(name: &str, folder: &Path) -> PathBuf {
    let file = folder.join("run.mcap");
    let options = RunOptions {
        record: Some(file.clone()),
        ..options(name)
    };
    runner::run(&options, &OnRails).expect("runs");
    file
}

fn read(file: &Path) -> Run {
    let mut run = record(file.to_owned(), RecordOptions::default());
    run.wait_for(u64::MAX);
    run
}

#[test]
fn a_record_has_the_ticks_events_and_states_of_its_run() {
    let folder = tempfile::tempdir().expect("folder");
    let recorded = read(&recorded("red_light.xosc", folder.path()));
    assert_eq!(recorded.failure, None);
    let mut run = live(options("red_light.xosc"), Arc::new(OnRails));
    run.wait_for(u64::MAX);
    assert_eq!(recorded.span(), run.span());
    let (a, b) = (
        recorded.info.as_ref().expect("info"),
        run.info.as_ref().expect("info"),
    );
    assert_eq!((a.ego, a.dt_s, &a.title), (b.ego, b.dt_s, &b.title));
    assert_eq!(a.story.nodes.len(), b.story.nodes.len());
    let (_, last) = run.span().expect("ticks");
    for tick in 0..=last {
        let (x, y) = (
            recorded.frame(tick).expect("there"),
            run.frame(tick).expect("there"),
        );
        assert_eq!(x.signals, y.signals, "tick {tick}");
        assert_eq!(x.light, y.light);
        assert_eq!(x.actors.len(), y.actors.len());
        for (p, q) in x.actors.iter().zip(&y.actors) {
            assert_eq!(p.spec, q.spec);
            // JSON numbers come back within a unit in the last place.
            assert!((p.state.pose.x_m - q.state.pose.x_m).abs() < 1e-9);
            assert!((p.state.speed_mps - q.state.speed_mps).abs() < 1e-9);
        }
    }
    let rows = |run: &Run| -> Vec<_> {
        let rows = run
            .events
            .iter()
            .map(|e| (e.kind, e.element.clone(), e.to.clone()));
        rows.collect()
    };
    assert_eq!(rows(&recorded), rows(&run));
}

#[test]
fn a_record_that_is_cut_anywhere_is_read_as_far_as_it_goes() {
    let folder = tempfile::tempdir().expect("folder");
    let file = recorded("cut_in.xosc", folder.path());
    let bytes = std::fs::read(&file).expect("reads");
    let whole = read(&file).span().expect("ticks").1;
    let mut longest = 0;
    for share in [0, 1, 30, 50, 70, 90, 99] {
        let cut = folder.path().join(format!("cut{share}.mcap"));
        std::fs::write(&cut, &bytes[..bytes.len() * share / 100]).expect("writes");
        let run = read(&cut);
        match run.span() {
            Some((_, last)) => {
                assert!(last <= whole);
                longest = longest.max(last);
            }
            None => assert!(run.failure.is_some(), "{share} %"),
        }
    }
    assert!(longest > whole / 2, "{longest} of {whole}");
}

#[test]
fn what_is_no_record_is_told() {
    let folder = tempfile::tempdir().expect("folder");
    for (name, bytes) in [
        ("empty", &b""[..]),
        ("text", b"hello, this is no record at all"),
        ("magic", mcap::MAGIC),
    ] {
        let file = folder.path().join(name);
        std::fs::write(&file, bytes).expect("writes");
        let run = read(&file);
        let failure = run.failure.expect("fails");
        assert!(failure.contains("expected an MCAP record"), "{failure}");
    }
    assert!(read(&folder.path().join("nowhere")).failure.is_some());
}

/// Any byte may be wrong: a record is read or refused, and nothing breaks.
#[test]
fn a_record_with_wrong_bytes_breaks_nothing() {
    let folder = tempfile::tempdir().expect("folder");
    let file = recorded("cut_in.xosc", folder.path());
    let bytes = std::fs::read(&file).expect("reads");
    for step in 0..60usize {
        let mut broken = bytes.clone();
        for k in 0..8 {
            let at = (step * 7919 + k * 104_729) % broken.len();
            broken[at] ^= 0x5a;
        }
        let path = folder.path().join("broken.mcap");
        std::fs::write(&path, &broken).expect("writes");
        let run = read(&path);
        assert!(run.is_over());
        for tick in [0, 10, 100] {
            if let Some(frame) = run.frame(tick) {
                let found: Vec<_> = frame
                    .minds
                    .iter()
                    .filter_map(|m| m.scans.as_ref()?.get())
                    .collect();
                assert!(found.len() <= frame.minds.len());
            }
        }
    }
}
