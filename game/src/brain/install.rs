//! Brains in a world: percepts in [`Stage::Sense`], commands in [`Stage::Control`].

use bevy::prelude::*;
use bonsai_bt::BT;
use sim::actor::ActorId;
use sim::seed;
use sim::tick::{Stage, Tick};
use sim::world::{Episode, SimWorld};

use super::{Act, Memory, Nav, Percept, PlayerBrain, Wits, decide, perceive, tree};
use crate::level::Role;
use crate::solve::{SolveOptions, Unsolved, solve};
use crate::world::{CharacterCommand, GameState};

/// Who plays, and how well.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BrainOptions {
    /// The scripted player's skill, 0 to 1; `None` leaves the player to commands from outside.
    pub player_skill: Option<f64>,
    /// How hard the others make it, 0 to 1: they react sooner and run faster.
    pub difficulty: f64,
    /// Bounds of the search for the player's plan.
    pub solve: SolveOptions,
}

impl Default for BrainOptions {
    fn default() -> Self {
        Self {
            player_skill: None,
            difficulty: 0.5,
            solve: SolveOptions::default(),
        }
    }
}

/// A character's mind.
#[derive(Component, Clone, Debug)]
pub enum Brain {
    /// A behaviour tree by its role.
    Tree(Box<BT<Act, Memory>>),
    /// The scripted player.
    Player(Box<PlayerBrain>),
}

/// Factor on speed and time to react that go with a difficulty.
#[derive(Resource, Clone, Copy, Debug)]
struct Difficulty(f64);

/// Gives every character of a world with a game a mind, and the player one if it has a skill.
///
/// # Errors
/// If the scripted player finds no plan.
pub fn install(world: &mut SimWorld, options: &BrainOptions) -> Result<(), Unsolved> {
    let Some(state) = world.ecs.get_resource::<GameState>().cloned() else {
        return Ok(());
    };
    let seed = world.ecs.resource::<Episode>().seed;
    let plan = match options.player_skill {
        Some(_) => Some(solve(&state.layout, &options.solve)?),
        None => None,
    };
    for (index, who) in state.characters.iter().enumerate() {
        let Some(entity) = world.entity(who.id) else {
            continue;
        };
        world.ecs.entity_mut(entity).insert(Percept::default());
        let rng = seed::stream(seed, Some(who.id), "brain");
        let patrol = index
            .checked_sub(1)
            .and_then(|i| state.layout.characters.get(i));
        let patrol_m = patrol.map_or_else(Vec::new, |placed| {
            let names = placed.what.patrol.iter();
            let cells = names.filter_map(|name| state.layout.place(name).first());
            cells.map(|cell| state.layout.grid.center(*cell)).collect()
        });
        let memory = Memory::new(&state, who, patrol_m, rng);
        let brain = match (who.role, options.player_skill, &plan) {
            (Role::Player, Some(skill), Some(plan)) => Some(Brain::Player(Box::new(
                PlayerBrain::new(plan.steps.clone(), skill, memory, options.solve),
            ))),
            (Role::Player, ..) => None,
            (role, ..) => Some(Brain::Tree(Box::new(BT::new(tree(role), memory)))),
        };
        if let Some(brain) = brain {
            world.ecs.entity_mut(entity).insert(brain);
        }
    }
    world.ecs.insert_resource(Nav::default());
    world
        .ecs
        .insert_resource(Difficulty(options.difficulty.clamp(0.0, 1.0)));
    world
        .keep::<Brain>()
        .keep::<Percept>()
        .keep_none::<Nav>()
        .keep_resource::<Difficulty>();
    world.add_systems(Stage::Sense, sense);
    world.add_systems(Stage::Control, think);
    Ok(())
}

/// How hard the others make it from now on, 0 to 1.
pub fn set_difficulty(ecs: &mut World, difficulty: f64) {
    ecs.insert_resource(Difficulty(difficulty.clamp(0.0, 1.0)));
}

fn sense(state: Res<GameState>, mut all: Query<(&ActorId, &mut Percept)>) {
    for (id, mut percept) in &mut all {
        let who = state.character(*id).filter(|who| who.is_alive());
        *percept = who.map_or_else(Percept::default, |who| perceive(&state, who));
    }
}

fn think(
    tick: Res<Tick>,
    state: Res<GameState>,
    difficulty: Res<Difficulty>,
    mut nav: ResMut<Nav>,
    mut all: Query<(&ActorId, &Percept, &mut Brain, &mut CharacterCommand)>,
) {
    let wits = Wits::of(difficulty.0, tick.dt_s);
    for (id, percept, mut brain, mut command) in &mut all {
        let Some(who) = state.character(*id).filter(|who| who.is_alive()) else {
            command.set_if_neq(CharacterCommand::default());
            continue;
        };
        match &mut *brain {
            Brain::Tree(tree) => {
                *command = decide(tree, &state, &mut nav, who, percept, *tick, wits);
            }
            Brain::Player(player) => {
                *command = player.think(&state, &mut nav, percept, tick.index, tick.dt_s);
            }
        }
    }
}
