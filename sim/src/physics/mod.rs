//! Motion: vehicle models, rapier, and contacts.
//!
//! In: a [`crate::message::DriveCommand`] an actor and the states at t. Out: the states at t+1 and
//! [`Contacts`]. Kinematic actors are moved by [`single_track`]; dynamic and free ones by rapier,
//! in which every other actor is a body that moves on rails. A world without a dynamic or free
//! actor never touches rapier.

pub mod bench;
mod contacts;
mod dynamic;
mod glam_bridge;
mod ground;
mod hitch;
mod kinematic;
mod overlap;
mod rapier_world;
pub mod single_track;
mod state;

pub use contacts::{Contact, Contacts};
pub use hitch::Hitch;
pub use kinematic::OnRoad;
pub(crate) use kinematic::settle;
pub use overlap::Footprint;
pub use state::{PhysicsState, SnapshotError};

use bevy::prelude::*;

use crate::tick::Stage;
use crate::world::SimWorld;

/// Steps of the stage [`Stage::Physics`], for ordering against them.
#[derive(SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhysicsSystems {
    /// Kinematic vehicles.
    Kinematic,
    /// Rapier.
    Dynamic,
    /// Trailers that rapier does not move.
    Trailers,
    /// Contacts of the new states.
    Contacts,
}

/// Adds this module's systems to a world.
pub fn install(world: &mut SimWorld) {
    world.ecs.init_resource::<Contacts>();
    world.ecs.init_resource::<PhysicsState>();
    world
        .keep::<Hitch>()
        .keep::<OnRoad>()
        .keep_resource::<Contacts>()
        .keep_resource::<PhysicsState>();
    world.add_systems(
        Stage::Physics,
        (
            kinematic::locate_new.in_set(PhysicsSystems::Kinematic),
            kinematic::drive.in_set(PhysicsSystems::Kinematic),
            rapier_world::step.in_set(PhysicsSystems::Dynamic),
            hitch::follow.in_set(PhysicsSystems::Trailers),
            contacts::find.in_set(PhysicsSystems::Contacts),
        )
            .chain(),
    );
}
