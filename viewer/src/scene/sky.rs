//! Sun, sky and haze, as the world's light says.

use bevy::asset::RenderAssetUsages;
use bevy::camera::visibility::RenderLayers;
use bevy::light::GlobalAmbientLight;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::pbr::{DistanceFog, FogFalloff};
use bevy::prelude::*;
use sim::sensor::{Daylight, Light};

use super::{SceneCamera, View3d};

/// Radius of the sky, metres.
const SKY_M: f32 = 9000.0;
const RINGS: usize = 40;
const SIDES: usize = 64;

/// The sky's dome.
#[derive(Component)]
pub struct Dome;

/// The sun.
#[derive(Component)]
pub struct Sun;

/// The light that is shown.
#[derive(Resource, Default)]
pub struct ShownLight(Option<Daylight>);

/// Directions of the dome's corners, in the world's frame.
fn directions() -> impl Iterator<Item = bevy::math::Vec3> {
    (0..=RINGS).flat_map(|ring| {
        // Denser at the horizon; it reaches below it.
        let share = ring as f32 / RINGS as f32;
        let up = -0.25 + 1.25 * share * share + 0.25 * share * (1.0 - share);
        let up = up.min(1.0);
        let flat = (1.0 - up * up).max(0.0).sqrt();
        (0..SIDES).map(move |side| {
            let around = side as f32 / SIDES as f32 * std::f32::consts::TAU;
            let (s, c) = bevy::math::ops::sin_cos(around);
            Vec3::new(flat * c, flat * s, up)
        })
    })
}

fn colors(light: &Light) -> Vec<[f32; 4]> {
    directions()
        .map(|d| {
            let sky = light.sky(d) * 0.9;
            [sky.x, sky.y, sky.z, 1.0]
        })
        .collect()
}

/// Makes the dome and the sun.
pub fn setup(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<StandardMaterial>>,
    quality: Res<super::Quality>,
) {
    let points: Vec<[f32; 3]> = directions()
        .map(|d| [d.x * SKY_M, d.z * SKY_M, -d.y * SKY_M])
        .collect();
    let mut indices = Vec::new();
    for ring in 0..RINGS {
        for side in 0..SIDES {
            let at = |r: usize, s: usize| (r * SIDES + s % SIDES) as u32;
            let (a, b) = (at(ring, side), at(ring, side + 1));
            let (c, d) = (at(ring + 1, side + 1), at(ring + 1, side));
            indices.extend([a, b, c, a, c, d]);
        }
    }
    let normals = vec![[0.0, 1.0, 0.0]; points.len()];
    let mesh = Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::default(),
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_attribute(
        Mesh::ATTRIBUTE_COLOR,
        colors(&Light::of(&Daylight::default())),
    )
    .with_inserted_indices(Indices::U32(indices));
    let look = materials.add(StandardMaterial {
        unlit: true,
        fog_enabled: false,
        double_sided: true,
        cull_mode: None,
        ..default()
    });
    commands.spawn((
        Dome,
        Mesh3d(meshes.add(mesh)),
        MeshMaterial3d(look),
        bevy::light::NotShadowCaster,
        bevy::camera::visibility::NoFrustumCulling,
    ));
    let cascades = bevy::light::CascadeShadowConfigBuilder {
        num_cascades: if quality.is_low { 1 } else { 3 },
        maximum_distance: if quality.is_low { 70.0 } else { 160.0 },
        first_cascade_far_bound: if quality.is_low { 70.0 } else { 24.0 },
        ..default()
    };
    commands.spawn((
        Sun,
        RenderLayers::from_layers(&[0, super::THIS_RUN, super::OTHER_RUN]),
        DirectionalLight::default(),
        Transform::default(),
        cascades.build(),
    ));
}

/// Makes light and haze those of the shown tick.
pub fn sync(
    viewer: Res<View3d>,
    mut shown: ResMut<ShownLight>,
    mut ambient: ResMut<GlobalAmbientLight>,
    mut suns: Query<(&mut DirectionalLight, &mut Transform), With<Sun>>,
    domes: Query<&Mesh3d, With<Dome>>,
    mut meshes: ResMut<Assets<Mesh>>,
    mut fogs: Query<&mut DistanceFog, With<SceneCamera>>,
) {
    let Some(daylight) = viewer.0.frame().map(|frame| frame.light) else {
        return;
    };
    let light = Light::of(&daylight);
    let horizon = light.horizon * 0.9;
    let haze = Color::linear_rgb(horizon.x, horizon.y, horizon.z);
    for mut fog in &mut fogs {
        fog.color = haze;
        // At the distance of half the contrast.
        fog.falloff = FogFalloff::Exponential {
            density: 0.69 / light.haze_m.max(1.0),
        };
    }
    if shown.0 == Some(daylight) {
        return;
    }
    shown.0 = Some(daylight);
    let strength = light.sun.max_element().max(1e-6);
    for (mut sun, mut at) in &mut suns {
        let tint = light.sun / strength;
        sun.color = Color::linear_rgb(tint.x, tint.y, tint.z);
        sun.illuminance = strength * 3600.0;
        sun.shadow_maps_enabled = strength > 0.05;
        let to = light.to_sun;
        *at = Transform::default().looking_to(-Vec3::new(to.x, to.z, -to.y), Vec3::Y);
    }
    let sky = (light.zenith + light.horizon) * 0.5;
    let most = sky.max_element().max(1e-6);
    ambient.color = Color::linear_rgb(sky.x / most, sky.y / most, sky.z / most);
    ambient.brightness = most * 900.0;
    for dome in &domes {
        if let Some(mut mesh) = meshes.get_mut(&dome.0) {
            mesh.insert_attribute(Mesh::ATTRIBUTE_COLOR, colors(&light));
        }
    }
}
