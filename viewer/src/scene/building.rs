//! Houses: facades with columns and floors of windows, hipped roofs or parapets.

use bevy::prelude::*;
use sim::sensor::Material;

use super::body::hash;
use super::map::{Part, Parts, Thing};

/// Plaster, stone and brick, linear.
const FACADES: [[f32; 3]; 9] = [
    [0.62, 0.58, 0.5],
    [0.55, 0.47, 0.34],
    [0.3, 0.13, 0.085],
    [0.48, 0.46, 0.43],
    [0.58, 0.36, 0.2],
    [0.36, 0.39, 0.4],
    [0.66, 0.65, 0.62],
    [0.42, 0.24, 0.16],
    [0.5, 0.5, 0.38],
];
const TILES: [[f32; 3]; 3] = [
    [0.24, 0.085, 0.05],
    [0.075, 0.078, 0.085],
    [0.15, 0.09, 0.06],
];
const GRAVEL: [f32; 3] = [0.26, 0.255, 0.245];
/// Walls lower than this are walls, not houses, metres.
const HOUSE_M: f32 = 2.4;
/// Houses up to this height have tiled roofs, metres.
const TILED_M: f32 = 9.5;

/// An upright rectangle.
struct WallFace {
    /// Its ends at the bottom.
    ends: [Vec3; 2],
    height: f32,
}

/// Adds a house.
pub fn add(group: u32, thing: &Thing, parts: &mut Parts) {
    let Some(first) = thing.first() else { return };
    let (mut low, mut high) = (first[0], first[0]);
    for p in thing.iter().flatten() {
        (low, high) = (low.min(*p), high.max(*p));
    }
    let n = hash(group.wrapping_add(101));
    let share = |shift: u32| (n >> shift & 255) as f32 / 255.0;
    let look = relative(FACADES[n as usize % FACADES.len()], 0.9 + 0.2 * share(8));
    let look = [look[0], look[1], look[2], share(16)];
    let height = high.y - low.y;
    let (walls, rest) = faces(thing);
    let part = parts.at(Material::Wall, (low + high) / 2.0);
    if height < HOUSE_M || walls.len() < 3 {
        let plain = relative([0.4, 0.38, 0.35], 0.85 + 0.3 * share(8));
        for triangle in thing {
            part.flat(*triangle, [plain[0], plain[1], plain[2], 0.0]);
        }
        return;
    }
    let spacing = [2.3 + 1.3 * share(24), 2.9 + 0.5 * share(4)];
    for wall in &walls {
        facade(part, wall, spacing, look);
    }
    let is_tiled = height < TILED_M && walls.len() == 4 && is_rectangle(&walls);
    let tiles = relative(TILES[hash(n) as usize % TILES.len()], 1.0);
    let gravel = relative(GRAVEL, 0.8 + 0.4 * share(12));
    for triangle in rest {
        part.flat(triangle, [gravel[0], gravel[1], gravel[2], 0.0]);
    }
    if is_tiled {
        hipped(part, &walls, [tiles[0], tiles[1], tiles[2], 0.0]);
    } else {
        let rim = relative([0.42, 0.41, 0.39], 1.0);
        let rim = [rim[0], rim[1], rim[2], 0.0];
        let center = (low + high) / 2.0;
        for wall in &walls {
            parapet(part, wall, center, rim);
        }
        if (high.x - low.x).min(high.z - low.z) > 9.0 {
            on_the_roof(part, [low, high], n, rim);
        }
    }
}

/// A colour as a tint of the walls' material.
fn relative(color: [f32; 3], by: f32) -> [f32; 3] {
    let albedo = Material::Wall.albedo();
    [0, 1, 2].map(|i| color[i] * by / albedo[i])
}

/// Finds upright rectangles: two triangles in a row in one plane. The rest comes as it is.
fn faces(thing: &Thing) -> (Vec<WallFace>, Thing) {
    let (mut walls, mut rest) = (Vec::new(), Vec::new());
    let normal = |[a, b, c]: &[Vec3; 3]| (*b - *a).cross(*c - *a).normalize_or_zero();
    let mut i = 0;
    while let Some(triangle) = thing.get(i) {
        let own = normal(triangle);
        let other = thing.get(i + 1).filter(|t| normal(t).dot(own) > 0.99);
        match other {
            Some(other) if own.y.abs() < 0.1 => {
                let along = Vec3::new(own.z, 0.0, -own.x).normalize_or(Vec3::X);
                let all = || triangle.iter().chain(other);
                let reach = |v: Vec3| {
                    let values = all().map(|p| p.dot(v));
                    values.fold((f32::MAX, f32::MIN), |(a, b), x| (a.min(x), b.max(x)))
                };
                let ((from, to), (low, high)) = (reach(along), reach(Vec3::Y));
                let flat = triangle[0] - along * triangle[0].dot(along);
                let at = |u: f32| (flat + along * u).with_y(low);
                walls.push(WallFace {
                    ends: [at(from), at(to)],
                    height: high - low,
                });
                i += 2;
            }
            _ => {
                if own != Vec3::ZERO {
                    rest.push(*triangle);
                }
                i += 1;
            }
        }
    }
    (walls, rest)
}

/// A wall with as many columns and floors as fit.
fn facade(part: &mut Part, wall: &WallFace, [wide, tall]: [f32; 2], look: [f32; 4]) {
    let [a, b] = wall.ends;
    let length = (b - a).length();
    let columns = if length < 1.6 {
        0.0
    } else {
        (length / wide).round().max(1.0)
    };
    let floors = (wall.height / tall).round().max(1.0);
    let up = Vec3::Y * wall.height;
    let corners = [
        (a, [0.0, 0.0]),
        (b, [columns, 0.0]),
        (b + up, [columns, floors]),
        (a + up, [0.0, floors]),
    ];
    for triangle in [[0, 1, 2], [0, 2, 3]] {
        let before = part.len();
        part.flat(triangle.map(|i: usize| corners[i].0), look);
        if part.len() > before {
            let places = triangle.map(|i: usize| corners[i].1);
            part.place(&places, [columns, floors]);
        }
    }
}

/// Whether four walls stand about a rectangle.
fn is_rectangle(walls: &[WallFace]) -> bool {
    let way = |w: &WallFace| (w.ends[1] - w.ends[0]).normalize_or_zero();
    way(&walls[0]).dot(way(&walls[1])).abs() < 0.05
        && way(&walls[0]).dot(way(&walls[2])).abs() > 0.99
        && way(&walls[1]).dot(way(&walls[3])).abs() > 0.99
}

/// A roof that slopes to all sides, with eaves.
fn hipped(part: &mut Part, walls: &[WallFace], tint: [f32; 4]) {
    let long = if (walls[0].ends[1] - walls[0].ends[0]).length()
        >= (walls[1].ends[1] - walls[1].ends[0]).length()
    {
        [0, 1]
    } else {
        [1, 0]
    };
    let side = |i: usize| walls[i].ends[1] - walls[i].ends[0];
    let (l, w) = (side(long[0]).length(), side(long[1]).length());
    let (u, v) = (
        side(long[0]).normalize_or(Vec3::X),
        side(long[1]).normalize_or(Vec3::Z),
    );
    let center = walls
        .iter()
        .map(|w| (w.ends[0] + w.ends[1]) / 2.0)
        .sum::<Vec3>()
        / 4.0;
    let top = center + Vec3::Y * (walls[0].height + 0.02);
    let eaves = 0.45;
    let rise = (w / 2.0) * 0.62;
    let corner = |s: f32, t: f32| {
        top + u * (s * (l / 2.0 + eaves)) + v * (t * (w / 2.0 + eaves)) - Vec3::Y * (eaves * 0.3)
    };
    let ridge = |s: f32| top + u * (s * (l / 2.0 - w / 2.0).max(0.0)) + Vec3::Y * rise;
    let mut face = |mut corners: [Vec3; 3]| {
        if (corners[1] - corners[0]).cross(corners[2] - corners[0]).y < 0.0 {
            corners.swap(1, 2);
        }
        part.flat(corners, tint);
    };
    for t in [1.0, -1.0] {
        face([corner(-1.0, t), corner(1.0, t), ridge(1.0)]);
        face([corner(-1.0, t), ridge(1.0), ridge(-1.0)]);
    }
    for s in [1.0, -1.0] {
        face([corner(s, -1.0), corner(s, 1.0), ridge(s)]);
    }
    // From below, and the gutter's edge.
    let dark = [tint[0] * 0.4, tint[1] * 0.4, tint[2] * 0.4, 0.0];
    let ring = [
        corner(-1.0, -1.0),
        corner(1.0, -1.0),
        corner(1.0, 1.0),
        corner(-1.0, 1.0),
    ];
    for i in 0..4 {
        let (a, b) = (ring[i], ring[(i + 1) % 4]);
        let down = Vec3::Y * 0.14;
        part.flat([a - down, b - down, b], dark);
        part.flat([a - down, b, a], dark);
    }
    part.flat(
        [ring[0], ring[1], ring[2]].map(|p| p - Vec3::Y * 0.14),
        dark,
    );
    part.flat(
        [ring[0], ring[2], ring[3]].map(|p| p - Vec3::Y * 0.14),
        dark,
    );
}

/// A rim above the roof, and a ledge below it.
fn parapet(part: &mut Part, wall: &WallFace, center: Vec3, tint: [f32; 4]) {
    let [a, b] = wall.ends;
    let along = (b - a).normalize_or(Vec3::X);
    let mut out = Vec3::new(along.z, 0.0, -along.x);
    if out.dot(a - center) < 0.0 {
        out = -out;
    }
    let high = wall.height;
    // (outwards, up) around the rim.
    let outline = [
        (0.0, -0.5),
        (0.14, -0.42),
        (0.14, 0.42),
        (-0.22, 0.42),
        (-0.22, 0.0),
    ];
    let reach: f32 = 0.14;
    let at = |end: Vec3, sign: f32, (o, z): (f32, f32)| {
        end + along * (sign * reach.min(o)) + out * o + Vec3::Y * (high + z)
    };
    for pair in outline.windows(2) {
        let corners = [
            at(a, -1.0, pair[0]),
            at(b, 1.0, pair[0]),
            at(b, 1.0, pair[1]),
            at(a, -1.0, pair[1]),
        ];
        part.flat([corners[0], corners[1], corners[2]], tint);
        part.flat([corners[0], corners[2], corners[3]], tint);
    }
}

/// Sheds and machines on a flat roof.
fn on_the_roof(part: &mut Part, [low, high]: [Vec3; 2], n: u32, tint: [f32; 4]) {
    let size = high - low;
    for k in 0..2u32 {
        let m = hash(n ^ k.wrapping_mul(7919));
        let share = |shift: u32| (m >> shift & 255) as f32 / 255.0;
        let middle = Vec3::new(
            low.x + size.x * (0.38 + 0.24 * share(0)),
            high.y,
            low.z + size.z * (0.38 + 0.24 * share(8)),
        );
        let half = Vec3::new(
            0.8 + 1.2 * share(16),
            1.0 + 1.3 * share(24),
            0.8 + 1.0 * share(4),
        );
        let corner = |i: u32| {
            let sign = |bit: u32| if i >> bit & 1 == 1 { 1.0 } else { -1.0 };
            middle
                + Vec3::new(
                    half.x * sign(0),
                    half.y * f32::from(i >> 1 & 1 == 1),
                    half.z * sign(2),
                )
        };
        for [a, b, c, d] in [
            [0, 1, 3, 2],
            [4, 6, 7, 5],
            [0, 2, 6, 4],
            [1, 5, 7, 3],
            [2, 3, 7, 6],
        ] {
            part.flat([corner(a), corner(b), corner(c)], tint);
            part.flat([corner(a), corner(c), corner(d)], tint);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_box_has_four_walls_and_a_roof() {
        let p = |x: f32, y: f32, z: f32| Vec3::new(x, y, z);
        let base = [
            p(0.0, 0.0, 0.0),
            p(8.0, 0.0, 0.0),
            p(8.0, 0.0, 6.0),
            p(0.0, 0.0, 6.0),
        ];
        let up = Vec3::Y * 5.0;
        let mut thing: Thing = Vec::new();
        for i in 0..4 {
            let (a, b) = (base[i], base[(i + 1) % 4]);
            thing.push([a, b, b + up]);
            thing.push([a, b + up, a + up]);
        }
        thing.push([base[0] + up, base[1] + up, base[2] + up]);
        thing.push([base[0] + up, base[2] + up, base[3] + up]);
        let (walls, rest) = faces(&thing);
        assert_eq!((walls.len(), rest.len()), (4, 2));
        assert!(is_rectangle(&walls) && walls.iter().all(|w| (w.height - 5.0).abs() < 1e-3));
        let mut parts = Parts::default();
        add(3, &thing, &mut parts);
        assert!(parts.at(Material::Wall, p(4.0, 2.0, 3.0)).len() > 30);
    }
}
