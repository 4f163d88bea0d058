//! What a ray hit, in full.

use bevy::math::Vec3;

use super::body;
use super::packet::SOLID;
use super::semantic::{Material, SemanticClass};
use super::solid::Look;
use super::view::View;
use crate::actor::{ActorClass, ActorId};

/// A surface at a hit.
pub(super) struct Surface {
    /// Unit normal in the scene; of a triangle, on either side.
    pub normal: Vec3,
    pub look: Look,
    pub class: SemanticClass,
    pub actor: Option<(ActorId, ActorClass)>,
    /// Material and group of the map's surfaces.
    pub ground: Option<(Material, u32)>,
    /// Light given off, linear.
    pub glow: [f32; 3],
}

impl Surface {
    /// The surface of a hit at a scene point.
    pub fn of(view: &View, hit: u32, point: Vec3) -> Self {
        if hit & SOLID == 0 {
            let triangle = &view.scene.triangles[hit as usize];
            let material = triangle.material;
            return Self {
                normal: Vec3::from_array(triangle.normal),
                look: Look::matt(material.albedo(), material.reflectivity()),
                class: material.class(),
                actor: None,
                ground: Some((material, triangle.group)),
                glow: [0.0; 3],
            };
        }
        let number = (hit & !SOLID) as usize;
        let body = &view.actors.bodies[view.actors.owner[number] as usize];
        let local = body.local(point);
        let (normal, mut look) = view.actors.solids[number].surface(local);
        let mut glow = [0.0; 3];
        if let Some((albedo, light)) =
            body::lamp(body.class, body.extent, body.brake, local, normal)
        {
            look.albedo = albedo;
            look.reflectivity = 0.9;
            glow = light;
        }
        Self {
            normal: body.scene_direction(normal),
            look,
            class: body.semantic,
            actor: Some((body.id, body.class)),
            ground: None,
            glow,
        }
    }
}
