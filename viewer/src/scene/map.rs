//! The map's surfaces, objects, plants and signals as meshes: the triangles that sensors see, dressed up.

use std::collections::BTreeMap;

use bevy::asset::RenderAssetUsages;
use bevy::mesh::PrimitiveTopology;
use bevy::prelude::*;
use sim::road::RoadNetwork;
use sim::sensor::{Material, TriangleSoup, map_triangles};

use super::space::Origin;
use super::{building, plant};

/// Side of the squares that the map is cut into, so that what is out of sight is not drawn, metres.
const TILE_M: f64 = 200.0;
/// How far the ground goes on about the map, metres.
const HORIZON_M: f32 = 8000.0;

/// Triangles of one material in one square.
#[derive(Default)]
pub struct Part {
    points: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    colors: Vec<[f32; 4]>,
    /// Places on a facade, and how many of them there are.
    uvs: [Vec<[f32; 2]>; 2],
}

impl Part {
    /// Adds a flat triangle of one tint.
    pub fn flat(&mut self, corners: [Vec3; 3], tint: [f32; 4]) {
        let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
        if let Some(normal) = normal.try_normalize() {
            self.smooth(corners, [normal; 3], tint);
        }
    }

    /// Adds a triangle with a normal a corner.
    pub fn smooth(&mut self, corners: [Vec3; 3], normals: [Vec3; 3], tint: [f32; 4]) {
        for (p, normal) in corners.into_iter().zip(normals) {
            self.points.push(p.to_array());
            self.normals.push(normal.to_array());
            self.colors.push(tint);
        }
    }

    /// Gives the corners that were added last, up to `count` of them, their places on a facade; those before that have
    /// none get nothing.
    pub fn place(&mut self, places: &[[f32; 2]], counts: [f32; 2]) {
        let from = self.points.len().saturating_sub(places.len());
        self.uvs[0].resize(from, [0.0; 2]);
        self.uvs[1].resize(from, [0.0; 2]);
        self.uvs[0].extend(places);
        self.uvs[1].resize(self.points.len(), counts);
    }

    /// How many corners it has.
    pub fn len(&self) -> usize {
        self.points.len()
    }

    fn mesh(mut self, has_places: bool) -> Mesh {
        let count = self.points.len();
        let mesh = Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::RENDER_WORLD,
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.points)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, self.colors);
        if !has_places {
            return mesh;
        }
        let [mut places, mut counts] = std::mem::take(&mut self.uvs);
        places.resize(count, [0.0; 2]);
        counts.resize(count, [0.0; 2]);
        mesh.with_inserted_attribute(Mesh::ATTRIBUTE_UV_0, places)
            .with_inserted_attribute(Mesh::ATTRIBUTE_UV_1, counts)
    }
}

/// Parts by material and square.
#[derive(Default)]
pub struct Parts(BTreeMap<(u8, i64, i64), (Option<Material>, Part)>);

impl Parts {
    /// The part of a material about a point of the picture.
    pub fn at(&mut self, material: Material, p: Vec3) -> &mut Part {
        let tile = |v: f32| (f64::from(v) / TILE_M).floor() as i64;
        let key = (material as u8, tile(p.x), tile(p.z));
        let (known, part) = self.0.entry(key).or_default();
        *known = Some(material);
        part
    }
}

/// The triangles of one thing, in the picture's axes.
pub type Thing = Vec<[Vec3; 3]>;

/// The meshes of a map, each with its material.
pub fn meshes(network: &RoadNetwork, origin: &Origin) -> Vec<(Mesh, Material)> {
    let soup = map_triangles(network);
    let mut parts = Parts::default();
    // Houses and plants are dressed as a whole.
    let mut houses: BTreeMap<u32, Thing> = BTreeMap::new();
    let mut plants: BTreeMap<u32, Thing> = BTreeMap::new();
    let mut round: BTreeMap<u8, (Material, Thing)> = BTreeMap::new();
    for (corners, material, group) in &soup.triangles {
        let corner = |i: usize| soup.vertices.get(corners[i] as usize).copied();
        let (Some(a), Some(b), Some(c)) = (corner(0), corner(1), corner(2)) else {
            continue;
        };
        let points = [a, b, c].map(|p| origin.point(p));
        if !points.iter().all(|p| p.is_finite()) {
            continue;
        }
        match material {
            Material::Wall => houses.entry(*group).or_default().push(points),
            Material::Foliage => plants.entry(*group).or_default().push(points),
            Material::Trunk | Material::Metal => {
                let (_, thing) = round
                    .entry(*material as u8)
                    .or_insert_with(|| (*material, Vec::new()));
                thing.push(points);
            }
            _ => {
                let t = tint(*material, *group);
                parts.at(*material, points[0]).flat(points, [t, t, t, 1.0]);
            }
        }
    }
    for (group, thing) in &houses {
        building::add(*group, thing, &mut parts);
    }
    let crowns = plants.len();
    for (group, thing) in &plants {
        plant::add(*group, thing, crowns, &mut parts);
    }
    for (material, thing) in round.values() {
        smooth(*material, thing, &mut parts);
    }
    ground_to_the_horizon(&soup, origin, &mut parts);
    parts
        .0
        .into_values()
        .filter_map(|(material, part)| {
            let material = material?;
            Some((part.mesh(material == Material::Wall), material))
        })
        .collect()
}

fn tint(material: Material, group: u32) -> f32 {
    match material {
        Material::Plastic => {
            0.75 + 0.5 * (group.wrapping_mul(2_654_435_761) >> 16 & 255) as f32 / 255.0
        }
        _ => 1.0,
    }
}

/// Adds poles and trunks, round across their flat sides.
fn smooth(material: Material, thing: &Thing, parts: &mut Parts) {
    let place = |p: Vec3| (p * 500.0).round().as_ivec3();
    let mut faces: std::collections::HashMap<IVec3, Vec<Vec3>> = std::collections::HashMap::new();
    let normal_of = |[a, b, c]: &[Vec3; 3]| (*b - *a).cross(*c - *a);
    for triangle in thing {
        for p in triangle {
            faces
                .entry(place(*p))
                .or_default()
                .push(normal_of(triangle));
        }
    }
    for triangle in thing {
        let Some(own) = normal_of(triangle).try_normalize() else {
            continue;
        };
        let normals = triangle.map(|p| {
            let all = faces.get(&place(p)).into_iter().flatten();
            let near = all.filter(|n| n.dot(own) > 0.69 * n.length());
            near.sum::<Vec3>().normalize_or(own)
        });
        parts
            .at(material, triangle[0])
            .smooth(*triangle, normals, [1.0; 4]);
    }
}

/// Goes on with the ground from the edge of the map, so that it meets the sky in the haze.
fn ground_to_the_horizon(soup: &TriangleSoup, origin: &Origin, parts: &mut Parts) {
    let ground = soup.triangles.iter().filter(|t| t.1 == Material::Grass);
    let corners = ground.clone().flat_map(|t| t.0);
    let (mut low, mut high) = (Vec3::splat(f32::MAX), Vec3::splat(f32::MIN));
    for p in corners.filter_map(|i| soup.vertices.get(i as usize)) {
        let p = origin.point(*p);
        (low, high) = (low.min(p), high.max(p));
    }
    let (middle, size) = ((low + high) / 2.0, (high - low) / 2.0);
    if !(size.x > 1.0 && size.z > 1.0) {
        return;
    }
    let grow = 1.0 + HORIZON_M / size.x.min(size.z);
    let on_edge = |p: Vec3| {
        [
            p.x <= low.x + 0.01,
            p.x >= high.x - 0.01,
            p.z <= low.z + 0.01,
            p.z >= high.z - 0.01,
        ]
    };
    let out = |p: Vec3| {
        Vec3::new(
            middle.x + (p.x - middle.x) * grow,
            p.y,
            middle.z + (p.z - middle.z) * grow,
        )
    };
    for (corners, ..) in ground {
        let points = corners.map(|i| soup.vertices.get(i as usize).map(|p| origin.point(*p)));
        for (a, b) in [(0, 1), (1, 2), (2, 0)] {
            let (Some(a), Some(b)) = (points[a], points[b]) else {
                continue;
            };
            let is_edge = on_edge(a).iter().zip(on_edge(b)).any(|(p, q)| *p && q);
            if is_edge {
                let part = parts.at(Material::Grass, out(a));
                part.smooth([a, b, out(b)], [Vec3::Y; 3], [1.0; 4]);
                part.smooth([a, out(b), out(a)], [Vec3::Y; 3], [1.0; 4]);
            }
        }
    }
}
