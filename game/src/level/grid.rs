//! Cells in rows and columns, and where they lie in the world.

use serde::{Deserialize, Serialize};

use super::Tile;

/// A cell: column from the left, row from the top.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct Cell {
    /// From the left, 0 first.
    pub column: i32,
    /// From the top, 0 first.
    pub row: i32,
}

/// A step to a neighbour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// To the right (+x).
    East,
    /// To the row above (+y, or +z from the side).
    North,
    /// To the left (-x).
    West,
    /// To the row below.
    South,
}

impl Direction {
    /// All four.
    pub const ALL: [Self; 4] = [Self::East, Self::North, Self::West, Self::South];

    /// Columns and rows that it leads over.
    pub fn step(self) -> (i32, i32) {
        match self {
            Self::East => (1, 0),
            Self::North => (0, -1),
            Self::West => (-1, 0),
            Self::South => (0, 1),
        }
    }

    /// The unit vector in the plane of the level, rows upwards.
    pub fn vector(self) -> [f64; 2] {
        let (columns, rows) = self.step();
        [f64::from(columns), -f64::from(rows)]
    }

    /// The direction that a vector points to most, if it has a length.
    pub fn of(vector: [f64; 2]) -> Option<Self> {
        let [x, y] = vector;
        if x.abs().max(y.abs()) < 1e-9 {
            return None;
        }
        Some(match (x.abs() >= y.abs(), x > 0.0, y > 0.0) {
            (true, true, _) => Self::East,
            (true, false, _) => Self::West,
            (false, _, true) => Self::North,
            (false, _, false) => Self::South,
        })
    }
}

impl Cell {
    /// The cell of a column and row.
    pub fn new(column: i32, row: i32) -> Self {
        Self { column, row }
    }

    /// The neighbour in a direction.
    pub fn neighbour(self, direction: Direction) -> Self {
        let (columns, rows) = direction.step();
        Self::new(
            self.column.saturating_add(columns),
            self.row.saturating_add(rows),
        )
    }

    /// Steps to another cell without obstacles.
    pub fn manhattan(self, other: Self) -> u32 {
        self.column.abs_diff(other.column) + self.row.abs_diff(other.row)
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "column {}, row {}", self.column + 1, self.row + 1)
    }
}

/// The tiles of a level. The plane's x goes along the columns; its second axis goes up the rows and is
/// the world's y from above, its z from the side. (0, 0) is the lower left corner.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    columns: usize,
    rows: usize,
    tiles: Vec<Tile>,
    /// Edge of a cell, metres.
    pub tile_m: f64,
}

impl Grid {
    /// A grid full of one tile; the edge of a cell in metres.
    pub fn filled(columns: usize, rows: usize, tile: Tile, tile_m: f64) -> Self {
        Self {
            columns,
            rows,
            tiles: vec![tile; columns * rows],
            tile_m,
        }
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Extent along x and the second axis, metres.
    pub fn size_m(&self) -> [f64; 2] {
        [
            self.columns as f64 * self.tile_m,
            self.rows as f64 * self.tile_m,
        ]
    }

    /// The number of a cell, row by row, if it lies inside.
    pub fn index(&self, cell: Cell) -> Option<usize> {
        let column = usize::try_from(cell.column).ok()?;
        let row = usize::try_from(cell.row).ok()?;
        (column < self.columns && row < self.rows).then_some(row * self.columns + column)
    }

    /// The cell of a number.
    pub fn cell(&self, index: usize) -> Cell {
        let columns = self.columns.max(1);
        Cell::new((index % columns) as i32, (index / columns) as i32)
    }

    /// All cells, row by row.
    pub fn cells(&self) -> impl Iterator<Item = Cell> + '_ {
        (0..self.tiles.len()).map(|index| self.cell(index))
    }

    /// The tile of a cell; [`Tile::Void`] outside.
    pub fn tile(&self, cell: Cell) -> Tile {
        self.index(cell)
            .and_then(|index| self.tiles.get(index))
            .copied()
            .unwrap_or_default()
    }

    /// Replaces a tile; whether the cell lies inside.
    pub fn set(&mut self, cell: Cell, tile: Tile) -> bool {
        let slot = self.index(cell).and_then(|index| self.tiles.get_mut(index));
        slot.map(|slot| *slot = tile).is_some()
    }

    /// Middle of a cell in the level's plane, metres.
    pub fn center(&self, cell: Cell) -> [f64; 2] {
        let up = self.rows as f64 - f64::from(cell.row) - 0.5;
        [
            (f64::from(cell.column) + 0.5) * self.tile_m,
            up * self.tile_m,
        ]
    }

    /// The cell that a point of the plane lies in, whether inside the grid or not.
    pub fn at(&self, point_m: [f64; 2]) -> Cell {
        let whole = |v: f64| (v / self.tile_m).floor().clamp(-1e6, 1e6) as i32;
        Cell::new(whole(point_m[0]), self.rows as i32 - 1 - whole(point_m[1]))
    }
}

/// An axis-parallel block of cells, as (first cell, columns, rows).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CellBlock {
    /// Its upper left cell.
    pub first: Cell,
    /// Its columns, at least 1.
    pub columns: i32,
    /// Its rows, at least 1.
    pub rows: i32,
}

impl CellBlock {
    /// Whether a cell lies in it.
    pub fn contains(&self, cell: Cell) -> bool {
        (0..self.columns).contains(&(cell.column - self.first.column))
            && (0..self.rows).contains(&(cell.row - self.first.row))
    }

    /// Lowest and highest corner in the level's plane, metres.
    pub fn bounds(&self, grid: &Grid) -> ([f64; 2], [f64; 2]) {
        let last = Cell::new(
            self.first.column + self.columns - 1,
            self.first.row + self.rows - 1,
        );
        let half = grid.tile_m / 2.0;
        let (a, b) = (grid.center(self.first), grid.center(last));
        ([a[0] - half, b[1] - half], [b[0] + half, a[1] + half])
    }
}

/// Covers the cells that `is_in` names with few blocks that do not overlap: each as wide as can be, then as
/// high as can be. Cells are taken row by row, so that the answer depends on the cells alone.
pub fn merge_cells(grid: &Grid, is_in: impl Fn(Cell) -> bool) -> Vec<CellBlock> {
    let mut left: Vec<bool> = grid.cells().map(is_in).collect();
    let is_left = |left: &[bool], cell| {
        let index = grid.index(cell);
        index.and_then(|i| left.get(i)).copied().unwrap_or(false)
    };
    let mut blocks = Vec::new();
    for first in grid.cells() {
        if !is_left(&left, first) {
            continue;
        }
        let at = |c: i32, r: i32| Cell::new(first.column + c, first.row + r);
        let mut columns = 1;
        while is_left(&left, at(columns, 0)) {
            columns += 1;
        }
        let mut rows = 1;
        while (0..columns).all(|c| is_left(&left, at(c, rows))) {
            rows += 1;
        }
        for r in 0..rows {
            for c in 0..columns {
                if let Some(slot) = grid.index(at(c, r)).and_then(|i| left.get_mut(i)) {
                    *slot = false;
                }
            }
        }
        blocks.push(CellBlock {
            first,
            columns,
            rows,
        });
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_and_cells_are_inverse() {
        let grid = Grid::filled(7, 5, Tile::Floor, 1.5);
        for cell in grid.cells() {
            assert_eq!(grid.at(grid.center(cell)), cell);
        }
        assert_eq!(grid.at([-0.1, 0.1]), Cell::new(-1, 4));
        assert_eq!(grid.tile(Cell::new(-1, 4)), Tile::Void);
    }

    #[test]
    fn blocks_cover_each_cell_once() {
        let mut grid = Grid::filled(9, 6, Tile::Floor, 1.0);
        for (column, row) in [(1, 1), (4, 2), (4, 3), (8, 5)] {
            grid.set(Cell::new(column, row), Tile::Wall);
        }
        let is_floor = |cell| grid.tile(cell) == Tile::Floor;
        let blocks = merge_cells(&grid, is_floor);
        for cell in grid.cells() {
            let count = blocks.iter().filter(|b| b.contains(cell)).count();
            assert_eq!(count, usize::from(is_floor(cell)), "{cell}");
        }
        assert!(blocks.len() < 12, "{}", blocks.len());
    }
}
