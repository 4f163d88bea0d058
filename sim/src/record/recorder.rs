//! Collects what a tick holds and hands it to the writer thread through a bounded channel; a
//! writer that falls behind slows the tick down, nothing is dropped.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use bevy::prelude::*;
use crossbeam::channel::{Sender, bounded};
use serde_json::Value;

use super::{EventLog, EventRow, RecordError, scene, writer};
use crate::actor::{ActorId, Motion, VehicleLights};
use crate::message::{
    CameraFrame, CameraFrames, DetectionSet, DriveCommand, LidarScan, LidarScans, LidarTruth,
    LidarTruths, Odometry, PredictionSet, TrackSet, Trajectory,
};
use crate::sensor::Daylight;
use crate::tick::{Stage, Tick};
use crate::world::{ActorSnapshot, SignalStates, SimWorld, WorldMap, WorldSnapshot};

/// Ticks that may wait for the writer.
const QUEUE_TICKS: usize = 64;

/// What one actor with a driver did in a tick; messages only where they are new.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DriverTick {
    /// The actor.
    pub actor: u32,
    /// Its name.
    pub name: String,
    /// Command that led to this state.
    pub command: DriveCommand,
    /// Localisation.
    pub odometry: Option<Odometry>,
    /// Lidar.
    pub scans: Vec<LidarScan>,
    /// What their points truly hit, where that is known.
    pub truths: Vec<LidarTruth>,
    /// Cameras.
    pub frames: Vec<CameraFrame>,
    /// Perception.
    pub detections: Option<DetectionSet>,
    /// Tracker.
    pub tracks: Option<TrackSet>,
    /// Prediction.
    pub predictions: Option<PredictionSet>,
    /// Planner.
    pub trajectory: Option<Trajectory>,
}

/// Everything that is recorded of one tick.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TickData {
    /// Number of the tick.
    pub tick: u64,
    /// Simulation time, seconds.
    pub time_s: f64,
    /// Whether it holds a state, not events alone.
    pub is_state: bool,
    /// Whether what was written so far must now reach the file.
    pub flush: bool,
    /// What the run is, in the first tick.
    pub about: Option<Value>,
    /// Sun, sky, haze and rain.
    pub light: Daylight,
    /// Lamps that somebody has switched.
    pub lights: BTreeMap<ActorId, VehicleLights>,
    /// Lines of the map, in the first tick.
    pub map_lines: Vec<Vec<[f64; 3]>>,
    /// All actors.
    pub actors: Vec<ActorSnapshot>,
    /// Names of actors that left.
    pub left: Vec<String>,
    /// Signals and what they show.
    pub signals: SignalStates,
    /// Actors with a driver.
    pub drivers: Vec<DriverTick>,
    /// New events.
    pub events: Vec<EventRow>,
}

/// Where ticks go.
enum Sink {
    /// To the writer of a file.
    File {
        path: PathBuf,
        sender: Option<Sender<TickData>>,
        writer: Option<std::thread::JoinHandle<Result<(), RecordError>>>,
    },
    /// The last of them stay in memory.
    Ring {
        map: Option<Box<TickData>>,
        ticks: VecDeque<TickData>,
        last_s: f64,
    },
}

/// The last seconds of a run; an MCAP file once it is asked for.
#[derive(Clone, Debug)]
pub struct KeptRecord {
    map: Option<Box<TickData>>,
    ticks: VecDeque<TickData>,
}

impl KeptRecord {
    /// The MCAP file.
    ///
    /// # Errors
    /// If it can't be put together.
    pub fn into_mcap(mut self) -> Result<Vec<u8>, RecordError> {
        // The record begins with its first tick, not that of the run.
        if let (Some(map), Some(first)) = (&mut self.map, self.ticks.front()) {
            map.time_s = first.time_s;
        }
        let ticks = self.map.into_iter().map(|first| *first).chain(self.ticks);
        writer::write_to_memory(ticks).map_err(|e| RecordError::new(Path::new("record"), e))
    }
}

/// The open record.
#[derive(Resource)]
struct Recorder {
    sink: Sink,
    events_sent: usize,
    present: BTreeSet<String>,
    /// Time of the newest message sent, by actor and topic.
    newest: BTreeMap<(ActorId, String), f64>,
}

type Driven<'a> = (
    &'a ActorId,
    &'a DriveCommand,
    Option<&'a Odometry>,
    (Option<&'a LidarScans>, Option<&'a LidarTruths>),
    Option<&'a CameraFrames>,
    Option<&'a DetectionSet>,
    Option<&'a TrackSet>,
    Option<&'a PredictionSet>,
    Option<&'a Trajectory>,
);

pub(super) fn start(
    world: &mut SimWorld,
    path: &Path,
    about: Option<Value>,
) -> Result<(), RecordError> {
    let file = super::create(path)?;
    let (sender, receiver) = bounded(QUEUE_TICKS);
    let owned = path.to_owned();
    let writer = std::thread::Builder::new()
        .name("record".to_owned())
        .spawn(move || writer::write(&owned, file, &receiver))
        .map_err(|e| RecordError::new(path, e))?;
    let sink = Sink::File {
        path: path.to_owned(),
        sender: Some(sender),
        writer: Some(writer),
    };
    begin(world, sink, about);
    Ok(())
}

/// Keeps the last so many seconds in memory.
pub(super) fn keep(world: &mut SimWorld, last_s: f64, about: Option<Value>) {
    let sink = Sink::Ring {
        map: None,
        ticks: VecDeque::new(),
        last_s,
    };
    begin(world, sink, about);
}

fn begin(world: &mut SimWorld, sink: Sink, about: Option<Value>) {
    let first = TickData {
        about,
        light: *world.ecs.resource::<Daylight>(),
        map_lines: scene::map_lines(&world.ecs.resource::<WorldMap>().0),
        ..TickData::default()
    };
    world.ecs.insert_resource(Recorder {
        sink,
        events_sent: 0,
        present: BTreeSet::new(),
        newest: BTreeMap::new(),
    });
    let mut query = world.ecs.query::<Driven>();
    let rows: Vec<_> = query.iter(&world.ecs).map(driver_tick).collect();
    let snapshot = world.snapshot().clone();
    let signals = world.ecs.resource::<SignalStates>().clone();
    let events = world.ecs.resource::<EventLog>().clone();
    let mut recorder = world.ecs.resource_mut::<Recorder>();
    recorder.send(first, &snapshot, &signals, &events, rows, true);
    world.add_systems(Stage::Record, record_tick);
}

fn record_tick(
    snapshot: Res<WorldSnapshot>,
    tick: Res<Tick>,
    (signals, light): (Res<SignalStates>, Res<Daylight>),
    lamps: Query<(&ActorId, &VehicleLights)>,
    events: Res<EventLog>,
    driven: Query<Driven>,
    recorder: Option<ResMut<Recorder>>,
) {
    let Some(mut recorder) = recorder else { return };
    let rows = driven.iter().map(driver_tick).collect();
    // Once a simulated second what is written is whole on disk, whatever happens to the program.
    let flush = tick.is_due(1.0);
    recorder.send(
        TickData {
            light: *light,
            lights: lamps.iter().map(|(id, l)| (*id, l.clone())).collect(),
            ..TickData::default()
        },
        &snapshot,
        &signals,
        &events,
        rows,
        flush,
    );
}

fn driver_tick(row: <Driven as bevy::ecs::query::QueryData>::Item<'_, '_>) -> DriverTick {
    let (
        id,
        command,
        odometry,
        (scans, truths),
        frames,
        detections,
        tracks,
        predictions,
        trajectory,
    ) = row;
    DriverTick {
        actor: id.0,
        name: String::new(),
        command: *command,
        odometry: odometry.copied(),
        scans: scans.map(|s| s.0.clone()).unwrap_or_default(),
        truths: truths.map(|t| t.0.clone()).unwrap_or_default(),
        frames: frames.map(|f| f.0.clone()).unwrap_or_default(),
        detections: detections.cloned(),
        tracks: tracks.cloned(),
        predictions: predictions.cloned(),
        trajectory: trajectory.cloned(),
    }
}

impl Recorder {
    fn send(
        &mut self,
        mut data: TickData,
        snapshot: &WorldSnapshot,
        signals: &SignalStates,
        events: &EventLog,
        mut rows: Vec<DriverTick>,
        flush: bool,
    ) {
        rows.sort_by_key(|row| row.actor);
        rows.retain_mut(|row| {
            let actor = snapshot.actor(ActorId(row.actor));
            row.name = actor.map(|a| a.spec.name.clone()).unwrap_or_default();
            self.keep_new(row);
            actor.is_some_and(|a| matches!(a.motion, Motion::Kinematic | Motion::Dynamic))
        });
        let present: BTreeSet<String> = snapshot
            .actors
            .iter()
            .map(|a| a.spec.name.clone())
            .collect();
        data.left = self.present.difference(&present).cloned().collect();
        self.present = present;
        data.tick = snapshot.tick;
        data.time_s = snapshot.time_s;
        data.flush = flush;
        data.is_state = true;
        data.actors.clone_from(&snapshot.actors);
        data.signals.clone_from(signals);
        data.drivers = rows;
        data.events = events
            .rows()
            .get(self.events_sent..)
            .unwrap_or_default()
            .to_vec();
        self.events_sent = events.rows().len();
        self.sink.put(data);
    }

    /// Leaves out what was sent in an earlier tick.
    fn keep_new(&mut self, row: &mut DriverTick) {
        let actor = ActorId(row.actor);
        let newest = &mut self.newest;
        let mut is_new = |topic: &str, time_s: f64| {
            newest.insert((actor, topic.to_owned()), time_s) != Some(time_s)
        };
        let scans = row.scans.iter();
        let new: Vec<bool> = scans
            .map(|scan| is_new(&format!("lidar/{}", scan.sensor), scan.time_s))
            .collect();
        let mut is_new_scan = new.iter().copied();
        row.scans.retain(|_| is_new_scan.next() == Some(true));
        let mut is_new_truth = new.iter().copied();
        row.truths.retain(|_| is_new_truth.next() == Some(true));
        row.frames
            .retain(|frame| is_new(&format!("camera/{}", frame.sensor), frame.time_s));
        row.detections = row
            .detections
            .take()
            .filter(|d| is_new("detections", d.time_s));
        row.tracks = row.tracks.take().filter(|t| is_new("tracks", t.time_s));
        row.predictions = row
            .predictions
            .take()
            .filter(|p| is_new("predictions", p.time_s));
        row.trajectory = row
            .trajectory
            .take()
            .filter(|t| is_new("trajectory", t.start_time_s));
    }
}

impl Sink {
    fn put(&mut self, mut data: TickData) {
        match self {
            // A closed channel means that the writer failed; `finish` tells why.
            Self::File { sender, .. } => {
                if sender.as_ref().is_some_and(|s| s.send(data).is_err()) {
                    *sender = None;
                }
            }
            Self::Ring { map, ticks, last_s } => {
                if !data.map_lines.is_empty() || data.about.is_some() {
                    *map = Some(Box::new(TickData {
                        about: data.about.take(),
                        map_lines: std::mem::take(&mut data.map_lines),
                        time_s: data.time_s,
                        ..TickData::default()
                    }));
                }
                let from_s = data.time_s - *last_s;
                while ticks.front().is_some_and(|t| t.time_s < from_s) {
                    ticks.pop_front();
                }
                ticks.push_back(data);
            }
        }
    }
}

pub(super) fn finish(world: &mut SimWorld) -> Result<Option<KeptRecord>, RecordError> {
    let Some(mut recorder) = world.ecs.remove_resource::<Recorder>() else {
        return Ok(None);
    };
    // Events that came after the last tick.
    let late = world.ecs.resource::<EventLog>().rows();
    let late = late.get(recorder.events_sent..).unwrap_or_default();
    if let Some(last) = late.last() {
        recorder.sink.put(TickData {
            time_s: last.time_s,
            is_state: false,
            events: late.to_vec(),
            ..TickData::default()
        });
    }
    match recorder.sink {
        Sink::Ring { map, ticks, .. } => Ok(Some(KeptRecord { map, ticks })),
        Sink::File {
            path,
            sender,
            writer,
        } => {
            drop(sender);
            match writer.map(std::thread::JoinHandle::join) {
                Some(Err(_)) => Err(RecordError::new(&path, "the writer broke off")),
                Some(Ok(result)) => result.map(|()| None),
                None => Ok(None),
            }
        }
    }
}
