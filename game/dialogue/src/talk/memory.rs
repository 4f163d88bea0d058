//! What a character remembers of its conversations; it can be written to a file and read again.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sim::input::{InputError, Limits, read_text};

use super::character::Relation;
use super::facts::Claim;
use super::knowledge::Knowledge;
use super::state::State;
use super::things::ThingId;
use crate::understanding::{Emotion, Intent};

/// Most turns that are remembered; the oldest go first.
const MAX_TURNS: usize = 200;
/// Version of the form; other forms are refused.
const VERSION: u32 = 1;

/// One exchange.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Simulation time, seconds.
    pub time_s: f64,
    /// What the player said.
    pub heard: String,
    /// What it was understood as.
    pub intent: Option<Intent>,
    /// What it was about.
    pub things: Vec<ThingId>,
    /// What was said in return.
    pub said: String,
    /// What was claimed.
    pub claims: Vec<Claim>,
}

/// All that a character keeps from one conversation to the next.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    version: u32,
    /// The character's name.
    pub name: String,
    /// What it knows.
    pub knowledge: Knowledge,
    /// Where the conversation stands.
    pub state: State,
    /// What it thinks of others; the player's is the one that changes.
    pub relations: Vec<Relation>,
    /// How it feels, and how strongly, 0 to 1.
    pub mood: (Emotion, f64),
    /// How many there are left of each good, in the order of its file.
    pub stock: Vec<u32>,
    /// Which quests are done, in the order of its file.
    pub quests_done: Vec<bool>,
    /// Exchanges, the oldest first.
    pub turns: Vec<Turn>,
}

impl Memory {
    /// That of somebody who has talked to nobody yet.
    pub fn new(name: &str, knowledge: Knowledge) -> Self {
        Self {
            version: VERSION,
            name: name.to_owned(),
            knowledge,
            state: State::default(),
            relations: Vec::new(),
            mood: (Emotion::Neutral, 0.0),
            stock: Vec::new(),
            quests_done: Vec::new(),
            turns: Vec::new(),
        }
    }

    /// Remembers an exchange.
    pub fn keep(&mut self, turn: Turn) {
        self.turns.push(turn);
        if self.turns.len() > MAX_TURNS {
            self.turns.remove(0);
        }
    }

    /// The thing that the player asked about in an earlier conversation, which ended before `before_s`.
    pub fn asked_before(&self, before_s: f64) -> Option<ThingId> {
        let earlier = self.turns.iter().rev().filter(|t| t.time_s < before_s);
        earlier
            .filter(|t| {
                matches!(
                    t.intent,
                    Some(Intent::AskWhere | Intent::AskHow | Intent::AskAbout | Intent::AskState)
                )
            })
            .find_map(|t| t.things.first().copied())
    }

    /// As the text of a JSON file.
    ///
    /// # Errors
    /// If it can't be written as JSON.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Reads a file of [`Self::to_text`].
    ///
    /// # Errors
    /// If it can't be read or is no memory of this version.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        Self::parse(path, &read_text(path, limits)?)
    }

    /// Reads the text of such a file; `path` is for messages only.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, InputError> {
        let read: Self = serde_json::from_str(text).map_err(|e| {
            InputError::new(path, "a character's memory", e.to_string())
                .at(e.line() as u32, e.column() as u32)
        })?;
        if read.version != VERSION {
            return Err(InputError::new(
                path,
                format!("version {VERSION}"),
                read.version.to_string(),
            ));
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_comes_back_from_its_text() {
        let mut memory = Memory::new("Ada", Knowledge::default());
        memory.keep(Turn {
            time_s: 3.0,
            heard: "where is it".into(),
            intent: Some(Intent::AskWhere),
            things: vec![ThingId(4)],
            said: "There.".into(),
            claims: Vec::new(),
        });
        let text = memory.to_text().unwrap();
        assert_eq!(Memory::parse(Path::new("m.json"), &text).unwrap(), memory);
        assert_eq!(memory.asked_before(5.0), Some(ThingId(4)));
        assert_eq!(memory.asked_before(2.0), None);
        let other = text.replace("\"version\": 1", "\"version\": 9");
        assert!(Memory::parse(Path::new("m.json"), &other).is_err());
        assert_eq!(
            Memory::parse(Path::new("m.json"), "{").unwrap_err().line,
            Some(1)
        );
    }
}
