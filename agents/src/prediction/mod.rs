//! Behaviour prediction: weighted futures of every track.

mod features;
mod lanes;
mod metrics;
mod network;
mod training;

pub use features::{Features, HISTORY, WIDTH, encode};
pub use lanes::LaneMap;
pub use metrics::{Scores, constant_velocity, min_ade_fde};
pub use network::{Config, Futures, MODES, Network, STEP_S, STEPS};
pub use training::{Batch, Sample, Source, batch_of, evaluate, loss};
