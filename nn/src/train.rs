//! The training loop: schedule, clipping, running mean of the weights, checkpoints, loss curve.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tch::Tensor;
use tch::nn::VarStore;

use crate::optimizer::AdamW;
use crate::schedule::Cosine;
use crate::weights::{self, WeightsError};

/// How a network is trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Name of the network, as in its weight file.
    pub network: String,
    /// Steps in all.
    pub steps: u64,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Steps of warm-up.
    pub warmup_steps: u64,
    /// Decoupled weight decay.
    pub weight_decay: f64,
    /// Largest L2 norm of the gradients.
    pub clip_norm: f64,
    /// Decay a step of the running mean of the weights, which is what [`Trainer::save`] writes;
    /// 0: the weights themselves.
    pub ema_decay: f64,
    /// Steps between checkpoints.
    pub checkpoint_every: u64,
}

/// What one step gave.
#[derive(Clone, Debug, PartialEq)]
pub struct StepReport {
    /// Number of the step, from 1.
    pub step: u64,
    /// Steps in all.
    pub steps: u64,
    /// Learning rate.
    pub learning_rate: f64,
    /// Loss.
    pub loss: f64,
    /// Its named parts.
    pub parts: Vec<(&'static str, f64)>,
}

/// Hears of every step; what it answers decides whether training goes on.
pub trait Progress {
    /// After a step; false stops the training, with a checkpoint.
    fn step(&mut self, report: &StepReport) -> bool;
}

impl<F: FnMut(&StepReport) -> bool> Progress for F {
    fn step(&mut self, report: &StepReport) -> bool {
        self(report)
    }
}

/// Loss of one step: the scalar to minimise and its named parts.
pub struct Loss {
    /// Scalar.
    pub total: Tensor,
    /// For the curve.
    pub parts: Vec<(&'static str, f64)>,
}

#[derive(Serialize, Deserialize)]
struct CheckpointHeader {
    train: TrainConfig,
    step: u64,
    optimizer_step: u64,
}

/// A training in progress.
pub struct Trainer<'a> {
    vs: &'a VarStore,
    config: TrainConfig,
    optimizer: AdamW,
    mean: BTreeMap<String, Tensor>,
    step: u64,
    folder: PathBuf,
    weights: Option<(PathBuf, serde_json::Value)>,
}

impl<'a> Trainer<'a> {
    /// A new training whose checkpoint and `loss.csv` go to `folder`.
    pub fn new(vs: &'a VarStore, config: TrainConfig, folder: &Path) -> Self {
        let mean = if config.ema_decay > 0.0 {
            vs.variables()
                .into_iter()
                .map(|(name, value)| (name, tch::no_grad(|| value.detach().copy())))
                .collect()
        } else {
            BTreeMap::new()
        };
        Self {
            optimizer: AdamW::new(vs, config.weight_decay),
            vs,
            config,
            mean,
            step: 0,
            folder: folder.to_owned(),
            weights: None,
        }
    }

    /// Also writes the weights, with the network's config, to a file with every checkpoint.
    #[must_use]
    pub fn with_weights(mut self, config: serde_json::Value, path: &Path) -> Self {
        self.weights = Some((path.to_owned(), config));
        self
    }

    /// Steps taken.
    pub fn step(&self) -> u64 {
        self.step
    }

    fn checkpoint_path(&self) -> PathBuf {
        self.folder.join("checkpoint.safetensors")
    }

    /// Weights, running mean and moments, by name.
    fn state(&self) -> Vec<(String, Tensor)> {
        let mut all: Vec<(String, Tensor)> = self
            .vs
            .variables()
            .into_iter()
            .map(|(name, value)| (format!("weight.{name}"), value))
            .collect();
        all.extend(
            self.mean
                .iter()
                .map(|(n, t)| (format!("ema.{n}"), t.shallow_clone())),
        );
        all.extend(self.optimizer.state());
        all
    }

    /// Continues from the folder's checkpoint, where there is one; whether there was.
    /// Weights, moments, mean and step count come back; the order of the data is the caller's,
    /// who should draw it from (seed, step).
    ///
    /// # Errors
    /// If the checkpoint doesn't fit this network.
    pub fn resume(&mut self) -> Result<bool, WeightsError> {
        let path = self.checkpoint_path();
        if !path.exists() {
            return Ok(false);
        }
        let state = self.state();
        let wanted = state.iter().map(|(n, t)| (n.clone(), t.size())).collect();
        let network = format!("{} checkpoint", self.config.network);
        let (header, values) = weights::load_tensors(&path, &network, &wanted)?;
        let header: CheckpointHeader =
            serde_json::from_value(header.config).map_err(|e| WeightsError {
                file: path.clone(),
                part: "config".to_owned(),
                expected: "a checkpoint's config".to_owned(),
                found: e.to_string(),
            })?;
        tch::no_grad(|| {
            for (name, tensor) in state {
                if let Some(value) = values.get(&name) {
                    tensor.shallow_clone().copy_(value);
                }
            }
        });
        self.step = header.step;
        self.optimizer.step = header.optimizer_step;
        Ok(true)
    }

    /// Writes the checkpoint.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn checkpoint(&self) -> Result<(), WeightsError> {
        let header = CheckpointHeader {
            train: self.config.clone(),
            step: self.step,
            optimizer_step: self.optimizer.step,
        };
        let network = format!("{} checkpoint", self.config.network);
        weights::save_tensors(&self.state(), &network, &header, &self.checkpoint_path())?;
        if let Some((path, config)) = &self.weights {
            self.save(config, path)?;
        }
        Ok(())
    }

    /// Writes the weights (their running mean, where it is kept) as a weight file; its SHA-256.
    ///
    /// # Errors
    /// If it can't be written.
    pub fn save<C: Serialize>(&self, config: &C, path: &Path) -> Result<String, WeightsError> {
        if self.mean.is_empty() {
            return weights::save(self.vs, &self.config.network, config, path);
        }
        let mean: Vec<(String, Tensor)> = self
            .mean
            .iter()
            .map(|(n, t)| (n.clone(), t.shallow_clone()))
            .collect();
        weights::save_tensors(&mean, &self.config.network, config, path)
    }

    /// Trains to the last step or until `progress` says stop. `loss` gets the step's number and
    /// builds its batch. A step whose loss or gradient is not finite changes nothing.
    ///
    /// # Errors
    /// If a checkpoint or the curve can't be written.
    pub fn run(
        &mut self,
        progress: &mut dyn Progress,
        mut loss: impl FnMut(u64) -> Loss,
    ) -> Result<(), WeightsError> {
        let rate = Cosine {
            peak: self.config.learning_rate,
            warmup_steps: self.config.warmup_steps,
            total_steps: self.config.steps,
            floor: 0.01,
        };
        while self.step < self.config.steps {
            let learning_rate = rate.at(self.step);
            let Loss { total, parts } = loss(self.step);
            let value = total.double_value(&[]);
            self.optimizer.zero_grad();
            if value.is_finite() {
                total.backward();
                self.optimizer.step(learning_rate, self.config.clip_norm);
                self.update_mean();
            }
            self.step += 1;
            let report = StepReport {
                step: self.step,
                steps: self.config.steps,
                learning_rate,
                loss: value,
                parts,
            };
            self.append_curve(&report)?;
            let goes_on = progress.step(&report);
            if !goes_on
                || self
                    .step
                    .is_multiple_of(self.config.checkpoint_every.max(1))
            {
                self.checkpoint()?;
            }
            if !goes_on {
                return Ok(());
            }
        }
        self.checkpoint()
    }

    fn update_mean(&mut self) {
        if self.mean.is_empty() {
            return;
        }
        // Short at first, so that the mean isn't of the random start.
        let decay = self
            .config
            .ema_decay
            .min((1.0 + self.step as f64) / (10.0 + self.step as f64));
        let variables = self.vs.variables();
        tch::no_grad(|| {
            for (name, mean) in &mut self.mean {
                if let Some(value) = variables.get(name) {
                    let _ = mean.g_mul_scalar_(decay).g_add_(&(value * (1.0 - decay)));
                }
            }
        });
    }

    fn append_curve(&self, report: &StepReport) -> Result<(), WeightsError> {
        let path = self.folder.join("loss.csv");
        let write = || -> std::io::Result<()> {
            std::fs::create_dir_all(&self.folder)?;
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(&path)?;
            let mut line = String::new();
            if file.metadata()?.len() == 0 {
                line.push_str("step,learning_rate,loss");
                for (name, _) in &report.parts {
                    line.push(',');
                    line.push_str(name);
                }
                line.push('\n');
            }
            line.push_str(&format!(
                "{},{},{}",
                report.step, report.learning_rate, report.loss
            ));
            for (_, value) in &report.parts {
                line.push_str(&format!(",{value}"));
            }
            line.push('\n');
            file.write_all(line.as_bytes())
        };
        write().map_err(|e| WeightsError {
            file: path.clone(),
            part: "file".to_owned(),
            expected: "to be written".to_owned(),
            found: e.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Mlp;
    use tch::{Device, Kind};

    fn config(steps: u64) -> TrainConfig {
        TrainConfig {
            network: "test".to_owned(),
            steps,
            learning_rate: 1e-2,
            warmup_steps: 5,
            weight_decay: 0.01,
            clip_norm: 1.0,
            ema_decay: 0.9,
            checkpoint_every: 1000,
        }
    }

    fn train(folder: &Path, stop_at: u64) -> (f64, Tensor) {
        let _generator = crate::device::seed(5);
        crate::use_one_thread();
        let vs = VarStore::new(Device::Cpu);
        let net = Mlp::new(&vs.root(), 2, 16, 1);
        let x =
            Tensor::from_slice(&[0.1f32, 0.9, -0.4, 0.3, 0.7, -0.8, -0.2, -0.6]).reshape([4, 2]);
        let y = x.prod_dim_int(1, true, Kind::Float) * 3.0;
        let mut trainer = Trainer::new(&vs, config(120), folder);
        trainer.resume().unwrap();
        let mut last = 0.0;
        let mut progress = |report: &StepReport| {
            last = report.loss;
            report.step < stop_at
        };
        trainer
            .run(&mut progress, |_| Loss {
                total: (net.forward(&x) - &y).square().mean(Kind::Float),
                parts: vec![],
            })
            .unwrap();
        (last, vs.variables()["up.weight"].detach().copy())
    }

    #[test]
    fn a_resumed_training_ends_with_the_same_bits() {
        let (whole, halved) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (loss, weight) = train(whole.path(), 1000);
        let _ = train(halved.path(), 60);
        let (loss_resumed, weight_resumed) = train(halved.path(), 1000);
        assert!(loss < 0.05, "{loss}");
        assert_eq!(loss, loss_resumed);
        assert!(weight.equal(&weight_resumed));
        let curve = std::fs::read_to_string(halved.path().join("loss.csv")).unwrap();
        assert_eq!(curve.lines().count(), 121);
    }
}
