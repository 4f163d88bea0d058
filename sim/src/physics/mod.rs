//! (module)

use crate::world::SimWorld;

/// Adds this module's systems to a world.
pub fn install(_world: &mut SimWorld) {}
