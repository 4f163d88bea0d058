//! Networks that play the characters of games, and predict where the player goes.
//!
//! In: each character's [`game::brain::Percept`], which is all that it sees and hears, and its own state; out: its
//! [`game::world::CharacterCommand`]. A tick's way: [`mind`] takes in and remembers, [`tokens`] encodes,
//! [`network`] decides and foresees in one forward pass for all characters of all worlds ([`NpcForward`]),
//! [`decode`] turns that into a command. [`Brains`] says whether the network or behaviour trees think.
//! Trained by imitation of the trees and by play ([`training`]), measured by [`eval`]. Start reading at
//! [`tokens`], then [`network`].

pub mod arena;
pub mod decode;
pub mod eval;
mod expert;
mod forward;
mod install;
pub mod levels;
pub mod mind;
pub mod network;
pub mod skill;
mod terrain;
pub mod tokens;
pub mod training;

pub use forward::{NAME, NpcForward, load};
pub use install::{Brains, DECISION_S, Jobs, NpcOptions, UnknownBrains, install};
pub use mind::Mind;
pub use network::{Config, Network};
pub use skill::Skill;
