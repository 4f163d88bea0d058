//! The game as it is played: state, physics, rules, and their place in a [`sim::world::SimWorld`].
//!
//! [`GameState`] is plain data with a step of its own, so that it can be played without an ECS world; in one it
//! is a resource, stepped in [`sim::tick::Stage::Story`], that writes actors' states. Characters, crates, doors,
//! switches and items are actors, so that snapshots, hash, records and viewer show them.

mod arena;
mod begin;
mod command;
mod event;
mod harm;
mod install;
mod objects;
mod remains;
mod state;
mod talk;
mod walk;

pub use arena::{Arena, Block, Figure, WALL_CELLS, Walk, cell_block, walls};
pub use command::CharacterCommand;
pub use event::{EventKind, GameEvent};
pub(crate) use install::show;
pub use install::{ROLE_PROPERTY, install, world};
pub use state::{
    CharacterState, CrateState, DoorState, Ending, GameState, Inventory, ItemState, Sound,
    SwitchState,
};
pub use talk::TALK_CELLS;
