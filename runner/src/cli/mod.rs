//! The command line of one run, and what every command shares: flags, failures, tables, output.

pub mod args;
pub mod failure;
pub mod output;
mod program;
mod run;
pub mod table;

pub use failure::Failure;
pub use program::{program, within_program};
pub use run::{RunArgs, exit_code, run};
