//! `skidpad train` and `skidpad eval` for what games are made with.

use std::path::{Path, PathBuf};

use clap::Args;
use design::levels::eval as level_eval;
use design::levels::training as level_training;
use design::levels::{LevelNetwork, Sketch, Source, Theme};
use dialogue::understanding::eval as understanding_eval;
use dialogue::understanding::train as understanding_train;
use dialogue::understanding::train::Sources;
use serde::Serialize;

use super::output::Progress;
use super::{Failure, output};

/// Where a training's files go.
#[derive(Args, Debug)]
pub struct GameFitArgs {
    /// Weight file that is written
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Folder of samples, checkpoint and loss curve
    #[arg(long, value_name = "DIR")]
    work: Option<PathBuf>,
    /// Seed of weights and data
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Steps of the training; those of the shipped weights where left out
    #[arg(long, value_name = "N")]
    steps: Option<u64>,
    /// Goes on from what lies in the work folder
    #[arg(long)]
    resume: bool,
}

impl GameFitArgs {
    fn out(&self, name: &str) -> PathBuf {
        let usual = || format!("assets/{name}.safetensors").into();
        self.out.clone().unwrap_or_else(usual)
    }

    fn work(&self, name: &str) -> PathBuf {
        let usual = || format!("out/train-{name}").into();
        self.work.clone().unwrap_or_else(usual)
    }
}

/// Arguments of `train dialogue`.
#[derive(Args, Debug)]
pub struct TrainDialogueArgs {
    /// Folder with clinc150/, snips/ and, for more that is out of scope, chatterbot-corpus/
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    #[command(flatten)]
    fit: GameFitArgs,
}

/// Arguments of `train level`.
#[derive(Args, Debug)]
pub struct TrainLevelArgs {
    /// Levels drawn by rules
    #[arg(long, value_name = "N", default_value_t = 3000)]
    levels: usize,
    /// Folder with Boxoban files
    #[arg(long, value_name = "DIR")]
    boxoban: Option<PathBuf>,
    #[command(flatten)]
    fit: GameFitArgs,
}

/// Arguments of `eval npc`.
#[derive(Args, Debug)]
pub struct EvalNpcArgs {
    /// Weight file
    #[arg(long, value_name = "FILE", default_value = "assets/npc.safetensors")]
    weights: PathBuf,
    /// Games a figure
    #[arg(long, value_name = "N", default_value_t = 200)]
    games: u64,
    /// The scripted player's skill
    #[arg(long, value_name = "S", default_value_t = 0.7)]
    skill: f64,
    /// First seed
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    first: u64,
    /// One JSON document on stdout
    #[arg(long)]
    json: bool,
}

/// Arguments of `eval dialogue`.
#[derive(Args, Debug)]
pub struct EvalDialogueArgs {
    /// Weight file
    #[arg(
        long,
        value_name = "FILE",
        default_value = "assets/dialogue.safetensors"
    )]
    weights: PathBuf,
    /// Folder with clinc150/ and snips/
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
}

/// Arguments of `eval level`.
#[derive(Args, Debug)]
pub struct EvalLevelArgs {
    /// Weight file; levels by rules where left out
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// By wave-function collapse instead (dungeons alone)
    #[arg(long, conflicts_with = "weights")]
    collapse: bool,
    /// Levels
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: usize,
    /// Gives out only what the skilled player beats, with its difficulty measured
    #[arg(long)]
    played: bool,
}

/// Arguments of `eval stories`.
#[derive(Args, Debug)]
pub struct EvalStoriesArgs {
    /// Stories
    #[arg(long, value_name = "N", default_value_t = 1000)]
    count: u64,
    /// First seed
    #[arg(long, value_name = "N", default_value_t = 3_000_000)]
    seed: u64,
}

fn usage(error: impl ToString) -> Failure {
    Failure::usage(error.to_string())
}

/// Shows a training's steps.
fn steps(bar: &Progress) -> impl FnMut(&nn::train::StepReport) -> bool + '_ {
    |report| {
        let text = format!("loss {:.4}", report.loss);
        bar.step(report.step, &text, report.step.is_multiple_of(100));
        true
    }
}

/// Trains the characters' network; the exit code.
pub fn train_npc(args: &GameFitArgs) -> Result<u8, Failure> {
    let started = std::time::Instant::now();
    let usual = npc::training::TrainOptions::new(&args.out("npc"), &args.work("npc"));
    let options = npc::training::TrainOptions {
        seed: args.seed,
        steps: args.steps.unwrap_or(usual.steps),
        resume: args.resume,
        ..usual
    };
    let done = npc::training::train(&options, &mut |progress| {
        if progress.done.is_multiple_of(100) || progress.done == progress.total {
            output::note(&format!(
                "{} {} of {} {}",
                progress.phase, progress.done, progress.total, progress.detail
            ));
        }
        true
    });
    done.map_err(usage)?;
    let about = [
        "network: game/npc/src/network.rs".to_owned(),
        format!(
            "data: games in generated arenas; {} games a round of imitation, {} rounds, then {} rounds of play",
            options.games, options.rounds, options.play_rounds
        ),
        format!("seed: {}; held-out levels start at 1 000 000", options.seed),
    ];
    card("npc", &about, &options.out, started)
}

/// Trains the network that understands what is said; the exit code.
pub fn train_dialogue(args: &TrainDialogueArgs) -> Result<u8, Failure> {
    let started = std::time::Instant::now();
    let count = args.fit.steps.unwrap_or(2400);
    let options = understanding_train::TrainOptions {
        sources: Sources::under(&args.data),
        seed: args.fit.seed,
        steps: count,
        resume: args.fit.resume,
        folder: args.fit.work("dialogue"),
        out: args.fit.out("dialogue"),
    };
    let bar = Progress::new(count);
    let trained = understanding_train::train(&options, &mut steps(&bar));
    bar.finish();
    trained.map_err(usage)?;
    let about = [
        "network: game/dialogue/src/understanding/network.rs".to_owned(),
        "data: CLINC150 (CC BY 3.0, Larson et al. 2019), SNIPS (CC0), phrases of a grammar of its own".to_owned(),
        format!("seed: {}", options.seed),
    ];
    card("dialogue", &about, &options.out, started)
}

/// Trains the network that draws levels; the exit code.
pub fn train_level(args: &TrainLevelArgs) -> Result<u8, Failure> {
    let started = std::time::Instant::now();
    let usual = level_training::TrainOptions::default();
    let options = level_training::TrainOptions {
        seed: args.fit.seed,
        levels: args.levels,
        boxoban: args.boxoban.clone(),
        steps: args.fit.steps.unwrap_or(usual.steps),
        resume: args.fit.resume,
        work: args.fit.work("level"),
        out: args.fit.out("level"),
        ..usual
    };
    let bar = Progress::new(options.steps);
    let trained = level_training::train(&options, &mut steps(&bar));
    bar.finish();
    trained.map_err(usage)?;
    let about = [
        "network: game/design/src/levels/network.rs".to_owned(),
        format!(
            "data: {} levels of the own rules, Boxoban (Apache-2.0) where it was given",
            options.levels
        ),
        format!("seed: {}", options.seed),
    ];
    card("level", &about, &options.out, started)
}

fn card(
    network: &str,
    about: &[String],
    weights: &Path,
    started: std::time::Instant,
) -> Result<u8, Failure> {
    super::train::write_card(network, about, weights, started)?;
    Ok(0)
}

/// How the characters' network plays; the exit code.
pub fn eval_npc(args: &EvalNpcArgs) -> Result<u8, Failure> {
    let options = npc::eval::EvalOptions {
        games: args.games,
        skill: args.skill,
        first: args.first,
    };
    let figures = npc::eval::measure(&args.weights, &options, &mut |what, done, of| {
        if done == of {
            output::note(what);
        }
        true
    });
    let figures = figures.map_err(usage)?;
    if args.json {
        output::json(&figures)?;
    } else {
        output::print(&format!("{figures}\n"));
    }
    Ok(0)
}

/// How much is understood; the exit code.
pub fn eval_dialogue(args: &EvalDialogueArgs) -> Result<u8, Failure> {
    let options = understanding_eval::EvalOptions {
        sources: Sources::under(&args.data),
        seed: 1,
        every: 1,
    };
    print(&understanding_eval::eval(&args.weights, &options).map_err(usage)?)
}

/// What generated levels are like; the exit code.
pub fn eval_level(args: &EvalLevelArgs) -> Result<u8, Failure> {
    let network = args
        .weights
        .as_deref()
        .map(LevelNetwork::load)
        .transpose()
        .map_err(usage)?;
    let corpus: Vec<Sketch> = level_training::by_rules(1_000_000, 3_000)
        .into_iter()
        .map(|example| example.sketch)
        .collect();
    let of_dungeons: Vec<&Sketch> = corpus
        .iter()
        .filter(|s| s.theme == Theme::Dungeon)
        .collect();
    let patterns = design::levels::wfc::Patterns::learn(&of_dungeons);
    let source = match &network {
        Some(network) => Source::Network(network),
        None if args.collapse => Source::Collapse(&patterns),
        None => Source::Rules,
    };
    let options = level_eval::EvalOptions {
        count: args.count,
        is_played: args.played,
        theme: args.collapse.then_some(Theme::Dungeon),
        ..level_eval::EvalOptions::default()
    };
    let bar = Progress::new(args.count as u64);
    let figures = level_eval::evaluate(&options, source, &corpus, &mut |done, _| {
        bar.step(done as u64, "levels", done.is_multiple_of(50));
    });
    bar.finish();
    print(&figures)
}

/// How many stories can be finished; the exit code.
pub fn eval_stories(args: &EvalStoriesArgs) -> Result<u8, Failure> {
    let options = design::stories::EvalOptions {
        count: args.count,
        first_seed: args.seed,
        ..design::stories::EvalOptions::default()
    };
    let bar = Progress::new(args.count);
    let figures = design::stories::eval(&options, &mut |done, figures| {
        let text = format!("{} finished", figures.finished);
        bar.step(done, &text, done.is_multiple_of(50));
    });
    bar.finish();
    print(&figures)
}

fn print(figures: &impl Serialize) -> Result<u8, Failure> {
    output::json(figures)?;
    Ok(0)
}
