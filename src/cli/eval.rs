//! `skidpad eval`: figures of the networks on held-out data.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use super::args::Driver;
use super::eyes::EyesArgs;
use super::failure::Failure;
use super::game_networks;
use super::train::{command, with_progress};
use super::train_perception::{self, EvalPerceptionArgs};
use super::{output, table};
use crate::train::planning::{self, EvalOptions, FIRST_SEED};
use crate::train::{card, prediction};

/// Arguments of `eval`.
#[derive(Args, Debug)]
pub struct EvalArgs {
    #[command(subcommand)]
    network: EvalNetwork,
}

#[derive(Subcommand, Debug)]
enum EvalNetwork {
    /// Games of a scripted player against the characters' network, by difficulty and role
    Npc(game_networks::EvalNpcArgs),
    /// Intents, rejection, slots and emotion on the test splits of CLINC150, SNIPS and held-out phrases
    Dialogue(game_networks::EvalDialogueArgs),
    /// Generated levels: proofs, play, difficulty, novelty
    Level(game_networks::EvalLevelArgs),
    /// Generated stories: proofs and play of every branch
    Stories(game_networks::EvalStoriesArgs),
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
        /// Adds these figures to the weight file's model card
        #[arg(long)]
        card: bool,
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
        /// Seed of the first route; those from 2000000 on are held out
        #[arg(long, value_name = "N", default_value_t = FIRST_SEED)]
        seed: u64,
        /// Drivers to compare
        #[arg(
            long,
            value_enum,
            value_delimiter = ',',
            default_value = "learned,expert,idm"
        )]
        drivers: Vec<Driver>,
        /// The learned driver sees by lidar and cameras, not by simulated tracks
        #[arg(long)]
        sensors: bool,
        #[command(flatten)]
        eyes: EyesArgs,
        /// Adds these figures to the weight file's model card
        #[arg(long)]
        card: bool,
        /// One JSON document on stdout
        #[arg(long)]
        json: bool,
    },
}

/// Measures; the exit code.
pub fn eval(args: EvalArgs) -> Result<u8, Failure> {
    match args.network {
        EvalNetwork::Perception(args) => train_perception::eval(args),
        EvalNetwork::Npc(args) => game_networks::eval_npc(&args),
        EvalNetwork::Dialogue(args) => game_networks::eval_dialogue(&args),
        EvalNetwork::Level(args) => game_networks::eval_level(&args),
        EvalNetwork::Stories(args) => game_networks::eval_stories(&args),
        EvalNetwork::Prediction {
            weights,
            ngsim,
            worlds,
            card,
            json,
        } => {
            let rows = with_progress(|report| {
                prediction::eval(&weights, ngsim.as_deref(), worlds, report)
            })?;
            let header = [
                "data",
                "noise",
                "windows",
                "minADE m",
                "minFDE m",
                "top ADE m",
                "CV ADE m",
                "gain %",
                "miss %",
            ];
            let cells: Vec<Vec<String>> = rows
                .iter()
                .map(|r| {
                    vec![
                        r.data.clone(),
                        r.noise.clone(),
                        r.windows.to_string(),
                        format!("{:.3}", r.min_ade_m),
                        format!("{:.3}", r.min_fde_m),
                        format!("{:.3}", r.top_ade_m),
                        format!("{:.3}", r.constant_velocity_ade_m),
                        format!("{:.1}", 100.0 * r.gain),
                        format!("{:.1}", 100.0 * r.miss_rate),
                    ]
                })
                .collect();
            let text = table::render(&header, &cells);
            show(&weights, &text, card, json.then_some(&json!(rows)))
        }
        EvalNetwork::Planning {
            weights,
            prediction,
            routes,
            seed,
            drivers,
            sensors,
            eyes,
            card,
            json,
        } => {
            let options = EvalOptions {
                planning: weights.clone(),
                prediction,
                eyes: sensors.then(|| eyes.into()),
                routes,
                seed,
                drivers: drivers.into_iter().map(Into::into).collect(),
            };
            let (rows, all) = with_progress(|report| planning::eval(&options, report))?;
            let header = [
                "driver",
                "routes",
                "completed",
                "at fault",
                "other contact",
                "red lights",
                "progress %",
                "m/s",
            ];
            let cells: Vec<Vec<String>> = rows
                .iter()
                .map(|r| {
                    vec![
                        r.driver.clone(),
                        r.routes.to_string(),
                        r.completed.to_string(),
                        r.with_at_fault.to_string(),
                        r.with_other_contact.to_string(),
                        r.red_lights.to_string(),
                        format!("{:.1}", 100.0 * r.progress),
                        format!("{:.2}", r.speed_mps),
                    ]
                })
                .collect();
            let text = table::render(&header, &cells);
            let document = json!({"drivers": rows, "routes": all});
            show(&weights, &text, card, json.then_some(&document))
        }
    }
}

/// Prints figures, and puts them into the weights' card where that is asked for.
fn show(
    weights: &Path,
    text: &str,
    card: bool,
    document: Option<&serde_json::Value>,
) -> Result<u8, Failure> {
    if card {
        card::add_figures(weights, &command(), text)?;
    }
    match document {
        Some(document) => output::json(document)?,
        None => output::print(text),
    }
    Ok(0)
}
