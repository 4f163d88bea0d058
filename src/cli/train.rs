//! `skidpad train` and `skidpad eval`; here the behaviour networks, perception's in its own file.

use std::cell::RefCell;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::json;
use sim::message::DriverSpec;

use super::args::Driver;
use super::failure::Failure;
use super::output::{self, Progress};
use super::train_perception::{self, EvalPerceptionArgs, TrainPerceptionArgs};
use crate::train::{TrainOptions, planning, prediction};

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
}

#[derive(Args, Debug)]
struct FitArgs {
    /// Seed of weights and data
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Steps in all
    #[arg(long, value_name = "N", default_value_t = 6000)]
    steps: u64,
    /// Stops with a checkpoint after this time, minutes
    #[arg(long, value_name = "M")]
    minutes: Option<f64>,
    /// Generated worlds to learn from
    #[arg(long, value_name = "N", default_value_t = 60)]
    worlds: u64,
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
    /// Only drives with these planning weights and keeps what the expert would have done (DAgger)
    #[arg(long, value_name = "FILE")]
    gather: Option<PathBuf>,
}

impl FitArgs {
    fn options(self, name: &str) -> TrainOptions {
        TrainOptions {
            seed: self.seed,
            steps: self.steps,
            minutes: self.minutes,
            worlds: self.worlds,
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

/// Steps between lines where there is no bar.
const LINE_EVERY: u64 = 100;

/// Shows progress, a bar for each part of the work.
fn with_progress<T>(work: impl FnOnce(crate::train::Report) -> T) -> T {
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

/// Trains; the exit code.
pub fn train(args: TrainArgs) -> Result<u8, Failure> {
    match args.network {
        TrainNetwork::Perception(args) => return train_perception::train(args),
        TrainNetwork::Prediction(args) => {
            let options = args.options("prediction");
            with_progress(|report| prediction::train(&options, report))?;
        }
        TrainNetwork::Planning(args) => {
            let options = args.fit.options("planning");
            match args.gather {
                Some(student) => {
                    with_progress(|report| planning::gather(&options, Some(&student), report))?;
                }
                None => with_progress(|report| planning::train(&options, report))?,
            }
        }
    }
    Ok(0)
}

/// Arguments of `eval`.
#[derive(Args, Debug)]
pub struct EvalArgs {
    #[command(subcommand)]
    network: EvalNetwork,
}

#[derive(Subcommand, Debug)]
enum EvalNetwork {
    /// Average precision on held-out generated worlds, a clustering detector beside it
    Perception(EvalPerceptionArgs),
    /// Displacement errors on held-out generated traffic and held-out NGSIM maps
    Prediction {
        /// Weight file
        #[arg(
            long,
            value_name = "FILE",
            default_value = "assets/prediction.safetensors"
        )]
        weights: PathBuf,
        /// Folder of the NGSIM trajectories (tracks/, maps/)
        #[arg(long, value_name = "DIR")]
        ngsim: Option<PathBuf>,
        /// Held-out generated worlds
        #[arg(long, value_name = "N", default_value_t = 12)]
        worlds: u64,
        /// One JSON document on stdout
        #[arg(long)]
        json: bool,
    },
    /// Closed loop on held-out generated routes with traffic
    Planning {
        /// Weight file
        #[arg(
            long,
            value_name = "FILE",
            default_value = "assets/planning.safetensors"
        )]
        weights: PathBuf,
        /// Prediction weights
        #[arg(
            long,
            value_name = "FILE",
            default_value = "assets/prediction.safetensors"
        )]
        prediction: PathBuf,
        /// Routes
        #[arg(long, value_name = "N", default_value_t = 50)]
        routes: usize,
        /// Drivers to compare
        #[arg(
            long,
            value_enum,
            value_delimiter = ',',
            default_value = "learned,expert,idm"
        )]
        drivers: Vec<Driver>,
        /// One JSON document on stdout
        #[arg(long)]
        json: bool,
    },
}

/// Measures; the exit code.
pub fn eval(args: EvalArgs) -> Result<u8, Failure> {
    match args.network {
        EvalNetwork::Perception(args) => return train_perception::eval(args),
        EvalNetwork::Prediction {
            weights,
            ngsim,
            worlds,
            json,
        } => {
            let rows = with_progress(|report| {
                prediction::eval(&weights, ngsim.as_deref(), worlds, report)
            })?;
            if json {
                output::json(&rows)?;
                return Ok(0);
            }
            output::print(&format!(
                "{:<30} {:<8} {:>7} {:>8} {:>8} {:>8} {:>8} {:>6} {:>6}\n",
                "data", "noise", "windows", "minADE", "minFDE", "top ADE", "CV ADE", "gain", "miss"
            ));
            for r in rows {
                output::print(&format!(
                    "{:<30} {:<8} {:>7} {:>8.3} {:>8.3} {:>8.3} {:>8.3} {:>5.1}% {:>5.1}%\n",
                    r.data,
                    r.noise,
                    r.windows,
                    r.min_ade_m,
                    r.min_fde_m,
                    r.top_ade_m,
                    r.constant_velocity_ade_m,
                    100.0 * r.gain,
                    100.0 * r.miss_rate
                ));
            }
        }
        EvalNetwork::Planning {
            weights,
            prediction,
            routes,
            drivers,
            json,
        } => {
            let drivers: Vec<DriverSpec> = drivers.into_iter().map(Into::into).collect();
            let (rows, all) = with_progress(|report| {
                planning::eval(&weights, &prediction, routes, &drivers, report)
            })?;
            if json {
                output::json(&json!({"drivers": rows, "routes": all}))?;
                return Ok(0);
            }
            output::print(&format!(
                "{:<8} {:>6} {:>9} {:>8} {:>6} {:>4} {:>8} {:>6}\n",
                "driver", "routes", "completed", "at fault", "other", "red", "progress", "m/s"
            ));
            for r in rows {
                output::print(&format!(
                    "{:<8} {:>6} {:>9} {:>8} {:>6} {:>4} {:>7.1}% {:>6.2}\n",
                    r.driver,
                    r.routes,
                    r.completed,
                    r.with_at_fault,
                    r.with_other_contact,
                    r.red_lights,
                    100.0 * r.progress,
                    r.speed_mps
                ));
            }
        }
    }
    Ok(0)
}
