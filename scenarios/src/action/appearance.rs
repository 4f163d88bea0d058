//! `LightStateAction`, `AnimationAction` and `VisibilityAction`.

use sim::actor::LightMode;
use sim::input::InputError;

use super::{Action, Progress};
use crate::model::{Context, EntityId};
use crate::read::El;
use crate::story::Cast;

/// `VisibilityAction`
#[derive(Clone, Debug)]
pub struct VisibilityAction {
    actor: EntityId,
    /// To graphics, sensors, traffic.
    visible: [bool; 3],
}

impl VisibilityAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        Ok(Self {
            actor,
            visible: [
                el.bool_or("graphics", true)?,
                el.bool_or("sensors", true)?,
                el.bool_or("traffic", true)?,
            ],
        })
    }
}

impl Action for VisibilityAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        cast.visibility.insert(self.actor, self.visible);
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `LightStateAction`; a light that flashes goes on until another action switches it.
#[derive(Clone, Debug)]
pub struct LightStateAction {
    actor: EntityId,
    lights: Vec<String>,
    mode: LightMode,
    transition_s: f64,
    since_s: f64,
}

impl LightStateAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let kind = el.need_child("LightType")?.choice("a light")?;
        let lights = match kind.name() {
            "VehicleLight" => parts(&kind.text("vehicleLightType")?),
            "UserDefinedLight" => vec![kind.text("userDefinedLightType")?],
            _ => return Err(super::unknown(&kind, "VehicleLight or UserDefinedLight")),
        };
        let mode = el.need_child("LightState")?.word(
            "mode",
            &[
                ("on", LightMode::On),
                ("off", LightMode::Off),
                ("flashing", LightMode::Flashing),
            ],
        )?;
        Ok(Self {
            actor,
            lights,
            mode,
            transition_s: el.f64_or("transitionTime", 0.0)?.max(0.0),
            since_s: 0.0,
        })
    }
}

/// The lights that a `VehicleLightType` stands for.
fn parts(light: &str) -> Vec<String> {
    let parts: &[&str] = match light {
        "fogLights" => &["fogLightsFront", "fogLightsRear"],
        "warningLights" => &["indicatorLeft", "indicatorRight"],
        _ => &[light],
    };
    parts.iter().map(|part| (*part).to_owned()).collect()
}

impl Action for LightStateAction {
    fn lights(&self) -> &[String] {
        &self.lights
    }

    fn start(&mut self, cast: &mut Cast) -> Progress {
        self.since_s = 0.0;
        for light in &self.lights {
            cast.lights.insert((self.actor, light.clone()), self.mode);
        }
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        if self.since_s >= self.transition_s {
            let is_replaced = self.lights.iter().any(|light| {
                let now = cast.lights.get(&(self.actor, light.clone()));
                now.is_some_and(|mode| *mode != self.mode)
            });
            return if self.mode == LightMode::Flashing && !is_replaced {
                Progress::Running
            } else {
                Progress::Done
            };
        }
        self.since_s += cast.dt_s();
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `AnimationAction`: lasts as long as it says; nothing is drawn of it yet.
#[derive(Clone, Debug)]
pub struct AnimationAction {
    actor: EntityId,
    duration_s: f64,
    is_loop: bool,
    since_s: f64,
}

impl AnimationAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        ctx.warn(&el, "<AnimationAction> takes its time but is not drawn");
        Ok(Self {
            actor,
            duration_s: el.f64_or("animationDuration", 0.0)?.max(0.0),
            is_loop: el.bool_or("loop", false)?,
            since_s: 0.0,
        })
    }
}

impl Action for AnimationAction {
    fn start(&mut self, _: &mut Cast) -> Progress {
        self.since_s = 0.0;
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        self.since_s += cast.dt_s();
        if self.is_loop || self.since_s < self.duration_s {
            Progress::Running
        } else {
            Progress::Done
        }
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
