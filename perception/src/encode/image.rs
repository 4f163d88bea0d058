//! Camera images as patches with rays, and small images about each traffic light.

use nalgebra::{Point3, Vector3};
use sim::math::Pose;
use sim::message::CameraFrame;

use super::raster::project;

/// Cameras that are read, in the rig's order.
pub const MAX_CAMERAS: usize = 2;
/// Patches across an image.
pub const PATCH_COLUMNS: usize = 10;
/// Patches down an image.
pub const PATCH_ROWS: usize = 6;
/// Samples a side of a patch.
pub const PATCH: usize = 16;
/// Patches of all cameras.
pub const TOKENS: usize = MAX_CAMERAS * PATCH_COLUMNS * PATCH_ROWS;
/// Numbers of a patch: colour, row, column.
pub const PATCH_VALUES: usize = 3 * PATCH * PATCH;
/// Numbers of a patch's ray: direction (x, y, z), origin (x, y, z) / 5 m.
pub const RAY: usize = 6;
/// Traffic lights that are read, nearest first.
pub const MAX_SIGNALS: usize = 8;
/// Samples a side of the image about a light.
pub const CROP: usize = 12;
/// Farthest light that is read, metres.
const SIGNAL_RANGE_M: f64 = 60.0;

fn is_whole(frame: &CameraFrame) -> bool {
    frame.width_px > 0
        && frame.height_px > 0
        && frame.rgb.len() == frame.width_px as usize * frame.height_px as usize * 3
}

fn texel(frame: &CameraFrame, u: f64, v: f64, channel: usize) -> f32 {
    let clamp = |value: f64, size: u32| (value.max(0.0) as usize).min(size as usize - 1);
    let at = clamp(v, frame.height_px) * frame.width_px as usize + clamp(u, frame.width_px);
    f32::from(frame.rgb[at * 3 + channel]) / 255.0
}

/// `TOKENS · PATCH_VALUES`; images of any size are sampled to the same patches (pixel for pixel
/// at 160 × 96).
pub fn patches(frames: &[CameraFrame]) -> Vec<f32> {
    let mut out = vec![0f32; TOKENS * PATCH_VALUES];
    for (camera, frame) in frames.iter().take(MAX_CAMERAS).enumerate() {
        if !is_whole(frame) {
            continue;
        }
        let step_u = f64::from(frame.width_px) / (PATCH_COLUMNS * PATCH) as f64;
        let step_v = f64::from(frame.height_px) / (PATCH_ROWS * PATCH) as f64;
        for token in 0..PATCH_ROWS * PATCH_COLUMNS {
            let (row, column) = (token / PATCH_COLUMNS, token % PATCH_COLUMNS);
            let base = (camera * PATCH_ROWS * PATCH_COLUMNS + token) * PATCH_VALUES;
            for channel in 0..3 {
                for i in 0..PATCH {
                    for j in 0..PATCH {
                        let v = ((row * PATCH + i) as f64 + 0.5) * step_v;
                        let u = ((column * PATCH + j) as f64 + 0.5) * step_u;
                        out[base + (channel * PATCH + i) * PATCH + j] = texel(frame, u, v, channel);
                    }
                }
            }
        }
    }
    out
}

/// `TOKENS · RAY`: unit direction and origin of each patch's middle in the ego frame.
pub fn patch_rays(frames: &[CameraFrame]) -> Vec<f32> {
    let mut out = vec![0f32; TOKENS * RAY];
    for (camera, frame) in frames.iter().take(MAX_CAMERAS).enumerate() {
        let origin = frame.ego_from_camera.translation.vector / 5.0;
        for token in 0..PATCH_ROWS * PATCH_COLUMNS {
            let (row, column) = (token / PATCH_COLUMNS, token % PATCH_COLUMNS);
            let u = (column as f64 + 0.5) / PATCH_COLUMNS as f64 * f64::from(frame.width_px);
            let v = (row as f64 + 0.5) / PATCH_ROWS as f64 * f64::from(frame.height_px);
            let focal = frame.focal_px.max(1e-3);
            let ray = Vector3::new(
                (u - frame.center_px.0) / focal,
                (v - frame.center_px.1) / focal,
                1.0,
            );
            let ray = frame.ego_from_camera.rotation * ray.normalize();
            let base = (camera * PATCH_ROWS * PATCH_COLUMNS + token) * RAY;
            for axis in 0..3 {
                out[base + axis] = ray[axis] as f32;
                out[base + 3 + axis] = origin[axis] as f32;
            }
        }
    }
    out
}

/// Where the map has a traffic light.
#[derive(Clone, Debug, PartialEq)]
pub struct SignalFace {
    /// OpenDRIVE signal id.
    pub id: String,
    /// Middle of its face in the world, metres.
    pub position_m: [f64; 3],
    /// Heading of the face's normal, towards the traffic it counts for, radians.
    pub yaw_rad: f64,
    /// Height of the face, metres.
    pub height_m: f64,
}

impl SignalFace {
    fn in_ego(&self, ego: &Pose) -> Point3<f64> {
        let [x, y, z] = self.position_m;
        ego.to_isometry()
            .inverse_transform_point(&Point3::new(x, y, z))
    }

    /// Pixel (u, v) and depth (m) in the frame that shows its place largest, with that frame's number.
    pub fn seen_in(&self, frames: &[CameraFrame], ego: &Pose) -> Option<(usize, f64, f64, f64)> {
        let point = self.in_ego(ego);
        let whole = frames.iter().enumerate().filter(|(_, f)| is_whole(f));
        let seen = whole.filter_map(|(number, frame)| {
            let (u, v, depth) = project(frame, &point)?;
            let inside = u >= 0.0
                && v >= 0.0
                && u < f64::from(frame.width_px)
                && v < f64::from(frame.height_px);
            inside.then_some((number, u, v, depth))
        });
        seen.max_by(|a, b| frames[a.0].focal_px.total_cmp(&frames[b.0].focal_px))
    }

    /// Whether any frame shows its place.
    pub fn is_in_view(&self, frames: &[CameraFrame], ego: &Pose) -> bool {
        self.seen_in(frames, ego).is_some()
    }
}

/// The lights in range whose faces point at the ego, nearest first.
pub fn signal_faces(signals: &[SignalFace], ego: &Pose) -> Vec<SignalFace> {
    let mut near: Vec<(f64, &SignalFace)> = signals
        .iter()
        .filter_map(|face| {
            let (dx, dy) = (ego.x_m - face.position_m[0], ego.y_m - face.position_m[1]);
            let distance = sim::math::hypot(dx, dy);
            let facing = dx * sim::math::cos(face.yaw_rad) + dy * sim::math::sin(face.yaw_rad);
            (distance < SIGNAL_RANGE_M && facing > 0.3 * distance).then_some((distance, face))
        })
        .collect();
    near.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.id.cmp(&b.1.id)));
    near.into_iter().map(|(_, face)| face.clone()).collect()
}

/// `MAX_SIGNALS · 3 · CROP · CROP`: the image about each light in view, in the order of `faces`;
/// a crop spans twice the face's height, at least 6 pixels.
pub fn signal_crops(faces: &[SignalFace], frames: &[CameraFrame], ego: &Pose) -> Vec<f32> {
    let mut out = vec![0f32; MAX_SIGNALS * 3 * CROP * CROP];
    let seen = faces.iter().filter_map(|face| {
        let (number, u, v, depth) = face.seen_in(frames, ego)?;
        let frame = &frames[number];
        Some((frame, u, v, 2.0 * face.height_m * frame.focal_px / depth))
    });
    for (slot, (frame, u, v, span)) in seen.take(MAX_SIGNALS).enumerate() {
        let span = span.max(6.0);
        for channel in 0..3 {
            for i in 0..CROP {
                for j in 0..CROP {
                    let du = ((j as f64 + 0.5) / CROP as f64 - 0.5) * span;
                    let dv = ((i as f64 + 0.5) / CROP as f64 - 0.5) * span;
                    out[((slot * 3 + channel) * CROP + i) * CROP + j] =
                        texel(frame, u + du, v + dv, channel);
                }
            }
        }
    }
    out
}
