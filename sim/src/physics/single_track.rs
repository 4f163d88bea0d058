//! Kinematic single-track (bicycle) model about the rear axle.
//!
//! Source: R. Rajamani, *Vehicle Dynamics and Control*, 2nd ed., section 2.2, with the rear axle
//! as reference point, limits of pedal, steering rate and tyre grip added.

use crate::actor::{ActorSpec, ActorState};
use crate::math::{atan, sin, sin_cos, tan, wrap_angle};
use crate::message::DriveCommand;

/// Fastest turn of the front wheels, rad/s.
pub const STEER_RATE_RADPS: f64 = 0.8;
/// Largest lateral acceleration that the tyres hold, m/s².
pub const GRIP_MPS2: f64 = 7.5;
/// Deceleration with both pedals released, m/s².
const COAST_MPS2: f64 = 0.15;

/// Distance of the axles; of a description that makes no sense a short one, metres.
fn wheelbase_m(spec: &ActorSpec) -> f64 {
    let found = spec.wheelbase_m().abs();
    if found.is_finite() {
        found.max(0.1)
    } else {
        0.1
    }
}

/// Angle of the front wheels after `dt_s`, given the wanted one: rate, stop and grip bound it, radians.
pub fn steer_towards(
    spec: &ActorSpec,
    now_rad: f64,
    wanted_rad: f64,
    speed_mps: f64,
    dt_s: f64,
) -> f64 {
    // NaN is no more than 0.
    let stop = spec.max_steering_rad().max(0.0);
    let grip = if speed_mps.abs() > 1.0 {
        atan(GRIP_MPS2 * wheelbase_m(spec) / (speed_mps * speed_mps))
    } else {
        stop
    };
    let bound = stop.min(grip);
    let turn = STEER_RATE_RADPS * dt_s;
    (now_rad + (wanted_rad - now_rad).clamp(-turn, turn)).clamp(-bound, bound)
}

/// What of a vehicle bounds its motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// Distance of the axles, metres.
    pub wheelbase_m: f64,
    /// Largest angle of the front wheels, radians.
    pub stop_rad: f64,
    /// Full throttle, m/s².
    pub acceleration_mps2: f64,
    /// Full brake, m/s².
    pub deceleration_mps2: f64,
    /// Top speed, m/s.
    pub speed_mps: f64,
}

impl Limits {
    /// Those of a vehicle.
    pub fn of(spec: &ActorSpec) -> Self {
        // What is not a limit is none at all: the vehicle stands still rather than breaking the world.
        let limit = |v: f64| if v.is_finite() { v.max(0.0) } else { 0.0 };
        let limits = &spec.performance;
        Self {
            wheelbase_m: wheelbase_m(spec),
            stop_rad: limit(spec.max_steering_rad()),
            acceleration_mps2: limit(limits.max_acceleration_mps2),
            deceleration_mps2: limit(limits.max_deceleration_mps2),
            speed_mps: limit(limits.max_speed_mps),
        }
    }

    /// Angle of the front wheels on the way from `now_rad` to `wanted_rad`, and its tangent.
    fn steered(&self, now_rad: f64, wanted_rad: f64, speed_mps: f64, dt_s: f64) -> (f64, f64) {
        let turn = STEER_RATE_RADPS * dt_s;
        let towards = now_rad + (wanted_rad - now_rad).clamp(-turn, turn);
        let steer = towards.clamp(-self.stop_rad, self.stop_rad);
        let tangent = tan(steer);
        if speed_mps.abs() > 1.0 {
            let grip = GRIP_MPS2 * self.wheelbase_m / (speed_mps * speed_mps);
            // The arc tangent is needed only where grip bounds.
            if tangent.abs() >= grip * (1.0 - 1e-9) {
                let bound = atan(grip);
                let steer = steer.clamp(-bound, bound);
                return (steer, tan(steer));
            }
        }
        (steer, tangent)
    }
}

/// Motion on the plane.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Planar {
    /// Rear axle, metres.
    pub x_m: f64,
    /// Rear axle, metres.
    pub y_m: f64,
    /// Heading, radians.
    pub yaw_rad: f64,
    /// Speed along it, m/s.
    pub speed_mps: f64,
    /// Angle of the front wheels, radians.
    pub steer_rad: f64,
}

/// A step of a [`Planar`] motion.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Advanced {
    /// The motion after it.
    pub to: Planar,
    /// Rate of yaw during it, rad/s.
    pub yaw_rate_radps: f64,
    /// Sine and cosine of the heading after it.
    pub sin_cos_yaw: (f64, f64),
}

/// Motion after `dt_s` of a command that is [`DriveCommand::bounded`].
pub fn advance(limits: &Limits, from: &Planar, command: &DriveCommand, dt_s: f64) -> Advanced {
    let gear = if command.reverse { -1.0 } else { 1.0 };
    let v0 = from.speed_mps;
    let pull = gear * command.throttle * limits.acceleration_mps2;
    let mut v1 = v0 + pull * dt_s;
    let drag = (command.brake * limits.deceleration_mps2 + COAST_MPS2) * dt_s;
    v1 -= v1.clamp(-drag, drag);
    let top = limits.speed_mps.max(v0.abs());
    v1 = v1.clamp(-top.min(8.0_f64.max(-v0)), top);
    let (steer_rad, tangent) = limits.steered(from.steer_rad, command.steer_rad, v0, dt_s);
    let mean = 0.5 * (v0 + v1);
    let yaw_rate = mean * tangent / limits.wheelbase_m;
    let middle = from.yaw_rad + 0.5 * yaw_rate * dt_s;
    // Chord of the arc driven in dt; equals mean·dt when straight.
    let half = 0.5 * yaw_rate * dt_s;
    let chord = mean
        * dt_s
        * if half.abs() > 1e-9 {
            sin(half) / half
        } else {
            1.0
        };
    let (s, c) = sin_cos(middle);
    let yaw_rad = wrap_angle(from.yaw_rad + yaw_rate * dt_s);
    Advanced {
        to: Planar {
            x_m: from.x_m + chord * c,
            y_m: from.y_m + chord * s,
            yaw_rad,
            speed_mps: v1,
            steer_rad,
        },
        yaw_rate_radps: yaw_rate,
        sin_cos_yaw: sin_cos(yaw_rad),
    }
}

/// State after `dt_s` on the plane; height, pitch and roll are kept.
pub fn step(spec: &ActorSpec, state: &ActorState, command: &DriveCommand, dt_s: f64) -> ActorState {
    let from = Planar {
        x_m: state.pose.x_m,
        y_m: state.pose.y_m,
        yaw_rad: state.pose.yaw_rad,
        speed_mps: state.speed_mps,
        steer_rad: state.steer_rad,
    };
    let Advanced {
        to,
        yaw_rate_radps,
        sin_cos_yaw: (s, c),
    } = advance(&Limits::of(spec), &from, &command.bounded(), dt_s);
    let mut pose = state.pose;
    (pose.x_m, pose.y_m, pose.yaw_rad) = (to.x_m, to.y_m, to.yaw_rad);
    ActorState {
        pose,
        speed_mps: to.speed_mps,
        accel_mps2: (to.speed_mps - state.speed_mps) / dt_s,
        velocity_mps: [to.speed_mps * c, to.speed_mps * s, 0.0],
        yaw_rate_radps,
        steer_rad: to.steer_rad,
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
    fn tyres_bound_the_steering_at_speed() {
        let limits = Limits::of(&car());
        for speed in [0.5, 3.0, 8.0, 14.0, 30.0, -20.0] {
            let mut now = 0.0;
            for wanted in [0.02, 0.3, 1.4, -1.4, -0.1] {
                for _ in 0..60 {
                    let (steer, tangent) = limits.steered(now, wanted, speed, 0.05);
                    assert_eq!(steer, steer_towards(&car(), now, wanted, speed, 0.05));
                    assert_eq!(tangent, tan(steer));
                    now = steer;
                }
            }
        }
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
