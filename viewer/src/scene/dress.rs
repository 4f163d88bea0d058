//! The parts of an actor in the picture: how they are made, swapped for those seen from near or far, and moved.

use std::sync::Arc;

use bevy::camera::visibility::RenderLayers;
use bevy::ecs::system::SystemParam;
use bevy::prelude::*;
use sim::actor::{ActorId, ActorSpec, ActorState};

use super::finish::{Finishes, Solid};
use super::space::local;
use super::wardrobe::{Ready, Wardrobe};
use super::{Looks, Quality};

/// An actor's parts.
pub(super) struct Parts {
    pub root: Entity,
    pub spec: Arc<ActorSpec>,
    pub is_near: bool,
    pub shell: Entity,
    pub shade: Entity,
    pub wheels: Vec<Entity>,
    pub limbs: Vec<[Entity; 2]>,
    /// Brake, head, turn left, turn right, reverse.
    pub lamps: [Option<Entity>; 5],
    /// Its body with all parts, once it has been near.
    pub near: Option<Arc<Ready>>,
    pub far: Arc<Ready>,
    pub beam: Option<Entity>,
    pub way_m: f32,
    pub last: Option<[f64; 2]>,
}

/// What bodies are made with.
#[derive(SystemParam)]
pub(super) struct Make<'w> {
    meshes: ResMut<'w, Assets<Mesh>>,
    wardrobe: ResMut<'w, Wardrobe>,
    finishes: Res<'w, Finishes>,
    pub quality: Res<'w, Quality>,
}

impl Make<'_> {
    /// Whether an actor may get all its parts in this frame: of a new kind one a frame where they must come quickly.
    pub fn may_dress(&mut self, id: ActorId, spec: &ActorSpec, sewn: &mut usize) -> bool {
        if !self.quality.is_live || self.wardrobe.has(id, spec) {
            return true;
        }
        *sewn += 1;
        *sewn <= 1
    }

    fn body(&mut self, id: ActorId, spec: &ActorSpec, is_near: bool) -> Arc<Ready> {
        self.wardrobe.body(&mut self.meshes, id, spec, is_near)
    }
}

/// What of the parts in the picture changes; nothing is written that stays as it is.
#[derive(SystemParam)]
pub(super) struct PartsOf<'w, 's> {
    transforms: Query<'w, 's, &'static mut Transform>,
    seen: Query<'w, 's, &'static mut Visibility>,
    meshes: Query<'w, 's, &'static mut Mesh3d>,
    pub lamps: Query<'w, 's, &'static mut MeshMaterial3d<StandardMaterial>>,
}

impl PartsOf<'_, '_> {
    pub fn place(&mut self, part: Entity, place: Transform) {
        if let Ok(mut transform) = self.transforms.get_mut(part) {
            transform.set_if_neq(place);
        }
    }

    pub fn show(&mut self, part: Entity, is_shown: bool) {
        if let Ok(mut seen) = self.seen.get_mut(part) {
            seen.set_if_neq(if is_shown {
                Visibility::Inherited
            } else {
                Visibility::Hidden
            });
        }
    }
}

/// Turns wheels and swings limbs.
pub(super) fn move_parts(parts: &Parts, near: &Ready, state: &ActorState, parts_of: &mut PartsOf) {
    use bevy::math::ops::{cos, sin};
    for (entity, wheel) in parts.wheels.iter().zip(&near.wheels) {
        let turn = if wheel.is_steered {
            Quat::from_rotation_y(state.steer_rad as f32)
        } else {
            Quat::IDENTITY
        };
        // Rolling forward is a turn about the left-pointing axis, which points away from us here.
        let roll = Quat::from_rotation_z(-parts.way_m / wheel.radius_m.max(0.05));
        let at = Transform::from_translation(local(wheel.center_m));
        parts_of.place(*entity, at.with_rotation(turn * roll));
    }
    let pace = (state.speed_mps.abs() as f32 / 1.4).min(1.3);
    for (both, limb) in parts.limbs.iter().zip(&near.limbs) {
        let step = parts.way_m / limb.stride_m * std::f32::consts::PI;
        let [swing, bend] = limb.angles_rad;
        let forward = (limb.phase * cos(step)).max(0.0);
        let angles = [
            swing * limb.phase * sin(step) * pace,
            bend * (0.1 + 0.9 * forward * pace),
        ];
        for ((entity, joint), angle) in both.iter().zip(limb.joints_m).zip(angles) {
            let at = Transform::from_translation(local(joint));
            parts_of.place(*entity, at.with_rotation(Quat::from_rotation_z(angle)));
        }
    }
}

/// Gives an actor the parts that are seen from as near as it is.
pub(super) fn dress(
    commands: &mut Commands,
    make: &mut Make,
    parts: &mut Parts,
    (id, layer): (ActorId, &RenderLayers),
    parts_of: &mut PartsOf,
) {
    if parts.is_near && parts.near.is_none() {
        let near = make.body(id, &parts.spec, true);
        let look = MeshMaterial3d(make.finishes.body.clone());
        let mut part = |mesh: &Handle<Mesh>, of: Entity, at: [f32; 3]| {
            let at = Transform::from_translation(local(at));
            let mesh = Mesh3d(mesh.clone());
            let made = (mesh, look.clone(), at, layer.clone(), ChildOf(of));
            commands.spawn(made).id()
        };
        for wheel in &near.wheels {
            parts
                .wheels
                .push(part(&wheel.mesh, parts.root, wheel.center_m));
        }
        for limb in &near.limbs {
            let upper = part(&limb.meshes[0], parts.root, limb.joints_m[0]);
            let lower = part(&limb.meshes[1], upper, limb.joints_m[1]);
            parts.limbs.push([upper, lower]);
        }
        parts.near = Some(near);
    }
    let body = match &parts.near {
        Some(near) if parts.is_near => near,
        _ => &parts.far,
    };
    let mut swap = |part: Entity, mesh: &Handle<Mesh>| {
        if let Ok(mut old) = parts_of.meshes.get_mut(part) {
            old.0 = mesh.clone();
        }
    };
    swap(parts.shell, &body.shell);
    for (part, mesh) in parts.lamps.iter().zip(&body.lamps) {
        if let (Some(part), Some(mesh)) = (part, mesh) {
            swap(*part, mesh);
        }
    }
    let limbs = parts.limbs.iter().map(|[upper, _]| *upper);
    for part in parts.wheels.iter().copied().chain(limbs) {
        parts_of.show(part, parts.is_near);
    }
    parts_of.show(parts.shade, parts.is_near);
}

pub(super) fn spawn(
    commands: &mut Commands,
    make: &mut Make,
    (looks, layer): (&Looks, &RenderLayers),
    id: ActorId,
    spec: &Arc<ActorSpec>,
) -> Parts {
    let far = make.body(id, spec, false);
    let root = commands
        .spawn((Transform::default(), Visibility::Inherited))
        .id();
    let still = Transform::default();
    let look: MeshMaterial3d<Solid> = MeshMaterial3d(make.finishes.body.clone());
    let mesh = Mesh3d(far.shell.clone());
    let shell = (mesh, look, still, layer.clone(), ChildOf(root));
    let shell = commands.spawn(shell).id();
    let shade = (
        Mesh3d(far.shade.clone()),
        MeshMaterial3d(make.finishes.shade.clone()),
        still,
        layer.clone(),
        Visibility::Hidden,
        bevy::light::NotShadowCaster,
        ChildOf(root),
    );
    let shade = commands.spawn(shade).id();
    let offs = [
        &looks.brake_off,
        &looks.head_off,
        &looks.turn_off,
        &looks.turn_off,
        &looks.head_off,
    ];
    let mut lamps = [None; 5];
    for ((lamp, mesh), off) in lamps.iter_mut().zip(&far.lamps).zip(offs) {
        *lamp = mesh.as_ref().map(|mesh| {
            let made = (
                Mesh3d(mesh.clone()),
                MeshMaterial3d(off.clone()),
                still,
                layer.clone(),
                bevy::light::NotShadowCaster,
                ChildOf(root),
            );
            commands.spawn(made).id()
        });
    }
    Parts {
        root,
        spec: spec.clone(),
        is_near: false,
        shell,
        shade,
        wheels: Vec::new(),
        limbs: Vec::new(),
        lamps,
        near: None,
        far,
        beam: None,
        way_m: 0.0,
        last: None,
    }
}
