//! What moves or stands in the world: identity, description, state.

mod lights;
mod spec;
mod state;

pub use lights::{LightMode, VehicleLights};
pub use spec::{ActorClass, ActorSpec, Axle, Axles, BoundingBox, Performance};
pub use state::{ActorState, Motion};

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

/// Stable number of an actor, in order of spawning; every ordered walk goes by it.
#[derive(
    Component, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ActorId(pub u32);
