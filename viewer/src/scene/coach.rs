//! Vans and buses.

use bevy::prelude::*;
use sim::actor::{ActorId, ActorSpec};

use super::body::{Body, Lamps, share_of};
use super::hull::{Extent, Hull, Style};
use super::sketch::{CHROME, Coat, DARK, GLASS, LAMP, Sketch};
use super::wheel;

const PLATE: Coat = Coat::matt([0.62, 0.62, 0.58]);

const PANEL_VAN: Style = Style {
    sill: &[
        (0.0, 0.15),
        (0.05, 0.11),
        (0.5, 0.09),
        (0.95, 0.1),
        (1.0, 0.12),
    ],
    shoulder: &[
        (0.0, 0.46),
        (0.75, 0.46),
        (0.85, 0.44),
        (0.93, 0.415),
        (0.98, 0.37),
        (1.0, 0.31),
    ],
    crown: &[
        (0.0, 0.46),
        (0.75, 0.48),
        (0.86, 0.475),
        (0.94, 0.44),
        (0.985, 0.385),
        (1.0, 0.32),
    ],
    plan: &[
        (0.0, 0.93),
        (0.008, 0.96),
        (0.03, 0.985),
        (0.1, 1.0),
        (0.82, 1.0),
        (0.92, 0.965),
        (0.97, 0.89),
        (1.0, 0.74),
    ],
    cabin: &[
        [0.455, 0.004, 0.9, 0.97],
        [0.5, 0.004, 0.872, 0.968],
        [0.66, 0.006, 0.805, 0.95],
        [0.8, 0.01, 0.748, 0.92],
        [0.86, 0.015, 0.72, 0.9],
        [0.95, 0.03, 0.66, 0.82],
        [0.995, 0.08, 0.56, 0.6],
    ],
    panes: &[(0.07, true), (0.25, false)],
    has_rear_window: true,
    bow: 0.045,
};

const MINIBUS: Style = Style {
    panes: &[
        (0.07, true),
        (0.25, false),
        (0.275, true),
        (0.56, false),
        (0.58, true),
        (0.92, false),
    ],
    ..PANEL_VAN
};

const BUS: Style = Style {
    sill: &[(0.0, 0.12), (0.03, 0.1), (0.97, 0.1), (1.0, 0.11)],
    shoulder: &[(0.0, 0.385), (1.0, 0.375)],
    crown: &[(0.0, 0.39), (1.0, 0.38)],
    plan: &[
        (0.0, 0.92),
        (0.006, 0.96),
        (0.016, 0.99),
        (0.04, 1.0),
        (0.96, 1.0),
        (0.985, 0.985),
        (0.995, 0.95),
        (1.0, 0.9),
    ],
    cabin: &[
        [0.37, 0.0, 1.0, 0.985],
        [0.4, 0.0, 0.999, 0.985],
        [0.6, 0.002, 0.996, 0.98],
        [0.8, 0.004, 0.99, 0.97],
        [0.87, 0.008, 0.984, 0.955],
        [0.96, 0.014, 0.972, 0.9],
        [0.995, 0.03, 0.95, 0.7],
    ],
    panes: &[
        (0.02, true),
        (0.1, false),
        (0.107, true),
        (0.22, false),
        (0.227, true),
        (0.34, false),
        (0.347, true),
        (0.46, false),
        (0.467, true),
        (0.58, false),
        (0.587, true),
        (0.7, false),
        (0.707, true),
        (0.82, false),
        (0.827, true),
        (0.94, false),
    ],
    has_rear_window: true,
    bow: 0.014,
};

/// A panel van or a minibus, which its id chooses.
pub fn van(extent: Extent, spec: &ActorSpec, id: ActorId, paint: [f32; 3], is_near: bool) -> Body {
    let has_seats = van_has_seats(id);
    let style = if has_seats { &MINIBUS } else { &PANEL_VAN };
    let axles = wheel::axles(extent, spec, 0.145 * extent.h);
    let hull = Hull::new(extent, style, &axles);
    let paint = Coat::paint(paint);
    let mut shell = Sketch::default();
    hull.add(&mut shell, paint, is_near);
    hull.add_cabin(&mut shell, paint, paint);
    let both = [1.0, -1.0];
    if is_near {
        bumpers(&hull, &mut shell);
        let joints: [(f32, f32); 3] = [(0.825, 0.2), (0.68, 0.05), (0.42, 0.05)];
        for (x, low) in joints {
            let path = [(x - 0.001, None), (x + 0.001, None)];
            hull.strip(&mut shell, &path, [low, 0.99], 0.003, &both, DARK);
        }
        // The rail of the sliding door, handles, the joint of the rear doors.
        let rail = [(0.06, None), (0.41, None)];
        hull.strip(&mut shell, &rail, [0.93, 0.95], 0.004, &both, DARK);
        for x in [0.7, 0.655] {
            let handle = [(x - 0.014, None), (x + 0.014, None)];
            hull.strip(&mut shell, &handle, [0.82, 0.86], 0.016, &both, DARK);
        }
        let middle = [(0.0, Some(-0.004)), (0.0, Some(0.004))];
        hull.strip(&mut shell, &middle, [0.2, 0.99], 0.006, &[1.0], DARK);
        mirrors(extent, &mut shell, [0.8, 0.5], 0.12);
    }
    let mut lamps = Lamps::default();
    let front = |y: f32| {
        [
            (1.0, Some(y)),
            (1.0, Some(0.97)),
            (0.985, None),
            (0.95, None),
        ]
    };
    hull.strip(
        &mut lamps.head,
        &front(0.62),
        [0.66, 0.97],
        0.008,
        &both,
        LAMP,
    );
    let rear = [
        (0.0, Some(0.82)),
        (0.0, Some(0.99)),
        (0.006, None),
        (0.012, None),
    ];
    hull.strip(&mut lamps.brake, &rear, [0.72, 1.0], 0.008, &both, LAMP);
    hull.strip(&mut lamps.reverse, &rear, [0.5, 0.57], 0.008, &both, LAMP);
    for (lamp, sign) in lamps.turn.iter_mut().zip(both) {
        hull.strip(lamp, &front(0.8), [0.53, 0.63], 0.008, &[sign], LAMP);
        hull.strip(lamp, &rear, [0.59, 0.7], 0.008, &[sign], LAMP);
    }
    Body::of(shell, lamps, wheel::all(extent, &axles, 0.12))
}

/// Whether a van has windows all along.
pub fn van_has_seats(id: ActorId) -> bool {
    share_of(id, 12) > 0.6
}

/// A town bus.
pub fn bus(extent: Extent, spec: &ActorSpec, paint: [f32; 3], is_near: bool) -> Body {
    let axles = wheel::axles(extent, spec, 0.155 * extent.h);
    let hull = Hull::new(extent, &BUS, &axles);
    let roof = Coat::paint([0.55, 0.55, 0.54]);
    let paint = Coat::paint(paint);
    let mut shell = Sketch::default();
    hull.add(&mut shell, paint, is_near);
    hull.add_cabin(&mut shell, Coat::paint([0.03, 0.03, 0.035]), roof);
    let both = [1.0, -1.0];
    if is_near {
        bumpers(&hull, &mut shell);
        // Doors on the kerb's side, which is the right.
        for x in [0.925, 0.5] {
            let leaf = |from: f32, to: f32| [(x + from, None), (x + to, None)];
            hull.strip(
                &mut shell,
                &leaf(-0.048, -0.002),
                [0.08, 0.98],
                0.008,
                &[-1.0],
                GLASS,
            );
            hull.strip(
                &mut shell,
                &leaf(0.002, 0.048),
                [0.08, 0.98],
                0.008,
                &[-1.0],
                GLASS,
            );
        }
        let waist = [(0.03, None), (0.97, None)];
        hull.strip(
            &mut shell,
            &waist,
            [0.86, 0.94],
            0.004,
            &both,
            Coat::paint([0.6, 0.6, 0.58]),
        );
        // The line's sign, the engine's flap, what stands on the roof.
        let e = &extent;
        let sign = Coat::matt([0.02, 0.02, 0.02]);
        e.cuboid(&mut shell, [0.978, -0.7, 0.86], [0.992, 0.7, 0.93], sign);
        let letters = Coat::matt([0.9, 0.45, 0.05]);
        e.cuboid(
            &mut shell,
            [0.985, -0.5, 0.88],
            [0.9935, 0.35, 0.91],
            letters,
        );
        let flap = [(0.0, Some(-0.7)), (0.0, Some(0.7))];
        hull.strip(&mut shell, &flap, [0.3, 0.8], 0.005, &[1.0], DARK);
        let low = e.at(0.12, -0.5, 0.97);
        let high = e.at(0.34, 0.5, 1.0) + Vec3::Z * 0.06;
        shell.crate_box(low, high, 0.05, roof);
        mirrors(extent, &mut shell, [0.985, 0.68], 0.16);
    }
    let mut lamps = Lamps::default();
    let front = |y: f32| {
        [
            (1.0, Some(y)),
            (1.0, Some(0.97)),
            (0.996, None),
            (0.988, None),
        ]
    };
    let rear = |y: f32| [(0.0, Some(y)), (0.0, Some(0.97)), (0.004, None)];
    hull.strip(&mut lamps.head, &front(0.62), [0.3, 0.5], 0.01, &both, LAMP);
    hull.strip(&mut lamps.brake, &rear(0.76), [0.5, 0.8], 0.01, &both, LAMP);
    hull.strip(
        &mut lamps.reverse,
        &rear(0.76),
        [0.3, 0.38],
        0.01,
        &both,
        LAMP,
    );
    for (lamp, sign) in lamps.turn.iter_mut().zip(both) {
        hull.strip(lamp, &front(0.84), [0.54, 0.64], 0.01, &[sign], LAMP);
        hull.strip(lamp, &rear(0.76), [0.4, 0.48], 0.01, &[sign], LAMP);
    }
    Body::of(shell, lamps, wheel::all(extent, &axles, 0.15))
}

fn bumpers(hull: &Hull, shell: &mut Sketch) {
    let across = |x: f32, half: f32| [(x, Some(-half)), (x, Some(half))];
    let one = [1.0];
    hull.strip(shell, &across(1.0, 0.95), [0.03, 0.3], 0.008, &one, DARK);
    hull.strip(shell, &across(1.0, 0.55), [0.5, 0.85], 0.006, &one, DARK);
    hull.strip(shell, &across(1.0, 0.5), [0.66, 0.7], 0.012, &one, CHROME);
    hull.strip(shell, &across(1.0, 0.26), [0.33, 0.45], 0.014, &one, PLATE);
    hull.strip(shell, &across(0.0, 0.95), [0.03, 0.24], 0.01, &one, DARK);
    hull.strip(shell, &across(0.0, 0.24), [0.28, 0.4], 0.014, &one, PLATE);
}

/// Upright mirrors beside the windscreen, at shares of length and height.
pub fn mirrors(e: Extent, shell: &mut Sketch, [x, z]: [f32; 2], half_m: f32) {
    for sign in [1.0, -1.0] {
        let foot = e.at(x, sign * 0.94, z);
        let head = e.at(x, sign * 1.0, z) + Vec3::new(0.02, sign * 0.01, 0.06);
        shell.tube(foot, head, [0.018; 2], 6, DARK);
        shell.ball(head, Vec3::new(0.06, 0.075, half_m), 8, DARK);
        shell.ball(
            head - Vec3::X * 0.025,
            Vec3::new(0.04, 0.065, half_m * 0.88),
            8,
            GLASS,
        );
    }
}
