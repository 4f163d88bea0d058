//! Trees and bushes: crowns of several clumps, or the tiers of a conifer, where the map has plain bodies.

use bevy::prelude::*;
use sim::sensor::Material;

use super::body::hash;
use super::map::{Part, Parts, Thing};

/// Triangles of all crowns of a map at most, so that woods stay affordable.
const MOST_TRIANGLES: usize = 160_000;
/// Triangles of the bodies that sensors see in place of a plant.
const PLAIN_BODY: usize = 64;

/// Leaves, as tints of the material's green.
const LEAVES: [[f32; 3]; 5] = [
    [1.0, 1.0, 1.0],
    [1.45, 1.15, 0.9],
    [0.8, 0.85, 0.95],
    [1.7, 1.25, 0.8],
    [0.9, 1.12, 0.8],
];

/// Adds a plant; `count` is how many there are.
pub fn add(group: u32, thing: &Thing, count: usize, parts: &mut Parts) {
    let Some(first) = thing.first() else { return };
    let (mut low, mut high) = (first[0], first[0]);
    for p in thing.iter().flatten() {
        (low, high) = (low.min(*p), high.max(*p));
    }
    let n = hash(group.wrapping_add(977));
    let share = |shift: u32| (n >> shift & 255) as f32 / 255.0;
    let leaf = LEAVES[n as usize % LEAVES.len()];
    let by = 0.85 + 0.3 * share(8);
    let tint = [leaf[0] * by, leaf[1] * by, leaf[2] * by, 1.0];
    let (center, half) = ((low + high) / 2.0, (high - low) / 2.0);
    let part = parts.at(Material::Foliage, center);
    // Hedges and woods that are drawn as polygons stay as they are.
    if thing.len() > PLAIN_BODY || thing.len() < PLAIN_BODY / 2 {
        for triangle in thing {
            part.flat(*triangle, tint);
        }
        return;
    }
    let each = (MOST_TRIANGLES / count.max(1)).clamp(40, 560);
    let radius = half.x.max(half.z);
    if half.y > 1.2 && share(16) < 0.22 {
        return conifer(part, center, radius, half.y, each, n);
    }
    // A round crown is a big clump in the middle with smaller ones about it.
    let ball = icosphere(each >= 160);
    let clumps = (each / ball.1.len()).clamp(1, 7);
    for k in 0..clumps {
        let m = hash(n ^ (k as u32).wrapping_mul(0x9e37));
        let some = |shift: u32| (m >> shift & 255) as f32 / 255.0;
        let (at, size) = if k == 0 {
            (
                center,
                Vec3::new(radius, half.y, radius) * if clumps > 1 { 0.78 } else { 0.97 },
            )
        } else {
            let around =
                (k as f32 + 0.5 * some(0)) / (clumps - 1).max(1) as f32 * std::f32::consts::TAU;
            let (s, c) = bevy::math::ops::sin_cos(around);
            let up = 0.75 * (some(8) - 0.42);
            let flat = 0.52 * (1.0 - 0.4 * up.abs());
            let at = center + Vec3::new(c * flat * radius, up * half.y, s * flat * radius);
            let size = 0.44 + 0.14 * some(16);
            (
                at,
                Vec3::new(radius * size, half.y * size * 0.95, radius * size),
            )
        };
        clump(part, &ball, at, size, center, m, tint);
    }
}

/// A rough ball; its shade is partly that of the whole crown.
fn clump(
    part: &mut Part,
    ball: &(Vec<Vec3>, Vec<[usize; 3]>),
    at: Vec3,
    size: Vec3,
    crown: Vec3,
    seed: u32,
    tint: [f32; 4],
) {
    let rough: Vec<(Vec3, Vec3)> = ball
        .0
        .iter()
        .enumerate()
        .map(|(i, d)| {
            let off = hash(seed ^ (i as u32).wrapping_mul(0x85eb)) as f32 / 4_294_967_296.0;
            let p = at + *d * size * (0.84 + 0.3 * off);
            let normal = (*d / size.max(Vec3::splat(1e-3))).normalize_or(*d);
            let whole = (p - crown).normalize_or(Vec3::Y);
            (
                p,
                (normal * 0.6 + whole * 0.6 + Vec3::Y * 0.1).normalize_or(*d),
            )
        })
        .collect();
    for triangle in &ball.1 {
        let [a, b, c] = triangle.map(|i| rough[i]);
        part.smooth([a.0, b.0, c.0], [a.1, b.1, c.1], tint);
    }
}

/// Tiers of branches that hang a little, getting narrower.
fn conifer(part: &mut Part, center: Vec3, radius: f32, half: f32, each: usize, seed: u32) {
    let sides = if each > 150 { 14 } else { 8 };
    let tiers = (each / (sides * 3)).clamp(2, 6);
    let tint = [0.55, 0.72, 0.7, 1.0];
    let foot = center - Vec3::Y * half;
    for tier in 0..tiers {
        let from = tier as f32 / tiers as f32;
        let to = ((tier as f32 + 1.7) / tiers as f32).min(1.0);
        let reach = radius * 0.95 * (1.0 - from).max(0.12);
        let tip = foot + Vec3::Y * (2.0 * half * to);
        let point = |i: usize| {
            let i = i % sides;
            let off =
                hash(seed ^ ((tier * 31 + i) as u32).wrapping_mul(0x2c1b)) as f32 / 4_294_967_296.0;
            let (s, c) = bevy::math::ops::sin_cos(
                (i as f32 + 0.4 * off) / sides as f32 * std::f32::consts::TAU,
            );
            let r = reach * (0.72 + 0.4 * off);
            let way = Vec3::new(c, 0.0, s);
            let p = foot + way * r + Vec3::Y * (2.0 * half * from - 0.1 * reach * off);
            (p, (way + Vec3::Y * 0.5).normalize_or(Vec3::Y))
        };
        for i in 0..sides {
            let ((a, na), (b, nb)) = (point(i), point(i + 1));
            part.smooth([b, a, tip], [nb, na, Vec3::Y], tint);
            let inner = foot + Vec3::Y * (2.0 * half * from + 0.12 * reach);
            let dark = [tint[0] * 0.4, tint[1] * 0.4, tint[2] * 0.4, 1.0];
            part.smooth([a, b, inner], [-Vec3::Y; 3], dark);
        }
    }
}

/// Directions and triangles of a ball: 20 triangles, or 80.
fn icosphere(is_fine: bool) -> (Vec<Vec3>, Vec<[usize; 3]>) {
    let g = 1.618_034;
    let mut points: Vec<Vec3> = Vec::new();
    for (a, b) in [(1.0, g), (1.0, -g), (-1.0, g), (-1.0, -g)] {
        points.push(Vec3::new(0.0, a, b).normalize());
        points.push(Vec3::new(a, b, 0.0).normalize());
        points.push(Vec3::new(b, 0.0, a).normalize());
    }
    // Every three points that are next to one another make a face.
    let mut faces = Vec::new();
    let is_next = |a: Vec3, b: Vec3| (a - b).length() < 1.1;
    for i in 0..12 {
        for j in i + 1..12 {
            for k in j + 1..12 {
                let (a, b, c) = (points[i], points[j], points[k]);
                if is_next(a, b) && is_next(b, c) && is_next(a, c) {
                    let is_out = (b - a).cross(c - a).dot(a) > 0.0;
                    faces.push(if is_out { [i, j, k] } else { [i, k, j] });
                }
            }
        }
    }
    if !is_fine {
        return (points, faces);
    }
    let mut known = std::collections::BTreeMap::new();
    let mut finer = Vec::new();
    for [a, b, c] in faces {
        let mut half = |i: usize, j: usize| {
            *known.entry((i.min(j), i.max(j))).or_insert_with(|| {
                points.push((points[i] + points[j]).normalize());
                points.len() - 1
            })
        };
        let (ab, bc, ca) = (half(a, b), half(b, c), half(c, a));
        finer.extend([[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]]);
    }
    (points, finer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ball_has_twenty_or_eighty_faces_that_look_outwards() {
        for (is_fine, count) in [(false, 20), (true, 80)] {
            let (points, faces) = icosphere(is_fine);
            assert_eq!(faces.len(), count);
            for [a, b, c] in faces {
                let [a, b, c] = [a, b, c].map(|i| points[i]);
                assert!((b - a).cross(c - a).dot(a) > 0.0);
            }
        }
    }
}
