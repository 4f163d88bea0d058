//! Generated maps, traffic and driving tasks: everything is a function of its seed.
//!
//! In: a [`MapKind`] and a seed. Out: OpenDRIVE 1.7 text ([`map()`]).
//! Start reading at [`map()`].

mod map;

pub use map::{MapKind, map, suite_maps};
