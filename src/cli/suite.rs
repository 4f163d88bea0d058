//! `skidpad suite`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, ValueEnum};
use runner::cli::RunArgs;
use serde_json::json;

use super::failure::Failure;
use super::plan::PlanArgs;
use super::{output, table};
use crate::report::{self, Comparison, Report, RunInfo, StoredSuite};
use crate::run::{RunResult, RunVerdict};
use runner::suite::{Case, Ending, Plan, Standing, SuiteRow, exit_code, run_all};

/// Time between the samples that a report's replays show, seconds.
const TRACE_EVERY_S: f64 = 0.1;

/// What makes a suite end with exit code 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FailOn {
    /// Any verdict other than the expected one
    Verdicts,
    /// Such verdicts of scenarios that ended as expected in the baseline, or were not in it
    Regressions,
    /// Any such verdict, and any metric that got worse than in the baseline beyond its noise
    Metrics,
}

/// Arguments of `suite`.
#[derive(Args, Debug)]
pub struct SuiteArgs {
    #[command(flatten)]
    plan: PlanArgs,
    /// Scenarios run at a time; all processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    jobs: Option<u32>,
    /// Runs each scenario so many times and tells which differ
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1000))]
    repeat: u32,
    /// Writes results there: index.html, junit.xml, results.json, results.parquet, trajectories.parquet
    #[arg(long, value_name = "DIR")]
    report: Option<PathBuf>,
    /// Compares with the report of an earlier run
    #[arg(long, value_name = "DIR")]
    baseline: Option<PathBuf>,
    /// What gives exit code 1
    #[arg(long, value_enum, default_value = "verdicts", value_name = "WHAT")]
    fail_on: FailOn,
    /// Revision of what is tested, kept in the results; git is asked by default
    #[arg(long, value_name = "TEXT")]
    revision: Option<String>,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
}

impl SuiteArgs {
    /// All runs that one file stands for.
    fn of_run(args: RunArgs) -> Self {
        Self {
            plan: PlanArgs::of(args.scenario, args.simulation),
            jobs: None,
            repeat: 1,
            report: None,
            baseline: None,
            fail_on: FailOn::Verdicts,
            revision: None,
            json: args.json,
        }
    }

    fn cases(&self) -> Result<(String, Vec<Case>), Failure> {
        let Plan { name, mut cases } = self.plan.plan()?;
        if self.report.is_some() {
            for case in &mut cases {
                case.options.trace_every_s = Some(TRACE_EVERY_S);
            }
        }
        Ok((name, cases))
    }
}

/// All runs that a parameter distribution stands for.
pub fn sweep(args: RunArgs) -> Result<u8, Failure> {
    suite(SuiteArgs::of_run(args))
}

/// So many threads as asked for, or as there are processors.
pub fn jobs(given: Option<u32>) -> usize {
    given.map_or_else(
        || std::thread::available_parallelism().map_or(1, usize::from),
        |jobs| jobs as usize,
    )
}

/// Runs all scenarios; the exit code.
pub fn suite(args: SuiteArgs) -> Result<u8, Failure> {
    let started = Instant::now();
    if args.fail_on != FailOn::Verdicts && args.baseline.is_none() {
        return Err(Failure::usage(
            "--fail-on regressions and metrics need a --baseline to compare with",
        ));
    }
    let limits = args.plan.simulation.limits.limits();
    // Read before anything is run or written: it may be the folder of the report.
    let baseline = match &args.baseline {
        Some(folder) => Some(StoredSuite::load(folder, &limits)?),
        None => None,
    };
    let (name, cases) = args.cases()?;
    let jobs = jobs(args.jobs);
    let place = args
        .plan
        .paths
        .first()
        .map_or(Path::new("."), PathBuf::as_path);
    let mut info = RunInfo::now(args.revision.as_deref(), place, jobs);
    let progress = output::Progress::new(cases.len() as u64);
    let rows = run_all(
        cases,
        jobs,
        args.repeat.saturating_sub(1),
        super::run_scenario,
        |done, row| {
            let text = format!("{} {}", row.case.name, outcome(row));
            progress.step(done as u64, &text, true);
        },
    );
    progress.finish();
    info.wall_s = started.elapsed().as_secs_f64();
    let mut stored = StoredSuite::new(&name, info, &rows);
    let comparison = baseline
        .as_ref()
        .map(|before| report::compare(&mut stored, before));
    if let Some(folder) = &args.report {
        let traces = rows
            .iter()
            .map(|row| row.outcome.as_ref().ok()?.trace.as_ref());
        report::write(
            &Report {
                suite: &stored,
                traces: traces.collect(),
                comparison: comparison.as_ref(),
                baseline: args.baseline.as_deref(),
                limits: &limits,
            },
            folder,
        )?;
    }
    if args.json {
        let mut document = json!(stored);
        if let (Some(comparison), Some(object)) = (&comparison, document.as_object_mut()) {
            object.insert("comparison".into(), json!(comparison));
        }
        output::json(&document)?;
    } else {
        let mut text = as_text(&rows, &stored, jobs);
        if let Some(comparison) = &comparison {
            text += &comparison_text(comparison);
        }
        if let Some(folder) = &args.report {
            text += &format!("report: {}\n", folder.join("index.html").display());
        }
        output::print(&text);
    }
    Ok(code(
        &rows,
        args.fail_on,
        baseline.as_ref(),
        comparison.as_ref(),
    ))
}

/// The exit code by what is asked to fail.
fn code(
    rows: &[SuiteRow],
    fail_on: FailOn,
    baseline: Option<&StoredSuite>,
    comparison: Option<&Comparison>,
) -> u8 {
    match fail_on {
        FailOn::Verdicts => exit_code(rows),
        FailOn::Metrics => {
            let is_worse = comparison.is_some_and(|c| c.worse() > 0);
            exit_code(rows).max(u8::from(is_worse))
        }
        FailOn::Regressions => {
            let was_bad = |row: &&SuiteRow| {
                let then = baseline.and_then(|suite| {
                    let is_it = |then: &&report::StoredRow| {
                        then.name == row.case.name && then.seed == row.case.options.seed
                    };
                    suite.scenarios.iter().find(is_it)
                });
                then.is_some_and(|then| !then.as_expected)
            };
            let codes: Vec<u8> = rows
                .iter()
                .filter(|row| !was_bad(row))
                .map(SuiteRow::exit_code)
                .collect();
            [2, 3, 1]
                .into_iter()
                .find(|code| codes.contains(code))
                .unwrap_or(0)
        }
    }
}

fn outcome(row: &SuiteRow) -> &'static str {
    match row.standing() {
        Standing::Flaky => "FLAKY",
        Standing::ExpectedFailure => "expected failure",
        Standing::UnexpectedPass => "UNEXPECTED PASS",
        _ => match row.ending() {
            Ending::Passed => table::verdict(RunVerdict::Passed),
            Ending::Failed => table::verdict(RunVerdict::Failed),
            Ending::Fault => table::verdict(RunVerdict::Fault),
            Ending::Error => "ERROR",
        },
    }
}

/// Metrics that have a column, with its title, where some run has them.
const COLUMNS: [(&str, &str); 5] = [
    ("progress", "progress"),
    ("min_ttc_s", "TTC s"),
    ("max_decel_mps2", "brake m/s²"),
    ("max_jerk_mps3", "jerk m/s³"),
    ("collisions", "coll."),
];

fn as_text(rows: &[SuiteRow], stored: &StoredSuite, jobs: usize) -> String {
    let metric = |result: &RunResult, name: &str| result.metrics.get(name).and_then(|m| m.value);
    let columns: Vec<_> = COLUMNS
        .into_iter()
        .filter(|(name, _)| {
            let mut results = rows.iter().filter_map(|row| row.outcome.as_ref().ok());
            results.any(|result| metric(result, name).is_some())
        })
        .collect();
    let first = rows.first().map(|row| row.case.options.seed);
    let seeds = rows.iter().any(|row| Some(row.case.options.seed) != first);
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
            let mut line = vec![row.case.name.clone(), driver, outcome(row).to_owned()];
            if seeds {
                line.insert(1, row.case.options.seed.to_string());
            }
            let number =
                |v: Option<f64>, digits| v.map_or("-".to_owned(), |v: f64| format!("{v:.digits$}"));
            line.push(number(result.map(|r| r.sim_time_s), 1));
            line.push(number(result.map(|r| r.wall_s), 1));
            for (name, _) in &columns {
                line.push(number(result.and_then(|r| metric(r, name)), 2));
            }
            line.push(row.reasons().join("; "));
            line
        })
        .collect();
    // How to see why, under each row that asks for it.
    let views: Vec<String> = stored
        .scenarios
        .iter()
        .map(|row| row.view.clone())
        .collect();
    let mut text = table::render_with_notes(&header, &lines, &views);
    let StoredSuite {
        passed,
        failed,
        fault,
        error,
        wall_s,
        ..
    } = stored;
    text += &format!(
        "\n{passed} of {} passed, {failed} failed, {fault} fault, {error} error; {wall_s:.1} s with {jobs} job{}\n",
        rows.len(),
        if jobs == 1 { "" } else { "s" },
    );
    if stored.expected_failures > 0 {
        text += &format!(
            "{} of those passed did not pass, as expected\n",
            stored.expected_failures
        );
    }
    for (what, names) in [
        ("unexpected pass", &stored.unexpected_passes),
        ("differs when repeated", &stored.flaky),
    ] {
        for name in names {
            text += &format!("{what}: {name}\n");
        }
    }
    text
}

/// Changes told at most; the report has all.
const TOLD: usize = 40;

fn comparison_text(comparison: &Comparison) -> String {
    let mut text = format!(
        "\nagainst {}: {} regressions, {} verdicts changed, {} metrics changed ({} worse), {} rows identical\n",
        comparison.baseline.label(),
        comparison.regressions(),
        comparison.rows.len(),
        comparison.metrics.len(),
        comparison.worse(),
        comparison.identical,
    );
    for row in comparison.rows.iter().take(TOLD) {
        text += &format!(
            "  {:?}: {} (seed {}) {} -> {}, was so since {}; {}\n",
            row.trend,
            row.name,
            row.seed,
            row.before,
            row.after,
            if row.before_since.revision.is_empty() {
                &row.before_since.started
            } else {
                &row.before_since.revision
            },
            row.reasons.join("; "),
        );
    }
    let number = |v: Option<f64>| v.map_or("-".to_owned(), |v| format!("{v:.3}"));
    for change in comparison.metrics.iter().take(TOLD) {
        text += &format!(
            "  {:?}: {} {} {} -> {} {} (noise ±{:.3})\n",
            change.trend,
            change.name,
            change.metric,
            number(change.before),
            number(change.after),
            change.unit,
            change.noise,
        );
    }
    let left = comparison.metrics.len().saturating_sub(TOLD);
    if left > 0 {
        text += &format!("  and {left} metrics more\n");
    }
    for (what, names) in [
        ("another hash from the same program", &comparison.flaky),
        ("new", &comparison.added),
        ("not run now", &comparison.missing),
    ] {
        for name in names.iter().take(TOLD) {
            text += &format!("  {what}: {name}\n");
        }
    }
    text
}
