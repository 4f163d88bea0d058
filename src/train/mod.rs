//! Training and measuring of the networks on generated and recorded traffic.

use std::path::PathBuf;

pub mod card;
pub mod perception;
pub mod planning;
pub mod prediction;
pub(crate) mod traffic;

/// First seed of the held-out maps and traffic; training uses the seeds below 10 000.
pub const HELD_OUT_SEED: u64 = 1_000_000;

/// Options of a training.
#[derive(Clone, Debug)]
pub struct TrainOptions {
    /// Seed of weights and data.
    pub seed: u64,
    /// Steps in all.
    pub steps: u64,
    /// The training stops with a checkpoint after this time, minutes.
    pub minutes: Option<f64>,
    /// Generated worlds to learn from.
    pub worlds: u64,
    /// The weight file to write.
    pub out: PathBuf,
    /// Folder of checkpoint, loss curve and recorded data.
    pub work: PathBuf,
    /// Whether to go on from the checkpoint in `work`.
    pub resume: bool,
    /// Folder of the NGSIM trajectories, where they are there.
    pub ngsim: Option<PathBuf>,
    /// The prediction weights that planning reads.
    pub prediction: PathBuf,
}

/// Called with (what is done, how far of how much, a line to show).
pub type Report<'a> = &'a mut dyn FnMut(&str, u64, u64, &str);
