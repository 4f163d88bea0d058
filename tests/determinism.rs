//! One scenario, driver and seed give one state hash: twice, alone and in a batch in any order, on one
//! thread and on two.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use sim::message::DriverSpec;
use skidpad::run::{RunOptions, drive, pipeline, prepare};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/regression")
}

fn job(name: &str, driver: DriverSpec, seed: u64, duration_s: Option<f64>) -> RunOptions {
    RunOptions {
        seed,
        duration_s,
        ..RunOptions::new(folder().join(format!("{name}.xosc")), driver)
    }
}

/// Hashes of jobs that run as one batch on so many threads.
fn batch(jobs: &[RunOptions], threads: usize) -> Vec<String> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .build()
        .expect("threads");
    pool.install(|| {
        let worlds = jobs
            .iter()
            .map(|job| prepare(job).expect("loads"))
            .collect();
        let mut pipeline = pipeline(&jobs[0], &[]).expect("weights");
        let results = drive(worlds, &mut pipeline);
        results.into_iter().map(|r| r.state_hash).collect()
    })
}

/// Checks jobs alone against batches of them.
fn check(jobs: &[RunOptions]) -> Vec<String> {
    let alone: Vec<String> = jobs
        .iter()
        .flat_map(|job| batch(std::slice::from_ref(job), 1))
        .collect();
    assert_eq!(batch(jobs, 1), alone, "in a batch on one thread");
    let mut turned = jobs.to_vec();
    turned.reverse();
    let mut hashes = batch(&turned, 2);
    hashes.reverse();
    assert_eq!(hashes, alone, "in a batch in reverse order on two threads");
    alone
}

#[test]
fn the_learned_driver_gives_one_hash_a_scenario() {
    let mut jobs = Vec::new();
    for name in ["roundabout", "cut_in", "crossing_pedestrian", "red_light"] {
        for seed in [1, 2] {
            jobs.push(job(name, DriverSpec::Learned, seed, Some(1.5)));
        }
    }
    let hashes = check(&jobs);
    // The seed reaches the sensors' noise, and so the commands wherever somebody is near.
    assert!(hashes.chunks_exact(2).any(|pair| pair[0] != pair[1]));
}

#[test]
fn scripts_and_rules_give_one_hash_for_every_scenario_of_the_suite() {
    let mut names: Vec<String> = std::fs::read_dir(folder())
        .expect("folder")
        .map(|entry| entry.expect("entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "xosc"))
        .filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()))
        .collect();
    names.sort();
    assert!(names.len() >= 20);
    for driver in [DriverSpec::Scripted, DriverSpec::Idm, DriverSpec::Expert] {
        let jobs: Vec<RunOptions> = names.iter().map(|n| job(n, driver, 0, None)).collect();
        check(&jobs);
    }
}
