//! Levels of other formats: text levels of the VGLC and of Boxoban.

mod boxoban;
mod side;
mod top;
mod vglc;

pub use boxoban::{boxoban, parse_boxoban};
pub use vglc::{VglcGame, parse_vglc, vglc};

use crate::level::Level;

/// A level that came from another format.
#[derive(Clone, Debug, PartialEq)]
pub struct Imported {
    /// The level.
    pub level: Level,
    /// What the other format says that has no meaning here, in words.
    pub lost: Vec<String>,
}
