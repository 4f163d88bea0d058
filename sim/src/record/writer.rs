//! The writer thread: ticks to an MCAP file.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufWriter, Cursor, Seek, Write};
use std::path::Path;
use std::sync::Arc;

use crossbeam::channel::Receiver;
use mcap::records::MessageHeader;
use mcap::{McapError, WriteOptions, Writer};
use serde_json::{Value, json};

use super::recorder::TickData;
use super::schema::{self, Schema};
use super::{RecordError, message, scene};
use crate::actor::{ActorId, ActorSpec, VehicleLights};
use crate::sensor::Daylight;

/// A chunk is closed beyond this size, bytes.
const CHUNK_BYTES: u64 = 1 << 20;

/// Writes what comes until the channel closes, then the summary.
pub fn write(path: &Path, file: File, ticks: &Receiver<TickData>) -> Result<(), RecordError> {
    let written = write_all(BufWriter::new(file), ticks.iter());
    written.map(|_| ()).map_err(|e| RecordError::new(path, e))
}

/// The same in memory.
pub fn write_to_memory(ticks: impl Iterator<Item = TickData>) -> Result<Vec<u8>, McapError> {
    let bytes = write_all(Cursor::new(Vec::new()), ticks)?;
    Ok(bytes.into_inner())
}

fn write_all<W: Write + Seek>(
    to: W,
    ticks: impl Iterator<Item = TickData>,
) -> Result<W, McapError> {
    // Without seeking, a chunk is put together in memory and reaches the file whole.
    let writer = WriteOptions::new()
        .profile("")
        .library(concat!("skidpad ", env!("CARGO_PKG_VERSION")))
        .chunk_size(Some(CHUNK_BYTES))
        .disable_seeking(true)
        .create(to)?;
    let mut out = Output {
        writer,
        channels: BTreeMap::new(),
        specs: BTreeMap::new(),
        light: None,
        lights: Some(BTreeMap::new()),
    };
    for data in ticks {
        out.tick(&data)?;
        if data.flush {
            out.writer.flush()?;
        }
    }
    out.writer.finish()?;
    Ok(out.writer.into_inner())
}

struct Output<W: Write + Seek> {
    writer: Writer<W>,
    /// Channel id and messages so far, by topic.
    channels: BTreeMap<String, (u16, u32)>,
    /// Descriptions written so far.
    specs: BTreeMap<u32, Arc<ActorSpec>>,
    /// The light written last.
    light: Option<Daylight>,
    /// The lamps written last.
    lights: Option<BTreeMap<ActorId, VehicleLights>>,
}

impl<W: Write + Seek> Output<W> {
    fn tick(&mut self, data: &TickData) -> Result<(), McapError> {
        let time_s = data.time_s;
        if !data.map_lines.is_empty() {
            self.put(schema::SCENE, "/map", time_s, &scene::map(&data.map_lines))?;
        }
        if let Some(about) = &data.about {
            self.put(schema::RUN, "/run", time_s, about)?;
        }
        if data.is_state {
            for actor in &data.actors {
                let known = self.specs.get(&actor.id.0);
                if known.is_none_or(|spec| **spec != *actor.spec) {
                    self.specs.insert(actor.id.0, actor.spec.clone());
                    let spec = json!({"id": actor.id, "spec": *actor.spec});
                    self.put(schema::SPEC, "/spec", time_s, &spec)?;
                }
            }
            if self.light != Some(data.light) {
                self.light = Some(data.light);
                self.put(schema::LIGHT, "/light", time_s, &json!(data.light))?;
            }
            if self.lights.as_ref() != Some(&data.lights) {
                self.lights = Some(data.lights.clone());
                self.put(schema::LAMPS, "/lamps", time_s, &json!(data.lights))?;
            }
            self.put(schema::TICK, "/tick", time_s, &message::tick(data))?;
            self.put(schema::SCENE, "/actors", time_s, &scene::actors(data))?;
        }
        for event in &data.events {
            self.put(schema::LOG, "/log", event.time_s, &message::log(event))?;
        }
        for driver in &data.drivers {
            let name = &driver.name;
            if let Some(actor) = data.actors.iter().find(|a| a.id.0 == driver.actor) {
                let at = message::transform(time_s, "world", name, &actor.state.pose.to_isometry());
                self.put(schema::TRANSFORM, "/tf", time_s, &at)?;
            }
            for (i, scan) in driver.scans.iter().enumerate() {
                let topic = format!("/{name}/lidar/{}", scan.sensor);
                let cloud = message::point_cloud(name, scan, driver.truths.get(i));
                self.put(schema::POINT_CLOUD, &topic, scan.time_s, &cloud)?;
            }
            for frame in &driver.frames {
                let topic = format!("/{name}/camera/{}", frame.sensor);
                let id = format!("{name}/{}", frame.sensor);
                let at = message::transform(frame.time_s, name, &id, &frame.ego_from_camera);
                self.put(schema::TRANSFORM, "/tf", frame.time_s, &at)?;
                let calibration = message::calibration(&id, frame);
                let topic_of_calibration = format!("{topic}/calibration");
                self.put(
                    schema::CALIBRATION,
                    &topic_of_calibration,
                    frame.time_s,
                    &calibration,
                )?;
                self.put(
                    schema::IMAGE,
                    &topic,
                    frame.time_s,
                    &message::image(&id, frame),
                )?;
            }
            if let Some(mind) = scene::mind(time_s, driver) {
                self.put(schema::SCENE, &format!("/{name}/mind"), time_s, &mind)?;
            }
        }
        Ok(())
    }

    fn put(
        &mut self,
        schema: Schema,
        topic: &str,
        time_s: f64,
        value: &Value,
    ) -> Result<(), McapError> {
        let (channel_id, sequence) = match self.channels.get(topic) {
            Some(known) => *known,
            None => {
                let schema_id =
                    self.writer
                        .add_schema(schema.name, "jsonschema", schema.json.as_bytes())?;
                let id = self
                    .writer
                    .add_channel(schema_id, topic, "json", &BTreeMap::new())?;
                (id, 0)
            }
        };
        self.channels
            .insert(topic.to_owned(), (channel_id, sequence + 1));
        let log_time = (time_s * 1e9).round().max(0.0) as u64;
        let header = MessageHeader {
            channel_id,
            sequence,
            log_time,
            publish_time: log_time,
        };
        self.writer
            .write_to_known_channel(&header, value.to_string().as_bytes())
    }
}
