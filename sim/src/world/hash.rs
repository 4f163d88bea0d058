//! The state hash: one value for every actor's state at every tick.

use bevy::prelude::Resource;
use sha2::{Digest, Sha256};

use super::WorldSnapshot;

/// Running SHA-256 over all states, in tick and ActorId order.
#[derive(Resource, Clone, Default)]
pub struct StateHasher(Sha256);

impl std::fmt::Debug for StateHasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("StateHasher").field(&self.hex()).finish()
    }
}

impl StateHasher {
    /// Adds the states of one tick.
    pub fn add(&mut self, snapshot: &WorldSnapshot) {
        self.0.update(snapshot.tick.to_le_bytes());
        for actor in &snapshot.actors {
            self.0.update(actor.id.0.to_le_bytes());
            let s = &actor.state;
            let numbers = [
                s.pose.x_m,
                s.pose.y_m,
                s.pose.z_m,
                s.pose.yaw_rad,
                s.pose.pitch_rad,
                s.pose.roll_rad,
                s.speed_mps,
                s.accel_mps2,
                s.velocity_mps[0],
                s.velocity_mps[1],
                s.velocity_mps[2],
                s.yaw_rate_radps,
                s.steer_rad,
            ];
            for number in numbers {
                self.0.update(number.to_bits().to_le_bytes());
            }
        }
    }

    /// The hash so far, in hex.
    pub fn hex(&self) -> String {
        self.0
            .clone()
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }
}
