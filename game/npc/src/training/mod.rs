//! How the network comes about: it imitates the expert on the expert's own games, then on games that it steers
//! itself while the expert says what it would have done (DAgger, Ross et al., 2011), then it goes on by what comes
//! of what it does (PPO, Schulman et al., 2017), against the scripted player and, where companions and guards meet,
//! against itself.
//!
//! Each part leaves its weights in the work folder, so that a training that was stopped goes on.

mod loss;
mod record;
mod reward;
mod samples;

use std::path::{Path, PathBuf};

use nn::WeightsError;
use nn::train::{Loss, StepReport, TrainConfig, Trainer};
use rand_chacha::ChaCha8Rng;
use sim::seed::{Draw, stream};
use tch::Device;
use tch::nn::VarStore;

use crate::forward::NAME;
use crate::levels::HELD_OUT_SEED;
use crate::network::{Config, Network};
use record::{Steer, record};
use samples::Samples;

/// How the network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// Seed of weights, levels and draws.
    pub seed: u64,
    /// Games that the expert plays, and that each round of imitation adds.
    pub games: u64,
    /// Rounds of imitation, the expert's own games among them; at least 1.
    pub rounds: u64,
    /// Steps of a round.
    pub steps: u64,
    /// Rounds of learning by play.
    pub play_rounds: u64,
    /// Games of such a round.
    pub play_games: u64,
    /// Steps of such a round.
    pub play_steps: u64,
    /// Where the weights go.
    pub out: PathBuf,
    /// Where samples, checkpoints and loss curves go.
    pub work: PathBuf,
    /// Whether to go on from what lies in the work folder.
    pub resume: bool,
}

impl TrainOptions {
    /// As the shipped weights were trained.
    pub fn new(out: &Path, work: &Path) -> Self {
        Self {
            seed: 1,
            games: 320,
            rounds: 2,
            steps: 1400,
            play_rounds: 3,
            play_games: 96,
            play_steps: 300,
            out: out.to_owned(),
            work: work.to_owned(),
            resume: false,
        }
    }
}

/// Decisions of a batch.
const BATCH: usize = 160;
/// Seeds of one recording.
const SEEDS: u64 = 2_000;

/// How far a training has come.
#[derive(Clone, Debug, PartialEq)]
pub struct Progress<'a> {
    /// What is being done.
    pub phase: &'a str,
    /// How much of it is done.
    pub done: u64,
    /// Of how much.
    pub total: u64,
    /// Figures, in words.
    pub detail: String,
}

/// Hears how it goes; false stops the training, which can be resumed.
pub type Report<'a> = &'a mut dyn FnMut(&Progress) -> bool;

/// Trains the network from nothing; whether it came to its end.
///
/// # Errors
/// If files can't be written, or those of the work folder belong to another training.
pub fn train(options: &TrainOptions, report: Report) -> Result<bool, WeightsError> {
    nn::use_one_thread();
    let generator = nn::device::seed(options.seed);
    let mut vs = VarStore::new(Device::Cpu);
    let config = Config::default();
    let network = Network::new(&vs.root(), &config);
    drop(generator);
    let mut training = Training {
        options,
        config,
        goes_on: true,
        report,
    };
    let mut samples = Samples::default();
    for round in 0..options.rounds.max(1) {
        let steer = if round == 0 {
            Steer::Expert
        } else {
            Steer::Network(&network)
        };
        let name = format!("round_{round}");
        samples.append(training.samples(&name, &steer, round, options.games)?);
        let steps = options.steps;
        let rate = if round == 0 { 1e-3 } else { 7e-4 };
        training.fit(
            &mut vs,
            &network,
            &samples,
            &name,
            (steps, rate),
            &|n, b| loss::imitation(n, b),
        )?;
        if !training.goes_on {
            return Ok(false);
        }
    }
    for round in 0..options.play_rounds {
        let name = format!("play_{round}");
        let steer = Steer::Explore(&network);
        let number = options.rounds + round;
        let mut samples = training.samples(&name, &steer, number, options.play_games)?;
        even_out(&mut samples);
        let goal = (options.play_steps, 4e-4);
        training.fit(&mut vs, &network, &samples, &name, goal, &|n, b| {
            loss::play(n, b, 0.1)
        })?;
        if !training.goes_on {
            return Ok(false);
        }
    }
    nn::weights::save(&vs, NAME, &config, &options.out)?;
    Ok(true)
}

/// Advantages with mean 0 and spread 1 among those who learn by play.
fn even_out(samples: &mut Samples) {
    let who = |l: &&samples::Lesson| l.plays > 0.0;
    let all: Vec<f64> = samples
        .lessons
        .iter()
        .filter(who)
        .map(|l| f64::from(l.advantage))
        .collect();
    let count = all.len().max(1) as f64;
    let mean = all.iter().sum::<f64>() / count;
    let spread = (all.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / count).sqrt();
    for lesson in &mut samples.lessons {
        lesson.advantage = ((f64::from(lesson.advantage) - mean) / (spread + 1e-6)) as f32;
    }
}

/// A sample: half of the time any, else one of a role that has any, each role as often as the others.
fn pick(by_role: &[Vec<usize>], count: usize, rng: &mut ChaCha8Rng) -> usize {
    if rng.chance(0.5) {
        return rng.index(count);
    }
    let role = by_role.get(rng.index(by_role.len()));
    let row = role.and_then(|rows| rows.get(rng.index(rows.len())));
    row.copied().unwrap_or(0)
}

struct Training<'a, 'b> {
    options: &'a TrainOptions,
    config: Config,
    goes_on: bool,
    report: Report<'b>,
}

impl Training<'_, '_> {
    fn file(&self, name: &str, kind: &str) -> PathBuf {
        self.options.work.join(format!("{name}_{kind}.safetensors"))
    }

    /// The games of a round: recorded, or read where they were.
    fn samples(
        &mut self,
        name: &str,
        steer: &Steer,
        round: u64,
        games: u64,
    ) -> Result<Samples, WeightsError> {
        let path = self.file(name, "samples");
        if self.options.resume && path.exists() {
            return Samples::load(&path);
        }
        let first = (self.options.seed % 50) * 15_000 + round.saturating_mul(SEEDS);
        let first = first.min(HELD_OUT_SEED - SEEDS);
        let (report, goes_on) = (&mut *self.report, &mut self.goes_on);
        let phase = format!("recording {name}");
        let samples = record(
            steer,
            first,
            games.min(SEEDS),
            Device::Cpu,
            &mut |done, total| {
                *goes_on &= report(&Progress {
                    phase: &phase,
                    done,
                    total,
                    detail: String::new(),
                });
            },
        );
        samples.save(&path)?;
        Ok(samples)
    }

    /// Fits the network to samples; what was fitted before is read.
    fn fit(
        &mut self,
        vs: &mut VarStore,
        network: &Network,
        samples: &Samples,
        name: &str,
        (steps, rate): (u64, f64),
        loss: &dyn Fn(&Network, &samples::Batch) -> Loss,
    ) -> Result<(), WeightsError> {
        let path = self.file(name, "weights");
        if self.options.resume && path.exists() {
            return nn::load(vs, NAME, &path).map(|_| ());
        }
        if !self.goes_on || samples.is_empty() {
            return Ok(());
        }
        let is_play = name.starts_with("play");
        let settings = TrainConfig {
            network: NAME.to_owned(),
            steps,
            learning_rate: rate,
            warmup_steps: if is_play { 5 } else { 50 },
            weight_decay: 1e-3,
            clip_norm: 1.0,
            ema_decay: if is_play { 0.0 } else { 0.995 },
            checkpoint_every: 200,
        };
        let folder = self.options.work.join(name);
        let mut trainer = Trainer::new(vs, settings, &folder);
        if self.options.resume {
            trainer.resume()?;
        }
        let (report, goes_on) = (&mut *self.report, &mut self.goes_on);
        let phase = format!("fitting {name}");
        let mut show = |step: &StepReport| {
            let told: Vec<String> = step
                .parts
                .iter()
                .map(|(part, value)| format!("{part} {value:.3}"))
                .collect();
            *goes_on &= report(&Progress {
                phase: &phase,
                done: step.step,
                total: step.steps,
                detail: told.join(" "),
            });
            *goes_on
        };
        let seed = self.options.seed;
        let by_role = samples.by_role();
        trainer.run(&mut show, |step| {
            let purpose = format!("npc batch {name} {step}");
            let mut rng = stream(seed, None, &purpose);
            let rows: Vec<usize> = (0..BATCH)
                .map(|_| pick(&by_role, samples.len(), &mut rng))
                .collect();
            loss(network, &samples.batch(&rows, Device::Cpu))
        })?;
        if !self.goes_on {
            return Ok(());
        }
        trainer.save(&self.config, &path)?;
        // On from what was saved: the running mean, where there is one.
        nn::load(vs, NAME, &path).map(|_| ())
    }
}
