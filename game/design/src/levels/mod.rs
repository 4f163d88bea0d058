//! Generated levels.
//!
//! All generators draw a [`Sketch`], a grid of few symbols: the [`constructive`] one by rules, [`wfc`] by
//! wave-function collapse, [`network`] by a transformer. [`repair`] makes of a sketch what can be beaten,
//! [`difficulty`] says how hard it is, and [`generate()`] puts all of it together.

pub mod constructive;
pub mod difficulty;
pub mod eval;
mod generate;
pub mod network;
pub mod novelty;
pub mod patterns;
pub mod repair;
pub mod sketch;
pub mod tokens;
pub mod training;
pub mod wfc;

pub use generate::{Asked, GenerateError, Generated, Source, generate, generate_many};
pub use network::{LevelNetwork, NetworkConfig};
pub use sketch::{Features, Sketch, Symbol, Theme};
