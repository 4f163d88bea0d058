//! Messages as JSON in the shapes of [`super::schema`].

use nalgebra::Isometry3;
use serde_json::{Value, json};

use super::base64;
use super::recorder::TickData;
use crate::message::{CameraFrame, LidarScan, LidarTruth};
use crate::record::EventRow;

/// A time as seconds and nanoseconds.
pub fn timestamp(time_s: f64) -> Value {
    let nanos = (time_s * 1e9).round().max(0.0) as u64;
    json!({"sec": nanos / 1_000_000_000, "nsec": nanos % 1_000_000_000})
}

/// A vector with named components.
pub fn vector(v: [f64; 3]) -> Value {
    json!({"x": v[0], "y": v[1], "z": v[2]})
}

/// A pose.
pub fn pose(at: &Isometry3<f64>) -> Value {
    json!({"position": position(at), "orientation": orientation(at)})
}

fn position(at: &Isometry3<f64>) -> Value {
    let t = at.translation.vector;
    vector([t.x, t.y, t.z])
}

fn orientation(at: &Isometry3<f64>) -> Value {
    let q = at.rotation.quaternion();
    json!({"x": q.i, "y": q.j, "z": q.k, "w": q.w})
}

/// `foxglove.FrameTransform`.
pub fn transform(time_s: f64, parent: &str, child: &str, at: &Isometry3<f64>) -> Value {
    json!({
        "timestamp": timestamp(time_s),
        "parent_frame_id": parent,
        "child_frame_id": child,
        "translation": position(at),
        "rotation": orientation(at),
    })
}

/// `foxglove.PointCloud`, in the carrier's frame; with what is true of the points, where that is known.
pub fn point_cloud(frame_id: &str, scan: &LidarScan, truth: Option<&LidarTruth>) -> Value {
    /// foxglove.PackedElementField.NumericType
    const UINT8: u8 = 1;
    const UINT16: u8 = 3;
    const FLOAT32: u8 = 7;
    let truth = truth.filter(|t| t.0.len() == scan.points.len());
    let stride = if truth.is_some() { 23 } else { 18 };
    let mut bytes = Vec::with_capacity(scan.points.len() * stride);
    for (i, point) in scan.points.iter().enumerate() {
        for value in [point.x_m, point.y_m, point.z_m, point.intensity] {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        bytes.extend_from_slice(&point.ring.to_le_bytes());
        if let Some(truth) = truth.and_then(|t| t.0.get(i)) {
            bytes.push(truth.semantic);
            bytes.extend_from_slice(&truth.range_error_m.to_le_bytes());
        }
    }
    let field =
        |name: &str, offset: u32, kind: u8| json!({"name": name, "offset": offset, "type": kind});
    let mut fields = vec![
        field("x", 0, FLOAT32),
        field("y", 4, FLOAT32),
        field("z", 8, FLOAT32),
        field("intensity", 12, FLOAT32),
        field("ring", 16, UINT16),
    ];
    if truth.is_some() {
        fields.push(field("semantic", 18, UINT8));
        fields.push(field("range_error", 19, FLOAT32));
    }
    json!({
        "timestamp": timestamp(scan.time_s),
        "frame_id": frame_id,
        "pose": pose(&Isometry3::identity()),
        "sensor_origin": scan.origin_m,
        "point_stride": stride,
        "fields": fields,
        "data": base64::encode(&bytes),
    })
}

/// `foxglove.RawImage`.
pub fn image(frame_id: &str, frame: &CameraFrame) -> Value {
    json!({
        "timestamp": timestamp(frame.time_s),
        "frame_id": frame_id,
        "width": frame.width_px,
        "height": frame.height_px,
        "encoding": "rgb8",
        "step": frame.width_px * 3,
        "data": base64::encode(&frame.rgb),
    })
}

/// `foxglove.CameraCalibration` of a pinhole without distortion.
pub fn calibration(frame_id: &str, frame: &CameraFrame) -> Value {
    let (f, (cx, cy)) = (frame.focal_px, frame.center_px);
    json!({
        "timestamp": timestamp(frame.time_s),
        "frame_id": frame_id,
        "width": frame.width_px,
        "height": frame.height_px,
        "distortion_model": "",
        "D": [],
        "K": [f, 0.0, cx, 0.0, f, cy, 0.0, 0.0, 1.0],
        "R": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0],
        "P": [f, 0.0, cx, 0.0, 0.0, f, cy, 0.0, 0.0, 0.0, 1.0, 0.0],
    })
}

/// `foxglove.Log`.
pub fn log(event: &EventRow) -> Value {
    /// foxglove.LogLevel
    const INFO: u8 = 2;
    const WARNING: u8 = 3;
    let level = if event.kind == "collision" {
        WARNING
    } else {
        INFO
    };
    json!({
        "timestamp": timestamp(event.time_s),
        "level": level,
        "name": event.kind,
        "message": format!("{}: {} → {}", event.element, event.from, event.to),
        "file": "",
        "line": 0,
    })
}

/// `skidpad.TickRecord`.
pub fn tick(data: &TickData) -> Value {
    let actors: Vec<Value> = data
        .actors
        .iter()
        .map(|actor| {
            json!({
                "id": actor.id,
                "name": actor.spec.name,
                "class": actor.spec.class,
                "motion": actor.motion,
                "state": actor.state,
            })
        })
        .collect();
    let drivers: Vec<Value> = data
        .drivers
        .iter()
        .map(|driver| {
            let mut value = json!({"actor": driver.actor, "command": driver.command});
            let mut add = |key: &str, part: Option<Value>| {
                if let (Some(object), Some(part)) = (value.as_object_mut(), part) {
                    object.insert(key.to_owned(), part);
                }
            };
            add("odometry", driver.odometry.map(|o| json!(o)));
            let detections = driver.detections.as_ref();
            add("detections", detections.map(|d| json!(d.boxes)));
            add("detections_time_s", detections.map(|d| json!(d.time_s)));
            add("tracks", driver.tracks.as_ref().map(|t| json!(t)));
            add("predictions", driver.predictions.as_ref().map(|p| json!(p)));
            add("trajectory", driver.trajectory.as_ref().map(|t| json!(t)));
            value
        })
        .collect();
    json!({
        "tick": data.tick,
        "time_s": data.time_s,
        "actors": actors,
        "signals": data.signals,
        "drivers": drivers,
    })
}
