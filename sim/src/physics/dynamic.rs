//! The dynamic vehicle: a rapier chassis on ray-cast wheels.
//!
//! The body frame's origin is the reference point, so that the body's pose is the actor's.

use rapier3d::control::{DynamicRayCastVehicleController, WheelTuning};
use rapier3d::prelude::*;

use super::glam_bridge::vector;
use super::single_track;
use crate::actor::{ActorClass, ActorSpec};
use crate::message::DriveCommand;

/// Spring rate a wheel and kilogram of chassis; four wheels sag 6 cm under it.
const STIFFNESS: f64 = 40.0;
const REST_LENGTH_M: f64 = 0.30;
const GRAVITY_MPS2: f64 = 9.81;
/// Peak friction of a tyre on dry asphalt.
const TYRE_FRICTION: f64 = 0.95;
/// Deceleration of rolling resistance and engine drag, m/s².
const ROLLING_MPS2: f64 = 0.12;

/// Whether an actor class can be driven on ray-cast wheels.
pub fn has_wheels(class: ActorClass) -> bool {
    class.is_vehicle()
}

/// Chassis body and collider of a vehicle; two-wheelers get an inertia that keeps them upright.
pub fn chassis(spec: &ActorSpec) -> (RigidBodyBuilder, ColliderBuilder) {
    let b = &spec.bounding_box;
    let mass = spec.mass_kg.clamp(30.0, 60_000.0);
    let height = b.height_m.max(0.5);
    let clearance = (0.15 * height).min(0.3);
    let (l, w) = (b.length_m.max(0.5), b.width_m.max(0.3));
    let center = vector(spec.wheelbase_m() / 2.0, 0.0, 0.32 * height);
    let inertia = vector(
        mass * (w.max(1.2).powi(2) + height * height) / 12.0,
        mass * (l.max(2.5).powi(2) + height * height) / 12.0,
        mass * (l.max(2.5).powi(2) + w.max(1.2).powi(2)) / 12.0,
    );
    let body = RigidBodyBuilder::dynamic()
        .additional_mass_properties(MassProperties::new(center, mass as f32, inertia))
        .can_sleep(false)
        .ccd_enabled(false);
    let middle = vector(b.center_x_m, b.center_y_m, (clearance + height) / 2.0);
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

/// Wheels under a chassis.
pub fn vehicle(spec: &ActorSpec, chassis: RigidBodyHandle) -> DynamicRayCastVehicleController {
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
        max_suspension_force: (spec.mass_kg.clamp(30.0, 60_000.0) * GRAVITY_MPS2 * 2.0) as f32,
    };
    let sag = GRAVITY_MPS2 / (4.0 * STIFFNESS);
    let base = spec.wheelbase_m();
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
    for x in [base, 0.0] {
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
    let mass = spec.mass_kg.clamp(30.0, 60_000.0);
    let gear = if command.reverse { -1.0 } else { 1.0 };
    let is_too_fast = speed_mps * gear
        > if command.reverse {
            8.0
        } else {
            limits.max_speed_mps
        };
    // Full force to 40 % of top speed, then constant power.
    let knee = (0.4 * limits.max_speed_mps).max(1.0);
    let power = (knee / speed_mps.abs().max(knee)).min(1.0);
    let pull = if is_too_fast {
        0.0
    } else {
        command.throttle * power
    };
    let force = gear * pull * mass * limits.max_acceleration_mps2;
    let slow = command.brake * limits.max_deceleration_mps2 + ROLLING_MPS2;
    // While the engine pulls harder than the brakes hold, rapier takes the engine force alone.
    let net = force.abs() - slow * mass;
    for (i, wheel) in vehicle.wheels_mut().iter_mut().enumerate() {
        wheel.steering = if i < 2 { steer_rad as f32 } else { 0.0 };
        (wheel.engine_force, wheel.brake) = if net > 0.0 {
            ((net.copysign(force) / 4.0) as f32, 0.0)
        } else {
            (0.0, ((-net * dt_s) / 4.0) as f32)
        };
    }
    steer_rad
}
