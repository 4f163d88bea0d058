//! Rotating-lidar scans.

use bevy::prelude::Component;

use crate::actor::{ActorClass, ActorId};

/// One return, in the carrier's (ego) frame at `LidarScan::time_s`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LidarPoint {
    /// Forward, metres.
    pub x_m: f32,
    /// Left, metres.
    pub y_m: f32,
    /// Up, metres.
    pub z_m: f32,
    /// Returned strength, 0 to 1.
    pub intensity: f32,
    /// Channel, from the lowest beam.
    pub ring: u16,
    /// Azimuth step within the turn.
    pub column: u16,
}

/// All returns of one turn.
#[derive(Clone, Debug, PartialEq)]
pub struct LidarScan {
    /// Name of the sensor in the rig.
    pub sensor: String,
    /// Simulation time of the scan, seconds.
    pub time_s: f64,
    /// Sensor origin in the ego frame, metres.
    pub origin_m: [f32; 3],
    /// Returns, by column and then ring; beams without a return have none.
    pub points: Vec<LidarPoint>,
}

/// What a return truly hit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PointTruth {
    /// The actor, where it was one.
    pub actor: Option<ActorId>,
    /// Its class.
    pub class: Option<ActorClass>,
    /// Semantic class of the surface, see [`crate::sensor::SemanticClass`].
    pub semantic: u8,
    /// Measured range less the true one to the surface along the beam, metres.
    pub range_error_m: f32,
}

/// Truth for each point of a scan: for training and metrics only.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LidarTruth(pub Vec<PointTruth>);

/// The newest scan of each lidar of an actor, in the rig's order; empty before the first.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct LidarScans(pub Vec<LidarScan>);

/// Truth for each of [`LidarScans`]; no driver may read it.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct LidarTruths(pub Vec<LidarTruth>);
