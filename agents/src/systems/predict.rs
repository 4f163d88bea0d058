//! Prediction in the tick: encode, forward over all worlds, decode.

use std::sync::Arc;

use bevy::prelude::*;
use nn::Twins;
use sim::actor::ActorId;
use sim::math::{cos, hypot, sin};
use sim::message::{
    DriverSpec, LayerProbe, NetworkProbe, Odometry, Prediction, PredictionMode, PredictionSet,
    Probes, TrackSet,
};
use sim::tick::{Forward, Tick};
use sim::world::SimWorld;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::DECISION_S;
use crate::prediction::{
    Config, Features, LaneMap, MODES, Network, STEP_S, STEPS, WIDTH, encode as encode_one,
};

/// Tracks of a carrier that are predicted, nearest first.
const MOST_TRACKS: usize = 20;
/// Tracks farther than this are not predicted, metres.
const REACH_M: f64 = 70.0;

/// The map's lanes, cut for the network; shared between worlds.
#[derive(Resource, Clone)]
pub struct MapLanes(pub Arc<LaneMap>);

/// One track to predict.
#[derive(Clone, Debug)]
struct Job {
    actor: ActorId,
    track_id: u64,
    features: Features,
    /// Flattened futures and logits, once forward has run.
    output: Option<(Vec<f32>, Vec<f32>)>,
}

/// What encode leaves for forward and decode.
#[derive(Resource, Clone, Debug, Default)]
pub struct PredictJobs {
    jobs: Vec<Job>,
    time_s: f64,
}

/// Tracks of every learned driver to numbers.
pub(super) fn encode(
    tick: Res<Tick>,
    lanes: Res<MapLanes>,
    mut jobs: ResMut<PredictJobs>,
    drivers: Query<(&ActorId, &DriverSpec, &TrackSet, &Odometry)>,
) {
    jobs.jobs.clear();
    if !tick.is_due(DECISION_S) {
        return;
    }
    jobs.time_s = tick.time_s();
    let mut carriers: Vec<_> = drivers
        .iter()
        .filter(|(_, driver, ..)| **driver == DriverSpec::Learned)
        .collect();
    carriers.sort_unstable_by_key(|(id, ..)| **id);
    for (id, _, set, odometry) in carriers {
        let mut near: Vec<(f64, usize)> = set
            .tracks
            .iter()
            .enumerate()
            .map(|(i, t)| {
                let pose = &odometry.pose;
                (
                    hypot(t.position_m[0] - pose.x_m, t.position_m[1] - pose.y_m),
                    i,
                )
            })
            .filter(|(d, _)| *d < REACH_M)
            .collect();
        near.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(MOST_TRACKS);
        near.sort_unstable_by_key(|(_, i)| *i);
        for (_, index) in near {
            jobs.jobs.push(Job {
                actor: *id,
                track_id: set.tracks[index].id,
                features: encode_one(&set.tracks, index, set.time_s, &lanes.0),
                output: None,
            });
        }
    }
}

/// Numbers to the futures of every carrier's tracks, in the world frame.
pub(super) fn decode(
    tick: Res<Tick>,
    mut jobs: ResMut<PredictJobs>,
    mut commands: Commands,
    mut drivers: Query<(Entity, &ActorId, &DriverSpec, Option<&mut PredictionSet>)>,
) {
    if !tick.is_due(DECISION_S) {
        return;
    }
    let mut carriers: Vec<_> = drivers
        .iter_mut()
        .filter(|(_, _, driver, _)| **driver == DriverSpec::Learned)
        .collect();
    carriers.sort_unstable_by_key(|(_, id, ..)| **id);
    for (entity, id, _, current) in carriers {
        let mut predictions: Vec<Prediction> = jobs
            .jobs
            .iter()
            .filter(|job| job.actor == *id)
            .filter_map(prediction_of)
            .collect();
        predictions.sort_unstable_by_key(|p| p.track_id);
        let set = PredictionSet {
            time_s: jobs.time_s,
            step_s: STEP_S,
            predictions,
        };
        match current {
            Some(mut current) => *current = set,
            None => {
                commands.entity(entity).insert(set);
            }
        }
    }
    jobs.jobs.clear();
}

fn prediction_of(job: &Job) -> Option<Prediction> {
    let (positions, logits) = job.output.as_ref()?;
    Some(Prediction {
        track_id: job.track_id,
        modes: modes_of(&job.features, positions, logits),
    })
}

/// Futures in the world frame, most probable first; a future that is not finite is left out.
pub fn modes_of(features: &Features, positions: &[f32], logits: &[f32]) -> Vec<PredictionMode> {
    let [x, y, yaw] = features.origin;
    let (c, s) = (cos(yaw), sin(yaw));
    let top = logits
        .iter()
        .copied()
        .filter(|v| v.is_finite())
        .fold(f32::MIN, f32::max);
    let raised: Vec<f64> = logits
        .iter()
        .map(|l| sim::math::exp(f64::from(l - top)))
        .collect();
    let mut modes: Vec<PredictionMode> = positions
        .chunks_exact(STEPS as usize * 2)
        .zip(&raised)
        .filter(|(future, weight)| weight.is_finite() && future.iter().all(|v| v.is_finite()))
        .map(|(future, weight)| PredictionMode {
            probability: *weight as f32,
            positions_m: future
                .chunks_exact(2)
                .map(|p| {
                    let (u, v) = (f64::from(p[0]), f64::from(p[1]));
                    [x + u * c - v * s, y + u * s + v * c]
                })
                .collect(),
        })
        .collect();
    let sum: f32 = modes.iter().map(|m| m.probability).sum();
    modes
        .iter_mut()
        .for_each(|m| m.probability /= sum.max(1e-12));
    modes.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    modes
}

/// The prediction network over all worlds.
pub struct PredictForward {
    networks: Twins<Network>,
}

impl PredictForward {
    /// Loads the weights.
    ///
    /// # Errors
    /// If the file is not one of this network.
    pub fn load(path: &std::path::Path, device: Device) -> Result<Self, nn::WeightsError> {
        let config: Config = nn::weights::read_config(path, "prediction")?;
        let mut store = VarStore::new(device);
        let network = Network::new(&store.root(), &config);
        nn::load(&mut store, "prediction", path)?;
        store.freeze();
        let build = move |path: &tch::nn::Path<'_>| Network::new(path, &config);
        Ok(Self {
            networks: Twins::new(network, store, build),
        })
    }

    /// Futures (`MODES` · `STEPS` · 2 numbers) and logits of inputs, each alone.
    pub fn run(&self, inputs: &[&Features]) -> Vec<(Vec<f32>, Vec<f32>)> {
        let device = self.networks.device();
        self.networks.map(inputs, |network, part| {
            Self::run_part(network, part, device)
        })
    }

    fn run_part(
        network: &Network,
        inputs: &[&Features],
        device: Device,
    ) -> Vec<(Vec<f32>, Vec<f32>)> {
        if inputs.is_empty() {
            return Vec::new();
        }
        let flat: Vec<f32> = inputs
            .iter()
            .flat_map(|f| f.values.iter().copied())
            .collect();
        let x = Tensor::from_slice(&flat).reshape([inputs.len() as i64, WIDTH as i64]);
        let size = if device.is_cuda() { 64 } else { 1 };
        let out = nn::micro_batch(&[x], size, device, |t| {
            let futures = network.forward(&t[0]);
            vec![futures.positions.flatten(1, -1), futures.logits]
        });
        let rows = |t: &Tensor| -> Vec<Vec<f32>> {
            let wide = t.size().get(1).copied().unwrap_or(1).max(1) as usize;
            let t = t.to_device(Device::Cpu).to_kind(Kind::Float).contiguous();
            let all: Vec<f32> = t.flatten(0, -1).try_into().unwrap_or_default();
            all.chunks(wide).map(<[f32]>::to_vec).collect()
        };
        match out.as_slice() {
            [positions, logits] => rows(positions).into_iter().zip(rows(logits)).collect(),
            _ => Vec::new(),
        }
    }
}

impl PredictForward {
    /// Looks into the pass for the first track of the actor that the debugger asks about.
    fn probe(&self, world: &mut SimWorld) {
        let Some(actor) = world.ecs.get_resource::<Probes>().and_then(|p| p.actor) else {
            return;
        };
        let jobs = world.ecs.get_resource::<PredictJobs>();
        let job = jobs.and_then(|jobs| jobs.jobs.iter().find(|job| job.actor == actor).cloned());
        if let Some(job) = job {
            let (_, layers) = nn::probe::record(|| self.run(&[&job.features]));
            let time_s = world.tick().time_s();
            let layers = layers
                .into_iter()
                .map(|l| LayerProbe::from_parts(l.into_parts()));
            let probe = NetworkProbe {
                network: "prediction".to_owned(),
                time_s,
                tokens: Vec::new(),
                layers: layers.collect(),
            };
            if let Some(mut probes) = world.ecs.get_resource_mut::<Probes>() {
                probes.put(probe);
            }
        }
    }
}

impl Forward for PredictForward {
    fn forward(&mut self, worlds: &mut [SimWorld]) {
        let mut outputs = {
            let inputs: Vec<&Features> = worlds
                .iter()
                .filter_map(|w| w.ecs.get_resource::<PredictJobs>())
                .flat_map(|jobs| jobs.jobs.iter().map(|job| &job.features))
                .collect();
            self.run(&inputs).into_iter()
        };
        for world in worlds {
            if let Some(mut jobs) = world.ecs.get_resource_mut::<PredictJobs>() {
                for job in &mut jobs.jobs {
                    job.output = outputs.next();
                }
            }
            self.probe(world);
        }
    }
}

const _: () = assert!(MODES > 0);
