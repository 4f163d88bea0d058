//! `train planning` and `eval planning`.

mod data;
mod evaluate;

use std::path::{Path, PathBuf};
use std::time::Instant;

use agents::planning::{Config, Network, PlanBatch, PlanSample, plan_loss};
use agents::systems::{PlanForward, PredictForward};
use nn::train::{StepReport, TrainConfig, Trainer};
use perception::PerceptionForward;
use sim::message::{DetectionSet, TrackSet};
use sim::seed::{Draw, stream};
use sim::tick::{Pipeline, Stage};
use sim::world::SignalStates;
use tch::nn::VarStore;

use data::Lesson;
pub use evaluate::{EvalOptions, FIRST_SEED, RouteResult, Summary, drive_route, eval};

use super::traffic::{Drive, SimulatedTracker, odometry_of, sightings};
use super::{Report, TrainOptions};
use crate::run::{ForwardStep, RunError};

/// Tick of training and measuring drives, seconds.
const DT_S: f64 = 0.05;
/// Length of a route, metres.
const ROUTE_M: f64 = 400.0;
/// Plans of a batch.
const BATCH: usize = 64;

/// What the ego would know of an instant by perception: odometry, tracks, lights.
fn sense(drive: &mut Drive, tracker: &mut SimulatedTracker) -> Option<(TrackSet, DetectionSet)> {
    let time_s = drive.world.tick().time_s();
    let snapshot = drive.world.snapshot();
    let me = snapshot.actor(drive.ego)?;
    let odometry = odometry_of(me, time_s);
    let tracks = tracker.observe(&snapshot.actors, drive.ego, time_s);
    let on = drive.path.project(odometry.pose.x_m, odometry.pose.y_m);
    let states = drive.world.ecs.resource::<SignalStates>();
    let detections = DetectionSet {
        time_s,
        signals: sightings(&drive.path, on.station_m, states),
        ..DetectionSet::default()
    };
    let entity = drive.world.entity(drive.ego)?;
    let mut entity = drive.world.ecs.entity_mut(entity);
    entity.insert((odometry, tracks.clone(), detections.clone()));
    Some((tracks, detections))
}

/// What a driver sees by.
#[derive(Clone, Debug)]
pub struct Eyes {
    /// Perception weights.
    pub perception: PathBuf,
    /// Sensor rig.
    pub rig: PathBuf,
}

/// Options of `train planning`.
#[derive(Clone, Debug)]
pub struct PlanningOptions {
    /// Seed, steps, worlds that the expert drives in, files.
    pub fit: TrainOptions,
    /// Rounds in which the network drives and the expert corrects it.
    pub rounds: u64,
    /// Worlds of each of those.
    pub student_worlds: u64,
    /// What the student sees by.
    pub eyes: Eyes,
}

/// Trains the network on the expert's drives; then, round by round, on what the expert would have done
/// where the network drove.
///
/// # Errors
/// If data can't be read or weights can't be written.
pub fn train(options: &PlanningOptions, report: Report) -> Result<(), RunError> {
    let started = Instant::now();
    let fit_options = &options.fit;
    let work = &fit_options.work;
    // Worlds below the held-out ones, other ones for each round.
    let first_seed = (fit_options.seed * 1_009) % 4_000;
    let expert = (first_seed, fit_options.worlds);
    let path = work.join("expert.safetensors");
    let mut samples = data::gather(options, Lesson::Teacher, expert, &path, report)?;
    for round in 0..=options.rounds {
        let folder = work.join(format!("round-{round}"));
        let is_last = round == options.rounds;
        let weights = if is_last {
            fit_options.out.clone()
        } else {
            folder.join("planning.safetensors")
        };
        if is_last || !(fit_options.resume && weights.exists()) {
            fit(options, &samples, &folder, &weights, started, report)?;
        }
        if is_last {
            break;
        }
        let lesson = Lesson::Student { weights: &weights };
        let worlds = (
            5_000 + 1_000 * round + first_seed % 1_000,
            options.student_worlds,
        );
        let path = work.join(format!("student-{round}.safetensors"));
        samples.extend(data::gather(options, lesson, worlds, &path, report)?);
    }
    Ok(())
}

/// One training from fresh weights, to a weight file.
fn fit(
    options: &PlanningOptions,
    samples: &[PlanSample],
    folder: &Path,
    out: &Path,
    started: Instant,
    report: Report,
) -> Result<(), RunError> {
    let internal = |e: &dyn std::fmt::Display| RunError::Internal(e.to_string());
    let options = &options.fit;
    if samples.is_empty() {
        return Err(RunError::Usage(
            "nothing to learn from: give worlds".to_owned(),
        ));
    }
    nn::use_one_thread();
    let generator = nn::device::seed(options.seed);
    let vs = VarStore::new(nn::device());
    let config = Config::default();
    let network = Network::new(&vs.root(), &config);
    drop(generator);
    let settings = TrainConfig {
        network: "planning".to_owned(),
        steps: options.steps,
        learning_rate: 1e-3,
        warmup_steps: 100,
        weight_decay: 1e-2,
        clip_norm: 1.0,
        ema_decay: 0.995,
        checkpoint_every: 250,
    };
    let mut trainer = Trainer::new(&vs, settings, folder);
    if options.resume {
        trainer.resume().map_err(|e| internal(&e))?;
    }
    let limit = options.minutes.map(|m| m * 60.0);
    let mut show = |r: &StepReport| {
        let hit = r.parts.get(1).map_or(0.0, |p| p.1);
        report(
            "training",
            r.step,
            r.steps,
            &format!("loss {:.4} hit {hit:.2}", r.loss),
        );
        limit.is_none_or(|l| started.elapsed().as_secs_f64() < l)
    };
    trainer
        .run(&mut show, |step| {
            let mut rng = stream(
                options.seed.wrapping_add(step << 20),
                None,
                "planning batch",
            );
            let picked: Vec<&PlanSample> = (0..BATCH)
                .map(|_| &samples[rng.index(samples.len())])
                .collect();
            plan_loss(&network, &PlanBatch::of(&picked, vs.device()))
        })
        .map_err(|e| internal(&e))?;
    trainer.save(&config, out).map_err(|e| internal(&e))?;
    Ok(())
}

/// The tick with the networks of prediction and planning, and of perception where it is given.
fn learned_pipeline(
    prediction: &Path,
    planning: &Path,
    perception: Option<&Path>,
) -> Result<Pipeline, RunError> {
    let fault = |e: nn::WeightsError| RunError::Usage(e.to_string());
    let device = nn::device();
    let mut forwards: Vec<ForwardStep> = Vec::new();
    if let Some(weights) = perception {
        let forward = PerceptionForward::load(weights).map_err(fault)?;
        forwards.push((Stage::PerceiveDecode, Box::new(forward)));
    }
    forwards.push((
        Stage::PredictDecode,
        Box::new(PredictForward::load(prediction, device).map_err(fault)?),
    ));
    forwards.push((
        Stage::PlanDecode,
        Box::new(PlanForward::load(planning, device).map_err(fault)?),
    ));
    Ok(Pipeline::new(forwards))
}
