//! Triangles in the making: primitives in an actor's frame (forward, left, up; metres), and smooth normals for all of
//! them by the angle between their faces.

use std::collections::HashMap;

use bevy::asset::RenderAssetUsages;
use bevy::math::ops::{cos, sin_cos};
use bevy::mesh::{Indices, PrimitiveTopology};
use bevy::prelude::*;

use super::space::local;

/// Faces that meet at less than this are smooth where they meet, radians.
const CREASE_RAD: f32 = 0.8;

/// Colour and finish of a surface; the finish travels in the colour's fourth number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Coat(pub [f32; 4]);

impl Coat {
    /// Lacquer.
    pub const fn paint([r, g, b]: [f32; 3]) -> Self {
        Self([r, g, b, 1.0])
    }

    /// Bare metal.
    pub const fn metal([r, g, b]: [f32; 3]) -> Self {
        Self([r, g, b, 0.7])
    }

    /// Cloth, rubber, skin.
    pub const fn matt([r, g, b]: [f32; 3]) -> Self {
        Self([r, g, b, 0.1])
    }
}

/// Tinted glass over a dark inside.
pub const GLASS: Coat = Coat([0.012, 0.016, 0.02, 0.4]);
/// Black plastic.
pub const DARK: Coat = Coat::matt([0.018, 0.018, 0.02]);
/// What is out of the light: wheel wells and floors.
pub const DEEP: Coat = Coat::matt([0.004, 0.004, 0.004]);
/// Tyres.
pub const RUBBER: Coat = Coat::matt([0.02, 0.02, 0.021]);
/// Bright metal.
pub const CHROME: Coat = Coat::metal([0.55, 0.56, 0.58]);
/// A lamp's cover, which its material colours.
pub const LAMP: Coat = Coat([1.0; 4]);

/// Triangles with a coat each.
#[derive(Default)]
pub struct Sketch {
    triangles: Vec<([Vec3; 3], [f32; 4])>,
}

impl Sketch {
    /// A triangle, counter-clockwise seen from outside.
    pub fn triangle(&mut self, corners: [Vec3; 3], coat: Coat) {
        self.triangles.push((corners, coat.0));
    }

    /// A triangle that looks away from a point.
    pub fn away(&mut self, [a, b, c]: [Vec3; 3], from: Vec3, coat: Coat) {
        let out = (a + b + c) / 3.0 - from;
        let corners = if (b - a).cross(c - a).dot(out) < 0.0 {
            [a, c, b]
        } else {
            [a, b, c]
        };
        self.triangle(corners, coat);
    }

    /// A quadrilateral that looks away from a point.
    pub fn quad(&mut self, [a, b, c, d]: [Vec3; 4], from: Vec3, coat: Coat) {
        self.away([a, b, c], from, coat);
        self.away([a, c, d], from, coat);
    }

    /// A surface through rings of as many points, closed around; `coat` by ring and side.
    pub fn loft(&mut self, rings: &[Vec<Vec3>], coat: impl Fn(usize, usize) -> Coat) {
        for (number, pair) in rings.windows(2).enumerate() {
            let [below, above] = pair else { continue };
            let from = (middle(below) + middle(above)) / 2.0;
            let count = below.len().min(above.len());
            for i in 0..count {
                let j = (i + 1) % count;
                let corners = [below[i], below[j], above[j], above[i]];
                self.quad(corners, from, coat(number, i));
            }
        }
    }

    /// Closes a ring, looking away from a point.
    pub fn cap(&mut self, ring: &[Vec3], from: Vec3, coat: Coat) {
        let center = middle(ring);
        for (i, a) in ring.iter().enumerate() {
            self.away([center, *a, ring[(i + 1) % ring.len()]], from, coat);
        }
    }

    /// A box.
    pub fn cuboid(&mut self, low: Vec3, high: Vec3, coat: Coat) {
        let ring = |z: f32| {
            vec![
                Vec3::new(low.x, low.y, z),
                Vec3::new(high.x, low.y, z),
                Vec3::new(high.x, high.y, z),
                Vec3::new(low.x, high.y, z),
            ]
        };
        self.closed(&[ring(low.z), ring(high.z)], coat);
    }

    /// A loft of one coat with both ends closed.
    pub fn closed(&mut self, rings: &[Vec<Vec3>], coat: Coat) {
        self.loft(rings, |_, _| coat);
        if let (Some(first), Some(last)) = (rings.first(), rings.last()) {
            let inside = (middle(first) + middle(last)) / 2.0;
            self.cap(first, inside, coat);
            self.cap(last, inside, coat);
        }
    }

    /// A box with its upright and upper edges broken by `bevel`.
    pub fn crate_box(&mut self, low: Vec3, high: Vec3, bevel: f32, coat: Coat) {
        let ring = |z: f32, inset: f32| {
            let (x0, x1) = (low.x + inset, high.x - inset);
            let (y0, y1) = (low.y + inset, high.y - inset);
            let b = bevel;
            [
                (x0 + b, y0),
                (x1 - b, y0),
                (x1, y0 + b),
                (x1, y1 - b),
                (x1 - b, y1),
                (x0 + b, y1),
                (x0, y1 - b),
                (x0, y0 + b),
            ]
            .map(|(x, y)| Vec3::new(x, y, z))
            .to_vec()
        };
        let rings = [
            ring(low.z, 0.0),
            ring(high.z - bevel, 0.0),
            ring(high.z, bevel),
        ];
        self.closed(&rings, coat);
    }

    /// A bar between two points, as thick as the radii say.
    pub fn tube(&mut self, a: Vec3, b: Vec3, radii: [f32; 2], sides: usize, coat: Coat) {
        let Some(along) = (b - a).try_normalize() else {
            return;
        };
        let side = along.any_orthonormal_vector();
        let up = along.cross(side);
        let ring = |center: Vec3, r: f32| -> Vec<Vec3> {
            around(sides)
                .map(|(s, c)| center + (side * c + up * s) * r)
                .collect()
        };
        self.closed(&[ring(a, radii[0]), ring(b, radii[1])], coat);
    }

    /// A stack of level ellipses (middle, radius along x, radius along y), closed at both ends.
    pub fn stack(&mut self, levels: &[(Vec3, f32, f32)], sides: usize, coat: Coat) {
        let rings: Vec<Vec<Vec3>> = levels
            .iter()
            .map(|(center, rx, ry)| {
                around(sides)
                    .map(|(s, c)| *center + Vec3::new(rx * c, ry * s, 0.0))
                    .collect()
            })
            .collect();
        self.closed(&rings, coat);
    }

    /// An ellipsoid.
    pub fn ball(&mut self, center: Vec3, radii: Vec3, sides: usize, coat: Coat) {
        let rings = (sides / 2).max(3);
        let levels: Vec<(Vec3, f32, f32)> = (0..=rings)
            .map(|i| {
                let (s, c) = sin_cos((i as f32 / rings as f32 - 0.5) * std::f32::consts::PI);
                let c = c.max(0.02);
                (center + Vec3::Z * (radii.z * s), radii.x * c, radii.y * c)
            })
            .collect();
        self.stack(&levels, sides, coat);
    }

    /// A shape turned about an axis along y: (distance from the axis, y) of its outline with coats between.
    pub fn turned(&mut self, center: Vec3, outline: &[(f32, f32, Coat)], sides: usize) {
        for pair in outline.windows(2) {
            let [(r0, y0, coat), (r1, y1, _)] = pair else {
                continue;
            };
            // Outwards is away from the middle of the ring that the outline goes around.
            for i in 0..sides {
                let at = |k: usize, r: f32, y: f32| {
                    let (s, c) = sin_cos(k as f32 / sides as f32 * std::f32::consts::TAU);
                    center + Vec3::new(r * c, y, r * s)
                };
                let corners = [
                    at(i, *r0, *y0),
                    at(i + 1, *r0, *y0),
                    at(i + 1, *r1, *y1),
                    at(i, *r1, *y1),
                ];
                let inner = outline.iter().map(|o| o.0).fold(f32::MAX, f32::min);
                let outer = outline.iter().map(|o| o.0).fold(0.0, f32::max);
                let (s, c) = sin_cos((i as f32 + 0.5) / sides as f32 * std::f32::consts::TAU);
                let r = (inner + outer) / 2.0;
                self.quad(corners, center + Vec3::new(r * c, 0.0, r * s), *coat);
            }
        }
    }

    /// Adds another one, moved.
    pub fn put(&mut self, other: &Self, by: Vec3) {
        let moved = other.triangles.iter();
        self.triangles
            .extend(moved.map(|(corners, color)| (corners.map(|p| p + by), *color)));
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.triangles.is_empty()
    }

    /// The mesh: smooth where faces meet at a small angle, sharp elsewhere.
    pub fn mesh(&self) -> Mesh {
        let place = |p: Vec3| (p * 4000.0).round().as_ivec3();
        let mut faces: HashMap<IVec3, Vec<usize>> = HashMap::new();
        let normals: Vec<Vec3> = self
            .triangles
            .iter()
            .map(|([a, b, c], _)| (*b - *a).cross(*c - *a))
            .collect();
        for (number, (corners, _)) in self.triangles.iter().enumerate() {
            for p in corners {
                faces.entry(place(*p)).or_default().push(number);
            }
        }
        let least = cos(CREASE_RAD);
        let mut known: HashMap<(IVec3, IVec3, [u32; 4]), u32> = HashMap::new();
        let (mut points, mut smooth, mut colors) = (Vec::new(), Vec::new(), Vec::new());
        let mut indices: Vec<u32> = Vec::new();
        for (number, (corners, color)) in self.triangles.iter().enumerate() {
            let Some(own) = normals[number].try_normalize() else {
                continue;
            };
            for p in corners {
                let at = place(*p);
                let mut sum = Vec3::ZERO;
                for other in faces.get(&at).into_iter().flatten() {
                    let normal = normals[*other];
                    if normal.dot(own) > least * normal.length() {
                        sum += normal;
                    }
                }
                let normal = sum.normalize_or(own);
                let key = (
                    at,
                    (normal * 500.0).round().as_ivec3(),
                    color.map(f32::to_bits),
                );
                let index = *known.entry(key).or_insert_with(|| {
                    points.push(local(p.to_array()).to_array());
                    smooth.push(local(normal.to_array()).to_array());
                    colors.push(*color);
                    points.len() as u32 - 1
                });
                indices.push(index);
            }
        }
        Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::default(),
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, points)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, smooth)
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, colors)
        .with_inserted_indices(Indices::U32(indices))
    }
}

/// Sine and cosine of so many directions around.
pub fn around(sides: usize) -> impl Iterator<Item = (f32, f32)> {
    (0..sides).map(move |i| sin_cos(i as f32 / sides as f32 * std::f32::consts::TAU))
}

fn middle(ring: &[Vec3]) -> Vec3 {
    ring.iter().sum::<Vec3>() / ring.len().max(1) as f32
}

/// A value along a curve of (place, value) with ascending places, without overshoot and without kinks.
pub fn curve(points: &[(f32, f32)], x: f32) -> f32 {
    let slope = |i: usize| -> f32 {
        let chord = |a: usize, b: usize| match (points.get(a), points.get(b)) {
            (Some(p), Some(q)) if q.0 > p.0 => (q.1 - p.1) / (q.0 - p.0),
            _ => 0.0,
        };
        if i == 0 {
            return chord(0, 1);
        }
        if i + 1 >= points.len() {
            return chord(i - 1, i);
        }
        let (before, after) = (chord(i - 1, i), chord(i, i + 1));
        if before * after <= 0.0 {
            0.0
        } else {
            2.0 * before * after / (before + after)
        }
    };
    let Some(next) = points.iter().position(|p| p.0 >= x) else {
        return points.last().map_or(0.0, |p| p.1);
    };
    if next == 0 {
        return points[0].1;
    }
    let (a, b) = (points[next - 1], points[next]);
    let width = b.0 - a.0;
    let t = (x - a.0) / width;
    let (t2, t3) = (t * t, t * t * t);
    a.1 * (2.0 * t3 - 3.0 * t2 + 1.0)
        + slope(next - 1) * width * (t3 - 2.0 * t2 + t)
        + b.1 * (3.0 * t2 - 2.0 * t3)
        + slope(next) * width * (t3 - t2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normals_of_a_ball_point_outwards_and_a_box_keeps_its_edges() {
        let mut sketch = Sketch::default();
        sketch.ball(Vec3::ZERO, Vec3::ONE, 12, DARK);
        let mesh = sketch.mesh();
        let read = |name| {
            mesh.attribute(name)
                .and_then(|a| a.as_float3())
                .expect("three")
        };
        let (points, normals) = (read(Mesh::ATTRIBUTE_POSITION), read(Mesh::ATTRIBUTE_NORMAL));
        for (p, n) in points.iter().zip(normals) {
            assert!(Vec3::from_array(*p).dot(Vec3::from_array(*n)) > 0.8);
        }
        let mut sketch = Sketch::default();
        sketch.cuboid(Vec3::ZERO, Vec3::ONE, DARK);
        let mesh = sketch.mesh();
        let normals = mesh
            .attribute(Mesh::ATTRIBUTE_NORMAL)
            .and_then(|a| a.as_float3());
        let is_flat = |n: &[f32; 3]| n.iter().filter(|v| v.abs() > 0.99).count() == 1;
        assert!(normals.expect("normals").iter().all(is_flat));
    }

    #[test]
    fn a_curve_goes_through_its_points_without_overshoot() {
        let points = [(0.0, 1.0), (0.2, 2.0), (0.6, 2.0), (1.0, 0.0)];
        for (x, y) in points {
            assert!((curve(&points, x) - y).abs() < 1e-6);
        }
        for i in 0..=100 {
            let y = curve(&points, i as f32 / 100.0);
            assert!((0.0..=2.0).contains(&y), "{y}");
        }
        assert_eq!(curve(&points, 3.0), 0.0);
    }
}
