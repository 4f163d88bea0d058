//! Levels: their file format, and what a file comes to once its characters are looked up.
//!
//! In: RON text (`docs/levels.md`) or a [`Level`] made in memory. Out: a [`Layout`], which worlds, meshes,
//! navigation and solvers are built from, and the [`Problem`]s that can be told without playing.

mod entity;
mod grid;
mod layout;
mod problems;
mod read;
mod rules;
mod tile;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use entity::{Abilities, Character, Door, Item, Lock, Role, Switch, SwitchKind, Weapon};
pub use grid::{Cell, CellBlock, Direction, Grid, merge_cells};
pub use layout::{Layout, LayoutError, Placed, TextPlace};
pub(crate) use problems::is_called;
pub use problems::{Problem, problems};
pub use rules::{Goal, Rules, View};
pub use tile::Tile;

use crate::change::TimedChange;

/// What a character of the text stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Mark {
    /// A tile.
    Tile(Tile),
    /// The player's start; the number is where it looks, degrees counter-clockwise from the x axis.
    Start(f64),
    /// A crate on floor.
    Crate,
    /// A crate on a target.
    CrateOnTarget,
    /// An item on floor.
    Item(Item),
    /// A door.
    Door(Door),
    /// A switch on floor.
    Switch(Switch),
    /// A character on floor.
    Character(Box<Character>),
    /// A named place on floor, for goals and patrols.
    Place(String),
}

impl Mark {
    /// What characters stand for that a level's legend does not name, beside those of [`Tile::CHARACTERS`].
    pub fn usual(character: char) -> Option<Self> {
        let tile = Tile::CHARACTERS.iter().find(|(c, _)| *c == character);
        Some(match character {
            '@' => Self::Start(0.0),
            '$' => Self::Crate,
            '*' => Self::CrateOnTarget,
            'o' => Self::Item(Item::Coin(1)),
            '+' => Self::Item(Item::Potion(30.0)),
            'D' => Self::Door(Door::default()),
            'E' => Self::Place("exit".to_owned()),
            _ => Self::Tile(tile?.1),
        })
    }
}

/// A part of a level; where rooms overlap, the later one's cells hold unless they are void.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Room {
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Column and row of its upper left cell in the level, from 0.
    #[serde(default)]
    pub at: (u32, u32),
    /// Its text, a character a cell.
    pub rows: Vec<String>,
}

/// A level as its file has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// Its title.
    pub name: String,
    /// What it looks like; free text.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub theme: String,
    /// From where it is seen.
    #[serde(default)]
    pub view: View,
    /// Edge of a cell, metres.
    #[serde(default = "one")]
    pub tile_m: f64,
    /// How it is played.
    #[serde(default)]
    pub rules: Rules,
    /// What characters of the text stand for; goes before [`Mark::usual`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub legend: BTreeMap<char, Mark>,
    /// Its parts, at least one. Where the file has `rows` instead, it is one room without a name.
    pub rooms: Vec<Room>,
    /// What it takes to beat it, all of it; at least one.
    pub goals: Vec<Goal>,
    /// What is changed from outside while it is played.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub changes: Vec<TimedChange>,
}

fn one() -> f64 {
    1.0
}

impl Level {
    /// A level of one room seen from above, with rules as usual.
    pub fn of_rows(name: &str, rows: &[&str], goals: Vec<Goal>) -> Self {
        Self {
            name: name.to_owned(),
            theme: String::new(),
            view: View::Top,
            tile_m: 1.0,
            rules: Rules::default(),
            legend: BTreeMap::new(),
            rooms: vec![Room {
                rows: rows.iter().map(|row| (*row).to_owned()).collect(),
                ..Room::default()
            }],
            goals,
            changes: Vec::new(),
        }
    }

    /// What a character of its text stands for.
    pub fn mark(&self, character: char) -> Option<Mark> {
        let own = self.legend.get(&character).cloned();
        own.or_else(|| Mark::usual(character))
    }

    /// What its text comes to.
    ///
    /// # Errors
    /// If a character stands for nothing, there is not one start, or the level is empty or too large.
    pub fn layout(&self) -> Result<Layout, LayoutError> {
        layout::layout(self)
    }
}
