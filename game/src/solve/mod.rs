//! Proofs by search that a level can be beaten, and how.
//!
//! In: a [`Layout`]. Out: a [`Plan`] in cells, which a scripted player can play in the simulation, or why there
//! is none. The search knows walls, keys, doors, switches, crates and pits, from the side jumps and ladders as
//! well; it takes fights as won and never steps on what hurts. So a plan proves that the way is there, the
//! simulation that the player survives it.

mod board;
mod crates;
mod flood;
mod graph;
mod jumps;
mod side;
mod top;

use crate::level::{Cell, Direction, Layout, View};

pub use jumps::{Leap, Mover, Post, posts};

/// Bounds of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SolveOptions {
    /// Most states that are looked at.
    pub max_states: usize,
}

impl Default for SolveOptions {
    fn default() -> Self {
        Self {
            max_states: 400_000,
        }
    }
}

/// One thing to do.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Step {
    /// Walk to a cell; what lies there is picked up, doors that can be opened are.
    Walk(Cell),
    /// Standing in a cell, push the crate before one by one cell.
    Push(Cell, Direction),
    /// Standing in a cell, work the switch there.
    Use(Cell),
    /// Defeat who stands at this cell at first.
    Fight(Cell),
    /// From the side: leap or drop from one cell to another.
    Leap(Cell, Leap),
    /// From the side: climb to a neighbouring cell.
    Climb(Cell),
}

/// What to do, in order.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
    /// States that were looked at to find it.
    pub states: usize,
}

impl Plan {
    /// Pushes in it.
    pub fn pushes(&self) -> usize {
        let is_push = |step: &&Step| matches!(step, Step::Push(..));
        self.steps.iter().filter(is_push).count()
    }
}

/// Why there is no plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsolved {
    /// All that can be done was looked at.
    #[error("the level cannot be beaten")]
    Impossible,
    /// The bound was met first.
    #[error("no way was found within {0} states")]
    TooLarge(usize),
}

/// Looks for a way to beat a level.
///
/// # Errors
/// If there is none, or none was found within the bounds.
pub fn solve(layout: &Layout, options: &SolveOptions) -> Result<Plan, Unsolved> {
    match layout.view {
        View::Top => top::solve(layout, options),
        View::Side => side::solve(layout, options),
    }
}
