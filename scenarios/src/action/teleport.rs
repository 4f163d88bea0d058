//! `TeleportAction`.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::{Context, EntityId, Position};
use crate::read::El;
use crate::story::{Cast, trailer};

/// `TeleportAction`
#[derive(Clone, Debug)]
pub struct TeleportAction {
    actor: EntityId,
    position: Position,
}

impl TeleportAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        // Version 1.0 files exist with the position's kind right below.
        let position = el.child("Position").unwrap_or(el);
        Ok(Self {
            actor,
            position: Position::read(ctx, position)?,
        })
    }
}

impl Action for TeleportAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let is_pulled = cast
            .actor(self.actor)
            .is_some_and(|p| p.pulled_by.is_some());
        let place = cast.resolve(&self.position, self.actor);
        if place.is_none() {
            cast.note_unresolved(&self.position);
        }
        if let Some(place) = place
            && !is_pulled
        {
            if let Some(player) = cast.actor_mut(self.actor) {
                player.place = place;
                player.active = true;
                player.moved.longitudinal = true;
                player.moved.speed = true;
                player.moved.teleport = true;
            }
            let map = cast.map.clone();
            trailer::align(&mut cast.players, &map, self.actor);
        }
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn moves_actor(&self) -> bool {
        true
    }

    fn teleports_relative_to(&self) -> Option<EntityId> {
        self.position.reference()
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
