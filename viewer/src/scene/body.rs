//! What actors look like: a body, wheels, limbs and lamps, fitted into the actor's box.

use bevy::prelude::*;
use sim::actor::{ActorClass, ActorId, ActorSpec};
use sim::sensor::{clothes, paint};

use super::hull::Extent;
use super::sketch::{Coat, DARK, Sketch};
use super::{car, coach, person, rider, truck, wheel};

/// One wheel.
#[derive(Clone, Copy, Debug)]
pub struct Wheel {
    /// Its middle in the actor's frame (forward, left, up), metres.
    pub center_m: [f32; 3],
    /// Radius, metres.
    pub radius_m: f32,
    /// Half its width, metres.
    pub half_m: f32,
    /// How many spokes, for the wheels of two-wheelers.
    pub spokes: Option<usize>,
    /// Whether it is turned by steering.
    pub is_steered: bool,
}

impl Wheel {
    /// Adds it about a point.
    pub fn add(&self, sketch: &mut Sketch, center: Vec3, is_near: bool) {
        let (radius, half) = (self.radius_m, self.half_m);
        match self.spokes {
            Some(spokes) => wheel::add_thin(sketch, center, radius, half, spokes, is_near),
            None => wheel::add(sketch, center, radius, half, is_near),
        }
    }
}

/// One leg or arm.
pub struct Limb {
    /// Where it hangs, in the actor's frame, metres.
    pub joint_m: [f32; 3],
    /// Where it bends, from there, metres.
    pub knee_m: [f32; 3],
    /// Which way it swings first, 1 or -1.
    pub phase: f32,
    /// How far it swings at a walk, radians.
    pub swing_rad: f32,
    /// How far it bends, positive forward, radians.
    pub bend_rad: f32,
    /// Way that a swing takes, metres.
    pub stride_m: f32,
    /// The part above the knee or elbow, hanging from the joint.
    pub upper: Sketch,
    /// The part below, hanging from the knee or elbow.
    pub lower: Sketch,
}

/// Lamps of a vehicle, which shine by themselves.
#[derive(Default)]
pub struct Lamps {
    /// Head-lamps.
    pub head: Sketch,
    /// Brake and tail lamps.
    pub brake: Sketch,
    /// Reversing lamps.
    pub reverse: Sketch,
    /// Turn lamps: left, right.
    pub turn: [Sketch; 2],
}

/// All parts of an actor, in its frame.
#[derive(Default)]
pub struct Body {
    /// What does not move against the actor.
    pub shell: Sketch,
    /// Wheels.
    pub wheels: Vec<Wheel>,
    /// Legs and arms.
    pub limbs: Vec<Limb>,
    /// Lamps.
    pub lamps: Lamps,
}

impl Body {
    /// A vehicle's.
    pub fn of(shell: Sketch, lamps: Lamps, wheels: Vec<Wheel>) -> Self {
        Self {
            shell,
            wheels,
            limbs: Vec::new(),
            lamps,
        }
    }
}

/// A share in [0, 1) that goes by an actor's id; `salt` tells the choices of one actor apart.
pub fn share_of(id: ActorId, salt: u32) -> f32 {
    hash(id.0 ^ salt.wrapping_mul(0x9e37_79b9)) as f32 / 4_294_967_296.0
}

/// A number that goes by another.
pub fn hash(n: u32) -> u32 {
    let mut h = n.wrapping_add(0x6d2b_79f5);
    h = (h ^ (h >> 15)).wrapping_mul(0x2c1b_3c6d);
    h = (h ^ (h >> 12)).wrapping_mul(0x297a_2d39);
    h ^ (h >> 15)
}

/// The box of an actor.
pub fn extent(spec: &ActorSpec) -> Extent {
    let b = &spec.bounding_box;
    Extent {
        rear: (b.center_x_m - b.length_m / 2.0) as f32,
        y: b.center_y_m as f32,
        base: (b.center_z_m - b.height_m / 2.0) as f32,
        l: b.length_m.max(0.05) as f32,
        w: b.width_m.max(0.05) as f32,
        h: b.height_m.max(0.05) as f32,
    }
}

/// The parts of an actor; those of the far ones are coarse, with wheels and limbs in the shell.
pub fn body(id: ActorId, spec: &ActorSpec, is_near: bool) -> Body {
    let e = extent(spec);
    let paint = paint(id, spec);
    let mut body = match spec.class {
        ActorClass::Car => car::car(e, spec, id, paint, is_near),
        ActorClass::Van => coach::van(e, spec, id, paint, is_near),
        ActorClass::Bus => coach::bus(e, spec, paint, is_near),
        ActorClass::Truck | ActorClass::Trailer => truck::truck(e, spec, id, paint, is_near),
        ActorClass::Bicycle | ActorClass::Motorcycle => {
            rider::two_wheeler(e, spec, id, paint, clothes(id), is_near)
        }
        ActorClass::Pedestrian => person::person(e, id, clothes(id), is_near),
        ActorClass::MovableObject | ActorClass::StaticObject => thing(e),
    };
    if !is_near {
        for wheel in std::mem::take(&mut body.wheels) {
            wheel.add(&mut body.shell, Vec3::from_array(wheel.center_m), false);
        }
        for limb in std::mem::take(&mut body.limbs) {
            let joint = Vec3::from_array(limb.joint_m);
            body.shell.put(&limb.upper, joint);
            body.shell
                .put(&limb.lower, joint + Vec3::from_array(limb.knee_m));
        }
    }
    body
}

/// A crate on battens.
fn thing(e: Extent) -> Body {
    let mut shell = Sketch::default();
    let wood = Coat::matt([0.36, 0.23, 0.1]);
    let bevel = 0.04 * e.l.min(e.w).min(e.h);
    shell.crate_box(e.at(0.0, -1.0, 0.06), e.at(1.0, 1.0, 1.0), bevel, wood);
    for x in [0.04, 0.44, 0.84] {
        e.cuboid(&mut shell, [x, -0.96, 0.0], [x + 0.12, 0.96, 0.06], DARK);
    }
    let batten = Coat::matt([0.26, 0.16, 0.07]);
    for z in [0.1, 0.84] {
        e.cuboid(
            &mut shell,
            [-0.004, -1.01, z],
            [1.004, 1.01, z + 0.1],
            batten,
        );
    }
    Body {
        shell,
        ..Body::default()
    }
}

/// What of an actor its body goes by besides class and box: equal numbers, equal bodies.
pub fn traits(id: ActorId, spec: &ActorSpec) -> Vec<u32> {
    let e = extent(spec);
    let mut all = vec![spec.class as u32];
    all.extend([e.rear, e.y, e.base, e.l, e.w, e.h].map(f32::to_bits));
    all.extend(paint(id, spec).map(f32::to_bits));
    if let Some(axles) = &spec.axles {
        let (front, rear) = (&axles.front, &axles.rear);
        let numbers = [
            front.position_x_m,
            rear.position_x_m,
            front.wheel_diameter_m,
        ];
        all.extend(numbers.map(|v| (v as f32).to_bits()));
    }
    match spec.class {
        ActorClass::Car => all.push(u32::from(car::style_of(e, id))),
        ActorClass::Van => all.push(u32::from(coach::van_has_seats(id))),
        ActorClass::Truck | ActorClass::Trailer => all.push(u32::from(truck::has_tarpaulin(id))),
        ActorClass::Bicycle | ActorClass::Motorcycle | ActorClass::Pedestrian => all.push(id.0),
        ActorClass::Bus | ActorClass::MovableObject | ActorClass::StaticObject => {}
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn points(sketch: &Sketch) -> Vec<[f32; 3]> {
        let mesh = sketch.mesh();
        let points = mesh
            .attribute(Mesh::ATTRIBUTE_POSITION)
            .and_then(|a| a.as_float3());
        points.expect("points").to_vec()
    }

    #[test]
    fn every_class_has_a_body_within_its_box() {
        for class in ActorClass::ALL {
            let spec = ActorSpec::typical("a", class);
            for (id, is_near) in (0..12).map(|n| (ActorId(n), n % 2 == 0)) {
                let body = body(id, &spec, is_near);
                let mut all = points(&body.shell);
                assert!(all.len() >= 24, "{class:?}");
                let lamps = &body.lamps;
                let [left, right] = &lamps.turn;
                for lamp in [&lamps.head, &lamps.brake, &lamps.reverse, left, right] {
                    all.extend(points(lamp));
                }
                for wheel in &body.wheels {
                    let mut sketch = Sketch::default();
                    wheel.add(&mut sketch, Vec3::from_array(wheel.center_m), is_near);
                    all.extend(points(&sketch));
                }
                for limb in &body.limbs {
                    let mut sketch = Sketch::default();
                    let joint = Vec3::from_array(limb.joint_m);
                    sketch.put(&limb.upper, joint);
                    sketch.put(&limb.lower, joint + Vec3::from_array(limb.knee_m));
                    all.extend(points(&sketch));
                }
                let b = &spec.bounding_box;
                for [x, up, right] in all {
                    let off = [
                        (f64::from(x) - b.center_x_m).abs() - b.length_m / 2.0,
                        (-f64::from(right) - b.center_y_m).abs() - b.width_m / 2.0,
                        (f64::from(up) - b.center_z_m).abs() - b.height_m / 2.0,
                    ];
                    assert!(off.iter().all(|o| *o < 0.12), "{class:?}: {off:?}");
                }
            }
        }
    }

    #[test]
    fn bodies_fill_their_boxes() {
        for class in ActorClass::ALL {
            let spec = ActorSpec::typical("a", class);
            let all = points(&body(ActorId(3), &spec, false).shell);
            let reach = |k: usize| {
                let values = all.iter().map(|p| p[k]);
                values.clone().fold(f32::MIN, f32::max) - values.fold(f32::MAX, f32::min)
            };
            let b = &spec.bounding_box;
            // A box about someone who walks holds the steps, too.
            let least = if class == ActorClass::Pedestrian {
                0.4
            } else {
                0.7
            };
            assert!(f64::from(reach(0)) > least * b.length_m, "{class:?}");
            assert!(f64::from(reach(1)) > 0.9 * b.height_m, "{class:?}");
            assert!(f64::from(reach(2)) > least * b.width_m, "{class:?}");
        }
    }

    #[test]
    fn far_bodies_are_cheap_and_near_ones_affordable() {
        for class in ActorClass::ALL {
            let spec = ActorSpec::typical("a", class);
            let count = |is_near| {
                let mesh = body(ActorId(3), &spec, is_near).shell.mesh();
                mesh.indices().map_or(0, bevy::mesh::Indices::len) / 3
            };
            assert!(count(false) < 2000, "{class:?}: {}", count(false));
            assert!(count(true) < 5000, "{class:?}: {}", count(true));
        }
    }

    #[test]
    fn equal_traits_are_equal_bodies() {
        let spec = ActorSpec::typical("a", ActorClass::Car);
        let (a, b) = (ActorId(1), ActorId(2));
        assert_eq!(traits(a, &spec), traits(a, &spec.clone()));
        let is_same = traits(a, &spec) == traits(b, &spec);
        let look = |id| points(&body(id, &spec, false).shell);
        assert!(!is_same || look(a) == look(b));
    }
}
