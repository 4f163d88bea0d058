//! Another future of a run: from one of its ticks on, with something changed.

use std::path::PathBuf;

use runner::RunError;
use scenarios::Change;
use sim::actor::ActorId;
use sim::math::Pose;
use sim::message::DriverSpec;
use sim::sensor::Daylight;

use super::checkpoints::Checkpoints;
use super::live::{Made, begin};
use super::{Frame, Run};

/// Something that is changed where a branch begins.
#[derive(Clone, Debug, PartialEq)]
pub enum Edit {
    /// An actor stands elsewhere.
    Move {
        /// The actor.
        actor: ActorId,
        /// Its new pose.
        pose: Pose,
    },
    /// An actor has another speed along its heading.
    Speed {
        /// The actor.
        actor: ActorId,
        /// The speed, m/s.
        speed_mps: f64,
    },
    /// An actor is driven by another driver; `Scripted` puts it on its rails.
    Driver {
        /// The actor.
        actor: ActorId,
        /// Who drives it.
        driver: DriverSpec,
    },
    /// The learned drivers have other weights, of this folder or file.
    Weights(PathBuf),
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

impl Edit {
    /// The same by name; nothing where the actor is not there, or where it is no change of a world.
    fn change(&self, frame: &Frame) -> Option<Change> {
        let name = |id: &ActorId| Some(frame.actor(*id)?.spec.name.clone());
        Some(match self {
            Self::Move { actor, pose } => Change::Move {
                actor: name(actor)?,
                pose: *pose,
            },
            Self::Speed { actor, speed_mps } => Change::Speed {
                actor: name(actor)?,
                speed_mps: *speed_mps,
            },
            Self::Driver { actor, driver } => Change::Driver {
                actor: name(actor)?,
                driver: *driver,
            },
            Self::Weights(_) => return None,
            Self::Light(light) => Change::Light(*light),
            Self::Parameter { name, value } => Change::Parameter {
                name: name.clone(),
                value: value.clone(),
            },
        })
    }

    /// Whether another one changes the same thing.
    pub fn is_of_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Move { actor: a, .. }, Self::Move { actor: b, .. })
            | (Self::Speed { actor: a, .. }, Self::Speed { actor: b, .. })
            | (Self::Driver { actor: a, .. }, Self::Driver { actor: b, .. }) => a == b,
            (Self::Light(_), Self::Light(_)) | (Self::Weights(_), Self::Weights(_)) => true,
            (Self::Parameter { name: a, .. }, Self::Parameter { name: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// Where a branch begins, and what is changed there.
pub(super) struct Branch {
    origin: Checkpoints,
    own: Checkpoints,
    tick: u64,
    pub(super) changes: Vec<Change>,
}

impl Branch {
    /// Brings a new world to where the branch begins; what is changed there comes after.
    pub(super) fn enter(&self, made: &mut Made) -> Result<(), RunError> {
        self.origin.go_to(made, &self.own, self.tick, None)?;
        Ok(())
    }
}

impl Run {
    /// Begins another future of this run at one of its ticks.
    ///
    /// # Errors
    /// If this run is a record.
    pub fn branch(&self, tick: u64, edits: &[Edit]) -> Result<Self, String> {
        let origin = self
            .checkpoints
            .as_ref()
            .ok_or("a record can't go on from a tick: open its scenario instead")?;
        let frame = self.frame(tick).ok_or("the run has not begun")?;
        let tick = frame.tick;
        let changes: Vec<Change> = edits.iter().filter_map(|edit| edit.change(frame)).collect();
        let mut options = origin.options.clone();
        let mut extra = origin.extra.clone();
        for edit in edits {
            if let Edit::Weights(path) = edit {
                options.weights = Some(path.clone());
            }
        }
        for driver in changes.iter().filter_map(Change::driver) {
            if !extra.contains(&driver) {
                extra.push(driver);
            }
        }
        let own = origin.branch(tick, options, extra);
        let branch = Branch {
            origin: origin.clone(),
            own: own.clone(),
            tick,
            changes: changes.clone(),
        };
        let mut run = begin(own, Some(branch));
        // Until then both are one.
        let before = self.frames.iter().take_while(|frame| frame.tick < tick);
        run.frames = before.cloned().collect();
        run.changed.clone_from(&self.changed);
        run.changed.retain(|(at, _)| *at <= tick);
        run.changed.extend(changes.into_iter().map(|c| (tick, c)));
        Ok(run)
    }
}
