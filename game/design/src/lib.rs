//! Levels, stories and characters, generated and checked by playing them.

pub mod stories;
