//! Predicted futures of tracked objects.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

/// One possible future.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PredictionMode {
    /// Its weight; the weights of an object add to 1.
    pub probability: f32,
    /// Positions (x, y) in the world frame at `step_s, 2·step_s, …` after the set's time, metres.
    pub positions_m: Vec<[f64; 2]>,
}

/// All futures of one track.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// The track.
    pub track_id: u64,
    /// Futures, most probable first.
    pub modes: Vec<PredictionMode>,
}

/// Futures of every track of one carrier.
#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PredictionSet {
    /// Time the futures start from, seconds.
    pub time_s: f64,
    /// Time between positions, seconds.
    pub step_s: f64,
    /// Predictions by ascending track id.
    pub predictions: Vec<Prediction>,
}
