//! Levels, stories and characters, generated and checked by playing them.
//!
//! Levels: [`levels::generate()`] takes what is asked for and gives a level that the solver proved; start
//! reading at [`levels::Sketch`]. Which level a player gets next: [`recommend`]. Quests in a level, with the people
//! who give them: [`stories`].

pub mod levels;
pub mod recommend;
pub mod stories;
