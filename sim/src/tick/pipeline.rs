//! The tick over many worlds: stages in parallel over worlds, forward passes over all at once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

use super::Stage;
use crate::world::SimWorld;

/// A failure inside a tick that ends the episode of a world as `fault`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{stage}: {message}")]
pub struct TickFault {
    /// Where it happened.
    pub stage: String,
    /// What happened.
    pub message: String,
}

/// A forward pass of a network: takes what the encode stage left in each world and puts back what
/// the decode stage reads. An agent's reply must not depend on which other agents are in the call.
pub trait Forward: Send {
    /// Runs for all worlds of the batch; a world's own fault goes to [`SimWorld::fail`].
    fn forward(&mut self, worlds: &mut [SimWorld]);
}

/// One step of a tick.
pub enum PipelineStep {
    /// Stages that run world by world, in parallel.
    Stages(Vec<Stage>),
    /// A network's forward pass over all worlds.
    Forward(Box<dyn Forward>),
}

/// The steps of a tick, in order.
pub struct Pipeline {
    steps: Vec<PipelineStep>,
}

impl Pipeline {
    /// A tick with the given forward passes, each run before its decode stage.
    pub fn new(forwards: Vec<(Stage, Box<dyn Forward>)>) -> Self {
        let mut steps = Vec::new();
        let mut group = Vec::new();
        let mut forwards: Vec<_> = forwards.into_iter().map(Some).collect();
        for stage in Stage::ORDER {
            for slot in &mut forwards {
                if slot.as_ref().is_some_and(|(before, _)| *before == stage) {
                    steps.push(PipelineStep::Stages(std::mem::take(&mut group)));
                    if let Some((_, forward)) = slot.take() {
                        steps.push(PipelineStep::Forward(forward));
                    }
                }
            }
            group.push(stage);
        }
        steps.push(PipelineStep::Stages(group));
        Self { steps }
    }

    /// Advances one world by a tick and calls `after` once each of its stages is done; before a stage that decodes,
    /// once its forward pass is done, with `true`. For whoever measures: this crate reads no clock.
    pub fn tick_watched(&mut self, world: &mut SimWorld, after: &mut dyn FnMut(Stage, bool)) {
        for at in 0..self.steps.len() {
            let next = match self.steps.get(at + 1) {
                Some(PipelineStep::Stages(stages)) => stages.first().copied(),
                _ => None,
            };
            match &mut self.steps[at] {
                PipelineStep::Stages(stages) => {
                    for stage in stages.iter() {
                        if world.is_running() {
                            world.run_stage(*stage);
                            after(*stage, false);
                        }
                    }
                }
                PipelineStep::Forward(forward) => {
                    forward.forward(std::slice::from_mut(world));
                    if let Some(stage) = next {
                        after(stage, true);
                    }
                }
            }
        }
    }

    /// Advances every world that has not ended by one tick.
    pub fn tick(&mut self, worlds: &mut [SimWorld]) {
        for step in &mut self.steps {
            match step {
                PipelineStep::Stages(stages) => {
                    let run = |world: &mut SimWorld| {
                        for stage in stages.iter() {
                            if world.is_running() {
                                world.run_stage(*stage);
                            }
                        }
                    };
                    if let [world] = &mut *worlds {
                        run(world);
                    } else {
                        // A bug that one world meets leaves the others alone.
                        worlds.par_iter_mut().for_each(|world| {
                            if catch_unwind(AssertUnwindSafe(|| run(world))).is_err() {
                                world.fail("tick", "panic");
                            }
                        });
                    }
                }
                PipelineStep::Forward(forward) => forward.forward(worlds),
            }
        }
    }
}
