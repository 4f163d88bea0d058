//! The graph of a level seen from the side: where one can stand or hang, and walks, climbs and leaps between.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

use super::Step;
use super::jumps::{Leap, Mover, Post, posts};
use crate::level::{Cell, Direction, Layout, Tile};

/// Farthest leap across, and farthest fall of one, in cells.
const ACROSS: i32 = 12;
const DOWN: i32 = 14;

/// A way from one post to another.
pub(super) struct Way {
    pub to: usize,
    pub step: Step,
    /// Hundredths of a second, about.
    pub cost: u32,
    /// Cells that the middle passes.
    pub passes: Vec<Cell>,
}

/// Posts and the ways between them.
pub(super) struct Graph {
    pub posts: Vec<Post>,
    pub ways: Vec<Vec<Way>>,
}

impl Graph {
    /// `is_shut` stops who flies, `is_blocked` who walks: a door opens for who stands before it.
    pub fn new(
        layout: &Layout,
        is_blocked: &dyn Fn(Cell) -> bool,
        is_shut: &dyn Fn(Cell) -> bool,
    ) -> Self {
        let posts = posts(layout, is_blocked);
        let number: BTreeMap<Cell, usize> = posts
            .iter()
            .enumerate()
            .map(|(i, post)| (post.cell, i))
            .collect();
        let mover = Mover::of(layout);
        let ways = posts
            .iter()
            .map(|post| ways_from(layout, is_shut, &mover, &number, post))
            .collect();
        Self { posts, ways }
    }

    /// Cheapest costs from a post, with the way by which each was come to.
    pub fn reach(&self, from: usize) -> (Vec<u32>, Vec<Option<(usize, usize)>>) {
        let mut costs = vec![u32::MAX; self.posts.len()];
        let mut came = vec![None; self.posts.len()];
        let mut open = BinaryHeap::from([Reverse((0u32, from))]);
        if let Some(slot) = costs.get_mut(from) {
            *slot = 0;
        }
        while let Some(Reverse((cost, at))) = open.pop() {
            if costs.get(at).is_none_or(|best| *best < cost) {
                continue;
            }
            for (k, way) in self.ways.get(at).into_iter().flatten().enumerate() {
                let next = cost.saturating_add(way.cost);
                if let Some(slot) = costs.get_mut(way.to).filter(|best| **best > next) {
                    *slot = next;
                    if let Some(slot) = came.get_mut(way.to) {
                        *slot = Some((at, k));
                    }
                    open.push(Reverse((next, way.to)));
                }
            }
        }
        (costs, came)
    }

    /// The steps from a post to another, and the cells passed.
    pub fn steps(&self, came: &[Option<(usize, usize)>], mut to: usize) -> (Vec<Step>, Vec<Cell>) {
        let (mut steps, mut passed) = (Vec::new(), Vec::new());
        while let Some((from, k)) = came.get(to).copied().flatten() {
            if let Some(way) = self.ways.get(from).and_then(|w| w.get(k)) {
                steps.push(way.step);
                passed.extend(way.passes.iter().copied());
            }
            to = from;
        }
        steps.reverse();
        (steps, passed)
    }
}

fn ways_from(
    layout: &Layout,
    is_shut: &dyn Fn(Cell) -> bool,
    mover: &Mover,
    number: &BTreeMap<Cell, usize>,
    post: &Post,
) -> Vec<Way> {
    let grid = &layout.grid;
    let cell = post.cell;
    let step_cost = (100.0 * grid.tile_m / mover.speed_mps.max(0.1)) as u32;
    let mut ways = Vec::new();
    let plain = |to: Cell, step: Step, cost: u32| {
        number.get(&to).map(|index| Way {
            to: *index,
            step,
            cost: cost.max(1),
            passes: vec![to],
        })
    };
    for direction in [Direction::East, Direction::West] {
        let to = cell.neighbour(direction);
        ways.extend(plain(to, Step::Walk(to), step_cost));
    }
    let above = cell.neighbour(Direction::North);
    if grid.tile(cell) == Tile::Ladder {
        ways.extend(plain(above, Step::Climb(above), 2 * step_cost));
    }
    let below = cell.neighbour(Direction::South);
    if grid.tile(below) == Tile::Ladder {
        ways.extend(plain(below, Step::Climb(below), 2 * step_cost));
    }
    let mut add = |leap: Leap| {
        let Some((to, passes)) = mover.fly(layout, is_shut, cell, &leap) else {
            return;
        };
        if let Some(index) = number.get(&to) {
            let drop = (to.row - cell.row).unsigned_abs() + to.column.abs_diff(cell.column);
            ways.push(Way {
                to: *index,
                step: Step::Leap(to, leap),
                cost: 30 + step_cost * drop + if leap.is_jump { 40 } else { 0 },
                passes,
            });
        }
    };
    let [x, middle] = grid.center(cell);
    let feet = middle - grid.tile_m / 2.0;
    let leap = |column: i32, is_jump: bool, steer_above_m: f64, drops: bool| Leap {
        is_jump,
        drops,
        target_x_m: x + f64::from(column) * grid.tile_m,
        steer_above_m,
    };
    // Off an edge; a ladder or rope is let go of.
    for side in [-1, 1] {
        for far in 1..=3 {
            let next = Cell::new(cell.column + side, cell.row);
            if !number.contains_key(&next) && !is_shut(next) {
                add(leap(side * far, false, 0.0, post.is_hold));
            }
        }
    }
    let is_ledge = matches!(grid.tile(below), Tile::Platform | Tile::Ladder);
    if post.is_hold || is_ledge {
        add(leap(0, false, 0.0, true));
    }
    if mover.jump_m < 0.05 * grid.tile_m {
        return ways;
    }
    let up = (mover.jump_m / grid.tile_m).ceil() as i32;
    // Only columns that have something to land on within reach are worth a try.
    let mut columns: BTreeMap<i32, BTreeSet<i32>> = BTreeMap::new();
    for across in -ACROSS..=ACROSS {
        for down in -up..=DOWN {
            let to = Cell::new(cell.column + across, cell.row + down);
            if number.contains_key(&to) {
                columns.entry(across).or_default().insert(down);
            }
        }
    }
    for (across, rows) in &columns {
        let mut heights: Vec<f64> = vec![feet];
        // Straight up to the height of what one wants to land on, then over.
        let higher = rows.iter().filter(|row| **row < 0 && across.abs() <= 4);
        heights.extend(higher.map(|row| feet + (0.02 - f64::from(*row)) * grid.tile_m));
        for steer_above_m in heights {
            add(leap(*across, true, steer_above_m, false));
        }
    }
    ways
}
