//! Sensor messages of one actor to tensors of one fixed shape.

mod ground;
mod image;
mod raster;
mod sweep;

pub use ground::Ground;
pub use image::{
    CROP, MAX_CAMERAS, MAX_SIGNALS, PATCH, PATCH_COLUMNS, PATCH_ROWS, PATCH_VALUES, RAY,
    SignalFace, TOKENS, patch_rays, patches, signal_crops, signal_faces,
};
pub use raster::{CHANNELS, raster};
pub use sweep::{PREVIOUS_S, SweepHistory};

use sim::message::{CameraFrame, LidarPoint, LidarScan, Odometry};

/// What one actor hands to the network. All numbers are about 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// Time of the lidar data, seconds.
    pub time_s: f64,
    /// Bird's-eye channels, `CHANNELS · RASTER · RASTER`.
    pub raster: Vec<f32>,
    /// Camera patches, `TOKENS · PATCH_VALUES`.
    pub patches: Vec<f32>,
    /// Direction and origin of each patch in the ego frame, `TOKENS · RAY`.
    pub rays: Vec<f32>,
    /// Whether each patch shows anything.
    pub patch_valid: Vec<bool>,
    /// Image about each signal, `MAX_SIGNALS · 3 · CROP · CROP`.
    pub crops: Vec<f32>,
    /// Ids of the signals in `crops`, nearest first.
    pub signal_ids: Vec<String>,
    /// Height of the ground under each part of the grid.
    pub ground: Ground,
}

/// Encodes the newest sensor messages of one actor; `signals` are the map's lights. `None` before
/// the first scan. The sweep is kept in `history` for the calls to come.
pub fn encode(
    scans: &[LidarScan],
    frames: &[CameraFrame],
    odometry: &Odometry,
    signals: &[SignalFace],
    history: &mut SweepHistory,
) -> Option<Encoded> {
    let time_s = scans.first()?.time_s;
    let points: Vec<LidarPoint> = scans
        .iter()
        .flat_map(|scan| scan.points.iter().copied())
        .filter(|p| p.x_m.is_finite() && p.y_m.is_finite() && p.z_m.is_finite())
        .collect();
    let previous = history.exchange(time_s, odometry.pose, &points);
    let ground = Ground::estimate(&points);
    let frames = &frames[..frames.len().min(MAX_CAMERAS)];
    let seen = signal_faces(signals, &odometry.pose);
    Some(Encoded {
        time_s,
        raster: raster(&points, &previous, frames, &ground),
        patches: patches(frames),
        rays: patch_rays(frames),
        patch_valid: (0..TOKENS)
            .map(|token| token / (PATCH_COLUMNS * PATCH_ROWS) < frames.len())
            .collect(),
        crops: signal_crops(&seen, frames, &odometry.pose),
        signal_ids: seen
            .iter()
            .filter(|face| face.is_in_view(frames, &odometry.pose))
            .take(MAX_SIGNALS)
            .map(|face| face.id.clone())
            .collect(),
        ground,
    })
}
