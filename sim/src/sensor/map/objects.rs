//! Buildings, trees, poles, barriers and painted areas.

use super::super::semantic::Material;
use super::super::soup::TriangleSoup;
use super::MARK_HEIGHT_M;
use crate::math::{Pose, TAU, cos, sin};
use crate::road::{Outline, RoadNetwork, RoadObject};

/// Smallest size of an object that is there at all, metres.
const LEAST_M: f64 = 0.05;

/// Adds every object of the map.
pub fn add(network: &RoadNetwork, soup: &mut TriangleSoup) {
    for (number, object) in network.objects().iter().enumerate() {
        // Groups of roads come first, objects after them.
        let group = (network.roads().len() + number) as u32;
        match object.kind.trim().to_ascii_lowercase().as_str() {
            "tree" | "vegetation" | "bush" => plant(object, group, soup),
            "crosswalk" => crosswalk(object, group, soup),
            "roadmark" | "roadpainting" | "roadsurface" => paint(object, group, soup),
            "parkingspace" => parking(object, group, soup),
            "building" | "wall" => solid(object, Material::Wall, group, soup),
            "pole" | "streetlamp" | "rail-pole" | "guide-post" | "gantry" => {
                solid(object, Material::Metal, group, soup);
            }
            "barrier" | "railing" | "fence" | "soundbarrier" | "guardrail" => {
                solid(object, Material::Concrete, group, soup);
            }
            "none" | "-1" | "patch" | "trafficisland" if object.height_m < LEAST_M => {}
            _ => solid(object, Material::Plastic, group, soup),
        }
    }
}

/// Corners of an outline in the world, with their heights.
fn corners(object: &RoadObject, outline: &Outline) -> Vec<([f64; 3], f64)> {
    outline
        .corners
        .iter()
        .map(|c| {
            let (x, y) = object.pose.to_world_xy(c.u_m, c.v_m);
            ([x, y, object.pose.z_m + c.z_m], c.height_m)
        })
        .collect()
}

/// Ground plan of an object without outlines.
fn footprint(object: &RoadObject) -> Vec<[f64; 3]> {
    let (l, w) = (object.length_m.max(LEAST_M), object.width_m.max(LEAST_M));
    let at = |x: f64, y: f64| {
        let (x, y) = object.pose.to_world_xy(x, y);
        [x, y, object.pose.z_m]
    };
    match object.radius_m {
        Some(r) => ring(&object.pose, r),
        None => [(0.5, 0.5), (-0.5, 0.5), (-0.5, -0.5), (0.5, -0.5)]
            .map(|(i, j)| at(l * i, w * j))
            .to_vec(),
    }
}

/// Eight points round a pose.
pub fn ring(pose: &Pose, radius_m: f64) -> Vec<[f64; 3]> {
    (0..8)
        .map(|i| {
            let a = TAU * f64::from(i) / 8.0;
            let (x, y) = (radius_m * cos(a), radius_m * sin(a));
            [pose.x_m + x, pose.y_m + y, pose.z_m]
        })
        .collect()
}

fn solid(object: &RoadObject, material: Material, group: u32, soup: &mut TriangleSoup) {
    let mut outlined = false;
    for outline in object.outlines.iter().filter(|o| o.corners.len() > 1) {
        let corners = corners(object, outline);
        let height = corners.iter().map(|c| c.1).fold(0.0, f64::max);
        let height = if height > LEAST_M {
            height
        } else {
            object.height_m
        };
        if height < LEAST_M {
            continue;
        }
        outlined = true;
        let base: Vec<[f64; 3]> = corners.iter().map(|c| c.0).collect();
        if outline.closed && base.len() > 2 {
            soup.prism(&base, height, material, group);
            continue;
        }
        for pair in base.windows(2) {
            let [a, b] = [pair[0], pair[1]];
            let raise = |p: [f64; 3]| [p[0], p[1], p[2] + height];
            soup.quad([a, b, raise(b), raise(a)], material, group);
        }
    }
    if !outlined && object.height_m >= LEAST_M && object.outlines.is_empty() {
        soup.prism(&footprint(object), object.height_m, material, group);
    }
}

/// A trunk and a crown; low plants are all crown.
fn plant(object: &RoadObject, group: u32, soup: &mut TriangleSoup) {
    let height = if object.height_m > LEAST_M {
        object.height_m
    } else {
        5.0
    };
    let written = object
        .radius_m
        .unwrap_or(object.length_m.max(object.width_m) / 2.0);
    // A small radius is the trunk's, a large one the crown's.
    let trunk = if (LEAST_M..0.5).contains(&written) {
        written
    } else {
        0.15
    };
    let crown = if written >= 0.5 {
        written.min(12.0)
    } else {
        height * 0.27
    };
    let low = height < 2.0;
    let bottom = if low { 0.0 } else { height * 0.35 };
    if !low {
        let base = ring(&object.pose, trunk.min(0.4));
        soup.prism(&base, height * 0.5, Material::Trunk, group);
    }
    let middle = (bottom + height) / 2.0;
    let half = (height - bottom) / 2.0;
    let level = |k: i32| {
        // Five rings between the poles of an ellipsoid, every other one turned.
        let a = std::f64::consts::PI * (f64::from(k) / 4.0 - 0.5);
        let mut at = object.pose;
        at.z_m += middle + half * sin(a);
        ring(&at, (crown * cos(a)).max(1e-3))
    };
    for k in 0..4 {
        let (below, above) = (level(k), level(k + 1));
        for i in 0..8 {
            let j = (i + 1) % 8;
            soup.quad(
                [below[i], below[j], above[j], above[i]],
                Material::Foliage,
                group,
            );
        }
    }
}

/// A flat piece in an object's frame, `u` and `v` from low to high, painted.
fn patch(
    object: &RoadObject,
    u: [f64; 2],
    v: [f64; 2],
    material: Material,
    group: u32,
    soup: &mut TriangleSoup,
) {
    let z = object.pose.z_m + MARK_HEIGHT_M + 0.002;
    let at = |u: f64, v: f64| {
        let (x, y) = object.pose.to_world_xy(u, v);
        [x, y, z]
    };
    let corners = [
        at(u[0], v[0]),
        at(u[1], v[0]),
        at(u[1], v[1]),
        at(u[0], v[1]),
    ];
    soup.quad(corners, material, group);
}

/// Extent in the object's frame: u and v, from low to high.
fn extent(object: &RoadObject) -> ([f64; 2], [f64; 2]) {
    let (l, w) = (object.length_m / 2.0, object.width_m / 2.0);
    let all = object.outlines.iter().flat_map(|o| &o.corners);
    let (mut u, mut v) = (
        [f64::INFINITY, f64::NEG_INFINITY],
        [f64::INFINITY, f64::NEG_INFINITY],
    );
    for c in all {
        u = [u[0].min(c.u_m), u[1].max(c.u_m)];
        v = [v[0].min(c.v_m), v[1].max(c.v_m)];
    }
    if u[1] > u[0] && v[1] > v[0] {
        (u, v)
    } else {
        ([-l, l], [-w, w])
    }
}

/// Bars of half a metre along the way of the traffic, half a metre apart.
fn crosswalk(object: &RoadObject, group: u32, soup: &mut TriangleSoup) {
    let (u, v) = extent(object);
    // The bars lie across the longer side, which is the way people walk.
    let along_v = v[1] - v[0] >= u[1] - u[0];
    let (walk, wide) = if along_v { (v, u) } else { (u, v) };
    let count = (walk[1] - walk[0]).min(200.0) as u32;
    let spare = (walk[1] - walk[0] - f64::from(count)) / 2.0;
    for i in 0..count {
        let a = walk[0] + spare + f64::from(i) + 0.25;
        let bar = [a, a + 0.5];
        let (u, v) = if along_v { (wide, bar) } else { (bar, wide) };
        patch(object, u, v, Material::MarkWhite, group, soup);
    }
}

/// A painted area, such as a stop line.
fn paint(object: &RoadObject, group: u32, soup: &mut TriangleSoup) {
    let (u, v) = extent(object);
    patch(object, u, v, Material::MarkWhite, group, soup);
}

/// The outline of a parking space.
fn parking(object: &RoadObject, group: u32, soup: &mut TriangleSoup) {
    let (u, v) = extent(object);
    let w = 0.1;
    for (u, v) in [
        ([u[0], u[0] + w], v),
        ([u[1] - w, u[1]], v),
        (u, [v[0], v[0] + w]),
        (u, [v[1] - w, v[1]]),
    ] {
        patch(object, u, v, Material::MarkWhite, group, soup);
    }
}
