//! `skidpad run`.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::args::{SimulationArgs, seconds};
use super::failure::{Failure, error_json};
use super::{output, table};
use crate::{Drivers, RunError, RunOptions, RunResult, RunVerdict};

/// Arguments of `run`.
#[derive(Args, Debug)]
pub struct RunArgs {
    /// The scenario (.xosc), or a level of a game (.ron)
    pub scenario: PathBuf,
    /// How it is run.
    #[command(flatten)]
    pub simulation: SimulationArgs,
    /// Writes all trajectories as CSV
    #[arg(long, value_name = "F.csv")]
    log: Option<PathBuf>,
    /// Time between logged states, seconds; every tick by default
    #[arg(long, value_name = "S", value_parser = seconds, allow_negative_numbers = true)]
    log_every: Option<f64>,
    /// Writes all events as CSV
    #[arg(long, value_name = "F.csv")]
    events: Option<PathBuf>,
    /// Writes everything as MCAP, which Foxglove opens
    #[arg(long, value_name = "F.mcap")]
    record: Option<PathBuf>,
    /// Prints one JSON document
    #[arg(long)]
    pub json: bool,
}

impl RunArgs {
    /// Whether the file is a parameter distribution, which stands for many runs.
    pub fn is_sweep(&self) -> bool {
        let limits = self.simulation.limits.limits();
        crate::file_kind(&self.scenario, &limits) == crate::FileKind::Distribution
    }

    /// The options they stand for.
    pub fn options(&self) -> RunOptions {
        RunOptions {
            log: self.log.clone(),
            log_every_s: self.log_every,
            events: self.events.clone(),
            record: self.record.clone(),
            ..self.simulation.options(self.scenario.clone())
        }
    }
}

/// Runs one scenario; the exit code.
///
/// # Errors
/// If an input file or option is wrong.
pub fn run(args: &RunArgs, drivers: &dyn Drivers) -> Result<u8, Failure> {
    let options = args.options();
    let result = match crate::run(&options, drivers) {
        Ok(result) => result,
        // Another program has its say.
        Err(error @ RunError::NeedsDrivers) => return Err(error.into()),
        Err(error) => {
            if args.json {
                output::json(&json!({
                    "scenario": options.scenario,
                    "verdict": "error",
                    "error": error_json(&error),
                }))?;
            }
            return Err(error.into());
        }
    };
    if args.json {
        output::json(&result)?;
    } else {
        print_text(&result);
    }
    Ok(exit_code(result.verdict))
}

/// The exit code of a verdict.
pub fn exit_code(verdict: RunVerdict) -> u8 {
    match verdict {
        RunVerdict::Passed => 0,
        RunVerdict::Failed => 1,
        RunVerdict::Fault => 3,
    }
}

fn print_text(result: &RunResult) {
    for warning in &result.warnings {
        output::note(&format!("warning: {warning}"));
    }
    let speed = result.sim_time_s / result.wall_s.max(1e-9);
    let mut text = format!(
        "{}: {} (driver {}, seed {})\n{:.2} s in {} ticks, {:.2} s of wall time ({speed:.1} × real time); ended by {}\n",
        result.scenario,
        table::verdict(result.verdict),
        result.driver,
        result.seed,
        result.sim_time_s,
        result.ticks,
        result.wall_s,
        result.ended,
    );
    for reason in &result.reasons {
        text += &format!("  because {reason}\n");
    }
    // Those that do not apply to the run would hide the others.
    let rows = result.metrics.iter().filter_map(|(name, metric)| {
        let value = format!("{:.3}", metric.value?);
        Some(vec![name.clone(), value, metric.unit.clone()])
    });
    text += &table::render(&["metric", "value", "unit"], &rows.collect::<Vec<_>>());
    text += &format!("state hash {}\n", result.state_hash);
    output::print(&text);
}
