//! A world: ECS state, its schedules, and what is read from it.

mod checkpoint;
mod describe;
mod hash;
mod signals;
mod sim_world;
mod snapshot;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use describe::Description;
pub use hash::StateHasher;
pub use signals::{SignalPhase, SignalStates};
pub use sim_world::{Episode, SimWorld, Spec, WorldConfig, WorldMap, spawn_actor};
pub use snapshot::{ActorSnapshot, WorldSnapshot};
