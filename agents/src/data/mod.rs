//! Recorded and generated traffic to train and measure with.

mod clip;
mod ngsim;
mod recorded;

pub use clip::{Clip, ClipTrack, Noise, heading_of, mean_velocity, to_frame};
pub use ngsim::{NgsimSplit, load_ngsim};
pub use recorded::{RecordedState, RecordedTrack, Recording};
