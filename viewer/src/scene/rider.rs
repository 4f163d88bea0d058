//! Bicycles and motorcycles with their riders.

use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, ActorSpec};

use super::body::{Body, Lamps, Limb, Wheel, share_of};
use super::hull::Extent;
use super::person::{hair, head, shoe, skin};
use super::sketch::{CHROME, Coat, DARK, GLASS, LAMP, Sketch};
use super::wheel;

/// Where a rider sits, holds on and treads, in the actor's frame without y, metres.
struct Seat {
    hip: Vec3,
    shoulder: Vec3,
    head: Vec3,
    grip: Vec3,
    grip_half: f32,
    knee: Vec3,
    foot: Vec3,
    foot_half: f32,
}

/// A two-wheeler with its rider.
pub fn two_wheeler(
    e: Extent,
    spec: &ActorSpec,
    id: ActorId,
    paint: [f32; 3],
    [coat, legs]: [[f32; 3]; 2],
    is_near: bool,
) -> Body {
    let is_motor = spec.class == ActorClass::Motorcycle;
    let axles = wheel::axles(e, spec, 0.19 * e.h);
    let (front, rear) = (axles[0], axles[1]);
    let paint = Coat::paint(paint);
    let mut shell = Sketch::default();
    let mut lamps = Lamps::default();
    let seat = if is_motor {
        motorcycle(
            e,
            [front.x, rear.x, front.radius],
            &mut shell,
            &mut lamps,
            paint,
        )
    } else {
        bicycle(
            e,
            [front.x, rear.x, front.radius],
            &mut shell,
            &mut lamps,
            paint,
        )
    };
    let sides = if is_near { 12 } else { 6 };
    let (cloth, legs) = (Coat::matt(coat), Coat::matt(legs));
    let lean = |t: f32| seat.hip.lerp(seat.shoulder, t);
    let wide = (e.h / 1.7).min(1.1);
    let level = |t: f32, rx: f32, ry: f32| (lean(t), rx * wide, ry * wide);
    shell.stack(
        &[
            level(-0.12, 0.1, 0.13),
            level(0.0, 0.13, 0.165),
            level(0.12, 0.125, 0.16),
        ],
        sides,
        legs,
    );
    shell.stack(
        &[
            level(0.1, 0.125, 0.155),
            level(0.35, 0.12, 0.15),
            level(0.7, 0.13, 0.18),
            level(0.92, 0.115, 0.19),
            level(1.02, 0.08, 0.15),
            level(1.08, 0.05, 0.08),
        ],
        sides,
        cloth,
    );
    let neck = lean(1.04);
    shell.tube(neck, seat.head, [0.05 * wide; 2], sides, skin(id));
    if is_motor {
        shell.ball(seat.head, Vec3::new(0.14, 0.125, 0.14), sides + 2, paint);
        let visor = seat.head + Vec3::new(0.05, 0.0, 0.012);
        shell.ball(visor, Vec3::new(0.1, 0.108, 0.06), sides, GLASS);
    } else {
        head(
            &mut shell,
            seat.head,
            wide,
            sides,
            skin(id),
            hair(id),
            share_of(id, 24) > 0.6,
        );
        if share_of(id, 25) > 0.4 {
            let top = seat.head + Vec3::new(-0.01, 0.0, 0.06);
            shell.ball(top, Vec3::new(0.135, 0.1, 0.085), sides, paint);
        }
    }
    let mut limbs = Vec::new();
    for sign in [1.0f32, -1.0] {
        let aside = |p: Vec3, half: f32| p + Vec3::Y * (sign * half);
        let shoulder = aside(lean(0.95), 0.18 * wide);
        let grip = aside(seat.grip, seat.grip_half);
        let elbow = (shoulder + grip) / 2.0 + Vec3::new(-0.03, sign * 0.07, -0.07);
        shell.tube(shoulder, elbow, [0.052 * wide, 0.043 * wide], sides, cloth);
        shell.tube(elbow, grip, [0.043 * wide, 0.032 * wide], sides, cloth);
        shell.ball(
            grip,
            Vec3::new(0.045, 0.04, 0.035),
            sides.min(8),
            if is_motor { DARK } else { skin(id) },
        );
        let hip = aside(seat.hip, 0.085 * wide);
        let knee = aside(seat.knee, if is_motor { 0.2 } else { 0.1 });
        let foot = aside(seat.foot, seat.foot_half);
        let mut upper = Sketch::default();
        upper.tube(
            Vec3::ZERO,
            knee - hip,
            [0.085 * wide, 0.06 * wide],
            sides,
            legs,
        );
        upper.ball(knee - hip, Vec3::splat(0.06 * wide), sides.min(8), legs);
        let mut lower = Sketch::default();
        lower.tube(
            Vec3::ZERO,
            foot - knee + Vec3::Z * 0.04,
            [0.058 * wide, 0.042 * wide],
            sides,
            legs,
        );
        shoe(
            &mut lower,
            foot - knee + Vec3::new(0.04, 0.0, -0.03),
            0.9 * wide,
            sides,
        );
        limbs.push(Limb {
            joint_m: hip.to_array(),
            knee_m: (knee - hip).to_array(),
            phase: sign,
            swing_rad: if is_motor { 0.0 } else { 0.3 },
            bend_rad: if is_motor { 0.0 } else { -0.35 },
            stride_m: 2.2,
            upper,
            lower,
        });
    }
    let thin = |axle: &super::hull::Axle| Wheel {
        center_m: [axle.x, e.y, e.base + axle.radius],
        radius_m: axle.radius,
        half_m: if is_motor { 0.065 } else { 0.019 },
        spokes: Some(if is_motor { 6 } else { 14 }),
        is_steered: axle.is_steered,
    };
    Body {
        shell,
        wheels: axles.iter().map(thin).collect(),
        limbs,
        lamps,
    }
}

/// A city bicycle.
fn bicycle(
    e: Extent,
    [fx, rx, r]: [f32; 3],
    shell: &mut Sketch,
    lamps: &mut Lamps,
    paint: Coat,
) -> Seat {
    let at = |x: f32, z: f32| Vec3::new(x, e.y, e.base + z);
    let seat_z = 0.54 * e.h;
    let bar_z = 0.61 * e.h;
    let bracket = at(rx + 0.4, r * 0.85);
    let saddle = at(rx + 0.17, seat_z);
    let head_low = at(fx - 0.2, bar_z - 0.33);
    let head_high = at(fx - 0.26, bar_z - 0.08);
    let hub = |x: f32| at(x, r);
    let t = 0.017;
    shell.tube(bracket, saddle, [t; 2], 8, paint);
    shell.tube(bracket, head_low, [0.02; 2], 8, paint);
    shell.tube(bracket.lerp(saddle, 0.72), head_high, [t; 2], 8, paint);
    shell.tube(head_low, head_high + Vec3::Z * 0.06, [0.019; 2], 8, paint);
    for sign in [1.0, -1.0] {
        let side = Vec3::Y * (sign * 0.055);
        shell.tube(hub(rx) + side, bracket + side * 0.6, [0.01; 2], 6, paint);
        shell.tube(
            hub(rx) + side,
            bracket.lerp(saddle, 0.72),
            [0.009; 2],
            6,
            paint,
        );
        shell.tube(
            hub(fx) + side * 0.8,
            head_low + side * 0.5,
            [0.011; 2],
            6,
            paint,
        );
        let grip = at(fx - 0.36, bar_z) + Vec3::Y * (sign * 0.25);
        shell.tube(
            head_high + Vec3::Z * 0.06,
            grip + Vec3::X * 0.08,
            [0.011; 2],
            6,
            CHROME,
        );
        shell.tube(grip + Vec3::X * 0.08, grip, [0.016; 2], 6, DARK);
    }
    shell.ball(
        saddle + Vec3::Z * 0.02,
        Vec3::new(0.13, 0.07, 0.03),
        8,
        DARK,
    );
    shell.tube(
        bracket - Vec3::Y * 0.03,
        bracket - Vec3::Y * 0.045,
        [0.09; 2],
        14,
        CHROME,
    );
    guard(shell, hub(rx), r + 0.025, [0.25, 1.0], 0.026, DARK);
    guard(shell, hub(fx), r + 0.025, [0.35, 0.95], 0.026, DARK);
    lamps.brake.ball(
        at(rx - r * 0.8, r + 0.28),
        Vec3::new(0.02, 0.03, 0.03),
        8,
        LAMP,
    );
    lamps.head.ball(
        head_high + Vec3::new(0.1, 0.0, 0.02),
        Vec3::new(0.03, 0.04, 0.04),
        8,
        LAMP,
    );
    let hip = saddle + Vec3::Z * 0.09;
    Seat {
        hip,
        shoulder: at(rx + 0.4, seat_z + 0.5),
        head: at(rx + 0.5, (seat_z + 0.7).min(e.h - 0.125)),
        grip: at(fx - 0.34, bar_z + 0.02),
        grip_half: 0.25,
        knee: hip + Vec3::new(0.36, 0.0, -0.2),
        foot: bracket + Vec3::new(0.02, 0.0, -0.1),
        foot_half: 0.11,
    }
}

/// A motorcycle with tank, seat, engine, fork, exhaust.
fn motorcycle(
    e: Extent,
    [fx, rx, r]: [f32; 3],
    shell: &mut Sketch,
    lamps: &mut Lamps,
    paint: Coat,
) -> Seat {
    let at = |x: f32, z: f32| Vec3::new(x, e.y, e.base + z);
    let base = fx - rx;
    let head_high = at(fx - 0.36, 0.64 * e.h);
    let hub = |x: f32| at(x, r);
    for sign in [1.0, -1.0] {
        let side = Vec3::Y * (sign * 0.09);
        shell.tube(
            hub(fx) + side,
            head_high + side + Vec3::X * 0.06,
            [0.026; 2],
            8,
            CHROME,
        );
        shell.tube(
            hub(rx) + side,
            at(rx + 0.38 * base, r * 0.95) + side,
            [0.03; 2],
            8,
            DARK,
        );
        let grip = at(fx - 0.46, 0.67 * e.h) + Vec3::Y * (sign * 0.33);
        shell.tube(head_high, grip + Vec3::X * 0.06, [0.015; 2], 6, DARK);
        shell.tube(
            grip + Vec3::X * 0.06,
            grip - Vec3::Y * (sign * 0.08),
            [0.02; 2],
            6,
            DARK,
        );
        let mirror = grip + Vec3::new(0.08, sign * 0.02, 0.16);
        shell.tube(grip + Vec3::X * 0.05, mirror, [0.007; 2], 5, DARK);
        shell.ball(mirror, Vec3::new(0.015, 0.06, 0.04), 8, DARK);
    }
    shell.crate_box(
        at(rx + 0.34 * base, r * 0.55) - Vec3::Y * 0.15,
        at(rx + 0.68 * base, r * 1.5) + Vec3::Y * 0.15,
        0.05,
        Coat::metal([0.18, 0.18, 0.19]),
    );
    let ring = |x: f32, z: f32, half: f32, high: f32| -> Vec<Vec3> {
        super::sketch::around(12)
            .map(|(s, c)| at(x, z) + Vec3::new(0.0, half * c, high * s))
            .collect()
    };
    let z = |share: f32| share * e.h;
    let tank = [
        ring(rx + 0.4 * base, z(0.5), 0.09, 0.05),
        ring(rx + 0.47 * base, z(0.535), 0.14, 0.1),
        ring(rx + 0.62 * base, z(0.555), 0.17, 0.13),
        ring(rx + 0.75 * base, z(0.55), 0.12, 0.09),
        ring(rx + 0.79 * base, z(0.53), 0.06, 0.04),
    ];
    shell.closed(&tank, paint);
    let tail = [
        ring(rx - 0.2, z(0.56), 0.05, 0.02),
        ring(rx - 0.05, z(0.535), 0.1, 0.05),
        ring(rx + 0.2 * base, z(0.5), 0.13, 0.06),
        ring(rx + 0.45 * base, z(0.49), 0.1, 0.05),
    ];
    shell.loft(&tail, |i, _| if i < 1 { paint } else { DARK });
    let fairing = [
        ring(fx - 0.3, z(0.6), 0.13, 0.15),
        ring(fx - 0.16, z(0.6), 0.11, 0.12),
        ring(fx - 0.08, z(0.58), 0.04, 0.05),
    ];
    shell.closed(&fairing, paint);
    shell.tube(
        at(rx + 0.45 * base, r * 0.6) - Vec3::Y * 0.18,
        at(rx - 0.08, r * 1.05) - Vec3::Y * 0.19,
        [0.035, 0.055],
        10,
        CHROME,
    );
    guard(shell, hub(fx), r + 0.03, [0.3, 0.84], 0.07, paint);
    lamps.brake.cuboid(
        at(rx - 0.23, z(0.545)) - Vec3::Y * 0.05,
        at(rx - 0.2, z(0.57)) + Vec3::Y * 0.05,
        LAMP,
    );
    lamps.head.ball(
        at(fx - 0.09, z(0.585)),
        Vec3::new(0.03, 0.075, 0.065),
        10,
        LAMP,
    );
    for (lamp, sign) in lamps.turn.iter_mut().zip([1.0, -1.0]) {
        for (x, y) in [(rx - 0.17, 0.12), (fx - 0.22, 0.2)] {
            lamp.ball(
                at(x, z(0.55)) + Vec3::Y * (sign * y),
                Vec3::new(0.03, 0.03, 0.022),
                6,
                LAMP,
            );
        }
    }
    let hip = at(rx + 0.2 * base, z(0.5) + 0.13);
    Seat {
        hip,
        shoulder: at(rx + 0.38 * base, z(0.5) + 0.52),
        head: at(rx + 0.47 * base, (z(0.5) + 0.72).min(e.h - 0.14)),
        grip: at(fx - 0.47, 0.68 * e.h),
        grip_half: 0.31,
        knee: at(rx + 0.56 * base, z(0.44)),
        foot: at(rx + 0.3 * base, r * 0.8),
        foot_half: 0.2,
    }
}

/// A mudguard about a hub, between two shares of the half turn from ahead over the top to behind.
fn guard(
    sketch: &mut Sketch,
    hub: Vec3,
    radius: f32,
    [from, to]: [f32; 2],
    half_m: f32,
    coat: Coat,
) {
    let point = |k: usize| {
        let share = from + (to - from) * k as f32 / 6.0;
        let (s, c) = bevy::math::ops::sin_cos(share * std::f32::consts::PI);
        hub + Vec3::new(radius * c, 0.0, radius * s)
    };
    let half = Vec3::Y * half_m;
    for k in 0..6 {
        let (a, b) = (point(k), point(k + 1));
        let corners = [a - half, b - half, b + half, a + half];
        sketch.quad(corners, hub, coat);
        sketch.quad(corners, hub + (a - hub) * 3.0, DARK);
    }
}
