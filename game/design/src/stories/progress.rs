//! A quest graph followed tick by tick through a game.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use game::level::{Cell, Lock};
use game::world::{EventKind, GameState};
use sim::math;

use super::graph::{Branching, Graph, QuestState};
use super::{Objective, Quest, Reward, Story};

/// Who is led somewhere is there within so many cells.
pub const ESCORT_CELLS: f64 = 3.0;

/// What has changed in a tick.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The quest of this id can be done.
    Opened(String),
    /// A step of a quest is done, in words.
    Step {
        /// Id of the quest.
        quest: String,
        /// What was done.
        step: String,
    },
    /// The quest is done.
    Done(String),
    /// The quest can't be done any more, and why.
    Failed {
        /// Id of the quest.
        quest: String,
        /// Who has died.
        why: String,
    },
}

/// How far a story has come. It learns of items, doors, deaths and talks by [`game::world::GameEvent`]s alone,
/// of where somebody stands by the state.
#[derive(Clone, Debug)]
pub struct Progress {
    story: Arc<Story>,
    graph: Graph,
    /// Number of the step that each quest is at.
    at: Vec<usize>,
    had: BTreeSet<String>,
    opened: BTreeSet<String>,
    dead: BTreeSet<String>,
    /// Trust that the player has won, by character.
    trust: BTreeMap<String, f64>,
    is_started: bool,
}

impl Progress {
    /// That of a story that begins.
    pub fn new(story: Arc<Story>) -> Self {
        Self {
            graph: Graph::new(&story),
            at: vec![0; story.quests.len()],
            story,
            had: BTreeSet::new(),
            opened: BTreeSet::new(),
            dead: BTreeSet::new(),
            trust: BTreeMap::new(),
            is_started: false,
        }
    }

    /// The story.
    pub fn story(&self) -> &Arc<Story> {
        &self.story
    }

    /// How a quest stands, by its id.
    pub fn state(&self, id: &str) -> Option<QuestState> {
        let index = self.story.quests.iter().position(|q| q.id == id)?;
        Some(self.graph.state(index))
    }

    /// Quests that are open, each with what is to be done in it now.
    pub fn open(&self) -> impl Iterator<Item = (&Quest, &Objective)> {
        let all = self.story.quests.iter().enumerate();
        all.filter(|(i, _)| self.graph.state(*i) == QuestState::Open)
            .filter_map(|(i, quest)| Some((quest, quest.steps.get(*self.at.get(i)?)?)))
    }

    /// The choice that the player can make now, by its number in the story.
    pub fn choice(&self) -> Option<usize> {
        self.graph.open_choice(&self.story)
    }

    /// Takes an option of the choice that is open; whether that was possible.
    pub fn choose(&mut self, choice: &str, option: &str) -> bool {
        let story = self.story.clone();
        self.graph.choose(&story, choice, option)
    }

    /// Options taken so far.
    pub fn taken(&self) -> &Branching {
        &self.graph.taken
    }

    /// Trust that the player has won from each character.
    pub fn trust(&self) -> &BTreeMap<String, f64> {
        &self.trust
    }

    /// Whether every quest that no choice has closed is done.
    pub fn is_finished(&self) -> bool {
        let is_over = |s: &QuestState| matches!(s, QuestState::Done | QuestState::Closed);
        self.graph.states.iter().all(is_over) && self.choice().is_none()
    }

    /// Whether a quest has failed.
    pub fn has_failed(&self) -> bool {
        self.graph.states.contains(&QuestState::Failed)
    }

    /// What a character of the story would say to "what shall I do?": its own quests first.
    pub fn advice(&self, who: &str) -> Option<String> {
        let own = self.open().find(|(q, _)| q.giver.as_deref() == Some(who));
        let (quest, step) = own.or_else(|| self.open().next())?;
        Some(format!("{}: {step}.", quest.title))
    }

    /// Takes in a tick of the game. Rewards and what characters ask for are put into the state.
    pub fn follow(&mut self, state: &mut GameState) -> Vec<Change> {
        let story = self.story.clone();
        let mut changes = Vec::new();
        if !self.is_started {
            self.is_started = true;
            changes.extend(self.open().map(|(q, _)| Change::Opened(q.id.clone())));
        }
        let (mut talked, mut gave) = (BTreeSet::new(), BTreeSet::new());
        for event in &state.events {
            let is_player = state.player().is_some_and(|p| p.id == event.actor);
            match &event.kind {
                EventKind::PickedUp(what) | EventKind::Received { what, .. } => {
                    self.had.insert(what.clone());
                }
                EventKind::Opened(door) => self.opened.extend(locks(state, door)),
                EventKind::Died(_) => {
                    self.dead.insert(event.name.clone());
                }
                EventKind::Talked(to) if is_player => {
                    talked.insert(to.clone());
                }
                EventKind::Gave { what, to } if is_player => {
                    gave.insert((what.clone(), to.clone()));
                }
                _ => {}
            }
        }
        for (index, quest) in story.quests.iter().enumerate() {
            while self.graph.state(index) == QuestState::Open {
                let at = self.at.get(index).copied().unwrap_or(0);
                let Some(step) = quest.steps.get(at) else {
                    self.finish(state, quest, index, &mut changes);
                    break;
                };
                if let Some(why) = self.lost(step) {
                    self.graph.set(&story, index, QuestState::Failed);
                    let quest = quest.id.clone();
                    changes.push(Change::Failed { quest, why });
                    break;
                }
                let is_done = match step {
                    Objective::Fetch(item) => self.had.contains(item),
                    Objective::Open(lock) => self.opened.contains(lock),
                    Objective::Defeat(who) => self.dead.contains(who),
                    // One conversation is good for one step.
                    Objective::Talk(who) => talked.remove(who),
                    Objective::Deliver(item, who) => gave.remove(&(item.clone(), who.clone())),
                    Objective::Reach(place) => {
                        let player = state.player();
                        player
                            .is_some_and(|p| state.layout.place(place).contains(&state.cell_of(p)))
                    }
                    Objective::Escort(who, place) => is_near(state, who, state.layout.place(place)),
                };
                if !is_done {
                    if let Objective::Deliver(item, who) = step {
                        state.asks.insert((who.clone(), item.clone()));
                    }
                    break;
                }
                if let Some(slot) = self.at.get_mut(index) {
                    *slot += 1;
                }
                let (quest, step) = (quest.id.clone(), step.to_string());
                changes.push(Change::Step { quest, step });
            }
        }
        changes
    }

    fn finish(
        &mut self,
        state: &mut GameState,
        quest: &Quest,
        index: usize,
        changes: &mut Vec<Change>,
    ) {
        let story = self.story.clone();
        let before = self.graph.states.clone();
        self.graph.set(&story, index, QuestState::Done);
        changes.push(Change::Done(quest.id.clone()));
        for reward in &quest.rewards {
            match reward {
                Reward::Item(item) => {
                    let from = quest.giver.clone().unwrap_or_default();
                    state.gifts.push((from, item.clone()));
                }
                Reward::Trust(who, by) => {
                    let trust = self.trust.entry(who.clone()).or_insert(0.0);
                    *trust = (*trust + by).clamp(-1.0, 1.0);
                }
            }
        }
        for (i, quest) in story.quests.iter().enumerate() {
            let is_new = before.get(i) != Some(&QuestState::Open);
            if is_new && self.graph.state(i) == QuestState::Open {
                changes.push(Change::Opened(quest.id.clone()));
            }
        }
    }

    /// Whose death makes a step impossible.
    fn lost(&self, step: &Objective) -> Option<String> {
        let who = match step {
            Objective::Deliver(_, who) | Objective::Escort(who, _) | Objective::Talk(who) => who,
            _ => return None,
        };
        self.dead.contains(who).then(|| format!("{who} died"))
    }
}

/// What stories call the lock of a door: the colour of its key, or its switches.
fn locks(state: &GameState, door: &str) -> Vec<String> {
    let found = state.doors.iter().find(|d| d.name == door);
    match found.map(|d| &d.lock) {
        Some(Lock::Key(colour)) => vec![colour.clone()],
        Some(Lock::Switches(names)) => names.clone(),
        _ => Vec::new(),
    }
}

fn is_near(state: &GameState, who: &str, place: &[Cell]) -> bool {
    let found = state.characters.iter().find(|c| c.name == who);
    found.filter(|c| c.is_alive()).is_some_and(|c| {
        let at = c.plane_m(state.layout.view);
        let most = ESCORT_CELLS * state.layout.grid.tile_m;
        place.iter().any(|cell| {
            let [x, y] = state.layout.grid.center(*cell);
            math::hypot(x - at[0], y - at[1]) < most
        })
    })
}
