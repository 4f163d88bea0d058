//! Runs with every driver: those by rule, and the learned one with its networks.
//!
//! The run itself, from a file and options to a verdict, is [`runner`]'s.

mod drivers;
mod networks;

pub use drivers::AllDrivers;
pub use networks::{ForwardStep, forwards, pipeline};
pub use runner::{
    Job, Prepared, RunError, RunMetric, RunOptions, RunResult, RunVerdict, Trace, TraceActor,
    TraceState, drive, requirements,
};

/// As [`runner::prepare()`], with every driver.
///
/// # Errors
/// If an input file or option is wrong.
pub fn prepare(options: &RunOptions) -> Result<Prepared, RunError> {
    runner::prepare(options, &AllDrivers)
}

/// As [`runner::run`], with every driver.
///
/// # Errors
/// If an input file or option is wrong.
pub fn run(options: &RunOptions) -> Result<RunResult, RunError> {
    runner::run(options, &AllDrivers)
}
