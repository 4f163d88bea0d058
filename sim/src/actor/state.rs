//! What changes about an actor each tick.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

use crate::math::Pose;

/// State of an actor at one tick. `pose` is that of its reference point: for a vehicle the rear
/// axle's middle on the ground, else the middle of its base.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ActorState {
    /// Pose of the reference point in the world frame.
    pub pose: Pose,
    /// Speed along the heading, m/s; negative in reverse.
    pub speed_mps: f64,
    /// Change of that speed, m/s².
    pub accel_mps2: f64,
    /// Velocity of the reference point in the world frame, m/s.
    pub velocity_mps: [f64; 3],
    /// Rate of yaw, rad/s.
    pub yaw_rate_radps: f64,
    /// Angle of the front wheels, radians, positive to the left.
    pub steer_rad: f64,
}

impl ActorState {
    /// Standing or rolling along its heading at a pose.
    pub fn at(pose: Pose, speed_mps: f64) -> Self {
        let heading = pose.heading();
        Self {
            pose,
            speed_mps,
            velocity_mps: [heading.x * speed_mps, heading.y * speed_mps, 0.0],
            ..Self::default()
        }
    }

    /// Whether every number in it is finite.
    pub fn is_finite(&self) -> bool {
        self.pose.is_finite()
            && [
                self.speed_mps,
                self.accel_mps2,
                self.yaw_rate_radps,
                self.steer_rad,
            ]
            .iter()
            .chain(&self.velocity_mps)
            .all(|v| v.is_finite())
    }
}

/// Who moves an actor, and how.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Motion {
    /// Stays where it is.
    Fixed,
    /// The story writes its state each tick.
    Scripted,
    /// A kinematic single-track model follows its `DriveCommand`.
    Kinematic,
    /// A rapier ray-cast vehicle follows its `DriveCommand`.
    Dynamic,
    /// A rapier body that only contacts move.
    Free,
}
