//! What characters remember of what they have seen happen.

use std::collections::BTreeMap;

use game::brain::perceive;
use game::world::{EventKind, GameState};
use serde::{Deserialize, Serialize};

use super::Story;
use super::cast::Fact;

/// Most memories of one character; older ones are forgotten.
const MOST: usize = 200;

/// One thing that was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    /// When, seconds.
    pub time_s: f64,
    /// Who did what, as facts on sheets.
    pub fact: Fact,
}

/// The memories of a story's whole cast.
#[derive(Clone, Debug, Default)]
pub struct Memories {
    of: BTreeMap<String, Vec<Memory>>,
}

impl Memories {
    /// Nobody remembers anything.
    pub fn new(story: &Story) -> Self {
        let names = story.cast.iter().map(|sheet| sheet.name.clone());
        Self {
            of: names.map(|name| (name, Vec::new())).collect(),
        }
    }

    /// What a character remembers, the oldest first.
    pub fn of(&self, who: &str) -> &[Memory] {
        self.of.get(who).map_or(&[], Vec::as_slice)
    }

    /// Memories of all together.
    pub fn count(&self) -> usize {
        self.of.values().map(Vec::len).sum()
    }

    /// Takes in a tick: a living character remembers what itself did and what those did whom it sees.
    pub fn watch(&mut self, state: &GameState) {
        if state.events.is_empty() {
            return;
        }
        for who in state.characters.iter().skip(1).filter(|c| c.is_alive()) {
            let Some(memories) = self.of.get_mut(&who.name) else {
                continue;
            };
            let percept = perceive(state, who);
            for event in &state.events {
                let is_own = event.actor == who.id;
                let is_partner = partner(&event.kind) == Some(&who.name);
                // Who has just died is not seen any more, but who struck the blow is.
                let killer = match &event.kind {
                    EventKind::Died(by) | EventKind::Hurt { by, .. } => Some(by),
                    _ => None,
                };
                let mut seen = percept.seen.iter();
                let is_seen = seen.any(|s| {
                    let other = state.character(s.id);
                    s.id == event.actor || other.is_some_and(|o| Some(&o.name) == killer)
                });
                if !is_own && !is_seen && !is_partner {
                    continue;
                }
                let Some(fact) = fact(&event.name, &event.kind) else {
                    continue;
                };
                let time_s = event.time_s;
                memories.push(Memory { time_s, fact });
            }
            let old = memories.len().saturating_sub(MOST);
            memories.drain(..old);
        }
    }
}

fn partner(kind: &EventKind) -> Option<&String> {
    match kind {
        EventKind::Talked(who)
        | EventKind::Gave { to: who, .. }
        | EventKind::Received { from: who, .. } => Some(who),
        _ => None,
    }
}

fn fact(name: &str, kind: &EventKind) -> Option<Fact> {
    let of = |relation: &str, object: &str| {
        Some((name.to_owned(), relation.to_owned(), object.to_owned()))
    };
    match kind {
        EventKind::PickedUp(what) => of("picked up", what),
        EventKind::Opened(what) => of("opened", what),
        EventKind::SwitchedOn(what) => of("switched on", what),
        EventKind::Died(by) => of("was killed by", by),
        EventKind::Talked(to) => of("talked to", to),
        EventKind::Gave { what, to } => of(&format!("gave {what} to"), to),
        EventKind::Received { what, from } => of(&format!("received {what} from"), from),
        EventKind::Hurt { by, .. } => of("was hurt by", by),
        _ => None,
    }
}
