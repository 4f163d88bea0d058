//! The movable part of what sensors see: actors' solids at one tick.

use std::ops::Range;

use bevy::math::Vec3;

use super::body;
use super::bvh::{Bounds, Bvh};
use super::semantic::SemanticClass;
use super::solid::Solid;
use crate::actor::{ActorClass, ActorId};
use crate::world::ActorSnapshot;

/// One actor.
#[derive(Clone, Debug)]
pub(super) struct Body {
    pub id: ActorId,
    pub class: ActorClass,
    pub semantic: SemanticClass,
    /// Reference point in the scene.
    pub position: Vec3,
    /// Its x, y and z axis in the scene.
    pub axes: [Vec3; 3],
    /// Its solids.
    pub solids: Range<u32>,
    /// Lamps: how bright the brake lamps are, 0 to 1.
    pub brake: f32,
    /// Extent: half-width, rear end, front end, height, metres, in its frame.
    pub extent: [f32; 4],
}

impl Body {
    /// A scene point in this body's frame.
    pub fn local(&self, p: Vec3) -> Vec3 {
        self.local_direction(p - self.position)
    }

    /// A scene direction in this body's frame.
    pub fn local_direction(&self, d: Vec3) -> Vec3 {
        Vec3::new(
            self.axes[0].dot(d),
            self.axes[1].dot(d),
            self.axes[2].dot(d),
        )
    }

    /// A direction of this body in the scene.
    pub fn scene_direction(&self, d: Vec3) -> Vec3 {
        self.axes[0] * d.x + self.axes[1] * d.y + self.axes[2] * d.z
    }
}

/// All actors at one tick, ready for rays.
#[derive(Clone, Debug, Default)]
pub struct ActorScene {
    pub(super) bodies: Vec<Body>,
    pub(super) solids: Vec<Solid>,
    /// The body of each solid.
    pub(super) owner: Vec<u32>,
    pub(super) bvh: Bvh,
}

impl ActorScene {
    /// Builds from actors; `origin` is the scene's, world frame, metres. Actors with a state that
    /// is not finite, or too far for single precision, are left out.
    pub fn new(actors: &[ActorSnapshot], origin: [f64; 3]) -> Self {
        let mut scene = Self::default();
        let mut boxes = Vec::with_capacity(actors.len());
        for actor in actors {
            let pose = &actor.state.pose;
            let world = [pose.x_m, pose.y_m, pose.z_m];
            let position = Vec3::from_array(std::array::from_fn(|k| (world[k] - origin[k]) as f32));
            let b = &actor.spec.bounding_box;
            let sizes = [b.length_m, b.width_m, b.height_m];
            let middle = [b.center_x_m, b.center_y_m, b.center_z_m];
            let sound = sizes.iter().chain(&middle).all(|v| v.is_finite())
                && sizes.iter().all(|v| *v > 0.0 && *v < 1e4);
            if !pose.is_finite() || !sound || position.abs().max_element() > 1e6 {
                continue;
            }
            let rotation = pose.to_isometry().rotation.to_rotation_matrix();
            let axis = |k: usize| {
                let column = rotation.matrix().column(k);
                Vec3::new(column[0] as f32, column[1] as f32, column[2] as f32)
            };
            let axes = [axis(0), axis(1), axis(2)];
            let first = scene.solids.len() as u32;
            body::solids(actor, &mut scene.solids);
            let number = scene.bodies.len() as u32;
            scene.owner.resize(scene.solids.len(), number);
            let local = scene.solids[first as usize..]
                .iter()
                .map(Solid::bounds)
                .fold(Bounds::EMPTY, |a, b| Bounds {
                    min: a.min.min(b.min),
                    max: a.max.max(b.max),
                });
            let half = (local.max - local.min) / 2.0;
            let center = (local.max + local.min) / 2.0;
            let turn = |v: Vec3| axes[0] * v.x + axes[1] * v.y + axes[2] * v.z;
            let reach = axes[0].abs() * half.x + axes[1].abs() * half.y + axes[2].abs() * half.z;
            let reach = reach + Vec3::splat(1e-3);
            let center = position + turn(center);
            boxes.push(Bounds {
                min: center - reach,
                max: center + reach,
            });
            let (l, w) = (b.length_m as f32 / 2.0, b.width_m as f32 / 2.0);
            let x = b.center_x_m as f32;
            scene.bodies.push(Body {
                id: actor.id,
                class: actor.spec.class,
                semantic: SemanticClass::of(actor.spec.class),
                position,
                axes,
                solids: first..scene.solids.len() as u32,
                brake: if actor.state.accel_mps2 < -0.7 {
                    1.0
                } else {
                    0.0
                },
                extent: [w, x - l, x + l, (b.center_z_m + b.height_m / 2.0) as f32],
            });
        }
        scene.bvh = Bvh::build(&boxes, false);
        scene
    }

    /// The body of an actor.
    pub(super) fn body_of(&self, id: ActorId) -> Option<u32> {
        self.bodies
            .iter()
            .position(|b| b.id == id)
            .map(|i| i as u32)
    }
}
