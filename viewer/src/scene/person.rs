//! People: a torso, a head with hair, and arms and legs that bend.

use bevy::prelude::*;
use sim::actor::ActorId;

use super::body::{Body, Limb, share_of};
use super::hull::Extent;
use super::sketch::{Coat, Sketch};

const SKINS: [[f32; 3]; 4] = [
    [0.52, 0.34, 0.26],
    [0.42, 0.26, 0.18],
    [0.24, 0.13, 0.085],
    [0.6, 0.42, 0.33],
];
const HAIRS: [[f32; 3]; 4] = [
    [0.025, 0.018, 0.014],
    [0.09, 0.05, 0.025],
    [0.28, 0.18, 0.07],
    [0.3, 0.29, 0.28],
];
const SHOE: Coat = Coat::matt([0.03, 0.028, 0.026]);

/// Skin of a person.
pub fn skin(id: ActorId) -> Coat {
    Coat::matt(choice(&SKINS, id, 21))
}

/// Hair of a person.
pub fn hair(id: ActorId) -> Coat {
    Coat::matt(choice(&HAIRS, id, 22))
}

fn choice(table: &[[f32; 3]; 4], id: ActorId, salt: u32) -> [f32; 3] {
    table[(share_of(id, salt) * 4.0) as usize % 4]
}

/// Someone who stands or walks in a box.
pub fn person(e: Extent, id: ActorId, [coat, legs]: [[f32; 3]; 2], is_near: bool) -> Body {
    let (cloth, legs) = (Coat::matt(coat), Coat::matt(legs));
    let sides = if is_near { 14 } else { 7 };
    let h = e.h;
    let wide = (h / 1.75).min(e.w / 0.56);
    let middle = Vec3::new(e.x(0.5), e.y, e.base);
    let at = |x: f32, z: f32| middle + Vec3::new(x * wide, 0.0, z * h);
    let mut shell = Sketch::default();
    let level = |x: f32, z: f32, rx: f32, ry: f32| (at(x, z), rx * wide, ry * wide);
    // Hips in the trousers' colour, then coat, chest and shoulders.
    let hips = [
        level(0.0, 0.455, 0.06, 0.09),
        level(0.0, 0.475, 0.1, 0.155),
        level(0.0, 0.53, 0.115, 0.165),
    ];
    shell.stack(&hips, sides, legs);
    let has_coat = share_of(id, 23) > 0.6;
    let hem = if has_coat { 0.41 } else { 0.5 };
    let trunk = [
        level(0.0, hem, 0.125, if has_coat { 0.19 } else { 0.168 }),
        level(0.0, 0.57, 0.11, 0.155),
        level(0.005, 0.66, 0.122, 0.175),
        level(0.008, 0.74, 0.128, 0.195),
        level(0.0, 0.79, 0.115, 0.195),
        level(-0.005, 0.818, 0.085, 0.16),
        level(-0.005, 0.835, 0.055, 0.09),
    ];
    shell.stack(&trunk, sides, cloth);
    let skin = skin(id);
    shell.tube(
        at(-0.005, 0.825),
        at(0.01, 0.875),
        [0.052 * wide, 0.047 * wide],
        sides,
        skin,
    );
    head(
        &mut shell,
        at(0.015, 0.925),
        wide,
        sides,
        skin,
        hair(id),
        share_of(id, 24) > 0.55,
    );
    let mut limbs = Vec::new();
    for sign in [1.0f32, -1.0] {
        let thigh = 0.235 * h;
        let mut upper = Sketch::default();
        upper.stack(
            &[
                (Vec3::new(0.0, 0.0, -thigh), 0.058 * wide, 0.056 * wide),
                (
                    Vec3::new(0.006, 0.0, -thigh * 0.45),
                    0.078 * wide,
                    0.074 * wide,
                ),
                (Vec3::new(0.0, 0.0, 0.02), 0.088 * wide, 0.08 * wide),
            ],
            sides,
            legs,
        );
        let shin = 0.475 * h - thigh;
        let mut lower = Sketch::default();
        lower.stack(
            &[
                (
                    Vec3::new(-0.01, 0.0, -shin + 0.05),
                    0.044 * wide,
                    0.04 * wide,
                ),
                (
                    Vec3::new(-0.014, 0.0, -shin * 0.4),
                    0.056 * wide,
                    0.052 * wide,
                ),
                (Vec3::new(0.0, 0.0, 0.015), 0.057 * wide, 0.054 * wide),
            ],
            sides,
            legs,
        );
        shoe(&mut lower, Vec3::new(0.045, 0.0, -shin), wide, sides);
        limbs.push(Limb {
            joint_m: beside(at(0.0, 0.475), sign * 0.085 * wide),
            phase: sign,
            upper,
            lower,
            knee_m: [0.0, 0.0, -thigh],
            swing_rad: 0.5,
            bend_rad: -0.9,
            stride_m: 0.75,
        });
        let arm = 0.165 * h;
        let mut upper = Sketch::default();
        upper.stack(
            &[
                (Vec3::new(0.0, sign * 0.02, -arm), 0.041 * wide, 0.04 * wide),
                (
                    Vec3::new(0.0, sign * 0.008, -arm * 0.5),
                    0.05 * wide,
                    0.047 * wide,
                ),
                (
                    Vec3::new(0.0, -sign * 0.012, 0.012),
                    0.056 * wide,
                    0.052 * wide,
                ),
            ],
            sides,
            cloth,
        );
        let mut lower = Sketch::default();
        let reach = 0.145 * h;
        lower.stack(
            &[
                (
                    Vec3::new(0.03, sign * 0.022, -reach),
                    0.031 * wide,
                    0.029 * wide,
                ),
                (
                    Vec3::new(0.0, sign * 0.02, 0.01),
                    0.042 * wide,
                    0.041 * wide,
                ),
            ],
            sides,
            cloth,
        );
        let hand = Vec3::new(0.04, sign * 0.022, -reach - 0.045);
        lower.ball(
            hand,
            Vec3::new(0.034, 0.022, 0.06) * wide,
            sides.min(10),
            skin,
        );
        limbs.push(Limb {
            joint_m: beside(at(0.0, 0.8), sign * 0.205 * wide),
            phase: -sign,
            upper,
            lower,
            knee_m: [0.0, 0.0, -arm],
            swing_rad: 0.4,
            bend_rad: 0.6,
            stride_m: 0.75,
        });
    }
    Body {
        shell,
        limbs,
        ..Body::default()
    }
}

fn beside(p: Vec3, left_m: f32) -> [f32; 3] {
    (p + Vec3::Y * left_m).to_array()
}

/// A head about its middle, looking forward.
pub fn head(
    sketch: &mut Sketch,
    at: Vec3,
    wide: f32,
    sides: usize,
    skin: Coat,
    hair: Coat,
    is_long: bool,
) {
    let r = Vec3::new(0.098, 0.078, 0.118) * wide;
    sketch.ball(at, r, sides, skin);
    let nose = at + Vec3::new(r.x * 0.98, 0.0, -0.012 * wide);
    if sides > 8 {
        sketch.ball(nose, Vec3::new(0.016, 0.013, 0.02) * wide, 6, skin);
        for sign in [1.0, -1.0] {
            let ear = at + Vec3::new(-0.005, sign * r.y * 0.98, -0.005);
            sketch.ball(ear, Vec3::new(0.02, 0.01, 0.028) * wide, 6, skin);
            let eye = at + Vec3::new(r.x * 0.88, sign * 0.032 * wide, 0.018 * wide);
            sketch.ball(
                eye,
                Vec3::new(0.012, 0.014, 0.009) * wide,
                6,
                Coat::matt([0.02; 3]),
            );
        }
    }
    let crown = at + Vec3::new(-0.018, 0.0, 0.03) * wide;
    sketch.ball(crown, Vec3::new(0.098, 0.086, 0.1) * wide, sides, hair);
    if is_long {
        let back = at + Vec3::new(-0.055, 0.0, -0.05) * wide;
        sketch.ball(back, Vec3::new(0.06, 0.085, 0.13) * wide, sides, hair);
    }
}

/// A shoe whose heel is behind and under a point.
pub fn shoe(sketch: &mut Sketch, sole: Vec3, wide: f32, sides: usize) {
    let w = wide;
    sketch.stack(
        &[
            (sole, 0.12 * w, 0.045 * w),
            (sole + Vec3::Z * 0.025 * w, 0.13 * w, 0.05 * w),
            (
                sole + Vec3::new(-0.015 * w, 0.0, 0.06 * w),
                0.1 * w,
                0.042 * w,
            ),
            (
                sole + Vec3::new(-0.05 * w, 0.0, 0.1 * w),
                0.05 * w,
                0.04 * w,
            ),
        ],
        sides,
        SHOE,
    );
}
