//! Another future of a run: from one of its ticks on, with something changed.

use std::sync::Arc;

use runner::{RunError, RunOptions};
use scenarios::Story;
use sim::actor::ActorId;
use sim::math::Pose;
use sim::sensor::Daylight;
use sim::tick::Pipeline;
use sim::world::{Checkpoint, SimWorld};

use super::Run;

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
    edits: Vec<Edit>,
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
        for edit in &self.edits {
            apply(world, edit)?;
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
        let branch = Branch {
            from: checkpoints.before(tick),
            tick,
            edits,
        };
        let options = options.unwrap_or_else(|| checkpoints.options.clone());
        Ok(checkpoints.begin(options, branch))
    }
}

fn apply(world: &mut SimWorld, edit: &Edit) -> Result<(), RunError> {
    match edit {
        Edit::Move { actor, pose } => {
            let pose = *pose;
            scenarios::change_actor(world, *actor, |state| {
                let speed_mps = state.speed_mps;
                *state = sim::actor::ActorState::at(pose, speed_mps);
            })
        }
        Edit::Speed { actor, speed_mps } => {
            let speed_mps = *speed_mps;
            scenarios::change_actor(world, *actor, |state| {
                *state = sim::actor::ActorState::at(state.pose, speed_mps);
            })
        }
        Edit::Light(light) => {
            *world.ecs.resource_mut::<Daylight>() = *light;
            true
        }
        Edit::Parameter { name, value } => world
            .ecs
            .get_resource_mut::<Story>()
            .is_some_and(|mut story| story.set_parameter(name, value)),
    }
    .then_some(())
    .ok_or_else(|| RunError::Usage(format!("{edit:?}: there is nothing of that name")))
}
