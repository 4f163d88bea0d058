//! Ticking prepared worlds in lockstep to their verdicts.

use std::time::Instant;

use sim::tick::Pipeline;
use sim::world::{Episode, SimWorld, StateHasher};

use crate::prepare::{Prepared, prepare};
use crate::{Drivers, RunError, RunOptions, RunResult};

/// Runs one scenario: a batch of one world.
///
/// # Errors
/// If an input file or option is wrong.
pub fn run(options: &RunOptions, drivers: &dyn Drivers) -> Result<RunResult, RunError> {
    let prepared = prepare(options, drivers)?;
    let mut pipeline = drivers.pipeline(options, &prepared.whole)?;
    drive(vec![prepared], &mut pipeline)
        .pop()
        .ok_or_else(|| RunError::Internal("a run without a result".into()))
}

/// Ticks all worlds in lockstep until each has ended; results in the order of the worlds.
pub fn drive(batch: Vec<Prepared>, pipeline: &mut Pipeline) -> Vec<RunResult> {
    let started = Instant::now();
    let (mut worlds, mut jobs): (Vec<SimWorld>, Vec<_>) =
        batch.into_iter().map(|p| (p.world, p.job)).unzip();
    let mut wall_s = vec![None; worlds.len()];
    while worlds.iter().any(SimWorld::is_running) {
        pipeline.tick(&mut worlds);
        for ((world, job), wall) in worlds.iter_mut().zip(&mut jobs).zip(&mut wall_s) {
            if wall.is_none() {
                job.after_tick(world, started);
            }
            if !world.is_running() {
                wall.get_or_insert_with(|| started.elapsed().as_secs_f64());
            }
        }
    }
    worlds
        .into_iter()
        .zip(jobs)
        .zip(wall_s)
        .map(|((world, job), wall)| {
            let wall = wall.unwrap_or_else(|| started.elapsed().as_secs_f64());
            job.finish(world, wall)
        })
        .collect()
}

/// Hash, ticks and reason of a world that has ended.
pub(crate) fn ending(world: &SimWorld) -> (String, u64, String) {
    let hash = world.ecs.resource::<StateHasher>().hex();
    let ended = world
        .ecs
        .resource::<Episode>()
        .ended
        .clone()
        .unwrap_or_default();
    (hash, world.tick().index, ended)
}
