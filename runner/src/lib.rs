//! One scenario from its file and options to its verdict, and the command line of that.
//!
//! In: a scenario file and [`RunOptions`]. Out: a [`RunResult`]. [`prepare()`] builds one world,
//! [`drive()`] ticks a batch of them in lockstep through one [`sim::tick::Pipeline`]. Whoever drives
//! otherwise than by the storyboard comes in through [`Drivers`], so that this crate needs no
//! networks: a scripted run starts without libtorch. [`mod@suite`] makes many runs of suite files and
//! [`mod@sweep`]s of parameters; a [`Lockstep`] runs many of them side by side. Start reading at [`run`].

pub mod cli;
pub mod suite;
pub mod sweep;

mod drive;
mod drivers;
mod error;
mod guard;
mod kind;
mod level;
mod lockstep;
mod maps;
mod options;
mod prepare;
mod result;
mod trace;
mod verdict;

pub use drive::{drive, run};
pub use drivers::{Drivers, OnRails};
pub use error::RunError;
pub use guard::guarded;
pub use kind::{FileKind, file_kind};
pub use lockstep::{Lockstep, Task};
pub use maps::Maps;
pub use options::RunOptions;
pub use prepare::{Job, Prepared, assets, prepare, prepare_with, requirements};
pub use result::{RunMetric, RunResult, RunVerdict};
pub use trace::{Trace, TraceActor, TraceState};
