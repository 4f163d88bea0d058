//! `skidpad train perception` and `skidpad eval perception`: data from generated towns, highways and
//! junctions, the training, and the table of figures with the clustering baseline beside the network.

mod evaluate;
mod frame;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use nn::train::Progress;
use perception::network::PerceptionConfig;
use perception::train::{Sample, TrainOptions, read_samples, write_samples};
use sim::input::{InputError, Limits};
use sim::sensor::Rig;

pub use evaluate::{ClassFigures, PerceptionFigures, evaluate};
pub use frame::{Frame, Mix, World, frames};

/// Frames that one generated world gives.
const FRAMES_A_WORLD: usize = 16;

/// Options of `train perception`.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainPerception {
    /// Examples to make.
    pub samples: usize,
    /// First seed of their worlds; held-out worlds start at [`super::HELD_OUT_SEED`].
    pub first_seed: u64,
    /// Steps, batch, rate, seed, resume.
    pub train: TrainOptions,
    /// Folder of examples, checkpoint and loss curve.
    pub folder: PathBuf,
    /// Weight file to write.
    pub out: PathBuf,
    /// Sensor rig file.
    pub rig: PathBuf,
}

/// Why a training or an evaluation could not be done.
#[derive(Debug, thiserror::Error)]
pub enum PerceptionError {
    /// Rig or generated map.
    #[error(transparent)]
    Input(#[from] InputError),
    /// Weights or checkpoint.
    #[error(transparent)]
    Weights(#[from] nn::WeightsError),
    /// Cache of examples.
    #[error("{}: {error}", file.display())]
    Cache {
        /// The file.
        file: PathBuf,
        /// What happened.
        error: std::io::Error,
    },
}

/// Reads a rig with truth switched on.
pub(crate) fn rig_with_truth(path: &Path) -> Result<Arc<Rig>, InputError> {
    Ok(Arc::new(
        Rig::load(path, &Limits::default())?.with_truth(true),
    ))
}

/// The examples of the options; those already in the folder are read, not made again. `made` hears
/// how many there are.
///
/// # Errors
/// If the rig is bad or the folder can't be written.
pub fn samples(
    options: &TrainPerception,
    made: &mut dyn FnMut(usize),
) -> Result<Vec<Sample>, PerceptionError> {
    let rig = rig_with_truth(&options.rig)?;
    let mut all = Vec::new();
    let mut seed = options.first_seed;
    while all.len() < options.samples {
        // Every third world has more of what is rare.
        let mix = if seed % 3 == 2 { Mix::Rich } else { Mix::Plain };
        all.extend(part(options, seed, mix, &rig)?);
        made(all.len());
        seed += 1;
    }
    all.truncate(options.samples);
    // Few frames show a traffic light; an eighth more looks at nothing else.
    let wanted = options.samples + options.samples / 8;
    let last = seed + 10 * (seed - options.first_seed);
    let mut seed = options.first_seed;
    while all.len() < wanted && seed < last {
        all.extend(part(options, seed, Mix::Lights, &rig)?);
        made(all.len());
        seed += 1;
    }
    all.truncate(wanted);
    Ok(all)
}

/// The examples of one world, from the folder where they are there.
fn part(
    options: &TrainPerception,
    seed: u64,
    mix: Mix,
    rig: &Arc<Rig>,
) -> Result<Vec<Sample>, PerceptionError> {
    let name = match mix {
        Mix::Plain => "world",
        Mix::Rich => "rich",
        Mix::Lights => "lights",
    };
    let file = options.folder.join(format!("{name}-{seed}.bin"));
    if let Ok(part) = read_samples(&file) {
        return Ok(part);
    }
    let mut part = Vec::new();
    frames(
        &World::of_seed(seed),
        mix,
        FRAMES_A_WORLD,
        rig,
        &mut |frame| {
            part.push(Sample::pack(&frame.encoded, frame.labels));
        },
    )?;
    write_samples(&file, &part).map_err(|error| PerceptionError::Cache { file, error })?;
    Ok(part)
}

/// Makes the examples and trains; the SHA-256 of the weight file.
///
/// # Errors
/// As [`samples`], and if the checkpoint doesn't fit or a file can't be written.
pub fn train(
    options: &TrainPerception,
    made: &mut dyn FnMut(usize),
    progress: &mut dyn Progress,
) -> Result<String, PerceptionError> {
    let samples = samples(options, made)?;
    Ok(perception::train::train(
        &samples,
        &PerceptionConfig::default(),
        &options.train,
        &options.folder,
        &options.out,
        progress,
    )?)
}
