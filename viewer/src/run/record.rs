//! A run that is read from an MCAP record.
//!
//! The file is read once from its start, so that one which was cut off is read as far as it goes. States come into
//! memory; lidar and camera messages stay in the file, and are read when they are looked at.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crossbeam::channel::{Sender, unbounded};
use mcap::read::parse_record;
use mcap::records::Record;
use nalgebra::Isometry3;
use scenarios::story::State;
use serde_json::Value;
use sim::actor::{ActorId, ActorSpec, VehicleLights};
use sim::input::Limits;
use sim::message::DetectionSet;
use sim::record::EventRow;
use sim::road::RoadNetwork;
use sim::sensor::Daylight;
use sim::world::ActorSnapshot;

use super::frame::Timed;
use super::lazy::Lazy;
use super::record_file::{Calibration, Stored, next_record, read_image, read_scan, unpacked};
use super::record_messages::{About, KINDS, SpecMessage, TickMessage, json, kind};
use super::{Ending, Frame, Images, Mind, News, Run, RunInfo, Scans, StoryNode, StoryTree};

/// Frames that are sent together.
const BATCH: usize = 64;

/// How a record is read.
#[derive(Clone, Debug, Default)]
pub struct RecordOptions {
    /// Bounds on input; a record may be larger than any other file.
    pub limits: Limits,
    /// Folders in which its map is looked for, besides the place that it names and that of the record.
    pub map_folders: Vec<PathBuf>,
}

/// Opens a record; it is read in a thread of its own.
pub fn record(path: PathBuf, options: RecordOptions) -> Run {
    let (asks, _) = unbounded();
    let (sender, news) = unbounded();
    let failed = sender.clone();
    let spawned = std::thread::Builder::new()
        .name("record".into())
        .spawn(move || {
            let mut reader = Reader::new(&path, &options, &sender);
            if let Err(reason) = reader.read() {
                sender.send(News::Failed(reason)).ok();
            }
        });
    if let Err(error) = spawned {
        failed.send(News::Failed(error.to_string())).ok();
    }
    Run::new(asks, news, None)
}

struct Reader<'a> {
    path: Arc<PathBuf>,
    options: &'a RecordOptions,
    news: &'a Sender<News>,
    topics: BTreeMap<u16, String>,
    info: Option<RunInfo>,
    ego: Option<String>,
    specs: BTreeMap<ActorId, Arc<ActorSpec>>,
    light: Daylight,
    lights: Arc<BTreeMap<ActorId, VehicleLights>>,
    states: Arc<Vec<State>>,
    frame: Option<Frame>,
    /// The frame before, whose parts are shared where they have not changed.
    last: Option<Arc<Frame>>,
    /// Sensor messages of the frame that is being put together, by actor's name.
    scans: BTreeMap<String, Vec<Stored>>,
    images: BTreeMap<String, Vec<Stored>>,
    calibrations: BTreeMap<(String, String), Calibration>,
    batch: Vec<Arc<Frame>>,
    events: Vec<EventRow>,
}

impl<'a> Reader<'a> {
    fn new(path: &Path, options: &'a RecordOptions, news: &'a Sender<News>) -> Self {
        Self {
            path: Arc::new(path.to_owned()),
            options,
            news,
            topics: BTreeMap::new(),
            info: None,
            ego: None,
            specs: BTreeMap::new(),
            light: Daylight::default(),
            lights: Arc::default(),
            states: Arc::default(),
            frame: None,
            last: None,
            scans: BTreeMap::new(),
            images: BTreeMap::new(),
            calibrations: BTreeMap::new(),
            batch: Vec::new(),
            events: Vec::new(),
        }
    }

    fn read(&mut self) -> Result<(), String> {
        let name = self.path.display().to_string();
        let wrong =
            |reason: &str| format!("{name}: expected an MCAP record of skidpad, found {reason}");
        let file = File::open(&*self.path).map_err(|e| format!("{name}: {e}"))?;
        let mut file = BufReader::with_capacity(1 << 20, file);
        let mut magic = [0; 8];
        let is_whole = file.read_exact(&mut magic).is_ok();
        if !is_whole || magic != *mcap::MAGIC {
            return Err(wrong("no MCAP magic at its start"));
        }
        let mut at = magic.len() as u64;
        let mut cut = None;
        while let Some((op, body)) = next_record(&mut file, &mut cut) {
            let begins = at;
            at += 9 + body.len() as u64;
            match parse_record(op, &body) {
                Ok(Record::Chunk { header, data }) => match unpacked(&header, &data) {
                    Ok(bytes) => {
                        let mut rest = bytes.as_slice();
                        while let Some((op, body)) = next_record(&mut rest, &mut None) {
                            if let Ok(record) = parse_record(op, &body) {
                                self.take(record, begins)?;
                            }
                        }
                    }
                    Err(reason) => cut = Some(reason),
                },
                Ok(Record::DataEnd(_)) => break,
                Ok(record) => self.take(record, begins)?,
                Err(error) => cut = Some(error.to_string()),
            }
            if cut.is_some() {
                break;
            }
        }
        self.end_frame();
        self.send();
        if self.info.is_none() {
            return Err(wrong(
                "no /run message in it; records of earlier versions can't be shown",
            ));
        }
        let ended = cut.map_or_else(
            || "the record ends".to_owned(),
            |why| format!("the record is cut off: {why}"),
        );
        let ending = Ending {
            ended,
            ..Ending::default()
        };
        self.news.send(News::Ended(Box::new(ending))).ok();
        Ok(())
    }

    fn take(&mut self, record: Record<'_>, chunk: u64) -> Result<(), String> {
        match record {
            Record::Channel(channel) => {
                self.topics.insert(channel.id, channel.topic);
            }
            Record::Message { header, data } => {
                let Some(topic) = self.topics.get(&header.channel_id).cloned() else {
                    return Ok(());
                };
                let stored = |sensor: &str| Stored {
                    path: self.path.clone(),
                    chunk,
                    channel: header.channel_id,
                    log_time: header.log_time,
                    sensor: sensor.to_owned(),
                };
                let parts: Vec<&str> = topic.trim_start_matches('/').split('/').collect();
                match *parts.as_slice() {
                    ["run"] => self.begin(&json(&data, &topic)?)?,
                    ["spec"] => {
                        let message: SpecMessage = json(&data, &topic)?;
                        self.specs.insert(message.id, Arc::new(message.spec));
                    }
                    ["light"] => self.light = json(&data, &topic)?,
                    ["lamps"] => self.lights = Arc::new(json(&data, &topic)?),
                    ["tick"] => {
                        self.end_frame();
                        let message: TickMessage = json(&data, &topic)?;
                        self.tick(message);
                    }
                    ["log"] => self.event(&json(&data, &topic)?),
                    [name, "lidar", sensor] => {
                        let message = stored(sensor);
                        self.scans.entry(name.to_owned()).or_default().push(message);
                    }
                    [name, "camera", sensor] => {
                        let message = stored(sensor);
                        self.images
                            .entry(name.to_owned())
                            .or_default()
                            .push(message);
                    }
                    [name, "camera", sensor, "calibration"] => {
                        let value: Value = json(&data, &topic)?;
                        self.calibrate(name, sensor, &value);
                    }
                    ["tf"] => self.mount(&json(&data, &topic)?),
                    _ => {}
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn begin(&mut self, about: &About) -> Result<(), String> {
        let map = match &about.map {
            Some(path) => self.map(path)?,
            None => RoadNetwork::empty(),
        };
        if !(about.dt_s.is_finite() && about.dt_s > 0.0) {
            return Err(format!(
                "{}: /run: expected dt_s above 0, found {}",
                self.path.display(),
                about.dt_s
            ));
        }
        let nodes: Vec<StoryNode> = about
            .story
            .iter()
            .enumerate()
            .map(|(number, element)| StoryNode {
                kind: kind(&element.kind),
                name: element.name.clone(),
                // Parents come first; anything else would be a ring.
                parent: element.parent.filter(|parent| *parent < number),
            })
            .collect();
        self.states = Arc::new(vec![State::Init; nodes.len()]);
        self.ego.clone_from(&about.ego);
        let title = about
            .scenario
            .as_deref()
            .map(Path::new)
            .and_then(Path::file_stem);
        self.info = Some(RunInfo {
            title: title.map_or_else(|| "record".into(), |t| t.to_string_lossy().into_owned()),
            map: Arc::new(map),
            dt_s: about.dt_s,
            ego: None,
            story: Arc::new(StoryTree { nodes }),
            level: None,
            duration_s: None,
        });
        Ok(())
    }

    fn map(&self, path: &Path) -> Result<RoadNetwork, String> {
        let beside = self.path.parent().map(Path::to_owned);
        let name = path.file_name().unwrap_or_default();
        let folders = beside
            .iter()
            .chain(&self.options.map_folders)
            .map(|folder| folder.join(name));
        let found = std::iter::once(path.to_owned())
            .chain(folders)
            .find(|p| p.is_file());
        let found = found.ok_or_else(|| {
            format!(
                "{}: its map {} is not there; name its folder with --map-path",
                self.path.display(),
                path.display()
            )
        })?;
        RoadNetwork::load(&found, &self.options.limits).map_err(|e| e.to_string())
    }

    fn tick(&mut self, message: TickMessage) {
        let TickMessage {
            tick,
            time_s,
            actors,
            signals,
            drivers,
        } = message;
        let before = self.last.clone();
        let mut actors: Vec<ActorSnapshot> = actors
            .into_iter()
            .filter_map(|actor| {
                Some(ActorSnapshot {
                    id: actor.id,
                    spec: self.specs.get(&actor.id)?.clone(),
                    state: actor.state,
                    motion: actor.motion,
                })
            })
            .collect();
        actors.sort_by_key(|a| a.id);
        let same = before.as_ref().filter(|b| *b.signals == signals);
        let signals = same.map_or_else(|| Arc::new(signals), |b| b.signals.clone());
        let minds = drivers.into_iter().map(|driver| {
            let old = before.as_ref().and_then(|b| b.mind(driver.actor));
            let detections = driver.detections.map(|boxes| {
                Arc::new(DetectionSet {
                    time_s: driver.detections_time_s.unwrap_or(time_s),
                    boxes,
                    ..DetectionSet::default()
                })
            });
            Mind {
                actor: driver.actor,
                driver: None,
                command: driver.command,
                odometry: driver.odometry,
                detections: detections.or_else(|| old?.detections.clone()),
                tracks: driver.tracks.map(Arc::new).or_else(|| old?.tracks.clone()),
                predictions: driver
                    .predictions
                    .map(Arc::new)
                    .or_else(|| old?.predictions.clone()),
                trajectory: driver
                    .trajectory
                    .map(Arc::new)
                    .or_else(|| old?.trajectory.clone()),
                scans: old.and_then(|m| m.scans.clone()),
                images: old.and_then(|m| m.images.clone()),
            }
        });
        self.frame = Some(Frame {
            tick,
            time_s,
            actors,
            signals,
            light: self.light,
            story: self.states.clone(),
            lights: self.lights.clone(),
            minds: minds.collect(),
            costs: Arc::default(),
        });
    }

    /// Takes an entry of the log, and what it says of the storyboard's states.
    fn event(&mut self, value: &Value) {
        let text = |key: &str| {
            value
                .get(key)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let stamp = |key: &str| {
            value
                .pointer(&format!("/timestamp/{key}"))
                .and_then(Value::as_f64)
                .unwrap_or(0.0)
        };
        let message = text("message");
        let (element, change) = message.rsplit_once(": ").unwrap_or((&message, ""));
        let (from, to) = change.split_once(" → ").unwrap_or((change, ""));
        let name = text("name");
        let Some(kind) = KINDS.into_iter().find(|kind| *kind == name) else {
            return;
        };
        if let Some(info) = &self.info {
            let state = match to {
                "standbyState" => Some(State::Standby),
                "runningState" => Some(State::Running),
                "completeState" => Some(State::Complete),
                _ => None,
            };
            let nodes = info.story.nodes.iter().enumerate();
            let is_it = |node: &StoryNode| node.kind.log_name() == kind && node.name == element;
            for (number, _) in nodes.filter(|(_, node)| is_it(node)) {
                let states = Arc::make_mut(&mut self.states);
                if let (Some(slot), Some(state)) = (states.get_mut(number), state) {
                    *slot = state;
                }
            }
        }
        self.events.push(EventRow {
            time_s: stamp("sec") + stamp("nsec") * 1e-9,
            kind,
            element: element.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        });
        if let Some(frame) = &mut self.frame {
            frame.story = self.states.clone();
        }
    }

    fn calibrate(&mut self, name: &str, sensor: &str, value: &Value) {
        let k = |i: usize| value.pointer(&format!("/K/{i}")).and_then(Value::as_f64);
        if let (Some(focal_px), Some(cx), Some(cy)) = (k(0), k(2), k(5)) {
            let key = (name.to_owned(), sensor.to_owned());
            let known = self.calibrations.entry(key).or_insert_with(|| Calibration {
                focal_px,
                center_px: (cx, cy),
                ego_from_camera: Isometry3::identity(),
            });
            (known.focal_px, known.center_px) = (focal_px, (cx, cy));
        }
    }

    /// Takes where a camera sits on its carrier.
    fn mount(&mut self, value: &Value) {
        let child = value
            .get("child_frame_id")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let Some((name, sensor)) = child.split_once('/') else {
            return;
        };
        let get = |path: &str| value.pointer(path).and_then(Value::as_f64).unwrap_or(0.0);
        let q = nalgebra::Quaternion::new(
            get("/rotation/w"),
            get("/rotation/x"),
            get("/rotation/y"),
            get("/rotation/z"),
        );
        let at = Isometry3::from_parts(
            nalgebra::Translation3::new(
                get("/translation/x"),
                get("/translation/y"),
                get("/translation/z"),
            ),
            nalgebra::UnitQuaternion::from_quaternion(q),
        );
        let key = (name.to_owned(), sensor.to_owned());
        let known = self.calibrations.entry(key).or_insert(Calibration {
            focal_px: 1.0,
            center_px: (0.0, 0.0),
            ego_from_camera: at,
        });
        known.ego_from_camera = at;
    }

    /// Gives the frame that is being put together its sensor data.
    fn end_frame(&mut self) {
        let (scans, images) = (
            std::mem::take(&mut self.scans),
            std::mem::take(&mut self.images),
        );
        let Some(mut frame) = self.frame.take() else {
            return;
        };
        let names: Vec<(ActorId, String)> = frame
            .actors
            .iter()
            .map(|a| (a.id, a.spec.name.clone()))
            .collect();
        for mind in &mut frame.minds {
            let Some((_, name)) = names.iter().find(|(id, _)| *id == mind.actor) else {
                continue;
            };
            if let Some(stored) = scans.get(name).cloned() {
                let time_s = stored.first().map_or(0.0, |s| s.log_time as f64 * 1e-9);
                mind.scans = Some(Timed::new(
                    time_s,
                    Lazy::stored(move || {
                        let read = stored.iter().filter_map(read_scan);
                        let (scans, truths): (Vec<_>, Vec<_>) = read.unzip();
                        let truths = truths.into_iter().map(Option::unwrap_or_default);
                        Some(Scans {
                            scans,
                            truths: truths.collect(),
                        })
                    }),
                ));
            }
            if let Some(stored) = images.get(name).cloned() {
                let time_s = stored.first().map_or(0.0, |s| s.log_time as f64 * 1e-9);
                let known: Vec<(Stored, Option<Calibration>)> = stored
                    .into_iter()
                    .map(|s| {
                        let key = (name.clone(), s.sensor.clone());
                        let calibration = self.calibrations.get(&key).cloned();
                        (s, calibration)
                    })
                    .collect();
                mind.images = Some(Timed::new(
                    time_s,
                    Lazy::stored(move || {
                        let frames = known
                            .iter()
                            .filter_map(|(s, c)| read_image(s, c.as_ref()))
                            .collect();
                        Some(Images { frames })
                    }),
                ));
            }
        }
        if let Some(info) = &mut self.info
            && info.ego.is_none()
        {
            let ego = self.ego.as_ref().and_then(|name| frame.actor_named(name));
            info.ego = ego.or(frame.actors.first()).map(|a| a.id);
            self.news.send(News::Ready(Box::new(info.clone()))).ok();
        }
        let frame = Arc::new(frame);
        self.last = Some(frame.clone());
        self.batch.push(frame);
        if self.batch.len() > BATCH {
            self.send();
        }
    }

    /// Sends what has come.
    fn send(&mut self) {
        if self.info.is_none() {
            return;
        }
        let events = std::mem::take(&mut self.events);
        let frames = std::mem::take(&mut self.batch);
        self.news.send(News::Frames(frames, events)).ok();
    }
}
