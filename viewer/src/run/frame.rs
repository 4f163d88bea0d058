//! One tick as it is shown, whether it comes from a world or from a record.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::lazy::Lazy;
use scenarios::Story;
use scenarios::story::State;
use sim::actor::{ActorId, VehicleLights};
use sim::message::{
    CameraFrame, CameraFrames, DetectionSet, DriveCommand, DriverSpec, LidarScan, LidarScans,
    LidarTruth, LidarTruths, Odometry, PredictionSet, TrackSet, Trajectory,
};
use sim::sensor::Daylight;
use sim::tick::Stage;
use sim::world::{ActorSnapshot, SignalStates, SimWorld};

/// The state at one tick, and what led to it.
#[derive(Clone, Debug, Default)]
pub struct Frame {
    /// Number of the tick.
    pub tick: u64,
    /// Simulation time, seconds.
    pub time_s: f64,
    /// Actors by ascending id.
    pub actors: Vec<ActorSnapshot>,
    /// What signals show.
    pub signals: Arc<SignalStates>,
    /// Sun, sky, haze.
    pub light: Daylight,
    /// States of the storyboard's elements, in the order of [`super::StoryTree::nodes`].
    pub story: Arc<Vec<State>>,
    /// Lamps that somebody has switched.
    pub lights: Arc<BTreeMap<ActorId, VehicleLights>>,
    /// What the actors with a driver saw and thought, by ascending id.
    pub minds: Vec<Mind>,
    /// Time that each part of the tick took; empty where nobody measured.
    pub costs: Arc<Vec<Cost>>,
}

/// Time that a part of a tick took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// The stage.
    pub stage: Stage,
    /// Whether it is the forward pass before it.
    pub is_forward: bool,
    /// Milliseconds.
    pub ms: f32,
}

/// What one driver saw, thought and did.
#[derive(Clone, Debug)]
pub struct Mind {
    /// The actor.
    pub actor: ActorId,
    /// Who drives it, where that is known.
    pub driver: Option<DriverSpec>,
    /// The command that led to this state.
    pub command: DriveCommand,
    /// Where it believes itself to be.
    pub odometry: Option<Odometry>,
    /// Newest output of perception.
    pub detections: Option<Arc<DetectionSet>>,
    /// Newest tracks.
    pub tracks: Option<Arc<TrackSet>>,
    /// Newest futures of the tracks.
    pub predictions: Option<Arc<PredictionSet>>,
    /// Newest plan and what it was chosen from.
    pub trajectory: Option<Arc<Trajectory>>,
    /// Newest turn of each lidar; gone where memory was short.
    pub scans: Option<Timed<Scans>>,
    /// Newest image of each camera; gone where memory was short.
    pub images: Option<Timed<Images>>,
}

/// Sensor data and the time that they were taken at.
#[derive(Debug)]
pub struct Timed<T> {
    /// When, seconds.
    pub time_s: f64,
    data: Arc<Lazy<T>>,
}

impl<T> Clone for Timed<T> {
    fn clone(&self) -> Self {
        Self {
            time_s: self.time_s,
            data: self.data.clone(),
        }
    }
}

impl<T> Timed<T> {
    /// Data of a time.
    pub fn new(time_s: f64, data: Lazy<T>) -> Self {
        Self {
            time_s,
            data: Arc::new(data),
        }
    }

    /// The data, read if they have to be.
    pub fn get(&self) -> Option<Arc<T>> {
        self.data.get()
    }

    /// Gives up what lies in memory alone.
    pub fn forget(&self) {
        self.data.forget();
    }

    /// Whether it is the same as another, without reading it.
    pub fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.data, &other.data)
    }
}

/// Data of a kind of sensor.
pub(super) enum SensorData {
    /// Lidar.
    Scans(Timed<Scans>),
    /// Cameras.
    Images(Timed<Images>),
}

impl SensorData {
    /// Gives them up.
    pub(super) fn forget(&self) {
        match self {
            Self::Scans(scans) => scans.forget(),
            Self::Images(images) => images.forget(),
        }
    }
}

/// Lidar of one carrier at one time.
#[derive(Clone, Debug, Default)]
pub struct Scans {
    /// By lidar, in the rig's order.
    pub scans: Vec<LidarScan>,
    /// What the points truly hit, where that is known.
    pub truths: Vec<LidarTruth>,
}

/// Images of one carrier at one time.
#[derive(Clone, Debug, Default)]
pub struct Images {
    /// By camera, in the rig's order.
    pub frames: Vec<CameraFrame>,
}

impl Frame {
    /// The actor of an id.
    pub fn actor(&self, id: ActorId) -> Option<&ActorSnapshot> {
        let at = self.actors.binary_search_by_key(&id, |a| a.id).ok()?;
        self.actors.get(at)
    }

    /// The actor of a name.
    pub fn actor_named(&self, name: &str) -> Option<&ActorSnapshot> {
        self.actors.iter().find(|a| a.spec.name == name)
    }

    /// The mind of an actor.
    pub fn mind(&self, id: ActorId) -> Option<&Mind> {
        self.minds.iter().find(|mind| mind.actor == id)
    }

    /// Bytes of sensor data that the frame before did not have, with what gives each up.
    pub(super) fn new_data(&self, before: Option<&Self>) -> Vec<(usize, SensorData)> {
        let mut new = Vec::new();
        for mind in &self.minds {
            let old = before.and_then(|b| b.mind(mind.actor));
            if let Some(scans) = &mind.scans
                && !old
                    .and_then(|m| m.scans.as_ref())
                    .is_some_and(|s| s.is(scans))
            {
                let points: usize = scans
                    .get()
                    .map_or(0, |s| s.scans.iter().map(|scan| scan.points.len()).sum());
                // A point and its truth.
                new.push((points * 56, SensorData::Scans(scans.clone())));
            }
            if let Some(images) = &mind.images
                && !old
                    .and_then(|m| m.images.as_ref())
                    .is_some_and(|i| i.is(images))
            {
                let bytes = images
                    .get()
                    .map_or(0, |i| i.frames.iter().map(|frame| frame.rgb.len()).sum());
                new.push((bytes, SensorData::Images(images.clone())));
            }
        }
        new
    }

    /// What a world is like now; `before` lends what has not changed.
    pub fn of(world: &SimWorld, before: Option<&Frame>) -> Self {
        let snapshot = world.snapshot();
        let signals = world.ecs.resource::<SignalStates>();
        let same_signals = before.filter(|b| *b.signals == *signals);
        let states = world
            .ecs
            .get_resource::<Story>()
            .map_or_else(Vec::new, |s| {
                let elements = s.storyboard().elements.iter();
                elements.map(|(_, element)| element.state).collect()
            });
        let same_story = before.filter(|b| *b.story == states);
        let lights: BTreeMap<ActorId, VehicleLights> = world
            .ecs
            .iter_entities()
            .filter_map(|entity| {
                let lights = entity.get::<VehicleLights>()?;
                Some((*entity.get::<ActorId>()?, lights.clone()))
            })
            .collect();
        let same_lights = before.filter(|b| *b.lights == lights);
        let mut minds: Vec<Mind> = world
            .ecs
            .iter_entities()
            .filter_map(|entity| {
                let id = *entity.get::<ActorId>()?;
                let driver = *entity.get::<DriverSpec>()?;
                let old = before.and_then(|b| b.mind(id));
                Some(Mind {
                    actor: id,
                    driver: Some(driver),
                    command: entity.get::<DriveCommand>().copied().unwrap_or_default(),
                    odometry: entity.get::<Odometry>().copied(),
                    detections: kept(entity.get(), old.and_then(|m| m.detections.as_ref())),
                    tracks: kept(entity.get(), old.and_then(|m| m.tracks.as_ref())),
                    predictions: kept(entity.get(), old.and_then(|m| m.predictions.as_ref())),
                    trajectory: kept(entity.get(), old.and_then(|m| m.trajectory.as_ref())),
                    scans: scans(
                        entity.get::<LidarScans>(),
                        entity.get::<LidarTruths>(),
                        old.and_then(|m| m.scans.as_ref()),
                    ),
                    images: images(
                        entity.get::<CameraFrames>(),
                        old.and_then(|m| m.images.as_ref()),
                    ),
                })
            })
            .collect();
        minds.sort_by_key(|mind| mind.actor);
        Self {
            tick: snapshot.tick,
            time_s: snapshot.time_s,
            actors: snapshot.actors.clone(),
            signals: same_signals.map_or_else(|| Arc::new(signals.clone()), |b| b.signals.clone()),
            light: *world.ecs.resource::<Daylight>(),
            story: same_story.map_or_else(|| Arc::new(states), |b| b.story.clone()),
            lights: same_lights.map_or_else(|| Arc::new(lights), |b| b.lights.clone()),
            minds,
            costs: Arc::default(),
        }
    }
}

/// A message, shared with the tick before where it is the same.
fn kept<T: Clone + PartialEq>(now: Option<&T>, before: Option<&Arc<T>>) -> Option<Arc<T>> {
    let now = now?;
    let same = before.filter(|b| ***b == *now);
    Some(same.cloned().unwrap_or_else(|| Arc::new(now.clone())))
}

fn scans(
    now: Option<&LidarScans>,
    truths: Option<&LidarTruths>,
    before: Option<&Timed<Scans>>,
) -> Option<Timed<Scans>> {
    let now = &now?.0;
    let time_s = now.iter().map(|s| s.time_s).reduce(f64::max)?;
    let same = before.filter(|b| b.time_s == time_s);
    Some(same.cloned().unwrap_or_else(|| {
        let scans = Scans {
            scans: now.clone(),
            truths: truths.map(|t| t.0.clone()).unwrap_or_default(),
        };
        Timed::new(time_s, Lazy::here(scans))
    }))
}

fn images(now: Option<&CameraFrames>, before: Option<&Timed<Images>>) -> Option<Timed<Images>> {
    let now = &now?.0;
    let time_s = now.iter().map(|f| f.time_s).reduce(f64::max)?;
    let same = before.filter(|b| b.time_s == time_s);
    let new = || {
        let images = Images {
            frames: now.clone(),
        };
        Timed::new(time_s, Lazy::here(images))
    };
    Some(same.cloned().unwrap_or_else(new))
}

/// A car that stands at a place, for tests.
#[cfg(test)]
pub(crate) fn car_at(id: u32, x_m: f64, y_m: f64, yaw_rad: f64) -> ActorSnapshot {
    use sim::actor::{ActorClass, ActorSpec, ActorState, Motion};
    ActorSnapshot {
        id: ActorId(id),
        spec: Arc::new(ActorSpec::typical("car", ActorClass::Car)),
        state: ActorState::at(sim::math::Pose::planar(x_m, y_m, yaw_rad), 0.0),
        motion: Motion::Fixed,
    }
}
