//! `ControllerAction`: controllers are assigned, switched on and off, and their pedals held.
//!
//! A controller takes effect where it names one of our drivers by a property `skidpad.driver`, or by its
//! name where the run is started so ([`crate::StoryOptions`]); else the story goes on moving the entity. The
//! words `expert` and `learned` of that property give it to a whole driver, which takes it off its rails.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::{Context, Controller, DriverKind, EntityId};
use crate::read::El;
use crate::story::{Cast, Driver};

/// One part of a `ControllerAction`.
#[derive(Clone, Debug)]
enum Part {
    /// `AssignControllerAction`, and whether it is switched on at once.
    Assign(Vec<Controller>, bool),
    /// `ActivateControllerAction`: which, and whether it keeps the speed; `None` leaves that as it is.
    Activate(Option<String>, Option<bool>),
    /// `OverrideControllerValueAction`: throttle and brake, `None` where not named, else the value held.
    Override([Option<Option<f64>>; 2]),
}

/// `ControllerAction`
#[derive(Clone, Debug)]
pub struct ControllerAction {
    actor: EntityId,
    parts: Vec<Part>,
}

impl ControllerAction {
    /// Reads one part that stands alone.
    ///
    /// # Errors
    /// If an attribute is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let parts = vec![Part::read(ctx, el, actor)?];
        Ok(Self { actor, parts })
    }
}

impl Part {
    fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        for flag in ["lateral", "lighting", "animation"] {
            el.bool_or(flag, false)?;
        }
        match el.name() {
            "AssignControllerAction" => {
                let mut controllers: Vec<Controller> =
                    Controller::read_in(ctx, el)?.into_iter().collect();
                for object in el.children("ObjectController") {
                    controllers.extend(Controller::read_in(ctx, object)?);
                }
                let is_on = el.bool_or("activateLongitudinal", false)?;
                Ok(Self::Assign(controllers, is_on))
            }
            "ActivateControllerAction" => {
                let reference = match el.opt_text("controllerRef")? {
                    Some(name) => Some(name),
                    None => el.opt_text("objectControllerRef")?,
                };
                let keeps_speed = match el.node.attr("longitudinal") {
                    Some(_) => Some(el.bool_or("longitudinal", false)?),
                    None => None,
                };
                let known = |c: &Controller| c.driver.is_some();
                let entity = ctx.entities.get(actor.0);
                if !entity.is_some_and(|e| e.controllers.iter().any(known)) {
                    ctx.warn(
                        &el,
                        "<ActivateControllerAction> has an effect only where a controller of ours is assigned",
                    );
                }
                Ok(Self::Activate(reference, keeps_speed))
            }
            "OverrideControllerValueAction" => {
                let pedal = |name: &str| -> Result<Option<Option<f64>>, InputError> {
                    let Some(child) = el.child(name) else {
                        return Ok(None);
                    };
                    let is_on = child.bool_or("active", false)?;
                    let value = match child.opt_f64("value")? {
                        Some(value) => value,
                        None => match child.elements().next() {
                            Some(input) => input.f64_or("value", 0.0)?,
                            None => 0.0,
                        },
                    };
                    Ok(Some(is_on.then_some(value.clamp(0.0, 1.0))))
                };
                for name in ["Clutch", "ParkingBrake", "SteeringWheel", "Gear"] {
                    if let Some(child) = el.child(name) {
                        ctx.warn(
                            &child,
                            format!("<{name}> is not taken: entities go on rails"),
                        );
                    }
                }
                ctx.warn(
                    &el,
                    "<OverrideControllerValueAction> holds pedals of an active controller of ours only",
                );
                Ok(Self::Override([pedal("Throttle")?, pedal("Brake")?]))
            }
            _ => Err(super::unknown(&el, "a controller action")),
        }
    }

    fn apply(&self, cast: &mut Cast, actor: EntityId) {
        let all_count = cast.controllers;
        let Some(player) = cast.actor_mut(actor) else {
            return;
        };
        // Whoever has started the run has the last word.
        if !player.is_scripted && player.given_to.is_none() {
            return;
        }
        let switch_on = |name: Option<&str>, controllers: &[Controller], speed: f64| {
            let named = |c: &&Controller| name.is_none_or(|name| c.name == name);
            let counts = |c: &&Controller| c.driver.is_some() && (c.is_own || all_count);
            let chosen = controllers.iter().rev().filter(named).find(counts);
            match chosen {
                Some(Controller {
                    driver: Some(DriverKind::Whole(driver)),
                    ..
                }) => (None, Some(*driver)),
                _ => (chosen.and_then(|c| Driver::new(c, speed)), None),
            }
        };
        match self {
            Self::Assign(controllers, is_on) => {
                player.controllers.extend(controllers.iter().cloned());
                if *is_on {
                    (player.driver, player.given_to) =
                        switch_on(None, &player.controllers, player.speed_mps);
                }
            }
            Self::Activate(_, None) => {}
            Self::Activate(_, Some(false)) => (player.driver, player.given_to) = (None, None),
            Self::Activate(name, Some(true)) => {
                (player.driver, player.given_to) =
                    switch_on(name.as_deref(), &player.controllers, player.speed_mps);
            }
            Self::Override(pedals) => {
                if let Some(driver) = &mut player.driver {
                    for (held, pedal) in driver.pedals.iter_mut().zip(pedals) {
                        if let Some(value) = pedal {
                            *held = *value;
                        }
                    }
                }
            }
        }
    }
}

impl Action for ControllerAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        for part in &self.parts {
            part.apply(cast, self.actor);
        }
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
    let parts = el.elements().map(|child| Part::read(ctx, child, actor));
    Ok(Box::new(ControllerAction {
        actor,
        parts: parts.collect::<Result<_, _>>()?,
    }))
}
