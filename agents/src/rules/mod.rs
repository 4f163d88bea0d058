//! Drivers by rule, from true states: car following, right of way, and a sampling planner.

pub mod conflict;
pub mod corridor;
pub mod driver;
pub mod expert;
pub mod idm;
pub mod scene;
