//! `train planning` and `eval planning`.

mod data;
mod evaluate;

use std::path::Path;
use std::time::Instant;

use agents::planning::{Config, Network, PlanBatch, PlanSample, plan_loss};
use agents::systems::{PlanForward, PredictForward};
use nn::train::{StepReport, TrainConfig, Trainer};
use sim::message::{DetectionSet, TrackSet};
use sim::seed::{Draw, stream};
use sim::tick::{Pipeline, Stage};
use sim::world::SignalStates;
use tch::nn::VarStore;

pub use data::gather;
pub use evaluate::{RouteResult, Summary, drive_route, eval};

use super::traffic::{Drive, SimulatedTracker, odometry_of, sightings};
use super::{Report, TrainOptions};
use crate::run::RunError;

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

/// Trains the network on the expert's drives, and on the student's where `work` holds some.
///
/// # Errors
/// If data can't be read or weights can't be written.
pub fn train(options: &TrainOptions, report: Report) -> Result<(), RunError> {
    let internal = |e: &dyn std::fmt::Display| RunError::Internal(e.to_string());
    let started = Instant::now();
    nn::use_one_thread();
    let mut samples = gather(options, None, report)?;
    let student = options.work.join("student.safetensors");
    if student.exists() {
        samples.extend(data::restore(&student)?);
    }
    if samples.is_empty() {
        return Err(RunError::Usage(
            "nothing to learn from: give worlds".to_owned(),
        ));
    }
    let _generator = nn::device::seed(options.seed);
    let vs = VarStore::new(nn::device());
    let config = Config::default();
    let network = Network::new(&vs.root(), &config);
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
    let mut trainer = Trainer::new(&vs, settings, &options.work);
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
    trainer
        .save(&config, &options.out)
        .map_err(|e| internal(&e))?;
    Ok(())
}

/// The tick with both networks.
fn learned_pipeline(prediction: &Path, planning: &Path) -> Result<Pipeline, RunError> {
    let fault = |e: nn::WeightsError| RunError::Usage(e.to_string());
    let device = nn::device();
    Ok(Pipeline::new(vec![
        (
            Stage::PredictDecode,
            Box::new(PredictForward::load(prediction, device).map_err(fault)?),
        ),
        (
            Stage::PlanDecode,
            Box::new(PlanForward::load(planning, device).map_err(fault)?),
        ),
    ]))
}
