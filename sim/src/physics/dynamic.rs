//! The dynamic vehicle: a rapier chassis on ray-cast wheels.
//!
//! The body frame's origin is the reference point, so that the body's pose is the actor's.

use rapier3d::control::{DynamicRayCastVehicleController, WheelTuning};
use rapier3d::prelude::*;

use super::glam_bridge::{parts, vector};
use super::single_track;
use crate::actor::ActorSpec;
use crate::message::DriveCommand;

/// Spring rate a wheel and kilogram of chassis; four wheels sag 6 cm under it.
const STIFFNESS: f64 = 40.0;
const REST_LENGTH_M: f64 = 0.30;
/// Of gravity, m/s².
pub const GRAVITY_MPS2: f64 = 9.81;
/// Of the ball that a trailer hangs on, over the ground, metres.
pub const HITCH_HEIGHT_M: f64 = 0.5;
/// Slower than this a braked vehicle is held still, m/s.
const HOLD_MPS: f64 = 0.15;
/// Peak friction of a tyre on dry asphalt.
const TYRE_FRICTION: f64 = 0.95;
/// Deceleration of rolling resistance and engine drag, m/s².
const ROLLING_MPS2: f64 = 0.12;

/// Mass of a vehicle within what the solver holds well, kg.
fn mass_kg(spec: &ActorSpec) -> f64 {
    spec.mass_kg.clamp(30.0, 60_000.0)
}

/// A distance within a body, within reason, metres.
pub fn offset(distance_m: f64) -> f64 {
    distance_m.clamp(-100.0, 100.0)
}

/// A limit of motion within reason.
fn limit(value: f64) -> f64 {
    value.clamp(0.0, 200.0)
}

/// Chassis body and collider of a vehicle; two-wheelers get an inertia that keeps them upright.
pub fn chassis(spec: &ActorSpec) -> (RigidBodyBuilder, ColliderBuilder) {
    let b = &spec.bounding_box;
    let mass = mass_kg(spec);
    let height = b.height_m.clamp(0.5, 20.0);
    let clearance = (0.15 * height).min(0.3);
    let (l, w) = (b.length_m.clamp(0.5, 60.0), b.width_m.clamp(0.3, 20.0));
    let base = offset(spec.wheelbase_m());
    let center = vector(base / 2.0, 0.0, 0.32 * height);
    let inertia = vector(
        mass * (w.max(1.2).powi(2) + height * height) / 12.0,
        mass * (l.max(2.5).powi(2) + height * height) / 12.0,
        mass * (l.max(2.5).powi(2) + w.max(1.2).powi(2)) / 12.0,
    );
    let body = RigidBodyBuilder::dynamic()
        .additional_mass_properties(MassProperties::new(center, mass as f32, inertia))
        .can_sleep(false)
        .ccd_enabled(false);
    let middle = vector(
        offset(b.center_x_m),
        offset(b.center_y_m),
        (clearance + height) / 2.0,
    );
    let collider = ColliderBuilder::cuboid(
        l as f32 / 2.0,
        w as f32 / 2.0,
        ((height - clearance) / 2.0) as f32,
    )
    .translation(middle)
    .density(0.0)
    .friction(0.4);
    (body, collider)
}

/// Wheels under a chassis; a trailer that is pulled has them at the reference point alone.
pub fn vehicle(
    spec: &ActorSpec,
    chassis: RigidBodyHandle,
    is_pulled: bool,
) -> DynamicRayCastVehicleController {
    let mut vehicle = DynamicRayCastVehicleController::new(chassis);
    vehicle.index_up_axis = 2;
    vehicle.index_forward_axis = 0;
    let critical = 2.0 * STIFFNESS.sqrt();
    let tuning = WheelTuning {
        suspension_stiffness: STIFFNESS as f32,
        suspension_compression: (0.35 * critical) as f32,
        suspension_damping: (0.45 * critical) as f32,
        max_suspension_travel: 0.25,
        side_friction_stiffness: 1.0,
        friction_slip: TYRE_FRICTION as f32,
        max_suspension_force: (mass_kg(spec) * GRAVITY_MPS2 * 2.0) as f32,
    };
    let sag = GRAVITY_MPS2 / (4.0 * STIFFNESS);
    let base = offset(spec.wheelbase_m());
    // A narrow track lets two-wheelers fall over; they lean in life, and stand upright here.
    let track = spec
        .axles
        .map_or(1.2, |a| a.front.track_width_m)
        .clamp(0.9, 2.6);
    let radius = spec
        .axles
        .map_or(0.32, |a| a.front.wheel_diameter_m / 2.0)
        .clamp(0.2, 0.7);
    let height = radius + REST_LENGTH_M - sag;
    let places: &[f64] = if is_pulled { &[0.0] } else { &[base, 0.0] };
    for &x in places {
        for side in [1.0, -1.0] {
            vehicle.add_wheel(
                vector(x, side * track / 2.0, height),
                vector(0.0, 0.0, -1.0),
                vector(0.0, -1.0, 0.0),
                REST_LENGTH_M as f32,
                radius as f32,
                &tuning,
            );
        }
    }
    vehicle
}

/// Sets pedals and steering for one substep; returns the angle of the front wheels, radians.
pub fn apply(
    vehicle: &mut DynamicRayCastVehicleController,
    spec: &ActorSpec,
    command: &DriveCommand,
    speed_mps: f64,
    steer_rad: f64,
    dt_s: f64,
) -> f64 {
    let steer_rad =
        single_track::steer_towards(spec, steer_rad, command.steer_rad, speed_mps, dt_s);
    let limits = &spec.performance;
    let mass = mass_kg(spec);
    let top_mps = limit(limits.max_speed_mps);
    let gear = if command.reverse { -1.0 } else { 1.0 };
    let is_too_fast = speed_mps * gear > if command.reverse { 8.0 } else { top_mps };
    // Full force to 40 % of top speed, then constant power.
    let knee = (0.4 * top_mps).max(1.0);
    let power = (knee / speed_mps.abs().max(knee)).min(1.0);
    let pull = if is_too_fast {
        0.0
    } else {
        command.throttle * power
    };
    let force = gear * pull * mass * limit(limits.max_acceleration_mps2);
    let slow = command.brake * limit(limits.max_deceleration_mps2) + ROLLING_MPS2;
    // While the engine pulls harder than the brakes hold, rapier takes the engine force alone.
    let net = force.abs() - slow * mass;
    let count = vehicle.wheels().len().max(1);
    for (i, wheel) in vehicle.wheels_mut().iter_mut().enumerate() {
        wheel.steering = if i < 2 && count > 2 {
            steer_rad as f32
        } else {
            0.0
        };
        (wheel.engine_force, wheel.brake) = if net > 0.0 {
            ((net.copysign(force) / count as f64) as f32, 0.0)
        } else {
            (0.0, ((-net * dt_s) / count as f64) as f32)
        };
    }
    steer_rad
}

/// Static friction: takes gravity along the slope off a braked vehicle that stands, which else would
/// gain it in each step after the wheels were stopped, and creep.
pub fn hold(
    body: &mut RigidBody,
    vehicle: &DynamicRayCastVehicleController,
    spec: &ActorSpec,
    command: &DriveCommand,
) {
    // As a force, so that it balances gravity in each of the solver's own substeps.
    body.reset_forces(false);
    let wheels = vehicle.wheels();
    if command.brake < 0.02
        || body.linvel().length() as f64 > HOLD_MPS
        || !wheels.iter().all(|w| w.raycast_info().is_in_contact)
    {
        return;
    }
    let mut sum = vector(0.0, 0.0, 0.0);
    for wheel in wheels {
        sum += wheel.raycast_info().contact_normal_ws;
    }
    let length = sum.length();
    if length < 0.1 {
        return;
    }
    let [nx, ny, nz] = parts(sum / length);
    // The part of gravity along the surface.
    let along = [
        GRAVITY_MPS2 * nz * nx,
        GRAVITY_MPS2 * nz * ny,
        GRAVITY_MPS2 * (nz * nz - 1.0),
    ];
    let pull = (along[0] * along[0] + along[1] * along[1] + along[2] * along[2]).sqrt();
    let grip = (command.brake * limit(spec.performance.max_deceleration_mps2))
        .min(TYRE_FRICTION * GRAVITY_MPS2 * nz);
    let share = (grip / pull.max(1e-9)).min(1.0) * f64::from(body.mass());
    body.add_force(
        vector(-along[0] * share, -along[1] * share, -along[2] * share),
        false,
    );
}
