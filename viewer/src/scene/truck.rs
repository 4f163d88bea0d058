//! Trucks and trailers: a chassis, a box for goods, and a cab.

use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, ActorSpec};

use super::body::{Body, Lamps, share_of};
use super::coach::mirrors;
use super::hull::{Axle, Extent, Hull, Style};
use super::sketch::{CHROME, Coat, DARK, LAMP, Sketch};
use super::wheel;

const CAB: Style = Style {
    sill: &[(0.0, 0.14), (1.0, 0.11)],
    shoulder: &[(0.0, 0.49), (0.9, 0.48), (1.0, 0.46)],
    crown: &[(0.0, 0.5), (0.9, 0.49), (1.0, 0.465)],
    plan: &[
        (0.0, 0.97),
        (0.1, 1.0),
        (0.85, 1.0),
        (0.95, 0.97),
        (1.0, 0.9),
    ],
    cabin: &[
        [0.475, 0.0, 0.998, 0.985],
        [0.53, 0.0, 0.985, 0.98],
        [0.67, 0.0, 0.958, 0.965],
        [0.8, 0.0, 0.93, 0.945],
        [0.85, 0.0, 0.905, 0.925],
        [0.95, 0.02, 0.83, 0.86],
        [0.99, 0.08, 0.65, 0.7],
    ],
    panes: &[(0.14, true), (0.55, false)],
    has_rear_window: false,
    bow: 0.09,
};

/// Where the cab begins, share of the length.
const CAB_FROM: f32 = 0.755;

/// A truck or a trailer.
pub fn truck(e: Extent, spec: &ActorSpec, id: ActorId, paint: [f32; 3], is_near: bool) -> Body {
    let is_trailer = spec.class == ActorClass::Trailer;
    let axles = wheel::axles(e, spec, 0.15 * e.h);
    let mut shell = Sketch::default();
    let load_to = if is_trailer { 1.0 } else { CAB_FROM - 0.02 };
    let deck = (axles[0].radius * 2.0 / e.h + 0.035).clamp(0.2, 0.42);
    load(e, &mut shell, [deck, load_to], id, paint, is_near);
    e.cuboid(
        &mut shell,
        [0.01, -0.36, deck * 0.6],
        [load_to, 0.36, deck],
        DARK,
    );
    let both = [1.0, -1.0];
    if is_near {
        under(e, &axles, &mut shell, [deck, load_to]);
    }
    let mut lamps = Lamps::default();
    if !is_trailer {
        let cab = Extent {
            rear: e.x(CAB_FROM),
            l: e.l * (1.0 - CAB_FROM),
            h: e.h * 0.93,
            ..e
        };
        let hull = Hull::new(cab, &CAB, &axles[..1]);
        let coat = Coat::paint(paint);
        hull.add(&mut shell, coat, is_near);
        hull.add_cabin(&mut shell, coat, coat);
        if is_near {
            let across = |half: f32| [(1.0, Some(-half)), (1.0, Some(half))];
            hull.strip(&mut shell, &across(0.97), [0.02, 0.26], 0.012, &[1.0], DARK);
            for row in 0..4 {
                let low = 0.42 + 0.11 * row as f32;
                hull.strip(
                    &mut shell,
                    &across(0.62),
                    [low, low + 0.07],
                    0.01,
                    &[1.0],
                    DARK,
                );
            }
            hull.strip(
                &mut shell,
                &across(0.24),
                [0.3, 0.38],
                0.014,
                &[1.0],
                CHROME,
            );
            let joint = [(0.44, None), (0.445, None)];
            hull.strip(&mut shell, &joint, [0.45, 0.99], 0.003, &both, DARK);
            mirrors(cab, &mut shell, [0.95, 0.62], 0.2);
            spoiler(cab, &mut shell, coat);
        }
        let front = |y: f32| {
            [
                (1.0, Some(y)),
                (1.0, Some(0.97)),
                (0.985, None),
                (0.955, None),
            ]
        };
        hull.strip(
            &mut lamps.head,
            &front(0.68),
            [0.12, 0.24],
            0.02,
            &both,
            LAMP,
        );
        for (lamp, sign) in lamps.turn.iter_mut().zip(both) {
            hull.strip(lamp, &front(0.85), [0.28, 0.34], 0.016, &[sign], LAMP);
        }
    }
    let z = [deck * 0.62, deck * 0.8];
    let pair = |sketch: &mut Sketch, y: [f32; 2], sides: &[f32]| {
        for sign in sides {
            let (a, b) = (y[0] * sign, y[1] * sign);
            e.cuboid(
                sketch,
                [-0.001, a.min(b), z[0]],
                [0.006, a.max(b), z[1]],
                LAMP,
            );
        }
    };
    pair(&mut lamps.brake, [0.72, 0.86], &both);
    pair(&mut lamps.reverse, [0.62, 0.7], &both);
    for (lamp, sign) in lamps.turn.iter_mut().zip(both) {
        pair(lamp, [0.88, 0.97], &[sign]);
    }
    Body::of(shell, lamps, wheel::all(e, &axles, 0.15))
}

/// The box: smooth sides or a tarpaulin with ribs, a stripe of paint, rear doors.
fn load(
    e: Extent,
    shell: &mut Sketch,
    [deck, to]: [f32; 2],
    id: ActorId,
    paint: [f32; 3],
    is_near: bool,
) {
    let has_ribs = has_tarpaulin(id);
    let side = if has_ribs {
        Coat::matt([0.42, 0.43, 0.44])
    } else {
        Coat([0.56, 0.56, 0.55, 0.9])
    };
    let (low, high) = (e.at(0.0, -1.0, deck), e.at(to, 1.0, 1.0));
    shell.crate_box(low, high, 0.04, side);
    let stripe = Coat::paint(paint);
    let band = if has_ribs {
        [deck + 0.01, deck + 0.07]
    } else {
        [0.52, 0.66]
    };
    e.cuboid(
        shell,
        [0.012, -1.004, band[0]],
        [to - 0.012, 1.004, band[1]],
        stripe,
    );
    if !is_near {
        return;
    }
    let rim = Coat::metal([0.3, 0.3, 0.31]);
    for y in [[-0.99, -0.94], [-0.03, 0.03], [0.94, 0.99]] {
        e.cuboid(
            shell,
            [-0.003, y[0], deck + 0.01],
            [0.004, y[1], 0.985],
            rim,
        );
    }
    for z in [[deck + 0.005, deck + 0.03], [0.965, 0.99]] {
        e.cuboid(shell, [-0.003, -0.99, z[0]], [0.004, 0.99, z[1]], rim);
    }
    for y in [-0.45, 0.45] {
        let (foot, head) = (e.at(-0.002, y, deck + 0.05), e.at(-0.002, y, 0.95));
        shell.tube(foot, head, [0.02; 2], 6, CHROME);
    }
    if has_ribs {
        for i in 1..8 {
            let x = to * i as f32 / 8.0;
            e.cuboid(
                shell,
                [x - 0.003, -1.008, deck + 0.02],
                [x + 0.003, 1.008, 0.97],
                side,
            );
        }
    }
}

/// Guards, tank, mudguards, bar against running under.
fn under(e: Extent, axles: &[Axle], shell: &mut Sketch, [deck, to]: [f32; 2]) {
    let (rear, front) = (axles[1], axles[0]);
    let from = e.x(0.0).max(rear.x + rear.radius + 0.25);
    let until = e.x(to).min(front.x - front.radius - 0.25);
    for sign in [1.0, -1.0] {
        let y = e.y + sign * (e.w / 2.0 - 0.06);
        if until > from + 0.4 {
            for z in [0.5, 0.75] {
                let z = e.base + e.h * deck * z;
                let size = Vec3::new(0.0, 0.02, 0.05);
                shell.cuboid(
                    Vec3::new(from, y, z) - size,
                    Vec3::new(until, y, z) + size,
                    CHROME,
                );
            }
        }
        for axle in axles {
            // A mudguard in five flat pieces.
            let reach = axle.radius + 0.07;
            let at = |k: usize| {
                let (s, c) =
                    bevy::math::ops::sin_cos((0.12 + 0.19 * k as f32) * std::f32::consts::PI);
                Vec3::new(axle.x + reach * c, 0.0, e.base + axle.radius + reach * s)
            };
            let low = |p: Vec3| p + Vec3::Y * (e.y + sign * (e.w / 2.0 - 0.38));
            let high = |p: Vec3| p + Vec3::Y * (e.y + sign * (e.w / 2.0 - 0.03));
            let hub = Vec3::new(axle.x, e.y + sign * e.w / 2.0, e.base + axle.radius);
            let is_under_cab = axle.is_steered && to < 1.0;
            for k in 0..4 {
                if !is_under_cab {
                    shell.quad(
                        [low(at(k)), low(at(k + 1)), high(at(k + 1)), high(at(k))],
                        hub,
                        DARK,
                    );
                }
            }
        }
    }
    if until > from + 1.2 {
        let y = e.y + e.w * 0.34;
        let z = e.base + e.h * deck * 0.62;
        let middle = (from + until) / 2.0;
        shell.tube(
            Vec3::new(middle - 0.5, y, z),
            Vec3::new(middle + 0.5, y, z),
            [0.26; 2],
            14,
            CHROME,
        );
    }
    e.cuboid(
        shell,
        [0.0, -0.9, deck * 0.38],
        [0.012, 0.9, deck * 0.52],
        DARK,
    );
}

/// A wind deflector on the cab's roof.
fn spoiler(cab: Extent, shell: &mut Sketch, coat: Coat) {
    let ring = |x: f32, low: f32, high: f32, half: f32| {
        vec![
            cab.at(x, -half, low),
            cab.at(x, half, low),
            cab.at(x, half * 0.9, high),
            cab.at(x, -half * 0.9, high),
        ]
    };
    let rings = [
        ring(0.02, 0.94, 1.06, 0.88),
        ring(0.3, 0.94, 1.04, 0.86),
        ring(0.62, 0.94, 0.985, 0.76),
    ];
    shell.closed(&rings, coat);
}

/// Whether the box of an actor is a tarpaulin.
pub fn has_tarpaulin(id: ActorId) -> bool {
    share_of(id, 13) > 0.5
}
