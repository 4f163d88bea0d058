//! The map's surfaces, objects, plants and signals as meshes.

use std::collections::BTreeMap;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::PrimitiveTopology;
use bevy::prelude::*;
use sim::road::RoadNetwork;
use sim::sensor::{Material, map_triangles};

use super::space::Origin;

/// Side of the squares that the map is cut into, so that what is out of sight is not drawn, metres.
const TILE_M: f64 = 200.0;

/// The meshes of a map, each with its material.
pub fn meshes(network: &RoadNetwork, origin: &Origin) -> Vec<(Mesh, Material)> {
    let soup = map_triangles(network);
    type Part = (Vec<[f32; 3]>, Vec<[f32; 3]>, Vec<[f32; 4]>);
    let mut parts: BTreeMap<(u8, i64, i64), (Material, Part)> = BTreeMap::new();
    for (corners, material, group) in &soup.triangles {
        let corner = |i: usize| soup.vertices.get(corners[i] as usize).copied();
        let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) else {
            continue;
        };
        let points = [a, b, c].map(|p| origin.point(p));
        let normal = (points[1] - points[0]).cross(points[2] - points[0]);
        let Some(normal) = normal.try_normalize() else {
            continue;
        };
        let tile = |v: f64| (v / TILE_M).floor() as i64;
        let key = (*material as u8, tile(a[0]), tile(a[1]));
        let (_, part) = parts
            .entry(key)
            .or_insert_with(|| (*material, Part::default()));
        // Things of a kind differ a little in tint.
        let tint = tint(*material, *group);
        for p in points {
            part.0.push(p.to_array());
            part.1.push(normal.to_array());
            part.2.push([tint, tint, tint, 1.0]);
        }
    }
    parts
        .into_values()
        .map(|(material, (points, normals, colors))| {
            let mesh = Mesh::new(
                PrimitiveTopology::TriangleList,
                RenderAssetUsages::RENDER_WORLD,
            )
            .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
            .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, normals)
            .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors);
            (mesh, material)
        })
        .collect()
}

fn tint(material: Material, group: u32) -> f32 {
    match material {
        Material::Wall | Material::Foliage | Material::Plastic | Material::Trunk => {
            0.75 + 0.5 * (group.wrapping_mul(2_654_435_761) >> 16 & 255) as f32 / 255.0
        }
        _ => 1.0,
    }
}

/// How a material looks.
pub fn look(material: Material) -> StandardMaterial {
    let [r, g, b] = material.albedo();
    let (roughness, metallic, reflectance) = match material {
        Material::Metal => (0.45, 0.8, 0.5),
        Material::SignFace | Material::SignalHousing | Material::Plastic => (0.5, 0.0, 0.4),
        Material::Asphalt => (0.88, 0.0, 0.3),
        _ => (0.95, 0.0, 0.25),
    };
    StandardMaterial {
        base_color: Color::linear_rgb(r, g, b),
        perceptual_roughness: roughness,
        metallic,
        reflectance,
        // Marks lie on the surface.
        depth_bias: if is_mark(material) { 40.0 } else { 0.0 },
        double_sided: true,
        cull_mode: None,
        ..StandardMaterial::default()
    }
}

fn is_mark(material: Material) -> bool {
    matches!(
        material,
        Material::MarkWhite
            | Material::MarkYellow
            | Material::MarkRed
            | Material::MarkBlue
            | Material::MarkGreen
    )
}
