//! Behaviour: rule-based drivers, prediction, planning and control.
//!
//! In: for drivers by rule the true states ([`sim::world::WorldSnapshot`]) and routes; for the
//! learned driver only tracks, perception, the map, its route and odometry. Out:
//! [`sim::message::PredictionSet`], [`sim::message::Trajectory`] and
//! [`sim::message::DriveCommand`]. Start reading at [`rules::driver`] for the drivers by rule and
//! at [`control`] for how a trajectory becomes pedals and steering.

pub mod control;
pub mod data;
pub mod footprint;
pub mod map;
pub mod path;
pub mod planning;
pub mod prediction;
pub mod rules;
pub mod systems;
pub mod traffic;

pub use systems::{AgentsConfig, install};
