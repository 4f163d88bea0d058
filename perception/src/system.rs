//! Perception in a world: thin systems about [`encode`], [`decode`] and the [`Tracker`], and the
//! forward pass for all worlds.

use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::ActorId;
use sim::message::{CameraFrames, DetectionSet, DriverSpec, LidarScans, Odometry, TrackSet};
use sim::tick::{Forward, Stage};
use sim::world::{SimWorld, WorldMap};
use tch::nn::VarStore;

use crate::decode::{DecodeOptions, Maps, decode};
use crate::encode::{Encoded, SignalFace, SweepHistory, encode};
use crate::network::{Input, Perception};
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

/// The network's forward pass for every actor of every world that has new data.
pub struct PerceptionForward {
    network: Perception,
    store: VarStore,
}

impl PerceptionForward {
    /// With the weights of a file, on the GPU where there is one.
    ///
    /// # Errors
    /// If the file is not a perception network's.
    pub fn load(path: &std::path::Path) -> Result<Self, nn::WeightsError> {
        nn::use_one_thread();
        let (network, store) = Perception::load(path, nn::device())?;
        Ok(Self { network, store })
    }

    /// With a network at hand and the store of its variables.
    pub fn new(network: Perception, store: VarStore) -> Self {
        Self { network, store }
    }

    /// One actor's maps; `None` where the network gives numbers that are not finite.
    pub fn maps(&self, encoded: &Encoded) -> Option<Maps> {
        nn::use_one_thread();
        let device = self.store.device();
        let input = Input::of(encoded, device);
        // A batch of one: what an actor gets depends on no other.
        let output =
            tch::no_grad(|| nn::device::autocast(device, || self.network.forward(&input, false)));
        Maps::of(&output, 0)
    }
}

impl Forward for PerceptionForward {
    fn forward(&mut self, worlds: &mut [SimWorld]) {
        for world in worlds.iter_mut().filter(|w| w.is_running()) {
            let mut query = world.ecs.query::<(&ActorId, &mut PerceptionState)>();
            let mut fault = None;
            let mut waiting: Vec<_> = query
                .iter_mut(&mut world.ecs)
                .filter(|(_, state)| state.encoded.is_some() && state.maps.is_none())
                .collect();
            waiting.sort_by_key(|(id, _)| **id);
            for (id, mut state) in waiting {
                state.maps = state.encoded.as_ref().and_then(|e| self.maps(e));
                if state.maps.is_none() {
                    fault.get_or_insert(*id);
                }
            }
            if let Some(id) = fault {
                world.fail(
                    "Perceive",
                    format!("the network's output for actor {} is not finite", id.0),
                );
            }
        }
    }
}
