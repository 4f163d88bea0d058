//! Game worlds: levels of tiles and rooms, built to physics, navigation and meshes in the same ECS world,
//! tick, record and hash as driving.
//!
//! In: a level file ([`level`], or [`import`]ed from another format) and a [`world::CharacterCommand`] a
//! character and tick, from behaviour trees ([`brain`]) or from outside. Out: states of actors as in any
//! other world, [`world::GameEvent`]s, whether the level is beaten ([`play()`]), and a proof by search that
//! it can be ([`solve`]). Start reading at [`level::Level`], then [`world::GameState`].

pub mod brain;
pub mod change;
pub mod geometry;
pub mod import;
pub mod level;
pub mod nav;
mod play;
pub mod solve;
pub mod world;

pub use play::{Outcome, PlayError, PlayOptions, play, ready};
