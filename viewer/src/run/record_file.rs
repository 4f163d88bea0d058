//! The parts of an MCAP file: records one after another, chunks, and sensor messages that are read when they are
//! looked at. What the file says of its own sizes is not believed.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use mcap::read::parse_record;
use mcap::records::{ChunkHeader, Record};
use nalgebra::Isometry3;
use serde_json::Value;
use sim::message::{CameraFrame, LidarPoint, LidarScan, LidarTruth, PointTruth};

/// Longest record of the file, bytes: a chunk with one camera image in it is far below.
const MOST_RECORD_BYTES: u64 = 256 << 20;

/// A message that stays in the file.
#[derive(Clone)]
pub(super) struct Stored {
    pub path: Arc<PathBuf>,
    /// Where its chunk begins, bytes.
    pub chunk: u64,
    pub channel: u16,
    pub log_time: u64,
    pub sensor: String,
}

/// What is needed of a camera to draw into its image.
#[derive(Clone, Debug)]
pub(super) struct Calibration {
    pub focal_px: f64,
    pub center_px: (f64, f64),
    pub ego_from_camera: Isometry3<f64>,
}

/// Whether a file begins as a record does.
pub fn is_record(path: &Path) -> bool {
    let mut magic = [0; 8];
    let read = File::open(path).and_then(|mut file| file.read_exact(&mut magic));
    read.is_ok() && magic == *mcap::MAGIC
}

/// The next record of the file: its kind and its content. At the end, or where the file is cut, nothing.
pub(super) fn next_record(file: &mut impl Read, cut: &mut Option<String>) -> Option<(u8, Vec<u8>)> {
    let mut head = [0; 9];
    if file.read_exact(&mut head).is_err() {
        *cut = Some("its end is missing".into());
        return None;
    }
    let length = u64::from_le_bytes([
        head[1], head[2], head[3], head[4], head[5], head[6], head[7], head[8],
    ]);
    if length > MOST_RECORD_BYTES {
        *cut = Some(format!("a part of {length} bytes"));
        return None;
    }
    let mut body = Vec::new();
    // No more is set aside than comes.
    if file.take(length).read_to_end(&mut body).is_err() || (body.len() as u64) < length {
        *cut = Some("its last part is not whole".into());
        return None;
    }
    Some((head[0], body))
}

/// The content of a chunk, checked against its checksum.
pub(super) fn unpacked(header: &ChunkHeader, data: &[u8]) -> Result<Vec<u8>, String> {
    let size = header.uncompressed_size;
    if size > MOST_RECORD_BYTES {
        return Err(format!("a part of {size} bytes"));
    }
    let mut bytes = Vec::new();
    let read = match header.compression.as_str() {
        "" => data.take(size).read_to_end(&mut bytes),
        "zstd" => {
            zstd::stream::Decoder::new(data).and_then(|d| d.take(size).read_to_end(&mut bytes))
        }
        other => return Err(format!("the compression {other}")),
    };
    read.map_err(|e| e.to_string())?;
    let is_sound =
        header.uncompressed_crc == 0 || crc32fast::hash(&bytes) == header.uncompressed_crc;
    if bytes.len() as u64 != size || !is_sound {
        return Err("a part whose checksum is wrong".into());
    }
    Ok(bytes)
}

impl Stored {
    fn value(&self) -> Option<Value> {
        let mut file = File::open(&*self.path).ok()?;
        file.seek(SeekFrom::Start(self.chunk)).ok()?;
        let (op, body) = next_record(&mut file, &mut None)?;
        let is_it = |record: &Record<'_>| match record {
            Record::Message { header, .. } => {
                header.channel_id == self.channel && header.log_time == self.log_time
            }
            _ => false,
        };
        match parse_record(op, &body).ok()? {
            Record::Chunk { header, data } => {
                let bytes = unpacked(&header, &data).ok()?;
                let mut rest = bytes.as_slice();
                let mut found = None;
                while let Some((op, body)) = next_record(&mut rest, &mut None) {
                    if let Ok(record) = parse_record(op, &body)
                        && is_it(&record)
                        && let Record::Message { data, .. } = record
                    {
                        found = serde_json::from_slice(&data).ok();
                        break;
                    }
                }
                found
            }
            Record::Message { data, .. } => serde_json::from_slice(&data).ok(),
            _ => None,
        }
    }

    fn bytes(value: &Value) -> Option<Vec<u8>> {
        BASE64_STANDARD.decode(value.get("data")?.as_str()?).ok()
    }
}

pub(super) fn read_scan(stored: &Stored) -> Option<(LidarScan, Option<LidarTruth>)> {
    /// x, y, z and intensity as f32, ring as u16; then class as u8 and error of range as f32.
    const STRIDE: usize = 18;
    const WITH_TRUTH: usize = 23;
    let value = stored.value()?;
    let bytes = Stored::bytes(&value)?;
    let stride = value.get("point_stride").and_then(Value::as_u64);
    let has_truth = stride == Some(WITH_TRUTH as u64);
    let stride = if has_truth { WITH_TRUTH } else { STRIDE };
    let float = |b: &[u8], i: usize| f32::from_le_bytes([b[i], b[i + 1], b[i + 2], b[i + 3]]);
    let points = bytes.chunks_exact(stride).map(|b| {
        let float = |i: usize| float(b, i);
        LidarPoint {
            x_m: float(0),
            y_m: float(4),
            z_m: float(8),
            intensity: float(12),
            ring: u16::from_le_bytes([b[16], b[17]]),
            column: 0,
        }
    });
    let truths = bytes.chunks_exact(stride).map(|b| PointTruth {
        actor: None,
        class: None,
        semantic: b[18],
        range_error_m: float(b, 19),
    });
    let truth = has_truth.then(|| LidarTruth(truths.collect()));
    let origin = |i: usize| Some(value.get("sensor_origin")?.get(i)?.as_f64()? as f32);
    // Records of before told nothing of it.
    let origin_m = [(0, 0.0), (1, 0.0), (2, 1.8)].map(|(i, usual)| origin(i).unwrap_or(usual));
    let scan = LidarScan {
        sensor: stored.sensor.clone(),
        time_s: stored.log_time as f64 * 1e-9,
        origin_m,
        points: points.collect(),
    };
    Some((scan, truth))
}

pub(super) fn read_image(
    stored: &Stored,
    calibration: Option<&Calibration>,
) -> Option<CameraFrame> {
    let value = stored.value()?;
    let size = |key: &str| u32::try_from(value.get(key)?.as_u64()?).ok();
    let (width_px, height_px) = (size("width")?, size("height")?);
    let rgb = Stored::bytes(&value)?;
    let known = calibration.cloned().unwrap_or(Calibration {
        focal_px: f64::from(width_px),
        center_px: (f64::from(width_px) / 2.0, f64::from(height_px) / 2.0),
        ego_from_camera: Isometry3::identity(),
    });
    Some(CameraFrame {
        sensor: stored.sensor.clone(),
        time_s: stored.log_time as f64 * 1e-9,
        width_px,
        height_px,
        focal_px: known.focal_px,
        center_px: known.center_px,
        ego_from_camera: known.ego_from_camera,
        rgb,
    })
}
