//! Running scenarios: from a file and options to a verdict.
//!
//! [`prepare`] builds one world, [`drive`] ticks a batch of them in lockstep through one
//! [`sim::tick::Pipeline`], and [`RunResult`] is what the command line prints.

mod drive;
mod error;
mod networks;
mod options;
mod prepare;
mod result;
mod verdict;

pub use drive::{drive, run};
pub use error::RunError;
pub use networks::{ForwardStep, forwards, pipeline};
pub use options::RunOptions;
pub use prepare::{Job, Prepared, prepare};
pub use result::{RunMetric, RunResult, RunVerdict};
