//! Trees and bushes: trunks and round crowns in place of the map's plain bodies.

use super::super::semantic::Material;
use super::super::soup::TriangleSoup;
use crate::math::{PI, Pose, TAU, cos, sin};
use crate::road::RoadObject;

/// Smallest size that is taken as written, metres.
const LEAST_M: f64 = 0.05;

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

/// A trunk and a crown; low plants are all crown.
pub fn add(object: &RoadObject, group: u32, soup: &mut TriangleSoup) {
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
        let a = PI * (f64::from(k) / 4.0 - 0.5);
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
