//! Camera and lidar to boxes, drivable area, traffic lights and tracks.
//!
//! In, for each actor whose driver is [`sim::message::DriverSpec::Learned`]: `LidarScans`,
//! `CameraFrames`, `Odometry` and the map's signal positions. Out: `DetectionSet` (ego frame,
//! ISO 8855) and `TrackSet` (world frame). The way is [`encode`] (sensor messages to tensors of
//! fixed shape) → [`network`] (forward, once for all worlds) → [`decode`] → [`track`];
//! [`system::install`] puts it into a world. Nothing on this way reads a truth: those enter only
//! through the plain data of [`train`] (samples) and [`metric`] (scores), which the root package fills.
//! Start reading at [`grid`], then [`network`].

pub mod cluster;
pub mod decode;
pub mod encode;
pub mod grid;
pub mod metric;
pub mod network;
pub mod system;
pub mod track;
pub mod train;

pub use encode::Encoded;
pub use network::{NETWORK, Perception, PerceptionConfig};
pub use system::{PerceptionForward, PerceptionSettings, install, signal_faces_of};
