//! Characters by network in a world: minds in Sense, inputs in PlanEncode, decisions in PlanDecode, commands in
//! Control.

use std::str::FromStr;

use bevy::prelude::*;
use game::brain::{Brain, Nav, Percept};
use game::world::{CharacterCommand, GameState};
use sim::actor::ActorId;
use sim::seed;
use sim::tick::{Stage, Tick};
use sim::world::{Episode, SimWorld};

use crate::decode;
use crate::mind::Mind;
use crate::tokens::{Input, encode};

/// Time between two decisions, seconds.
pub const DECISION_S: f64 = 0.1;

/// Who thinks for the characters but for the player.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Brains {
    /// Behaviour trees ([`game::brain`]).
    #[default]
    Tree,
    /// The network.
    Network,
}

/// A word that names no [`Brains`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected network or tree, found {0:?}")]
pub struct UnknownBrains(pub String);

impl FromStr for Brains {
    type Err = UnknownBrains;

    fn from_str(text: &str) -> Result<Self, UnknownBrains> {
        match text {
            "tree" => Ok(Self::Tree),
            "network" => Ok(Self::Network),
            _ => Err(UnknownBrains(text.to_owned())),
        }
    }
}

/// How the characters play.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NpcOptions {
    /// How hard they make it for the player, 0 to 1.
    pub difficulty: f64,
}

impl Default for NpcOptions {
    fn default() -> Self {
        Self { difficulty: 0.5 }
    }
}

/// One character's input and, once forward has run, output.
#[derive(Clone, Debug)]
struct Job {
    actor: ActorId,
    input: Input,
    output: Option<Vec<f32>>,
}

/// What encode leaves for forward and decode, by actor.
#[derive(Resource, Clone, Debug, Default)]
pub struct Jobs {
    jobs: Vec<Job>,
}

impl Jobs {
    /// The inputs, `WIDTH` numbers each.
    pub fn inputs(&self) -> impl Iterator<Item = &[f32]> {
        self.jobs.iter().map(|job| job.input.values.as_slice())
    }

    /// Takes an output for each input, in their order.
    pub fn take(&mut self, outputs: &mut impl Iterator<Item = Vec<f32>>) {
        for job in &mut self.jobs {
            job.output = outputs.next();
        }
    }
}

/// Gives the network the characters of a world that trees think for so far ([`game::brain::install`] comes
/// first). Such a world needs [`crate::NpcForward`] in its pipeline, before [`Stage::PlanDecode`].
pub fn install(world: &mut SimWorld, options: &NpcOptions) {
    let Some(state) = world.ecs.get_resource::<GameState>().cloned() else {
        return;
    };
    let run_seed = world.ecs.resource::<Episode>().seed;
    for (index, who) in state.characters.iter().enumerate() {
        let Some(entity) = world.entity(who.id) else {
            continue;
        };
        let has_tree = matches!(world.ecs.get::<Brain>(entity), Some(Brain::Tree(_)));
        let rng = seed::stream(run_seed, Some(who.id), "npc");
        let mind = Mind::new(&state, index, options.difficulty, rng);
        if let Some(mind) = mind.filter(|_| has_tree) {
            world.ecs.entity_mut(entity).remove::<Brain>().insert(mind);
        }
    }
    world.ecs.insert_resource(Jobs::default());
    world.keep::<Mind>().keep_none::<Jobs>();
    world.add_systems(Stage::PerceiveEncode, take_in);
    world.add_systems(Stage::PlanEncode, encode_all);
    world.add_systems(Stage::PlanDecode, decode_all);
    world.add_systems(Stage::Control, command);
}

fn take_in(
    tick: Res<Tick>,
    state: Res<GameState>,
    mut all: Query<(&ActorId, &Percept, &mut Mind)>,
) {
    for (id, percept, mut mind) in &mut all {
        if let Some(who) = state.character(*id).filter(|who| who.is_alive()) {
            mind.update(&state, who, percept, tick.index, tick.dt_s);
        }
    }
}

fn encode_all(
    tick: Res<Tick>,
    state: Res<GameState>,
    mut nav: ResMut<Nav>,
    mut jobs: ResMut<Jobs>,
    all: Query<(&ActorId, &Mind)>,
) {
    jobs.jobs.clear();
    if !tick.is_due(DECISION_S) {
        return;
    }
    let mut minds: Vec<_> = all.iter().collect();
    minds.sort_unstable_by_key(|(id, _)| **id);
    for (id, mind) in minds {
        let Some(who) = state.character(*id).filter(|who| who.is_alive()) else {
            continue;
        };
        jobs.jobs.push(Job {
            actor: *id,
            input: encode(&state, &mut nav, who, mind, tick.index, tick.dt_s),
            output: None,
        });
    }
}

fn decode_all(tick: Res<Tick>, mut jobs: ResMut<Jobs>, mut all: Query<(&ActorId, &mut Mind)>) {
    for (id, mut mind) in &mut all {
        let found = jobs.jobs.binary_search_by_key(id, |job| job.actor).ok();
        let job = found.and_then(|i| jobs.jobs.get(i));
        let Some((job, output)) = job.and_then(|job| Some((job, job.output.as_ref()?))) else {
            continue;
        };
        mind.decide(output, &job.input.frame, tick.index);
    }
    jobs.jobs.clear();
}

impl Mind {
    /// Takes an output as its decision; where it is broken the last decision holds.
    pub fn decide(&mut self, output: &[f32], frame: &crate::tokens::Frame, tick: u64) {
        if let Some(intent) = decode::intent(output) {
            self.intent = intent;
        }
        self.foresight = decode::foresight(output, frame, tick);
    }
}

fn command(
    tick: Res<Tick>,
    state: Res<GameState>,
    mut all: Query<(&ActorId, &Mind, &mut CharacterCommand), Without<Brain>>,
) {
    for (id, mind, mut command) in &mut all {
        let who = state.character(*id).filter(|who| who.is_alive());
        let now = who.map_or_else(CharacterCommand::default, |who| {
            mind.intent.command(who, mind, tick.index)
        });
        command.set_if_neq(now);
    }
}
