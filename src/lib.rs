//! Skidpad: regression suites, batches and a debugger for driving stacks in one simulation.
//!
//! In: scenarios, maps, rigs, weights and options. Out: verdicts, logs, records. The program
//! (`src/main.rs`) is a thin shell over this library. Start reading at [`run`].

pub mod batch;
pub mod cli;
pub mod columns;
pub mod doctor;
pub mod generate;
pub mod report;
pub mod run;
pub mod scenes;
pub mod search;
pub mod soak;
pub mod train;
