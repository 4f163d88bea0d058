//! Tracked objects.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

use crate::message::BoxClass;

/// One tracked object, in the world (map) frame.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Track {
    /// Number of the track, never reused in a run.
    pub id: u64,
    /// Class.
    pub class: BoxClass,
    /// Existence confidence, 0 to 1.
    pub score: f32,
    /// Middle of the box (x, y), metres.
    pub position_m: [f64; 2],
    /// Heading, radians.
    pub yaw_rad: f64,
    /// Velocity, m/s.
    pub velocity_mps: [f64; 2],
    /// Length, width, height, metres.
    pub size_m: [f32; 3],
    /// Variances of x, y, vx, vy.
    pub variance: [f64; 4],
    /// Past states (time s, x m, y m, yaw rad), oldest first, including now.
    pub history: Vec<[f64; 4]>,
}

/// All confirmed tracks of one carrier, by id.
#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackSet {
    /// Time the states hold for, seconds.
    pub time_s: f64,
    /// Tracks by ascending id.
    pub tracks: Vec<Track>,
}
