//! The scripted player carries a story out in a game world, tick by tick.

use std::sync::Arc;

use bevy::prelude::*;
use game::brain::Brain;
use game::solve::{SolveOptions, solve};
use game::world::{CharacterState, GameEvent, GameState};
use game::{PlayOptions, ready};
use serde::Serialize;
use sim::tick::Pipeline;
use sim::world::{Episode, SimWorld, StateHasher};

use super::graph::Branching;
use super::prove::aims;
use super::{Change, Memories, Objective, Progress, Story};

/// Follows a story in a game world, and leads the scripted player through one of its branches.
#[derive(Resource, Clone, Debug)]
pub struct Director {
    /// How far the story has come.
    pub progress: Progress,
    /// What characters have seen happen.
    pub memories: Memories,
    /// All that has changed, with its time in seconds.
    pub changes: Vec<(f64, Change)>,
    branch: Branching,
    solve: SolveOptions,
    aim: Option<(String, Objective)>,
}

/// How a branch was played.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BranchOutcome {
    /// Whether all its quests are done.
    pub is_finished: bool,
    /// Why it ended.
    pub ended: String,
    /// Simulated time, seconds.
    pub time_s: f64,
    /// Ticks.
    pub ticks: u64,
    /// The player's health at the end.
    pub health: f64,
    /// Quests that were done, in their order.
    pub done: Vec<String>,
    /// All that happened in the world.
    pub events: Vec<GameEvent>,
    /// Facts that characters have learnt by what they saw.
    pub remembered: usize,
    /// Hash over every actor's state at every tick, hex.
    pub state_hash: String,
}

/// Why a story wasn't played.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StoryPlayError {
    /// The world could not be made.
    #[error(transparent)]
    World(#[from] game::PlayError),
}

/// A world with a story, its characters' minds and the scripted player, ready for its first tick.
///
/// # Errors
/// If the level has no layout or the tick's length is out of range.
pub fn ready_story(
    story: &Arc<Story>,
    branch: &Branching,
    options: &PlayOptions,
) -> Result<SimWorld, StoryPlayError> {
    let mut level = story.level.clone();
    // The player gets its first plan from the director; this one is done at once.
    level.goals = vec![game::level::Goal::Collect(String::new())];
    let mut world = ready(&level, options)?;
    world.ecs.insert_resource(Director {
        progress: Progress::new(story.clone()),
        memories: Memories::new(story),
        changes: Vec::new(),
        branch: branch.clone(),
        solve: options.solve,
        aim: None,
    });
    world.keep_resource::<Director>();
    world.change_between_ticks(direct);
    direct(&mut world.ecs);
    Ok(world)
}

/// Plays one branch of a story to its end.
///
/// # Errors
/// As [`ready_story`].
pub fn play_branch(
    story: &Arc<Story>,
    branch: &Branching,
    options: &PlayOptions,
) -> Result<BranchOutcome, StoryPlayError> {
    let mut world = ready_story(story, branch, options)?;
    let mut pipeline = Pipeline::new(Vec::new());
    let mut events = Vec::new();
    while world.is_running() {
        pipeline.tick(std::slice::from_mut(&mut world));
        events.extend(world.ecs.resource::<GameState>().events.iter().cloned());
    }
    let director = world.ecs.resource::<Director>();
    let state = world.ecs.resource::<GameState>();
    let ended = world.ecs.resource::<Episode>().ended.clone();
    let done = director
        .changes
        .iter()
        .filter_map(|(_, change)| match change {
            Change::Done(quest) => Some(quest.clone()),
            _ => None,
        });
    Ok(BranchOutcome {
        is_finished: director.progress.is_finished() && director.progress.taken() == branch,
        ended: ended.unwrap_or_default(),
        time_s: world.tick().time_s(),
        ticks: world.tick().index,
        health: state.player().map_or(0.0, |player| player.health),
        done: done.collect(),
        remembered: director.memories.count(),
        events,
        state_hash: world.ecs.resource::<StateHasher>().hex(),
    })
}

/// After each tick: what has happened, which quests that makes done, and what the player does next. Actors'
/// states stay as they are.
fn direct(ecs: &mut World) -> bool {
    if !ecs.contains_resource::<Director>() {
        return false;
    }
    ecs.resource_scope(|ecs, mut director: Mut<'_, Director>| {
        let ended = ecs.resource_scope(|ecs, mut state: Mut<'_, GameState>| {
            let director = &mut *director;
            director.memories.watch(&state);
            let time_s = state.time_s();
            let changes = director.progress.follow(&mut state);
            director
                .changes
                .extend(changes.into_iter().map(|c| (time_s, c)));
            director.decide();
            if director.progress.has_failed() {
                let failed = director.changes.iter().rev().find_map(|(_, c)| match c {
                    Change::Failed { quest, why } => {
                        Some(format!("quest {quest} has failed: {why}"))
                    }
                    _ => None,
                });
                return Some(failed.unwrap_or_default());
            }
            if director.progress.is_finished() {
                return Some("the story is told".to_owned());
            }
            director.lead(ecs, &mut state)
        });
        if let Some(reason) = ended {
            ecs.resource_mut::<Episode>().ended.get_or_insert(reason);
        }
    });
    false
}

impl Director {
    /// Takes the branch's option of each choice that comes up.
    fn decide(&mut self) {
        let story = self.progress.story().clone();
        while let Some(choice) = self.progress.choice().and_then(|i| story.choices.get(i)) {
            let option = self.branch.get(&choice.id);
            if !option.is_some_and(|option| self.progress.choose(&choice.id, option)) {
                return;
            }
        }
    }

    /// Gives the player a plan for the step that comes next, where that is another than before; the reason to
    /// end where there is no way.
    fn lead(&mut self, ecs: &mut World, state: &mut GameState) -> Option<String> {
        // What was just given is in the player's hands at the next tick, and the plan may need it.
        if !state.gifts.is_empty() {
            return None;
        }
        let next = self.progress.open().next();
        let Some((quest, step)) = next.map(|(q, s)| (q.id.clone(), s.clone())) else {
            return Some("no quest is open".to_owned());
        };
        let aim = Some((quest.clone(), step.clone()));
        if self.aim == aim {
            return None;
        }
        let named = |who: &str| state.characters.iter().find(|c| c.name == who);
        let cell_of = |who: &str| named(who).map(|c| state.cell_of(c));
        let partner = match &step {
            Objective::Talk(who) | Objective::Deliver(_, who) => named(who)
                .filter(|c| CharacterState::is_alive(c))
                .map(|c| c.id),
            _ => None,
        };
        let (goals, places) = match aims(&step, &state.layout, cell_of) {
            Ok(found) => found,
            Err(what) => return Some(format!("quest {quest}: {step}: there is no {what}")),
        };
        state.pursue(goals, places);
        let plan = match solve(&state.remains(), &self.solve) {
            Ok(plan) => plan,
            Err(why) => return Some(format!("quest {quest}: {step}: {why}")),
        };
        let mut brains = ecs.query::<&mut Brain>();
        for mut brain in brains.iter_mut(ecs) {
            if let Brain::Player(player) = &mut *brain {
                player.follow(plan.steps.clone(), partner);
            }
        }
        self.aim = aim;
        None
    }
}
