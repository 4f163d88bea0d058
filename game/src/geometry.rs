//! A level as triangles with a material each, in chunks that are rebuilt by themselves where a tile changes.
//!
//! Only what never moves is in it: crates, doors, switches, items and characters are actors, and a viewer
//! draws those where their states say they are.

use serde::{Deserialize, Serialize};

use crate::level::{Cell, Direction, Layout, Tile, View, merge_cells};
use crate::world::WALL_CELLS;

/// Edge of a chunk, cells.
pub const CHUNK_CELLS: usize = 16;
/// How far pits go down, in cells.
const PIT_CELLS: f64 = 1.0;
/// How far marks lie above floors, in cells.
const MARK_CELLS: f64 = 0.02;
/// Height of spikes, in cells.
const SPIKE_CELLS: f64 = 0.35;

/// What a triangle is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Material {
    /// Floor, from the side the wall behind the air.
    Floor,
    /// Upper side of walls, or their front from the side.
    WallTop,
    /// Sides of walls and pits.
    WallSide,
    /// Where a crate is to stand.
    Target,
    /// Spikes.
    Spikes,
    /// Lava.
    Lava,
    /// Bottom of a pit.
    Pit,
    /// Mud.
    Mud,
    /// A ledge, from the side.
    Platform,
    /// A ladder.
    Ladder,
    /// A rope.
    Rope,
    /// A place that a goal names.
    Goal,
}

/// Triangles; the corners go counter-clockwise as seen from outside.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Triangles {
    /// Corners in the world, metres.
    pub vertices_m: Vec<[f64; 3]>,
    /// Three corners and a material each.
    pub triangles: Vec<([u32; 3], Material)>,
}

impl Triangles {
    /// Adds a flat four-cornered face.
    fn quad(&mut self, corners: [[f64; 3]; 4], material: Material) {
        let first = self.vertices_m.len() as u32;
        self.vertices_m.extend(corners);
        for [b, c] in [[1, 2], [2, 3]] {
            self.triangles
                .push(([first, first + b, first + c], material));
        }
    }

    /// Area of all triangles of a material, m².
    pub fn area_m2(&self, material: Material) -> f64 {
        let of = self.triangles.iter().filter(|(_, m)| *m == material);
        of.map(|(corners, _)| {
            let [a, b, c] =
                corners.map(|i| self.vertices_m.get(i as usize).copied().unwrap_or_default());
            let [u, v] = [b, c].map(|p| [p[0] - a[0], p[1] - a[1], p[2] - a[2]]);
            let n = [
                u[1] * v[2] - u[2] * v[1],
                u[2] * v[0] - u[0] * v[2],
                u[0] * v[1] - u[1] * v[0],
            ];
            0.5 * (n[0] * n[0] + n[1] * n[1] + n[2] * n[2]).sqrt()
        })
        .sum()
    }
}

/// The meshes of a level, chunk by chunk.
#[derive(Clone, Debug, PartialEq)]
pub struct LevelMesh {
    columns: usize,
    chunks: Vec<Triangles>,
}

impl LevelMesh {
    /// The meshes of all chunks.
    pub fn new(layout: &Layout) -> Self {
        let columns = layout.grid.columns().div_ceil(CHUNK_CELLS);
        let rows = layout.grid.rows().div_ceil(CHUNK_CELLS);
        let chunks = (0..columns * rows).map(|i| chunk(layout, i % columns, i / columns));
        Self {
            columns,
            chunks: chunks.collect(),
        }
    }

    /// All chunks, row by row.
    pub fn chunks(&self) -> &[Triangles] {
        &self.chunks
    }

    /// Makes the chunks anew that the tile of a cell, which has changed in `layout`, can be seen in; their
    /// numbers.
    pub fn rebuild(&mut self, layout: &Layout, cell: Cell) -> Vec<usize> {
        let around = Direction::ALL.map(|d| cell.neighbour(d));
        let cells = std::iter::once(cell).chain(around);
        let mut numbers: Vec<usize> = cells
            .filter(|c| layout.grid.index(*c).is_some())
            .map(|c| {
                let (column, row) = (c.column as usize, c.row as usize);
                (row / CHUNK_CELLS) * self.columns + column / CHUNK_CELLS
            })
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in &numbers {
            let columns = self.columns.max(1);
            if let Some(slot) = self.chunks.get_mut(*number) {
                *slot = chunk(layout, number % columns, number / columns);
            }
        }
        numbers
    }
}

/// All triangles of a level in one.
pub fn triangles(layout: &Layout) -> Triangles {
    let mut all = Triangles::default();
    for chunk in LevelMesh::new(layout).chunks {
        let first = all.vertices_m.len() as u32;
        all.vertices_m.extend(chunk.vertices_m);
        let moved = chunk.triangles.into_iter();
        all.triangles
            .extend(moved.map(|(c, m)| (c.map(|i| i + first), m)));
    }
    all
}

/// What is drawn flat in a cell, and how deep it lies in cells.
fn flat(layout: &Layout, cell: Cell) -> Option<(Material, f64)> {
    let tile = layout.grid.tile(cell);
    Some(match (layout.view, tile) {
        (_, Tile::Void) => return None,
        (_, Tile::Wall) => (Material::WallTop, 0.0),
        (View::Top, Tile::Lava) => (Material::Lava, 0.1),
        (View::Top, Tile::Pit) => (Material::Pit, PIT_CELLS),
        (View::Top, Tile::Mud) => (Material::Mud, 0.0),
        (View::Top, Tile::Target) => (Material::Target, 0.0),
        (View::Top, Tile::Spikes) => (Material::Floor, 0.0),
        (View::Top, _) => (Material::Floor, 0.0),
        (View::Side, Tile::Lava) => (Material::Lava, 0.1),
        (View::Side, _) => (Material::Floor, 0.0),
    })
}

fn chunk(layout: &Layout, column: usize, row: usize) -> Triangles {
    let from = (column * CHUNK_CELLS, row * CHUNK_CELLS);
    let is_in = |cell: Cell| {
        let (c, r) = (cell.column as usize, cell.row as usize);
        (from.0..from.0 + CHUNK_CELLS).contains(&c) && (from.1..from.1 + CHUNK_CELLS).contains(&r)
    };
    let mut mesh = Triangles::default();
    // Neighbours that look the same share a face.
    let all: Vec<Cell> = layout.grid.cells().filter(|c| is_in(*c)).collect();
    let mut kinds: Vec<(Material, f64)> = all.iter().filter_map(|c| flat(layout, *c)).collect();
    kinds.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    kinds.dedup();
    for kind in kinds {
        let is_kind = |cell| is_in(cell) && flat(layout, cell) == Some(kind);
        for block in merge_cells(&layout.grid, is_kind) {
            let (low, high) = block.bounds(&layout.grid);
            face(&mut mesh, layout, (low, high), kind);
        }
    }
    for cell in all {
        sides(&mut mesh, layout, cell);
        details(&mut mesh, layout, cell);
    }
    mesh
}

/// Point of the level's plane at a height over it: up from above, towards the viewer from the side.
fn point(layout: &Layout, [x, y]: [f64; 2], height: f64) -> [f64; 3] {
    match layout.view {
        View::Top => [x, y, height],
        View::Side => [x, layout.grid.tile_m - height, y],
    }
}

fn rectangle(layout: &Layout, low: [f64; 2], high: [f64; 2], height: f64) -> [[f64; 3]; 4] {
    let corners = [low, [high[0], low[1]], high, [low[0], high[1]]];
    corners.map(|corner| point(layout, corner, height))
}

fn wall_height(layout: &Layout) -> f64 {
    let cells = match layout.view {
        View::Top => WALL_CELLS,
        View::Side => 1.0,
    };
    cells * layout.grid.tile_m
}

fn face(
    mesh: &mut Triangles,
    layout: &Layout,
    (low, high): ([f64; 2], [f64; 2]),
    (material, depth): (Material, f64),
) {
    let height = if material == Material::WallTop {
        wall_height(layout)
    } else if material == Material::Lava && layout.view == View::Side {
        (1.0 - depth) * layout.grid.tile_m
    } else {
        -depth * layout.grid.tile_m
    };
    mesh.quad(rectangle(layout, low, high, height), material);
}

/// Upright faces of walls towards what is no wall, and of pits towards what is none.
fn sides(mesh: &mut Triangles, layout: &Layout, cell: Cell) {
    let tile = layout.grid.tile(cell);
    let is_top = layout.view == View::Top;
    let span = match tile {
        Tile::Wall => (0.0, wall_height(layout)),
        Tile::Pit if is_top => (-PIT_CELLS * layout.grid.tile_m, 0.0),
        _ => return,
    };
    let [x, y] = layout.grid.center(cell);
    let half = layout.grid.tile_m / 2.0;
    for direction in Direction::ALL {
        let other = layout.grid.tile(cell.neighbour(direction));
        if other == tile || (tile == Tile::Pit && other == Tile::Wall) {
            continue;
        }
        let [dx, dy] = direction.vector();
        // The edge on that side, counter-clockwise about the cell.
        let a = [x + (dx + dy) * half, y + (dy - dx) * half];
        let b = [x + (dx - dy) * half, y + (dy + dx) * half];
        let (a, b) = if tile == Tile::Pit { (b, a) } else { (a, b) };
        let corners = [(a, span.0), (b, span.0), (b, span.1), (a, span.1)];
        mesh.quad(
            corners.map(|(p, h)| point(layout, p, h)),
            Material::WallSide,
        );
    }
}

/// Spikes, ledges, ladders, ropes, and marks of goals.
fn details(mesh: &mut Triangles, layout: &Layout, cell: Cell) {
    let t = layout.grid.tile_m;
    let [x, y] = layout.grid.center(cell);
    let h = t / 2.0;
    let is_side = layout.view == View::Side;
    match layout.grid.tile(cell) {
        Tile::Spikes if !is_side => {
            let tip = [x, y, SPIKE_CELLS * t];
            let base = rectangle(
                layout,
                [x - 0.8 * h, y - 0.8 * h],
                [x + 0.8 * h, y + 0.8 * h],
                0.0,
            );
            pyramid(mesh, base, tip);
        }
        Tile::Spikes => {
            let foot = y - h;
            let corner = |px: f64, depth: f64| [px, t * depth, foot];
            let base = [
                corner(x - 0.8 * h, 0.1),
                corner(x + 0.8 * h, 0.1),
                corner(x + 0.8 * h, 0.9),
                corner(x - 0.8 * h, 0.9),
            ];
            pyramid(mesh, base, [x, h, foot + SPIKE_CELLS * t]);
        }
        Tile::Platform if is_side => {
            let low = [x - h, y + h - 0.1 * t];
            mesh.quad(
                rectangle(layout, low, [x + h, y + h], 0.8 * t),
                Material::Platform,
            );
        }
        Tile::Ladder if is_side => {
            let (low, high) = ([x - 0.3 * t, y - h], [x + 0.3 * t, y + h]);
            mesh.quad(
                rectangle(layout, low, high, MARK_CELLS * t),
                Material::Ladder,
            );
        }
        Tile::Rope if is_side => {
            let (low, high) = ([x - h, y + h - 0.08 * t], [x + h, y + h]);
            mesh.quad(rectangle(layout, low, high, 0.5 * t), Material::Rope);
        }
        _ => {}
    }
    let is_goal = layout.goals.iter().any(|goal| {
        matches!(goal, crate::level::Goal::Reach(name) if layout.place(name).contains(&cell))
    });
    if is_goal {
        let (low, high) = ([x - 0.7 * h, y - 0.7 * h], [x + 0.7 * h, y + 0.7 * h]);
        mesh.quad(rectangle(layout, low, high, MARK_CELLS * t), Material::Goal);
    }
}

fn pyramid(mesh: &mut Triangles, base: [[f64; 3]; 4], tip: [f64; 3]) {
    let first = mesh.vertices_m.len() as u32;
    mesh.vertices_m.extend(base);
    mesh.vertices_m.push(tip);
    for k in 0..4 {
        let corners = [first + k, first + (k + 1) % 4, first + 4];
        mesh.triangles.push((corners, Material::Spikes));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{Goal, Level};

    fn layout(view: View) -> Layout {
        let rows = ["######", "#@.^~#", "#._%E#", "######"];
        let mut level = Level::of_rows("t", &rows, vec![Goal::Reach("exit".into())]);
        level.view = view;
        level.tile_m = 2.0;
        level.layout().expect("a layout")
    }

    #[test]
    fn areas_are_those_of_the_tiles() {
        let mesh = triangles(&layout(View::Top));
        let area = |material| mesh.area_m2(material);
        assert!((area(Material::Floor) - 5.0 * 4.0).abs() < 1e-9);
        assert!((area(Material::WallTop) - 16.0 * 4.0).abs() < 1e-9);
        assert!((area(Material::Pit) - 4.0).abs() < 1e-9);
        // Inside 12 edges, outside 20, each 2 m long and 4 m high; the pit has 3 edges of 2 m depth.
        assert!((area(Material::WallSide) - 32.0 * 8.0 - 3.0 * 4.0).abs() < 1e-9);
        assert!(area(Material::Goal) > 0.0 && area(Material::Spikes) > 0.0);
    }

    #[test]
    fn faces_of_walls_look_outwards() {
        let layout = Level::of_rows("t", &["...", ".#.", "..@"], vec![Goal::Crates]).layout();
        let mesh = triangles(&layout.expect("a layout"));
        let middle = [1.5, 1.5, 1.0];
        for (corners, material) in &mesh.triangles {
            if !matches!(material, Material::WallSide | Material::WallTop) {
                continue;
            }
            let [a, b, c] = corners.map(|i| mesh.vertices_m[i as usize]);
            let sub = |p: [f64; 3], q: [f64; 3]| [p[0] - q[0], p[1] - q[1], p[2] - q[2]];
            let (u, v, out) = (sub(b, a), sub(c, a), sub(a, middle));
            let n = [
                u[1] * v[2] - u[2] * v[1],
                u[2] * v[0] - u[0] * v[2],
                u[0] * v[1] - u[1] * v[0],
            ];
            assert!(
                n[0] * out[0] + n[1] * out[1] + n[2] * out[2] > 0.0,
                "{a:?} {b:?} {c:?}"
            );
        }
    }

    #[test]
    fn rebuilt_chunks_are_those_of_the_changed_level() {
        let rows = vec!["#@.....................................#"; 1];
        let more = vec!["#......................................#"; 39];
        let all: Vec<&str> = rows.into_iter().chain(more).collect();
        let level = Level::of_rows("t", &all, vec![Goal::Crates]);
        let mut layout = level.layout().expect("a layout");
        let mut mesh = LevelMesh::new(&layout);
        for (column, row, chunks) in [(20, 20, 1), (15, 20, 2), (16, 16, 3)] {
            let cell = Cell::new(column, row);
            layout.grid.set(cell, Tile::Wall);
            let rebuilt = mesh.rebuild(&layout, cell);
            assert_eq!(rebuilt.len(), chunks, "{cell}");
            assert_eq!(mesh, LevelMesh::new(&layout));
        }
        let side = triangles(&self::layout(View::Side));
        assert!(side.area_m2(Material::WallTop) > 0.0 && side.area_m2(Material::Lava) > 0.0);
    }
}
