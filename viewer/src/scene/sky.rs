//! Sun, sky and haze, as the world's light says.

use bevy::asset::{RenderAssetUsages, uuid_handle};
use bevy::camera::visibility::RenderLayers;
use bevy::light::GlobalAmbientLight;
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::pbr::{DistanceFog, FogFalloff};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::shader::{Shader, ShaderRef};
use sim::sensor::{Daylight, Light};

use super::finish::dark;
use super::{SceneCamera, View3d};

/// Radius of the sky, metres.
const SKY_M: f32 = 9000.0;
const RINGS: usize = 12;
const SIDES: usize = 32;
/// Layers of noise in clouds: without a GPU, and with one.
const LAYERS: [f32; 2] = [4.0, 6.0];
/// Moonlight, as a share of an overcast day's skylight; eyes that are used to the dark see by it.
const MOONLIGHT: f32 = 0.085;

const SHADER: Handle<Shader> = uuid_handle!("5f7d3a52-64c4-4a39-9d0c-2f1d8d4be102");

/// The sky's dome.
#[derive(Component)]
pub struct Dome;

/// The sun.
#[derive(Component)]
pub struct Sun;

/// The light that is shown.
#[derive(Resource, Default)]
pub struct ShownLight(Option<Daylight>);

/// What the sky's shader is given; its axes are the picture's.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct SkyLook {
    /// Skylight from the horizon; how clear it is.
    horizon: Vec4,
    /// Skylight from straight up; how dark it is.
    zenith: Vec4,
    /// Direct sunlight; distance of half the contrast in haze, metres.
    sun: Vec4,
    /// Direction to the sun; layers of noise in the clouds.
    to_sun: Vec4,
}

/// The material of the sky.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug)]
pub struct SkyMaterial {
    #[uniform(0)]
    look: SkyLook,
}

impl Material for SkyMaterial {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(SHADER)
    }

    fn enable_prepass() -> bool {
        false
    }

    fn enable_shadows() -> bool {
        false
    }
}

/// Adds the shader.
pub fn plugin(app: &mut App) {
    if let Some(mut shaders) = app.world_mut().get_resource_mut::<Assets<Shader>>() {
        let shader = Shader::from_wgsl(include_str!("sky.wgsl"), "skidpad/sky.wgsl");
        shaders.insert(SHADER.id(), shader).ok();
    }
    app.add_plugins(MaterialPlugin::<SkyMaterial>::default());
}

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

/// Makes the dome and the sun.
pub fn setup(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<SkyMaterial>>,
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
            // It is seen from inside.
            indices.extend([a, c, b, a, d, c]);
        }
    }
    let normals = vec![[0.0, 1.0, 0.0]; points.len()];
    let mesh = Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::default(),
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
    .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
    .with_inserted_indices(Indices::U32(indices));
    let layers = LAYERS[usize::from(!quality.is_low)];
    let look = materials.add(SkyMaterial {
        look: SkyLook {
            to_sun: Vec4::W * layers,
            ..SkyLook::default()
        },
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
    domes: Query<&MeshMaterial3d<SkyMaterial>, With<Dome>>,
    mut skies: ResMut<Assets<SkyMaterial>>,
    mut fogs: Query<&mut DistanceFog, With<SceneCamera>>,
) {
    let Some(frame) = viewer.0.frame() else {
        return;
    };
    let daylight = frame.light;
    let light = Light::of(&daylight);
    let wet = super::rain::rain(frame);
    let horizon = light.horizon * 0.9;
    let haze = Color::linear_rgb(horizon.x, horizon.y, horizon.z);
    for mut fog in &mut fogs {
        fog.color = haze;
        // At the distance of half the contrast.
        fog.falloff = FogFalloff::Exponential {
            density: 0.69 / (light.haze_m * (1.0 - 0.35 * wet)).max(1.0),
        };
    }
    if shown.0 == Some(daylight) {
        return;
    }
    shown.0 = Some(daylight);
    let strength = light.sun.max_element().max(1e-6);
    let to_sun = Vec3::new(light.to_sun.x, light.to_sun.z, -light.to_sun.y);
    let dark = dark(&light);
    for (mut sun, mut at) in &mut suns {
        let tint = light.sun / strength;
        sun.color = Color::linear_rgb(tint.x, tint.y, tint.z);
        sun.illuminance = strength * 3600.0;
        sun.shadow_maps_enabled = strength > 0.05;
        *at = Transform::default().looking_to(-to_sun, Vec3::Y);
    }
    let moon = Vec3::new(0.5, 0.68, 1.0) * (MOONLIGHT * dark);
    let sky = (light.zenith + light.horizon) * 0.5 + moon;
    let most = sky.max_element().max(1e-6);
    ambient.color = Color::linear_rgb(sky.x / most, sky.y / most, sky.z / most);
    ambient.brightness = most * 900.0;
    let clear = daylight.clearness.clamp(0.0, 1.0) as f32;
    for dome in &domes {
        if let Some(mut sky) = skies.get_mut(&dome.0) {
            let look = &mut sky.look;
            look.horizon = horizon.extend(clear);
            look.zenith = (light.zenith * 0.9).extend(dark);
            look.sun = light.sun.extend(light.haze_m);
            look.to_sun = to_sun.extend(look.to_sun.w);
        }
    }
}
