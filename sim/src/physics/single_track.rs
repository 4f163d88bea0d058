//! Kinematic single-track (bicycle) model about the rear axle.
//!
//! Source: R. Rajamani, *Vehicle Dynamics and Control*, 2nd ed., section 2.2, with the rear axle
//! as reference point, limits of pedal, steering rate and tyre grip added.

use crate::actor::{ActorSpec, ActorState};
use crate::math::{atan, cos, sin, tan, wrap_angle};
use crate::message::DriveCommand;

/// Fastest turn of the front wheels, rad/s.
pub const STEER_RATE_RADPS: f64 = 0.8;
/// Largest lateral acceleration that the tyres hold, m/s².
pub const GRIP_MPS2: f64 = 7.5;
/// Deceleration with both pedals released, m/s².
const COAST_MPS2: f64 = 0.15;

/// Angle of the front wheels after `dt_s`, given the wanted one: rate, stop and grip bound it, radians.
pub fn steer_towards(
    spec: &ActorSpec,
    now_rad: f64,
    wanted_rad: f64,
    speed_mps: f64,
    dt_s: f64,
) -> f64 {
    let stop = spec.max_steering_rad();
    let grip = if speed_mps.abs() > 1.0 {
        atan(GRIP_MPS2 * spec.wheelbase_m() / (speed_mps * speed_mps))
    } else {
        stop
    };
    let bound = stop.min(grip);
    let turn = STEER_RATE_RADPS * dt_s;
    (now_rad + (wanted_rad - now_rad).clamp(-turn, turn)).clamp(-bound, bound)
}

/// State after `dt_s` on the plane; height, pitch and roll are kept.
pub fn step(spec: &ActorSpec, state: &ActorState, command: &DriveCommand, dt_s: f64) -> ActorState {
    let command = command.bounded();
    let limits = &spec.performance;
    let gear = if command.reverse { -1.0 } else { 1.0 };
    let v0 = state.speed_mps;
    // What is not a limit is none at all: the vehicle stands still rather than breaking the world.
    let limit = |v: f64| if v.is_finite() { v.max(0.0) } else { 0.0 };
    let pull = gear * command.throttle * limit(limits.max_acceleration_mps2);
    let mut v1 = v0 + pull * dt_s;
    let drag = (command.brake * limit(limits.max_deceleration_mps2) + COAST_MPS2) * dt_s;
    v1 -= v1.clamp(-drag, drag);
    let top = limit(limits.max_speed_mps).max(v0.abs());
    v1 = v1.clamp(-top.min(8.0_f64.max(-v0)), top);
    let steer_rad = steer_towards(spec, state.steer_rad, command.steer_rad, v0, dt_s);
    let mean = 0.5 * (v0 + v1);
    let yaw_rate = mean * tan(steer_rad) / spec.wheelbase_m();
    let mut pose = state.pose;
    let middle = pose.yaw_rad + 0.5 * yaw_rate * dt_s;
    // Chord of the arc driven in dt; equals mean·dt when straight.
    let half = 0.5 * yaw_rate * dt_s;
    let chord = mean
        * dt_s
        * if half.abs() > 1e-9 {
            sin(half) / half
        } else {
            1.0
        };
    pose.x_m += chord * cos(middle);
    pose.y_m += chord * sin(middle);
    pose.yaw_rad = wrap_angle(pose.yaw_rad + yaw_rate * dt_s);
    ActorState {
        pose,
        speed_mps: v1,
        accel_mps2: (v1 - v0) / dt_s,
        velocity_mps: [v1 * cos(pose.yaw_rad), v1 * sin(pose.yaw_rad), 0.0],
        yaw_rate_radps: yaw_rate,
        steer_rad,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::ActorClass;
    use crate::math::Pose;

    fn car() -> ActorSpec {
        ActorSpec::typical("car", ActorClass::Car)
    }

    #[test]
    fn full_brake_stops_in_the_textbook_distance_and_stays() {
        let spec = car();
        let mut state = ActorState::at(Pose::default(), 20.0);
        let command = DriveCommand {
            brake: 1.0,
            ..DriveCommand::default()
        };
        for _ in 0..100 {
            state = step(&spec, &state, &command, 0.05);
        }
        let wanted = 20.0 * 20.0 / (2.0 * (spec.performance.max_deceleration_mps2 + COAST_MPS2));
        assert!(
            (state.pose.x_m - wanted).abs() < 0.3,
            "{} {wanted}",
            state.pose.x_m
        );
        assert_eq!(state.speed_mps, 0.0);
    }

    #[test]
    fn a_steady_turn_has_the_radius_of_the_steering_angle() {
        let spec = car();
        let mut state = ActorState::at(Pose::default(), 5.0);
        state.steer_rad = 0.2;
        let command = DriveCommand {
            throttle: COAST_MPS2 / 4.0,
            steer_rad: 0.2,
            ..Default::default()
        };
        let radius = spec.wheelbase_m() / tan(0.2);
        for _ in 0..400 {
            state = step(&spec, &state, &command, 0.05);
            let from_center = crate::math::hypot(state.pose.x_m, state.pose.y_m - radius);
            assert!((from_center - radius).abs() < 0.01);
        }
    }

    #[test]
    fn no_command_breaks_it() {
        let spec = car();
        for value in [f64::NAN, f64::INFINITY, -1e300, 1e300] {
            let command = DriveCommand {
                throttle: value,
                brake: value,
                steer_rad: value,
                reverse: true,
            };
            let mut state = ActorState::at(Pose::default(), 50.0);
            for _ in 0..200 {
                state = step(&spec, &state, &command, 0.05);
            }
            assert!(state.is_finite());
        }
    }
}
