//! How a quest graph stands: what is open, done, closed. No world is needed.

use std::collections::BTreeMap;

use super::{Branch, Quest, Story};

/// Most branches of a story that are looked at.
pub const MAX_BRANCHES: usize = 64;

/// How a quest stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum QuestState {
    /// Others come before it.
    Waiting,
    /// It can be done.
    Open,
    /// It is done.
    Done,
    /// It can't be done any more: whom it takes has died.
    Failed,
    /// A choice has shut it.
    Closed,
}

/// Why a story's graph is not sound.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Some quests of a branch never open.
    #[error("with {branch} the quest {quest:?} never opens")]
    Stuck {
        /// The branch, in words.
        branch: String,
        /// The first such quest.
        quest: String,
    },
    /// A branch has no ending.
    #[error("{0} comes to no ending")]
    NoEnding(String),
    /// There are too many branches.
    #[error("expected at most {MAX_BRANCHES} branches, found more")]
    TooMany,
}

/// Which option of each choice is taken.
pub type Branching = BTreeMap<String, String>;

/// A branch in words.
pub fn in_words(branch: &Branching) -> String {
    if branch.is_empty() {
        return "no choice".to_owned();
    }
    let all = branch.iter().map(|(c, o)| format!("{c} = {o}"));
    all.collect::<Vec<_>>().join(", ")
}

/// States of all quests, and the options taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// By number of the quest.
    pub states: Vec<QuestState>,
    /// Options taken so far.
    pub taken: Branching,
}

impl Graph {
    /// At the beginning.
    pub fn new(story: &Story) -> Self {
        let mut graph = Self {
            states: vec![QuestState::Waiting; story.quests.len()],
            taken: Branching::new(),
        };
        graph.refresh(story);
        graph
    }

    /// How a quest stands.
    pub fn state(&self, quest: usize) -> QuestState {
        let state = self.states.get(quest).copied();
        state.unwrap_or(QuestState::Closed)
    }

    fn of(&self, story: &Story, id: &str) -> QuestState {
        let index = story.quests.iter().position(|q| q.id == id);
        index.map_or(QuestState::Closed, |i| self.state(i))
    }

    /// The first quest that is open.
    pub fn first_open(&self) -> Option<usize> {
        self.states.iter().position(|s| *s == QuestState::Open)
    }

    /// Sets how a quest stands, and what follows from it.
    pub fn set(&mut self, story: &Story, quest: usize, state: QuestState) {
        if let Some(slot) = self.states.get_mut(quest) {
            *slot = state;
        }
        self.refresh(story);
    }

    /// The first choice that can be made, by number.
    pub fn open_choice(&self, story: &Story) -> Option<usize> {
        story.choices.iter().position(|choice| {
            !self.taken.contains_key(&choice.id) && self.are_met(story, &choice.after) == Some(true)
        })
    }

    /// Takes an option; whether there is such a choice and it can be made.
    pub fn choose(&mut self, story: &Story, choice: &str, option: &str) -> bool {
        let found = self.open_choice(story).and_then(|i| story.choices.get(i));
        let fits =
            found.is_some_and(|c| c.id == choice && c.options.iter().any(|o| o.id == option));
        if fits {
            self.taken.insert(choice.to_owned(), option.to_owned());
            self.refresh(story);
        }
        fits
    }

    /// Whether quests that come before are done; `None` where all of them are closed.
    fn are_met(&self, story: &Story, needs: &[String]) -> Option<bool> {
        let states: Vec<QuestState> = needs.iter().map(|id| self.of(story, id)).collect();
        let is_closed = |s: &QuestState| *s == QuestState::Closed;
        if !states.is_empty() && states.iter().all(is_closed) {
            return None;
        }
        let mut left = states.iter().filter(|s| !is_closed(s));
        Some(left.all(|s| *s == QuestState::Done))
    }

    /// Opens and closes until nothing changes; each round settles one quest at least.
    fn refresh(&mut self, story: &Story) {
        for _ in 0..=story.quests.len() {
            let mut is_changed = false;
            for (index, quest) in story.quests.iter().enumerate() {
                if self.state(index) != QuestState::Waiting {
                    continue;
                }
                let now = self.opened(story, quest);
                if now != QuestState::Waiting {
                    is_changed = true;
                    if let Some(slot) = self.states.get_mut(index) {
                        *slot = now;
                    }
                }
            }
            if !is_changed {
                return;
            }
        }
    }

    fn opened(&self, story: &Story, quest: &Quest) -> QuestState {
        let branch = match &quest.branch {
            None => Some(true),
            Some(Branch { choice, option }) => match self.taken.get(choice) {
                Some(taken) => (taken == option).then_some(true),
                None => {
                    let found = story.choices.iter().find(|c| c.id == *choice);
                    // A choice that never comes closes what hangs on it.
                    found
                        .and_then(|c| self.are_met(story, &c.after))
                        .map(|_| false)
                }
            },
        };
        match (branch, self.are_met(story, &quest.needs)) {
            (None, _) | (_, None) => QuestState::Closed,
            (Some(true), Some(true)) => QuestState::Open,
            _ => QuestState::Waiting,
        }
    }
}

/// Every way through the choices, with its quests in the order in which they are done.
///
/// # Errors
/// If a quest of a branch never opens, a branch has no ending, or there are too many.
pub fn branches(story: &Story) -> Result<Vec<(Branching, Vec<usize>)>, GraphError> {
    let mut found = Vec::new();
    let mut left = vec![(Graph::new(story), Vec::new())];
    while let Some((mut graph, mut order)) = left.pop() {
        if found.len() + left.len() >= MAX_BRANCHES {
            return Err(GraphError::TooMany);
        }
        if let Some(choice) = graph.open_choice(story).and_then(|i| story.choices.get(i)) {
            // The first option comes off the stack first.
            for option in choice.options.iter().rev() {
                let mut next = graph.clone();
                next.choose(story, &choice.id, &option.id);
                left.push((next, order.clone()));
            }
            continue;
        }
        if let Some(quest) = graph.first_open() {
            graph.set(story, quest, QuestState::Done);
            order.push(quest);
            left.push((graph, order));
            continue;
        }
        let branch = in_words(&graph.taken);
        let waiting = graph.states.iter().position(|s| *s == QuestState::Waiting);
        if let Some(quest) = waiting.and_then(|i| story.quests.get(i)) {
            let quest = quest.id.clone();
            return Err(GraphError::Stuck { branch, quest });
        }
        let ends = |i: &usize| story.quests.get(*i).is_some_and(|q| q.is_ending);
        if !order.iter().any(ends) {
            return Err(GraphError::NoEnding(branch));
        }
        found.push((graph.taken, order));
    }
    Ok(found)
}

/// Quests that must be told of before they can be named: the depth of the graph, in quests one after the other.
pub fn depth(story: &Story) -> usize {
    let mut depths = vec![1usize; story.quests.len()];
    for _ in 0..story.quests.len() {
        for (index, quest) in story.quests.iter().enumerate() {
            let chosen = quest.branch.as_ref();
            let choice = chosen.and_then(|b| story.choices.iter().find(|c| c.id == b.choice));
            let after = choice.map_or(&[][..], |c| c.after.as_slice());
            let before = quest.needs.iter().chain(after);
            let ids = before.filter_map(|id| story.quests.iter().position(|q| q.id == *id));
            let most = ids.filter_map(|i| depths.get(i)).max().copied();
            let now = most.map_or(1, |d| (d + 1).min(story.quests.len()));
            if let Some(slot) = depths.get_mut(index) {
                *slot = now;
            }
        }
    }
    depths.into_iter().max().unwrap_or(0)
}
