//! Quest graphs as data.

use game::level::{Item, Level};
use serde::{Deserialize, Serialize};

use super::CharacterSheet;

/// A level, what is to be done in it, and who lives there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// Its title.
    pub title: String,
    /// Where it takes place. The level's own goals don't count: those of the quests take their place.
    pub level: Level,
    /// Its quests; of those that are open, the first is done first by who has no preference.
    pub quests: Vec<Quest>,
    /// Where the player decides how it goes on.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Its characters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cast: Vec<CharacterSheet>,
}

/// One thing to do in a quest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Objective {
    /// Have had the item of this name.
    Fetch(String),
    /// Hand an item over to a character, by talking to them.
    Deliver(String, String),
    /// Open the door with the key of this colour, or with the switch of this name.
    Open(String),
    /// The character of this name is dead.
    Defeat(String),
    /// The character of the first name, a companion, comes to the place of the second.
    Escort(String, String),
    /// The player stands at the place of this name.
    Reach(String),
    /// Talk to the character of this name.
    Talk(String),
}

impl std::fmt::Display for Objective {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Fetch(item) => write!(f, "get the {item}"),
            Self::Deliver(item, who) => write!(f, "bring the {item} to {who}"),
            Self::Open(lock) => write!(f, "open the {lock} door"),
            Self::Defeat(who) => write!(f, "defeat {who}"),
            Self::Escort(who, place) => write!(f, "lead {who} to {place}"),
            Self::Reach(place) => write!(f, "go to {place}"),
            Self::Talk(who) => write!(f, "talk to {who}"),
        }
    }
}

/// What a quest is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Reward {
    /// An item that its giver hands to the player.
    Item(Item),
    /// How much more a character trusts the player, -1 to 1.
    Trust(String, f64),
}

/// An option of a choice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// Id of the choice.
    pub choice: String,
    /// Id of the option.
    pub option: String,
}

/// A quest.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quest {
    /// What others call it.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What it is about.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Who asks for it and gives the reward.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub giver: Option<String>,
    /// Quests that come before. Those that a choice has closed don't count; where all are closed, so is this.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub needs: Vec<String>,
    /// The option that opens it; other options of that choice close it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<Branch>,
    /// What is to be done, in this order.
    pub steps: Vec<Objective>,
    /// What it is worth.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rewards: Vec<Reward>,
    /// Whether the story may end with it; each branch ends with at least one such quest.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_ending: bool,
}

/// Where the player decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What quests call it.
    pub id: String,
    /// The question.
    pub text: String,
    /// Quests after which it comes; as with [`Quest::needs`].
    pub after: Vec<String>,
    /// Its options, at least two.
    pub options: Vec<ChoiceOption>,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChoiceOption {
    /// What quests call it.
    pub id: String,
    /// The answer in words.
    pub text: String,
}
