//! Schedule labels of the tick.

use bevy::ecs::schedule::ScheduleLabel;
use bevy::prelude::Resource;

/// The stages of a tick, each a schedule of its own. State at tick t → commands at t → state at t+1.
///
/// A network's stage is split in `…Encode` and `…Decode`; its forward pass runs between them,
/// outside any world, once for all worlds.
#[derive(ScheduleLabel, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Snapshot of the state at t; odometry, lidar scans and camera frames.
    Sense,
    /// Sensor messages to tensors.
    PerceiveEncode,
    /// Tensors to `DetectionSet`.
    PerceiveDecode,
    /// Detections to `TrackSet`.
    Track,
    /// Tracks and map to tensors.
    PredictEncode,
    /// Tensors to `PredictionSet`.
    PredictDecode,
    /// Tracks, predictions, route to tensors.
    PlanEncode,
    /// Tensors to `Trajectory`.
    PlanDecode,
    /// Trajectory (or rules) to `DriveCommand`.
    Control,
    /// Storyboard: triggers on the state at t, scripted states of t+1. Before physics, so that
    /// scripted bodies sweep from t to t+1 while the dynamic ones are integrated.
    Story,
    /// Vehicle models and rapier: state at t+1, contacts.
    Physics,
    /// Metric samples of t+1.
    Measure,
    /// State hash, logs and records of t+1.
    Record,
}

impl Stage {
    /// Every stage, in the order of a tick.
    pub const ORDER: [Self; 13] = [
        Self::Sense,
        Self::PerceiveEncode,
        Self::PerceiveDecode,
        Self::Track,
        Self::PredictEncode,
        Self::PredictDecode,
        Self::PlanEncode,
        Self::PlanDecode,
        Self::Control,
        Self::Story,
        Self::Physics,
        Self::Measure,
        Self::Record,
    ];
}

/// The clock: time is `index · dt`, never summed.
#[derive(Resource, Clone, Copy, Debug, PartialEq)]
pub struct Tick {
    /// Number of the state that holds now.
    pub index: u64,
    /// Length of a tick, seconds.
    pub dt_s: f64,
}

impl Tick {
    /// Simulation time of the state that holds now, seconds.
    pub fn time_s(&self) -> f64 {
        self.index as f64 * self.dt_s
    }

    /// Simulation time of the next state, seconds.
    pub fn next_time_s(&self) -> f64 {
        (self.index + 1) as f64 * self.dt_s
    }

    /// Whether something that runs every `period_s`, first at time 0, is due at this tick.
    pub fn is_due(&self, period_s: f64) -> bool {
        let every = libm::round(period_s / self.dt_s).max(1.0) as u64;
        self.index.is_multiple_of(every)
    }
}
