//! Characters that talk: what they know, what they make of what they hear, what they say and do.
//!
//! In: a player's text, understood by [`crate::understanding`], and the state of a game. Out: a [`Reply`] whose
//! every statement is a [`facts::Claim`] from the character's own [`knowledge`], and [`act::WorldAct`]s. A plan
//! comes first ([`answer`], [`deal`]), words after ([`say`]); words are held against the plan ([`ground`]).
//! Start reading at [`Talker`].

pub mod act;
pub mod answer;
pub mod character;
mod conversation;
pub mod deal;
pub mod eval;
pub mod facts;
pub mod familiar;
pub mod ground;
pub mod knowledge;
pub mod memory;
pub mod plan;
mod question;
pub mod refer;
pub mod safety;
pub mod say;
pub mod stage;
pub mod state;
pub mod things;
pub mod truth;
pub mod voice;

pub use character::Character;
pub use conversation::{Draft, Reply, Talker, World, talkers};
pub use memory::Memory;
