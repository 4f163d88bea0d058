//! Control: lateral and longitudinal controllers from a wanted motion to a `DriveCommand`.

mod lateral;
mod longitudinal;
mod tracker;

pub use lateral::{pull_pm, steer_for};
pub use longitudinal::{LongitudinalLimits, LongitudinalMemory, pedals};
pub use tracker::track;
