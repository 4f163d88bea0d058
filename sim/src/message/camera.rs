//! Pinhole camera images.

use bevy::prelude::Component;
use nalgebra::{Isometry3, Point3};

use crate::actor::ActorId;

/// One colour image. Camera frame: x right, y down, z forward (the optical convention).
#[derive(Clone, Debug, PartialEq)]
pub struct CameraFrame {
    /// Name of the sensor in the rig.
    pub sensor: String,
    /// Simulation time of exposure, seconds.
    pub time_s: f64,
    /// Columns.
    pub width_px: u32,
    /// Rows.
    pub height_px: u32,
    /// Focal length along both axes, pixels.
    pub focal_px: f64,
    /// Principal point (x, y), pixels.
    pub center_px: (f64, f64),
    /// Camera (optical) frame to the carrier's frame.
    pub ego_from_camera: Isometry3<f64>,
    /// Colour, rows from the top, `height · width · 3` bytes.
    pub rgb: Vec<u8>,
}

impl CameraFrame {
    /// Where a point of the carrier's frame (metres) lies in the image: (column, row) in pixels,
    /// with pixel centres at halves, and its distance along the optical axis, metres. `None` behind
    /// the camera; the pixel may lie outside the image.
    pub fn project(&self, point_ego_m: &Point3<f64>) -> Option<(f64, f64, f64)> {
        let p = self.ego_from_camera.inverse_transform_point(point_ego_m);
        (p.z > 1e-6).then(|| {
            let scale = self.focal_px / p.z;
            let (u, v) = self.center_px;
            (u + scale * p.x, v + scale * p.y, p.z)
        })
    }
}

/// What the pixels truly show: for training and metrics only. Same pixel order as the frame.
#[derive(Clone, Debug, PartialEq)]
pub struct CameraTruth {
    /// Distance along the optical axis, metres; infinite for the sky.
    pub depth_m: Vec<f32>,
    /// Semantic class, see [`crate::sensor::SemanticClass`].
    pub semantic: Vec<u8>,
    /// Actor seen, where one is.
    pub instance: Vec<Option<ActorId>>,
}

/// The newest frame of each camera of an actor, in the rig's order; empty before the first.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct CameraFrames(pub Vec<CameraFrame>);

/// Truth for each of [`CameraFrames`]; no driver may read it.
#[derive(Component, Clone, Debug, Default, PartialEq)]
pub struct CameraTruths(pub Vec<CameraTruth>);
