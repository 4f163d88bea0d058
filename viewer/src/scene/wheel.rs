//! Wheels: a tyre with shoulders, a rim with spokes.

use bevy::math::ops::sin_cos;
use bevy::prelude::*;
use sim::actor::ActorSpec;

use super::body::Wheel;
use super::hull::{Axle, Extent};
use super::sketch::{CHROME, Coat, DEEP, RUBBER, Sketch};

const RIM: Coat = Coat::metal([0.34, 0.35, 0.37]);
const SPOKES: usize = 5;

/// The axles that a vehicle has, or where such a vehicle has them.
pub fn axles(extent: Extent, spec: &ActorSpec, usual_radius: f32) -> [Axle; 2] {
    let (front, rear, radius) = match &spec.axles {
        Some(axles) => (
            axles.front.position_x_m as f32,
            axles.rear.position_x_m as f32,
            (axles.front.wheel_diameter_m / 2.0) as f32,
        ),
        None => (extent.x(0.82), extent.x(0.18), usual_radius),
    };
    let fits = (0.1..0.8).contains(&radius) && radius < 0.3 * extent.h;
    let radius = if fits { radius } else { usual_radius };
    let axle = |x: f32, is_steered: bool| Axle {
        x: x.clamp(extent.x(0.04), extent.x(0.96)),
        radius,
        is_steered,
    };
    [axle(front, true), axle(rear, false)]
}

/// Wheels at both ends of all axles, as wide as twice `half_m`.
pub fn all(extent: Extent, axles: &[Axle], half_m: f32) -> Vec<Wheel> {
    let half = half_m.min(extent.w * 0.1);
    let side = extent.w / 2.0 - half - 0.035;
    let mut wheels = Vec::new();
    for axle in axles {
        for sign in [1.0, -1.0] {
            wheels.push(Wheel {
                center_m: [axle.x, extent.y + sign * side, extent.base + axle.radius],
                radius_m: axle.radius,
                half_m: half,
                spokes: None,
                is_steered: axle.is_steered,
            });
        }
    }
    wheels
}

/// A wheel of a vehicle with an axle, about its middle.
pub fn add(sketch: &mut Sketch, center: Vec3, radius: f32, half: f32, is_near: bool) {
    let sides = if is_near { 28 } else { 10 };
    let (bead, lip) = (radius * 0.68, radius * 0.62);
    if !is_near {
        for sign in [1.0, -1.0] {
            let tread = [
                (lip, sign * half, RUBBER),
                (radius, sign * half * 0.85, RUBBER),
                (radius, 0.0, RUBBER),
            ];
            sketch.turned(center, &tread, sides);
            let axis = Vec3::Y * sign;
            let face = center + axis * (half * 0.9);
            ring(sketch, face, [0.0, lip], axis, sides, RIM);
        }
        return;
    }
    let tyre = |sign: f32| {
        [
            (bead, sign * half * 0.82, RUBBER),
            (radius * 0.86, sign * half, RUBBER),
            (radius * 0.965, sign * half * 0.86, RUBBER),
            (radius, sign * half * 0.5, RUBBER),
            (radius, 0.0, RUBBER),
        ]
    };
    for sign in [1.0, -1.0] {
        sketch.turned(center, &tyre(sign), sides);
        let face = center + Vec3::Y * (sign * half);
        let axis = Vec3::Y * sign;
        ring(
            sketch,
            face - axis * (half * 0.18),
            [lip, bead],
            axis,
            sides,
            CHROME,
        );
        ring(
            sketch,
            face - axis * (half * 0.75),
            [0.0, lip],
            axis,
            sides,
            DEEP,
        );
        ring(
            sketch,
            face - axis * (half * 0.2),
            [0.0, lip * 0.26],
            axis,
            12,
            RIM,
        );
        for spoke in 0..SPOKES {
            let (s, c) = sin_cos(spoke as f32 / SPOKES as f32 * std::f32::consts::TAU);
            let (out, wide) = (Vec3::new(c, 0.0, s), Vec3::new(-s, 0.0, c));
            let hub = face - axis * (half * 0.22);
            let edge = face - axis * (half * 0.3);
            let corners = [
                hub + wide * (lip * 0.17) + out * (lip * 0.15),
                hub - wide * (lip * 0.17) + out * (lip * 0.15),
                edge - wide * (lip * 0.13) + out * lip,
                edge + wide * (lip * 0.13) + out * lip,
            ];
            sketch.quad(corners, center, RIM);
        }
    }
}

/// A wire wheel of a bicycle or the cast one of a motorcycle.
pub fn add_thin(
    sketch: &mut Sketch,
    center: Vec3,
    radius: f32,
    half: f32,
    spokes: usize,
    is_near: bool,
) {
    let depth = (half * 2.2).min(radius * 0.4);
    let (steps, sides) = if is_near { (8, 26) } else { (4, 12) };
    let spokes = if is_near { spokes } else { 0 };
    let outline: Vec<(f32, f32, Coat)> = (0..=steps)
        .map(|i| {
            let (s, c) = sin_cos(i as f32 / steps as f32 * std::f32::consts::TAU);
            let coat = if c > -0.4 { RUBBER } else { CHROME };
            (radius - depth / 2.0 * (1.0 - c), half * s, coat)
        })
        .collect();
    sketch.turned(center, &outline, sides);
    sketch.tube(
        center - Vec3::Y * half * 1.5,
        center + Vec3::Y * half * 1.5,
        [radius * 0.1; 2],
        8,
        RIM,
    );
    for spoke in 0..spokes {
        let (s, c) = sin_cos(spoke as f32 / spokes as f32 * std::f32::consts::TAU);
        let end = center + Vec3::new(c, 0.0, s) * (radius - depth);
        let thick = if spokes > 8 { 0.0025 } else { half * 0.35 };
        sketch.tube(center, end, [thick; 2], 4, RIM);
    }
}

fn ring(
    sketch: &mut Sketch,
    center: Vec3,
    [inner, outer]: [f32; 2],
    axis: Vec3,
    sides: usize,
    coat: Coat,
) {
    let at = |i: usize, r: f32| {
        let (s, c) = sin_cos(i as f32 / sides as f32 * std::f32::consts::TAU);
        center + Vec3::new(r * c, 0.0, r * s)
    };
    for i in 0..sides {
        let corners = [
            at(i, outer),
            at(i + 1, outer),
            at(i + 1, inner),
            at(i, inner),
        ];
        if inner > 0.0 {
            sketch.quad(corners, center - axis, coat);
        } else {
            sketch.away([corners[0], corners[1], center], center - axis, coat);
        }
    }
}
