//! State hash, logs and records.

use bevy::prelude::*;

use crate::tick::Stage;
use crate::world::{SimWorld, StateHasher, WorldSnapshot};

/// Adds this module's systems to a world.
pub fn install(world: &mut SimWorld) {
    world.add_systems(Stage::Record, hash_states);
}

fn hash_states(snapshot: Res<WorldSnapshot>, mut hasher: ResMut<StateHasher>) {
    hasher.add(&snapshot);
}
