//! Suites: many scenarios, each to its verdict, in parallel.
//!
//! In: files, folders and suite files. Out: a [`SuiteRow`] a scenario, parameter set and seed, in a fixed
//! order whatever the number of jobs. A scenario that can't be read is a row with its error, and one that
//! panics is a row with a fault; the others still run. [`plan`] makes the rows, [`run_all`] runs them.

mod case;
mod file;
mod find;
mod plan;
mod variations;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

pub use case::{Case, Standing, SuiteRow, exit_code};
pub use file::{Ending, Entry, Seeds, Settings, SuiteFile};
pub use find::{Found, find_scenarios};
pub use plan::{Plan, PlanOptions, plan};
pub use variations::variations;

use crate::{RunError, RunOptions, RunResult, guarded};

/// Stack of a worker, bytes: as much as a main thread has.
const STACK_BYTES: usize = 8 << 20;

/// Runs all, `jobs` at a time and each `1 + repeats` times; `run` gives the result of one, `done` hears
/// of each as it ends.
pub fn run_all(
    cases: Vec<Case>,
    jobs: usize,
    repeats: u32,
    run: impl Fn(&RunOptions) -> Result<RunResult, RunError> + Sync,
    done: impl Fn(usize, &SuiteRow) + Sync,
) -> Vec<SuiteRow> {
    let next = AtomicUsize::new(0);
    let ended = AtomicUsize::new(0);
    let rows: Vec<Mutex<Option<SuiteRow>>> = cases.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some((case, slot)) = {
            let index = next.fetch_add(1, Ordering::Relaxed);
            cases.get(index).zip(rows.get(index))
        } {
            let row = run_case(case, repeats, &run);
            done(ended.fetch_add(1, Ordering::Relaxed) + 1, &row);
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(row);
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.clamp(1, cases.len().max(1)) {
            let builder = std::thread::Builder::new().stack_size(STACK_BYTES);
            // Where no more threads can be had, those that there are do the work.
            if builder.spawn_scoped(scope, work).is_err() {
                break;
            }
        }
        work();
    });
    rows.into_iter()
        .zip(cases)
        .map(|(slot, case)| {
            slot.into_inner()
                .ok()
                .flatten()
                .unwrap_or_else(|| SuiteRow {
                    case,
                    outcome: Err(RunError::Internal("the run was not started".into())),
                    repeats: Vec::new(),
                })
        })
        .collect()
}

fn run_case(
    case: &Case,
    repeats: u32,
    run: &impl Fn(&RunOptions) -> Result<RunResult, RunError>,
) -> SuiteRow {
    if let Some(error) = &case.broken {
        return SuiteRow {
            case: case.clone(),
            outcome: Err(error.clone().into()),
            repeats: Vec::new(),
        };
    }
    let outcome = guarded(|| run(&case.options));
    let mut again = case.options.clone();
    again.trace_every_s = None;
    let repeats = match &outcome {
        Ok(_) => (0..repeats)
            .map(|_| guarded(|| run(&again)).map_or_else(|e| e.to_string(), |r| r.state_hash))
            .collect(),
        // What did not run has no hash to differ.
        Err(_) => Vec::new(),
    };
    SuiteRow {
        case: case.clone(),
        outcome,
        repeats,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use sim::message::DriverSpec;

    use super::*;
    use crate::RunVerdict;

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
            reasons: Vec::from_iter(
                (options.scenario == std::path::Path::new("bad")).then(|| "collision".to_owned()),
            ),
            ended: "duration".into(),
            state_hash: String::new(),
            ticks: 1,
            sim_time_s: 1.0,
            wall_s: 1.0,
            metrics: BTreeMap::new(),
            warnings: Vec::new(),
            trace: None,
            record: None,
        })
    }

    fn case(name: &str) -> Case {
        Case::new(name, RunOptions::new(name, DriverSpec::Scripted))
    }

    fn codes(names: &[&str], jobs: usize) -> (Vec<u8>, u8) {
        let cases = names.iter().map(|name| case(name)).collect();
        let rows = run_all(cases, jobs, 0, result, |_, _| {});
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

    #[test]
    fn an_expected_failure_counts_as_passed_and_an_unexpected_pass_is_named() {
        let expecting = |name: &str, expect, because: Option<&str>| Case {
            expect,
            because: because.map(str::to_owned),
            ..case(name)
        };
        let cases = vec![
            expecting("bad", Ending::Failed, None),
            expecting("bad", Ending::Failed, Some("collision")),
            expecting("bad", Ending::Failed, Some("red light")),
            expecting("a", Ending::Failed, None),
            expecting("wrong", Ending::Error, None),
            expecting("bug", Ending::Fault, Some("a bug")),
            expecting("bug", Ending::Failed, None),
        ];
        let rows = run_all(cases, 1, 0, result, |_, _| {});
        let standings: Vec<_> = rows.iter().map(SuiteRow::standing).collect();
        use Standing::{ExpectedFailure, Failed, UnexpectedPass};
        assert_eq!(
            standings,
            [
                ExpectedFailure,
                ExpectedFailure,
                Failed,
                UnexpectedPass,
                ExpectedFailure,
                ExpectedFailure,
                Failed,
            ]
        );
        assert_eq!(rows[3].exit_code(), 1);
        assert_eq!(rows[4].exit_code(), 0);
    }

    #[test]
    fn a_run_whose_hash_differs_when_repeated_is_flaky() {
        let count = AtomicUsize::new(0);
        let unsteady = |options: &RunOptions| {
            let mut result = result(options)?;
            if options.scenario.ends_with("unsteady") {
                result.state_hash = count.fetch_add(1, Ordering::Relaxed).to_string();
            }
            Ok(result)
        };
        let rows = run_all(vec![case("unsteady"), case("a")], 1, 2, unsteady, |_, _| {});
        assert_eq!(rows[0].standing(), Standing::Flaky);
        assert_eq!((rows[0].exit_code(), rows[0].repeats.len()), (1, 2));
        assert_eq!(rows[1].standing(), Standing::Passed);
    }
}
