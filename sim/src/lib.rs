//! The simulation itself: a bevy ECS world with its own tick, rapier physics, OpenDRIVE roads,
//! ray-cast sensors and recording. No network and no window lives here.
//!
//! In: a [`road::RoadNetwork`], actors ([`actor::ActorSpec`]) and a [`message::DriveCommand`] an
//! actor and tick. Out: actor states ([`world::WorldSnapshot`]), sensor messages, contacts, metric
//! samples, records and the state hash. Frames: `world` is ENU with z up, `ego` is ISO 8855
//! (x forward, y left, z up); units stand in the names. Start reading at [`world::SimWorld`],
//! then [`tick::Stage`], which names what happens in a tick and in which order.

pub mod actor;
pub mod fast;
pub mod input;
pub mod math;
pub mod message;
pub mod metric;
pub mod physics;
pub mod record;
pub mod road;
pub mod seed;
pub mod sensor;
pub mod tick;
pub mod world;
