//! Lamps of a vehicle, as a story switches them.

use std::collections::BTreeMap;

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

/// `LightMode` of OpenSCENARIO.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LightMode {
    /// Shines.
    On,
    /// Does not.
    Off,
    /// Shines now and then.
    Flashing,
}

/// Lamps that somebody has switched, by `VehicleLightType` (`indicatorLeft`, `brakeLights`, …) or by a name of the
/// scenario's own; the others are as the vehicle's motion tells.
#[derive(Component, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VehicleLights(pub BTreeMap<String, LightMode>);

impl VehicleLights {
    /// Whether a lamp shines at a time: flashing ones do so 1.5 times a second. Nothing where it was not switched.
    pub fn shines(&self, lamp: &str, time_s: f64) -> Option<bool> {
        Some(match self.0.get(lamp)? {
            LightMode::On => true,
            LightMode::Off => false,
            LightMode::Flashing => (time_s * 1.5).rem_euclid(1.0) < 0.5,
        })
    }
}
