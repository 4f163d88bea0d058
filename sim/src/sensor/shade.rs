//! Colour of what a camera ray hit.

use std::sync::OnceLock;

use bevy::math::Vec3;

use super::daylight::Light;
use super::draw::mix;
use super::semantic::Material;
use super::surface::Surface;

/// Radiance towards the camera, linear. `footprint_m` is a pixel's width at the hit: finer patterns fade out.
pub(super) fn radiance(
    surface: &Surface,
    light: &Light,
    point: Vec3,
    direction: Vec3,
    distance_m: f32,
    footprint_m: f32,
    in_sun: bool,
) -> Vec3 {
    let normal = facing(surface.normal, direction);
    let mut albedo = Vec3::from_array(surface.look.albedo);
    let mut gloss = surface.look.gloss;
    if let Some((material, group)) = surface.ground {
        (albedo, gloss) = pattern(material, group, albedo, normal, point, footprint_m);
        if light.wetness > 0.0 && normal.z.abs() > 0.7 {
            // Water darkens what it soaks into, and mirrors the sky.
            albedo *= 1.0 - 0.4 * light.wetness;
            gloss = gloss.max(0.05 * light.wetness);
        }
    }
    let mut color = light.ambient(normal);
    if in_sun {
        color += light.sun * normal.dot(light.to_sun).max(0.0);
    }
    color *= albedo;
    if gloss > 0.0 {
        let cosine = -normal.dot(direction);
        let away = (1.0 - cosine).clamp(0.0, 1.0);
        let square = away * away;
        let fresnel = gloss + (1.0 - gloss) * square * square * away;
        let mirrored = direction + normal * (2.0 * cosine);
        let seen = if mirrored.z > 0.0 {
            light.sky(mirrored).min(Vec3::splat(3.0))
        } else {
            light.ground
        };
        color = color * (1.0 - fresnel) + seen * fresnel;
    }
    color += Vec3::from_array(surface.glow);
    let haze = distance_m / (distance_m + light.haze_m);
    color.lerp(light.horizon, haze)
}

/// The normal on the side that a ray comes from.
pub(super) fn facing(normal: Vec3, direction: Vec3) -> Vec3 {
    if normal.dot(direction) > 0.0 {
        -normal
    } else {
        normal
    }
}

/// Albedo and gloss of a map surface with its pattern.
fn pattern(
    material: Material,
    group: u32,
    albedo: Vec3,
    normal: Vec3,
    p: Vec3,
    footprint_m: f32,
) -> (Vec3, f32) {
    let grain = |cell_m: f32, depth: f32| {
        let fade = (1.0 - footprint_m / cell_m).clamp(0.0, 1.0);
        depth * fade * (noise(p.x / cell_m, p.y / cell_m) - 0.5)
    };
    let factor = match material {
        Material::Asphalt | Material::BikeLane => 1.0 + grain(0.12, 0.5) + grain(2.7, 0.22),
        Material::Grass => 1.0 + grain(0.35, 0.6) + grain(6.0, 0.5),
        Material::Gravel => 1.0 + grain(0.15, 0.6) + grain(3.0, 0.2),
        Material::Foliage => 1.0 + grain(0.4, 0.9) + 0.4 * (noise(p.z * 2.0, p.x) - 0.5),
        Material::MarkWhite | Material::MarkYellow => 1.0 + grain(0.3, 0.25),
        Material::Sidewalk => {
            let joint = slab(p.x, footprint_m) || slab(p.y, footprint_m);
            if joint { 0.75 } else { 1.0 + grain(1.0, 0.15) }
        }
        Material::Wall => return wall(group, albedo, normal, p, footprint_m),
        _ => 1.0,
    };
    (albedo * factor, 0.0)
}

/// Whether a coordinate lies in the joint between slabs of a metre.
fn slab(x: f32, footprint_m: f32) -> bool {
    footprint_m < 0.15 && x - x.floor() < 0.05
}

/// A facade: a tint a building, and rows of windows.
fn wall(group: u32, albedo: Vec3, normal: Vec3, p: Vec3, footprint_m: f32) -> (Vec3, f32) {
    let h = mix(u64::from(group), 17);
    let share = |shift: u32| ((h >> shift) & 255) as f32 / 255.0;
    let tint = Vec3::new(
        0.75 + 0.5 * share(0),
        0.75 + 0.45 * share(8),
        0.7 + 0.5 * share(16),
    );
    let plain = albedo * tint;
    if normal.z.abs() > 0.5 {
        return (plain * 0.55, 0.0);
    }
    let along = p.y * normal.x - p.x * normal.y;
    let (wide, tall) = (2.4 + 1.2 * share(24), 2.9 + 0.5 * share(32));
    let (u, v) = (along / wide, p.z / tall);
    let (fu, fv) = (u - u.floor(), v - v.floor());
    let glass = Vec3::new(0.03, 0.04, 0.05);
    // Far off, the mean of wall and windows.
    let fade = (1.0 - footprint_m / wide).clamp(0.0, 1.0);
    let window = (0.25..0.75).contains(&fu) && (0.3..0.8).contains(&fv);
    let (color, gloss) = if window { (glass, 0.1) } else { (plain, 0.0) };
    let mean = plain * 0.75 + glass * 0.25;
    (mean.lerp(color, fade), gloss * fade)
}

/// A number in [0, 1) for each cell of a grid.
fn noise(x: f32, y: f32) -> f32 {
    let (i, j) = (x.floor() as i32 as u32, y.floor() as i32 as u32);
    let h = mix(u64::from(i) << 32 | u64::from(j), 3);
    (h >> 40) as f32 / (1u64 << 24) as f32
}

/// A linear colour as the camera's bytes: exposure, soft highlights, sRGB.
pub(super) fn develop(color: Vec3) -> [u8; 3] {
    const STEPS: usize = 4096;
    static CURVE: OnceLock<Vec<u8>> = OnceLock::new();
    let curve = CURVE.get_or_init(|| {
        (0..=STEPS)
            .map(|i| {
                let v = i as f64 / STEPS as f64;
                let s = if v <= 0.003_130_8 {
                    12.92 * v
                } else {
                    1.055 * crate::math::powf(v, 1.0 / 2.4) - 0.055
                };
                (s * 255.0 + 0.5) as u8
            })
            .collect()
    });
    let byte = |v: f32| {
        let v = v.max(0.0);
        let soft = v * (1.0 + v * 0.12) / (1.0 + v);
        let index = (soft * STEPS as f32) as usize;
        curve[index.min(STEPS)]
    };
    color.to_array().map(byte)
}
