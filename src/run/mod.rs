//! Running scenarios: from a file and options to a verdict.
//!
//! A run takes [`RunOptions`] and gives a [`RunResult`], which the command line prints.

mod error;
mod options;
mod result;

pub use error::RunError;
pub use options::RunOptions;
pub use result::{RunMetric, RunResult, RunVerdict};
