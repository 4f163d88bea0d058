//! What one sensor looks at: the map's scene, the actors at a tick, and who is left out.

use super::actors::ActorScene;
use super::soup::Scene;

/// What rays are cast at.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub scene: &'a Scene,
    pub actors: &'a ActorScene,
    /// The body that the sensor sits on.
    pub exclude: Option<u32>,
}

impl<'a> View<'a> {
    /// The same with every actor in it, for shadows: the carrier throws one too.
    pub fn with_all(self) -> Self {
        Self {
            exclude: None,
            ..self
        }
    }
}
