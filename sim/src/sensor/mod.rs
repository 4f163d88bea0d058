//! Lidar and cameras by ray casting.

use crate::world::SimWorld;

/// Adds this module's systems to a world.
pub fn install(_world: &mut SimWorld) {}

/// What a surface is, as semantic images and point truths number it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum SemanticClass {
    /// Nothing hit.
    Sky = 0,
}
