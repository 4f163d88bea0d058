//! `ConnectTrailerAction` and `DisconnectTrailerAction`.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::{Context, EntityId};
use crate::read::El;
use crate::story::Cast;

/// Lets go of the trailer of an entity.
fn disconnect(cast: &mut Cast, actor: EntityId) {
    let trailer = cast
        .actor_mut(actor)
        .and_then(|p| p.coupling.trailer.take());
    if let Some(trailer) = trailer.and_then(|t| cast.actor_mut(t)) {
        trailer.pulled_by = None;
        trailer.set_speed(0.0);
    }
}

/// `ConnectTrailerAction`
#[derive(Clone, Debug)]
pub struct ConnectTrailerAction {
    actor: EntityId,
    trailer: EntityId,
}

impl ConnectTrailerAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed or hitches an entity to itself.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let attribute = if el.node.attr("trailerRef").is_some() {
            "trailerRef"
        } else {
            "trailer"
        };
        let trailer = ctx.entity(&el, attribute)?;
        if trailer == actor {
            return Err(el.error("a trailer that is another entity", "the entity itself"));
        }
        Ok(Self { actor, trailer })
    }

    /// Whether the entity hangs, through others, behind the trailer.
    fn makes_ring(&self, cast: &Cast) -> bool {
        let mut next = Some(self.trailer);
        for _ in 0..=cast.players.len() {
            let Some(id) = next else { return false };
            if id == self.actor {
                return true;
            }
            next = cast.actor(id).and_then(|p| p.coupling.trailer);
        }
        true
    }
}

impl Action for ConnectTrailerAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let now = cast.actor(self.actor).and_then(|p| p.coupling.trailer);
        if now != Some(self.trailer) && !self.makes_ring(cast) {
            disconnect(cast, self.actor);
            if let Some(front) = cast.actor(self.trailer).and_then(|p| p.pulled_by) {
                disconnect(cast, front);
            }
            if let Some(player) = cast.actor_mut(self.actor) {
                player.coupling.trailer = Some(self.trailer);
            }
            if let Some(player) = cast.actor_mut(self.trailer) {
                player.pulled_by = Some(self.actor);
            }
        }
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `DisconnectTrailerAction`
#[derive(Clone, Debug)]
pub struct DisconnectTrailerAction {
    actor: EntityId,
}

impl DisconnectTrailerAction {
    /// For one actor.
    pub fn new(actor: EntityId) -> Self {
        Self { actor }
    }
}

impl Action for DisconnectTrailerAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        disconnect(cast, self.actor);
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
