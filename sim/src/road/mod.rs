//! Roads.

/// A map.
pub struct RoadNetwork;
