//! A level with its characters, to be walked about and talked in: what `skidpad talk` and games' own loops use.

use std::path::PathBuf;
use std::sync::Arc;

use game::brain::{BrainOptions, Memory as Walker, Nav, install};
use game::level::{Cell, Direction, Level};
use game::world::{CharacterCommand, GameState};
use sim::actor::ActorId;
use sim::input::{InputError, Limits};
use sim::seed::stream;
use sim::tick::Pipeline;
use sim::world::SimWorld;

use super::act::carry_out;
use super::character::Character;
use super::conversation::{Reply, Talker, World, talkers};
use super::knowledge::facts_of;
use super::memory::Memory;
use super::things::{Kind, Things};
use super::voice::{addressed, hear_all};
use crate::language::{LanguageError, LanguageModel};
use crate::understanding::Understander;

/// What a stage is made of.
#[derive(Clone, Debug, PartialEq)]
pub struct StageOptions {
    /// The level's file.
    pub level: PathBuf,
    /// The folder of character files; a persona's name and `.ron` make a file's.
    pub characters: PathBuf,
    /// Weights of the network that understands.
    pub weights: PathBuf,
    /// Seed of the world and of all words.
    pub seed: u64,
    /// Length of a tick, seconds, 0.001 to 0.2.
    pub dt_s: f64,
}

/// Why there is no stage, or nothing is said on it.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// A file is not as it should be.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The network's weights are not as they should be.
    #[error(transparent)]
    Weights(#[from] nn::WeightsError),
    /// The language model refuses.
    #[error(transparent)]
    Language(#[from] LanguageError),
    /// The scripted minds can't be made, or nobody is meant.
    #[error("expected {expected}, found {found}")]
    Wrong {
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
}

fn wrong(expected: &str, found: impl Into<String>) -> StageError {
    StageError::Wrong {
        expected: expected.to_owned(),
        found: found.into(),
    }
}

/// A level and those who talk in it.
pub struct Stage {
    world: SimWorld,
    pipeline: Pipeline,
    nav: Nav,
    things: Things,
    talkers: Vec<Talker>,
    understander: Understander,
    options: StageOptions,
    /// Who was spoken to last, until the player walks away.
    last: Option<usize>,
}

impl Stage {
    /// Opens a level, with behaviour trees for its characters and the player left to the caller.
    ///
    /// # Errors
    /// If a file is missing or wrong.
    pub fn open(options: &StageOptions, limits: &Limits) -> Result<Self, StageError> {
        if !(0.001..=0.2).contains(&options.dt_s) {
            return Err(wrong("a tick of 0.001 to 0.2 s", options.dt_s.to_string()));
        }
        let understander = Understander::load(&options.weights)?;
        let level = Level::load(&options.level, limits)?;
        let layout = level
            .layout()
            .map_err(|e| InputError::new(&options.level, e.expected, e.found))?;
        let mut world = game::world::world(Arc::new(layout), options.seed, options.dt_s);
        install(&mut world, &BrainOptions::default()).map_err(|e| wrong("minds", e.to_string()))?;
        world.refresh_snapshot();
        let state = world.ecs.resource::<GameState>();
        let load = |persona: &str| {
            if !persona
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '-')
            {
                return Err(InputError::new(
                    &options.level,
                    "a persona of letters, digits, _ and -",
                    persona,
                ));
            }
            Character::load(&options.characters.join(format!("{persona}.ron")), limits)
        };
        let (things, talkers) = talkers(&level, state, options.seed, load)?;
        Ok(Self {
            world,
            pipeline: Pipeline::new(Vec::new()),
            nav: Nav::default(),
            things,
            talkers,
            understander,
            options: options.clone(),
            last: None,
        })
    }

    /// The game as it stands.
    pub fn state(&self) -> &GameState {
        self.world.ecs.resource::<GameState>()
    }

    /// What there is to speak of.
    pub fn things(&self) -> &Things {
        &self.things
    }

    /// Those who can be talked to.
    pub fn talkers(&self) -> &[Talker] {
        &self.talkers
    }

    /// Names of those who can be talked to, dead ones too.
    pub fn names(&self) -> Vec<String> {
        self.talkers
            .iter()
            .map(|t| self.things.phrase(t.me()))
            .collect()
    }

    /// Lets time pass; what happened, in words.
    pub fn run(&mut self, seconds: f64) -> Vec<String> {
        let ticks = (seconds.clamp(0.0, 3600.0) / self.options.dt_s).round() as u64;
        let mut told = Vec::new();
        for _ in 0..ticks {
            if !self.world.is_running() {
                break;
            }
            self.tick(&mut told);
        }
        told
    }

    fn tick(&mut self, told: &mut Vec<String>) {
        self.pipeline.tick(std::slice::from_mut(&mut self.world));
        self.observe(told);
    }

    fn observe(&mut self, told: &mut Vec<String>) {
        let state = self.world.ecs.resource::<GameState>();
        let world = World {
            things: &self.things,
            state,
        };
        self.talkers.iter_mut().for_each(|t| t.observe(&world));
        for event in &state.events {
            let (what, about) = event.kind.words();
            if !facts_of(&self.things, state, event).is_empty() {
                told.push(format!("{} {what} {about}", event.name));
            }
        }
    }

    /// Walks the player to a thing by its name, for at most so many seconds; what happened on the way. Doors and
    /// persons are come up to.
    ///
    /// # Errors
    /// If there is no such thing, or it is not known where it is.
    pub fn go(&mut self, name: &str, limit_s: f64) -> Result<Vec<String>, StageError> {
        let to = self
            .cell_of(name)
            .ok_or_else(|| wrong("a thing of the level that lies or stands in it", name))?;
        self.last = None;
        let mut told = Vec::new();
        let Some(player) = self.state().player().cloned() else {
            return Ok(told);
        };
        let rng = stream(self.options.seed, Some(player.id), "stage walk");
        let mut walker = Walker::new(self.state(), &player, Vec::new(), rng);
        let Some(entity) = self.world.entity(player.id) else {
            return Ok(told);
        };
        for _ in 0..(limit_s.clamp(0.0, 600.0) / self.options.dt_s) as u64 {
            let state = self.world.ecs.resource::<GameState>();
            let Some(me) = state
                .player()
                .filter(|p| p.is_alive() && state.ending.is_none())
            else {
                break;
            };
            let to_m = state.layout.grid.center(to);
            let at = me.plane_m(state.layout.view);
            if sim::math::hypot(at[0] - to_m[0], at[1] - to_m[1]) < 0.3 * state.layout.grid.tile_m {
                break;
            }
            walker.command = CharacterCommand {
                face_yaw_rad: me.yaw_rad,
                ..CharacterCommand::default()
            };
            let tick = self.world.tick().index;
            let is_way = walker.go(state, &mut self.nav, me, to_m, me.abilities.speed_mps, tick);
            self.world.ecs.entity_mut(entity).insert(walker.command);
            self.tick(&mut told);
            if !is_way {
                break;
            }
        }
        self.world
            .ecs
            .entity_mut(entity)
            .insert(CharacterCommand::default());
        Ok(told)
    }

    /// The cell of a thing, or one beside it where nobody can stand in it.
    fn cell_of(&self, name: &str) -> Option<Cell> {
        let state = self.state();
        let kinds = [
            Kind::Person,
            Kind::Item,
            Kind::Door,
            Kind::Switch,
            Kind::Place,
        ];
        let thing = self
            .things
            .of_word(name, &kinds)
            .and_then(|id| self.things.get(id))?;
        let cell = match thing.kind {
            Kind::Person => state.cell_of(state.character(thing.actor?)?),
            Kind::Item => {
                state
                    .items
                    .iter()
                    .find(|i| i.item.name() == thing.name)?
                    .cell
            }
            _ => *thing.cells.get(thing.cells.len() / 2)?,
        };
        let is_apart = thing.kind == Kind::Person || state.is_blocked(cell);
        let player = state.player().map(|p| state.cell_of(p))?;
        let near = Direction::ALL
            .map(|d| cell.neighbour(d))
            .into_iter()
            .filter(|c| !state.is_blocked(*c));
        if is_apart {
            near.min_by_key(|c| c.manhattan(player))
        } else {
            Some(cell)
        }
    }

    /// Who would answer a text: who is called in it, else who was spoken to last, else the nearest.
    pub fn addressed(&self, text: &str) -> Option<usize> {
        let world = World {
            things: &self.things,
            state: self.state(),
        };
        addressed(&self.talkers, &world, text, self.last)
    }

    /// Says something to one of the talkers, by its number; what it does is done at once. With a language model the
    /// answer's pieces are told as they come.
    ///
    /// # Errors
    /// If there is no such talker, or the model refuses.
    pub fn say(
        &mut self,
        to: usize,
        text: &str,
        model: Option<&mut dyn LanguageModel>,
        on_text: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Reply, StageError> {
        let mut heard: Vec<Option<&str>> = vec![None; self.talkers.len()];
        let slot = heard
            .get_mut(to)
            .ok_or_else(|| wrong("a character to talk to", "none"))?;
        *slot = Some(text);
        self.last = Some(to);
        let world = World {
            things: &self.things,
            state: self.world.ecs.resource::<GameState>(),
        };
        let replies = hear_all(
            &mut self.talkers,
            &heard,
            &world,
            &self.understander,
            model,
            &mut |_, piece| on_text(piece),
        )?;
        let reply = replies
            .into_iter()
            .flatten()
            .next()
            .ok_or_else(|| wrong("an answer", "none"))?;
        for act in &reply.world_acts {
            // A plan holds what the world allows; if it has changed since, nothing happens.
            let _ = carry_out(&mut self.world, act);
        }
        let mut told = Vec::new();
        self.observe(&mut told);
        self.tick(&mut told);
        Ok(reply)
    }

    /// What a talker remembers, by its name.
    pub fn memory(&self, name: &str) -> Option<&Memory> {
        let id = self.things.named(name, Kind::Person)?;
        self.talkers
            .iter()
            .find(|t| t.me() == id)
            .map(|t| &t.memory)
    }

    /// Gives talkers back what they remembered, by their names.
    ///
    /// # Errors
    /// If there is nobody of that name.
    pub fn remember(&mut self, memory: Memory) -> Result<(), StageError> {
        let id = self.things.named(&memory.name, Kind::Person);
        let found = self.talkers.iter_mut().find(|t| Some(t.me()) == id);
        let talker = found.ok_or_else(|| {
            wrong(
                "the memory of a character of the level",
                memory.name.clone(),
            )
        })?;
        *talker = talker.clone().with_memory(memory);
        Ok(())
    }

    /// The actor of a talker.
    pub fn actor(&self, number: usize) -> Option<ActorId> {
        self.talkers.get(number).map(|t| t.actor)
    }
}
