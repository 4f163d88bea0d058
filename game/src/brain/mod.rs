//! Who moves the characters: behaviour trees by role, and a scripted player of a given skill.
//!
//! In: the [`Percept`] of each character, which holds what it can see and hear and no more. Out: its
//! [`CharacterCommand`]. The scripted player knows the whole level: it follows a plan of [`crate::solve`], since
//! it stands for somebody who has played the level before; in fights it goes by what it sees.

mod act;
mod decide;
mod install;
mod memory;
mod nav;
mod percept;
mod player;
mod tree;

pub use decide::{Wits, decide};
pub use install::{Brain, BrainOptions, install, set_difficulty};
pub use memory::Memory;
pub use nav::Nav;
pub use percept::{Heard, Percept, Seen, perceive};
pub use player::PlayerBrain;
pub use tree::{Act, tree};
