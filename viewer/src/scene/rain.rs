//! Rain: streaks that fall about each camera. What it does to surfaces and haze is in `finish.wgsl` and `sky.rs`.

use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::NoFrustumCulling;
use bevy::light::NotShadowCaster;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

use super::body::hash;
use super::{SceneCamera, View3d};
use crate::run::Frame;

/// Streaks repeat themselves after this, across and up, metres.
const PERIOD_M: f32 = 8.0;
const FALL_M: f32 = 9.0;
/// Streaks in a period at most.
const STREAKS: u32 = 260;
/// How fast they fall, and how far the wind takes them meanwhile, metres a second.
const SPEED_MPS: f32 = 8.5;
const WIND_MPS: f32 = 0.7;
/// How fine steps of strength are shown.
const STEPS: f32 = 8.0;

/// How hard it rains in a frame: 0 not at all, 1 as hard as it can.
pub fn rain(frame: &Frame) -> f32 {
    // Half as hard as it can at 15 mm/h, a heavy shower.
    let rain = frame.light.rain_mmph.max(0.0);
    (rain / (rain + 15.0)) as f32
}

/// The streaks about a camera.
#[derive(Component)]
pub struct Streaks;

/// What falls in the picture.
#[derive(Resource, Default)]
pub struct ShownRain {
    step: u32,
    look: Option<Handle<StandardMaterial>>,
    mesh: Option<Handle<Mesh>>,
    entities: Vec<Entity>,
}

/// What of a camera says where drops are seen.
type Seen = (&'static Camera, &'static Projection, &'static Transform);

/// Shows rain about all cameras.
pub fn sync(
    mut commands: Commands,
    viewer: Res<View3d>,
    mut shown: ResMut<ShownRain>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    cameras: Query<Seen, (With<SceneCamera>, Without<Streaks>)>,
    mut streaks: Query<&mut Transform, With<Streaks>>,
) {
    let Some(frame) = viewer.0.frame() else {
        return;
    };
    let strength = rain(frame).clamp(0.0, 1.0);
    let step = (strength * STEPS).ceil() as u32;
    if step != shown.step {
        shown.step = step;
        for entity in shown.entities.drain(..) {
            commands.entity(entity).despawn();
        }
        shown.mesh = (step > 0).then(|| {
            let count = STREAKS as f32 * step as f32 / STEPS;
            meshes.add(mesh(count as u32))
        });
    }
    let Some(mesh) = shown.mesh.clone() else {
        return;
    };
    // Drops take the light of the sky.
    let light = sim::sensor::Light::of(&frame.light);
    let tint = (light.horizon + light.zenith) * 0.45 + Vec3::splat(0.04);
    let color = Color::linear_rgba(tint.x, tint.y, tint.z, 0.3);
    let look = match &shown.look {
        Some(look) => {
            if let Some(old) = materials.get(look)
                && old.base_color != color
                && let Some(mut old) = materials.get_mut(look)
            {
                old.base_color = color;
            }
            look.clone()
        }
        None => {
            let look = materials.add(StandardMaterial {
                base_color: color,
                unlit: true,
                alpha_mode: AlphaMode::Blend,
                cull_mode: None,
                ..default()
            });
            shown.look = Some(look.clone());
            look
        }
    };
    let fallen = frame.time_s as f32 * SPEED_MPS;
    let blown = frame.time_s as f32 * WIND_MPS;
    let mut number = 0;
    for (camera, projection, at) in &cameras {
        if !camera.is_active || !matches!(projection, Projection::Perspective(_)) {
            continue;
        }
        let eye = at.translation;
        // The pattern repeats itself, so that it may jump by a period unseen.
        let snap =
            |v: f32, moved: f32, period: f32| ((v - moved) / period).round() * period + moved;
        let place = Transform::from_xyz(
            snap(eye.x, blown, PERIOD_M),
            snap(eye.y, -fallen, FALL_M),
            snap(eye.z, 0.0, PERIOD_M),
        );
        match shown.entities.get(number) {
            Some(entity) => {
                if let Ok(mut transform) = streaks.get_mut(*entity) {
                    transform.set_if_neq(place);
                }
            }
            None => {
                let made = commands.spawn((
                    Streaks,
                    Mesh3d(mesh.clone()),
                    MeshMaterial3d(look.clone()),
                    place,
                    NoFrustumCulling,
                    NotShadowCaster,
                ));
                shown.entities.push(made.id());
            }
        }
        number += 1;
    }
    for entity in shown.entities.drain(number..) {
        commands.entity(entity).despawn();
    }
}

/// Streaks in three periods across and along, and two up: there are always some on all sides.
fn mesh(count: u32) -> Mesh {
    let (mut points, mut colors, mut indices) = (Vec::new(), Vec::new(), Vec::new());
    let share = |n: u32| hash(n) as f32 / 4_294_967_296.0;
    for drop in 0..count {
        let at = Vec3::new(
            (share(drop * 5) - 0.5) * PERIOD_M,
            (share(drop * 5 + 1) - 0.5) * FALL_M,
            (share(drop * 5 + 2) - 0.5) * PERIOD_M,
        );
        let length = 0.35 + 0.35 * share(drop * 5 + 3);
        let turn = share(drop * 5 + 4) * std::f32::consts::PI;
        let (s, c) = bevy::math::ops::sin_cos(turn);
        let wide = Vec3::new(c, 0.0, s) * 0.0045;
        let along = Vec3::new(WIND_MPS / SPEED_MPS, -1.0, 0.0) * length;
        for tile in 0..18 {
            let tile = Vec3::new(
                (tile % 3 - 1) as f32 * PERIOD_M,
                (tile / 9) as f32 * FALL_M - FALL_M / 2.0,
                (tile / 3 % 3 - 1) as f32 * PERIOD_M,
            );
            let p = at + tile;
            let first = points.len() as u32;
            for (corner, alpha) in [(p - wide, 0.0), (p + wide, 0.0), (p + along, 1.0)] {
                points.push(corner.to_array());
                colors.push([1.0, 1.0, 1.0, alpha]);
            }
            indices.extend([first, first + 1, first + 2]);
        }
    }
    let normals = vec![[0.0, 1.0, 0.0]; points.len()];
    Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::RENDER_WORLD,
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
    .with_inserted_indices(Indices::U32(indices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_does_not_rain_by_itself() {
        assert_eq!(rain(&Frame::default()), 0.0);
    }
}
