//! `train prediction` and `eval prediction`.

use std::path::Path;
use std::time::Instant;

use agents::data::{Clip, NgsimSplit, Noise, load_ngsim};
use agents::prediction::{Config, Network, Scores, Source, batch_of, evaluate, loss};
use nn::train::{StepReport, TrainConfig, Trainer};
use rayon::prelude::*;
use serde::Serialize;
use sim::actor::Motion;
use sim::message::DriverSpec;
use sim::tick::Pipeline;
use tch::nn::VarStore;

use super::traffic::{Ground, Recorder, drive_on, retire};
use super::{HELD_OUT_SEED, Report, TrainOptions};
use crate::run::RunError;

/// Length of a recorded clip, seconds, and of a tick of it.
const CLIP_S: f64 = 45.0;
const DT_S: f64 = 0.05;
/// Targets of a batch.
const BATCH: usize = 96;

/// Records the traffic of one generated world.
///
/// # Errors
/// If the generated map does not load.
pub fn record(seed: u64) -> Result<Option<Clip>, RunError> {
    let ground = Ground::of(seed)?;
    let drive = drive_on(
        &ground,
        seed,
        DT_S,
        DriverSpec::Idm,
        Motion::Kinematic,
        800.0,
    );
    let Some(drive) = drive else { return Ok(None) };
    let mut worlds = [drive.world];
    let mut pipeline = Pipeline::new(Vec::new());
    let mut recorder = Recorder::default();
    let every = (0.1 / DT_S).round() as u64;
    // Everybody settles for 3 s first.
    let settle = (3.0 / DT_S) as u64;
    for tick in 0..(CLIP_S / DT_S) as u64 {
        if tick >= settle && tick.is_multiple_of(every) {
            let step = ((tick - settle) / every) as usize;
            recorder.add(step, &worlds[0].snapshot().actors);
        }
        pipeline.tick(&mut worlds);
        if tick % 20 == 0 {
            retire(&mut worlds[0], drive.ego);
        }
    }
    Ok(Some(recorder.finish(&ground, seed)))
}

/// Records worlds of seeds from `first` on.
fn record_all(first: u64, count: u64, report: Report) -> Result<Vec<Clip>, RunError> {
    let mut clips = Vec::new();
    let mut done = 0;
    while done < count {
        let end = (done + 4).min(count);
        let chunk: Vec<Result<Option<Clip>, RunError>> = (done..end)
            .into_par_iter()
            .map(|i| record(first + i))
            .collect();
        for recorded in chunk {
            clips.extend(recorded?);
        }
        done = end;
        report("recording", done, count, "");
    }
    Ok(clips)
}

/// Trains the network; the sources are generated traffic and, where it is there, NGSIM.
///
/// # Errors
/// If data can't be read or weights can't be written.
pub fn train(options: &TrainOptions, report: Report) -> Result<(), RunError> {
    let internal = |e: &dyn std::fmt::Display| RunError::Internal(e.to_string());
    let started = Instant::now();
    let recorded = match &options.ngsim {
        Some(folder) => Source::new(load_ngsim(folder, NgsimSplit::Training)?),
        None => Source::new(Vec::new()),
    };
    let first = (options.seed * 997) % 5_000;
    let generated = Source::new(record_all(first, options.worlds, report)?);
    let shares: Vec<(&Source, f64)> = match (recorded.is_empty(), generated.is_empty()) {
        (false, false) => vec![(&recorded, 0.5), (&generated, 0.5)],
        (false, true) => vec![(&recorded, 1.0)],
        (true, false) => vec![(&generated, 1.0)],
        (true, true) => {
            return Err(RunError::Usage(
                "nothing to learn from: give worlds or NGSIM".to_owned(),
            ));
        }
    };
    nn::use_one_thread();
    let _generator = nn::device::seed(options.seed);
    let vs = VarStore::new(nn::device());
    let config = Config::default();
    let network = Network::new(&vs.root(), &config);
    let settings = TrainConfig {
        network: "prediction".to_owned(),
        steps: options.steps,
        learning_rate: 1e-3,
        warmup_steps: 200,
        weight_decay: 1e-3,
        clip_norm: 1.0,
        ema_decay: 0.998,
        checkpoint_every: 250,
    };
    let mut trainer = Trainer::new(&vs, settings, &options.work);
    if options.resume {
        trainer.resume().map_err(|e| internal(&e))?;
    }
    let device = vs.device();
    let limit = options.minutes.map(|m| m * 60.0);
    let mut show = |r: &StepReport| {
        let ade = r.parts.first().map_or(0.0, |p| p.1);
        report(
            "training",
            r.step,
            r.steps,
            &format!("loss {:.4} minADE {ade:.3} m", r.loss),
        );
        limit.is_none_or(|l| started.elapsed().as_secs_f64() < l)
    };
    trainer
        .run(&mut show, |step| {
            let batch = batch_of(&shares, BATCH, options.seed, step, device);
            let share_of_all = if step < 1500 { 0.1 } else { 0.01 };
            match batch {
                Some(batch) => loss(&network, &batch, share_of_all),
                None => nn::train::Loss {
                    total: tch::Tensor::from(f32::NAN),
                    parts: Vec::new(),
                },
            }
        })
        .map_err(|e| internal(&e))?;
    trainer
        .save(&config, &options.out)
        .map_err(|e| internal(&e))?;
    Ok(())
}

/// One row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// What it was measured on.
    pub data: String,
    /// How the tracks err: `none` or `tracker`.
    pub noise: String,
    /// Windows.
    pub windows: usize,
    /// Least average displacement of the futures, metres.
    pub min_ade_m: f64,
    /// Least final displacement, metres.
    pub min_fde_m: f64,
    /// Average displacement of the most probable future, metres.
    pub top_ade_m: f64,
    /// Average displacement of constant velocity, metres.
    pub constant_velocity_ade_m: f64,
    /// Share by which `min_ade_m` is below that.
    pub gain: f64,
    /// Share of windows whose least final displacement exceeds 2 m.
    pub miss_rate: f64,
}

/// Measures weights on held-out generated traffic and, where it is there, on held-out NGSIM maps.
///
/// # Errors
/// If weights or data can't be read.
pub fn eval(
    weights: &Path,
    ngsim: Option<&Path>,
    worlds: u64,
    report: Report,
) -> Result<Vec<Row>, RunError> {
    let fault = |e: nn::WeightsError| RunError::Usage(e.to_string());
    nn::use_one_thread();
    let config: Config = nn::weights::read_config(weights, "prediction").map_err(fault)?;
    let mut vs = VarStore::new(nn::device());
    let network = Network::new(&vs.root(), &config);
    nn::load(&mut vs, "prediction", weights).map_err(fault)?;
    let mut rows = Vec::new();
    let mut add = |data: &str, clips: &[Clip]| {
        for (name, noise) in [("none", Noise::NONE), ("tracker", Noise::TRACKER)] {
            let s: Scores = evaluate(&network, clips, &noise, vs.device());
            rows.push(Row {
                data: data.to_owned(),
                noise: name.to_owned(),
                windows: s.windows,
                min_ade_m: s.min_ade_m,
                min_fde_m: s.min_fde_m,
                top_ade_m: s.top_ade_m,
                constant_velocity_ade_m: s.constant_velocity_ade_m,
                gain: s.gain(),
                miss_rate: s.miss_rate,
            });
        }
    };
    if let Some(folder) = ngsim {
        let clips = load_ngsim(folder, NgsimSplit::HeldOut)?;
        for area in ["USA_Lanker", "USA_Peach", "USA_US101"] {
            let here: Vec<Clip> = clips
                .iter()
                .filter(|c| c.map.starts_with(area))
                .cloned()
                .collect();
            if !here.is_empty() {
                add(&format!("NGSIM held-out {area}"), &here);
            }
        }
    }
    if worlds > 0 {
        let clips = record_all(HELD_OUT_SEED, worlds, report)?;
        add("generated held-out", &clips);
    }
    Ok(rows)
}
