//! What happens in a game, as it happens.

use serde::{Deserialize, Serialize};
use sim::actor::ActorId;

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// The actor picked up an item of this name.
    PickedUp(String),
    /// The actor opened the door of this name.
    Opened(String),
    /// The door closed.
    Closed,
    /// The actor turned the switch of this name on.
    SwitchedOn(String),
    /// The actor turned the switch of this name off.
    SwitchedOff(String),
    /// The actor pushed the crate of this name.
    Pushed(String),
    /// The crate fills a pit.
    FilledPit,
    /// The actor lost so much health by somebody or something of this name.
    Hurt {
        /// Health lost.
        damage: f64,
        /// By whom or what.
        by: String,
    },
    /// The actor died by somebody or something of this name.
    Died(String),
    /// The actor talked to the character of this name.
    Talked(String),
    /// The actor gave something away to who had asked for it.
    Gave {
        /// Name of the item.
        what: String,
        /// Who has it now.
        to: String,
    },
    /// The actor was given something.
    Received {
        /// Name of the item.
        what: String,
        /// By whom.
        from: String,
    },
    /// A goal is met, in words.
    GoalReached(String),
    /// The level is beaten.
    Beaten,
    /// The level is lost, and why.
    Lost(String),
}

/// Something that happened to or by an actor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GameEvent {
    /// Simulation time, seconds.
    pub time_s: f64,
    /// The actor that did it, or that it happened to.
    pub actor: ActorId,
    /// Its name.
    pub name: String,
    /// What happened.
    pub kind: EventKind,
}

impl EventKind {
    /// As the event log has it: the word, and what it is about.
    pub fn words(&self) -> (&'static str, String) {
        match self {
            Self::PickedUp(what) => ("picked_up", what.clone()),
            Self::Opened(what) => ("opened", what.clone()),
            Self::Closed => ("closed", String::new()),
            Self::SwitchedOn(what) => ("switched_on", what.clone()),
            Self::SwitchedOff(what) => ("switched_off", what.clone()),
            Self::Pushed(what) => ("pushed", what.clone()),
            Self::FilledPit => ("filled_pit", String::new()),
            Self::Hurt { damage, by } => ("hurt", format!("{by} {damage:.1}")),
            Self::Died(by) => ("died", by.clone()),
            Self::Talked(to) => ("talked", to.clone()),
            Self::Gave { what, to } => ("gave", format!("{what} to {to}")),
            Self::Received { what, from } => ("received", format!("{what} from {from}")),
            Self::GoalReached(goal) => ("goal_reached", goal.clone()),
            Self::Beaten => ("beaten", String::new()),
            Self::Lost(why) => ("lost", why.clone()),
        }
    }
}
