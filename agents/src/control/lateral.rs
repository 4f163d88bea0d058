//! Steering of a single-track vehicle along a curve.

use sim::math::{atan, cos, sin};

/// Front-wheel angle that brings the rear axle onto a curve, radians.
///
/// State feedback on the kinematic single-track model with arc length in place of time: the offset
/// obeys e'' = κ - κ_curve, so κ = κ_curve·cosθ/(1 - κ_curve·e) - e/L² - 2ζ·sinθ/L puts both poles
/// at a distance L, the same at every speed. `offset_m` is positive left of the curve, `heading_rad`
/// is the vehicle's minus the curve's.
pub fn steer_for(
    offset_m: f64,
    heading_rad: f64,
    curvature_pm: f64,
    speed_mps: f64,
    wheelbase_m: f64,
    max_steer_rad: f64,
) -> f64 {
    let reach_m = 1.5 * distance_m(speed_mps);
    let offset = offset_m.clamp(-reach_m, reach_m);
    let ahead = curvature_pm * cos(heading_rad) / (1.0 - (curvature_pm * offset).clamp(-0.8, 0.8));
    let curvature = ahead - pull_pm(offset, heading_rad, speed_mps);
    let steer = atan(wheelbase_m * curvature);
    if steer.is_finite() {
        steer.clamp(-max_steer_rad, max_steer_rad)
    } else {
        0.0
    }
}

/// The distance L, metres.
fn distance_m(speed_mps: f64) -> f64 {
    (2.5 + 0.55 * speed_mps.abs()).clamp(3.0, 20.0)
}

/// The part of the curvature that takes an offset and a turn away, 1/m: the heading relative to the curve
/// falls by this for each metre of way.
pub fn pull_pm(offset_m: f64, heading_rad: f64, speed_mps: f64) -> f64 {
    let distance_m = distance_m(speed_mps);
    let damping = 0.9;
    // A large offset must not turn the vehicle beyond an approach angle of about 50 degrees.
    let pull = (offset_m / distance_m).clamp(-1.2, 1.2);
    (pull + 2.0 * damping * sin(heading_rad)) / distance_m
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_onto_a_line_without_overshoot() {
        for speed in [3.0, 12.0, 30.0] {
            let (mut y, mut yaw, dt) = (3.0, 0.0, 0.02);
            for _ in 0..1500 {
                let steer = steer_for(y, yaw, 0.0, speed, 2.8, 0.6);
                y += speed * sin(yaw) * dt;
                yaw += speed * sim::math::tan(steer) / 2.8 * dt;
                assert!(y > -0.2, "speed {speed}");
            }
            assert!(y.abs() < 0.02 && yaw.abs() < 0.01, "speed {speed}: {y}");
        }
    }
}
