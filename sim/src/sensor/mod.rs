//! Lidar and cameras by ray casting on the CPU, and odometry.
//!
//! In: a [`SensorRig`] on an actor, the map's [`Scene`] (triangles under a hierarchy, built once a
//! map) and the actors at the tick (a few convex solids each). Out: `LidarScans` and `CameraFrames`
//! on the carrier, and their truths where the rig asks for them. The same world gives the same bits
//! with any number of threads: a ray's draws depend on the run seed, carrier, sensor, tick and its own
//! number alone. Start reading at [`Rig`], then `system.rs`.

mod actors;
pub mod bench;
mod body;
mod bvh;
mod camera;
mod daylight;
mod draw;
mod lamp;
mod lidar;
mod map;
mod packet;
mod paint;
mod rig;
mod semantic;
mod shade;
mod solid;
mod soup;
mod surface;
mod system;
mod view;

pub use actors::ActorScene;
pub use daylight::{Daylight, Light};
pub use map::triangles as map_triangles;
pub use map::{SignalHead, signal_head};
pub use paint::{clothes, paint};
pub use rig::{CameraSpec, Channels, LidarSpec, Mount, Rig, RigSpec};
pub use semantic::{Material, SemanticClass};
pub use soup::{Scene, TriangleSoup};
pub use system::{SensorRig, StaticScene, install};
