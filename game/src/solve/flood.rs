//! States of a search, and where the player can walk in one.

use super::board::{Board, DoorKind, NONE};
use crate::level::{Cell, Layout};

/// What changes in a level. `Hash` is used for look-ups alone, never for order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct State {
    /// Where the player stands; once normalised, the lowest cell it can walk to.
    pub player: u32,
    /// Sorted; crates in pits are gone.
    pub crates: Vec<u32>,
    /// Pits that are filled, sorted.
    pub filled: Vec<u32>,
    /// Bits: things taken, switches on, key doors opened.
    pub taken: Vec<u64>,
    pub opened: Vec<u64>,
    pub on: u64,
    /// Keys in hand, by colour.
    pub keys: Vec<u8>,
}

pub(super) fn bit(words: &[u64], index: usize) -> bool {
    words
        .get(index / 64)
        .is_some_and(|w| w & (1 << (index % 64)) != 0)
}

pub(super) fn set_bit(words: &mut [u64], index: usize) {
    if let Some(word) = words.get_mut(index / 64) {
        *word |= 1 << (index % 64);
    }
}

/// A board with work space for floods.
pub(super) struct Search<'a> {
    pub board: &'a Board,
    pub layout: &'a Layout,
    /// Flood's work space: for each cell the number of the flood that reached it, and from where.
    pub seen: Vec<u32>,
    pub order: Vec<u32>,
    pub flood: u32,
}

impl Search<'_> {
    pub fn normal(&mut self, state: &State) -> State {
        self.fill(state);
        let mut normal = state.clone();
        normal.player = self.order.iter().copied().min().unwrap_or(state.player);
        normal
    }

    pub fn cell(&self, index: u32) -> Cell {
        self.layout.grid.cell(index as usize)
    }

    pub fn is_door_open(&self, state: &State, door: usize) -> bool {
        match self.board.doors.get(door).map(|d| &d.kind) {
            Some(DoorKind::Free) => true,
            Some(DoorKind::Key(colour)) => {
                bit(&state.opened, door)
                    || (!self.board.keys_are_used_up
                        && state.keys.get(*colour).is_some_and(|n| *n > 0))
            }
            Some(DoorKind::Switches(needed)) => needed.iter().all(|s| state.on & (1 << s) != 0),
            _ => false,
        }
    }

    /// Whether walls and doors let one into a cell.
    pub fn is_open(&self, state: &State, cell: u32) -> bool {
        let is_ground = self.board.floor(cell) || state.filled.binary_search(&cell).is_ok();
        let door = self
            .board
            .door_at
            .get(cell as usize)
            .copied()
            .unwrap_or(NONE);
        is_ground && (door == NONE || self.is_door_open(state, door as usize))
    }

    /// All cells that the player can walk to, nearest first, into `order`.
    pub fn fill(&mut self, state: &State) {
        self.flood += 1;
        self.order.clear();
        self.order.push(state.player);
        if let Some(slot) = self.seen.get_mut(state.player as usize) {
            *slot = self.flood;
        }
        let mut next = 0;
        while let Some(cell) = self.order.get(next).copied() {
            next += 1;
            for side in 0..4 {
                let other = self.board.neighbour(cell, side);
                let is_new = self
                    .seen
                    .get(other as usize)
                    .is_some_and(|s| *s != self.flood);
                if is_new
                    && self.is_open(state, other)
                    && state.crates.binary_search(&other).is_err()
                {
                    if let Some(slot) = self.seen.get_mut(other as usize) {
                        *slot = self.flood;
                    }
                    self.order.push(other);
                }
            }
        }
    }

    pub fn is_reached(&self, cell: u32) -> bool {
        self.seen
            .get(cell as usize)
            .is_some_and(|s| *s == self.flood)
    }
}
