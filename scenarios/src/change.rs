//! Changes from outside to a world that runs a story: what a debugger does at a tick, and a scenario that was saved
//! from it does again, by a `CustomCommandAction` of the type [`COMMAND`].

use bevy::prelude::*;
use serde::{Deserialize, Serialize};
use sim::actor::{ActorId, ActorState};
use sim::math::Pose;
use sim::message::{DriveCommand, DriverSpec};
use sim::physics::PhysicsState;
use sim::sensor::Daylight;
use sim::world::{Spec, WorldMap};

use crate::handover::change_driver;
use crate::install::Story;

/// Type of the commands that hold a [`Change`] as RON.
pub const COMMAND: &str = "skidpad.change";

/// Something that is set at once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Change {
    /// An actor stands elsewhere.
    Move {
        /// Its name.
        actor: String,
        /// Its new pose.
        pose: Pose,
    },
    /// An actor has another speed along its heading.
    Speed {
        /// Its name.
        actor: String,
        /// The speed, m/s.
        speed_mps: f64,
    },
    /// An actor is driven by another driver; `Scripted` puts it back on its rails.
    Driver {
        /// Its name.
        actor: String,
        /// Who drives it from now on.
        driver: DriverSpec,
    },
    /// What whoever drives an actor by hand does from now on.
    Command {
        /// Its name.
        actor: String,
        /// Pedals and steering.
        command: DriveCommand,
    },
    /// Sun, sky, haze and rain.
    Light(Daylight),
    /// A parameter or variable of the scenario.
    Parameter {
        /// Its name.
        name: String,
        /// Its new value.
        value: String,
    },
}

impl Change {
    /// Reads the content of a command.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(content: &str) -> Result<Self, String> {
        let change: Self = ron::from_str(content).map_err(|e| e.to_string())?;
        let is_finite = match &change {
            Self::Move { pose, .. } => pose.is_finite(),
            Self::Speed { speed_mps, .. } => speed_mps.is_finite(),
            Self::Command { command, .. } => [command.throttle, command.brake, command.steer_rad]
                .iter()
                .all(|v| v.is_finite()),
            Self::Light(light) => [
                light.sun_azimuth_rad,
                light.sun_elevation_rad,
                light.clearness,
                light.haze_m,
                light.rain_mmph,
            ]
            .iter()
            .all(|v| v.is_finite()),
            Self::Driver { .. } | Self::Parameter { .. } => true,
        };
        let reason = || "a number that is not finite".to_owned();
        is_finite.then_some(change).ok_or_else(reason)
    }

    /// The content of a command that makes it.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn write(&self) -> Result<String, String> {
        ron::to_string(self).map_err(|e| e.to_string())
    }

    /// Whether another one changes the same thing.
    pub fn is_of_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Move { actor: a, .. }, Self::Move { actor: b, .. })
            | (Self::Speed { actor: a, .. }, Self::Speed { actor: b, .. })
            | (Self::Driver { actor: a, .. }, Self::Driver { actor: b, .. })
            | (Self::Command { actor: a, .. }, Self::Command { actor: b, .. })
            | (Self::Parameter { name: a, .. }, Self::Parameter { name: b, .. }) => a == b,
            (Self::Light(_), Self::Light(_)) => true,
            _ => false,
        }
    }

    /// The driver of the whole program that it needs.
    pub fn driver(&self) -> Option<DriverSpec> {
        match self {
            Self::Driver { driver, .. } => {
                let is_of_program = !matches!(driver, DriverSpec::Scripted | DriverSpec::Manual);
                is_of_program.then_some(*driver)
            }
            _ => None,
        }
    }

    /// Makes it in a world; whether what it names is there.
    pub fn apply(&self, ecs: &mut World) -> bool {
        match self {
            Self::Move { actor, pose } => change_actor(ecs, actor, |state| {
                *state = ActorState::at(*pose, state.speed_mps);
            }),
            Self::Speed { actor, speed_mps } => change_actor(ecs, actor, |state| {
                *state = ActorState::at(state.pose, *speed_mps);
            }),
            Self::Driver { actor, driver } => change_driver(ecs, actor, *driver),
            Self::Command { actor, command } => command_actor(ecs, actor, *command),
            Self::Light(light) => {
                ecs.insert_resource(*light);
                true
            }
            Self::Parameter { name, value } => ecs
                .get_resource_mut::<Story>()
                .is_some_and(|mut story| story.set_parameter(name, value)),
        }
    }
}

/// Changes the state of an actor, for the story that may drive it, too; whether it is there. Worlds without a story
/// (games) keep states elsewhere, and would undo it.
fn change_actor(ecs: &mut World, name: &str, change: impl FnOnce(&mut ActorState)) -> bool {
    if !ecs.contains_resource::<Story>() {
        return false;
    }
    let mut query = ecs.query::<(&ActorId, &Spec, &mut ActorState)>();
    let Some((id, _, mut at)) = query.iter_mut(ecs).find(|(_, spec, _)| spec.0.name == name) else {
        return false;
    };
    change(&mut at);
    let (id, state) = (*id, *at);
    ecs.resource_mut::<PhysicsState>().remake(id);
    let map = ecs.resource::<WorldMap>().0.clone();
    let Some(mut story) = ecs.get_resource_mut::<Story>() else {
        return true;
    };
    let number = story
        .actors
        .iter()
        .position(|slot| slot.is_some_and(|(actor, _)| actor == id));
    if let Some(player) = number.and_then(|n| story.storyboard.cast.players.get_mut(n)) {
        player.put(&map, &state);
    }
    true
}

/// Sets what an actor's driver does; whether it is there.
fn command_actor(ecs: &mut World, name: &str, command: DriveCommand) -> bool {
    let mut query = ecs.query::<(&Spec, &mut DriveCommand)>();
    let found = query.iter_mut(ecs).find(|(spec, _)| spec.0.name == name);
    found.map(|(_, mut at)| *at = command).is_some()
}

/// Makes the changes that commands of the last step ask for; whether there were any.
pub(crate) fn obey(ecs: &mut World) -> bool {
    let Some(mut story) = ecs.get_resource_mut::<Story>() else {
        return false;
    };
    let commands = &mut story.storyboard.cast.commands;
    let ours: Vec<String> = commands
        .extract_if(.., |(kind, _)| kind == COMMAND)
        .map(|(_, content)| content)
        .collect();
    for content in &ours {
        // What can't be read was refused when the scenario was.
        if let Ok(change) = Change::read(content) {
            change.apply(ecs);
        }
    }
    !ours.is_empty()
}

impl Story {
    /// Sets a parameter or variable of the scenario; whether there is one of that name.
    fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        let cast = &mut self.storyboard.cast;
        let slots = [&mut cast.parameters, &mut cast.variables];
        let mut is_there = false;
        for slot in slots.into_iter().filter_map(|all| all.get_mut(name)) {
            slot.value = value.to_owned();
            is_there = true;
        }
        is_there
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_comes_back_from_its_text_bit_by_bit() {
        let change = Change::Move {
            actor: "a <b> \"c\"".into(),
            pose: Pose::planar(0.1 + 0.2, -1.0 / 3.0, 1e-17),
        };
        let text = change.write().expect("writes");
        assert_eq!(Change::read(&text), Ok(change));
        assert!(Change::read("Speed(actor: \"a\", speed_mps: inf)").is_err());
        assert!(Change::read("Fly").is_err());
    }
}
