//! What there is to speak of in a level: items, doors, switches, persons and places, with their names.

use std::collections::{BTreeMap, BTreeSet};

use game::level::{Cell, Level, Lock, SwitchKind};
use game::world::GameState;
use serde::{Deserialize, Serialize};
use sim::actor::ActorId;

use crate::understanding::words::words;

/// Number of a thing in its level's [`Things`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ThingId(pub u32);

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Kind {
    /// An item, or several of one name.
    Item,
    /// A door.
    Door,
    /// A switch.
    Switch,
    /// A character, the player too.
    Person,
    /// A room or a named place.
    Place,
}

/// A thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// Its number.
    pub id: ThingId,
    /// What it is.
    pub kind: Kind,
    /// Its name, which no other thing has: `red key`, `Ada`, `hall`.
    pub name: String,
    /// Whether its name is its own, as a person's is; else it is spoken of with an article.
    pub is_proper: bool,
    /// Whether there are several of it.
    pub is_many: bool,
    /// Words by which it can be meant, in small letters.
    pub words: BTreeSet<String>,
    /// The character, door or switch.
    pub actor: Option<ActorId>,
    /// The cells of a place, door or switch.
    pub cells: Vec<Cell>,
}

impl Thing {
    /// As a sentence has it: `the red key`, `a coin`, `Ada`.
    pub fn phrase(&self) -> String {
        match (self.is_proper, self.is_many) {
            (true, _) => self.name.clone(),
            (false, false) => format!("the {}", self.name),
            (false, true) => {
                let is_vowel = self.name.starts_with(['a', 'e', 'i', 'o', 'u']);
                format!("{} {}", if is_vowel { "an" } else { "a" }, self.name)
            }
        }
    }
}

/// A part of a level, or how one place lies to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Compass {
    /// -1 west, 0, 1 east.
    pub east: i8,
    /// -1 south, 0, 1 north.
    pub north: i8,
}

impl Compass {
    /// How `to` lies as seen from `from`; none if it is the same cell.
    pub fn between(from: Cell, to: Cell) -> Option<Self> {
        let (dx, dy) = (
            i64::from(to.column) - i64::from(from.column),
            i64::from(from.row) - i64::from(to.row),
        );
        if dx == 0 && dy == 0 {
            return None;
        }
        // Within 22.5° of an axis it is that axis; tan 22.5° is about 5/12.
        let part = |d: i64, other: i64| {
            if 12 * d.abs() <= 5 * other.abs() {
                0
            } else {
                d.signum() as i8
            }
        };
        Some(Self {
            east: part(dx, dy),
            north: part(dy, dx),
        })
    }

    /// `north-east`.
    pub fn name(self) -> &'static str {
        match (self.east, self.north) {
            (0, 1) => "north",
            (1, 1) => "north-east",
            (1, 0) => "east",
            (1, -1) => "south-east",
            (0, -1) => "south",
            (-1, -1) => "south-west",
            (-1, 0) => "west",
            (-1, 1) => "north-west",
            _ => "middle",
        }
    }
}

/// Where a cell is, in words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Spot {
    /// In a room.
    In(ThingId),
    /// At a named place: within two cells of it.
    Near(ThingId),
    /// In a part of the level.
    Part(Compass),
}

/// Everything in a level that has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Things {
    all: Vec<Thing>,
    /// Room of each cell that lies in a named one.
    rooms: BTreeMap<Cell, ThingId>,
    columns: i32,
    rows: i32,
}

const ORDINALS: [&str; 9] = [
    "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth",
];

/// Names that several things share get an ordinal before them.
fn unique(names: Vec<String>) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for name in &names {
        *counts.entry(name).or_insert(0) += 1;
    }
    let mut met: BTreeMap<&str, usize> = BTreeMap::new();
    names
        .iter()
        .map(|name| {
            if counts.get(name.as_str()).is_none_or(|n| *n < 2) {
                return name.clone();
            }
            let number = met.entry(name).or_insert(0);
            *number += 1;
            match ORDINALS.get(*number - 1) {
                Some(ordinal) => format!("{ordinal} {name}"),
                None => format!("{name} {number}"),
            }
        })
        .collect()
}

impl Things {
    /// All of a level, by its state at time 0 or later; items that characters carry are among them.
    /// `goods` are names of items that come from elsewhere, such as what merchants sell.
    pub fn new(level: &Level, state: &GameState, goods: &[String]) -> Self {
        let grid = &state.layout.grid;
        let mut things = Self {
            all: Vec::new(),
            rooms: BTreeMap::new(),
            columns: grid.columns() as i32,
            rows: grid.rows() as i32,
        };
        things.add_persons(state);
        things.add_items(state, goods);
        things.add_doors(state);
        things.add_switches(state);
        things.add_places(level, state);
        things
    }

    fn add(&mut self, kind: Kind, name: &str, more: &[&str], cells: Vec<Cell>) -> &mut Thing {
        let id = ThingId(self.all.len() as u32);
        let own = words(name).into_iter().map(|w| w.text);
        let more = more.iter().map(|w| (*w).to_owned());
        self.all.push(Thing {
            id,
            kind,
            name: name.to_owned(),
            is_proper: false,
            is_many: false,
            words: own.chain(more).collect(),
            actor: None,
            cells,
        });
        let last = self.all.len() - 1;
        &mut self.all[last]
    }

    fn add_persons(&mut self, state: &GameState) {
        for (index, who) in state.characters.iter().enumerate() {
            let role = who.role.name();
            let more: &[&str] = if index == 0 { &["player"] } else { &[role] };
            let is_proper = who.name != role || index == 0;
            let made = self.add(Kind::Person, &who.name, more, Vec::new());
            made.is_proper = is_proper;
            made.actor = Some(who.id);
        }
    }

    fn add_items(&mut self, state: &GameState, goods: &[String]) {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let lying = state.layout.items.iter().map(|placed| placed.what.name());
        let carried = state
            .characters
            .iter()
            .flat_map(|c| c.carries.iter().map(|i| i.name()));
        let keys = state.characters.iter().flat_map(|c| {
            c.inventory
                .keys
                .keys()
                .map(|colour| format!("{colour} key"))
        });
        let bought = goods.iter().cloned();
        for name in lying.chain(carried).chain(keys).chain(bought) {
            *counts.entry(name).or_insert(0) += 1;
        }
        for (name, count) in counts {
            let is_kind = matches!(name.as_str(), "coin" | "potion");
            let more = format!("{}s", name.split_whitespace().last().unwrap_or_default());
            self.add(Kind::Item, &name, &[&more], Vec::new()).is_many = count > 1 || is_kind;
        }
    }

    fn add_doors(&mut self, state: &GameState) {
        let names = state.doors.iter().map(|door| match &door.lock {
            Lock::None => "plain door".to_owned(),
            Lock::Key(colour) => format!("{colour} door"),
            Lock::Switches(names) => {
                format!("{} door", names.first().map_or("barred", String::as_str))
            }
        });
        for (door, name) in state.doors.iter().zip(unique(names.collect())) {
            let made = self.add(Kind::Door, &name, &["door", "gate"], vec![door.cell]);
            made.actor = Some(door.id);
        }
    }

    fn add_switches(&mut self, state: &GameState) {
        let names = state.switches.iter().map(|switch| {
            let noun = if switch.kind == SwitchKind::Plate {
                "plate"
            } else {
                "lever"
            };
            let has_noun = words(&switch.name)
                .iter()
                .any(|w| w.text == noun || w.text == "switch");
            if has_noun {
                switch.name.clone()
            } else {
                format!("{} {noun}", switch.name)
            }
        });
        for (switch, name) in state.switches.iter().zip(unique(names.collect())) {
            let made = self.add(Kind::Switch, &name, &["switch"], vec![switch.cell]);
            made.actor = Some(switch.id);
        }
    }

    fn add_places(&mut self, level: &Level, state: &GameState) {
        for room in level.rooms.iter().filter(|room| !room.name.is_empty()) {
            let mut cells = Vec::new();
            for (y, row) in room.rows.iter().enumerate() {
                for (x, character) in row.chars().enumerate() {
                    let cell = Cell::new(room.at.0 as i32 + x as i32, room.at.1 as i32 + y as i32);
                    let is_inside = character != ' ' && !state.layout.grid.tile(cell).is_solid();
                    if is_inside && state.door_at(cell).is_none() {
                        cells.push(cell);
                    }
                }
            }
            let id = match self.named(&room.name, Kind::Place) {
                Some(id) => id,
                None => self.add(Kind::Place, &room.name, &["room"], Vec::new()).id,
            };
            for cell in &cells {
                self.rooms.insert(*cell, id);
            }
            if let Some(thing) = self.all.get_mut(id.0 as usize) {
                thing.cells.extend(cells);
            }
        }
        for (name, cells) in &state.layout.places {
            if self.named(name, Kind::Place).is_none() {
                self.add(Kind::Place, name, &[], cells.clone());
            }
        }
    }

    /// All, by number.
    pub fn all(&self) -> &[Thing] {
        &self.all
    }

    /// One by its number.
    pub fn get(&self, id: ThingId) -> Option<&Thing> {
        self.all.get(id.0 as usize)
    }

    /// One by its name (in any letters) and kind.
    pub fn named(&self, name: &str, kind: Kind) -> Option<ThingId> {
        let mut all = self.all.iter();
        let found = all.find(|t| t.kind == kind && t.name.eq_ignore_ascii_case(name));
        found.map(|t| t.id)
    }

    /// The character, door or switch of an actor.
    pub fn of_actor(&self, actor: ActorId) -> Option<ThingId> {
        self.all
            .iter()
            .find(|t| t.actor == Some(actor))
            .map(|t| t.id)
    }

    /// The person, door, switch or item of an event's word.
    pub fn of_word(&self, name: &str, kinds: &[Kind]) -> Option<ThingId> {
        kinds.iter().find_map(|kind| self.named(name, *kind))
    }

    /// As a sentence has it; empty for a thing that there is not.
    pub fn phrase(&self, id: ThingId) -> String {
        self.get(id).map(Thing::phrase).unwrap_or_default()
    }

    /// What it is.
    pub fn kind(&self, id: ThingId) -> Option<Kind> {
        self.get(id).map(|t| t.kind)
    }

    /// The room of a cell.
    pub fn room(&self, cell: Cell) -> Option<ThingId> {
        self.rooms.get(&cell).copied()
    }

    /// Where a cell is.
    pub fn spot(&self, cell: Cell) -> Spot {
        if let Some(room) = self.room(cell) {
            return Spot::In(room);
        }
        let places = self.all.iter().filter(|t| t.kind == Kind::Place);
        let near = places.filter_map(|place| {
            let far = place.cells.iter().map(|c| c.manhattan(cell)).min()?;
            (far <= 2).then_some((far, place.id))
        });
        if let Some((_, place)) = near.min() {
            return Spot::Near(place);
        }
        let third = |at: i32, of: i32| match 3 * at.clamp(0, of.max(1) - 1) / of.max(1) {
            0 => -1,
            1 => 0,
            _ => 1,
        };
        Spot::Part(Compass {
            east: third(cell.column, self.columns),
            north: -third(cell.row, self.rows),
        })
    }

    /// `in the hall`, `near the exit`, `in the north-west of these grounds`.
    pub fn spot_phrase(&self, spot: Spot) -> String {
        match spot {
            Spot::In(place) => format!("in {}", self.phrase(place)),
            Spot::Near(place) => format!("near {}", self.phrase(place)),
            Spot::Part(part) => format!("in the {} of these grounds", part.name()),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use super::*;

    pub(crate) const LEVEL: &str = include_str!("../../tests/data/little.ron");

    pub(crate) fn level() -> (Level, GameState) {
        let level = Level::parse(Path::new("t.ron"), LEVEL).unwrap();
        let state = GameState::new(Arc::new(level.layout().unwrap()), ActorId(0));
        (level, state)
    }

    #[test]
    fn everything_has_one_name() {
        let (level, state) = level();
        let things = Things::new(&level, &state, &["lamp".to_owned()]);
        let names: Vec<&str> = things.all().iter().map(|t| t.name.as_str()).collect();
        assert_eq!(
            names,
            [
                "player",
                "Ada",
                "Hake",
                "blue key",
                "crown",
                "lamp",
                "red key",
                "red door",
                "blue door",
                "gate door",
                "gate lever",
                "yard",
                "hall",
                "vault",
                "cell",
                "exit"
            ]
        );
        let hall = things.named("HALL", Kind::Place).unwrap();
        assert_eq!(things.spot(Cell::new(2, 6)), Spot::In(hall));
        assert_eq!(things.spot_phrase(Spot::In(hall)), "in the hall");
        assert_eq!(
            unique(vec!["a".into(), "b".into(), "a".into()]),
            ["first a", "b", "second a"]
        );
    }

    #[test]
    fn directions_have_eight_names() {
        let from = Cell::new(5, 5);
        let name = |c, r| Compass::between(from, Cell::new(c, r)).map(Compass::name);
        assert_eq!(name(9, 5), Some("east"));
        assert_eq!(name(9, 4), Some("east"));
        assert_eq!(name(9, 2), Some("north-east"));
        assert_eq!(name(5, 9), Some("south"));
        assert_eq!(name(2, 8), Some("south-west"));
        assert_eq!(name(5, 5), None);
    }
}
