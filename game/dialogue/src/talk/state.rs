//! Where a conversation stands: what was spoken of, what was asked, what is open.

use serde::{Deserialize, Serialize};

use super::act::WorldAct;
use super::facts::{Claim, Deed};
use super::things::ThingId;
use crate::understanding::Intent;

/// Most things that stay in focus.
const MAX_FOCUS: usize = 16;

/// What a question asks of a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Aspect {
    /// Open or shut, on or off, alive or dead.
    State,
    /// Where.
    Place,
}

/// What was wanted, with what it is about resolved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Question {
    /// What is wanted.
    pub intent: Intent,
    /// What it is about, in the order of the text.
    pub things: Vec<ThingId>,
    /// What was done, for questions after deeds.
    pub deed: Option<Deed>,
    /// Which side of a thing is asked for.
    pub aspect: Aspect,
    /// Whether the one who is spoken to is meant by `you`.
    pub is_of_you: bool,
}

/// What waits for the player's answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Pending {
    /// Which of several is meant.
    Which {
        /// What was wanted.
        question: Question,
        /// What may be meant.
        among: Vec<ThingId>,
    },
    /// Whether something shall be done.
    Offer(WorldAct),
}

/// Where a conversation stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What was spoken of, the newest first.
    focus: Vec<ThingId>,
    /// The place that was spoken of last.
    pub place: Option<ThingId>,
    /// The last question that another can be built on.
    pub question: Option<Question>,
    /// What waits for an answer.
    pub pending: Option<Pending>,
    /// What was claimed last.
    pub claims: Vec<Claim>,
    /// What was said last.
    pub text: String,
    /// Turns so far.
    pub turns: u32,
    /// Insults on end.
    pub insults: u32,
}

impl State {
    /// Speaks of a thing: it is in focus now.
    pub fn mention(&mut self, thing: ThingId) {
        self.focus.retain(|t| *t != thing);
        self.focus.insert(0, thing);
        self.focus.truncate(MAX_FOCUS);
    }

    /// The newest in focus that fits.
    pub fn newest(&self, fits: impl Fn(ThingId) -> bool) -> Option<ThingId> {
        self.focus.iter().copied().find(|t| fits(*t))
    }
}
