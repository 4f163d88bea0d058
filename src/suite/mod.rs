//! Suites: many scenarios, each to its verdict, in parallel.
//!
//! In: files and folders. Out: a [`SuiteRow`] a scenario and seed, in a fixed order whatever the
//! number of jobs. A scenario that can't be read is a row with its error, and one that panics is
//! a row with a fault; the others still run.

mod find;

use std::panic::AssertUnwindSafe;
use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use find::find_scenarios;

use crate::run::{RunError, RunOptions, RunResult, RunVerdict};

/// Stack of a worker, bytes: as much as a main thread has.
const STACK_BYTES: usize = 8 << 20;

/// One scenario and seed of a suite.
#[derive(Debug)]
pub struct SuiteRow {
    /// The scenario file.
    pub scenario: PathBuf,
    /// Seed of the run.
    pub seed: u64,
    /// Its result, or why there is none.
    pub outcome: Result<RunResult, RunError>,
}

impl SuiteRow {
    /// Whether the run ended with this verdict.
    pub fn is(&self, verdict: RunVerdict) -> bool {
        self.outcome.as_ref().is_ok_and(|r| r.verdict == verdict)
    }

    /// 0 passed, 1 failed, 2 input error, 3 fault.
    pub fn exit_code(&self) -> u8 {
        match &self.outcome {
            Ok(result) => match result.verdict {
                RunVerdict::Passed => 0,
                RunVerdict::Failed => 1,
                RunVerdict::Fault => 3,
            },
            Err(error) => error.exit_code(),
        }
    }
}

/// The exit code of a suite: wrong input stands above a fault, and a fault above a failed verdict.
pub fn exit_code(rows: &[SuiteRow]) -> u8 {
    let has = |code| rows.iter().any(|row| row.exit_code() == code);
    [2, 3, 1].into_iter().find(|code| has(*code)).unwrap_or(0)
}

/// Runs all, `jobs` at a time; `run` gives the result of one, `done` hears of each as it ends.
pub fn run_all(
    runs: Vec<RunOptions>,
    jobs: usize,
    run: impl Fn(&RunOptions) -> Result<RunResult, RunError> + Sync,
    done: impl Fn(usize, &SuiteRow) + Sync,
) -> Vec<SuiteRow> {
    let next = AtomicUsize::new(0);
    let ended = AtomicUsize::new(0);
    let rows: Vec<Mutex<Option<SuiteRow>>> = runs.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some((options, slot)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            runs.get(index).zip(rows.get(index))
        } {
            let row = run_one(options, &run);
            done(ended.fetch_add(1, Ordering::Relaxed) + 1, &row);
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(row);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.clamp(1, runs.len().max(1)) {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            // Where no more threads can be had, those that there are do the work.
            if builder.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    rows.into_iter()
        .zip(&runs)
        .map(|(slot, options)| {
            slot.into_inner()
                .ok()
                .flatten()
                .unwrap_or_else(|| SuiteRow {
                    scenario: options.scenario.clone(),
                    seed: options.seed,
                    outcome: Err(RunError::Internal("the run was not started".into())),
                })
        })
        .collect()
}

fn run_one(
    options: &RunOptions,
    run: &impl Fn(&RunOptions) -> Result<RunResult, RunError>,
) -> SuiteRow {
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| run(options)));
    SuiteRow {
        scenario: options.scenario.clone(),
        seed: options.seed,
        outcome: outcome.unwrap_or_else(|panic| {
            let text = panic
                .downcast_ref::<String>()
                .cloned()
                .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
            Err(RunError::Internal(text.unwrap_or_else(|| "panic".into())))
        }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sim::message::DriverSpec;

    use super::*;

    fn result(options: &RunOptions) -> Result<RunResult, RunError> {
        let name = options.scenario.display().to_string();
        match name.as_str() {
            "wrong" => return Err(RunError::Usage("wrong".into())),
            "bug" => panic!("a bug"),
            _ => {}
        }
        Ok(RunResult {
            verdict: if name == "bad" {
                RunVerdict::Failed
            } else {
                RunVerdict::Passed
            },
            scenario: name,
            driver: "scripted".into(),
            seed: options.seed,
            reasons: Vec::new(),
            ended: "duration".into(),
            state_hash: String::new(),
            ticks: 1,
            sim_time_s: 1.0,
            wall_s: 1.0,
            metrics: BTreeMap::new(),
            warnings: Vec::new(),
        })
    }

    fn codes(names: &[&str], jobs: usize) -> (Vec<u8>, u8) {
        let runs = names
            .iter()
            .map(|name| RunOptions::new(*name, DriverSpec::Scripted))
            .collect();
        let rows = run_all(runs, jobs, result, |_, _| {});
        let codes = rows.iter().map(SuiteRow::exit_code).collect();
        (codes, exit_code(&rows))
    }

    #[test]
    fn a_broken_scenario_leaves_the_others_alone() {
        for jobs in [1, 2, 16] {
            let (codes, code) = codes(&["a", "bug", "bad", "wrong", "b"], jobs);
            assert_eq!((codes, code), (vec![0, 3, 1, 2, 0], 2));
        }
        assert_eq!(codes(&["a", "bug", "bad"], 2).1, 3);
        assert_eq!(codes(&["a", "bad"], 2).1, 1);
        assert_eq!(codes(&["a"], 2).1, 0);
    }
}
