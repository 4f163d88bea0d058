//! What stands in the way, as rapier's colliders, and its character controller among them.

use rapier3d::control::{CharacterLength, KinematicCharacterController};
use rapier3d::parry::partitioning::{Bvh, BvhBuildStrategy};
use rapier3d::parry::query::DefaultQueryDispatcher;
use rapier3d::pipeline::{QueryFilter, QueryPipeline};
use rapier3d::prelude::{
    Collider, ColliderBuilder, ColliderHandle, ColliderSet, RigidBodySet, SharedShape, Vector,
};

use crate::level::{Cell, Grid, Layout, Tile, View, merge_cells};

/// Height of walls above the floor in levels seen from above, in cells.
pub const WALL_CELLS: f64 = 2.0;
/// Gap that the controller keeps about a character, metres.
const GAP_M: f32 = 0.01;
/// Thickness of what carries from above alone, metres.
const LEDGE_M: f64 = 0.1;
/// Marks colliders that carry from above alone.
const LEDGE: u128 = 1;

/// A box along the axes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Its middle in the world, metres.
    pub center_m: [f64; 3],
    /// Half its extents, metres.
    pub half_m: [f64; 3],
}

/// What a character is to the controller: upright, its point at the middle of its base.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    /// Half its width, metres.
    pub radius_m: f64,
    /// Its height, metres.
    pub height_m: f64,
}

/// How a character got on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Walk {
    /// How far it came, metres.
    pub moved_m: [f64; 3],
    /// Whether something carries it.
    pub is_grounded: bool,
}

/// Colliders of a level: what never moves, and what does. The same blocks give the same answers, whatever was
/// there before.
#[derive(Clone)]
pub struct Arena {
    view: View,
    fixed: Vec<Collider>,
    movable: Vec<Block>,
    colliders: ColliderSet,
    bodies: RigidBodySet,
    bvh: Bvh,
}

impl std::fmt::Debug for Arena {
    /// Its tree and shapes follow from these.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Arena")
            .field("view", &self.view)
            .field("movable", &self.movable)
            .finish_non_exhaustive()
    }
}

impl Arena {
    /// The colliders of a level's tiles.
    pub fn new(layout: &Layout) -> Self {
        let mut fixed: Vec<Collider> = walls(layout).iter().map(|b| cuboid(b).build()).collect();
        let ledge = |block: &Block| cuboid(block).user_data(LEDGE).build();
        fixed.extend(ledges(layout).iter().map(ledge));
        let mut arena = Self {
            view: layout.view,
            fixed,
            movable: Vec::new(),
            colliders: ColliderSet::new(),
            bodies: RigidBodySet::new(),
            bvh: Bvh::new(),
        };
        arena.rebuild();
        arena
    }

    /// Says where crates and closed doors are; whether that is news.
    pub fn set_movable(&mut self, blocks: Vec<Block>) -> bool {
        let is_new = blocks != self.movable;
        if is_new {
            self.movable = blocks;
            self.rebuild();
        }
        is_new
    }

    fn rebuild(&mut self) {
        let mut colliders = ColliderSet::new();
        let movable = self.movable.iter().map(|block| cuboid(block).build());
        let handles: Vec<ColliderHandle> = self
            .fixed
            .iter()
            .cloned()
            .chain(movable)
            .map(|collider| colliders.insert(collider))
            .collect();
        let leaves = handles.iter().filter_map(|handle| {
            let collider = colliders.get(*handle)?;
            Some((handle.into_raw_parts().0 as usize, collider.compute_aabb()))
        });
        self.bvh = Bvh::from_iter(BvhBuildStrategy::Binned, leaves);
        self.colliders = colliders;
    }

    /// Moves a character from a point as far as nothing stands in its way, along walls where it meets them.
    /// `drops` lets it fall through ledges. The way is in metres.
    pub fn walk(
        &self,
        figure: &Figure,
        from_m: [f64; 3],
        way_m: [f64; 3],
        drops: bool,
        dt_s: f64,
    ) -> Walk {
        let half = figure.height_m / 2.0;
        let shape = match self.view {
            View::Top => {
                let radius = figure.radius_m.min(half);
                SharedShape::capsule_z((half - radius).max(0.01) as f32, radius as f32)
            }
            // Square feet stand up to a ledge's very end.
            View::Side => {
                let radius = figure.radius_m as f32;
                SharedShape::cuboid(radius, radius, half as f32)
            }
        };
        let feet = from_m[2] as f32;
        let carries = |_: ColliderHandle, collider: &Collider| {
            collider.user_data != LEDGE
                || (!drops && way_m[2] <= 0.0 && collider.compute_aabb().maxs.z <= feet + 0.02)
        };
        let dispatcher = DefaultQueryDispatcher;
        let queries = QueryPipeline {
            dispatcher: &dispatcher,
            bvh: &self.bvh,
            bodies: &self.bodies,
            colliders: &self.colliders,
            filter: QueryFilter::default().predicate(&carries),
        };
        let controller = KinematicCharacterController {
            up: Vector::Z,
            offset: CharacterLength::Absolute(GAP_M),
            snap_to_ground: None,
            ..KinematicCharacterController::default()
        };
        let at = Vector::new(
            from_m[0] as f32,
            from_m[1] as f32,
            (from_m[2] + half) as f32,
        );
        let way = Vector::new(way_m[0] as f32, way_m[1] as f32, way_m[2] as f32);
        let pose = rapier3d::math::Pose::from_translation(at);
        let moved = controller.move_shape(dt_s as f32, &queries, &*shape, &pose, way, |_| {});
        let t = moved.translation;
        let flat = self.view == View::Top;
        Walk {
            moved_m: [
                f64::from(t.x),
                if flat { f64::from(t.y) } else { 0.0 },
                if flat { 0.0 } else { f64::from(t.z) },
            ],
            is_grounded: moved.grounded,
        }
    }
}

fn cuboid(block: &Block) -> ColliderBuilder {
    let [x, y, z] = block.half_m.map(|half| half as f32);
    let [cx, cy, cz] = block.center_m.map(|v| v as f32);
    ColliderBuilder::cuboid(x, y, z).translation(Vector::new(cx, cy, cz))
}

/// The block between two corners of the level's plane, as high (from above) or deep (from the side) as walls are.
fn block(grid: &Grid, view: View, (low, high): ([f64; 2], [f64; 2])) -> Block {
    let middle = [(low[0] + high[0]) / 2.0, (low[1] + high[1]) / 2.0];
    let half = [(high[0] - low[0]) / 2.0, (high[1] - low[1]) / 2.0];
    match view {
        View::Top => Block {
            center_m: [middle[0], middle[1], grid.tile_m * WALL_CELLS / 2.0],
            half_m: [half[0], half[1], grid.tile_m * WALL_CELLS / 2.0],
        },
        View::Side => Block {
            center_m: [middle[0], grid.tile_m / 2.0, middle[1]],
            half_m: [half[0], grid.tile_m / 2.0, half[1]],
        },
    }
}

/// The block of one cell.
pub fn cell_block(grid: &Grid, view: View, cell: Cell) -> Block {
    let [x, y] = grid.center(cell);
    let half = grid.tile_m / 2.0;
    block(grid, view, ([x - half, y - half], [x + half, y + half]))
}

/// Solid tiles in few blocks, and what keeps characters in the level.
pub fn walls(layout: &Layout) -> Vec<Block> {
    let grid = &layout.grid;
    let is_solid = |cell| grid.tile(cell).is_solid();
    let mut walls: Vec<Block> = merge_cells(grid, is_solid)
        .iter()
        .map(|cells| block(grid, layout.view, cells.bounds(grid)))
        .collect();
    let [w, h] = grid.size_m();
    let t = grid.tile_m;
    // From the side, one may fall out below; above, the sky is high.
    let (below, above) = match layout.view {
        View::Top => (-t, h + t),
        View::Side => (-100.0 * t, h + 100.0 * t),
    };
    for (low, high) in [([-t, below], [0.0, above]), ([w, below], [w + t, above])] {
        walls.push(block(grid, layout.view, (low, high)));
    }
    if layout.view == View::Top {
        for (low, high) in [([-t, -t], [w + t, 0.0]), ([-t, h], [w + t, h + t])] {
            walls.push(block(grid, layout.view, (low, high)));
        }
    }
    walls
}

/// What carries from above alone: platforms, and the tops of ladders.
fn ledges(layout: &Layout) -> Vec<Block> {
    let grid = &layout.grid;
    if layout.view == View::Top {
        return Vec::new();
    }
    let is_ledge = |cell: Cell| {
        let above = grid.tile(cell.neighbour(crate::level::Direction::North));
        match grid.tile(cell) {
            Tile::Platform => true,
            Tile::Ladder => !above.is_climbable() && !above.is_solid(),
            _ => false,
        }
    };
    let rows = (0..grid.rows() as i32).flat_map(|row| {
        let mut strips: Vec<(i32, i32)> = Vec::new();
        for column in 0..grid.columns() as i32 {
            if is_ledge(Cell::new(column, row)) {
                match strips.last_mut() {
                    Some((_, end)) if *end == column => *end += 1,
                    _ => strips.push((column, column + 1)),
                }
            }
        }
        strips.into_iter().map(move |(from, to)| (row, from, to))
    });
    rows.map(|(row, from, to)| {
        let top = grid.center(Cell::new(from, row))[1] + grid.tile_m / 2.0;
        let x = |column: i32| f64::from(column) * grid.tile_m;
        block(grid, layout.view, ([x(from), top - LEDGE_M], [x(to), top]))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::level::{Goal, Level};

    const FIGURE: Figure = Figure {
        radius_m: 0.3,
        height_m: 0.9,
    };

    fn arena(rows: &[&str], view: View) -> Arena {
        let mut level = Level::of_rows("t", rows, vec![Goal::Crates]);
        level.view = view;
        Arena::new(&level.layout().expect("a layout"))
    }

    #[test]
    fn a_wall_stops_a_walker_and_lets_it_slide() {
        let arena = arena(&["#####", "#@..#", "#...#", "#####"], View::Top);
        let far = arena.walk(&FIGURE, [1.5, 1.5, 0.0], [9.0, 0.0, 0.0], false, 0.05);
        assert!((far.moved_m[0] - 2.2).abs() < 0.03, "{far:?}");
        let along = arena.walk(&FIGURE, [3.68, 1.5, 0.0], [0.2, 0.5, 0.0], false, 0.05);
        assert!(
            along.moved_m[0] < 0.02 && along.moved_m[1] > 0.4,
            "{along:?}"
        );
    }

    #[test]
    fn a_crate_is_a_wall_while_it_is_there() {
        let mut arena = arena(&["@..."], View::Top);
        let way = [3.0, 0.0, 0.0];
        let layout = Level::of_rows("t", &["@..."], vec![Goal::Crates])
            .layout()
            .expect("a layout");
        let free = arena.walk(&FIGURE, [0.5, 0.5, 0.0], way, false, 0.05);
        arena.set_movable(vec![cell_block(&layout.grid, View::Top, Cell::new(2, 0))]);
        let blocked = arena.walk(&FIGURE, [0.5, 0.5, 0.0], way, false, 0.05);
        arena.set_movable(Vec::new());
        assert_eq!(arena.walk(&FIGURE, [0.5, 0.5, 0.0], way, false, 0.05), free);
        assert!(free.moved_m[0] > 2.9 && blocked.moved_m[0] < 1.3);
    }

    #[test]
    fn floors_carry_and_ledges_carry_from_above_alone() {
        let arena = arena(&["@..", ".=.", "...", "###"], View::Side);
        let fall = arena.walk(&FIGURE, [0.5, 0.5, 2.0], [0.0, 0.0, -3.0], false, 0.05);
        assert!(
            fall.is_grounded && (fall.moved_m[2] + 1.0).abs() < 0.03,
            "{fall:?}"
        );
        let up = arena.walk(&FIGURE, [1.5, 0.5, 1.02], [0.0, 0.0, 2.5], false, 0.05);
        assert!((up.moved_m[2] - 2.5).abs() < 1e-4, "{up:?}");
        let land = arena.walk(&FIGURE, [1.5, 0.5, 3.3], [0.0, 0.0, -1.0], false, 0.05);
        assert!(land.is_grounded && land.moved_m[2] > -0.32, "{land:?}");
        let drop = arena.walk(&FIGURE, [1.5, 0.5, 3.01], [0.0, 0.0, -1.0], true, 0.05);
        assert!((drop.moved_m[2] + 1.0).abs() < 1e-4, "{drop:?}");
    }
}
