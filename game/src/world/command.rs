//! What a character is told to do in a tick.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

/// One tick's command to a character; the default is to stand still.
#[derive(Component, Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CharacterCommand {
    /// Velocity that it wants in the level's plane, m/s: (x, y) from above; from the side (x, climb). It is cut
    /// to the character's top speed.
    pub move_mps: [f64; 2],
    /// Where it wants to look, radians counter-clockwise from the x axis; from the side 0 or π.
    pub face_yaw_rad: f64,
    /// Jumps, where something carries it.
    pub jump: bool,
    /// Strikes, where it can.
    pub attack: bool,
    /// Works the nearest switch.
    pub interact: bool,
}

impl CharacterCommand {
    /// The command with what is not finite as nought.
    #[must_use]
    pub fn sound(mut self) -> Self {
        let fix = |v: &mut f64| {
            if !v.is_finite() {
                *v = 0.0;
            }
        };
        self.move_mps.iter_mut().for_each(fix);
        fix(&mut self.face_yaw_rad);
        self
    }
}
