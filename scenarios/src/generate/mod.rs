//! Generated maps, traffic and driving tasks: everything is a function of its seed.
//!
//! In: a [`MapKind`] and a seed. Out: OpenDRIVE 1.7 text ([`map()`]), and for a loaded map the
//! actors on it ([`traffic()`]), which [`populate`] brings into a world.
//! Start reading at [`map()`], then at [`traffic()`].

mod map;
mod populate;
mod signals;
mod social;
mod task;
mod traffic;
mod trip;
mod walker;
mod xosc;

pub use map::{MapKind, map, suite_maps};
pub use populate::populate;
pub use signals::FixedTimeSignals;
pub use task::{HELD_OUT, RouteTask, route_task};
pub use traffic::{Placed, TrafficOptions, TrafficZone, VehicleMix, traffic};
pub use trip::Trip;
pub use walker::{WalkGraph, Walker};
pub use xosc::{WrittenActor, WrittenScenario};
