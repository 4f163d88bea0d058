//! Character files (`.ron`): who somebody is, what it knew before the game began, what it wants, sells and hides.

use std::path::Path;

use game::level::{Cell, Item, Layout};
use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};
use sim::input::{InputError, Limits, read_text};

use super::facts::{Fact, Source};
use super::knowledge::{Knowledge, Known};
use super::things::{Kind, ThingId, Things};
use crate::understanding::Emotion;

/// Longest character file, bytes.
const MAX_BYTES: u64 = 256 << 10;
/// Most entries of a list.
const MAX_ENTRIES: usize = 500;

/// How somebody talks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Manner {
    /// Plainly.
    #[default]
    Plain,
    /// With respect.
    Courtly,
    /// In few words.
    Gruff,
    /// With a laugh.
    Merry,
}

/// Something that a character knew before the game began; it must be so at the level's beginning.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Entry {
    /// An item lies in a place.
    Lies {
        /// The item.
        item: String,
        /// A room or named place.
        place: String,
    },
    /// A person is in a place.
    Stands {
        /// The person.
        who: String,
        /// A room or named place.
        place: String,
    },
    /// A person has an item.
    Holds {
        /// The person.
        who: String,
        /// The item.
        item: String,
    },
    /// Where all doors, switches and places of a room are and what locks them; `all`: of every room.
    Familiar(String),
}

/// What is told only to whom one trusts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Secret {
    /// The thing, person or place of which nothing is told.
    pub about: String,
    /// The trust that it takes, -1 to 1.
    pub min_trust: f64,
}

/// What one thinks of another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Relation {
    /// A person; `player` for the player.
    pub who: String,
    /// -1 hates, 1 loves.
    #[serde(default)]
    pub liking: f64,
    /// -1 believes nothing, 1 everything.
    #[serde(default)]
    pub trust: f64,
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Good {
    /// What.
    pub item: Item,
    /// Coins for one.
    pub price: u32,
    /// How many there are.
    #[serde(default = "one")]
    pub stock: u32,
}

fn one() -> u32 {
    1
}

/// Something that is asked of the player.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quest {
    /// The item that is to be brought.
    pub bring: String,
    /// Coins for it.
    #[serde(default)]
    pub coins: u32,
    /// How much more the player is trusted then.
    #[serde(default)]
    pub trust: f64,
}

/// What is given away to whom one trusts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gift {
    /// An item that the character carries.
    pub item: String,
    /// The trust that it takes, -1 to 1.
    pub min_trust: f64,
}

/// A character as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Character {
    /// What it says of itself, one sentence without names of items, places or other persons: `I trade in small wares.`
    pub about: String,
    /// How it talks.
    #[serde(default)]
    pub manner: Manner,
    /// -1 flees from threats, 1 laughs at them.
    #[serde(default)]
    pub courage: f64,
    /// -1 is soon offended, 1 hardly ever.
    #[serde(default)]
    pub patience: f64,
    /// Whether it comes along if it is asked and trusts enough: the trust that it takes.
    #[serde(default)]
    pub follows_from: Option<f64>,
    /// What it knew before.
    #[serde(default)]
    pub knowledge: Vec<Entry>,
    /// What it hides.
    #[serde(default)]
    pub secrets: Vec<Secret>,
    /// What it thinks of others; of those who are not named, nothing.
    #[serde(default)]
    pub relations: Vec<Relation>,
    /// What it sells.
    #[serde(default)]
    pub goods: Vec<Good>,
    /// What it gives away.
    #[serde(default)]
    pub gifts: Vec<Gift>,
    /// What it wants.
    #[serde(default)]
    pub quests: Vec<Quest>,
    /// How it feels at first.
    #[serde(default = "calm")]
    pub mood: Emotion,
}

fn calm() -> Emotion {
    Emotion::Neutral
}

impl Character {
    /// One without a file: says little, knows what it sees.
    pub fn plain() -> Self {
        Self {
            about: "I am only here to do my part.".to_owned(),
            mood: Emotion::Neutral,
            manner: Manner::Plain,
            courage: 0.0,
            patience: 0.0,
            follows_from: None,
            knowledge: Vec::new(),
            secrets: Vec::new(),
            relations: Vec::new(),
            goods: Vec::new(),
            gifts: Vec::new(),
            quests: Vec::new(),
        }
    }

    /// Reads a character file.
    ///
    /// # Errors
    /// If it can't be read, is no character, or a number is out of range; with the line where known.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        let limits = Limits {
            max_file_bytes: limits.max_file_bytes.min(MAX_BYTES),
            ..limits.clone()
        };
        Self::parse(path, &read_text(path, &limits)?)
    }

    /// Reads the text of a character file; `path` is for messages only.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, InputError> {
        let read = ron::Options::default()
            .with_default_extension(Extensions::IMPLICIT_SOME)
            .with_default_extension(Extensions::UNWRAP_VARIANT_NEWTYPES)
            .with_recursion_limit(32);
        let found: Self = read.from_str(text).map_err(|error| {
            let at = error.span.start;
            InputError::new(path, "a character", error.code.to_string())
                .at(at.line as u32, at.col as u32)
        })?;
        found
            .check()
            .map_err(|(expected, found)| InputError::new(path, expected, found))?;
        Ok(found)
    }

    /// Ranges of all numbers and lengths: (expected, found).
    fn check(&self) -> Result<(), (String, String)> {
        let lists = [
            self.knowledge.len(),
            self.secrets.len(),
            self.relations.len(),
            self.goods.len(),
            self.gifts.len(),
            self.quests.len(),
        ];
        if let Some(count) = lists.iter().find(|n| **n > MAX_ENTRIES) {
            return Err((format!("at most {MAX_ENTRIES} entries"), count.to_string()));
        }
        if self.about.is_empty() || self.about.len() > 300 || self.about.contains('\n') {
            let found = format!("{} bytes", self.about.len());
            return Err(("about: one line of 1 to 300 bytes".into(), found));
        }
        let mut parts = vec![("courage", self.courage), ("patience", self.patience)];
        parts.extend(self.follows_from.map(|v| ("follows_from", v)));
        parts.extend(
            self.secrets
                .iter()
                .map(|s| ("a secret's min_trust", s.min_trust)),
        );
        parts.extend(
            self.gifts
                .iter()
                .map(|g| ("a gift's min_trust", g.min_trust)),
        );
        parts.extend(
            self.relations
                .iter()
                .map(|r| ("a relation's liking", r.liking)),
        );
        parts.extend(
            self.relations
                .iter()
                .map(|r| ("a relation's trust", r.trust)),
        );
        parts.extend(self.quests.iter().map(|q| ("a quest's trust", q.trust)));
        for (name, value) in parts {
            if !(-1.0..=1.0).contains(&value) {
                return Err((format!("{name} of -1 to 1"), value.to_string()));
            }
        }
        if let Some(good) = self
            .goods
            .iter()
            .find(|g| g.stock > 1000 || g.price > 1_000_000)
        {
            let found = format!("{} at {}", good.stock, good.price);
            return Err((
                "goods of at most 1000 pieces at 1000000 coins".into(),
                found,
            ));
        }
        Ok(())
    }

    /// What it knows when the game begins, held against the level.
    ///
    /// # Errors
    /// If a name is none of the level's, or something is not so when the level begins: (expected, found).
    pub fn first_knowledge(
        &self,
        things: &Things,
        layout: &Layout,
        me: ThingId,
    ) -> Result<Knowledge, (String, String)> {
        let name = |name: &str, kinds: &[Kind]| {
            let found = if name == "player" && kinds.contains(&Kind::Person) {
                things.all().first().map(|t| t.id)
            } else {
                things.of_word(name, kinds)
            };
            found.ok_or_else(|| {
                (
                    format!("the name of a {kinds:?} of the level"),
                    format!("{name:?}"),
                )
            })
        };
        let mut knowledge = Knowledge::default();
        let mut add = |fact: Fact| {
            knowledge.learn(Known {
                fact,
                at_s: 0.0,
                source: Source::Persona,
                is_present: false,
            });
        };
        let is_in = |cell: Cell, place: ThingId| {
            let named = things.get(place).is_some_and(|p| p.cells.contains(&cell));
            named || things.room(cell) == Some(place)
        };
        let persons: Vec<(ThingId, Cell, Vec<String>)> = things
            .all()
            .iter()
            .filter(|t| t.kind == Kind::Person)
            .enumerate()
            .map(
                |(i, t)| match i.checked_sub(1).and_then(|i| layout.characters.get(i)) {
                    Some(placed) => (
                        t.id,
                        placed.cell,
                        placed.what.carries.iter().map(Item::name).collect(),
                    ),
                    None => (t.id, layout.start, Vec::new()),
                },
            )
            .collect();
        for entry in &self.knowledge {
            match entry {
                Entry::Lies { item, place } => {
                    let (id, at) = (name(item, &[Kind::Item])?, name(place, &[Kind::Place])?);
                    let mut lying = layout
                        .items
                        .iter()
                        .filter(|p| p.what.name().eq_ignore_ascii_case(item));
                    let cell = lying.find(|p| is_in(p.cell, at)).map(|p| p.cell);
                    let missing = || {
                        (
                            format!("{item} in {place} when the level begins"),
                            "none".to_owned(),
                        )
                    };
                    add(Fact::Lies {
                        item: id,
                        cell: cell.ok_or_else(missing)?,
                    });
                }
                Entry::Stands { who, place } => {
                    let (id, at) = (name(who, &[Kind::Person])?, name(place, &[Kind::Place])?);
                    let cell = persons
                        .iter()
                        .find(|p| p.0 == id && is_in(p.1, at))
                        .map(|p| p.1);
                    let missing = || {
                        (
                            format!("{who} in {place} when the level begins"),
                            "nobody".to_owned(),
                        )
                    };
                    add(Fact::Stands {
                        who: id,
                        cell: cell.ok_or_else(missing)?,
                    });
                }
                Entry::Holds { who, item } => {
                    let (id, what) = (name(who, &[Kind::Person])?, name(item, &[Kind::Item])?);
                    let has = persons
                        .iter()
                        .any(|p| p.0 == id && p.2.iter().any(|i| i.eq_ignore_ascii_case(item)));
                    if !has {
                        return Err((
                            format!("{who} with {item} when the level begins"),
                            "not so".to_owned(),
                        ));
                    }
                    add(Fact::Holds {
                        who: id,
                        item: what,
                    });
                }
                Entry::Familiar(room) => {
                    let only = if room == "all" {
                        None
                    } else {
                        Some(name(room, &[Kind::Place])?)
                    };
                    for thing in things.all() {
                        let Some(cell) = thing.cells.get(thing.cells.len() / 2).copied() else {
                            continue;
                        };
                        // A door lies between rooms: it belongs to those beside it.
                        let near = game::level::Direction::ALL.map(|d| cell.neighbour(d));
                        let belongs = only.is_none_or(|at| {
                            thing.id == at || is_in(cell, at) || near.iter().any(|c| is_in(*c, at))
                        });
                        if !belongs {
                            continue;
                        }
                        add(Fact::Fixed {
                            thing: thing.id,
                            cell,
                        });
                        let lock = layout
                            .doors
                            .iter()
                            .find(|d| d.cell == cell)
                            .map(|d| &d.what.lock);
                        if let (Kind::Door, Some(lock)) = (thing.kind, lock) {
                            add(Fact::Needs {
                                door: thing.id,
                                lock: lock.clone(),
                            });
                        }
                    }
                }
            }
        }
        for good in &self.goods {
            name(&good.item.name(), &[Kind::Item])?;
        }
        for quest in &self.quests {
            name(&quest.bring, &[Kind::Item])?;
        }
        for gift in &self.gifts {
            name(&gift.item, &[Kind::Item])?;
        }
        for relation in &self.relations {
            name(&relation.who, &[Kind::Person])?;
        }
        let any = [
            Kind::Item,
            Kind::Person,
            Kind::Door,
            Kind::Switch,
            Kind::Place,
        ];
        for secret in &self.secrets {
            knowledge.keep_secret(name(&secret.about, &any)?, secret.min_trust);
        }
        if let Some(named) = super::ground::named_in(things, &self.about)
            .into_iter()
            .find(|id| *id != me)
        {
            let found = things.phrase(named);
            return Err(("about without names of the level's things".into(), found));
        }
        Ok(knowledge)
    }

    /// Names of items that it brings into the level.
    pub fn goods_names(&self) -> Vec<String> {
        self.goods.iter().map(|good| good.item.name()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::things::tests::level;
    use super::*;

    fn parse(text: &str) -> Result<Character, InputError> {
        Character::parse(Path::new("c.ron"), text)
    }

    #[test]
    fn what_is_wrong_is_named_with_its_place() {
        let e = parse("(about: \"x\",\n wrong: 3)").unwrap_err();
        assert_eq!(e.line, Some(2), "{e}");
        let e = parse("(about: \"x\", courage: 7)").unwrap_err();
        assert!(
            e.to_string().contains("courage") && e.to_string().contains('7'),
            "{e}"
        );
        assert!(parse("(about: \"\")").is_err());
        assert!(parse("(").is_err());
    }

    #[test]
    fn what_it_knows_must_be_so() {
        let (level, state) = level();
        let things = Things::new(&level, &state, &[]);
        let me = things.named("Ada", Kind::Person).unwrap();
        let first = |knowledge: &str| {
            let text = format!("(about: \"I trade.\", knowledge: [{knowledge}])");
            parse(&text)
                .unwrap()
                .first_knowledge(&things, &state.layout, me)
        };
        let known = first("Lies(item: \"blue key\", place: \"hall\"), Holds(who: \"Hake\", item: \"crown\"), Familiar(\"hall\")").unwrap();
        // The hall itself, its three doors with their locks, and the two entries.
        assert_eq!(known.facts().len(), 2 + 1 + 3 * 2);
        let (expected, _) = first("Lies(item: \"blue key\", place: \"yard\")").unwrap_err();
        assert!(expected.contains("blue key in yard"));
        assert!(first("Stands(who: \"Hake\", place: \"yard\")").is_err());
        assert!(first("Lies(item: \"green key\", place: \"yard\")").is_err());
        let text = "(about: \"I hide in the vault.\")";
        assert!(
            parse(text)
                .unwrap()
                .first_knowledge(&things, &state.layout, me)
                .is_err()
        );
    }
}
