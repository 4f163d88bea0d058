//! `skidpad bench search`: runs that the search needs to find the planted faults, and a random one.

use std::path::Path;

use sim::message::DriverSpec;

use super::{BenchArgs, Figure};
use crate::cli::Failure;
use crate::run::RunOptions;
use crate::search::{Measure, SearchOptions, Subject, random_search, search as look};
use runner::suite::{PlanOptions, Settings, plan};

/// Seeds of the search from the first one on, of which the median counts.
const SEEDS: u64 = 9;
/// Most runs of one search.
const BUDGET: usize = 1000;
/// Most runs at random, and the failures after which their rate is known well enough.
const RANDOM_RUNS: usize = 20_000;
const RANDOM_FAILURES: usize = 20;

/// The planted faults of a suite, one by one. A random search's median is taken from the rate at which
/// independent random runs fail: ln 2 / rate runs.
pub(super) fn search(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let base = |path| RunOptions::new(path, DriverSpec::Scripted);
    // Beside the sources, where the program is called from elsewhere.
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join(&args.suite);
    let suite = if args.suite.exists() {
        args.suite.clone()
    } else {
        beside
    };
    let planned = plan(
        &[suite],
        &PlanOptions {
            base: &base,
            given: Settings::default(),
            seed: 0,
            tags: Vec::new(),
            exclude_tags: Vec::new(),
            max_variations: 1,
            limits: sim::input::Limits::default(),
        },
    )?;
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let mut figures = Vec::new();
    let (mut found_count, mut far_fewer) = (0, 0);
    let total = planned.cases.len();
    for case in planned.cases {
        let subject = Subject::new(case.options, Vec::new(), Measure::Margin)?;
        let evaluate = |values: &[f64]| subject.evaluate(values);
        let options = |seed, budget| SearchOptions {
            budget,
            population: None,
            seed,
            jobs,
        };
        let mut runs = Vec::new();
        for seed in args.seed..args.seed.saturating_add(SEEDS) {
            let found = look(&subject.ranges, options(seed, BUDGET), &evaluate, &|_| {})?;
            // One that finds nothing counts as endless.
            runs.push(
                found
                    .failure
                    .map_or(f64::INFINITY, |_| found.trials.len() as f64),
            );
        }
        runs.sort_by(f64::total_cmp);
        let median = runs.get(runs.len() / 2).copied().unwrap_or(f64::INFINITY);
        let (mut random_runs, mut failures, mut seed) = (0, 0, 1000);
        while random_runs < RANDOM_RUNS && failures < RANDOM_FAILURES {
            let left = RANDOM_RUNS - random_runs;
            let found = random_search(&subject.ranges, options(seed, left), &evaluate, &|_| {})?;
            random_runs += found.trials.len();
            failures += usize::from(found.failure.is_some());
            seed += 1;
        }
        // Without a failure it is at least what one at the next run would give.
        let rate = failures.max(1) as f64 / random_runs.max(1) as f64;
        let random = sim::math::ln(2.0) / rate;
        let times = random / median;
        found_count += usize::from(median.is_finite());
        far_fewer += usize::from(times >= 5.0);
        let mut figure = |what: &str, value: f64, unit| {
            figures.push(Figure {
                name: format!("search: {} {what}", case.name),
                value,
                unit,
            });
        };
        figure("CMA-ES, median of 9", median, "runs");
        figure(
            "CMA-ES, worst of 9",
            runs.last().copied().unwrap_or(f64::INFINITY),
            "runs",
        );
        figure("random, median", random, "runs");
        figure("failing part of the ranges", rate * 100.0, "%");
        figure("random over CMA-ES", times, "×");
    }
    for (what, count) in [("found", found_count), ("with 5 × fewer runs", far_fewer)] {
        figures.push(Figure {
            name: format!("search: faults {what}, of {total}"),
            value: count as f64,
            unit: "1",
        });
    }
    Ok(figures)
}
