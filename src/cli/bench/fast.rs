//! `skidpad bench fast`: steps of agents in fast worlds, on one thread.

use std::time::Instant;

use sim::fast::{Batch, Config, Observation, OnFailure, OnGoal};
use sim::seed::{self, Draw};

use super::{BenchArgs, Figure};
use crate::cli::Failure;
use crate::scenes::{Cast, scenes};

/// Agents of one world, as many as the compared environments have.
const AGENTS: usize = 64;
/// Steps of an episode.
const HORIZON: u32 = 91;
/// Rounds that are timed; the best counts.
const ROUNDS: usize = 5;
/// Actions that are drawn beforehand, and used in turn.
const ACTIONS: usize = 256;

/// Agents on a generated town, or the map or recording of the arguments, with random actions, who are never taken away.
pub(super) fn fast(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let name = match &args.map {
        Some(path) => path.to_string_lossy().into_owned(),
        None => format!("town:{}", args.seed),
    };
    let cast = Cast {
        scenes: 1,
        agents: AGENTS,
        horizon: HORIZON as usize,
        seed: args.seed,
    };
    let scenes = scenes(&name, cast).map_err(|e| Failure::usage(e.to_string()))?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    let pool = pool.map_err(|e| Failure::internal(e.to_string()))?;
    let mut figures = Vec::new();
    for (name, observation) in [
        ("no observation", Observation::None),
        ("compact observation", Observation::Compact),
        ("full observation", Observation::Full),
    ] {
        for worlds in [1, 16] {
            let config = Config {
                horizon: HORIZON,
                observation,
                on_failure: OnFailure::Ignore,
                on_goal: OnGoal::Respawn,
                ..Config::default()
            };
            let made = Batch::new(scenes.clone(), worlds, args.seed, config);
            let mut batch = made.map_err(|e| Failure::usage(e.to_string()))?;
            let rate = pool.install(|| rate(&mut batch, args.seed));
            figures.push(Figure {
                name: format!(
                    "fast: {name} ({} floats), {} agents",
                    observation.len(),
                    batch.agents()
                ),
                value: rate / 1e6,
                unit: "million agent steps/s",
            });
        }
    }
    Ok(figures)
}

/// Agent steps a second, the best of some rounds.
fn rate(batch: &mut Batch, seed: u64) -> f64 {
    let mut draw = seed::stream(seed, None, "bench.fast");
    let agents = batch.agents();
    let action = |_| [0; 2].map(|_: i32| draw.uniform(-1.0, 1.0) as f32);
    let all: Vec<[f32; 2]> = (0..ACTIONS + agents).map(action).collect();
    let steps = (4096 / agents).max(1) * HORIZON as usize;
    let mut best = 0.0f64;
    for _ in 0..=ROUNDS {
        let before = batch.tally().agent_steps;
        let started = Instant::now();
        for step in 0..steps {
            let from = step * 7 % ACTIONS;
            batch.step(&all[from..from + agents]);
        }
        let ran = (batch.tally().agent_steps - before) as f64;
        best = best.max(ran / started.elapsed().as_secs_f64());
    }
    best
}
