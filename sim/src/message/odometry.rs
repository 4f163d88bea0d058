//! What a vehicle knows of its own motion.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

use crate::math::Pose;

/// Localisation and wheel odometry of the carrier.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Odometry {
    /// Simulation time, seconds.
    pub time_s: f64,
    /// Pose of the reference point in the world (map) frame.
    pub pose: Pose,
    /// Speed along the heading, m/s.
    pub speed_mps: f64,
    /// Acceleration along the heading, m/s².
    pub accel_mps2: f64,
    /// Rate of yaw, rad/s.
    pub yaw_rate_radps: f64,
    /// Angle of the front wheels, radians.
    pub steer_rad: f64,
}
