//! Characters of a story: who they are, whom they like, what they know.

use serde::{Deserialize, Serialize};

/// What one character thinks of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// The other's name; `player` for the player.
    pub to: String,
    /// What the other is to it: `friend`, `rival`, `fears`.
    pub kind: String,
    /// How much it trusts the other, -1 to 1.
    pub trust: f64,
}

/// Something that is known: subject, relation, object, as in ("iron key", "lies in", "the Old Cellar").
pub type Fact = (String, String, String);

/// A character on one sheet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CharacterSheet {
    /// Its name, that of a character of the level.
    pub name: String,
    /// What it is in the story: `smith`, `gaoler`.
    pub role: String,
    /// Who it is, in a sentence or two.
    pub persona: String,
    /// Its traits, a word each.
    pub traits: Vec<String>,
    /// What it thinks of others.
    pub relations: Vec<Relation>,
    /// What it knows and tells; true at the beginning of the story.
    pub knows: Vec<Fact>,
    /// What it knows and does not tell but to who it trusts.
    pub secrets: Vec<Fact>,
    /// What it has to give: the rewards of its quests.
    pub goods: Vec<String>,
}
