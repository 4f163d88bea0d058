//! Perception in a world: thin systems about [`encode`], [`decode`] and the [`Tracker`], and the
//! forward pass for all worlds.

use std::sync::Arc;

use bevy::prelude::*;
use nn::Twins;
use sim::actor::ActorId;
use sim::message::{
    CameraFrames, DetectionSet, DriverSpec, LayerProbe, LidarScans, NetworkProbe, Odometry, Probes,
    TrackSet,
};
use sim::tick::{Forward, Stage};
use sim::world::{SimWorld, WorldMap};
use tch::Tensor;
use tch::nn::VarStore;

use crate::decode::{DecodeOptions, Maps, decode};
use crate::encode::{Encoded, SignalFace, SweepHistory, encode};
use crate::network::{Input, Output, Perception};
use crate::track::Tracker;

/// Perception of one actor, between the stages.
#[derive(Component, Clone, Debug, Default)]
pub struct PerceptionState {
    /// Past sweeps.
    sweeps: SweepHistory,
    /// Past tracks.
    tracker: Tracker,
    /// Time of the newest scan that was taken in, seconds.
    taken_s: Option<f64>,
    /// Waits for the forward pass.
    encoded: Option<Encoded>,
    /// Waits for decoding.
    maps: Option<Maps>,
    /// Pose at the newest scan.
    odometry: Odometry,
}

/// Switches of perception in a world.
#[derive(Resource, Clone, Debug, Default)]
pub struct PerceptionSettings {
    /// What is kept of the network's maps.
    pub decode: DecodeOptions,
}

/// The map's traffic lights, gathered once.
#[derive(Resource, Clone, Debug)]
struct Signals(Arc<Vec<SignalFace>>);

/// Puts perception into a world, for the actors whose driver is [`DriverSpec::Learned`].
/// [`PerceptionForward`] must run before [`Stage::PerceiveDecode`].
pub fn install(world: &mut SimWorld, settings: PerceptionSettings) {
    let faces = signal_faces_of(&world.ecs.resource::<WorldMap>().0);
    world.ecs.insert_resource(Signals(Arc::new(faces)));
    world.ecs.insert_resource(settings);
    world
        .keep::<PerceptionState>()
        .keep_none::<Signals>()
        .keep_none::<PerceptionSettings>();
    world.add_systems(Stage::PerceiveEncode, (attach, encode_new).chain());
    world.add_systems(Stage::PerceiveDecode, decode_new);
    world.add_systems(Stage::Track, track_new);
}

/// The lights of a map: their places are known from it, their state is not.
pub fn signal_faces_of(map: &sim::road::RoadNetwork) -> Vec<SignalFace> {
    map.signals()
        .iter()
        .filter_map(sim::sensor::signal_head)
        .map(|head| SignalFace {
            position_m: [
                head.pose.x_m,
                head.pose.y_m,
                head.pose.z_m + head.height_m / 2.0,
            ],
            yaw_rad: head.pose.yaw_rad,
            height_m: head.height_m,
            id: head.signal_id,
        })
        .collect()
}

type Unattached<'a> = (Entity, &'a DriverSpec);

fn attach(mut commands: Commands, actors: Query<Unattached, Without<PerceptionState>>) {
    for (entity, driver) in &actors {
        if *driver == DriverSpec::Learned {
            commands.entity(entity).insert((
                PerceptionState::default(),
                DetectionSet::default(),
                TrackSet::default(),
            ));
        }
    }
}

fn encode_new(
    signals: Res<Signals>,
    mut actors: Query<(
        &LidarScans,
        Option<&CameraFrames>,
        &Odometry,
        &mut PerceptionState,
    )>,
) {
    for (scans, frames, odometry, mut state) in &mut actors {
        let newest = scans.0.first().map(|scan| scan.time_s);
        if newest.is_none() || newest == state.taken_s {
            continue;
        }
        let frames = frames.map_or(&[][..], |f| &f.0);
        let state = &mut *state;
        state.encoded = encode(&scans.0, frames, odometry, &signals.0, &mut state.sweeps);
        state.taken_s = newest;
        state.odometry = *odometry;
    }
}

fn decode_new(
    settings: Res<PerceptionSettings>,
    mut actors: Query<(&mut PerceptionState, &mut DetectionSet)>,
) {
    for (mut state, mut set) in &mut actors {
        let state = &mut *state;
        if let (Some(encoded), Some(maps)) = (state.encoded.take(), state.maps.take()) {
            *set = decode(&maps, &encoded, &settings.decode);
        }
    }
}

fn track_new(mut actors: Query<(&mut PerceptionState, &DetectionSet, &mut TrackSet)>) {
    for (mut state, set, mut tracks) in &mut actors {
        if state.taken_s == Some(set.time_s) && (tracks.time_s != set.time_s || set.time_s == 0.0) {
            let pose = state.odometry.pose;
            *tracks = state.tracker.update(set, &pose);
        }
    }
}

/// Rows of one pass on a GPU.
const GPU_ROWS: usize = 16;

/// The network's forward pass for every actor of every world that has new data.
pub struct PerceptionForward {
    networks: Twins<Perception>,
}

impl PerceptionForward {
    /// With the weights of a file, on the GPU where there is one.
    ///
    /// # Errors
    /// If the file is not a perception network's.
    pub fn load(path: &std::path::Path) -> Result<Self, nn::WeightsError> {
        nn::use_one_thread();
        let (network, store) = Perception::load(path, nn::device())?;
        Ok(Self::new(network, store))
    }

    /// With a network at hand and the store of its variables.
    pub fn new(network: Perception, store: VarStore) -> Self {
        let config = network.config.clone();
        Self {
            networks: Twins::new(network, store, move |path| Perception::new(path, &config)),
        }
    }

    /// One actor's maps; `None` where the network gives numbers that are not finite.
    pub fn maps(&self, encoded: &Encoded) -> Option<Maps> {
        self.all_maps(&[encoded]).pop().flatten()
    }

    /// Actors' maps; what an actor gets depends on no other.
    pub fn all_maps(&self, encoded: &[&Encoded]) -> Vec<Option<Maps>> {
        let device = self.networks.device();
        let size = if device.is_cuda() { GPU_ROWS } else { 1 };
        self.networks.map(encoded, |network, part| {
            let batches = part.chunks(size).map(|rows| {
                let input = Input::of(rows);
                let inputs = [
                    input.raster,
                    input.patches,
                    input.rays,
                    input.patch_valid,
                    input.crops,
                ];
                let outputs = nn::micro_batch(&inputs, size, device, |t| {
                    let [raster, patches, rays, patch_valid, crops] =
                        [0, 1, 2, 3, 4].map(|i| t[i].shallow_clone());
                    let input = Input {
                        raster,
                        patches,
                        rays,
                        patch_valid,
                        crops,
                    };
                    let out = nn::device::autocast(device, || network.forward(&input, false));
                    vec![out.heat, out.boxes, out.drivable, out.signals]
                });
                (outputs, rows.len())
            });
            // All is on its way to a GPU before the first result is waited for.
            let batches: Vec<(Vec<Tensor>, usize)> = batches.collect();
            let maps = batches.into_iter().flat_map(|(outputs, rows)| {
                let output = <[Tensor; 4]>::try_from(outputs).ok();
                let output = output.map(|[heat, boxes, drivable, signals]| Output {
                    heat,
                    boxes,
                    drivable,
                    signals,
                });
                (0..rows as i64).map(move |row| Maps::of(output.as_ref()?, row))
            });
            maps.collect()
        })
    }
}

impl PerceptionForward {
    /// Looks into the pass of the actor that the debugger asks about.
    fn probe(&self, world: &mut SimWorld, id: ActorId, encoded: &Encoded) {
        let time_s = world.tick().time_s();
        let probes = world.ecs.get_resource_mut::<Probes>();
        let Some(mut probes) = probes.filter(|p| p.actor == Some(id)) else {
            return;
        };
        let (_, layers) = nn::probe::record(|| self.all_maps(&[encoded]));
        let layers = layers.into_iter();
        probes.put(NetworkProbe {
            network: "perception".to_owned(),
            time_s,
            tokens: Vec::new(),
            layers: layers
                .map(|l| LayerProbe::from_parts(l.into_parts()))
                .collect(),
        });
    }
}

impl Forward for PerceptionForward {
    fn forward(&mut self, worlds: &mut [SimWorld]) {
        // Who waits, by world and actor: what it gives is taken out, and put back with the maps.
        let mut waiting: Vec<(usize, ActorId, Entity, Encoded)> = Vec::new();
        for (index, world) in worlds
            .iter_mut()
            .enumerate()
            .filter(|(_, w)| w.is_running())
        {
            let mut query = world
                .ecs
                .query::<(Entity, &ActorId, &mut PerceptionState)>();
            let from = waiting.len();
            for (entity, id, mut state) in query.iter_mut(&mut world.ecs) {
                if state.maps.is_none()
                    && let Some(encoded) = state.encoded.take()
                {
                    waiting.push((index, *id, entity, encoded));
                }
            }
            waiting[from..].sort_by_key(|(_, id, ..)| *id);
        }
        let encoded: Vec<&Encoded> = waiting.iter().map(|(.., e)| e).collect();
        let maps = self.all_maps(&encoded);
        for (index, id, _, encoded) in &waiting {
            self.probe(&mut worlds[*index], *id, encoded);
        }
        for ((index, id, entity, encoded), maps) in waiting.into_iter().zip(maps) {
            let world = &mut worlds[index];
            if maps.is_none() && world.is_running() {
                world.fail(
                    "Perceive",
                    format!("the network's output for actor {} is not finite", id.0),
                );
            }
            if let Some(mut state) = world.ecs.get_mut::<PerceptionState>(entity) {
                state.encoded = Some(encoded);
                state.maps = maps;
            }
        }
    }
}
