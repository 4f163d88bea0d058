//! The learned driver in the tick: plan (encode, forward, decode) and control. Reads tracks,
//! predictions, perception, odometry, map and route; no true state of anybody else.

use std::collections::BTreeMap;

use bevy::prelude::*;
use nn::Twins;
use sim::actor::ActorId;
use sim::math::Pose;
use sim::message::{
    DetectionSet, DriveCommand, DriverSpec, LayerProbe, NetworkProbe, Odometry, PredictionSet,
    Probes, TrackSet, Trajectory,
};
use sim::tick::{Forward, Tick};
use sim::world::{SimWorld, Spec, WorldMap};
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::DECISION_S;
use super::routes::RoutePaths;
use crate::control::{LongitudinalMemory, track};
use crate::planning::{
    Config, LightMemory, Network, PlanInput, PlanMemory, choose, encode as encode_plan, tokens,
};
use crate::rules::idm::IdmParams;

#[derive(Clone, Debug, Default)]
struct Memory {
    plan: PlanMemory,
    lights: LightMemory,
    control: LongitudinalMemory,
}

/// What the learned drivers remember, by actor.
#[derive(Resource, Clone, Debug)]
pub struct LearnedDrivers {
    params: IdmParams,
    memory: BTreeMap<ActorId, Memory>,
}

impl LearnedDrivers {
    /// With a manner.
    pub fn new(params: IdmParams) -> Self {
        Self {
            params,
            memory: BTreeMap::new(),
        }
    }
}

/// One plan to make.
#[derive(Clone, Debug)]
struct Job {
    actor: ActorId,
    pose: Pose,
    values: Vec<f32>,
    output: Option<(Vec<f32>, Vec<[f32; 3]>)>,
}

/// What encode leaves for forward and decode.
#[derive(Resource, Clone, Debug, Default)]
pub struct PlanJobs {
    jobs: Vec<Job>,
}

type Carrier<'a> = (
    &'a ActorId,
    &'a DriverSpec,
    &'a Spec,
    &'a Odometry,
    Option<&'a TrackSet>,
    Option<&'a PredictionSet>,
    Option<&'a DetectionSet>,
);

/// The input of a carrier's plan, where it has a route.
fn with_input<T>(
    carrier: &Carrier,
    paths: &RoutePaths,
    memory: &mut Memory,
    use_input: impl FnOnce(&PlanInput, &mut PlanMemory) -> T,
) -> Option<T> {
    let (id, _, spec, odometry, tracks, predictions, detections) = carrier;
    let path = paths.path(**id)?;
    let pose = &odometry.pose;
    let seen = detections.map_or(&[][..], |d| &d.signals);
    let signals = memory.lights.update(odometry.time_s, seen);
    let memory = &mut memory.plan;
    let on = match memory.station_m {
        Some(hint) => path.project_near(pose.x_m, pose.y_m, hint),
        None => path.project(pose.x_m, pose.y_m),
    };
    if !on.distance_m.is_finite() || on.distance_m > 1e6 {
        return None;
    }
    memory.station_m = Some(on.station_m);
    let (no_tracks, no_predictions) = (TrackSet::default(), PredictionSet::default());
    let input = PlanInput {
        odometry: **odometry,
        spec: &spec.0,
        tracks: tracks.unwrap_or(&no_tracks),
        predictions: predictions.unwrap_or(&no_predictions),
        signals: &signals,
        path: &path,
        station_m: on.station_m,
        lateral_m: on.lateral_m,
        stopped_at_m: memory.stopped_at_m,
    };
    Some(use_input(&input, memory))
}

/// What every learned driver sees, to numbers.
pub(super) fn encode(
    tick: Res<Tick>,
    paths: Res<RoutePaths>,
    mut drivers: ResMut<LearnedDrivers>,
    mut jobs: ResMut<PlanJobs>,
    carriers: Query<Carrier>,
) {
    jobs.jobs.clear();
    if !tick.is_due(DECISION_S) {
        return;
    }
    let params = drivers.params;
    let mut all: Vec<Carrier> = carriers
        .iter()
        .filter(|c| *c.1 == DriverSpec::Learned)
        .collect();
    all.sort_unstable_by_key(|c| *c.0);
    for carrier in all {
        let id = *carrier.0;
        let memory = &mut drivers.memory.entry(id).or_default();
        let values = with_input(&carrier, &paths, memory, |input, memory| {
            memory.update(input);
            encode_plan(input, &params)
        });
        if let Some(values) = values {
            jobs.jobs.push(Job {
                actor: id,
                pose: carrier.3.pose,
                values,
                output: None,
            });
        }
    }
}

/// The network's scores to a plan.
#[allow(
    clippy::too_many_arguments,
    reason = "a system takes what it reads and writes"
)]
pub(super) fn decode(
    tick: Res<Tick>,
    map: Res<WorldMap>,
    paths: Res<RoutePaths>,
    mut drivers: ResMut<LearnedDrivers>,
    mut jobs: ResMut<PlanJobs>,
    mut commands: Commands,
    carriers: Query<Carrier>,
    mut plans: Query<(Entity, &ActorId, Option<&mut Trajectory>)>,
) {
    if !tick.is_due(DECISION_S) {
        return;
    }
    let params = drivers.params;
    let drivable = |x: f64, y: f64| map.0.is_drivable(x, y, None);
    let mut made: BTreeMap<ActorId, Trajectory> = BTreeMap::new();
    let mut all: Vec<Carrier> = carriers.iter().collect();
    all.sort_unstable_by_key(|c| *c.0);
    for job in jobs.jobs.drain(..) {
        let Some((logits, residuals)) = job.output else {
            continue;
        };
        let Ok(index) = all.binary_search_by_key(&job.actor, |c| *c.0) else {
            continue;
        };
        let carrier = &all[index];
        let empty = DetectionSet::default();
        let grid = &carrier.6.unwrap_or(&empty).drivable;
        let memory = &mut drivers.memory.entry(job.actor).or_default();
        let plan = with_input(carrier, &paths, memory, |input, memory| {
            choose(input, &logits, &residuals, &drivable, grid, &params, memory)
        });
        if let Some(plan) = plan {
            made.insert(job.actor, plan);
        }
    }
    for (entity, id, current) in &mut plans {
        if let Some(plan) = made.remove(id) {
            match current {
                Some(mut current) => *current = plan,
                None => {
                    commands.entity(entity).insert(plan);
                }
            }
        }
    }
}

type Driven<'a> = (
    &'a ActorId,
    &'a DriverSpec,
    &'a Spec,
    &'a Odometry,
    Option<&'a Trajectory>,
    &'a mut DriveCommand,
);

/// Plans to commands, each tick.
pub(super) fn control(
    tick: Res<Tick>,
    mut drivers: ResMut<LearnedDrivers>,
    mut carriers: Query<Driven>,
) {
    let none = Trajectory::default();
    for (id, driver, spec, odometry, plan, mut command) in &mut carriers {
        if *driver != DriverSpec::Learned {
            continue;
        }
        let memory = &mut drivers.memory.entry(*id).or_default().control;
        let plan = plan.unwrap_or(&none);
        *command = track(plan, odometry, &spec.0, memory, tick.time_s(), tick.dt_s);
    }
}

/// The planning network over all worlds.
pub struct PlanForward {
    networks: Twins<Network>,
}

impl PlanForward {
    /// Loads the weights.
    ///
    /// # Errors
    /// If the file is not one of this network.
    pub fn load(path: &std::path::Path, device: Device) -> Result<Self, nn::WeightsError> {
        let config: Config = nn::weights::read_config(path, "planning")?;
        let mut store = VarStore::new(device);
        let network = Network::new(&store.root(), &config);
        nn::load(&mut store, "planning", path)?;
        store.freeze();
        let build = move |path: &tch::nn::Path<'_>| Network::new(path, &config);
        Ok(Self {
            networks: Twins::new(network, store, build),
        })
    }

    /// Logits and residuals of inputs, each alone.
    pub fn run(&self, inputs: &[&[f32]]) -> Vec<(Vec<f32>, Vec<[f32; 3]>)> {
        let device = self.networks.device();
        self.networks.map(inputs, |network, part| {
            Self::run_part(network, part, device)
        })
    }

    fn run_part(
        network: &Network,
        inputs: &[&[f32]],
        device: Device,
    ) -> Vec<(Vec<f32>, Vec<[f32; 3]>)> {
        let Some(width) = inputs.first().map(|v| v.len() as i64) else {
            return Vec::new();
        };
        let flat: Vec<f32> = inputs.iter().flat_map(|v| v.iter().copied()).collect();
        let x = Tensor::from_slice(&flat).reshape([inputs.len() as i64, width]);
        let size = if device.is_cuda() { 64 } else { 1 };
        let out = nn::micro_batch(&[x], size, device, |t| {
            let scores = network.forward(&t[0]);
            let joined = Tensor::cat(&[scores.logits.unsqueeze(-1), scores.residuals], -1);
            vec![joined.flatten(1, -1)] // [B, COUNT · 4]
        });
        let Some(out) = out.first() else {
            return Vec::new();
        };
        let wide = out.size().get(1).copied().unwrap_or(1).max(1) as usize;
        let out = out.to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
        let all: Vec<f32> = out.flatten(0, -1).try_into().unwrap_or_default();
        all.chunks(wide)
            .map(|row| {
                let logits = row.chunks_exact(4).map(|c| c[0]).collect();
                let residuals = row.chunks_exact(4).map(|c| [c[1], c[2], c[3]]).collect();
                (logits, residuals)
            })
            .collect()
    }
}

impl PlanForward {
    /// Looks into the pass of the actor that the debugger asks about.
    fn probe(&self, world: &mut SimWorld) {
        let Some(actor) = world.ecs.get_resource::<Probes>().and_then(|p| p.actor) else {
            return;
        };
        let jobs = world.ecs.get_resource::<PlanJobs>();
        let job = jobs.and_then(|jobs| jobs.jobs.iter().find(|job| job.actor == actor).cloned());
        if let Some(job) = job {
            let (_, layers) = nn::probe::record(|| self.run(&[&job.values]));
            let tokens = tokens(&job.values, &job.pose);
            let time_s = world.tick().time_s();
            let layers = layers
                .into_iter()
                .map(|l| LayerProbe::from_parts(l.into_parts()));
            let probe = NetworkProbe {
                network: "planning".to_owned(),
                time_s,
                tokens,
                layers: layers.collect(),
            };
            if let Some(mut probes) = world.ecs.get_resource_mut::<Probes>() {
                probes.put(probe);
            }
        }
    }
}

impl Forward for PlanForward {
    fn forward(&mut self, worlds: &mut [SimWorld]) {
        let mut outputs = {
            let inputs: Vec<&[f32]> = worlds
                .iter()
                .filter_map(|w| w.ecs.get_resource::<PlanJobs>())
                .flat_map(|jobs| jobs.jobs.iter().map(|job| job.values.as_slice()))
                .collect();
            self.run(&inputs).into_iter()
        };
        for world in worlds {
            if let Some(mut jobs) = world.ecs.get_resource_mut::<PlanJobs>() {
                for job in &mut jobs.jobs {
                    job.output = outputs.next();
                }
            }
            self.probe(world);
        }
    }
}
