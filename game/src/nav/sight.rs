//! What can be seen and heard from where.

use sim::math;

use crate::level::{Cell, Grid};

/// Part of a sound's range that is left behind a wall.
const MUFFLED: f64 = 0.5;

/// Whether nothing opaque lies between two points of the level's plane (metres). The cells of the two points
/// themselves hide nothing. Cells are visited one by one along the line (Amanatides and Woo, 1987).
pub fn sees(
    grid: &Grid,
    is_opaque: impl Fn(Cell) -> bool,
    from_m: [f64; 2],
    to_m: [f64; 2],
) -> bool {
    let (first, last) = (grid.at(from_m), grid.at(to_m));
    let steps = first.manhattan(last);
    let (dx, dy) = (to_m[0] - from_m[0], to_m[1] - from_m[1]);
    let edge = |at: f64, d: f64| {
        // Where the line first leaves its cell, and how much of it a cell takes.
        let cell = (at / grid.tile_m).floor();
        let border = if d > 0.0 { cell + 1.0 } else { cell } * grid.tile_m;
        if d.abs() < 1e-12 {
            (f64::INFINITY, f64::INFINITY)
        } else {
            ((border - at) / d, (grid.tile_m / d).abs())
        }
    };
    let (mut next_x, step_x) = edge(from_m[0], dx);
    let (mut next_y, step_y) = edge(from_m[1], dy);
    let mut cell = first;
    for _ in 0..steps {
        if next_x < next_y {
            cell.column += if dx > 0.0 { 1 } else { -1 };
            next_x += step_x;
        } else {
            cell.row += if dy > 0.0 { -1 } else { 1 };
            next_y += step_y;
        }
        if cell == last {
            return true;
        }
        if is_opaque(cell) {
            return false;
        }
    }
    true
}

/// Whether a sound that carries `radius_m` in the open is heard by somebody who hears it over `hearing` times
/// that; behind a wall it carries half as far.
pub fn hears(
    grid: &Grid,
    is_opaque: impl Fn(Cell) -> bool,
    [sound_m, listener_m]: [[f64; 2]; 2],
    radius_m: f64,
    hearing: f64,
) -> bool {
    let far = math::hypot(sound_m[0] - listener_m[0], sound_m[1] - listener_m[1]);
    let range = radius_m * hearing;
    far <= range * MUFFLED || (far <= range && sees(grid, is_opaque, sound_m, listener_m))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::Tile;

    fn room() -> Grid {
        // A wall at column 2, open in the bottom row.
        let mut grid = Grid::filled(5, 4, Tile::Floor, 1.0);
        for row in 0..3 {
            grid.set(Cell::new(2, row), Tile::Wall);
        }
        grid
    }

    #[test]
    fn walls_hide_and_openings_do_not() {
        let grid = room();
        let see = |a, b| sees(&grid, |c| grid.tile(c).is_solid(), a, b);
        assert!(!see([0.5, 3.5], [4.5, 3.5]));
        assert!(see([0.5, 0.5], [4.5, 0.5]));
        assert!(see([0.5, 3.5], [1.5, 0.5]));
        assert!(!see([0.5, 2.5], [4.5, 0.6]));
        assert!(see([0.5, 0.5], [0.5, 0.5]));
    }

    #[test]
    fn sight_is_the_same_both_ways() {
        let grid = room();
        let see = |a, b| sees(&grid, |c| grid.tile(c).is_solid(), a, b);
        for (i, j) in (0..20).flat_map(|i| (0..20).map(move |j| (i, j))) {
            let a = grid.center(grid.cell(i));
            let b = grid.center(grid.cell(j));
            if grid.tile(grid.cell(i)).is_solid() || grid.tile(grid.cell(j)).is_solid() {
                continue;
            }
            // Off the lattice, where no line goes through a corner.
            let (a, b) = ([a[0] + 0.013, a[1] + 0.029], [b[0] - 0.017, b[1] + 0.007]);
            assert_eq!(see(a, b), see(b, a), "{a:?} {b:?}");
        }
    }

    #[test]
    fn walls_muffle() {
        let grid = room();
        let hear = |radius| {
            let opaque = |c: Cell| grid.tile(c).is_solid();
            hears(&grid, opaque, [[0.5, 3.5], [4.5, 3.5]], radius, 1.0)
        };
        assert!(!hear(5.0) && hear(8.0));
        let open = |c: Cell| c.row > 100;
        assert!(hears(&grid, open, [[0.5, 3.5], [4.5, 3.5]], 5.0, 1.0));
    }
}
