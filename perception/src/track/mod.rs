//! Detections over time to tracks in the world frame.

mod assign;
mod kalman;
mod tracker;

pub use assign::assign;
pub use kalman::ConstantVelocity;
pub use tracker::{HISTORY, Tracker};
