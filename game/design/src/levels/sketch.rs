//! A level as the generators draw it: a grid of few symbols, each with one meaning in all levels.

use std::collections::BTreeMap;

use game::level::{
    Character, Door, Goal, Item, Level, Lock, Mark, Role, Room, Rules, Switch, SwitchKind, View,
    Weapon,
};
use serde::{Deserialize, Serialize};

/// Fewest columns and rows of a sketch.
pub const MIN_SIDE: usize = 8;
/// Most columns and rows of a sketch.
pub const MAX_SIDE: usize = 40;

/// What a level is about: how it is laid out and what it has.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub enum Theme {
    /// Rooms and corridors, keys, guards, spikes.
    #[default]
    Dungeon,
    /// Large rooms wall to wall, levers.
    Keep,
    /// Crates that are to be pushed onto targets.
    Warehouse,
    /// Caves, lava.
    Caves,
    /// Open ground with hedges and mud.
    Garden,
    /// Storeys with ladders, seen from the side.
    Tower,
}

impl Theme {
    /// All.
    pub const ALL: [Self; 6] = [
        Self::Dungeon,
        Self::Keep,
        Self::Warehouse,
        Self::Caves,
        Self::Garden,
        Self::Tower,
    ];

    /// Its name in small letters.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dungeon => "dungeon",
            Self::Keep => "keep",
            Self::Warehouse => "warehouse",
            Self::Caves => "caves",
            Self::Garden => "garden",
            Self::Tower => "tower",
        }
    }

    /// The theme of a name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.name() == name)
    }

    /// Its number in [`Self::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// From where it is seen.
    pub fn view(self) -> View {
        match self {
            Self::Tower => View::Side,
            _ => View::Top,
        }
    }
}

/// A symbol: its number in [`Sketch::ALPHABET`].
pub type Symbol = u8;

/// Symbols by name.
pub mod symbol {
    /// Wall.
    pub const WALL: u8 = 0;
    /// Floor; air from the side.
    pub const FLOOR: u8 = 1;
    /// The player's start.
    pub const START: u8 = 2;
    /// The exit.
    pub const EXIT: u8 = 3;
    /// Spikes.
    pub const SPIKES: u8 = 4;
    /// Lava.
    pub const LAVA: u8 = 5;
    /// Mud.
    pub const MUD: u8 = 6;
    /// Ladder.
    pub const LADDER: u8 = 7;
    /// Crate.
    pub const CRATE: u8 = 8;
    /// Target.
    pub const TARGET: u8 = 9;
    /// Crate on a target.
    pub const CRATE_ON_TARGET: u8 = 10;
    /// Coin.
    pub const COIN: u8 = 11;
    /// Potion.
    pub const POTION: u8 = 12;
    /// Sword.
    pub const SWORD: u8 = 13;
    /// Door without a lock.
    pub const DOOR: u8 = 14;
    /// Red key; the blue one is the next.
    pub const KEY: u8 = 15;
    /// Red door; the blue one is the next.
    pub const KEY_DOOR: u8 = 17;
    /// Lever.
    pub const LEVER: u8 = 19;
    /// The door that the lever opens.
    pub const LEVER_DOOR: u8 = 20;
    /// Guard.
    pub const GUARD: u8 = 21;
    /// The treasure that is to be fetched.
    pub const TREASURE: u8 = 22;
}
use symbol as s;

/// Colours of keys, in the order of their symbols.
pub const COLOURS: [&str; 2] = ["red", "blue"];

/// A grid of symbols and how strong its guards are.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sketch {
    /// What it is about.
    pub theme: Theme,
    /// Number of columns.
    pub columns: usize,
    /// Number of rows.
    pub rows: usize,
    /// Symbols, row by row.
    pub cells: Vec<Symbol>,
    /// Factor on the guards' health and damage; 1 is usual.
    pub guard_strength: f64,
}

/// What a level has, as it is asked for or counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Doors that need a key.
    pub locks: u32,
    /// Doors that need a lever.
    pub levers: u32,
    /// Crates.
    pub crates: u32,
    /// Guards.
    pub guards: u32,
    /// Treasures.
    pub treasures: u32,
}

impl Sketch {
    /// Symbols with the character that stands for each.
    pub const ALPHABET: [char; 23] = [
        '#', '.', '@', 'E', '^', '~', '%', 'H', '$', 'x', '*', 'o', '+', 's', 'D', 'r', 'b', 'R',
        'B', 'l', 'L', 'g', 't',
    ];

    /// All walls.
    pub fn walls(theme: Theme, columns: usize, rows: usize) -> Self {
        Self {
            theme,
            columns,
            rows,
            cells: vec![s::WALL; columns * rows],
            guard_strength: 1.0,
        }
    }

    /// The symbol of a cell; wall outside.
    pub fn at(&self, column: usize, row: usize) -> Symbol {
        if column >= self.columns {
            return s::WALL;
        }
        let cell = self.cells.get(row * self.columns + column);
        cell.copied().unwrap_or(s::WALL)
    }

    /// The symbol of a cell by its number; wall outside.
    pub fn cell(&self, index: usize) -> Symbol {
        self.cells.get(index).copied().unwrap_or(s::WALL)
    }

    /// Replaces the symbol of a cell that lies inside.
    pub fn set(&mut self, index: usize, symbol: Symbol) {
        if let Some(cell) = self.cells.get_mut(index) {
            *cell = symbol;
        }
    }

    /// Replaces the symbol of a column and row that lie inside.
    pub fn put(&mut self, column: usize, row: usize, symbol: Symbol) {
        if column < self.columns {
            self.set(row * self.columns + column, symbol);
        }
    }

    /// Whether a cell lies on the border.
    pub fn is_border(&self, index: usize) -> bool {
        let (column, row) = (index % self.columns.max(1), index / self.columns.max(1));
        column == 0 || row == 0 || column + 1 >= self.columns || row + 1 >= self.rows
    }

    /// Numbers of the cells of a symbol, row by row.
    pub fn all(&self, symbol: Symbol) -> Vec<usize> {
        let is_it = |(index, cell): (usize, &Symbol)| (*cell == symbol).then_some(index);
        self.cells.iter().enumerate().filter_map(is_it).collect()
    }

    /// How many cells have a symbol.
    pub fn count(&self, symbol: Symbol) -> u32 {
        self.cells.iter().filter(|cell| **cell == symbol).count() as u32
    }

    /// The (at most four) neighbours of a cell.
    pub fn neighbours(&self, index: usize) -> impl Iterator<Item = usize> + use<> {
        let (columns, count) = (self.columns.max(1), self.cells.len());
        let column = index % columns;
        let all = [
            (column + 1 < columns).then_some(index + 1),
            index.checked_sub(columns),
            (column > 0).then(|| index.wrapping_sub(1)),
            (index + columns < count).then_some(index + columns),
        ];
        all.into_iter().flatten()
    }

    /// What it has.
    pub fn features(&self) -> Features {
        Features {
            locks: self.count(s::KEY_DOOR) + self.count(s::KEY_DOOR + 1),
            levers: self.count(s::LEVER_DOOR),
            crates: self.count(s::CRATE) + self.count(s::CRATE_ON_TARGET),
            guards: self.count(s::GUARD),
            treasures: self.count(s::TREASURE),
        }
    }

    /// Its rows as text.
    pub fn text(&self) -> Vec<String> {
        let of = |cell: &Symbol| Self::ALPHABET.get(usize::from(*cell)).copied();
        let row = |row: &[Symbol]| row.iter().map(|cell| of(cell).unwrap_or('#')).collect();
        self.cells.chunks(self.columns.max(1)).map(row).collect()
    }

    /// The sketch of a text of characters of [`Self::ALPHABET`]; blanks are walls, short rows are filled
    /// with walls. `None` where a character is none of them or the size is out of range.
    pub fn of_text<T: AsRef<str>>(theme: Theme, rows: &[T]) -> Option<Self> {
        let columns = rows.iter().map(|row| row.as_ref().chars().count()).max()?;
        if !(MIN_SIDE..=MAX_SIDE).contains(&columns) || !(MIN_SIDE..=MAX_SIDE).contains(&rows.len())
        {
            return None;
        }
        let mut sketch = Self::walls(theme, columns, rows.len());
        for (y, row) in rows.iter().enumerate() {
            for (x, character) in row.as_ref().chars().enumerate() {
                let character = if character == ' ' { '#' } else { character };
                let symbol = Self::ALPHABET.iter().position(|c| *c == character)?;
                sketch.put(x, y, symbol as Symbol);
            }
        }
        Some(sketch)
    }

    /// The level that it stands for.
    pub fn level(&self, name: &str) -> Level {
        let mut legend = BTreeMap::new();
        let used = |symbol: Symbol| self.cells.contains(&symbol);
        let mut put = |symbol: Symbol, mark: Mark| {
            if used(symbol)
                && let Some(character) = Self::ALPHABET.get(usize::from(symbol))
            {
                legend.insert(*character, mark);
            }
        };
        for (symbol, colour) in (0..).zip(COLOURS) {
            let lock = Lock::Key(colour.to_owned());
            put(s::KEY + symbol, Mark::Item(Item::Key(colour.to_owned())));
            put(s::KEY_DOOR + symbol, Mark::Door(Door { lock }));
        }
        let lever = Switch {
            name: "lever".to_owned(),
            kind: SwitchKind::Once,
            is_on: false,
        };
        let lock = Lock::Switches(vec!["lever".to_owned()]);
        put(s::LEVER, Mark::Switch(lever));
        put(s::LEVER_DOOR, Mark::Door(Door { lock }));
        put(s::TREASURE, Mark::Item(Item::Quest("treasure".to_owned())));
        put(
            s::SWORD,
            Mark::Item(Item::Weapon(Weapon {
                name: "sword".to_owned(),
                damage: 18.0,
                reach_m: 1.4,
                cooldown_s: 0.5,
            })),
        );
        let usual = Role::Guard.abilities();
        let guard = Character {
            health: Some((usual.health * self.guard_strength).max(1.0)),
            damage: Some(usual.damage * self.guard_strength),
            ..Character::of(Role::Guard)
        };
        put(s::GUARD, Mark::Character(Box::new(guard)));
        Level {
            name: name.to_owned(),
            theme: self.theme.name().to_owned(),
            view: self.theme.view(),
            tile_m: 1.0,
            rules: Rules {
                time_limit_s: 300.0,
                ..Rules::default()
            },
            legend,
            rooms: vec![Room {
                rows: self.text(),
                ..Room::default()
            }],
            goals: self.goals(),
            changes: Vec::new(),
        }
    }

    pub(super) fn goals(&self) -> Vec<Goal> {
        let mut goals = Vec::new();
        if self.count(s::TREASURE) > 0 {
            goals.push(Goal::Collect("treasure".to_owned()));
        }
        if self.count(s::TARGET) > 0 {
            goals.push(Goal::Crates);
        }
        if self.count(s::EXIT) > 0 {
            goals.push(Goal::Reach("exit".to_owned()));
        }
        goals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_comes_back_and_makes_a_level() {
        let rows = [
            "##########",
            "#@..R..Eg#",
            "#r..######",
            "#..$.xl.t#",
            "##########",
            "##########",
            "##########",
            "##########",
        ];
        let sketch = Sketch::of_text(Theme::Dungeon, &rows).unwrap();
        assert_eq!(sketch.text(), rows);
        let layout = sketch.level("a").layout().unwrap();
        assert_eq!(layout.doors.len(), 1);
        assert_eq!(layout.goals.len(), 3);
        assert_eq!(sketch.features().locks, 1);
        assert!(Sketch::of_text(Theme::Dungeon, &["?"; 9]).is_none());
    }
}
