//! The learned planner: proposes, is scored by the network, and is checked by the safety layer.
//!
//! In: tracks, predictions, sightings of lights, drivable grid, the route on the map and odometry.
//! Out: a [`sim::message::Trajectory`] with all its proposals.

mod features;
mod lights;
mod network;
mod plan;
mod proposals;
mod safety;
mod training;

pub use features::{PlanInput, encode, tokens};
pub use lights::LightMemory;
pub use network::{Config, Network, Scores};
pub use plan::{PlanMemory, choose};
pub use proposals::{ACCELS_MPS2, Anchor, COUNT, HORIZON_S, OFFSETS_M, Residual, STEP_S, anchors};
pub use safety::{SafetyInput, check};
pub use training::{Label, PlanBatch, PlanSample, label_of, plan_loss};
