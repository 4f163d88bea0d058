//! The navigation mesh: rectangles of walkable cells and the portals between them.

use pathfinding::prelude::astar;
use sim::math;

use super::funnel;
use crate::level::{Cell, CellBlock, Grid, merge_cells};

/// What two rectangles share.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Portal {
    /// The rectangle that it leads to.
    pub to: usize,
    /// Its ends in the level's plane, left and right as seen from the rectangle that has it, metres.
    pub ends_m: ([f64; 2], [f64; 2]),
}

/// Rectangles of cells that can be walked, none overlapping another.
#[derive(Clone, Debug)]
pub struct NavMesh {
    grid: Grid,
    blocks: Vec<CellBlock>,
    /// Index into `blocks` and one more for each cell of the grid, 0 where none walks.
    block_of: Vec<u32>,
    portals: Vec<Vec<Portal>>,
}

impl NavMesh {
    /// The mesh of the cells that `is_walkable` names; the tiles of `grid` are not looked at.
    pub fn new(grid: &Grid, is_walkable: impl Fn(Cell) -> bool) -> Self {
        let blocks = merge_cells(grid, is_walkable);
        let mut block_of = vec![0; grid.columns() * grid.rows()];
        for (number, block) in blocks.iter().enumerate() {
            for row in 0..block.rows {
                for column in 0..block.columns {
                    let cell = Cell::new(block.first.column + column, block.first.row + row);
                    if let Some(slot) = grid.index(cell).and_then(|i| block_of.get_mut(i)) {
                        *slot = number as u32 + 1;
                    }
                }
            }
        }
        let mut mesh = Self {
            grid: grid.clone(),
            portals: vec![Vec::new(); blocks.len()],
            blocks,
            block_of,
        };
        for number in 0..mesh.blocks.len() {
            let found = mesh.portals_of(number);
            if let Some(slot) = mesh.portals.get_mut(number) {
                *slot = found;
            }
        }
        mesh
    }

    /// Its rectangles.
    pub fn blocks(&self) -> &[CellBlock] {
        &self.blocks
    }

    /// The portals out of a rectangle.
    pub fn portals(&self, block: usize) -> &[Portal] {
        self.portals.get(block).map_or(&[], Vec::as_slice)
    }

    /// The rectangle that a cell lies in.
    pub fn block_at(&self, cell: Cell) -> Option<usize> {
        let index = self.grid.index(cell)?;
        let number = *self.block_of.get(index)?;
        (number as usize).checked_sub(1)
    }

    /// Runs of cells along the four sides of a rectangle that belong to one other rectangle.
    fn portals_of(&self, number: usize) -> Vec<Portal> {
        let Some(block) = self.blocks.get(number) else {
            return Vec::new();
        };
        let (c, r) = (block.first.column, block.first.row);
        let (w, h) = (block.columns, block.rows);
        // First cell outside, step along the side, length; ends are ordered so that left is left.
        let sides = [
            ((c + w, r), (0, 1), h),
            ((c - 1, r), (0, 1), h),
            ((c, r - 1), (1, 0), w),
            ((c, r + h), (1, 0), w),
        ];
        let mut portals: Vec<Portal> = Vec::new();
        for (side, ((column, row), (dc, dr), length)) in sides.into_iter().enumerate() {
            let other = |k: i32| self.block_at(Cell::new(column + k * dc, row + k * dr));
            let mut k = 0;
            while k < length {
                let Some(to) = other(k) else {
                    k += 1;
                    continue;
                };
                let from = k;
                while k < length && other(k) == Some(to) {
                    k += 1;
                }
                portals.push(Portal {
                    to,
                    ends_m: self.ends(block, side, from, k),
                });
            }
        }
        portals
    }

    /// Ends (left, right) of the part `from..to` of a side: 0 east, 1 west, 2 north, 3 south.
    fn ends(&self, block: &CellBlock, side: usize, from: i32, to: i32) -> ([f64; 2], [f64; 2]) {
        let (low, high) = block.bounds(&self.grid);
        let t = self.grid.tile_m;
        let (a, b) = (f64::from(from) * t, f64::from(to) * t);
        match side {
            // Rows go down, so that a side's first cells are its upper ones.
            0 => ([high[0], high[1] - a], [high[0], high[1] - b]),
            1 => ([low[0], high[1] - b], [low[0], high[1] - a]),
            2 => ([low[0] + a, high[1]], [low[0] + b, high[1]]),
            _ => ([low[0] + b, low[1]], [low[0] + a, low[1]]),
        }
    }

    /// The nearest walkable point, metres: the point itself where its cell is walkable, else the middle of the
    /// nearest cell about it.
    pub fn nearest(&self, point_m: [f64; 2]) -> Option<[f64; 2]> {
        let cell = self.grid.at(point_m);
        if self.block_at(cell).is_some() {
            return Some(point_m);
        }
        let around = (-2..=2).flat_map(|r| (-2..=2).map(move |c| (c, r)));
        let near = around.filter_map(|(c, r)| {
            let other = Cell::new(cell.column + c, cell.row + r);
            let center = self.grid.center(other);
            let far = math::hypot(center[0] - point_m[0], center[1] - point_m[1]);
            self.block_at(other).map(|_| (center, far))
        });
        near.min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(center, _)| center)
    }

    /// The way for somebody of a radius from one point to another as corners, the last one being `to_m`
    /// (metres); `None` where there is none. The start is left out.
    pub fn path(&self, from_m: [f64; 2], to_m: [f64; 2], radius_m: f64) -> Option<Vec<[f64; 2]>> {
        let (from, to) = (self.nearest(from_m)?, self.nearest(to_m)?);
        let first = self.block_at(self.grid.at(from))?;
        let last = self.block_at(self.grid.at(to))?;
        let blocks = self.block_path(from, to, first, last)?;
        let margin = (radius_m * 1.25).min(0.45 * self.grid.tile_m);
        let mut portals = Vec::with_capacity(blocks.len());
        let mut at = from;
        for pair in blocks.windows(2) {
            let [a, b] = *pair else { continue };
            // Two rectangles may share no more than one run of cells, but for sides that face: take the nearest.
            let shared = self.portals(a).iter().filter(|p| p.to == b);
            let portal = shared.min_by(|p, q| far(middle(p), at).total_cmp(&far(middle(q), at)))?;
            at = middle(portal);
            portals.push(narrowed(portal.ends_m, margin));
        }
        let mut way = funnel::pull(from, to, &portals);
        if from != from_m {
            way.insert(0, from);
        }
        Some(way)
    }

    /// Length of the way, metres.
    pub fn distance(&self, from_m: [f64; 2], to_m: [f64; 2], radius_m: f64) -> Option<f64> {
        let way = self.path(from_m, to_m, radius_m)?;
        let mut at = from_m;
        Some(
            way.into_iter()
                .map(|p| far(std::mem::replace(&mut at, p), p))
                .sum(),
        )
    }

    /// Rectangles from first to last, by A* over the middles of portals.
    fn block_path(
        &self,
        from: [f64; 2],
        to: [f64; 2],
        first: usize,
        last: usize,
    ) -> Option<Vec<usize>> {
        // A node is a rectangle and the portal by which it was entered; lengths in millimetres order exactly.
        let millimetres = |a, b| (far(a, b) * 1000.0).round() as u64;
        let place = |node: &(usize, Option<(usize, usize)>)| {
            let entered = node.1.and_then(|(block, k)| self.portals(block).get(k));
            entered.map_or(from, middle)
        };
        let (nodes, _) = astar(
            &(first, None),
            |node| {
                let (block, at) = (node.0, place(node));
                let ways = self.portals(block).iter().enumerate();
                let ways = ways.map(move |(k, portal)| {
                    let cost = millimetres(at, middle(portal)).max(1);
                    ((portal.to, Some((block, k))), cost)
                });
                ways.collect::<Vec<_>>()
            },
            |node| millimetres(place(node), to) / 2,
            |node| node.0 == last,
        )?;
        Some(nodes.into_iter().map(|node| node.0).collect())
    }
}

fn far(a: [f64; 2], b: [f64; 2]) -> f64 {
    math::hypot(a[0] - b[0], a[1] - b[1])
}

fn middle(portal: &Portal) -> [f64; 2] {
    let (l, r) = portal.ends_m;
    [(l[0] + r[0]) / 2.0, (l[1] + r[1]) / 2.0]
}

/// A portal with its ends moved inwards.
fn narrowed((l, r): ([f64; 2], [f64; 2]), margin: f64) -> ([f64; 2], [f64; 2]) {
    let length = far(l, r).max(1e-9);
    let part = (margin / length).min(0.5);
    let mix = |a: [f64; 2], b: [f64; 2]| [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
    (mix(l, r), mix(r, l))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{Goal, Level};

    fn mesh(rows: &[&str]) -> (NavMesh, Grid) {
        let level = Level::of_rows("t", rows, vec![Goal::Crates]);
        let grid = level.layout().expect("a layout").grid;
        (NavMesh::new(&grid, |c| !grid.tile(c).is_solid()), grid)
    }

    #[test]
    fn an_open_room_is_one_rectangle_and_a_straight_way() {
        let (mesh, grid) = mesh(&["@....", ".....", "....."]);
        assert_eq!(mesh.blocks().len(), 1);
        let to = grid.center(Cell::new(4, 2));
        assert_eq!(mesh.path([0.5, 2.5], to, 0.3), Some(vec![to]));
    }

    #[test]
    fn a_way_about_a_wall_keeps_its_distance() {
        let (mesh, grid) = mesh(&["#######", "#@.#..#", "#..#..#", "#.....#", "#######"]);
        let (from, to) = (grid.center(Cell::new(1, 1)), grid.center(Cell::new(5, 1)));
        let way = mesh.path(from, to, 0.3).expect("a way");
        let length = mesh.distance(from, to, 0.3).expect("a way");
        assert!((4.0..7.0).contains(&length), "{length}: {way:?}");
        // About the wall's end, whose corners lie at (3, 2) and (4, 2).
        for corner in &way {
            assert!(
                far(*corner, [3.0, 2.0]) > 0.25 && far(*corner, [4.0, 2.0]) > 0.25,
                "{way:?}"
            );
        }
    }

    #[test]
    fn every_pair_of_cells_has_a_way_through_walkable_cells() {
        let (mesh, grid) = mesh(&[
            "#########",
            "#@..#...#",
            "#.#.#.#.#",
            "#.#...#.#",
            "#.####..#",
            "#.......#",
            "#########",
        ]);
        let cells: Vec<Cell> = grid
            .cells()
            .filter(|c| mesh.block_at(*c).is_some())
            .collect();
        for a in &cells {
            for b in &cells {
                let (from, to) = (grid.center(*a), grid.center(*b));
                let way = mesh.path(from, to, 0.3).expect("all are joined");
                assert_eq!(way.last(), Some(&to));
                let mut at = from;
                for corner in way {
                    for k in 0..=20 {
                        let part = f64::from(k) / 20.0;
                        let p = [
                            at[0] + (corner[0] - at[0]) * part,
                            at[1] + (corner[1] - at[1]) * part,
                        ];
                        assert!(mesh.block_at(grid.at(p)).is_some(), "{a} to {b} at {p:?}");
                    }
                    at = corner;
                }
            }
        }
    }

    #[test]
    fn what_is_walled_off_has_no_way() {
        let (mesh, grid) = mesh(&["@.#."]);
        assert_eq!(
            mesh.path([0.5, 0.5], grid.center(Cell::new(3, 0)), 0.3),
            None
        );
    }
}
