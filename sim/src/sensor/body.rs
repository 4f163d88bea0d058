//! The solids of each actor class, fitted into its bounding box.

use bevy::math::Vec3;

use super::paint::{PAINTS, clothes, paint, pick};
use super::solid::{Look, Solid};
use crate::actor::ActorClass;
use crate::world::ActorSnapshot;

const GLASS: Look = Look {
    albedo: [0.015, 0.018, 0.02],
    reflectivity: 0.08,
    gloss: 0.12,
};
const TYRE: Look = Look::matt([0.018, 0.018, 0.02], 0.08);
const RIM: Look = Look {
    albedo: [0.3, 0.3, 0.32],
    reflectivity: 0.5,
    gloss: 0.05,
};
const UNDERBODY: Look = Look::matt([0.02, 0.02, 0.02], 0.1);
const SKIN: Look = Look::matt([0.45, 0.28, 0.2], 0.4);
const HAIR: Look = Look::matt([0.06, 0.04, 0.03], 0.3);

fn glossy(albedo: [f32; 3]) -> Look {
    // Dark paint throws little laser light back.
    let mean = (albedo[0] + albedo[1] + albedo[2]) / 3.0;
    Look {
        albedo,
        reflectivity: 0.15 + 0.7 * mean,
        gloss: 0.04,
    }
}

/// Puts the solids of an actor, in its frame, at the end of `out`.
pub(super) fn solids(actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let b = &actor.spec.bounding_box;
    let (l, w, h) = (b.length_m as f32, b.width_m as f32, b.height_m as f32);
    let frame = Frame {
        rear: b.center_x_m as f32 - l / 2.0,
        y: b.center_y_m as f32,
        base: b.center_z_m as f32 - h / 2.0,
        l,
        w,
        h,
    };
    match actor.spec.class {
        ActorClass::Car => car(&frame, actor, out),
        ActorClass::Van => van(&frame, actor, out),
        ActorClass::Bus => bus(&frame, actor, out),
        ActorClass::Truck => truck(&frame, actor, out),
        ActorClass::Trailer => trailer(&frame, actor, out),
        ActorClass::Motorcycle | ActorClass::Bicycle => two_wheeler(&frame, actor, out),
        ActorClass::Pedestrian => pedestrian(&frame, actor, out),
        ActorClass::MovableObject | ActorClass::StaticObject => {
            let look = Look::matt(pick(&PAINTS, actor.id, 5), 0.4);
            out.push(frame.cuboid([0.0, 1.0], [-1.0, 1.0], [0.0, 1.0], look));
        }
    }
}

/// A bounding box in the actor's frame, addressed by shares of its sides.
struct Frame {
    rear: f32,
    y: f32,
    base: f32,
    l: f32,
    w: f32,
    h: f32,
}

impl Frame {
    fn x(&self, share: f32) -> f32 {
        self.rear + share * self.l
    }

    fn z(&self, share: f32) -> f32 {
        self.base + share * self.h
    }

    /// A prism by its side view in shares of length and height; `width` and `lean` in shares of
    /// the half-width.
    fn prism(&self, outline: &[(f32, f32)], width: f32, lean: f32, looks: &[Look]) -> Solid {
        let outline: Vec<_> = outline
            .iter()
            .map(|(x, z)| (self.x(*x), self.z(*z)))
            .collect();
        let half = self.w / 2.0;
        Solid::prism(&outline, (self.y, width * half), lean * half, looks)
    }

    /// A box by shares: of length, of half-width, of height.
    fn cuboid(&self, x: [f32; 2], y: [f32; 2], z: [f32; 2], look: Look) -> Solid {
        let half = self.w / 2.0;
        let corner = |k: usize| Vec3::new(self.x(x[k]), self.y + y[k] * half, self.z(z[k]));
        Solid::cuboid(corner(0), corner(1), look)
    }

    /// An ellipsoid by shares of length (middle and radius), half-width, height.
    fn ellipsoid(&self, center: [f32; 3], radii: [f32; 3], look: Look) -> Solid {
        let half = self.w / 2.0;
        Solid::Ellipsoid {
            center: Vec3::new(
                self.x(center[0]),
                self.y + center[1] * half,
                self.z(center[2]),
            ),
            radii: Vec3::new(radii[0] * self.l, radii[1] * half, radii[2] * self.h)
                .max(Vec3::splat(1e-3)),
            look,
        }
    }
}

/// The wheels that the axles say, kept within the bounding box.
fn wheels(frame: &Frame, actor: &ActorSnapshot, half_width: f32, out: &mut Vec<Solid>) {
    let Some(axles) = &actor.spec.axles else {
        return;
    };
    for axle in [axles.rear, axles.front] {
        let radius = (axle.wheel_diameter_m as f32 / 2.0).clamp(0.05, frame.h.max(0.1) / 2.0);
        let inside = (frame.w / 2.0 - half_width).max(0.0);
        let track = (axle.track_width_m as f32 / 2.0).clamp(0.0, inside);
        let x = axle.position_x_m as f32;
        if !(x.is_finite() && track.is_finite() && radius.is_finite()) {
            continue;
        }
        let sides: &[f32] = if track > 0.3 { &[1.0, -1.0] } else { &[0.0] };
        for side in sides {
            out.push(Solid::Wheel {
                center: Vec3::new(x, frame.y + side * track, frame.base + radius),
                radius,
                half_width,
                tyre: TYRE,
                rim: RIM,
            });
        }
    }
}

fn car(frame: &Frame, actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let body = glossy(paint(actor.id, &actor.spec));
    let looks = [UNDERBODY, body, body, body, body, body, body];
    let outline = [
        (0.03, 0.14),
        (0.97, 0.14),
        (1.0, 0.3),
        (0.985, 0.48),
        (0.72, 0.62),
        (0.02, 0.64),
        (0.0, 0.34),
    ];
    out.push(frame.prism(&outline, 1.0, 0.06, &looks));
    let cabin = [(0.06, 0.62), (0.76, 0.62), (0.55, 1.0), (0.2, 1.0)];
    out.push(frame.prism(&cabin, 0.92, 0.22, &[body, GLASS, body, GLASS, GLASS]));
    wheels(frame, actor, 0.11, out);
}

fn van(frame: &Frame, actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let body = glossy(paint(actor.id, &actor.spec));
    let cargo = [(0.0, 0.1), (0.74, 0.1), (0.74, 1.0), (0.01, 1.0)];
    out.push(frame.prism(&cargo, 1.0, 0.06, &[UNDERBODY, body, body, body, body]));
    let nose = [
        (0.7, 0.1),
        (1.0, 0.14),
        (1.0, 0.42),
        (0.9, 0.5),
        (0.7, 0.56),
    ];
    out.push(frame.prism(
        &nose,
        0.99,
        0.04,
        &[UNDERBODY, body, body, body, body, body],
    ));
    let cab = [(0.7, 0.5), (0.93, 0.5), (0.76, 0.98), (0.7, 0.98)];
    out.push(frame.prism(&cab, 0.97, 0.08, &[body, GLASS, body, body, GLASS]));
    wheels(frame, actor, 0.12, out);
}

fn bus(frame: &Frame, actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let body = glossy(paint(actor.id, &actor.spec));
    let low = [(0.0, 0.1), (1.0, 0.1), (1.0, 0.4), (0.0, 0.4)];
    out.push(frame.prism(&low, 1.0, 0.0, &[UNDERBODY, body, body, body, body]));
    let windows = [(0.005, 0.4), (0.995, 0.4), (0.98, 0.85), (0.01, 0.85)];
    out.push(frame.prism(&windows, 0.99, 0.02, &[GLASS]));
    let roof = [(0.005, 0.85), (0.985, 0.85), (0.97, 1.0), (0.02, 1.0)];
    out.push(frame.prism(&roof, 1.0, 0.05, &[body]));
    wheels(frame, actor, 0.15, out);
}

fn truck(frame: &Frame, actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let body = glossy(paint(actor.id, &actor.spec));
    let canvas = Look::matt(pick(&PAINTS[..3], actor.id, 2), 0.45);
    out.push(frame.cuboid([0.0, 0.74], [-1.0, 1.0], [0.3, 1.0], canvas));
    out.push(frame.cuboid([0.02, 0.95], [-0.4, 0.4], [0.13, 0.3], UNDERBODY));
    let cab = [(0.77, 0.1), (1.0, 0.1), (1.0, 0.45), (0.77, 0.45)];
    out.push(frame.prism(&cab, 0.98, 0.0, &[UNDERBODY, body, body, body, body]));
    let top = [
        (0.77, 0.45),
        (1.0, 0.45),
        (0.97, 0.78),
        (0.92, 0.88),
        (0.77, 0.9),
    ];
    out.push(frame.prism(&top, 0.97, 0.06, &[body, GLASS, body, body, body, GLASS]));
    wheels(frame, actor, 0.2, out);
}

fn trailer(frame: &Frame, actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let canvas = Look::matt(pick(&PAINTS[..3], actor.id, 2), 0.45);
    out.push(frame.cuboid([0.0, 1.0], [-1.0, 1.0], [0.3, 1.0], canvas));
    out.push(frame.cuboid([0.02, 0.98], [-0.4, 0.4], [0.18, 0.3], UNDERBODY));
    wheels(frame, actor, 0.2, out);
}

fn two_wheeler(frame: &Frame, actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let motor = actor.spec.class == ActorClass::Motorcycle;
    let metal = glossy(paint(actor.id, &actor.spec));
    let [coat, legs] = clothes(actor.id);
    let cloth = Look::matt(coat, 0.4);
    let trousers = Look::matt(legs, 0.35);
    let half: f32 = if motor { 0.07 } else { 0.03 };
    wheels(frame, actor, half.min(frame.w / 2.0), out);
    let thin = if motor { 0.4 } else { 0.12 };
    let engine = [(0.3, 0.2), (0.62, 0.2), (0.75, 0.52), (0.2, 0.56)];
    out.push(frame.prism(&engine, thin, 0.0, &[metal]));
    // Handlebar.
    out.push(frame.cuboid([0.7, 0.75], [-0.95, 0.95], [0.6, 0.64], UNDERBODY));
    for side in [0.32, -0.32] {
        out.push(frame.ellipsoid([0.46, side, 0.4], [0.11, 0.22, 0.2], trousers));
    }
    out.push(frame.ellipsoid([0.46, 0.0, 0.7], [0.13, 0.6, 0.2], cloth));
    let head = if motor { metal } else { HAIR };
    let r = 0.12 / frame.h.max(0.3);
    out.push(frame.ellipsoid(
        [0.52, 0.0, 1.0 - r],
        [0.12 / frame.l.max(0.3), 0.35, r],
        head,
    ));
}

fn pedestrian(frame: &Frame, actor: &ActorSnapshot, out: &mut Vec<Solid>) {
    let [coat, legs] = clothes(actor.id);
    let cloth = Look::matt(coat, 0.4);
    let trousers = Look::matt(legs, 0.35);
    // The gait goes by the way covered, so that it needs no memory.
    let pose = &actor.state.pose;
    let (c, s) = (
        crate::math::cos(pose.yaw_rad),
        crate::math::sin(pose.yaw_rad),
    );
    let way = (pose.x_m * c + pose.y_m * s) / 1.4;
    let stride = if actor.state.speed_mps.abs() > 0.1 {
        0.22
    } else {
        0.0
    };
    let swing = stride * crate::math::sin(crate::math::TAU * way) as f32;
    for side in [1.0, -1.0] {
        let x = 0.5 + side * swing;
        let leg = [0.14, 0.28, 0.27];
        out.push(frame.ellipsoid([x, side * 0.36, 0.26], leg, trousers));
        let arm = [0.1, 0.18, 0.17];
        out.push(frame.ellipsoid([0.5 - side * swing * 0.7, side * 0.8, 0.64], arm, cloth));
    }
    out.push(frame.ellipsoid([0.5, 0.0, 0.66], [0.24, 0.66, 0.21], cloth));
    out.push(frame.ellipsoid([0.52, 0.0, 0.925], [0.17, 0.34, 0.075], SKIN));
    out.push(frame.ellipsoid([0.49, 0.0, 0.945], [0.17, 0.36, 0.055], HAIR));
}

/// A lamp's colour and light at a point of a vehicle's surface, both linear, where there is one.
/// `brake` is how bright the brake lamps are.
pub(super) fn lamp(
    class: ActorClass,
    [half_width, rear, front, height]: [f32; 4],
    brake: f32,
    p: Vec3,
    normal: Vec3,
) -> Option<([f32; 3], [f32; 3])> {
    if !class.is_vehicle() || matches!(class, ActorClass::Motorcycle | ActorClass::Bicycle) {
        return None;
    }
    let (side, z) = (p.y.abs() / half_width, p.z / height);
    let low = if class == ActorClass::Car { 0.4 } else { 0.2 };
    if normal.x < -0.6 && p.x < rear + 0.15 {
        let lamp = (0.66..0.97).contains(&side) && (low..low + 0.15).contains(&z);
        return lamp.then_some(([0.4, 0.01, 0.01], [0.25 + 2.5 * brake, 0.01, 0.01]));
    }
    if normal.x > 0.4 && p.x > front - 0.45 && class != ActorClass::Trailer {
        let low = low - 0.06;
        let lamp = (0.62..0.95).contains(&side) && (low..low + 0.12).contains(&z);
        return lamp.then_some(([0.8; 3], [0.5, 0.5, 0.45]));
    }
    None
}
