//! What wheels and loose objects rest on: the road surface and a plane below it.

use rapier3d::prelude::*;

use super::glam_bridge::{Origin, vector};
use crate::road::RoadNetwork;

/// Collision groups: ground against everything, wheels' rays against ground alone.
pub const GROUND: Group = Group::GROUP_1;
/// Everything that moves.
pub const BODIES: Group = Group::GROUP_2;

/// How far the plane beside the roads lies below the lowest point of the road surface, metres.
const VERGE_DROP_M: f64 = 0.05;

/// Colliders of the map.
pub fn colliders(map: &RoadNetwork, origin: Origin) -> Vec<ColliderBuilder> {
    let mesh = map.surface_mesh(&crate::road::MeshOptions::default());
    let shift = |i: usize| mesh.origin_m[i] - origin[i];
    let vertices: Vec<_> = mesh
        .vertices
        .iter()
        .map(|v| {
            vector(
                f64::from(v[0]) + shift(0),
                f64::from(v[1]) + shift(1),
                f64::from(v[2]) + shift(2),
            )
        })
        .collect();
    let lowest = vertices.iter().map(|v| v.z).fold(f32::INFINITY, f32::min);
    let plane = if lowest.is_finite() {
        f64::from(lowest) - VERGE_DROP_M
    } else {
        -origin[2]
    };
    let groups = InteractionGroups::new(GROUND, Group::ALL, InteractionTestMode::And);
    let mut list = vec![
        ColliderBuilder::halfspace(nalgebra::Unit::new_unchecked(Vector::Z))
            .translation(vector(0.0, 0.0, plane))
            .collision_groups(groups)
            .friction(0.8),
    ];
    if !mesh.triangles.is_empty()
        && let Ok(surface) = ColliderBuilder::trimesh(vertices, mesh.triangles.clone())
    {
        list.push(surface.collision_groups(groups).friction(0.9));
    }
    list
}
