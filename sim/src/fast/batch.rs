//! Many fast worlds at once.

use std::sync::Arc;

use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::Config;
use super::scene::{Scene, SceneError};
use super::world::{FastWorld, Slot, Tally};
use crate::actor::ActorId;
use crate::seed::{self, Draw};

/// What a step gave: flat arrays, an entry an agent (and float), agents world by world.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Output {
    /// Observations (agents, floats), after agents and worlds that ended have begun again.
    pub observations: Vec<f32>,
    /// Rewards (agents).
    pub rewards: Vec<f32>,
    /// 1 where an agent's part ended by a failure or its goal.
    pub terminated: Vec<u8>,
    /// 1 where it was cut off by the horizon.
    pub truncated: Vec<u8>,
    /// 1 of all agents of a world whose episode ended in this step.
    pub ended: Vec<u8>,
}

impl Output {
    /// Room for a batch.
    fn of(agents: usize, floats: usize) -> Self {
        Self {
            observations: vec![0.0; agents * floats],
            rewards: vec![0.0; agents],
            terminated: vec![0; agents],
            truncated: vec![0; agents],
            ended: vec![0; agents],
        }
    }

    fn view(&mut self) -> View<'_> {
        View {
            observations: &mut self.observations,
            last_observations: None,
            rewards: &mut self.rewards,
            terminated: &mut self.terminated,
            truncated: &mut self.truncated,
            ended: &mut self.ended,
        }
    }
}

/// The same in memory of somebody else's.
pub struct View<'a> {
    /// As of [`Output`].
    pub observations: &'a mut [f32],
    /// What those saw last whose part has ended (agents, floats), where it is asked for; places of others are
    /// left alone.
    pub last_observations: Option<&'a mut [f32]>,
    /// As of [`Output`].
    pub rewards: &'a mut [f32],
    /// As of [`Output`].
    pub terminated: &'a mut [u8],
    /// As of [`Output`].
    pub truncated: &'a mut [u8],
    /// As of [`Output`].
    pub ended: &'a mut [u8],
}

/// Worlds that are stepped together. A world whose episode ends begins again at once.
pub struct Batch {
    config: Config,
    scenes: Vec<Arc<Scene>>,
    worlds: Vec<FastWorld>,
    draws: Vec<ChaCha8Rng>,
    tallies: Vec<Tally>,
    count: usize,
    output: Output,
}

impl Batch {
    /// So many worlds, each on a scene drawn by the seed at each episode. All scenes must have as many
    /// places for agents.
    ///
    /// # Errors
    /// If there is no scene or no world, or the scenes differ in agents.
    pub fn new(
        scenes: Vec<Arc<Scene>>,
        worlds: usize,
        seed: u64,
        config: Config,
    ) -> Result<Self, SceneError> {
        let wrong = |expected, found: String| Err(SceneError { expected, found });
        let Some(agents) = scenes.first().map(|s| s.places()) else {
            return wrong("at least one scene", "none".into());
        };
        if let Some(other) = scenes.iter().find(|s| s.places() != agents) {
            return wrong(
                "scenes with as many places for agents",
                format!("{agents} and {}", other.places()),
            );
        }
        if worlds == 0 || !(config.dt_s > 0.0 && config.dt_s.is_finite()) {
            return wrong(
                "at least one world, and steps longer than 0 s",
                format!("{worlds} worlds, {} s", config.dt_s),
            );
        }
        let mut draws: Vec<ChaCha8Rng> = (0..worlds)
            .map(|w| seed::stream(seed, Some(ActorId(w as u32)), "fast.scenes"))
            .collect();
        let worlds: Vec<FastWorld> = draws
            .iter_mut()
            .filter_map(|draw| scenes.get(draw.index(scenes.len())).cloned())
            .map(FastWorld::new)
            .collect();
        let all = agents * worlds.len();
        let mut batch = Self {
            output: Output::of(all, config.observation.len()),
            tallies: vec![Tally::default(); worlds.len()],
            count: all,
            config,
            scenes,
            worlds,
            draws,
        };
        batch.observe();
        Ok(batch)
    }

    /// Agents of all worlds.
    pub fn agents(&self) -> usize {
        self.count
    }

    /// The worlds.
    pub fn worlds(&self) -> &[FastWorld] {
        &self.worlds
    }

    /// How agents are moved, judged and seen.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// What the newest step gave, or the start.
    pub fn output(&self) -> &Output {
        &self.output
    }

    /// What counted so far, over all worlds.
    pub fn tally(&self) -> Tally {
        self.tallies.iter().fold(Tally::default(), |a, b| Tally {
            collisions: a.collisions + b.collisions,
            off_road: a.off_road + b.off_road,
            goals: a.goals + b.goals,
            agent_steps: a.agent_steps + b.agent_steps,
            episodes: a.episodes + b.episodes,
        })
    }

    /// Begins all episodes again.
    pub fn reset(&mut self) {
        for (world, draw) in self.worlds.iter_mut().zip(&mut self.draws) {
            world.reset_to(self.scenes.get(draw.index(self.scenes.len())).cloned());
        }
        self.observe();
    }

    /// Writes what agents see now.
    ///
    /// # Errors
    /// If there is not room for exactly that.
    pub fn observe_into(&self, observations: &mut [f32]) -> Result<(), SceneError> {
        let floats = self.config.observation.len();
        fits("observations", observations.len(), self.agents() * floats)?;
        if floats == 0 {
            return Ok(());
        }
        let agents = self.agents() / self.worlds.len().max(1);
        let each = observations.par_chunks_mut(agents * floats);
        let config = self.config;
        each.zip(&self.worlds)
            .for_each(|(out, world)| world.observe(&config, out));
        Ok(())
    }

    /// The seed of the scenes that are drawn from now on.
    pub fn seed(&mut self, seed: u64) {
        for (w, draw) in self.draws.iter_mut().enumerate() {
            *draw = seed::stream(seed, Some(ActorId(w as u32)), "fast.scenes");
        }
    }

    fn observe(&mut self) {
        let mut observations = std::mem::take(&mut self.output.observations);
        // It was made to fit.
        let _ = self.observe_into(&mut observations);
        self.output.observations = observations;
    }

    /// One step of all worlds; an action an agent: pedal (throttle above, brake below 0) and steering, both
    /// from -1 to 1. Missing actions are 0, those of agents that are gone have no effect.
    pub fn step(&mut self, actions: &[[f32; 2]]) -> &Output {
        let mut output = std::mem::take(&mut self.output);
        // It was made to fit.
        let _ = self.step_into(actions, output.view());
        self.output = output;
        &self.output
    }

    /// The same, with what it gives written to memory of somebody else's.
    ///
    /// # Errors
    /// If there is not room for exactly that.
    pub fn step_into(&mut self, actions: &[[f32; 2]], view: View<'_>) -> Result<(), SceneError> {
        let all = self.count;
        let agents = all / self.worlds.len().max(1);
        let floats = agents * self.config.observation.len();
        let wide = all * self.config.observation.len();
        fits("observations", view.observations.len(), wide)?;
        fits("rewards", view.rewards.len(), all)?;
        fits("terminated", view.terminated.len(), all)?;
        fits("truncated", view.truncated.len(), all)?;
        fits("ended", view.ended.len(), all)?;
        if let Some(last) = &view.last_observations {
            fits("last observations", last.len(), wide)?;
        }
        let none = vec![[0.0; 2]; agents];
        let (config, scenes) = (self.config, &self.scenes);
        let mut views = Vec::with_capacity(self.worlds.len());
        let (mut observations, mut last) = (view.observations, view.last_observations);
        for (((rewards, terminated), truncated), ended) in view
            .rewards
            .chunks_mut(agents)
            .zip(view.terminated.chunks_mut(agents))
            .zip(view.truncated.chunks_mut(agents))
            .zip(view.ended.chunks_mut(agents))
        {
            let (own, rest) = observations.split_at_mut(floats);
            observations = rest;
            let last_observations = last.take().map(|all| {
                let (own, rest) = all.split_at_mut(floats);
                last = Some(rest);
                own
            });
            let slot = Slot {
                observations: own,
                rewards,
                terminated,
                truncated,
                last_observations,
            };
            views.push((slot, ended));
        }
        let step = |(w, (((world, draw), tally), (mut slot, ended)))| {
            let (world, draw): (&mut FastWorld, &mut ChaCha8Rng) = (world, draw);
            let (tally, ended): (&mut Tally, &mut [u8]) = (tally, ended);
            let start: usize = agents * w;
            let own = actions.get(start..start + agents).unwrap_or(&none);
            let is_over = world.step(&config, own, &mut slot, tally);
            ended.fill(u8::from(is_over));
            if is_over {
                tally.episodes += 1;
                world.reset_to(scenes.get(draw.index(scenes.len())).cloned());
            }
            world.observe(&config, slot.observations);
        };
        let all = self
            .worlds
            .par_iter_mut()
            .zip(&mut self.draws)
            .zip(&mut self.tallies)
            .zip(views)
            .enumerate();
        all.for_each(step);
        Ok(())
    }
}

fn fits(what: &'static str, found: usize, expected: usize) -> Result<(), SceneError> {
    if found == expected {
        return Ok(());
    }
    Err(SceneError {
        expected: what,
        found: format!("room for {found} instead of {expected}"),
    })
}
