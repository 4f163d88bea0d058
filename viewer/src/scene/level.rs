//! A game level's floors, walls and hazards; where a tile changes, only the parts that show it are made anew.

use std::sync::Arc;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::PrimitiveTopology;
use bevy::prelude::*;
use game::geometry::{LevelMesh, Material, Triangles};
use game::level::Layout;

use super::View3d;
use super::space::Origin;

/// The level that is in the picture.
#[derive(Resource, Default)]
pub struct ShownLevel {
    layout: Option<Arc<Layout>>,
    mesh: Option<LevelMesh>,
    chunks: Vec<Entity>,
    look: Option<Handle<StandardMaterial>>,
    /// Chunks that were made, for whoever counts them.
    pub made: usize,
}

/// Shows the level of the run, if it is one.
pub fn sync(
    mut commands: Commands,
    viewer: Res<View3d>,
    origin: Res<Origin>,
    mut shown: ResMut<ShownLevel>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
) {
    let app = &viewer.0;
    let layout = app.run().info.as_ref().and_then(|info| info.level.clone());
    let is_same = match (&shown.layout, &layout) {
        (None, None) => true,
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        _ => false,
    };
    if is_same {
        return;
    }
    let shown = &mut *shown;
    let before = std::mem::replace(&mut shown.layout, layout.clone());
    let Some(layout) = layout else {
        shown.mesh = None;
        for chunk in shown.chunks.drain(..) {
            commands.entity(chunk).despawn();
        }
        return;
    };
    let changed = before.and_then(|before| changed_cells(&before, &layout));
    if let (Some(cells), Some(mesh)) = (changed, &mut shown.mesh) {
        let mut numbers: Vec<usize> = cells
            .into_iter()
            .flat_map(|cell| mesh.rebuild(&layout, cell))
            .collect();
        numbers.sort_unstable();
        numbers.dedup();
        for number in numbers {
            let (Some(chunk), Some(entity)) = (mesh.chunks().get(number), shown.chunks.get(number))
            else {
                continue;
            };
            shown.made += 1;
            let made = meshes.add(mesh_of(chunk, &origin));
            commands.entity(*entity).insert(Mesh3d(made));
        }
        return;
    }
    for chunk in shown.chunks.drain(..) {
        commands.entity(chunk).despawn();
    }
    let look = shown.look.get_or_insert_with(|| {
        materials.add(StandardMaterial {
            perceptual_roughness: 0.9,
            reflectance: 0.25,
            double_sided: true,
            cull_mode: None,
            ..default()
        })
    });
    let mesh = LevelMesh::new(&layout);
    for chunk in mesh.chunks() {
        shown.made += 1;
        let made = (
            Mesh3d(meshes.add(mesh_of(chunk, &origin))),
            MeshMaterial3d(look.clone()),
            Transform::default(),
        );
        shown.chunks.push(commands.spawn(made).id());
    }
    shown.mesh = Some(mesh);
}

/// Cells whose tiles differ; nothing where more than tiles differs that meshes show.
fn changed_cells(before: &Layout, now: &Layout) -> Option<Vec<game::level::Cell>> {
    let is_alike = before.view == now.view
        && before.grid.size_m() == now.grid.size_m()
        && before.grid.tile_m == now.grid.tile_m
        && before.goals == now.goals
        && before.places == now.places;
    let cells = now.grid.cells();
    is_alike.then(|| {
        cells
            .filter(|cell| before.grid.tile(*cell) != now.grid.tile(*cell))
            .collect()
    })
}

fn color(material: Material) -> [f32; 4] {
    let [r, g, b] = match material {
        Material::Floor => [0.36, 0.33, 0.29],
        Material::WallTop => [0.2, 0.22, 0.27],
        Material::WallSide => [0.29, 0.31, 0.37],
        Material::Target => [0.62, 0.5, 0.12],
        Material::Spikes => [0.55, 0.56, 0.6],
        Material::Lava => [1.0, 0.24, 0.02],
        Material::Pit => [0.02, 0.02, 0.03],
        Material::Mud => [0.2, 0.13, 0.07],
        Material::Platform => [0.42, 0.26, 0.13],
        Material::Ladder => [0.5, 0.33, 0.16],
        Material::Rope => [0.55, 0.46, 0.3],
        Material::Goal => [0.12, 0.5, 0.25],
    };
    [r, g, b, 1.0]
}

fn mesh_of(chunk: &Triangles, origin: &Origin) -> Mesh {
    let (mut points, mut normals, mut colors) = (Vec::new(), Vec::new(), Vec::new());
    for (corners, material) in &chunk.triangles {
        let corner = |i: u32| chunk.vertices_m.get(i as usize).map(|p| origin.point(*p));
        let [Some(a), Some(b), Some(c)] = corners.map(corner) else {
            continue;
        };
        let Some(normal) = (b - a).cross(c - a).try_normalize() else {
            continue;
        };
        for p in [a, b, c] {
            points.push(p.to_array());
            normals.push(normal.to_array());
            colors.push(color(*material));
        }
    }
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use game::level::{Cell, Goal, Level, Tile};

    #[test]
    fn only_the_parts_that_show_a_changed_tile_are_made_anew() {
        let row = format!("#@{}#", ".".repeat(60));
        let rows = vec![row.as_str(); 1];
        let level = Level::of_rows("t", &rows, vec![Goal::Crates]);
        let before = level.layout().expect("a layout");
        let mut now = before.clone();
        now.grid.set(Cell::new(40, 0), Tile::Lava);
        assert_eq!(changed_cells(&before, &now), Some(vec![Cell::new(40, 0)]));
        let mut mesh = LevelMesh::new(&before);
        let all = mesh.chunks().len();
        assert!(all == 4 && mesh.rebuild(&now, Cell::new(40, 0)) == [2]);
        now.places.insert("exit".into(), vec![Cell::new(1, 0)]);
        assert_eq!(changed_cells(&before, &now), None);
    }
}
