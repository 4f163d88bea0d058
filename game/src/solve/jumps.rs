//! Leaps in levels seen from the side: the same parabolas as in the world, against tiles alone.

use crate::level::{Cell, Direction, Grid, Layout, Rules, Tile};

/// Lengths of a step of a flight, seconds: a leap must end in the same place by both, so that it hangs by no
/// hair.
const STEPS_S: [f64; 2] = [0.05, 0.02];
/// Longest flight, seconds.
const LONGEST_S: f64 = 6.0;

/// How one gets through the air: rise or step off, then go to a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Leap {
    /// Whether it begins with a jump.
    pub is_jump: bool,
    /// Whether it begins by letting go of what one hangs on, or falling through a ledge.
    pub drops: bool,
    /// The column to come down in, its middle, metres.
    pub target_x_m: f64,
    /// While one rises, one goes straight up to this height of one's feet, metres; then to the target.
    pub steer_above_m: f64,
}

impl Leap {
    /// The horizontal velocity for somebody in flight, m/s; `dt_s` is the tick's length in seconds.
    pub fn steer(&self, x_m: f64, feet_m: f64, rise_mps: f64, most_mps: f64, dt_s: f64) -> f64 {
        if rise_mps > 0.0 && feet_m < self.steer_above_m {
            return 0.0;
        }
        ((self.target_x_m - x_m) / dt_s).clamp(-most_mps, most_mps)
    }
}

/// Somebody who leaps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mover {
    /// Half its width, metres.
    pub radius_m: f64,
    /// Its height, metres.
    pub height_m: f64,
    /// Its speed, m/s.
    pub speed_mps: f64,
    /// What it falls with, m/s².
    pub gravity_mps2: f64,
    /// How high it jumps, metres.
    pub jump_m: f64,
}

/// A cell in which one can stand or hang.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Post {
    /// The cell.
    pub cell: Cell,
    /// Whether one holds on to a ladder or rope there.
    pub is_hold: bool,
}

/// All cells in which one can stand or hang without harm, row by row.
pub fn posts(layout: &Layout, is_blocked: impl Fn(Cell) -> bool) -> Vec<Post> {
    let grid = &layout.grid;
    let all = grid.cells().filter_map(|cell| {
        let tile = grid.tile(cell);
        if is_blocked(cell) || tile.is_hazard() {
            return None;
        }
        let below = cell.neighbour(Direction::South);
        let under = grid.tile(below);
        let is_inside = grid.index(below).is_some();
        let carries =
            is_inside && (is_blocked(below) || matches!(under, Tile::Platform | Tile::Ladder));
        (carries || tile.is_climbable()).then_some(Post {
            cell,
            is_hold: tile.is_climbable(),
        })
    });
    all.collect()
}

impl Mover {
    /// The player of a level, a little stouter than it is, so that what the search passes the player passes.
    pub fn of(layout: &Layout) -> Self {
        let (tile_m, rules): (f64, &Rules) = (layout.grid.tile_m, &layout.rules);
        Self {
            radius_m: 0.33 * tile_m,
            height_m: 0.93 * tile_m,
            speed_mps: rules.player.abilities().speed_mps,
            gravity_mps2: rules.gravity_mps2,
            jump_m: rules.jump_m,
        }
    }

    /// Where a leap from the middle of a cell comes to an end, with the cells that the middle passes; `None`
    /// where it ends in harm, outside, or not at all.
    pub fn fly(
        &self,
        layout: &Layout,
        is_blocked: &dyn Fn(Cell) -> bool,
        from: Cell,
        leap: &Leap,
    ) -> Option<(Cell, Vec<Cell>)> {
        let [coarse, fine] = STEPS_S;
        let (end, passed) = self.fly_by(layout, is_blocked, from, leap, coarse)?;
        let (again, _) = self.fly_by(layout, is_blocked, from, leap, fine)?;
        (end == again).then_some((end, passed))
    }

    fn fly_by(
        &self,
        layout: &Layout,
        is_blocked: &dyn Fn(Cell) -> bool,
        from: Cell,
        leap: &Leap,
        step_s: f64,
    ) -> Option<(Cell, Vec<Cell>)> {
        let grid = &layout.grid;
        let [mut x, mid] = grid.center(from);
        let mut z = mid - grid.tile_m / 2.0;
        let mut rise = if leap.is_jump {
            (2.0 * self.gravity_mps2 * self.jump_m).sqrt()
        } else {
            0.0
        };
        let mut passed = vec![from];
        let mut time_s = 0.0;
        let floor_of_start = z;
        while time_s < LONGEST_S {
            time_s += step_s;
            let vx = leap.steer(x, z, rise, self.speed_mps, step_s);
            x = self.slide(grid, is_blocked, x, z, vx * step_s);
            let way = rise * step_s - 0.5 * self.gravity_mps2 * step_s * step_s;
            rise = (rise - self.gravity_mps2 * step_s).max(-25.0);
            // One lets go only of what one stands on or hangs on at first.
            let drops = leap.drops && z > floor_of_start - 0.6 * grid.tile_m;
            let (next, is_stopped) = self.lift(grid, is_blocked, x, z, way, drops);
            z = next;
            let cell = grid.at([x, z + self.height_m / 2.0]);
            if passed.last() != Some(&cell) {
                passed.push(cell);
            }
            let is_out = grid.index(cell).is_none() && z < 0.0;
            let toes = grid.tile(grid.at([x, z + 0.1 * grid.tile_m]));
            if is_out || grid.tile(cell).is_hazard() || toes.is_hazard() {
                return None;
            }
            if is_stopped {
                if way <= 0.0 {
                    let is_there = (x - leap.target_x_m).abs() < 0.05 * grid.tile_m;
                    if is_there {
                        return Some((cell, passed));
                    }
                    // On the ground before it is there: it walks on, and falls again at an edge.
                    if leap.steer(x, z, 0.0, self.speed_mps, step_s) == 0.0 {
                        return None;
                    }
                }
                rise = 0.0;
            }
            // A rope or ladder that one falls onto is held on to.
            let is_hold = grid.tile(cell) == Tile::Rope && rise <= 0.0 && !drops && cell != from;
            if is_hold && (x - leap.target_x_m).abs() < 0.05 * grid.tile_m {
                return Some((cell, passed));
            }
        }
        None
    }

    /// Whether the body at a point overlaps with what is blocked.
    fn is_hit(&self, grid: &Grid, is_blocked: &dyn Fn(Cell) -> bool, x: f64, z: f64) -> bool {
        let low = grid.at([x - self.radius_m, z + 1e-6]);
        let high = grid.at([x + self.radius_m, z + self.height_m]);
        let is_side = |c: Cell| c.column < 0 || c.column >= grid.columns() as i32;
        (high.row..=low.row).any(|row| {
            (low.column..=high.column).any(|column| {
                let cell = Cell::new(column, row);
                is_side(cell) || (grid.index(cell).is_some() && is_blocked(cell))
            })
        })
    }

    fn slide(
        &self,
        grid: &Grid,
        is_blocked: &dyn Fn(Cell) -> bool,
        x: f64,
        z: f64,
        way: f64,
    ) -> f64 {
        let mut at = x;
        let parts = (way.abs() / (0.2 * grid.tile_m)).ceil().max(1.0);
        for _ in 0..parts as usize {
            let next = at + way / parts;
            if self.is_hit(grid, is_blocked, next, z) {
                break;
            }
            at = next;
        }
        at
    }

    /// The height after a way up or down, and whether something stopped it.
    fn lift(
        &self,
        grid: &Grid,
        is_blocked: &dyn Fn(Cell) -> bool,
        x: f64,
        z: f64,
        way: f64,
        drops: bool,
    ) -> (f64, bool) {
        let mut at = z;
        let parts = (way.abs() / (0.2 * grid.tile_m)).ceil().max(1.0);
        for _ in 0..parts as usize {
            let next = at + way / parts;
            if self.is_hit(grid, is_blocked, x, next) {
                if way <= 0.0 {
                    // Down onto the cell's upper edge.
                    let row_m = (at / grid.tile_m + 1e-6).floor() * grid.tile_m;
                    return (row_m.min(at), true);
                }
                return (at, true);
            }
            if way < 0.0 && !drops {
                let edge = (at / grid.tile_m + 1e-6).floor() * grid.tile_m;
                let is_crossed = at >= edge - 1e-6 && next < edge;
                if is_crossed && self.is_on_ledge(grid, x, edge) {
                    return (edge, true);
                }
            }
            at = next;
        }
        (at, false)
    }

    /// Whether a ledge lies right below a height.
    fn is_on_ledge(&self, grid: &Grid, x: f64, edge: f64) -> bool {
        let toes = [x - self.radius_m, x, x + self.radius_m];
        toes.iter().any(|x| {
            let cell = grid.at([*x, edge - 0.1 * grid.tile_m]);
            let above = grid.tile(cell.neighbour(Direction::North));
            match grid.tile(cell) {
                Tile::Platform => true,
                Tile::Ladder => !above.is_climbable() && !above.is_solid(),
                _ => false,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{Goal, Level, View};

    fn layout(rows: &[&str]) -> Layout {
        let mut level = Level::of_rows("t", rows, vec![Goal::Crates]);
        level.view = View::Side;
        level.layout().expect("a layout")
    }

    fn fly(layout: &Layout, from: Cell, column: i32, is_jump: bool) -> Option<Cell> {
        let blocked = |c: Cell| layout.grid.tile(c).is_solid();
        let leap = Leap {
            is_jump,
            drops: false,
            target_x_m: layout.grid.center(Cell::new(column, 0))[0],
            steer_above_m: 0.0,
        };
        let flown = Mover::of(layout).fly(layout, &blocked, from, &leap);
        flown.map(|(cell, _)| cell)
    }

    #[test]
    fn a_gap_is_jumped_or_fallen_into() {
        let layout = layout(&["........", "........", "........", "@.......", "##...###"]);
        assert_eq!(
            fly(&layout, Cell::new(1, 3), 5, true),
            Some(Cell::new(5, 3))
        );
        assert_eq!(fly(&layout, Cell::new(1, 3), 3, false), None);
    }

    #[test]
    fn a_jump_is_as_high_as_it_is() {
        // 2.3 cells: onto two, not onto three.
        let two = layout(&["....", "....", "..#.", "@.#.", "####"]);
        let three = layout(&["....", "..#.", "..#.", "@.#.", "####"]);
        let up = |layout: &Layout| {
            let blocked = |c: Cell| layout.grid.tile(c).is_solid();
            let leap = Leap {
                is_jump: true,
                drops: false,
                target_x_m: 2.5,
                steer_above_m: 3.02,
            };
            let flown = Mover::of(layout).fly(layout, &blocked, Cell::new(1, 3), &leap);
            flown.map(|(cell, _)| cell)
        };
        assert_eq!(up(&two), Some(Cell::new(2, 1)));
        assert_eq!(up(&three), None);
    }

    #[test]
    fn posts_are_where_one_stands_or_hangs() {
        let layout = layout(&["@...", "#H--", ".H..", "####"]);
        let blocked = |c: Cell| layout.grid.tile(c).is_solid();
        let cells: Vec<(i32, i32)> = posts(&layout, blocked)
            .iter()
            .map(|p| (p.cell.column, p.cell.row))
            .collect();
        assert_eq!(
            cells,
            [
                (0, 0),
                (1, 0),
                (1, 1),
                (2, 1),
                (3, 1),
                (0, 2),
                (1, 2),
                (2, 2),
                (3, 2)
            ]
        );
    }
}
