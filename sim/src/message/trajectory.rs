//! Planned motion of the carrier.

use bevy::prelude::Component;
use serde::{Deserialize, Serialize};

/// One planned state of the reference point, world frame.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TrajectoryPoint {
    /// After the trajectory's start, seconds.
    pub time_s: f64,
    /// East, metres.
    pub x_m: f64,
    /// North, metres.
    pub y_m: f64,
    /// Heading, radians.
    pub yaw_rad: f64,
    /// Speed along the heading, m/s.
    pub speed_mps: f64,
}

/// A candidate of the planner with the terms of its score, for the debugger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// Planned states.
    pub points: Vec<TrajectoryPoint>,
    /// Network's probability.
    pub probability: f32,
    /// Named cost terms; the least sum wins.
    pub costs: Vec<(String, f32)>,
    /// Why the safety layer refused it, where it did.
    pub refused: Option<String>,
}

/// What the carrier means to do.
#[derive(Component, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Trajectory {
    /// Simulation time at which it starts, seconds.
    pub start_time_s: f64,
    /// Planned states by ascending time.
    pub points: Vec<TrajectoryPoint>,
    /// All candidates it was chosen from.
    pub proposals: Vec<Proposal>,
    /// Whether the safety layer fell back to an emergency stop.
    pub is_emergency: bool,
}
