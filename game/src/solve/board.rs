//! What a search over cells needs to know of a level, by cell number.

use std::collections::VecDeque;

use crate::level::{Cell, Direction, Goal, Layout, Lock, SwitchKind, Tile};

/// No cell.
pub(super) const NONE: u32 = u32::MAX;
/// No way.
pub(super) const FAR: u32 = u32::MAX;

/// Something that is picked up or fought for.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub cell: u32,
    /// Colours of keys that it gives.
    pub keys: Vec<usize>,
    /// Whether it is somebody who must be fought.
    pub is_fight: bool,
    /// Whether a goal needs it, not only a door.
    pub is_goal: bool,
}

pub(super) struct Lever {
    pub cell: u32,
    pub name: String,
    pub kind: SwitchKind,
    pub is_on: bool,
}

pub(super) enum DoorKind {
    Free,
    Key(usize),
    /// Numbers of the switches that must be on.
    Switches(Vec<usize>),
    Never,
}

pub(super) struct BoardDoor {
    pub cell: u32,
    pub kind: DoorKind,
}

/// The level as numbers.
pub(super) struct Board {
    /// Neighbours of each cell in the order of [`Direction::ALL`]; [`NONE`] outside.
    pub neighbours: Vec<[u32; 4]>,
    /// Whether one may stand there as far as tiles go; pits are not.
    pub is_floor: Vec<bool>,
    pub is_pit: Vec<bool>,
    /// Number of the door of a cell, or [`NONE`].
    pub door_at: Vec<u32>,
    pub doors: Vec<BoardDoor>,
    pub levers: Vec<Lever>,
    pub wanted: Vec<Wanted>,
    /// Number of wanted things by cell, as (cell, number), sorted.
    pub colours: Vec<String>,
    pub keys_are_used_up: bool,
    pub start: u32,
    pub crates: Vec<u32>,
    /// Cells on which crates must stand; none unless that is a goal.
    pub targets: Vec<u32>,
    /// Places that must be come to last, each any of its cells.
    pub places: Vec<Vec<u32>>,
    /// Pushes from each cell to each target, doors open and other crates away.
    pub push_distances: Vec<Vec<u32>>,
    /// Whether every crate needs a target, so that one that can reach none is lost.
    pub needs_all_crates: bool,
}

impl Board {
    pub fn new(layout: &Layout) -> Self {
        let grid = &layout.grid;
        let number = |cell: Cell| grid.index(cell).map_or(NONE, |i| i as u32);
        let neighbours = grid
            .cells()
            .map(|cell| Direction::ALL.map(|d| number(cell.neighbour(d))))
            .collect();
        let is_floor: Vec<bool> = grid
            .cells()
            .map(|cell| !grid.tile(cell).is_solid() && !grid.tile(cell).is_hazard())
            .collect();
        let is_pit = grid
            .cells()
            .map(|cell| grid.tile(cell) == Tile::Pit)
            .collect();
        let mut colours: Vec<String> = Vec::new();
        let mut colour = |name: &str| {
            colours.iter().position(|c| c == name).unwrap_or_else(|| {
                colours.push(name.to_owned());
                colours.len() - 1
            })
        };
        let levers: Vec<Lever> = layout
            .switches
            .iter()
            .map(|s| Lever {
                cell: number(s.cell),
                name: s.what.name.clone(),
                kind: s.what.kind,
                is_on: s.what.is_on,
            })
            .collect();
        let doors: Vec<BoardDoor> = layout
            .doors
            .iter()
            .map(|door| BoardDoor {
                cell: number(door.cell),
                kind: match &door.what.lock {
                    Lock::None => DoorKind::Free,
                    Lock::Key(name) => DoorKind::Key(colour(name)),
                    Lock::Switches(names) => switches(&levers, names),
                },
            })
            .collect();
        let mut door_at = vec![NONE; is_floor.len()];
        for (index, door) in doors.iter().enumerate() {
            if let Some(slot) = door_at.get_mut(door.cell as usize) {
                *slot = index as u32;
            }
        }
        let is_goal_item = |name: &str, is_coin: bool| {
            layout.goals.iter().any(|goal| match goal {
                Goal::Collect(what) => what == name,
                Goal::Coins(_) => is_coin,
                _ => false,
            })
        };
        let lying = layout
            .items
            .iter()
            .map(|item| (item.cell, std::slice::from_ref(&item.what), false, false));
        let carried = layout.characters.iter().map(|c| {
            let is_foe = layout.goals.iter().any(
                |goal| matches!(goal, Goal::Defeat(who) if crate::level::is_called(&c.what, who)),
            );
            (c.cell, c.what.carries.as_slice(), true, is_foe)
        });
        let mut wanted = Vec::new();
        for (cell, items, is_fight, is_foe) in lying.chain(carried) {
            let mut keys = Vec::new();
            let mut is_goal = is_foe;
            let mut is_weapon = false;
            for item in items {
                use crate::level::Item;
                match item {
                    Item::Key(name) => keys.push(colour(name)),
                    Item::Weapon(_) => is_weapon = true,
                    _ => {}
                }
                is_goal |= is_goal_item(&item.name(), matches!(item, Item::Coin(_)));
            }
            // A weapon that lies about is worth its way.
            if is_goal || !keys.is_empty() || (is_weapon && !is_fight) {
                wanted.push(Wanted {
                    cell: number(cell),
                    keys,
                    is_fight,
                    is_goal,
                });
            }
        }
        let wants_crates = layout.goals.contains(&Goal::Crates);
        let targets: Vec<u32> = if wants_crates {
            layout.targets().into_iter().map(number).collect()
        } else {
            Vec::new()
        };
        let places = layout.goals.iter().filter_map(|goal| match goal {
            Goal::Reach(name) => Some(layout.place(name).iter().map(|c| number(*c)).collect()),
            _ => None,
        });
        let mut board = Self {
            neighbours,
            is_floor,
            is_pit,
            door_at,
            doors,
            levers,
            wanted,
            keys_are_used_up: layout.rules.keys_are_used_up,
            start: number(layout.start),
            crates: layout.crates.iter().map(|c| number(*c)).collect(),
            needs_all_crates: wants_crates && layout.crates.len() == targets.len(),
            targets,
            places: places.collect(),
            push_distances: Vec::new(),
            colours: Vec::new(),
        };
        board.colours = colours;
        board.push_distances = board.targets.iter().map(|t| board.pulls_from(*t)).collect();
        board
    }

    pub fn neighbour(&self, cell: u32, direction: usize) -> u32 {
        let around = self.neighbours.get(cell as usize);
        around
            .and_then(|n| n.get(direction))
            .copied()
            .unwrap_or(NONE)
    }

    pub fn floor(&self, cell: u32) -> bool {
        self.is_floor.get(cell as usize).copied().unwrap_or(false)
    }

    /// Pushes that it takes at least to bring a crate from each cell to a target: found by pulling it back.
    fn pulls_from(&self, target: u32) -> Vec<u32> {
        let mut distances = vec![FAR; self.is_floor.len()];
        let mut queue = VecDeque::from([(target, 0u32)]);
        while let Some((cell, pushes)) = queue.pop_front() {
            let Some(slot) = distances.get_mut(cell as usize).filter(|d| **d == FAR) else {
                continue;
            };
            *slot = pushes;
            for direction in 0..4 {
                // A crate came from there if one could stand behind it.
                let from = self.neighbour(cell, direction);
                let behind = self.neighbour(from, direction);
                let is_way = |c: u32| self.floor(c) || self.is_pit.get(c as usize) == Some(&true);
                if is_way(from) && is_way(behind) {
                    queue.push_back((from, pushes + 1));
                }
            }
        }
        distances
    }
}

fn switches(levers: &[Lever], names: &[String]) -> DoorKind {
    let mut needed = Vec::new();
    for name in names {
        let before = needed.len();
        let named = levers.iter().enumerate().filter(|(_, l)| l.name == *name);
        needed.extend(named.map(|(i, _)| i));
        if needed.len() == before {
            return DoorKind::Never;
        }
    }
    DoorKind::Switches(needed)
}

/// The direction of [`Direction::ALL`] of this number.
pub(super) fn direction(number: usize) -> Direction {
    Direction::ALL
        .get(number)
        .copied()
        .unwrap_or(Direction::East)
}

/// The number of the direction that leads back.
pub(super) fn back(number: usize) -> usize {
    (number + 2) % 4
}
