//! What UN Regulation No. 157 (automated lane keeping systems, ALKS) asks of a vehicle.

mod avoidance;
mod braking;
mod careful_driver;
mod cut_in;
mod following;

pub(super) use avoidance::Avoidance;
pub(super) use braking::Braking;
pub use careful_driver::{CarefulDriver, Obstacle};
pub use cut_in::cut_in_is_preventable;
pub(super) use following::Following;
pub use following::following_distance_m;
