//! What actors look like: a body, wheels and lamps, fitted into the actor's box.

use bevy::asset::RenderAssetUsages;
use bevy::mesh::PrimitiveTopology;
use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, ActorSpec};
use sim::sensor::{clothes, paint};

use super::space::local;

const GLASS: [f32; 3] = [0.02, 0.025, 0.03];
const DARK: [f32; 3] = [0.015, 0.015, 0.017];
const RIM: [f32; 3] = [0.35, 0.36, 0.38];
const SKIN: [f32; 3] = [0.5, 0.32, 0.24];

/// One wheel.
pub struct Wheel {
    /// Its middle in the actor's frame (forward, left, up), metres.
    pub center_m: [f32; 3],
    /// Radius, metres.
    pub radius_m: f32,
    /// Whether it is turned by steering.
    pub is_steered: bool,
    /// The wheel about its middle.
    pub mesh: Mesh,
}

/// One leg or arm of someone who walks.
pub struct Limb {
    /// Where it hangs, in the actor's frame, metres.
    pub joint_m: [f32; 3],
    /// Which way it swings first, 1 or -1.
    pub phase: f32,
    /// The limb, hanging from its joint.
    pub mesh: Mesh,
}

/// All parts of an actor, in its frame.
pub struct Body {
    /// What does not move against the actor.
    pub shell: Mesh,
    /// Wheels.
    pub wheels: Vec<Wheel>,
    /// Legs and arms.
    pub limbs: Vec<Limb>,
    /// Lamps that shine when it brakes.
    pub brake: Option<Mesh>,
    /// Lamps that shine at night.
    pub head: Option<Mesh>,
    /// Lamps that tell of turns: left, right.
    pub turn: Option<[Mesh; 2]>,
}

/// Triangles in the making.
#[derive(Default)]
struct Sketch {
    points: Vec<[f32; 3]>,
    normals: Vec<[f32; 3]>,
    colors: Vec<[f32; 4]>,
}

impl Sketch {
    fn triangle(&mut self, corners: [Vec3; 3], color: [f32; 3]) {
        let normal = (corners[1] - corners[0]).cross(corners[2] - corners[0]);
        let Some(normal) = normal.try_normalize() else {
            return;
        };
        for p in corners {
            self.points.push(local(p.to_array()).to_array());
            self.normals.push(local(normal.to_array()).to_array());
            self.colors.push([color[0], color[1], color[2], 1.0]);
        }
    }

    fn quad(&mut self, [a, b, c, d]: [Vec3; 4], color: [f32; 3]) {
        self.triangle([a, b, c], color);
        self.triangle([a, c, d], color);
    }

    /// A shape between two outlines in planes across y, of as many points, the left one first; outlines go
    /// counter-clockwise seen from the right. `colors` has one an edge and the last for the sides.
    fn loft(&mut self, left: &[Vec3], right: &[Vec3], colors: &[[f32; 3]]) {
        let side = colors.last().copied().unwrap_or(DARK);
        let count = left.len();
        for i in 0..count {
            let j = (i + 1) % count;
            let color = colors.get(i).copied().unwrap_or(side);
            self.quad([left[i], left[j], right[j], right[i]], color);
        }
        for i in 1..count.saturating_sub(1) {
            self.triangle([right[0], right[i], right[i + 1]], side);
            self.triangle([left[0], left[i + 1], left[i]], side);
        }
    }

    /// A prism by its side view (x, z), as wide as `half` to both sides of `y` at its lowest point and leaning in
    /// by `lean` towards its highest.
    fn prism(&mut self, outline: &[(f32, f32)], y: f32, half: f32, lean: f32, colors: &[[f32; 3]]) {
        let low = outline.iter().fold(f32::INFINITY, |m, p| m.min(p.1));
        let high = outline.iter().fold(f32::NEG_INFINITY, |m, p| m.max(p.1));
        let at = |sign: f32| -> Vec<Vec3> {
            let points = outline.iter().map(|(x, z)| {
                let share = if high > low {
                    (z - low) / (high - low)
                } else {
                    0.0
                };
                Vec3::new(*x, y + sign * (half - lean * share), *z)
            });
            points.collect()
        };
        let (left, right) = (at(1.0), at(-1.0));
        self.loft(&left, &right, colors);
    }

    fn cuboid(&mut self, low: Vec3, high: Vec3, color: [f32; 3]) {
        let outline = [
            (low.x, low.z),
            (high.x, low.z),
            (high.x, high.z),
            (low.x, high.z),
        ];
        let (y, half) = ((low.y + high.y) / 2.0, (high.y - low.y) / 2.0);
        self.prism(&outline, y, half, 0.0, &[color]);
    }

    /// A round bar about an axis along y.
    fn disc(&mut self, center: Vec3, radius: f32, half_width: f32, rim: [f32; 3], cap: [f32; 3]) {
        const SIDES: usize = 20;
        let at = |i: usize, y: f32, r: f32| {
            let angle = i as f32 / SIDES as f32 * std::f32::consts::TAU;
            let (s, c) = bevy::math::ops::sin_cos(angle);
            center + Vec3::new(r * c, y, r * s)
        };
        let face = |sketch: &mut Self, sign: f32| {
            for i in 0..SIDES {
                let y = sign * half_width;
                let (a, b) = (at(i, y, radius), at(i + 1, y, radius));
                let (c, d) = (at(i + 1, y, radius * 0.64), at(i, y, radius * 0.64));
                let hub = center + Vec3::Y * (sign * half_width * 0.85);
                let spoke = if i % 4 < 2 {
                    cap
                } else {
                    [cap[0] * 0.35, cap[1] * 0.35, cap[2] * 0.35]
                };
                if sign > 0.0 {
                    sketch.quad([a, d, c, b], rim);
                    sketch.triangle([hub, c, d], spoke);
                } else {
                    sketch.quad([a, b, c, d], rim);
                    sketch.triangle([hub, d, c], spoke);
                }
            }
        };
        face(self, 1.0);
        face(self, -1.0);
        for i in 0..SIDES {
            let (a, b) = (at(i, half_width, radius), at(i + 1, half_width, radius));
            let (c, d) = (at(i + 1, -half_width, radius), at(i, -half_width, radius));
            self.quad([a, b, c, d], rim);
        }
    }

    fn ball(&mut self, center: Vec3, radii: Vec3, color: [f32; 3]) {
        const RINGS: usize = 8;
        const SIDES: usize = 12;
        let at = |ring: usize, side: usize| {
            let up = (ring as f32 / RINGS as f32 - 0.5) * std::f32::consts::PI;
            let around = side as f32 / SIDES as f32 * std::f32::consts::TAU;
            let ((su, cu), (sa, ca)) = (
                bevy::math::ops::sin_cos(up),
                bevy::math::ops::sin_cos(around),
            );
            center + radii * Vec3::new(cu * ca, cu * sa, su)
        };
        for ring in 0..RINGS {
            for side in 0..SIDES {
                self.quad(
                    [
                        at(ring, side),
                        at(ring, side + 1),
                        at(ring + 1, side + 1),
                        at(ring + 1, side),
                    ],
                    color,
                );
            }
        }
    }

    fn mesh(self) -> Mesh {
        Mesh::new(
            PrimitiveTopology::TriangleList,
            RenderAssetUsages::default(),
        )
        .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, self.points)
        .with_inserted_attribute(Mesh::ATTRIBUTE_NORMAL, self.normals)
        .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, self.colors)
    }
}

/// A box in the actor's frame, addressed by shares: of its length from the rear, of half its width, of its height.
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

    fn outline(&self, points: &[(f32, f32)]) -> Vec<(f32, f32)> {
        points
            .iter()
            .map(|(x, z)| (self.x(*x), self.z(*z)))
            .collect()
    }

    fn corner(&self, x: f32, y: f32, z: f32) -> Vec3 {
        Vec3::new(self.x(x), self.y + y * self.w / 2.0, self.z(z))
    }

    fn cuboid(&self, sketch: &mut Sketch, x: [f32; 2], y: [f32; 2], z: [f32; 2], color: [f32; 3]) {
        sketch.cuboid(
            self.corner(x[0], y[0], z[0]),
            self.corner(x[1], y[1], z[1]),
            color,
        );
    }
}

/// The parts of an actor.
pub fn body(id: ActorId, spec: &ActorSpec) -> Body {
    let b = &spec.bounding_box;
    let frame = Frame {
        rear: (b.center_x_m - b.length_m / 2.0) as f32,
        y: b.center_y_m as f32,
        base: (b.center_z_m - b.height_m / 2.0) as f32,
        l: b.length_m as f32,
        w: b.width_m as f32,
        h: b.height_m as f32,
    };
    let paint = paint(id, spec);
    match spec.class {
        ActorClass::Car => car(&frame, spec, paint),
        ActorClass::Van | ActorClass::Bus => coach(&frame, spec, paint),
        ActorClass::Truck | ActorClass::Trailer => truck(&frame, spec, paint),
        ActorClass::Bicycle | ActorClass::Motorcycle => {
            two_wheeler(&frame, spec, paint, clothes(id))
        }
        ActorClass::Pedestrian => pedestrian(&frame, clothes(id)),
        ActorClass::MovableObject | ActorClass::StaticObject => {
            let mut shell = Sketch::default();
            frame.cuboid(
                &mut shell,
                [0.0, 1.0],
                [-1.0, 1.0],
                [0.0, 1.0],
                [0.45, 0.3, 0.12],
            );
            plain(shell)
        }
    }
}

fn plain(shell: Sketch) -> Body {
    Body {
        shell: shell.mesh(),
        wheels: Vec::new(),
        limbs: Vec::new(),
        brake: None,
        head: None,
        turn: None,
    }
}

/// Wheels of the axles, or where such a vehicle has them.
fn wheels(f: &Frame, spec: &ActorSpec, usual_radius: f32) -> Vec<Wheel> {
    let (front, rear, radius) = match &spec.axles {
        Some(axles) => (
            axles.front.position_x_m as f32,
            axles.rear.position_x_m as f32,
            (axles.front.wheel_diameter_m / 2.0) as f32,
        ),
        None => (f.x(0.82), f.x(0.18), usual_radius),
    };
    let radius = if radius > 0.1 && radius < 0.8 {
        radius
    } else {
        usual_radius
    };
    let half = (0.11f32).min(f.w * 0.09);
    let side = f.w / 2.0 - half - 0.01;
    let mut wheels = Vec::new();
    for (x, is_steered) in [(front, true), (rear, false)] {
        for sign in [1.0, -1.0] {
            let mut sketch = Sketch::default();
            sketch.disc(Vec3::ZERO, radius, half, DARK, RIM);
            wheels.push(Wheel {
                center_m: [x, f.y + sign * side, radius],
                radius_m: radius,
                is_steered,
                mesh: sketch.mesh(),
            });
        }
    }
    wheels
}

/// Lamps at the ends: brake, head, and turn lamps left and right.
fn lamps(f: &Frame, z: [f32; 2]) -> (Option<Mesh>, Option<Mesh>, Option<[Mesh; 2]>) {
    let out = 0.012 / f.l;
    let pair = |x: [f32; 2], y: [f32; 2]| {
        let mut sketch = Sketch::default();
        f.cuboid(&mut sketch, x, y, z, [1.0; 3]);
        f.cuboid(&mut sketch, x, [-y[1], -y[0]], z, [1.0; 3]);
        Some(sketch.mesh())
    };
    let side = |sign: f32| {
        let mut sketch = Sketch::default();
        let y = if sign > 0.0 {
            [0.86, 0.97]
        } else {
            [-0.97, -0.86]
        };
        f.cuboid(&mut sketch, [-out, 0.02], y, z, [1.0; 3]);
        f.cuboid(&mut sketch, [0.97, 1.0 + out], y, z, [1.0; 3]);
        sketch.mesh()
    };
    let brake = pair([-out, 0.02], [0.55, 0.85]);
    let head = pair([0.97, 1.0 + out], [0.55, 0.85]);
    (brake, head, Some([side(1.0), side(-1.0)]))
}

fn car(f: &Frame, spec: &ActorSpec, paint: [f32; 3]) -> Body {
    let mut shell = Sketch::default();
    let half = f.w / 2.0;
    // Lower body with bonnet and boot, counter-clockwise seen from the right.
    let lower = f.outline(&[
        (0.0, 0.2),
        (0.04, 0.13),
        (0.96, 0.13),
        (1.0, 0.2),
        (1.0, 0.4),
        (0.975, 0.47),
        (0.73, 0.585),
        (0.66, 0.6),
        (0.16, 0.63),
        (0.03, 0.6),
        (0.0, 0.5),
    ]);
    shell.prism(
        &lower,
        f.y,
        half,
        half * 0.05,
        &[DARK, DARK, DARK, DARK, paint],
    );
    // Sills of another tone.
    f.cuboid(&mut shell, [0.24, 0.76], [-1.0, 1.0], [0.11, 0.17], DARK);
    // Cabin: glass all around below a painted roof.
    let cabin = f.outline(&[(0.1, 0.6), (0.72, 0.58), (0.56, 0.93), (0.26, 0.95)]);
    shell.prism(
        &cabin,
        f.y,
        half * 0.9,
        half * 0.22,
        &[paint, GLASS, paint, GLASS, GLASS],
    );
    let roof = f.outline(&[(0.265, 0.925), (0.555, 0.91), (0.52, 0.985), (0.3, 1.0)]);
    shell.prism(&roof, f.y, half * 0.7, half * 0.12, &[paint]);
    // Pillars.
    let pillar = f.outline(&[(0.393, 0.6), (0.417, 0.6), (0.413, 0.93), (0.397, 0.93)]);
    shell.prism(&pillar, f.y, half * 0.905, half * 0.22, &[paint]);
    // Mirrors, grille, plates.
    for sign in [1.0f32, -1.0] {
        let y = [sign * 0.93, sign * 1.0];
        f.cuboid(
            &mut shell,
            [0.635, 0.66],
            [y[0].min(y[1]), y[0].max(y[1])],
            [0.6, 0.67],
            paint,
        );
    }
    f.cuboid(&mut shell, [0.985, 1.001], [-0.4, 0.4], [0.24, 0.36], DARK);
    f.cuboid(
        &mut shell,
        [-0.001, 0.01],
        [-0.25, 0.25],
        [0.34, 0.41],
        [0.7, 0.7, 0.68],
    );
    let (brake, head, turn) = lamps(f, [0.43, 0.51]);
    Body {
        shell: shell.mesh(),
        wheels: wheels(f, spec, 0.22 * f.h),
        limbs: Vec::new(),
        brake,
        head,
        turn,
    }
}

fn coach(f: &Frame, spec: &ActorSpec, paint: [f32; 3]) -> Body {
    let mut shell = Sketch::default();
    let half = f.w / 2.0;
    let is_bus = spec.class == ActorClass::Bus;
    let nose = if is_bus { 0.99 } else { 0.86 };
    let outline = f.outline(&[
        (0.0, 0.12),
        (0.98, 0.12),
        (1.0, 0.2),
        (1.0, 0.42),
        (nose, if is_bus { 0.9 } else { 0.62 }),
        (nose - 0.1, 0.97),
        (0.03, 1.0),
        (0.0, 0.96),
    ]);
    shell.prism(
        &outline,
        f.y,
        half,
        half * 0.06,
        &[
            DARK,
            DARK,
            paint,
            if is_bus { GLASS } else { paint },
            GLASS,
            paint,
            paint,
            paint,
            paint,
        ],
    );
    let (from, low, high) = if is_bus {
        (0.03, 0.45, 0.88)
    } else {
        (0.66, 0.6, 0.88)
    };
    let to = if is_bus { 0.96 } else { 0.83 };
    for sign in [1.0f32, -1.0] {
        let inner = sign * if is_bus { 0.975 } else { 0.97 };
        let y = [inner.min(sign * 0.985), inner.max(sign * 0.985)];
        f.cuboid(&mut shell, [from, to], y, [low, high], GLASS);
    }
    f.cuboid(
        &mut shell,
        [-0.003, 0.01],
        [-0.75, 0.75],
        [0.55, 0.85],
        GLASS,
    );
    let (brake, head, turn) = lamps(f, if is_bus { [0.16, 0.22] } else { [0.34, 0.42] });
    Body {
        shell: shell.mesh(),
        wheels: wheels(f, spec, 0.17 * f.h),
        limbs: Vec::new(),
        brake,
        head,
        turn,
    }
}

fn truck(f: &Frame, spec: &ActorSpec, paint: [f32; 3]) -> Body {
    let mut shell = Sketch::default();
    let half = f.w / 2.0;
    let is_trailer = spec.class == ActorClass::Trailer;
    let load_to = if is_trailer { 1.0 } else { 0.7 };
    f.cuboid(&mut shell, [0.0, 1.0], [-0.35, 0.35], [0.14, 0.26], DARK);
    f.cuboid(
        &mut shell,
        [0.0, load_to],
        [-1.0, 1.0],
        [0.26, 1.0],
        [0.62, 0.63, 0.64],
    );
    f.cuboid(
        &mut shell,
        [-0.001, load_to],
        [-1.003, 1.003],
        [0.26, 0.31],
        paint,
    );
    if !is_trailer {
        let cabin = f.outline(&[
            (0.73, 0.14),
            (1.0, 0.14),
            (1.0, 0.42),
            (0.985, 0.78),
            (0.95, 0.84),
            (0.73, 0.86),
        ]);
        shell.prism(
            &cabin,
            f.y,
            half * 0.98,
            half * 0.04,
            &[DARK, paint, GLASS, paint, paint, paint, paint],
        );
        for sign in [1.0f32, -1.0] {
            let y = [
                (sign * 0.965).min(sign * 0.985),
                (sign * 0.965).max(sign * 0.985),
            ];
            f.cuboid(&mut shell, [0.86, 0.965], y, [0.48, 0.74], GLASS);
        }
    }
    let (brake, head, turn) = lamps(f, [0.18, 0.23]);
    Body {
        shell: shell.mesh(),
        wheels: wheels(f, spec, 0.15 * f.h),
        limbs: Vec::new(),
        brake,
        head: head.filter(|_| !is_trailer),
        turn,
    }
}

fn two_wheeler(f: &Frame, spec: &ActorSpec, paint: [f32; 3], [cloth, legs]: [[f32; 3]; 2]) -> Body {
    let mut shell = Sketch::default();
    let is_motor = spec.class == ActorClass::Motorcycle;
    let radius = if is_motor { 0.17 * f.h } else { 0.19 * f.h };
    let thin = if is_motor { 0.3 } else { 0.08 };
    let beam = f.outline(&[
        (0.2, 0.28),
        (0.5, 0.2),
        (0.78, 0.4),
        (0.76, 0.48),
        (0.4, 0.44),
        (0.22, 0.4),
    ]);
    shell.prism(&beam, f.y, f.w / 2.0 * thin, 0.0, &[paint]);
    f.cuboid(&mut shell, [0.74, 0.78], [-0.8, 0.8], [0.56, 0.58], DARK);
    f.cuboid(&mut shell, [0.755, 0.775], [-0.06, 0.06], [0.2, 0.58], DARK);
    // The rider.
    let back = f.outline(&[
        (0.34, 0.48),
        (0.46, 0.48),
        (0.6, 0.76),
        (0.5, 0.82),
        (0.42, 0.74),
    ]);
    shell.prism(&back, f.y, f.w * 0.26, f.w * 0.02, &[cloth]);
    let arm = f.outline(&[(0.52, 0.76), (0.55, 0.7), (0.77, 0.56), (0.77, 0.6)]);
    shell.prism(&arm, f.y, f.w * 0.3, 0.0, &[cloth]);
    shell.ball(
        f.corner(0.58, 0.0, 0.92),
        Vec3::new(0.11, 0.1, 0.13),
        if is_motor { paint } else { SKIN },
    );
    let mut limbs = Vec::new();
    for sign in [1.0f32, -1.0] {
        let mut leg = Sketch::default();
        leg.cuboid(
            Vec3::new(-0.06, -0.06, -0.3 * f.h),
            Vec3::new(0.08, 0.06, 0.0),
            legs,
        );
        let joint = f.corner(0.45, sign * 0.3, 0.5);
        limbs.push(Limb {
            joint_m: joint.to_array(),
            phase: if is_motor { 0.0 } else { sign },
            mesh: leg.mesh(),
        });
    }
    let mut wheels = Vec::new();
    for (x, is_steered) in [(0.8, true), (0.18, false)] {
        let mut sketch = Sketch::default();
        sketch.disc(
            Vec3::ZERO,
            radius,
            if is_motor { 0.06 } else { 0.02 },
            DARK,
            RIM,
        );
        wheels.push(Wheel {
            center_m: [f.x(x), f.y, radius],
            radius_m: radius,
            is_steered,
            mesh: sketch.mesh(),
        });
    }
    let lamp = |x: [f32; 2], z: [f32; 2]| {
        let mut sketch = Sketch::default();
        f.cuboid(&mut sketch, x, [-0.15, 0.15], z, [1.0; 3]);
        Some(sketch.mesh())
    };
    Body {
        shell: shell.mesh(),
        wheels,
        limbs,
        brake: lamp([0.08, 0.1], [0.36, 0.4]),
        head: lamp([0.82, 0.84], [0.5, 0.55]),
        turn: None,
    }
}

fn pedestrian(f: &Frame, [cloth, legs]: [[f32; 3]; 2]) -> Body {
    let mut shell = Sketch::default();
    let h = f.h;
    let middle = Vec3::new(f.x(0.5), f.y, f.base);
    let trunk = [
        (-0.11, 0.48 * h),
        (0.12, 0.48 * h),
        (0.13, 0.74 * h),
        (0.06, 0.83 * h),
        (-0.06, 0.83 * h),
        (-0.12, 0.74 * h),
    ];
    let trunk: Vec<_> = trunk
        .iter()
        .map(|(x, z)| (middle.x + x, f.base + z))
        .collect();
    shell.prism(&trunk, f.y, 0.2, 0.03, &[cloth]);
    shell.ball(
        middle + Vec3::Z * (0.92 * h),
        Vec3::new(0.1, 0.085, 0.075 * h),
        SKIN,
    );
    shell.ball(
        middle + Vec3::new(-0.015, 0.0, 0.95 * h),
        Vec3::new(0.102, 0.09, 0.06 * h),
        [0.04, 0.025, 0.02],
    );
    let mut limbs = Vec::new();
    for sign in [1.0f32, -1.0] {
        let mut leg = Sketch::default();
        leg.cuboid(
            Vec3::new(-0.07, -0.07, -0.48 * h),
            Vec3::new(0.07, 0.07, 0.02),
            legs,
        );
        leg.cuboid(
            Vec3::new(-0.08, -0.06, -0.48 * h),
            Vec3::new(0.16, 0.06, -0.44 * h),
            DARK,
        );
        limbs.push(Limb {
            joint_m: (middle + Vec3::new(0.0, sign * 0.1, 0.48 * h)).to_array(),
            phase: sign,
            mesh: leg.mesh(),
        });
        let mut arm = Sketch::default();
        arm.cuboid(
            Vec3::new(-0.045, -0.045, -0.34 * h),
            Vec3::new(0.045, 0.045, 0.02),
            cloth,
        );
        arm.ball(Vec3::new(0.0, 0.0, -0.37 * h), Vec3::splat(0.05), SKIN);
        limbs.push(Limb {
            joint_m: (middle + Vec3::new(0.0, sign * 0.25, 0.8 * h)).to_array(),
            phase: -sign,
            mesh: arm.mesh(),
        });
    }
    Body {
        limbs,
        ..plain(shell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_class_has_a_body_within_its_box() {
        for class in ActorClass::ALL {
            let spec = ActorSpec::typical("a", class);
            let body = body(ActorId(3), &spec);
            let points = body
                .shell
                .attribute(Mesh::ATTRIBUTE_POSITION)
                .and_then(|a| a.as_float3());
            let points = points.expect("points");
            assert!(points.len() >= 36, "{class:?}");
            let b = &spec.bounding_box;
            for [x, up, right] in points {
                let off = [
                    (f64::from(*x) - b.center_x_m).abs() - b.length_m / 2.0,
                    (-f64::from(*right) - b.center_y_m).abs() - b.width_m / 2.0,
                    (f64::from(*up) - b.center_z_m).abs() - b.height_m / 2.0,
                ];
                assert!(off.iter().all(|o| *o < 0.12), "{class:?}: {off:?}");
            }
        }
    }
}
