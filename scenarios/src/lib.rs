//! Scenarios: generated maps, traffic and tasks.

pub mod generate;
