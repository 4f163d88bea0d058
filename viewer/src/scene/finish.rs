//! The material of everything solid: bevy's own with grain, facades, gloss that mirrors the sky, and rain on top.

use bevy::asset::uuid_handle;
use bevy::pbr::{ExtendedMaterial, MaterialExtension};
use bevy::prelude::*;
use bevy::render::render_resource::{AsBindGroup, ShaderType};
use bevy::shader::{Shader, ShaderRef};
use sim::sensor::{Light, Material as Surface};

const SHADER: Handle<Shader> = uuid_handle!("5f7d3a52-64c4-4a39-9d0c-2f1d8d4be101");

/// A solid material.
pub type Solid = ExtendedMaterial<StandardMaterial, Finish>;

/// What the shader draws on a surface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Lacquer, glass, metal, cloth: vertices say which.
    Body = 0,
    /// Asphalt and marks.
    Road = 1,
    /// Grass and gravel.
    Ground = 2,
    /// Walls with windows.
    Facade = 3,
    /// Leaves.
    Leaves = 4,
    /// Slabs and kerbs.
    Slabs = 5,
    /// Nothing.
    Plain = 6,
}

/// What it is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, ShaderType)]
pub struct Look {
    /// Skylight from the horizon; the kind.
    pub horizon: Vec4,
    /// Skylight from straight up; how wet it is, 0 to 1.
    pub zenith: Vec4,
    /// Light that the ground throws up; how dark it is, 0 to 1.
    pub ground: Vec4,
}

/// The part that is added to bevy's material.
#[derive(Asset, AsBindGroup, TypePath, Clone, Debug)]
pub struct Finish {
    /// What the shader is given.
    #[uniform(100)]
    pub look: Look,
}

impl MaterialExtension for Finish {
    fn fragment_shader() -> ShaderRef {
        ShaderRef::Handle(SHADER)
    }

    fn enable_prepass() -> bool {
        false
    }
}

/// Solid materials that are shared.
#[derive(Resource)]
pub struct Finishes {
    /// Of actors.
    pub body: Handle<Solid>,
    /// The shade under actors.
    pub shade: Handle<StandardMaterial>,
}

impl FromWorld for Finishes {
    fn from_world(world: &mut World) -> Self {
        let shade = world
            .resource_mut::<Assets<StandardMaterial>>()
            .add(StandardMaterial {
                unlit: true,
                alpha_mode: AlphaMode::Blend,
                depth_bias: 30.0,
                cull_mode: None,
                ..default()
            });
        let body = StandardMaterial {
            perceptual_roughness: 0.4,
            reflectance: 0.4,
            ..default()
        };
        let body = world
            .resource_mut::<Assets<Solid>>()
            .add(solid(body, Kind::Body));
        Self { body, shade }
    }
}

/// A material with a finish.
pub fn solid(base: StandardMaterial, kind: Kind) -> Solid {
    let look = Look {
        horizon: Vec4::W * f32::from(kind as u8),
        ..Look::default()
    };
    Solid {
        base,
        extension: Finish { look },
    }
}

/// How a material of the map looks.
pub fn of_map(surface: Surface) -> Solid {
    let [r, g, b] = surface.albedo();
    let (roughness, metallic, reflectance) = match surface {
        Surface::Metal => (0.45, 0.6, 0.5),
        Surface::SignFace | Surface::SignalHousing | Surface::Plastic => (0.5, 0.0, 0.4),
        Surface::Asphalt => (0.88, 0.0, 0.3),
        _ => (0.95, 0.0, 0.2),
    };
    let kind = match surface {
        Surface::Asphalt
        | Surface::BikeLane
        | Surface::MarkWhite
        | Surface::MarkYellow
        | Surface::MarkRed
        | Surface::MarkBlue
        | Surface::MarkGreen => Kind::Road,
        Surface::Grass | Surface::Gravel => Kind::Ground,
        Surface::Wall => Kind::Facade,
        Surface::Foliage => Kind::Leaves,
        Surface::Sidewalk | Surface::Curb => Kind::Slabs,
        _ => Kind::Plain,
    };
    let base = StandardMaterial {
        base_color: Color::linear_rgb(r, g, b),
        perceptual_roughness: roughness,
        metallic,
        reflectance,
        // Marks lie on the surface.
        depth_bias: if is_mark(surface) { 40.0 } else { 0.0 },
        double_sided: true,
        cull_mode: None,
        ..StandardMaterial::default()
    };
    solid(base, kind)
}

fn is_mark(surface: Surface) -> bool {
    matches!(
        surface,
        Surface::MarkWhite
            | Surface::MarkYellow
            | Surface::MarkRed
            | Surface::MarkBlue
            | Surface::MarkGreen
    )
}

/// Light and weather as all solid materials were last told.
#[derive(Resource, Default)]
pub struct Told(Option<[Vec4; 3]>);

/// Tells all solid materials of the light and the weather, if they have changed enough to be seen.
pub fn sync(
    viewer: Res<super::View3d>,
    mut told: ResMut<Told>,
    mut materials: ResMut<Assets<Solid>>,
) {
    let Some(frame) = viewer.0.frame() else {
        return;
    };
    let light = Light::of(&frame.light);
    let (dark, wet) = (dark(&light), super::rain::rain(frame));
    let now = [
        (light.horizon * 0.9).extend(0.0),
        (light.zenith * 0.9).extend(wet),
        light.ground.extend(dark),
    ];
    let is_same = |old: &[Vec4; 3]| {
        let off = old.iter().zip(&now).map(|(a, b)| (*a - *b).abs());
        off.map(Vec4::max_element).fold(0.0, f32::max) < 0.004
    };
    let is_new = |m: &Solid| m.extension.look.zenith == Vec4::ZERO;
    let all_told = told.0.as_ref().is_some_and(is_same);
    let ids: Vec<_> = materials
        .iter()
        .filter(|(_, m)| !all_told || is_new(m))
        .map(|(id, _)| id)
        .collect();
    for id in ids {
        if let Some(mut material) = materials.get_mut(id) {
            let look = &mut material.extension.look;
            look.horizon = now[0].truncate().extend(look.horizon.w);
            look.zenith = now[1];
            look.ground = now[2];
        }
    }
    if !all_told {
        told.0 = Some(now);
    }
}

/// How dark it is: 0 by day, 1 at night.
pub fn dark(light: &Light) -> f32 {
    ((0.1 - light.to_sun.z) / 0.22).clamp(0.0, 1.0)
}

/// Adds the shader.
pub fn plugin(app: &mut App) {
    if let Some(mut shaders) = app.world_mut().get_resource_mut::<Assets<Shader>>() {
        let shader = Shader::from_wgsl(include_str!("finish.wgsl"), "skidpad/finish.wgsl");
        // It stays as long as the program; a handle that is taken already would be its own.
        shaders.insert(SHADER.id(), shader).ok();
    }
    app.add_plugins(MaterialPlugin::<Solid>::default())
        .init_resource::<Finishes>()
        .init_resource::<Told>();
}
