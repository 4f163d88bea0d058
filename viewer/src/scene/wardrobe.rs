//! Bodies as meshes that are made once and shared by all actors that look alike, near and far.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;
use sim::actor::{ActorId, ActorSpec};

use super::body::{body, extent, traits};
use super::hull::Extent;
use super::sketch::Sketch;
use super::space::local;
use crate::app::App as Viewer;
use crate::camera::Eye;

/// Bodies that are kept ready at most; those in the picture keep their meshes themselves.
const MOST: usize = 600;
/// Up to this distance actors have all their parts, metres: without a GPU, and with one.
const NEAR_M: [f64; 2] = [32.0, 75.0];

/// A wheel that is ready.
#[derive(Clone)]
pub struct ReadyWheel {
    /// The wheel about its middle.
    pub mesh: Handle<Mesh>,
    /// Its middle in the actor's frame, metres.
    pub center_m: [f32; 3],
    /// Radius, metres.
    pub radius_m: f32,
    /// Whether it is turned by steering.
    pub is_steered: bool,
}

/// A limb that is ready.
#[derive(Clone)]
pub struct ReadyLimb {
    /// The parts above and below the knee.
    pub meshes: [Handle<Mesh>; 2],
    /// Where it hangs and, from there, bends, metres.
    pub joints_m: [[f32; 3]; 2],
    /// Which way it swings first, 1 or -1.
    pub phase: f32,
    /// How far it swings and bends, radians.
    pub angles_rad: [f32; 2],
    /// Way that a swing takes, metres.
    pub stride_m: f32,
}

/// A body that is ready.
pub struct Ready {
    /// What does not move against the actor.
    pub shell: Handle<Mesh>,
    /// Wheels, if it is a near one.
    pub wheels: Vec<ReadyWheel>,
    /// Limbs, if it is a near one.
    pub limbs: Vec<ReadyLimb>,
    /// Lamps: brake, head, turn left, turn right, reverse.
    pub lamps: [Option<Handle<Mesh>>; 5],
    /// The shade beneath.
    pub shade: Handle<Mesh>,
}

/// All bodies that are ready.
#[derive(Resource, Default)]
pub struct Wardrobe {
    bodies: BTreeMap<(bool, Vec<u32>), Arc<Ready>>,
    wheels: BTreeMap<[u32; 3], Handle<Mesh>>,
    shades: BTreeMap<[u32; 5], Handle<Mesh>>,
}

impl Wardrobe {
    /// Whether the body of an actor with all its parts is ready.
    pub fn has(&self, id: ActorId, spec: &ActorSpec) -> bool {
        self.bodies.contains_key(&(true, traits(id, spec)))
    }

    /// The body of an actor.
    pub fn body(
        &mut self,
        meshes: &mut Assets<Mesh>,
        id: ActorId,
        spec: &ActorSpec,
        is_near: bool,
    ) -> Arc<Ready> {
        let key = (is_near, traits(id, spec));
        if let Some(ready) = self.bodies.get(&key) {
            return ready.clone();
        }
        if self.bodies.len() >= MOST {
            self.bodies.clear();
        }
        let ready = Arc::new(self.make(meshes, id, spec, is_near));
        self.bodies.insert(key, ready.clone());
        ready
    }

    fn make(
        &mut self,
        meshes: &mut Assets<Mesh>,
        id: ActorId,
        spec: &ActorSpec,
        is_near: bool,
    ) -> Ready {
        let body = body(id, spec, is_near);
        let wheels = body.wheels.iter().map(|wheel| {
            let key = [
                wheel.radius_m.to_bits(),
                wheel.half_m.to_bits(),
                wheel.spokes.unwrap_or(0) as u32,
            ];
            let mesh = self.wheels.entry(key).or_insert_with(|| {
                let mut sketch = Sketch::default();
                wheel.add(&mut sketch, Vec3::ZERO, is_near);
                meshes.add(sketch.mesh())
            });
            ReadyWheel {
                mesh: mesh.clone(),
                center_m: wheel.center_m,
                radius_m: wheel.radius_m,
                is_steered: wheel.is_steered,
            }
        });
        let wheels = wheels.collect();
        let limbs = body.limbs.iter().map(|limb| ReadyLimb {
            meshes: [meshes.add(limb.upper.mesh()), meshes.add(limb.lower.mesh())],
            joints_m: [limb.joint_m, limb.knee_m],
            phase: limb.phase,
            angles_rad: [limb.swing_rad, limb.bend_rad],
            stride_m: limb.stride_m,
        });
        let limbs = limbs.collect();
        let [left, right] = &body.lamps.turn;
        let lamps = [
            &body.lamps.brake,
            &body.lamps.head,
            left,
            right,
            &body.lamps.reverse,
        ];
        let lamps = lamps.map(|lamp| (!lamp.is_empty()).then(|| meshes.add(lamp.mesh())));
        let e = extent(spec);
        let key = [e.rear, e.y, e.base, e.l, e.w].map(f32::to_bits);
        let shade = self.shades.entry(key);
        let shade = shade.or_insert_with(|| meshes.add(shade_under(e))).clone();
        Ready {
            shell: meshes.add(body.shell.mesh()),
            wheels,
            limbs,
            lamps,
            shade,
        }
    }
}

/// A soft shade on the ground under a box.
fn shade_under(e: Extent) -> Mesh {
    const STEPS: [(f32, f32); 4] = [(-0.22, 0.85), (0.0, 0.6), (0.14, 0.25), (0.34, 0.0)];
    const SIDES: usize = 20;
    let (mut points, mut colors, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    let reach = (e.w * 0.5).min(0.9);
    for (grow, dark) in STEPS {
        for i in 0..SIDES {
            let angle = (i as f32 + 0.5) / SIDES as f32 * std::f32::consts::TAU;
            let (s, c) = bevy::math::ops::sin_cos(angle);
            // A rectangle with round corners.
            let round = |v: f32| v.signum() * v.abs().sqrt();
            let x = e.x(0.5) + (e.l / 2.0 + grow * reach) * round(c).clamp(-0.97, 0.97);
            let y = e.y + (e.w / 2.0 + grow * reach) * round(s).clamp(-0.97, 0.97);
            points.push(local([x, y, e.base + 0.025]).to_array());
            colors.push([0.0, 0.0, 0.0, dark]);
        }
    }
    let count = SIDES as u32;
    for ring in 0..STEPS.len() as u32 - 1 {
        for i in 0..count {
            let j = (i + 1) % count;
            let (a, b) = (ring * count + i, ring * count + j);
            indices.extend([a, a + count, b + count, a, b + count, b]);
        }
    }
    for i in 1..count - 1 {
        indices.extend([0, i, i + 1]);
    }
    let normals = vec![[0.0, 1.0, 0.0]; points.len()];
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::default(),
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
    .with_inserted_indices(Indices::U32(indices))
}

/// From where the views look, for the level of detail.
pub struct Eyes {
    all: Vec<Eye>,
    near_m: f64,
}

impl Eyes {
    /// Those of the viewer's views.
    pub fn of(app: &Viewer, is_low: bool) -> Self {
        let followed = app.followed();
        Self {
            all: app.views.iter().map(|view| view.eye(followed)).collect(),
            near_m: NEAR_M[usize::from(!is_low)],
        }
    }

    /// Whether a place is so near that all parts are seen; what was near stays so a little longer.
    pub fn is_near(&self, place_m: [f64; 3], was_near: bool) -> bool {
        let reach = self.near_m * if was_near { 1.15 } else { 1.0 };
        self.all.iter().any(|eye| {
            let p = eye.position_m;
            match eye.height_m {
                // Without perspective everything is as far as the picture is high.
                Some(height_m) => height_m < reach,
                None => {
                    let d = [p.x - place_m[0], p.y - place_m[1], p.z - place_m[2]];
                    d.iter().map(|v| v * v).sum::<f64>() < reach * reach
                }
            }
        })
    }
}
