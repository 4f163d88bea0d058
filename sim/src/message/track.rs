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
    /// Time that it has stood still, seconds; see [`Rest`].
    pub standing_s: f64,
    /// Past states (time s, x m, y m, yaw rad), oldest first, including now.
    pub history: Vec<[f64; 4]>,
}

/// Since when something has not moved on: robust against a position that trembles.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rest {
    place_m: [f64; 2],
    since_s: f64,
}

impl Rest {
    /// Within this of the place it stands, metres.
    const REACH_M: f64 = 0.7;

    /// At a place from a time on.
    pub fn new(place_m: [f64; 2], time_s: f64) -> Self {
        Self {
            place_m,
            since_s: time_s,
        }
    }

    /// Takes in where it is now; how long it has been about there, seconds.
    pub fn update(&mut self, place_m: [f64; 2], time_s: f64) -> f64 {
        let [dx, dy] = [place_m[0] - self.place_m[0], place_m[1] - self.place_m[1]];
        if dx * dx + dy * dy > Self::REACH_M * Self::REACH_M {
            *self = Self::new(place_m, time_s);
        }
        time_s - self.since_s
    }
}

/// All confirmed tracks of one carrier, by id.
#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrackSet {
    /// Time the states hold for, seconds.
    pub time_s: f64,
    /// Tracks by ascending id.
    pub tracks: Vec<Track>,
}
