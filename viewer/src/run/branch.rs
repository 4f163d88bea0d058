//! Another future of a run: from one of its ticks on, with something changed.

use std::sync::Arc;

use runner::{RunError, RunOptions};
use scenarios::Change;
use sim::actor::ActorId;
use sim::math::Pose;
use sim::sensor::Daylight;
use sim::tick::Pipeline;
use sim::world::{Checkpoint, SimWorld};

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
    /// Sun, sky and haze.
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
    /// The same by name; nothing where the actor is not there.
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
            | (Self::Speed { actor: a, .. }, Self::Speed { actor: b, .. }) => a == b,
            (Self::Light(_), Self::Light(_)) => true,
            (Self::Parameter { name: a, .. }, Self::Parameter { name: b, .. }) => a == b,
            _ => false,
        }
    }
}

/// Where a branch begins, and what is changed there.
#[derive(Clone)]
pub struct Branch {
    from: Option<Arc<Checkpoint>>,
    tick: u64,
    changes: Vec<Change>,
}

impl Branch {
    /// Brings a new world to where the branch begins and changes it.
    pub(super) fn enter(
        &self,
        world: &mut SimWorld,
        pipeline: &mut Pipeline,
    ) -> Result<(), RunError> {
        if let Some(checkpoint) = &self.from {
            world.restore(checkpoint);
        }
        while world.is_running() && world.tick().index < self.tick {
            pipeline.tick(std::slice::from_mut(world));
        }
        for change in &self.changes {
            if !change.apply(&mut world.ecs) {
                let reason = format!("{change:?}: there is nothing of that name");
                return Err(RunError::Usage(reason));
            }
        }
        world.refresh_snapshot();
        Ok(())
    }
}

impl Run {
    /// Begins another future of this run at one of its ticks; `options` may differ from its own in what does not
    /// shape the world: weights, requirements.
    ///
    /// # Errors
    /// If this run is a record.
    pub fn branch(
        &self,
        tick: u64,
        edits: Vec<Edit>,
        options: Option<RunOptions>,
    ) -> Result<Self, String> {
        let checkpoints = self
            .checkpoints
            .as_ref()
            .ok_or("a record can't go on from a tick: open its scenario instead")?;
        let frame = self.frame(tick).ok_or("the run has not begun")?;
        let changes: Vec<Change> = edits.iter().filter_map(|edit| edit.change(frame)).collect();
        let branch = Branch {
            from: checkpoints.before(tick),
            tick,
            changes: changes.clone(),
        };
        let options = options.unwrap_or_else(|| checkpoints.options.clone());
        let mut run = checkpoints.begin(options, branch);
        // Until then both are one.
        let before = self.frames.iter().take_while(|frame| frame.tick < tick);
        run.frames = before.cloned().collect();
        run.changed.clone_from(&self.changed);
        run.changed.retain(|(at, _)| *at <= tick);
        run.changed.extend(changes.into_iter().map(|c| (tick, c)));
        Ok(run)
    }
}
