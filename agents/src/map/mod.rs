//! From the road network to what drivers and networks read: paths along lanes, and lane lines.

mod conflicts;
mod lanes;
mod path_of;
mod roam;

pub use conflicts::mark_conflicts;
pub use lanes::lane_map;
pub use path_of::{Leg, path_of_legs, path_of_route, path_with_ease};
pub use roam::{lane_under, roam};
