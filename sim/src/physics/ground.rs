//! What wheels and loose objects rest on and run into: roads, the ground about them, the map's
//! objects, and a plane below it all.

use std::sync::{Arc, Mutex, OnceLock, PoisonError, Weak};

use rapier3d::parry::partitioning::{Bvh, BvhBuildStrategy};
use rapier3d::prelude::*;

use super::glam_bridge::{Origin, vector};
use crate::road::{MeshMaterial, RoadNetwork};

/// Collision groups: ground against everything, wheels' rays against ground alone.
pub const GROUND: Group = Group::GROUP_1;
/// Everything that moves.
pub const BODIES: Group = Group::GROUP_2;

/// The plane lies this much below the lowest point of the map, metres.
const PLANE_BELOW_M: f64 = 1.0;

/// The map as one solid, built once and shared by its worlds.
struct Solid {
    /// Where the shape's (0, 0, 0) lies in the world, metres.
    origin: Origin,
    lowest_m: f64,
    shape: SharedShape,
}

/// Colliders of the map about an origin.
pub fn colliders(map: &Arc<RoadNetwork>, origin: Origin) -> Vec<ColliderBuilder> {
    let solid = shared(map);
    let plane_m = solid
        .as_ref()
        .as_ref()
        .map_or(0.0, |s| s.lowest_m - PLANE_BELOW_M);
    let plane = ColliderBuilder::new(SharedShape::halfspace(Vector::Z)).translation(vector(
        0.0,
        0.0,
        plane_m - origin[2],
    ));
    let mesh = solid.as_ref().as_ref().map(|s| {
        let [x, y, z] = [0, 1, 2].map(|k| s.origin[k] - origin[k]);
        ColliderBuilder::new(s.shape.clone()).translation(vector(x, y, z))
    });
    let groups = InteractionGroups::new(GROUND, Group::ALL, InteractionTestMode::And);
    std::iter::once(plane)
        .chain(mesh)
        .map(|collider| collider.collision_groups(groups).friction(0.8))
        .collect()
}

/// The ground's colliders as a tree of their own.
pub fn tree(colliders: &ColliderSet) -> Bvh {
    let ground = colliders
        .iter()
        .filter(|(_, c)| c.collision_groups().memberships == GROUND);
    let leaves = ground.map(|(handle, c)| (handle.into_raw_parts().0 as usize, c.compute_aabb()));
    Bvh::from_iter(BvhBuildStrategy::Binned, leaves)
}

/// The solid of a map, built by whoever asks first and kept while the map lives.
fn shared(map: &Arc<RoadNetwork>) -> Arc<Option<Solid>> {
    type Slot = Arc<OnceLock<Arc<Option<Solid>>>>;
    static SOLIDS: Mutex<Vec<(Weak<RoadNetwork>, Slot)>> = Mutex::new(Vec::new());
    let slot = {
        let mut solids = SOLIDS.lock().unwrap_or_else(PoisonError::into_inner);
        solids.retain(|(map, _)| map.strong_count() > 0);
        let known = solids
            .iter()
            .find(|(other, _)| std::ptr::eq(other.as_ptr(), Arc::as_ptr(map)));
        match known {
            Some((_, slot)) => slot.clone(),
            None => {
                let slot = Slot::default();
                solids.push((Arc::downgrade(map), slot.clone()));
                slot
            }
        }
    };
    slot.get_or_init(|| Arc::new(build(map))).clone()
}

/// `None` for a map without roads.
fn build(map: &RoadNetwork) -> Option<Solid> {
    if map.roads().is_empty() {
        return None;
    }
    let soup = crate::sensor::map_triangles(map);
    let first = soup.vertices.first()?;
    let origin = first.map(f64::round);
    let vertices: Vec<Vector> = soup
        .vertices
        .iter()
        .map(|p| vector(p[0] - origin[0], p[1] - origin[1], p[2] - origin[2]))
        .collect();
    let is_solid = |material: MeshMaterial| {
        use MeshMaterial as M;
        !matches!(
            material,
            M::MarkWhite | M::MarkYellow | M::MarkRed | M::MarkBlue | M::MarkGreen | M::Foliage
        )
    };
    let triangles: Vec<[u32; 3]> = soup
        .triangles
        .iter()
        .filter(|(_, material, _)| is_solid(*material))
        .map(|(corners, ..)| *corners)
        .collect();
    let lowest_m = soup
        .vertices
        .iter()
        .map(|p| p[2])
        .fold(f64::INFINITY, f64::min);
    let shape = SharedShape::trimesh(vertices, triangles).ok()?;
    lowest_m.is_finite().then_some(Solid {
        origin,
        lowest_m,
        shape,
    })
}
