//! What a character sees of the level about it.

use std::collections::VecDeque;

use game::level::{Cell, Direction};
use game::nav::sees;
use game::world::{CharacterState, GameState};
use sim::math::{cos, sin};

use crate::decode::angle_of;
use crate::mind::far;
use crate::network::DIRECTIONS;

/// Cells to each side of its own.
const AROUND: i32 = 5;
/// Cells of an edge.
const EDGE: i32 = 2 * AROUND + 1;
/// Numbers: two a cell, and a distance a direction.
pub const WIDTH: usize = (EDGE * EDGE) as usize * 2 + DIRECTIONS;

/// What is known of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    Unseen,
    Open,
    Harmful,
    Blocked,
}

/// The cells about a character, as far as it sees them.
#[derive(Clone, Debug, PartialEq)]
pub struct Terrain {
    /// `WIDTH` numbers: for each cell, row by row from the north, whether it is open (1) or blocked (-1) and whether
    /// it does harm; then how far one can walk in each direction, 0 to 1.
    pub values: Vec<f32>,
    middle: Cell,
    known: Vec<Known>,
    centers_m: Vec<[f64; 2]>,
}

/// Looks about.
pub fn look(state: &GameState, who: &CharacterState) -> Terrain {
    let grid = &state.layout.grid;
    let at = who.plane_m(state.layout.view);
    let middle = grid.at(at);
    let opaque = |cell| state.is_opaque(cell);
    let (mut known, mut centers_m) = (Vec::new(), Vec::new());
    for row in -AROUND..=AROUND {
        for column in -AROUND..=AROUND {
            let cell = Cell::new(middle.column + column, middle.row + row);
            let center = grid.center(cell);
            centers_m.push(center);
            known.push(if !sees(grid, opaque, at, center) {
                Known::Unseen
            } else if state.is_blocked(cell) {
                Known::Blocked
            } else if state.tile(cell).is_hazard() {
                Known::Harmful
            } else {
                Known::Open
            });
        }
    }
    let mut values: Vec<f32> = known
        .iter()
        .flat_map(|cell| match cell {
            Known::Unseen => [0.0, 0.0],
            Known::Open => [1.0, 0.0],
            Known::Harmful => [1.0, 1.0],
            Known::Blocked => [-1.0, 0.0],
        })
        .collect();
    let mut terrain = Terrain {
        values: Vec::new(),
        middle,
        known,
        centers_m,
    };
    let free = (0..DIRECTIONS).map(|d| {
        let (dx, dy) = (cos(angle_of(d)), sin(angle_of(d)));
        let steps = 2 * AROUND;
        let is_open = |step: &i32| {
            let way_m = 0.5 * f64::from(*step) * grid.tile_m;
            let cell = grid.at([at[0] + dx * way_m, at[1] + dy * way_m]);
            cell == middle || terrain.known(cell) == Known::Open
        };
        let open = (1..=steps).take_while(is_open).count();
        open as f32 / steps as f32
    });
    let free: Vec<f32> = free.collect();
    values.extend(free);
    terrain.values = values;
    terrain
}

impl Terrain {
    fn index(&self, cell: Cell) -> Option<usize> {
        let column = cell.column - self.middle.column + AROUND;
        let row = cell.row - self.middle.row + AROUND;
        let is_in = (0..EDGE).contains(&column) && (0..EDGE).contains(&row);
        is_in.then_some((row * EDGE + column) as usize)
    }

    fn known(&self, cell: Cell) -> Known {
        let known = self.index(cell).and_then(|i| self.known.get(i));
        known.copied().unwrap_or(Known::Unseen)
    }

    /// The middle of the open cell in sight that is best to run to from something, metres: far from it, and not far
    /// to walk.
    pub fn refuge(&self, at_m: [f64; 2], from_m: [f64; 2]) -> Option<[f64; 2]> {
        let mut ways = vec![u32::MAX; self.known.len()];
        let mut open = VecDeque::from([self.middle]);
        if let Some(slot) = self.index(self.middle).and_then(|i| ways.get_mut(i)) {
            *slot = 0;
        }
        let tile_m = match self.centers_m.as_slice() {
            [a, b, ..] => far(*a, *b),
            _ => 1.0,
        };
        let mut best: Option<(f64, [f64; 2])> = None;
        while let Some(cell) = open.pop_front() {
            let Some(i) = self.index(cell) else { continue };
            let (way, center) = (ways[i], self.centers_m[i]);
            // Not past what one runs from.
            let is_past = way > 0 && far(center, from_m) < 0.7 * far(at_m, from_m);
            if is_past {
                continue;
            }
            let worth = far(center, from_m) - 0.3 * f64::from(way) * tile_m;
            if best.is_none_or(|(most, _)| worth > most + 1e-9) {
                best = Some((worth, center));
            }
            for direction in Direction::ALL {
                let next = cell.neighbour(direction);
                let Some(slot) = self.index(next) else {
                    continue;
                };
                if self.known[slot] == Known::Open && ways[slot] == u32::MAX {
                    ways[slot] = way + 1;
                    open.push_back(next);
                }
            }
        }
        best.map(|(_, center)| center)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use game::level::{Goal, Level};
    use game::world::GameState;
    use sim::actor::ActorId;

    fn state(rows: &[&str]) -> GameState {
        let level = Level::of_rows("t", rows, vec![Goal::Reach("exit".into())]);
        GameState::new(
            std::sync::Arc::new(level.layout().expect("a layout")),
            ActorId(0),
        )
    }

    #[test]
    fn what_lies_behind_a_wall_is_not_seen() {
        let of = |behind: char| {
            let row = format!("#@.#.{behind}.E#");
            let state = state(&["#########", &row, "#########"]);
            look(&state, &state.characters[0])
        };
        assert_eq!(of('.'), of('^'));
        let open = state(&["#########", "#@....^E#", "#########"]);
        assert_ne!(look(&open, &open.characters[0]).values, of('.').values);
    }

    #[test]
    fn one_runs_to_the_far_end_and_not_past_what_one_runs_from() {
        let state = state(&["###########", "#....@...E#", "###########"]);
        let seen = look(&state, &state.characters[0]);
        let refuge = seen.refuge([5.5, 1.5], [7.5, 1.5]).expect("open");
        assert!(refuge[0] < 2.0, "{refuge:?}");
        let refuge = seen.refuge([5.5, 1.5], [3.5, 1.5]).expect("open");
        assert!(refuge[0] > 8.0, "{refuge:?}");
    }
}
