//! `skidpad train perception` and `skidpad eval perception`.

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use nn::train::StepReport;
use perception::metric::{Evaluation, THRESHOLDS_M};
use perception::train::TrainOptions;
use serde_json::{Value, json};

use super::failure::Failure;
use super::train::command;
use super::{output, table};
use crate::run::RunError;
use crate::train::perception::{
    PerceptionError, PerceptionFigures, TrainPerception, evaluate, train as fit,
};
use crate::train::{HELD_OUT_SEED, card};

/// Arguments of `train perception`.
#[derive(Args, Debug)]
pub struct TrainPerceptionArgs {
    /// Examples to make from generated worlds
    #[arg(long, value_name = "N", default_value_t = 6000)]
    samples: usize,
    /// Steps in all
    #[arg(long, value_name = "N", default_value_t = 6000)]
    steps: u64,
    /// Examples a step
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=1024))]
    batch: u32,
    /// Peak learning rate
    #[arg(long, value_name = "R", default_value_t = 0.002)]
    learning_rate: f64,
    /// Seed of weights, order and augmentation
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// First seed of the generated worlds; held-out ones start at 1000000
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..10_000))]
    first_world: u64,
    /// Stops with a checkpoint after this time, minutes
    #[arg(long, value_name = "M")]
    minutes: Option<f64>,
    /// Goes on from the checkpoint
    #[arg(long)]
    resume: bool,
    /// Weight file to write
    #[arg(
        long,
        value_name = "FILE",
        default_value = "assets/perception.safetensors"
    )]
    out: PathBuf,
    /// Folder of examples, checkpoint and loss curve
    #[arg(long, value_name = "DIR", default_value = "out/train-perception")]
    work: PathBuf,
    /// Sensor rig (.ron)
    #[arg(long, value_name = "FILE", default_value = "assets/rigs/default.ron")]
    rig: PathBuf,
}

/// Arguments of `eval perception`.
#[derive(Args, Debug)]
pub struct EvalPerceptionArgs {
    /// Weight file
    #[arg(
        long,
        value_name = "FILE",
        default_value = "assets/perception.safetensors"
    )]
    weights: PathBuf,
    /// Held-out generated worlds
    #[arg(long, value_name = "N", default_value_t = 20)]
    worlds: usize,
    /// Frames of each
    #[arg(long, value_name = "N", default_value_t = 16)]
    frames: usize,
    /// Towns only
    #[arg(long)]
    towns: bool,
    /// Sensor rig (.ron)
    #[arg(long, value_name = "FILE", default_value = "assets/rigs/default.ron")]
    rig: PathBuf,
    /// Adds these figures to the weight file's model card
    #[arg(long)]
    card: bool,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
}

impl From<PerceptionError> for RunError {
    fn from(error: PerceptionError) -> Self {
        match error {
            PerceptionError::Input(error) => Self::Input(error),
            other => Self::Usage(other.to_string()),
        }
    }
}

/// Steps between lines where there is no bar.
const LINE_EVERY: u64 = 50;

/// Trains; the exit code.
pub fn train(args: TrainPerceptionArgs) -> Result<u8, Failure> {
    let started = Instant::now();
    let options = TrainPerception {
        samples: args.samples,
        first_seed: args.first_world,
        train: TrainOptions {
            steps: args.steps,
            batch: args.batch as usize,
            learning_rate: args.learning_rate,
            seed: args.seed,
            resume: args.resume,
        },
        folder: args.work,
        out: args.out,
        rig: args.rig,
    };
    let making = output::Progress::new(args.samples as u64);
    let training = output::Progress::new(args.steps);
    let mut made = |count: usize| {
        making.step(count as u64, "examples", count.is_multiple_of(160));
    };
    let mut progress = |report: &StepReport| {
        let parts: Vec<String> = report
            .parts
            .iter()
            .map(|(name, value)| format!("{name} {value:.3}"))
            .collect();
        let text = format!("loss {:.3} ({})", report.loss, parts.join(", "));
        training.step(report.step, &text, report.step.is_multiple_of(LINE_EVERY));
        args.minutes
            .is_none_or(|limit| started.elapsed().as_secs_f64() < limit * 60.0)
    };
    let sum = fit(&options, &mut made, &mut progress)?;
    card::begin(
        &options.out,
        &card::Facts {
            network: "perception",
            about: &[
                "network: perception/src/network.rs".to_owned(),
                "input: two lidar sweeps 0.3 s apart and two 160 x 96 cameras (assets/rigs/default.ron), odometry, the map's light positions".to_owned(),
                "output: boxes of four classes within 40 m, drivable area, state of traffic lights".to_owned(),
                "data: generated maps (`scenarios::generate`), no recorded data; single instants, everybody moving straight on between the sweeps; every third world with more trucks, buses and motorcycles".to_owned(),
                format!("seeds: worlds from {} on, below 10 000; weights, order and turns {}; held-out worlds start at 1 000 000", options.first_seed, options.train.seed),
                "labels: objects with at least one lidar return; a quarter of the drivable cells a frame".to_owned(),
            ],
            command: &command(),
            minutes: started.elapsed().as_secs_f64() / 60.0,
        },
    )?;
    making.finish();
    training.finish();
    output::note(&format!("{}: sha256 {sum}", options.out.display()));
    Ok(0)
}

/// Measures on held-out worlds; the exit code.
pub fn eval(args: EvalPerceptionArgs) -> Result<u8, Failure> {
    let progress = output::Progress::new((args.worlds * args.frames) as u64);
    let figures = evaluate(
        &args.weights,
        &args.rig,
        HELD_OUT_SEED,
        args.worlds,
        args.frames,
        args.towns,
        &mut |seen| progress.step(seen as u64, "frames", seen.is_multiple_of(80)),
    )?;
    progress.finish();
    if args.card {
        card::add_figures(&args.weights, &command(), &text(&figures))?;
    }
    if args.json {
        output::json(&document(&figures))?;
    } else {
        output::print(&text(&figures));
    }
    Ok(0)
}

fn text(figures: &PerceptionFigures) -> String {
    let number = |value: Option<f64>| value.map_or("-".to_owned(), |v| format!("{v:.3}"));
    let mut rows = Vec::new();
    for class in &figures.classes {
        for (detector, evaluation) in [
            ("network", &class.network),
            ("network, 5 returns", &class.network_five),
            ("clustering", &class.cluster),
            ("clustering, 5 returns", &class.cluster_five),
        ] {
            let mut row = vec![
                format!("{:?}", class.class),
                detector.to_owned(),
                evaluation.truths.to_string(),
            ];
            row.extend(evaluation.ap.map(number));
            let errors = evaluation.errors.means();
            row.extend((0..5).map(|k| number(errors.map(|e| e[k]))));
            rows.push(row);
        }
    }
    let header = [
        "class", "detector", "objects", "AP 0.5 m", "AP 1 m", "AP 2 m", "AP 4 m", "ATE m", "ASE",
        "AOE rad", "AVE m/s", "axis rad",
    ];
    format!(
        "{}\n{} frames; objects within 40 m with at least 1 (or 5) lidar returns; drivable IoU {:.3}; \
         traffic lights right: {} of {}\n",
        table::render(&header, &rows),
        figures.frames,
        figures.drivable_iou,
        number(figures.signal_accuracy),
        figures.signals,
    )
}

fn document(figures: &PerceptionFigures) -> Value {
    let of = |e: &Evaluation| {
        let ap: serde_json::Map<String, Value> = THRESHOLDS_M
            .iter()
            .zip(e.ap)
            .map(|(threshold, ap)| (format!("ap_{threshold}_m"), json!(ap)))
            .collect();
        json!({"objects": e.truths, "ap": ap, "errors": e.errors.means()})
    };
    let classes: Vec<Value> = figures
        .classes
        .iter()
        .map(|c| {
            json!({
                "class": format!("{:?}", c.class),
                "network": of(&c.network),
                "network_5_returns": of(&c.network_five),
                "clustering": of(&c.cluster),
                "clustering_5_returns": of(&c.cluster_five),
            })
        })
        .collect();
    json!({
        "frames": figures.frames,
        "classes": classes,
        "drivable_iou": figures.drivable_iou,
        "signal_accuracy": figures.signal_accuracy,
        "signals": figures.signals,
    })
}
