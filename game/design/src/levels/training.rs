//! Teaches the network: levels of the rules with random styles, and crate puzzles of a folder.

use std::path::{Path, PathBuf};

use nn::WeightsError;
use nn::train::{Loss, Progress, TrainConfig, Trainer};
use rayon::prelude::*;
use sim::input::{InputError, Limits};
use sim::seed::{Draw, stream};
use tch::nn::VarStore;
use tch::{Reduction, Tensor};

use super::constructive;
use super::difficulty::{predict, traits};
use super::network::{Layers, NETWORK, NetworkConfig};
use super::repair::repair;
use super::sketch::{Sketch, Theme};
use super::tokens::{AROUND, ASKED, Condition, Inputs, NONE, PATCH, PLACES, Page};

/// A level to learn from.
#[derive(Clone, Debug, PartialEq)]
pub struct Example {
    /// The level.
    pub sketch: Sketch,
    /// What it is to be asked for by.
    pub condition: Condition,
}

/// How the network is taught.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// Seed of the levels, the weights and the batches.
    pub seed: u64,
    /// Levels drawn by rules.
    pub levels: usize,
    /// Folder with Boxoban files; none where there is not.
    pub boxoban: Option<PathBuf>,
    /// Most puzzles of it.
    pub puzzles: usize,
    /// Steps of the training.
    pub steps: u64,
    /// Levels a step.
    pub batch: usize,
    /// Whether it goes on from the checkpoint in `work`.
    pub resume: bool,
    /// Folder of checkpoint and loss curve.
    pub work: PathBuf,
    /// The weight file to write.
    pub out: PathBuf,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            seed: 1,
            levels: 3_000,
            boxoban: None,
            puzzles: 500,
            steps: 500,
            batch: 16,
            resume: false,
            work: PathBuf::from("work/level"),
            out: PathBuf::from("assets/level.safetensors"),
        }
    }
}

/// Why nothing was learnt.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A file of puzzles can't be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A folder can't be read.
    #[error("{}: {found}", .folder.display())]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the system says.
        found: String,
    },
    /// Weights can't be read or written.
    #[error(transparent)]
    Weights(#[from] WeightsError),
    /// There is nothing to learn from.
    #[error("expected levels to learn from, found none")]
    Nothing,
}

/// Levels drawn by rules, repaired and proven, of seeds from `first` on; every theme in turn.
pub fn by_rules(first: u64, count: usize) -> Vec<Example> {
    (0..count as u64)
        .into_par_iter()
        .filter_map(|i| {
            let mut rng = stream(first.wrapping_add(i), None, "example");
            let theme = Theme::ALL[i as usize % Theme::ALL.len()];
            let (columns, rows) = if rng.chance(0.4) {
                (28, 14)
            } else {
                (12 + rng.index(21), 10 + rng.index(9))
            };
            let wanted = constructive::usual_features(theme, &mut rng);
            let drawn = constructive::draw(theme, columns, rows, &wanted, &mut rng);
            example(&drawn, &mut rng)
        })
        .collect()
}

fn example(drawn: &Sketch, rng: &mut rand_chacha::ChaCha8Rng) -> Option<Example> {
    let repaired = repair(drawn, rng)?;
    let condition = Condition {
        theme: repaired.sketch.theme,
        difficulty: predict(&traits(&repaired.sketch, &repaired.plan)),
        features: repaired.sketch.features(),
    };
    Some(Example {
        sketch: repaired.sketch,
        condition,
    })
}

/// Crate puzzles of a folder of Boxoban files, proven anew.
///
/// # Errors
/// If the folder or a file can't be read.
pub fn puzzles(folder: &Path, most: usize) -> Result<Vec<Example>, TrainError> {
    let mut files = Vec::new();
    text_files(folder, &mut files)?;
    let mut levels = Vec::new();
    for file in files {
        if levels.len() >= most {
            break;
        }
        levels.extend(game::import::boxoban(&file, &Limits::default())?);
    }
    levels.truncate(most);
    let all = (0u64..).zip(&levels).collect::<Vec<_>>();
    let examples = all.par_iter().filter_map(|(i, level)| {
        let rows = level.rooms.first().map(|room| room.rows.clone())?;
        let sketch = Sketch::of_text(Theme::Warehouse, &rows)?;
        example(&sketch, &mut stream(*i, None, "puzzle"))
    });
    Ok(examples.collect())
}

fn text_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), TrainError> {
    let failed = |e: std::io::Error| TrainError::Folder {
        folder: folder.to_owned(),
        found: e.to_string(),
    };
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        entries.push(entry.map_err(failed)?.path());
    }
    entries.sort();
    for path in entries {
        let is_text = path.extension().is_some_and(|e| e == "txt");
        let is_licence = path.file_stem().is_some_and(|name| name == "LICENSE");
        if path.is_dir() {
            text_files(&path, files)?;
        } else if is_text && !is_licence {
            files.push(path);
        }
    }
    Ok(())
}

/// A sketch as the network reads it and the symbols of its patches, [`PATCH`] a step.
pub(super) fn sequence(sketch: &Sketch, condition: Condition) -> (Inputs, Vec<i64>) {
    let mut page = Page::new(sketch.columns, sketch.rows, condition);
    let (mut inputs, mut cells) = (Inputs::default(), Vec::new());
    for patch in 0..page.len() {
        page.read(patch, &mut inputs);
        for part in 0..PATCH {
            let cell = page.cell(patch, part);
            let symbol = cell.map_or(NONE, |cell| sketch.cell(cell));
            cells.push(i64::from(symbol));
            if let Some(cell) = page.free(patch, part) {
                page.write(cell, symbol);
            }
        }
    }
    (inputs, cells)
}

/// A level laid the other way round; towers are mirrored alone.
fn turned(sketch: &Sketch, flip_x: bool, flip_y: bool) -> Sketch {
    let mut other = sketch.clone();
    for index in 0..sketch.cells.len() {
        let (x, y) = (index % sketch.columns, index / sketch.columns);
        let x = if flip_x { sketch.columns - 1 - x } else { x };
        let y = if flip_y { sketch.rows - 1 - y } else { y };
        other.set(index, sketch.at(x, y));
    }
    other
}

/// The mean cross-entropy of the cells that the network is to choose, nats a cell.
pub fn loss(layers: &Layers, examples: &[(Sketch, Condition)]) -> Loss {
    const IGNORED: i64 = -100;
    let all: Vec<_> = examples.iter().map(|(s, c)| sequence(s, *c)).collect();
    let longest = all
        .iter()
        .map(|(_, cells)| cells.len() / PATCH)
        .max()
        .unwrap_or(0);
    let (mut inputs, mut cells, mut targets) = (Inputs::default(), Vec::new(), Vec::new());
    for ((read, written), (sketch, condition)) in all.into_iter().zip(examples) {
        let page = Page::new(sketch.columns, sketch.rows, *condition);
        let spare = longest - page.len();
        for (at, symbol) in written.iter().enumerate() {
            let is_free = page.free(at / PATCH, at % PATCH).is_some();
            targets.push(if is_free { *symbol } else { IGNORED });
        }
        targets.extend(std::iter::repeat_n(IGNORED, spare * PATCH));
        cells.extend(written);
        cells.extend(std::iter::repeat_n(i64::from(NONE), spare * PATCH));
        inputs.around.extend(read.around);
        inputs
            .around
            .extend(std::iter::repeat_n(i64::from(NONE), spare * AROUND));
        inputs.places.extend(read.places);
        inputs.places.extend(std::iter::repeat_n(0, spare * PLACES));
        inputs.asked.extend(read.asked);
        inputs.asked.extend(std::iter::repeat_n(0.0, spare * ASKED));
    }
    let shape = [examples.len() as i64, longest as i64, PATCH as i64];
    let cells = Tensor::from_slice(&cells).reshape(shape);
    let logits = layers.forward(&inputs, &cells).flatten(0, 2); // (B L PATCH, SYMBOLS)
    let targets = Tensor::from_slice(&targets);
    let total = logits.cross_entropy_loss::<Tensor>(&targets, None, Reduction::Mean, IGNORED, 0.0);
    Loss {
        total,
        parts: Vec::new(),
    }
}

/// Teaches a fresh network and writes its weights; the SHA-256 of the file. The loss is nats a cell.
///
/// # Errors
/// If puzzles can't be read, weights can't be written, or there is nothing to learn from.
pub fn train(options: &TrainOptions, progress: &mut dyn Progress) -> Result<String, TrainError> {
    let mut examples = by_rules(options.seed.wrapping_mul(1_000_000), options.levels);
    if let Some(folder) = &options.boxoban {
        examples.extend(puzzles(folder, options.puzzles)?);
    }
    if examples.is_empty() {
        return Err(TrainError::Nothing);
    }
    nn::use_one_thread();
    let _generator = nn::device::seed(options.seed);
    let store = VarStore::new(tch::Device::Cpu);
    let config = NetworkConfig::default();
    let layers = Layers::new(&store.root(), &config);
    let settings = TrainConfig {
        network: NETWORK.to_owned(),
        steps: options.steps,
        learning_rate: 2e-3,
        warmup_steps: 100,
        weight_decay: 1e-2,
        clip_norm: 1.0,
        ema_decay: 0.998,
        checkpoint_every: 50,
    };
    let mut trainer = Trainer::new(&store, settings, &options.work);
    if options.resume {
        trainer.resume()?;
    }
    trainer.run(progress, |step| {
        let mut rng = stream(options.seed ^ step.rotate_left(32), None, "batch");
        let batch: Vec<(Sketch, Condition)> = (0..options.batch.max(1))
            .filter_map(|_| examples.get(rng.index(examples.len())))
            .collect::<Vec<_>>()
            .into_iter()
            .map(|example| {
                let is_side = example.sketch.theme == Theme::Tower;
                let (flip_x, flip_y) = (rng.chance(0.5), !is_side && rng.chance(0.5));
                (turned(&example.sketch, flip_x, flip_y), example.condition)
            })
            .collect();
        loss(&layers, &batch)
    })?;
    Ok(trainer.save(&config, &options.out)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_steps_teach_something() {
        let folder = tempfile::tempdir().unwrap();
        let options = TrainOptions {
            levels: 60,
            steps: 30,
            batch: 4,
            work: folder.path().to_owned(),
            out: folder.path().join("level.safetensors"),
            ..TrainOptions::default()
        };
        let mut losses = Vec::new();
        let mut keep = |report: &nn::train::StepReport| {
            losses.push(report.loss);
            true
        };
        train(&options, &mut keep).unwrap();
        assert!(losses[29] < 0.6 * losses[0], "{losses:?}");
        super::super::LevelNetwork::load(&options.out).unwrap();
    }
}
