//! Commands to vehicles, and who gives them.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

/// Command to a vehicle for one tick. Limits of rate are the vehicle's own.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DriveCommand {
    /// 0 to 1 of the largest engine force.
    pub throttle: f64,
    /// 0 to 1 of the largest brake force.
    pub brake: f64,
    /// Wanted angle of the front wheels, radians, positive to the left.
    pub steer_rad: f64,
    /// Whether the gear is reverse.
    pub reverse: bool,
}

impl DriveCommand {
    /// The command with each part inside its range; what is not finite becomes a full stop.
    pub fn bounded(self) -> Self {
        if ![self.throttle, self.brake, self.steer_rad]
            .iter()
            .all(|v| v.is_finite())
        {
            return Self {
                brake: 1.0,
                ..Self::default()
            };
        }
        Self {
            throttle: self.throttle.clamp(0.0, 1.0),
            brake: self.brake.clamp(0.0, 1.0),
            steer_rad: self.steer_rad.clamp(-1.4, 1.4),
            reverse: self.reverse,
        }
    }
}

/// Who drives an actor.
#[derive(Component, Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum DriverSpec {
    /// The storyboard, on rails.
    Scripted,
    /// Intelligent Driver Model along the route, from true states.
    Idm,
    /// Rule-based planner from true states.
    Expert,
    /// Sensors, networks and control.
    Learned,
    /// Background traffic: by rule, with leave to enter junctions given to all together, from true states.
    Traffic,
    /// By hand: commands come from outside the world, and the last one holds.
    Manual,
}
