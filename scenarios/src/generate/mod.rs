//! Generated maps, traffic and driving tasks: everything is a function of its seed.
//!
//! In: a [`MapKind`] and a seed. Out: OpenDRIVE 1.7 text ([`map()`]), and for a loaded map the
//! actors on it ([`traffic()`]), which [`populate`] brings into a world.
//! Start reading at [`map()`], then at [`traffic()`].

mod agents;
mod bends;
mod entry;
mod map;
mod options;
mod populate;
mod signals;
mod social;
mod taken;
mod task;
mod traffic;
mod trip;
mod turns;
mod walk_graph;
mod walker;
mod weather;
mod words;
mod xosc;

pub use agents::fast_agents;
pub use map::{MapKind, map, suite_maps};
pub use options::{TrafficOptions, TrafficZone, VehicleMix};
pub use populate::populate;
pub use signals::FixedTimeSignals;
pub use task::{HELD_OUT, RouteTask, route_task};
pub use traffic::{Placed, traffic};
pub use trip::Trip;
pub use walk_graph::WalkGraph;
pub use walker::Walker;
pub use weather::Weather;
pub use words::{Wish, WordsError, wish};
pub use xosc::{WrittenActor, WrittenScenario};
pub(crate) use xosc::{escape, num, position, write_entity};
