//! One level from its start to its end, without a clock: the verdict that regression suites of levels ask for.

use std::sync::Arc;

use serde::Serialize;
use sim::tick::Pipeline;
use sim::world::{Episode, SimWorld, StateHasher};

use crate::brain::{self, BrainOptions};
use crate::change;
use crate::level::{LayoutError, Level};
use crate::solve::{SolveOptions, Unsolved};
use crate::world::{self, Ending, GameEvent, GameState};

/// How a level is played.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PlayOptions {
    /// Seed of every random stream.
    pub seed: u64,
    /// Length of a tick, seconds.
    pub dt_s: f64,
    /// The scripted player's skill, 0 to 1.
    pub skill: f64,
    /// How hard the other characters make it, 0 to 1.
    pub difficulty: f64,
    /// Bounds of the search for the player's plan.
    pub solve: SolveOptions,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            dt_s: 0.05,
            skill: 0.9,
            difficulty: 0.5,
            solve: SolveOptions::default(),
        }
    }
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Whether all goals were met in time.
    pub is_beaten: bool,
    /// Why it ended.
    pub ended: String,
    /// Simulated time, seconds.
    pub time_s: f64,
    /// Ticks.
    pub ticks: u64,
    /// The player's health at the end.
    pub health: f64,
    /// All that happened.
    pub events: Vec<GameEvent>,
    /// Hash over every actor's state at every tick, hex.
    pub state_hash: String,
}

/// Why a level was not played.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum PlayError {
    /// Its text comes to no layout.
    #[error(transparent)]
    Layout(#[from] LayoutError),
    /// The length of a tick is out of range.
    #[error("expected a tick of 0.001 to 0.2 s, found {0} s")]
    Tick(f64),
    /// The player found no plan.
    #[error(transparent)]
    Unsolved(#[from] Unsolved),
}

/// A world with a level, its characters' minds and the scripted player, ready for its first tick.
///
/// # Errors
/// If the level has no layout, the tick's length is out of range, or no plan was found.
pub fn ready(level: &Level, options: &PlayOptions) -> Result<SimWorld, PlayError> {
    if !(0.001..=0.2).contains(&options.dt_s) {
        return Err(PlayError::Tick(options.dt_s));
    }
    let layout = Arc::new(level.layout()?);
    let mut world = world::world(layout, options.seed, options.dt_s);
    brain::install(
        &mut world,
        &BrainOptions {
            player_skill: Some(options.skill),
            difficulty: options.difficulty,
            solve: options.solve,
        },
    )?;
    change::install(&mut world, &level.changes);
    world.refresh_snapshot();
    Ok(world)
}

/// Plays a level to its end.
///
/// # Errors
/// As [`ready`].
pub fn play(level: &Level, options: &PlayOptions) -> Result<Outcome, PlayError> {
    let mut world = ready(level, options)?;
    let mut pipeline = Pipeline::new(Vec::new());
    let mut events = Vec::new();
    while world.is_running() {
        pipeline.tick(std::slice::from_mut(&mut world));
        events.extend(world.ecs.resource::<GameState>().events.iter().cloned());
    }
    let state = world.ecs.resource::<GameState>();
    let ended = world.ecs.resource::<Episode>().ended.clone();
    Ok(Outcome {
        is_beaten: state.ending == Some(Ending::Beaten),
        ended: ended.unwrap_or_default(),
        time_s: world.tick().time_s(),
        ticks: world.tick().index,
        health: state.player().map_or(0.0, |player| player.health),
        events,
        state_hash: world.ecs.resource::<StateHasher>().hex(),
    })
}
