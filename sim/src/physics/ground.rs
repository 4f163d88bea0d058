//! What wheels and loose objects rest on: the road surface and a plane below it.

use rapier3d::prelude::*;

use super::glam_bridge::{Origin, vector};
use crate::road::RoadNetwork;

/// Collision groups: ground against everything, wheels' rays against ground alone.
pub const GROUND: Group = Group::GROUP_1;
/// Everything that moves.
pub const BODIES: Group = Group::GROUP_2;

/// Colliders of the map.
pub fn colliders(map: &RoadNetwork, origin: Origin) -> Vec<ColliderBuilder> {
    let lowest = map
        .roads()
        .iter()
        .filter_map(|road| road.elevation.records().first())
        .map(|r| r.value(r.s_m))
        .fold(f64::INFINITY, f64::min);
    let plane = if lowest.is_finite() {
        lowest - origin[2]
    } else {
        -origin[2]
    };
    let groups = InteractionGroups::new(GROUND, Group::ALL, InteractionTestMode::And);
    vec![
        ColliderBuilder::halfspace(nalgebra::Unit::new_unchecked(Vector::Z))
            .translation(vector(0.0, 0.0, plane))
            .collision_groups(groups)
            .friction(0.8),
    ]
}
