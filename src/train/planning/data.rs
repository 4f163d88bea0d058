//! Data of `train planning`: drives of the expert in generated traffic, as samples.

use std::path::Path;

use agents::planning::{Label, PlanInput, PlanSample, encode, label_of};
use agents::prediction::encode as encode_prediction;
use agents::rules::idm::IdmParams;
use agents::systems::{PredictForward, expert_plan, modes_of};
use rand_chacha::ChaCha8Rng;
use sim::actor::{ActorState, Motion};
use sim::math::{Pose, hypot};
use sim::message::{DriverSpec, Prediction, PredictionSet, TrackSet};
use sim::seed::{Draw, stream};
use sim::tick::Pipeline;
use sim::world::SimWorld;

use super::{DT_S, ROUTE_M, learned_pipeline, sense};
use crate::run::RunError;
use crate::train::traffic::{Ground, SimulatedTracker, drive_on, odometry_of, retire};
use crate::train::{Report, TrainOptions};

/// Length of a training drive, seconds.
const DRIVE_S: f64 = 50.0;
/// Time between samples, seconds.
const SAMPLE_S: f64 = 0.4;

/// Predictions of all tracks.
fn predict(
    forward: &PredictForward,
    tracks: &TrackSet,
    lanes: &agents::prediction::LaneMap,
    around: [f64; 2],
) -> PredictionSet {
    let mut near: Vec<usize> = (0..tracks.tracks.len()).collect();
    let distance = |i: &usize| {
        let p = tracks.tracks[*i].position_m;
        hypot(p[0] - around[0], p[1] - around[1])
    };
    near.sort_by(|a, b| distance(a).total_cmp(&distance(b)).then(a.cmp(b)));
    near.truncate(16);
    near.sort_unstable();
    let features: Vec<_> = near
        .iter()
        .map(|i| encode_prediction(&tracks.tracks, *i, tracks.time_s, lanes))
        .collect();
    let outputs = forward.run(&features.iter().collect::<Vec<_>>());
    let predictions = near
        .iter()
        .zip(features.iter().zip(outputs))
        .map(|(i, (features, (positions, logits)))| Prediction {
            track_id: tracks.tracks[*i].id,
            modes: modes_of(features, &positions, &logits),
        })
        .collect();
    PredictionSet {
        time_s: tracks.time_s,
        step_s: agents::prediction::STEP_S,
        predictions,
    }
}

/// Pushes the ego off its line, so that the student also sees how to come back.
fn disturb(world: &mut SimWorld, ego: sim::actor::ActorId, rng: &mut ChaCha8Rng) {
    let Some(entity) = world.entity(ego) else {
        return;
    };
    if let Some(mut state) = world.ecs.get_mut::<ActorState>(entity) {
        let pose = state.pose;
        let (x, y) = pose.to_world_xy(0.0, rng.normal(0.35));
        let moved = Pose {
            x_m: x,
            y_m: y,
            yaw_rad: pose.yaw_rad + rng.normal(0.04),
            ..pose
        };
        // At times nearly to rest, so that it also learns to get going again.
        let share = if rng.chance(0.3) {
            rng.uniform(0.0, 0.6)
        } else {
            rng.uniform(0.6, 1.15)
        };
        *state = ActorState::at(moved, state.speed_mps * share);
    }
    world.refresh_snapshot();
}

/// Samples of one drive. The expert drives and is disturbed now and then; with `student` the student
/// drives and the expert says what it would have done (DAgger, Ross et al. 2011).
fn collect(
    seed: u64,
    prediction: &PredictForward,
    student: Option<&mut Pipeline>,
) -> Result<Vec<PlanSample>, RunError> {
    let ground = Ground::of(seed)?;
    let driver = if student.is_some() {
        DriverSpec::Learned
    } else {
        DriverSpec::Expert
    };
    let drive = drive_on(
        &ground,
        seed,
        DT_S,
        driver,
        Motion::Dynamic,
        ROUTE_M + 200.0,
    );
    let Some(mut drive) = drive else {
        return Ok(Vec::new());
    };
    let teaches = student.is_none();
    let mut own = Pipeline::new(Vec::new());
    let pipeline = match student {
        Some(pipeline) => pipeline,
        None => &mut own,
    };
    let mut tracker = SimulatedTracker::new(seed);
    let mut rng = stream(seed, None, "disturbances");
    let params = IdmParams::default();
    let mut samples = Vec::new();
    let mut stopped_at_m = None;
    for tick in 0..(DRIVE_S / DT_S) as u64 {
        let clock = drive.world.tick();
        let sensed = if clock.is_due(0.1) {
            sense(&mut drive, &mut tracker)
        } else {
            None
        };
        if teaches && tick % 70 == 69 && rng.chance(0.7) {
            disturb(&mut drive.world, drive.ego, &mut rng);
        } else if let Some((tracks, detections)) = sensed.filter(|_| clock.is_due(SAMPLE_S)) {
            let Some(me) = drive.world.snapshot().actor(drive.ego).cloned() else {
                break;
            };
            let odometry = odometry_of(&me, clock.time_s());
            let on = drive.path.project(odometry.pose.x_m, odometry.pose.y_m);
            if on.station_m + 12.0 > drive.path.length_m() {
                break;
            }
            let plan = expert_plan(&mut drive.world, drive.ego, SAMPLE_S);
            let around = [odometry.pose.x_m, odometry.pose.y_m];
            let predictions = predict(prediction, &tracks, &ground.lanes, around);
            let mut memory = agents::planning::PlanMemory {
                stopped_at_m,
                ..Default::default()
            };
            let mut input = PlanInput {
                odometry,
                spec: &me.spec,
                tracks: &tracks,
                predictions: &predictions,
                signals: &detections.signals,
                path: &drive.path,
                station_m: on.station_m,
                lateral_m: on.lateral_m,
                stopped_at_m,
            };
            memory.update(&input);
            stopped_at_m = memory.stopped_at_m;
            input.stopped_at_m = stopped_at_m;
            let label = plan.and_then(|p| label_of(&p.points, &drive.path, on.station_m));
            if let Some(label) = label {
                let values = encode(&input, &params);
                samples.push(PlanSample { values, label });
            }
        }
        pipeline.tick(std::slice::from_mut(&mut drive.world));
        if tick % 20 == 0 {
            retire(&mut drive.world, drive.ego);
        }
        if !drive.world.is_running() {
            break;
        }
    }
    Ok(samples)
}

/// Keeps samples as tensors in a file, so that a resumed training need not drive again.
fn store(samples: &[PlanSample], path: &Path) -> Result<(), RunError> {
    let n = samples.len() as i64;
    let tensor = |f: &dyn Fn(&PlanSample) -> Vec<f32>| {
        let all: Vec<f32> = samples.iter().flat_map(f).collect();
        tch::Tensor::from_slice(&all).reshape([n, -1])
    };
    let tensors = vec![
        ("values".to_owned(), tensor(&|s| s.values.clone())),
        ("run".to_owned(), tensor(&|s| s.label.run_m.clone())),
        (
            "start".to_owned(),
            tensor(&|s| vec![s.label.offset_m, s.label.speed_mps]),
        ),
    ];
    nn::weights::save_tensors(&tensors, "planning data", &n, path)
        .map(|_| ())
        .map_err(|e| RunError::Internal(e.to_string()))
}

pub(super) fn restore(path: &Path) -> Result<Vec<PlanSample>, RunError> {
    let fault = |e: nn::WeightsError| RunError::Usage(e.to_string());
    let (_, shapes) = nn::weights::inspect(path).map_err(fault)?;
    let wanted = shapes
        .into_iter()
        .map(|(name, shape)| (name, shape.into_iter().map(|n| n as i64).collect()))
        .collect();
    let (_, mut tensors) =
        nn::weights::load_tensors(path, "planning data", &wanted).map_err(fault)?;
    let mut rows = |name: &str| -> Vec<Vec<f32>> {
        let Some(tensor) = tensors.remove(name) else {
            return Vec::new();
        };
        let width = tensor.size().get(1).copied().unwrap_or(1).max(1) as usize;
        let all: Vec<f32> = tensor.flatten(0, -1).try_into().unwrap_or_default();
        all.chunks(width).map(<[f32]>::to_vec).collect()
    };
    let (values, run, start) = (rows("values"), rows("run"), rows("start"));
    Ok(values
        .into_iter()
        .zip(run.into_iter().zip(start))
        .filter_map(|(values, (run_m, start))| {
            let [offset_m, speed_mps] = start.try_into().ok()?;
            let label = Label {
                run_m,
                offset_m,
                speed_mps,
            };
            Some(PlanSample { values, label })
        })
        .collect())
}

/// Drives of the expert (and of `student` weights, where given) as samples; kept in `work`.
///
/// # Errors
/// If maps or weights don't load.
pub fn gather(
    options: &TrainOptions,
    student: Option<&Path>,
    report: Report,
) -> Result<Vec<PlanSample>, RunError> {
    let fault = |e: nn::WeightsError| RunError::Usage(e.to_string());
    let name = if student.is_some() {
        "student.safetensors"
    } else {
        "expert.safetensors"
    };
    let path = options.work.join(name);
    if options.resume && path.exists() {
        return restore(&path);
    }
    let device = nn::device();
    let prediction = PredictForward::load(&options.prediction, device).map_err(fault)?;
    let mut pipeline = match student {
        Some(weights) => Some(learned_pipeline(&options.prediction, weights)?),
        None => None,
    };
    // Other worlds for the student than for the expert.
    let first = (options.seed * 1_009) % 4_000 + if student.is_some() { 5_000 } else { 0 };
    let mut samples = Vec::new();
    for i in 0..options.worlds {
        samples.extend(collect(first + i, &prediction, pipeline.as_mut())?);
        report(
            "driving",
            i + 1,
            options.worlds,
            &format!("{} samples", samples.len()),
        );
        // Now and then, so that a broken-off run leaves what it has.
        if !samples.is_empty() && (i % 8 == 7 || i + 1 == options.worlds) {
            store(&samples, &path)?;
        }
    }

    Ok(samples)
}
