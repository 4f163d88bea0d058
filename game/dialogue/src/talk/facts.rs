//! What can be true in a game, and what is claimed of it.

use game::level::{Cell, Lock, Role};
use serde::{Deserialize, Serialize};

use super::things::{Compass, Spot, ThingId};

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Deed {
    /// Opened a door.
    Opened,
    /// Took an item.
    Took,
    /// Killed a person.
    Killed,
    /// Hurt a person.
    Hurt,
    /// Turned a switch on.
    SwitchedOn,
    /// Turned a switch off.
    SwitchedOff,
}

impl Deed {
    /// In the past tense.
    pub fn past(self) -> &'static str {
        match self {
            Self::Opened => "opened",
            Self::Took => "took",
            Self::Killed => "killed",
            Self::Hurt => "struck",
            Self::SwitchedOn => "turned on",
            Self::SwitchedOff => "turned off",
        }
    }
}

/// Something that is or was so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Fact {
    /// An item lies in a cell.
    Lies {
        /// The item.
        item: ThingId,
        /// The cell.
        cell: Cell,
    },
    /// A person stands in a cell, alive.
    Stands {
        /// The person.
        who: ThingId,
        /// The cell.
        cell: Cell,
    },
    /// A person is dead.
    Dead {
        /// The person.
        who: ThingId,
    },
    /// A person has an item.
    Holds {
        /// The person.
        who: ThingId,
        /// The item.
        item: ThingId,
    },
    /// A person has no such item.
    Lacks {
        /// The person.
        who: ThingId,
        /// The item.
        item: ThingId,
    },
    /// A door is open or shut.
    Door {
        /// The door.
        door: ThingId,
        /// Whether it is open.
        is_open: bool,
    },
    /// A switch is on or off.
    Switch {
        /// The switch.
        switch: ThingId,
        /// Whether it is on.
        is_on: bool,
    },
    /// What keeps a door shut.
    Needs {
        /// The door.
        door: ThingId,
        /// Its lock.
        lock: Lock,
    },
    /// Where a door, switch or place is that never moves.
    Fixed {
        /// It.
        thing: ThingId,
        /// Its cell, or one of its cells.
        cell: Cell,
    },
    /// Somebody did something.
    Did {
        /// Who.
        who: ThingId,
        /// What.
        deed: Deed,
        /// To what.
        what: ThingId,
    },
    /// A person's role.
    Is {
        /// The person.
        who: ThingId,
        /// The role.
        role: Role,
    },
    /// One of the level's goals, by its number.
    Goal(usize),
    /// A merchant sells an item for so many coins.
    Sells {
        /// The merchant.
        who: ThingId,
        /// The item.
        item: ThingId,
        /// Coins.
        price: u32,
    },
    /// A person would have an item brought.
    Wants {
        /// The person.
        who: ThingId,
        /// The item.
        item: ThingId,
    },
}

impl Fact {
    /// What it is about, first of all.
    pub fn subject(&self) -> Option<ThingId> {
        Some(match self {
            Self::Lies { item, .. } | Self::Holds { item, .. } | Self::Lacks { item, .. } => *item,
            Self::Sells { item, .. } | Self::Wants { item, .. } => *item,
            Self::Stands { who, .. } | Self::Dead { who } | Self::Is { who, .. } => *who,
            Self::Door { door, .. } | Self::Needs { door, .. } => *door,
            Self::Switch { switch, .. } => *switch,
            Self::Fixed { thing, .. } => *thing,
            Self::Did { what, .. } => *what,
            Self::Goal(_) => return None,
        })
    }

    /// The person in it who is not its subject.
    pub fn person(&self) -> Option<ThingId> {
        match self {
            Self::Holds { who, .. }
            | Self::Lacks { who, .. }
            | Self::Did { who, .. }
            | Self::Sells { who, .. }
            | Self::Wants { who, .. } => Some(*who),
            _ => None,
        }
    }

    /// Where it puts its subject.
    pub fn cell(&self) -> Option<Cell> {
        match self {
            Self::Lies { cell, .. } | Self::Stands { cell, .. } | Self::Fixed { cell, .. } => {
                Some(*cell)
            }
            _ => None,
        }
    }

    /// Whether it cannot change.
    pub fn is_lasting(&self) -> bool {
        matches!(
            self,
            Self::Needs { .. }
                | Self::Fixed { .. }
                | Self::Did { .. }
                | Self::Is { .. }
                | Self::Goal(_)
                | Self::Dead { .. }
        )
    }
}

/// How one knows something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// Saw it.
    Saw,
    /// It is one's own doing or possession.
    Own,
    /// Has known it since before the game began.
    Persona,
    /// Was told it.
    Told(ThingId),
}

/// For when a claim holds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum When {
    /// As it is said.
    Now,
    /// At a time, seconds; it may have changed.
    Then(f64),
    /// When the game began.
    Before,
    /// At all times from then on.
    Always,
    /// Only that somebody has said so.
    Said(ThingId),
}

/// Something that a character states.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// What.
    pub fact: Fact,
    /// For when.
    pub when: When,
    /// Where that is, as it is put in words.
    pub spot: Option<Spot>,
    /// How that lies as seen from the speaker's cell, if that is said.
    pub heading: Option<(Cell, Compass)>,
}

impl Claim {
    /// A claim without a place.
    pub fn of(fact: Fact, when: When) -> Self {
        Self {
            fact,
            when,
            spot: None,
            heading: None,
        }
    }

    /// All things that it names.
    pub fn things(&self) -> Vec<ThingId> {
        let place = match self.spot {
            Some(Spot::In(place) | Spot::Near(place)) => Some(place),
            _ => None,
        };
        let teller = match self.when {
            When::Said(who) => Some(who),
            _ => None,
        };
        [self.fact.subject(), self.fact.person(), place, teller]
            .into_iter()
            .flatten()
            .collect()
    }
}
