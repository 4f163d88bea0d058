//! Data of `train planning`: drives of the expert in generated traffic, as samples.

use std::path::Path;
use std::sync::Arc;

use agents::path::Projection;
use agents::planning::{Label, PlanInput, PlanMemory, PlanSample, encode, label_of};
use agents::prediction::encode as encode_prediction;
use agents::rules::idm::IdmParams;
use agents::systems::{PredictForward, expert_plan, modes_of};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use sim::actor::{ActorSpec, ActorState, Motion};
use sim::input::Limits;
use sim::math::{Pose, hypot};
use sim::message::{
    DetectionSet, DriverSpec, Odometry, Prediction, PredictionSet, TrackSet, Trajectory,
};
use sim::seed::{Draw, stream};
use sim::sensor::Rig;
use sim::tick::Pipeline;
use sim::world::SimWorld;

use super::{DT_S, PlanningOptions, ROUTE_M, learned_pipeline, sense};
use crate::run::RunError;
use crate::train::Report;
use crate::train::traffic::{
    Drive, Ground, SimulatedTracker, drive_on, give_eyes, odometry_of, retire,
};

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

/// How samples come about.
#[derive(Clone, Copy)]
pub(super) enum Lesson<'a> {
    /// The expert drives, is pushed off its line now and then, and tracks err as a tracker's do.
    Teacher,
    /// A student drives by its sensors; the expert says what it would have done (DAgger, Ross et
    /// al. 2011). So the errors of perception are those that the planner will meet.
    Student {
        /// The student's planning weights.
        weights: &'a Path,
    },
}

/// What a worker needs to drive.
struct Classroom {
    prediction: PredictForward,
    /// Of the student.
    pipeline: Pipeline,
    rig: Option<Arc<Rig>>,
}

impl Classroom {
    fn new(options: &PlanningOptions, lesson: Lesson) -> Result<Self, RunError> {
        let fault = |e: nn::WeightsError| RunError::Usage(e.to_string());
        let fit = &options.fit;
        let (pipeline, rig) = match lesson {
            Lesson::Teacher => (Pipeline::new(Vec::new()), None),
            Lesson::Student { weights } => (
                learned_pipeline(&fit.prediction, weights, Some(&options.eyes.perception))?,
                Some(Arc::new(Rig::load(&options.eyes.rig, &Limits::default())?)),
            ),
        };
        Ok(Self {
            prediction: PredictForward::load(&fit.prediction, nn::device()).map_err(fault)?,
            pipeline,
            rig,
        })
    }

    /// Samples of one drive.
    fn collect(&mut self, seed: u64) -> Result<Vec<PlanSample>, RunError> {
        let ground = Ground::of(seed)?;
        let driver = if self.rig.is_some() {
            DriverSpec::Learned
        } else {
            DriverSpec::Expert
        };
        let route_m = ROUTE_M + 200.0;
        let drive = drive_on(&ground, seed, DT_S, driver, Motion::Dynamic, route_m);
        let Some(mut drive) = drive else {
            return Ok(Vec::new());
        };
        if let Some(rig) = &self.rig {
            give_eyes(&mut drive, rig.clone());
        }
        let mut tracker = SimulatedTracker::new(seed);
        let mut rng = stream(seed, None, "disturbances");
        let mut samples = Vec::new();
        let mut memory = PlanMemory::default();
        for tick in 0..(DRIVE_S / DT_S) as u64 {
            let clock = drive.world.tick();
            let mut seen = None;
            if self.rig.is_none() {
                if clock.is_due(0.1) {
                    seen = sense(&mut drive, &mut tracker);
                }
                if tick % 70 == 69 && rng.chance(0.7) {
                    disturb(&mut drive.world, drive.ego, &mut rng);
                    seen = None;
                }
            }
            let instant = if clock.is_due(SAMPLE_S) {
                Instant::of(&mut drive)
            } else {
                None
            };
            if instant.as_ref().is_some_and(|i| i.is_at_end(&drive)) {
                break;
            }
            self.pipeline.tick(std::slice::from_mut(&mut drive.world));
            if let Some(instant) = instant {
                let seen = match seen {
                    Some((tracks, detections)) => {
                        let pose = &instant.odometry.pose;
                        let around = [pose.x_m, pose.y_m];
                        let lanes = &ground.lanes;
                        let predictions = predict(&self.prediction, &tracks, lanes, around);
                        Some((tracks, predictions, detections))
                    }
                    None if self.rig.is_some() => perceived(&mut drive),
                    None => None,
                };
                samples.extend(seen.and_then(|seen| instant.sample(&drive, &seen, &mut memory)));
            }
            if tick % 20 == 0 {
                retire(&mut drive.world, drive.ego);
            }
            if !drive.world.is_running() {
                break;
            }
        }
        Ok(samples)
    }
}

/// What the student's own perception and prediction made of the last tick.
fn perceived(drive: &mut Drive) -> Option<(TrackSet, PredictionSet, DetectionSet)> {
    let entity = drive.world.entity(drive.ego)?;
    let ecs = &drive.world.ecs;
    Some((
        ecs.get::<TrackSet>(entity)?.clone(),
        ecs.get::<PredictionSet>(entity)?.clone(),
        ecs.get::<DetectionSet>(entity)?.clone(),
    ))
}

/// Where the ego stands, and what the expert would do.
struct Instant {
    spec: Arc<ActorSpec>,
    odometry: Odometry,
    on: Projection,
    plan: Option<Trajectory>,
}

impl Instant {
    fn of(drive: &mut Drive) -> Option<Self> {
        let me = drive.world.snapshot().actor(drive.ego)?.clone();
        let odometry = odometry_of(&me, drive.world.tick().time_s());
        Some(Self {
            on: drive.path.project(odometry.pose.x_m, odometry.pose.y_m),
            plan: expert_plan(&mut drive.world, drive.ego, SAMPLE_S),
            spec: me.spec,
            odometry,
        })
    }

    /// Whether the expert may brake for the route's end, which the network is not told.
    fn is_at_end(&self, drive: &Drive) -> bool {
        let left_m = drive.path.length_m() - self.on.station_m;
        left_m < 20.0 + 6.0 * self.odometry.speed_mps.max(0.0)
    }

    fn sample(
        &self,
        drive: &Drive,
        (tracks, predictions, detections): &(TrackSet, PredictionSet, DetectionSet),
        memory: &mut PlanMemory,
    ) -> Option<PlanSample> {
        let mut input = PlanInput {
            odometry: self.odometry,
            spec: &self.spec,
            tracks,
            predictions,
            signals: &detections.signals,
            path: &drive.path,
            station_m: self.on.station_m,
            lateral_m: self.on.lateral_m,
            stopped_at_m: memory.stopped_at_m,
        };
        memory.update(&input);
        input.stopped_at_m = memory.stopped_at_m;
        let points = &self.plan.as_ref()?.points;
        Some(PlanSample {
            label: label_of(points, &drive.path, self.on.station_m)?,
            values: encode(&input, &IdmParams::default()),
        })
    }
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

fn restore(path: &Path) -> Result<Vec<PlanSample>, RunError> {
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

/// Worlds that are driven at once, and after which the samples are stored.
const CHUNK: u64 = 16;

/// Samples of drives in `worlds` worlds from `first_seed` on; kept in a file, and read from it where it
/// is there already.
///
/// # Errors
/// If maps or weights don't load, or the file can't be written.
pub(super) fn gather(
    options: &PlanningOptions,
    lesson: Lesson,
    (first_seed, worlds): (u64, u64),
    path: &Path,
    report: Report,
) -> Result<Vec<PlanSample>, RunError> {
    if options.fit.resume && path.exists() {
        return restore(path);
    }
    let mut samples = Vec::new();
    let mut done = 0;
    while done < worlds {
        let end = (done + CHUNK).min(worlds);
        let drives: Vec<Result<Vec<PlanSample>, RunError>> = (done..end)
            .into_par_iter()
            .map(|i| {
                nn::use_one_thread();
                Classroom::new(options, lesson)?.collect(first_seed + i)
            })
            .collect();
        for drive in drives {
            samples.extend(drive?);
        }
        done = end;
        report(
            "driving",
            done,
            worlds,
            &format!("{} samples", samples.len()),
        );
    }
    if !samples.is_empty() {
        store(&samples, path)?;
    }
    Ok(samples)
}
