//! What perception says of one instant.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

use crate::actor::ActorClass;

/// Classes that the detector tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BoxClass {
    /// Car or van.
    Car,
    /// Truck, bus or trailer.
    Large,
    /// Bicycle or motorcycle with its rider.
    Cyclist,
    /// Person on foot.
    Pedestrian,
}

impl BoxClass {
    /// Every class, in channel order.
    pub const ALL: [Self; 4] = [Self::Car, Self::Large, Self::Cyclist, Self::Pedestrian];

    /// The detector's class of an actor; `None` for objects it has no class for.
    pub fn of(class: ActorClass) -> Option<Self> {
        match class {
            ActorClass::Car | ActorClass::Van => Some(Self::Car),
            ActorClass::Truck | ActorClass::Bus | ActorClass::Trailer => Some(Self::Large),
            ActorClass::Motorcycle | ActorClass::Bicycle => Some(Self::Cyclist),
            ActorClass::Pedestrian => Some(Self::Pedestrian),
            ActorClass::MovableObject | ActorClass::StaticObject => None,
        }
    }
}

/// One detected box, in the ego frame at the set's time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Detection {
    /// Class.
    pub class: BoxClass,
    /// Confidence, 0 to 1.
    pub score: f32,
    /// Middle of the box (x, y, z), metres.
    pub center_m: [f32; 3],
    /// Length, width, height, metres.
    pub size_m: [f32; 3],
    /// Heading in the ego frame, radians.
    pub yaw_rad: f32,
    /// Velocity over ground, in ego axes, m/s.
    pub velocity_mps: [f32; 2],
}

/// Drivable-area probabilities in bird's-eye view, ego frame; row `i` runs along x, column `j` along y.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DrivableGrid {
    /// Smallest x and y covered, metres.
    pub origin_m: [f32; 2],
    /// Side of a cell, metres.
    pub cell_m: f32,
    /// Cells along x and along y.
    pub shape: [usize; 2],
    /// Probability a cell, `shape[0] · shape[1]`.
    pub probability: Vec<f32>,
}

/// A traffic light that the camera saw where the map has one.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalSighting {
    /// OpenDRIVE signal id.
    pub signal_id: String,
    /// Probabilities of: dark or unknown, red, yellow, green.
    pub probability: [f32; 4],
}

/// Output of the perception network for one carrier.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct DetectionSet {
    /// Time of the sensor data, seconds.
    pub time_s: f64,
    /// Boxes, best score first.
    pub boxes: Vec<Detection>,
    /// Drivable area.
    pub drivable: DrivableGrid,
    /// Traffic lights.
    pub signals: Vec<SignalSighting>,
}
