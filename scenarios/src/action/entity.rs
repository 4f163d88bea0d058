//! `AddEntityAction` and `DeleteEntityAction`.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::{Context, EntityId, Position};
use crate::read::El;
use crate::story::{Cast, trailer};

/// Reads an `EntityAction`.
///
/// # Errors
/// If it is malformed.
pub fn read(ctx: &Context, el: El<'_>) -> Result<Box<dyn Action>, InputError> {
    let entity = ctx.entity(&el, "entityRef")?;
    let inner = el.choice("AddEntityAction or DeleteEntityAction")?;
    match inner.name() {
        "AddEntityAction" => {
            let position = inner
                .child("Position")
                .map(|p| Position::read(ctx, p))
                .transpose()?;
            Ok(Box::new(AddEntityAction { entity, position }))
        }
        "DeleteEntityAction" => Ok(Box::new(DeleteEntityAction { entity })),
        _ => Err(super::unknown(
            &inner,
            "AddEntityAction or DeleteEntityAction",
        )),
    }
}

/// `AddEntityAction`
#[derive(Clone, Debug)]
pub struct AddEntityAction {
    entity: EntityId,
    position: Option<Position>,
}

impl Action for AddEntityAction {
    fn can_start(&self, cast: &Cast) -> bool {
        !cast.is_active(self.entity)
    }

    fn start(&mut self, cast: &mut Cast) -> Progress {
        let place = self
            .position
            .as_ref()
            .and_then(|p| cast.resolve(p, self.entity));
        if let Some(player) = cast.actor_mut(self.entity)
            && !player.active
        {
            player.active = true;
            player.moved.teleport = true;
            if let Some(place) = place {
                player.place = place;
            }
        }
        let map = cast.map.clone();
        trailer::align(&mut cast.players, &map, self.entity);
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `DeleteEntityAction`
#[derive(Clone, Debug)]
pub struct DeleteEntityAction {
    entity: EntityId,
}

impl Action for DeleteEntityAction {
    fn can_start(&self, cast: &Cast) -> bool {
        cast.is_active(self.entity)
    }

    fn start(&mut self, cast: &mut Cast) -> Progress {
        if let Some(player) = cast.actor_mut(self.entity) {
            player.active = false;
        }
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
