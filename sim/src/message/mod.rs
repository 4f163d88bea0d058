//! Plain data that crosses crates. A learned driver reads only what stands here, and no `*Truth`.

mod camera;
mod detection;
mod drive;
mod lidar;
mod odometry;
mod prediction;
mod probe;
mod track;
mod trajectory;

pub use camera::{CameraFrame, CameraFrames, CameraTruth, CameraTruths};
pub use detection::{BoxClass, Detection, DetectionSet, DrivableGrid, SignalSighting};
pub use drive::{DriveCommand, DriverSpec};
pub use lidar::{LidarPoint, LidarScan, LidarScans, LidarTruth, LidarTruths, PointTruth};
pub use odometry::Odometry;
pub use prediction::{Prediction, PredictionMode, PredictionSet};
pub use probe::{AttentionProbe, LayerProbe, NetworkProbe, ProbeToken, Probes};
pub use track::{Rest, Track, TrackSet};
pub use trajectory::{Proposal, Trajectory, TrajectoryPoint};
