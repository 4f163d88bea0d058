//! Batches lose and repeat nothing, whatever happens to the process, and give what single runs give.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "tests, with their helpers"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use runner::{Lockstep, RunOptions, Task};
use sim::input::Limits;
use sim::message::DriverSpec;
use skidpad::columns::{Column, read};
use skidpad::run::{AllDrivers, RunVerdict};

fn regression(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios/regression")
        .join(name)
}

/// A batch of the rule-driven regression scenarios, as a command.
fn batch(out: &Path, more: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skidpad-full"));
    command
        .args(["batch", "--driver", "idm", "--seeds", "8", "--jobs", "2"])
        .args(["--worlds", "7", "--states-every", "0.5"])
        .arg("--out")
        .arg(out)
        .args(more)
        .args(
            [
                "cut_in.xosc",
                "hard_brake_ahead.xosc",
                "crossing_pedestrian.xosc",
            ]
            .map(regression),
        )
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command
}

fn done(mut command: Command) {
    let status = command.status().expect("started");
    assert!(status.code().is_some_and(|c| c < 2), "{status:?}");
}

fn results(out: &Path) -> Vec<u8> {
    std::fs::read(out.join("results.parquet")).expect("results")
}

/// Rows of all parts of states, sorted.
fn states(out: &Path) -> Vec<String> {
    let mut rows = Vec::new();
    let folder = out.join("states/00001-of-00001");
    for part in std::fs::read_dir(folder).expect("states") {
        let bytes = std::fs::read(part.expect("a part").path()).expect("read");
        let columns = read(bytes::Bytes::from(bytes), None).expect("Parquet");
        let count = columns[0].1.rows();
        for row in 0..count {
            let cells: Vec<_> = columns.iter().map(|(_, c)| c.permuted(&[row])).collect();
            rows.push(format!("{cells:?}"));
        }
    }
    rows.sort();
    rows
}

#[test]
fn killed_at_random_instants_it_ends_as_if_nothing_had_happened() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut"));
    let started = Instant::now();
    done(batch(&whole, &[]));
    let undisturbed = started.elapsed();
    // Instants from start-up to the end of the runs, however fast the machine is.
    let mut kills = 0;
    for k in 1..=20 {
        let mut child = batch(&cut, &["--resume"]).spawn().expect("started");
        std::thread::sleep(undisturbed * k / 20);
        kills += u32::from(child.try_wait().expect("asked").is_none());
        // SIGKILL; it may have come to its end by itself.
        let _ = child.kill();
        child.wait().expect("ended");
    }
    assert!(
        kills > 4,
        "{kills} were killed, the others had ended before"
    );
    done(batch(&cut, &["--resume"]));
    assert_eq!(results(&cut), results(&whole));
    assert_eq!(states(&cut), states(&whole));
    assert!(!states(&whole).is_empty());
}

#[test]
fn shards_put_together_are_the_whole() {
    let folder = tempfile::tempdir().expect("a folder");
    let (whole, parts) = (folder.path().join("whole"), folder.path().join("parts"));
    done(batch(&whole, &[]));
    let merge = |partial: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skidpad-full"));
        command.arg("merge").arg(&parts).args(partial);
        command.output().expect("started")
    };
    for shard in ["2/3", "1/3"] {
        done(batch(&parts, &["--shard", shard]));
    }
    let early = merge(&[]);
    let told = String::from_utf8_lossy(&early.stderr).into_owned();
    assert_eq!(early.status.code(), Some(2), "{told}");
    assert!(told.contains("8 runs are missing"), "{told}");
    done(batch(&parts, &["--shard", "3/3"]));
    assert!(merge(&[]).status.success());
    assert_eq!(results(&parts), results(&whole));
}

#[test]
fn wrong_values_are_told_by_what_was_expected() {
    let folder = tempfile::tempdir().expect("a folder");
    for (more, text) in [
        (["--record-last", "-1"], "expected seconds"),
        (["--duration", "-1"], "expected seconds"),
        (["--shard", "-1/3"], "expected I/N"),
    ] {
        let mut command = batch(folder.path(), &more);
        let output = command.stderr(Stdio::piped()).output().expect("started");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(text) && !told.contains("tip:"), "{told}");
    }
    let key = [("AWS_ACCESS_KEY_ID", "a"), ("AWS_SECRET_ACCESS_KEY", "b")];
    for (variables, text) in [
        (&[][..], "s3://bucket/a: expected AWS_ACCESS_KEY_ID"),
        (
            &[key[0], key[1], ("AWS_ENDPOINT", "localhost:9")][..],
            "AWS_ENDPOINT: expected an http",
        ),
    ] {
        let mut command = batch(Path::new("s3://bucket/a"), &[]);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("AWS_") {
                command.env_remove(name);
            }
        }
        command.envs(variables.iter().copied());
        let output = command.stderr(Stdio::piped()).output().expect("started");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(text), "{told}");
    }
}

#[test]
fn another_batch_does_not_go_where_one_is() {
    let folder = tempfile::tempdir().expect("a folder");
    done(batch(folder.path(), &[]));
    for (more, text) in [
        (&[][..], "go on with --resume"),
        (&["--resume", "--dt", "0.1"], "it holds another batch"),
    ] {
        let mut command = batch(folder.path(), more);
        let output = command.stderr(Stdio::piped()).output().expect("started");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(text), "{told}");
    }
    // With nothing left to do it tells the same again.
    let before = results(folder.path());
    done(batch(folder.path(), &["--resume"]));
    assert_eq!(results(folder.path()), before);
}

fn options(name: &str, driver: DriverSpec, seed: u64) -> RunOptions {
    let mut options = RunOptions::new(regression(name), driver);
    options.seed = seed;
    options.duration_s = Some(if driver == DriverSpec::Learned {
        0.6
    } else {
        6.0
    });
    options
}

/// Hashes of runs in a batch of so many worlds and threads.
fn hashes(all: &[RunOptions], width: usize, threads: usize) -> BTreeMap<u64, String> {
    let found = Mutex::new(BTreeMap::new());
    let stop = AtomicBool::new(false);
    let lockstep = Lockstep {
        drivers: &AllDrivers,
        width,
        groups: 3,
        threads,
        stop: &stop,
    };
    let tasks = (0u64..).zip(all).map(|(index, options)| Task {
        index,
        options: options.clone(),
    });
    let done = |index, result: Result<runner::RunResult, _>| {
        let result = result.expect("a result");
        assert_ne!(result.verdict, RunVerdict::Fault, "{:?}", result.reasons);
        found.lock().unwrap().insert(index, result.state_hash);
    };
    lockstep.run(tasks, &done).expect("runs");
    found.into_inner().unwrap()
}

#[test]
fn a_run_s_hash_is_the_same_alone_and_beside_others() {
    let all: Vec<RunOptions> = [
        ("cut_in.xosc", DriverSpec::Idm, 1),
        ("hard_brake_ahead.xosc", DriverSpec::Learned, 2),
        ("roundabout.xosc", DriverSpec::Expert, 3),
        ("cut_in.xosc", DriverSpec::Learned, 4),
        ("crossing_pedestrian.xosc", DriverSpec::Scripted, 5),
        ("crossing_pedestrian.xosc", DriverSpec::Learned, 5),
        ("roundabout.xosc", DriverSpec::Idm, 6),
    ]
    .map(|(name, driver, seed)| options(name, driver, seed))
    .into();
    let alone: BTreeMap<u64, String> = (0u64..)
        .zip(&all)
        .map(|(i, o)| (i, skidpad::run::run(o).expect("a run").state_hash))
        .collect();
    for (width, threads) in [(1, 1), (3, 2), (7, 1), (64, 2)] {
        assert_eq!(hashes(&all, width, threads), alone, "{width} {threads}");
    }
}

#[test]
fn a_run_that_can_t_be_made_is_a_row_and_the_others_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let broken = folder.path().join("broken.xosc");
    std::fs::write(
        &broken,
        "<OpenSCENARIO><FileHeader/><Storyboard/></OpenSCENARIO>",
    )
    .expect("written");
    let out = folder.path().join("out");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skidpad-full"));
    command.args(["batch", "--driver", "idm", "--record", "failures", "--out"]);
    command
        .arg(&out)
        .arg(&broken)
        .arg(regression("cut_in.xosc"));
    let output = command.output().expect("started");
    assert_eq!(output.status.code(), Some(2));
    let file = bytes::Bytes::from(results(&out));
    let columns = read(file, Some(&["verdict", "reasons", "record"])).expect("Parquet");
    let Column::Text(verdicts) = &columns[0].1 else {
        panic!("{columns:?}");
    };
    assert_eq!(verdicts.iter().filter(|v| *v == "error").count(), 1);
    assert_eq!(verdicts.iter().filter(|v| *v == "passed").count(), 1);
}

#[test]
fn a_run_that_fails_leaves_its_last_seconds() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut command = Command::new(env!("CARGO_BIN_EXE_skidpad-full"));
    command.args(["batch", "--driver", "idm", "--record", "failures"]);
    // Nobody keeps that far from who brakes ahead.
    command.args(["--record-last", "2", "--require", "min_ttc_s=100", "--out"]);
    command
        .arg(folder.path())
        .arg(regression("hard_brake_ahead.xosc"));
    assert_eq!(command.output().expect("started").status.code(), Some(1));
    let record = folder.path().join("records/00000000.mcap");
    let summary = sim::record::read_summary(&record, &Limits::default()).expect("a record");
    let (from_s, to_s) = summary.span_s.expect("messages");
    assert!((1.5..2.1).contains(&(to_s - from_s)), "{from_s} {to_s}");
    assert!(from_s > 1.0 && summary.channels.contains_key("/map"));
}
