//! What a character is about to say and do, before it is put in words.

use serde::{Deserialize, Serialize};

use super::act::{Hindrance, WorldAct};
use super::facts::{Claim, Source};
use super::things::ThingId;

/// What is done by saying it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum SpeechAct {
    /// Says nothing: it is dead, or will not talk.
    Silence,
    /// Hello.
    Greet,
    /// Goodbye.
    Farewell,
    /// States facts.
    Inform,
    /// Knows nothing of it.
    DenyKnowing,
    /// Knows of no such thing.
    Unheard,
    /// Will not say or do it.
    Refuse,
    /// Asks which is meant.
    AskBack,
    /// Does it.
    Agree,
    /// Makes an offer.
    Offer,
    /// Warns.
    Warn,
    /// Thanks.
    Thank,
    /// Takes notice.
    Acknowledge,
    /// Takes an apology.
    Forgive,
    /// Says how it feels.
    Feel,
    /// Says who it is.
    Introduce,
    /// Says how it knows.
    Explain(Source),
    /// Says the same again.
    Repeat,
    /// Did not understand.
    NotUnderstood,
    /// Will not be talked to like that.
    Rebuke,
}

/// Why something is refused, or there is nothing to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// It is a secret.
    Secret,
    /// The player is not trusted enough.
    NotTrusted,
    /// The player is a foe.
    Foe,
    /// It stays where it is.
    Stays,
    /// It will not part with it.
    Keeps,
    /// It sells no such thing.
    NotForSale,
    /// It sells nothing.
    NoGoods,
    /// It has sold all of it.
    SoldOut,
    /// The player has no such thing.
    YouHaveNot,
    /// The world is in the way.
    World(Hindrance),
    /// It has seen nothing happen.
    SawNothing,
    /// It has nothing to be done.
    NoQuest,
    /// It carries nothing.
    EmptyHands,
    /// The other did not mean anything that was spoken of.
    Nothing,
    /// It does not know where that is.
    NotWhere,
    /// It did not see who did that.
    NotWho,
    /// It does not know how that stands.
    NotState,
    /// It does not know how that is done.
    NotHow,
}

/// What is about to be said and done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// What is done by saying it.
    pub act: SpeechAct,
    /// What is stated.
    pub claims: Vec<Claim>,
    /// Things that are named beside those of the claims: what is refused, what may be meant.
    pub about: Vec<ThingId>,
    /// Why.
    pub reason: Option<Reason>,
    /// What is done in the world.
    pub world_acts: Vec<WorldAct>,
    /// What is offered, if the player says yes.
    pub offer: Option<Box<WorldAct>>,
}

impl Plan {
    /// An act without more.
    pub fn of(act: SpeechAct) -> Self {
        Self {
            act,
            claims: Vec::new(),
            about: Vec::new(),
            reason: None,
            world_acts: Vec::new(),
            offer: None,
        }
    }

    /// States facts.
    pub fn inform(claims: Vec<Claim>) -> Self {
        Self {
            claims,
            ..Self::of(SpeechAct::Inform)
        }
    }

    /// Refuses.
    pub fn refuse(reason: Reason, about: Option<ThingId>) -> Self {
        Self {
            reason: Some(reason),
            about: about.into_iter().collect(),
            ..Self::of(SpeechAct::Refuse)
        }
    }

    /// Knows nothing of a thing.
    pub fn deny(about: Option<ThingId>) -> Self {
        Self {
            about: about.into_iter().collect(),
            ..Self::of(SpeechAct::DenyKnowing)
        }
    }

    /// Has nothing to say for a reason.
    pub fn nothing(reason: Reason) -> Self {
        Self {
            reason: Some(reason),
            ..Self::of(SpeechAct::DenyKnowing)
        }
    }

    /// Does something.
    pub fn agree(act: WorldAct) -> Self {
        Self {
            world_acts: vec![act],
            ..Self::of(SpeechAct::Agree)
        }
    }

    /// All things that it may name.
    pub fn things(&self) -> Vec<ThingId> {
        let claimed = self.claims.iter().flat_map(Claim::things);
        claimed.chain(self.about.iter().copied()).collect()
    }
}
