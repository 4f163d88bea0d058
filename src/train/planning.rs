//! `train planning` and `eval planning`.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Instant;

use agents::footprint::Footprint;
use agents::planning::{
    Config, Label, Network, PlanBatch, PlanInput, PlanSample, encode, label_of, plan_loss,
};
use agents::prediction::encode as encode_prediction;
use agents::rules::idm::IdmParams;
use agents::systems::{PlanForward, PredictForward, expert_plan, modes_of};
use nn::train::{StepReport, TrainConfig, Trainer};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use sim::actor::{ActorState, Motion};
use sim::math::{Pose, hypot};
use sim::message::{DetectionSet, DriverSpec, Prediction, PredictionSet, TrackSet};
use sim::seed::{Draw, stream};
use sim::tick::{Pipeline, Stage};
use sim::world::{ActorSnapshot, SignalStates, SimWorld};
use tch::nn::VarStore;

use super::traffic::{Drive, Ground, SimulatedTracker, drive_on, odometry_of, retire, sightings};
use super::{HELD_OUT_SEED, Report, TrainOptions};
use crate::run::RunError;

/// Tick of training and measuring drives, seconds.
const DT_S: f64 = 0.05;
/// Length of a training drive, seconds.
const DRIVE_S: f64 = 50.0;
/// Time between samples, seconds.
const SAMPLE_S: f64 = 0.4;
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
        *state = ActorState::at(moved, state.speed_mps * rng.uniform(0.6, 1.15));
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
        Motion::Kinematic,
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
        samples.extend(restore(&student)?);
    }
    if samples.is_empty() {
        return Err(RunError::Usage(
            "nothing to learn from: give worlds".to_owned(),
        ));
    }
    nn::device::seed(options.seed);
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

/// How one route went.
#[derive(Clone, Debug, Serialize)]
pub struct RouteResult {
    /// Seed of map and traffic.
    pub seed: u64,
    /// Kind of the map.
    pub map: String,
    /// Driver.
    pub driver: String,
    /// Length, metres.
    pub route_m: f64,
    /// Share of it that was driven.
    pub progress: f64,
    /// Whether it was driven to its end.
    pub completed: bool,
    /// Contacts that the ego is to blame for.
    pub at_fault: usize,
    /// Contacts that others are to blame for.
    pub not_at_fault: usize,
    /// Lines of red lights passed.
    pub red_lights: usize,
    /// Simulated time, seconds.
    pub time_s: f64,
    /// Largest distance from the route, metres.
    pub off_m: f64,
    /// What happened at contacts.
    pub notes: Vec<String>,
}

/// Drives one route with a driver; `None` where the map has no route long enough.
///
/// # Errors
/// If the map does not load.
pub fn drive_route(
    seed: u64,
    driver: DriverSpec,
    pipeline: &mut Pipeline,
) -> Result<Option<RouteResult>, RunError> {
    let ground = Ground::of(seed)?;
    let drive = drive_on(&ground, seed, DT_S, driver, Motion::Kinematic, ROUTE_M);
    let Some(mut drive) = drive else {
        return Ok(None);
    };
    let mut tracker = SimulatedTracker::new(seed);
    // Generous: 3.5 m/s on average and the waits at lights.
    let most_s = 60.0 + drive.path.length_m() / 3.5;
    let mut result = RouteResult {
        seed,
        map: ground.kind.name().to_owned(),
        driver: format!("{driver:?}").to_lowercase(),
        route_m: drive.path.length_m(),
        progress: 0.0,
        completed: false,
        at_fault: 0,
        not_at_fault: 0,
        red_lights: 0,
        time_s: 0.0,
        off_m: 0.0,
        notes: Vec::new(),
    };
    let mut touching: BTreeMap<u32, bool> = BTreeMap::new();
    let mut station = 0.0;
    let mut front_before = f64::MAX;
    while drive.world.tick().time_s() < most_s && drive.world.is_running() {
        if drive.world.tick().is_due(0.1) {
            sense(&mut drive, &mut tracker);
        }
        pipeline.tick(std::slice::from_mut(&mut drive.world));
        let snapshot = drive.world.snapshot();
        let Some(me) = snapshot.actor(drive.ego) else {
            break;
        };
        let on = drive
            .path
            .project_near(me.state.pose.x_m, me.state.pose.y_m, station);
        station = on.station_m;
        result.off_m = result.off_m.max(on.lateral_m.abs());
        let b = &me.spec.bounding_box;
        let front = station + b.center_x_m + b.length_m / 2.0;
        let states = drive.world.ecs.resource::<SignalStates>();
        for signal in &drive.path.signals {
            let passed = front_before < signal.stop_m + 0.5 && front >= signal.stop_m + 0.5;
            let red = states.phase(&signal.id) == sim::world::SignalPhase::Red;
            if passed && red && me.state.speed_mps > 0.5 {
                result.red_lights += 1;
            }
        }
        front_before = front;
        for other in snapshot.actors.iter().filter(|a| a.id != drive.ego) {
            let touches = touch(me, other);
            let was = touching.insert(other.id.0, touches).unwrap_or(false);
            if touches && !was {
                let blame = is_at_fault(me, other);
                result.at_fault += usize::from(blame);
                result.not_at_fault += usize::from(!blame);
                result.notes.push(format!(
                    "{} {} at {:.1} s, station {station:.0}: speeds {:.1} and {:.1}",
                    if blame { "hit" } else { "was hit by" },
                    other.spec.name,
                    snapshot.time_s,
                    me.state.speed_mps,
                    other.state.speed_mps
                ));
            }
        }
        result.progress = (front + 5.0) / drive.path.length_m();
        result.time_s = snapshot.time_s;
        if result.progress >= 1.0 {
            result.completed = true;
            break;
        }
        if drive.world.tick().index % 20 == 0 {
            retire(&mut drive.world, drive.ego);
        }
    }
    result.progress = result.progress.clamp(0.0, 1.0);
    Ok(Some(result))
}

fn touch(a: &ActorSnapshot, b: &ActorSnapshot) -> bool {
    let far = a.spec.bounding_box.length_m + b.spec.bounding_box.length_m + 3.0;
    let (p, q) = (a.center_xy(), b.center_xy());
    hypot(p.0 - q.0, p.1 - q.1) < far
        && Footprint::of(&a.state.pose, &a.spec.bounding_box)
            .overlaps(&Footprint::of(&b.state.pose, &b.spec.bounding_box))
}

/// The ego is to blame unless it stood, or the other one ran into its rear.
fn is_at_fault(me: &ActorSnapshot, other: &ActorSnapshot) -> bool {
    if me.state.speed_mps.abs() < 0.3 {
        return false;
    }
    let (x, y) = other.center_xy();
    let (forward, _) = me.state.pose.to_local_xy(x, y);
    let b = &me.spec.bounding_box;
    let rear = b.center_x_m - b.length_m / 2.0;
    !(forward < rear + 0.2 && other.state.speed_mps > me.state.speed_mps)
}

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Driver.
    pub driver: String,
    /// Routes.
    pub routes: usize,
    /// Routes driven to the end.
    pub completed: usize,
    /// Routes with a contact that the ego is to blame for.
    pub with_at_fault: usize,
    /// Routes with another contact.
    pub with_other_contact: usize,
    /// Red lights passed.
    pub red_lights: usize,
    /// Mean share driven.
    pub progress: f64,
    /// Mean speed over the routes, m/s.
    pub speed_mps: f64,
}

/// Drives the held-out routes with each driver.
///
/// # Errors
/// If weights or maps don't load.
pub fn eval(
    planning: &Path,
    prediction: &Path,
    routes: usize,
    drivers: &[DriverSpec],
    report: Report,
) -> Result<(Vec<Summary>, Vec<RouteResult>), RunError> {
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for driver in drivers {
        let mut pipeline = match driver {
            DriverSpec::Learned => learned_pipeline(prediction, planning)?,
            _ => Pipeline::new(Vec::new()),
        };
        let mut results = Vec::new();
        let mut seed = HELD_OUT_SEED;
        while results.len() < routes && seed < HELD_OUT_SEED + 4 * routes as u64 {
            if let Some(result) = drive_route(seed, *driver, &mut pipeline)? {
                let line = format!("{result:?}");
                results.push(result);
                report("driving", results.len() as u64, routes as u64, &line);
            }
            seed += 1;
        }
        let n = results.len().max(1) as f64;
        let meters: f64 = results.iter().map(|r| r.progress * r.route_m).sum();
        let seconds: f64 = results.iter().map(|r| r.time_s).sum();
        rows.push(Summary {
            driver: format!("{driver:?}").to_lowercase(),
            routes: results.len(),
            completed: results.iter().filter(|r| r.completed).count(),
            with_at_fault: results.iter().filter(|r| r.at_fault > 0).count(),
            with_other_contact: results.iter().filter(|r| r.not_at_fault > 0).count(),
            red_lights: results.iter().map(|r| r.red_lights).sum(),
            progress: results.iter().map(|r| r.progress).sum::<f64>() / n,
            speed_mps: meters / seconds.max(1e-9),
        });
        all.extend(results);
    }
    Ok((rows, all))
}
