//! Cars: saloon, estate and off-roader.

use bevy::prelude::*;
use sim::actor::{ActorId, ActorSpec};

use super::body::{Body, Lamps, share_of};
use super::hull::{Extent, Hull, Style};
use super::sketch::{CHROME, Coat, DARK, GLASS, LAMP, Sketch};
use super::wheel;

const PLATE: Coat = Coat::matt([0.62, 0.62, 0.58]);

const SALOON: Style = Style {
    sill: &[
        (0.0, 0.23),
        (0.05, 0.16),
        (0.5, 0.12),
        (0.95, 0.13),
        (1.0, 0.17),
    ],
    shoulder: &[
        (0.0, 0.49),
        (0.03, 0.565),
        (0.15, 0.605),
        (0.5, 0.585),
        (0.75, 0.565),
        (0.9, 0.525),
        (0.97, 0.465),
        (1.0, 0.38),
    ],
    crown: &[
        (0.0, 0.53),
        (0.02, 0.61),
        (0.08, 0.645),
        (0.2, 0.65),
        (0.7, 0.635),
        (0.82, 0.6),
        (0.93, 0.54),
        (0.98, 0.475),
        (1.0, 0.4),
    ],
    plan: &[
        (0.0, 0.76),
        (0.015, 0.86),
        (0.05, 0.93),
        (0.16, 0.985),
        (0.35, 1.0),
        (0.75, 1.0),
        (0.88, 0.975),
        (0.95, 0.92),
        (0.985, 0.82),
        (1.0, 0.7),
    ],
    cabin: &[
        [0.58, 0.075, 0.75, 0.905],
        [0.615, 0.1, 0.72, 0.9],
        [0.73, 0.155, 0.662, 0.85],
        [0.85, 0.215, 0.6, 0.785],
        [0.905, 0.252, 0.568, 0.74],
        [0.965, 0.295, 0.52, 0.64],
        [0.995, 0.36, 0.46, 0.35],
    ],
    panes: &[(0.11, true), (0.43, false), (0.465, true), (0.8, false)],
    has_rear_window: true,
    bow: 0.075,
};

const ESTATE: Style = Style {
    crown: &[
        (0.0, 0.52),
        (0.02, 0.59),
        (0.1, 0.62),
        (0.7, 0.635),
        (0.82, 0.605),
        (0.93, 0.545),
        (0.98, 0.48),
        (1.0, 0.4),
    ],
    cabin: &[
        [0.58, 0.018, 0.75, 0.91],
        [0.615, 0.024, 0.722, 0.905],
        [0.73, 0.05, 0.668, 0.86],
        [0.85, 0.085, 0.61, 0.8],
        [0.905, 0.108, 0.578, 0.755],
        [0.965, 0.135, 0.53, 0.66],
        [0.995, 0.22, 0.46, 0.4],
    ],
    panes: &[
        (0.1, true),
        (0.38, false),
        (0.405, true),
        (0.68, false),
        (0.71, true),
        (0.9, false),
    ],
    ..SALOON
};

const OFF_ROADER: Style = Style {
    sill: &[
        (0.0, 0.26),
        (0.05, 0.2),
        (0.5, 0.17),
        (0.95, 0.18),
        (1.0, 0.22),
    ],
    shoulder: &[
        (0.0, 0.52),
        (0.03, 0.585),
        (0.15, 0.615),
        (0.5, 0.605),
        (0.75, 0.595),
        (0.9, 0.565),
        (0.97, 0.51),
        (1.0, 0.42),
    ],
    crown: &[
        (0.0, 0.54),
        (0.02, 0.61),
        (0.1, 0.63),
        (0.72, 0.645),
        (0.84, 0.625),
        (0.94, 0.58),
        (0.985, 0.52),
        (1.0, 0.44),
    ],
    plan: &[
        (0.0, 0.82),
        (0.015, 0.9),
        (0.05, 0.96),
        (0.16, 0.99),
        (0.35, 1.0),
        (0.75, 1.0),
        (0.9, 0.98),
        (0.96, 0.93),
        (0.985, 0.86),
        (1.0, 0.76),
    ],
    cabin: &[
        [0.6, 0.015, 0.75, 0.92],
        [0.635, 0.02, 0.728, 0.915],
        [0.74, 0.04, 0.684, 0.875],
        [0.86, 0.07, 0.632, 0.82],
        [0.91, 0.09, 0.6, 0.785],
        [0.965, 0.11, 0.55, 0.7],
        [0.985, 0.2, 0.47, 0.42],
    ],
    bow: 0.065,
    ..ESTATE
};

/// A car of one of the styles, which its id and its box choose.
pub fn car(extent: Extent, spec: &ActorSpec, id: ActorId, paint: [f32; 3], is_near: bool) -> Body {
    let style = match style_of(extent, id) {
        0 => &SALOON,
        1 => &ESTATE,
        _ => &OFF_ROADER,
    };
    let axles = wheel::axles(extent, spec, 0.22 * extent.h);
    let hull = Hull::new(extent, style, &axles);
    let mut shell = Sketch::default();
    let paint = Coat::paint(paint);
    hull.add(&mut shell, paint, is_near);
    hull.add_cabin(&mut shell, paint, paint);
    if is_near {
        trim(&hull, style, &mut shell, paint);
    }
    let mut lamps = Lamps::default();
    let both = [1.0, -1.0];
    let front = |y: f32| {
        [
            (1.0, Some(y)),
            (1.0, Some(0.96)),
            (0.988, None),
            (0.955, None),
        ]
    };
    let rear = |y: f32| {
        [
            (0.0, Some(y)),
            (0.0, Some(0.96)),
            (0.012, None),
            (0.04, None),
        ]
    };
    hull.strip(
        &mut lamps.head,
        &front(0.6),
        [0.58, 0.9],
        0.008,
        &both,
        LAMP,
    );
    hull.strip(
        &mut lamps.brake,
        &rear(0.5),
        [0.68, 0.96],
        0.008,
        &both,
        LAMP,
    );
    hull.strip(
        &mut lamps.reverse,
        &[(0.0, Some(0.5)), (0.0, Some(0.8))],
        [0.56, 0.65],
        0.008,
        &both,
        LAMP,
    );
    for (lamp, sign) in lamps.turn.iter_mut().zip(both) {
        hull.strip(lamp, &front(0.78), [0.42, 0.53], 0.008, &[sign], LAMP);
        let outer = [
            (0.0, Some(0.82)),
            (0.0, Some(0.96)),
            (0.012, None),
            (0.035, None),
        ];
        hull.strip(lamp, &outer, [0.56, 0.66], 0.008, &[sign], LAMP);
    }
    Body::of(shell, lamps, wheel::all(extent, &axles, 0.115))
}

/// Which of the styles a car has.
pub fn style_of(extent: Extent, id: ActorId) -> u8 {
    if extent.h > 0.36 * extent.l || extent.h > 1.62 {
        return 2;
    }
    u8::from(share_of(id, 11) > 0.55)
}

/// Mirrors, grille, plates, joints of doors, handles, bumpers.
fn trim(hull: &Hull, style: &Style, shell: &mut Sketch, paint: Coat) {
    let e = &hull.extent;
    let both = [1.0, -1.0];
    let one = [1.0];
    let across = |x: f32, half: f32| [(x, Some(-half)), (x, Some(half))];
    hull.strip(shell, &across(1.0, 0.52), [0.55, 0.86], 0.006, &one, DARK);
    hull.strip(shell, &across(1.0, 0.5), [0.68, 0.73], 0.012, &one, CHROME);
    hull.strip(shell, &across(1.0, 0.86), [0.08, 0.34], 0.005, &one, DARK);
    hull.strip(shell, &across(1.0, 0.36), [0.36, 0.53], 0.014, &one, PLATE);
    hull.strip(shell, &across(0.0, 0.34), [0.58, 0.86], 0.009, &one, PLATE);
    hull.strip(shell, &across(0.0, 0.88), [0.02, 0.3], 0.006, &one, DARK);
    // Joints about the doors, and their handles.
    let cabin = style.cabin[1];
    let at = |share: f32| cabin[2] + (cabin[1] - cabin[2]) * share;
    let pillar = style.panes.get(1).map_or(0.43, |p| p.0);
    let back = style.panes.get(3).map_or(0.8, |p| p.0).min(0.74);
    for (x, low) in [(at(0.02), 0.1), (at(pillar + 0.02), 0.05), (at(back), 0.5)] {
        hull.strip(
            shell,
            &[(x - 0.0012, None), (x + 0.0012, None)],
            [low, 0.985],
            0.003,
            &both,
            DARK,
        );
    }
    hull.strip(
        shell,
        &[(at(back), None), (at(0.02), None)],
        [0.09, 0.105],
        0.004,
        &both,
        DARK,
    );
    for x in [at(pillar) + 0.03, at(back) + 0.035] {
        hull.strip(
            shell,
            &[(x - 0.018, None), (x + 0.018, None)],
            [0.8, 0.85],
            0.016,
            &both,
            paint,
        );
    }
    for sign in both {
        let foot = e.at(at(0.085), sign * 0.9, 0.615);
        let head = e.at(at(0.08), sign * 1.0, 0.64);
        shell.tube(foot, head, [0.02, 0.02], 6, DARK);
        shell.ball(head, Vec3::new(0.065, 0.09, 0.062), 10, paint);
        let glass = head - Vec3::X * 0.03;
        shell.ball(glass, Vec3::new(0.04, 0.078, 0.05), 8, GLASS);
    }
}
