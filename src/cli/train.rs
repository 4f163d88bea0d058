//! `skidpad train`; here the behaviour networks, perception's in its own file.

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Args, Subcommand};

use super::eyes::EyesArgs;
use super::failure::Failure;
use super::game_networks;
use super::output::Progress;
use super::train_perception::{self, TrainPerceptionArgs};
use crate::train::planning::{self, PlanningOptions};
use crate::train::{TrainOptions, card, prediction};

/// Arguments of `train`.
#[derive(Args, Debug)]
pub struct TrainArgs {
    #[command(subcommand)]
    network: TrainNetwork,
}

#[derive(Subcommand, Debug)]
enum TrainNetwork {
    /// Boxes, drivable area and traffic lights from lidar and cameras, in generated worlds
    Perception(TrainPerceptionArgs),
    /// Futures of road users, from generated traffic and NGSIM
    Prediction(FitArgs),
    /// Proposals for the own motion, from the expert's drives
    Planning(PlanningArgs),
    /// The characters of games, by imitation and play in generated arenas
    Npc(game_networks::GameFitArgs),
    /// What is said to characters: intents, mentions, emotion
    Dialogue(game_networks::TrainDialogueArgs),
    /// Levels of games, patch by patch
    Level(game_networks::TrainLevelArgs),
}

#[derive(Args, Debug)]
struct FitArgs {
    /// Seed of weights and data
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Steps in all; those of the shipped weights by default
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Stops with a checkpoint after this time, minutes
    #[arg(long, value_name = "M")]
    minutes: Option<f64>,
    /// Generated worlds to learn from; those of the shipped weights by default
    #[arg(long, value_name = "N")]
    worlds: Option<u64>,
    /// Weight file to write
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder of checkpoint, loss curve and recorded data
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Goes on from the checkpoint
    #[arg(long)]
    resume: bool,
    /// Folder of the NGSIM trajectories (tracks/, maps/)
    #[arg(long, value_name = "DIR")]
    ngsim: Option<PathBuf>,
    /// Prediction weights that planning reads
    #[arg(
        long,
        value_name = "FILE",
        default_value = "assets/prediction.safetensors"
    )]
    prediction: PathBuf,
}

#[derive(Args, Debug)]
struct PlanningArgs {
    #[command(flatten)]
    fit: FitArgs,
    /// Rounds in which the network drives by its sensors and the expert corrects it
    #[arg(long, value_name = "N", default_value_t = 2)]
    rounds: u64,
    /// Generated worlds of each of these rounds
    #[arg(long, value_name = "N", default_value_t = 96, value_parser = clap::value_parser!(u64).range(..=1000))]
    student_worlds: u64,
    #[command(flatten)]
    eyes: EyesArgs,
}

impl FitArgs {
    fn options(self, name: &str, steps: u64, worlds: u64) -> TrainOptions {
        TrainOptions {
            seed: self.seed,
            steps: self.steps.unwrap_or(steps),
            minutes: self.minutes,
            worlds: self.worlds.unwrap_or(worlds),
            out: self
                .out
                .unwrap_or_else(|| format!("assets/{name}.safetensors").into()),
            work: self
                .work
                .unwrap_or_else(|| format!("out/train-{name}").into()),
            resume: self.resume,
            ngsim: self.ngsim,
            prediction: self.prediction,
        }
    }
}

/// The command line, without what says only where files go.
pub(super) fn command() -> String {
    let mut words = vec!["skidpad".to_owned()];
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        match arg.as_str() {
            "--out" | "--work" | "--weights" => {
                args.next();
            }
            "--ngsim" => {
                args.next();
                words.push("--ngsim DIR".to_owned());
            }
            "--card" | "--resume" | "--json" => {}
            _ => words.push(arg),
        }
    }
    words.join(" ")
}

/// Steps between lines where there is no bar.
const LINE_EVERY: u64 = 100;

/// Shows progress, a bar for each part of the work.
pub(super) fn with_progress<T>(work: impl FnOnce(crate::train::Report) -> T) -> T {
    let bar: RefCell<Option<(String, Progress)>> = RefCell::new(None);
    let result = work(&mut |what, done, of, text| {
        let mut bar = bar.borrow_mut();
        if bar.as_ref().is_none_or(|(name, _)| name != what) {
            if let Some((_, old)) = bar.take() {
                old.finish();
            }
            *bar = Some((what.to_owned(), Progress::new(of)));
        }
        if let Some((_, bar)) = bar.as_ref() {
            let line = what != "training" || done.is_multiple_of(LINE_EVERY);
            bar.step(done, &format!("{what} {text}"), line);
        }
    });
    if let Some((_, bar)) = bar.take() {
        bar.finish();
    }
    result
}

pub(super) fn write_card(
    network: &str,
    about: &[String],
    weights: &Path,
    started: Instant,
) -> Result<(), Failure> {
    let facts = card::Facts {
        network,
        about,
        command: &command(),
        minutes: started.elapsed().as_secs_f64() / 60.0,
    };
    Ok(card::begin(weights, &facts)?)
}

/// Trains; the exit code.
pub fn train(args: TrainArgs) -> Result<u8, Failure> {
    let started = Instant::now();
    match args.network {
        TrainNetwork::Perception(args) => return train_perception::train(args),
        TrainNetwork::Npc(args) => return game_networks::train_npc(&args),
        TrainNetwork::Dialogue(args) => return game_networks::train_dialogue(&args),
        TrainNetwork::Level(args) => return game_networks::train_level(&args),
        TrainNetwork::Prediction(args) => {
            let options = args.options("prediction", 3000, 40);
            with_progress(|report| prediction::train(&options, report))?;
            let data = match &options.ngsim {
                Some(_) => {
                    "NGSIM (US DOT open data; the training maps alone) and generated traffic, half of each batch each"
                }
                None => "generated traffic",
            };
            let about = [
                "network: agents/src/prediction/network.rs; 6 weighted futures of 3 s at 0.1 s"
                    .to_owned(),
                format!(
                    "data: {data}; noise as of a tracker on 40 % of the draws, mirrored left to right"
                ),
                format!(
                    "seeds: {}; {} generated worlds; held-out worlds start at 1 000 000",
                    options.seed, options.worlds
                ),
            ];
            write_card("prediction", &about, &options.out, started)?;
        }
        TrainNetwork::Planning(args) => {
            let options = PlanningOptions {
                fit: args.fit.options("planning", 8000, 400),
                rounds: args.rounds,
                student_worlds: args.student_worlds,
                eyes: args.eyes.into(),
            };
            with_progress(|report| planning::train(&options, report))?;
            let about = [
                "network: agents/src/planning/network.rs; scores and shapes 40 proposals of 4 s"
                    .to_owned(),
                format!(
                    "data: the rule-based expert's drives in {} generated worlds, with tracks that err as a tracker's do, the ego pushed off its line now and then",
                    options.fit.worlds
                ),
                format!(
                    "then {} rounds of {} worlds in which the network drives by camera and lidar, and the expert says what it would have done",
                    options.rounds, options.student_worlds
                ),
                format!(
                    "seeds: {}; held-out routes start at 2 000 000",
                    options.fit.seed
                ),
            ];
            write_card("planning", &about, &options.fit.out, started)?;
        }
    }
    Ok(0)
}
