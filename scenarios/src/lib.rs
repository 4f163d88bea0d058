//! Scenarios: OpenSCENARIO XML storyboards, and generated maps and traffic.
//!
//! In: an `.xosc` file (1.0 to 1.3) with its catalogs. Out: a [`Scenario`], and once installed in a
//! world a [`Story`] that moves its scripted actors each tick, switches signals, writes an event
//! log and ends the episode. Start reading at [`Scenario::load`], then [`story::Storyboard`].

pub mod action;
pub mod check;
pub mod condition;
pub mod distribution;
pub mod draft;
pub mod generate;
pub mod model;
pub mod read;
pub mod schema;
pub mod story;

mod change;
mod handover;
mod install;
mod requirements;
mod scenario;
mod signal_words;

pub use change::{COMMAND, Change};
pub use handover::{WholeDrivers, give_to_drivers};
pub use install::{Story, StoryOptions, install};
pub use read::LoadOptions;
pub use requirements::Requirements;
pub use scenario::Scenario;
