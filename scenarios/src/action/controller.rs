//! `ControllerAction`: read and noted. Which program drives an entity is chosen on the command line
//! (`--driver`), so assigning, activating and overriding controllers start and complete at once.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::{Context, EntityId};
use crate::read::El;
use crate::story::Cast;

/// `AssignControllerAction`, `ActivateControllerAction` or `OverrideControllerValueAction`
#[derive(Clone, Debug)]
pub struct ControllerAction {
    actor: EntityId,
}

impl ControllerAction {
    /// Reads one of them.
    ///
    /// # Errors
    /// If an attribute is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        for flag in ["lateral", "longitudinal", "lighting", "animation"] {
            el.bool_or(flag, false)?;
        }
        ctx.warn(
            &el,
            format!(
                "<{}> has no effect: drivers are chosen with --driver",
                el.name()
            ),
        );
        Ok(Self { actor })
    }
}

impl Action for ControllerAction {
    fn start(&mut self, _: &mut Cast) -> Progress {
        Progress::Done
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// Reads a `ControllerAction` with what it holds.
///
/// # Errors
/// If it is malformed.
pub fn read_all(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Box<dyn Action>, InputError> {
    for child in el.elements() {
        match child.name() {
            "AssignControllerAction"
            | "ActivateControllerAction"
            | "OverrideControllerValueAction" => {
                ControllerAction::read(ctx, child, actor)?;
            }
            _ => return Err(super::unknown(&child, "a controller action")),
        }
    }
    Ok(Box::new(ControllerAction { actor }))
}
