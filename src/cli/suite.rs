//! `skidpad suite`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;
use serde_json::{Value, json};

use super::args::SimulationArgs;
use super::failure::{Failure, error_json};
use super::{output, table};
use crate::run::{RunResult, RunVerdict};
use crate::suite::{SuiteRow, exit_code, find_scenarios, run_all};

/// Arguments of `suite`.
#[derive(Args, Debug)]
pub struct SuiteArgs {
    /// Scenarios, and folders that hold some
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    #[command(flatten)]
    simulation: SimulationArgs,
    /// Scenarios run at a time; all processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    jobs: Option<u32>,
    /// Runs each scenario with this many seeds, counted up from --seed
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    seeds: u32,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
}

/// Runs all scenarios; the exit code.
pub fn suite(args: SuiteArgs) -> Result<u8, Failure> {
    let started = Instant::now();
    let scenarios = find_scenarios(&args.paths, &args.simulation.limits.limits())?;
    if scenarios.is_empty() {
        return Err(Failure::usage("no scenario (.xosc) found there"));
    }
    let runs: Vec<_> = scenarios
        .iter()
        .flat_map(|scenario| {
            (0..u64::from(args.seeds)).map(|i| {
                let mut options = args.simulation.options(scenario.clone());
                options.seed = options.seed.wrapping_add(i);
                options
            })
        })
        .collect();
    let jobs = args.jobs.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        |jobs| jobs as usize,
    );
    let progress = output::Progress::new(runs.len() as u64);
    let rows = run_all(runs, jobs, super::run_scenario, |done, row| {
        let text = format!("{} {}", name(&row.scenario), outcome(row));
        progress.step(done as u64, &text, true);
    });
    progress.finish();
    let wall_s = started.elapsed().as_secs_f64();
    if args.json {
        output::json(&as_json(&rows, wall_s))?;
    } else {
        output::print(&as_text(&rows, args.seeds > 1, wall_s, jobs));
    }
    Ok(exit_code(&rows))
}

fn name(scenario: &Path) -> String {
    scenario.file_stem().map_or_else(
        || scenario.display().to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

fn outcome(row: &SuiteRow) -> &'static str {
    match &row.outcome {
        Ok(result) => table::verdict(result.verdict),
        Err(_) if row.exit_code() == 2 => "ERROR",
        Err(_) => table::verdict(RunVerdict::Fault),
    }
}

fn count(rows: &[SuiteRow]) -> [usize; 4] {
    [0, 1, 3, 2].map(|code| rows.iter().filter(|row| row.exit_code() == code).count())
}

fn as_json(rows: &[SuiteRow], wall_s: f64) -> Value {
    let [passed, failed, fault, error] = count(rows);
    let scenarios: Vec<Value> = rows
        .iter()
        .map(|row| match &row.outcome {
            Ok(result) => json!(result),
            Err(error) => json!({
                "scenario": row.scenario,
                "seed": row.seed,
                "verdict": if row.exit_code() == 2 { "error" } else { "fault" },
                "reasons": [error.to_string()],
                "error": error_json(error),
            }),
        })
        .collect();
    json!({
        "scenarios": scenarios,
        "passed": passed,
        "failed": failed,
        "fault": fault,
        "error": error,
        "wall_s": wall_s,
    })
}

/// Metrics that have a column, with its title, where some run has them.
const COLUMNS: [(&str, &str); 5] = [
    ("progress", "progress"),
    ("min_ttc_s", "TTC s"),
    ("max_decel_mps2", "brake m/s²"),
    ("max_jerk_mps3", "jerk m/s³"),
    ("collisions", "coll."),
];

fn as_text(rows: &[SuiteRow], seeds: bool, wall_s: f64, jobs: usize) -> String {
    let metric = |result: &RunResult, name: &str| result.metrics.get(name).and_then(|m| m.value);
    let columns: Vec<_> = COLUMNS
        .into_iter()
        .filter(|(name, _)| {
            let mut results = rows.iter().filter_map(|row| row.outcome.as_ref().ok());
            results.any(|result| metric(result, name).is_some())
        })
        .collect();
    let mut header = vec!["scenario", "driver", "verdict"];
    if seeds {
        header.insert(1, "seed");
    }
    header.extend(["sim s", "wall s"]);
    header.extend(columns.iter().map(|(_, title)| *title));
    header.push("why");
    let lines: Vec<Vec<String>> = rows
        .iter()
        .map(|row| {
            let result = row.outcome.as_ref().ok();
            let driver = result.map_or("-".to_owned(), |r| r.driver.clone());
            let mut line = vec![name(&row.scenario), driver, outcome(row).to_owned()];
            if seeds {
                line.insert(1, row.seed.to_string());
            }
            let number =
                |v: Option<f64>, digits| v.map_or("-".to_owned(), |v: f64| format!("{v:.digits$}"));
            line.push(number(result.map(|r| r.sim_time_s), 1));
            line.push(number(result.map(|r| r.wall_s), 1));
            for (name, _) in &columns {
                line.push(number(result.and_then(|r| metric(r, name)), 2));
            }
            line.push(match &row.outcome {
                Ok(result) => result.reasons.join("; "),
                Err(error) => error.to_string(),
            });
            line
        })
        .collect();
    let [passed, failed, fault, error] = count(rows);
    let mut text = table::render(&header, &lines);
    text += &format!(
        "\n{passed} of {} passed, {failed} failed, {fault} fault, {error} error; {wall_s:.1} s with {jobs} job{}\n",
        rows.len(),
        if jobs == 1 { "" } else { "s" },
    );
    text
}
