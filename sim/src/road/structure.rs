//! Bridges and tunnels: parts of a road that run over or under something.

use super::network::{RoadIndex, RoadNetwork};

/// What carries or covers the road.
#[derive(Clone, Debug, PartialEq)]
pub enum StructureKind {
    /// A bridge: concrete, steel, brick or wood.
    Bridge {
        /// Material as written.
        material: String,
    },
    /// A tunnel, standard or underpass.
    Tunnel {
        /// Type as written.
        kind: String,
        /// Artificial light, from 0 to 1.
        lighting: f64,
        /// Daylight, from 0 to 1.
        daylight: f64,
    },
}

/// One `<bridge>` or `<tunnel>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Structure {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// The road.
    pub road: RoadIndex,
    /// Start, metres.
    pub s_start_m: f64,
    /// End, metres.
    pub s_end_m: f64,
    /// What it is.
    pub kind: StructureKind,
    /// Lanes (from, to) that it carries or covers; all where empty.
    pub validity: Vec<(i32, i32)>,
    /// Line of the file, from 1.
    pub line: u32,
}

impl Structure {
    /// Whether it is a tunnel.
    pub fn is_tunnel(&self) -> bool {
        matches!(self.kind, StructureKind::Tunnel { .. })
    }
}

impl RoadNetwork {
    /// The bridges and tunnels of a road at a station.
    pub fn structures_at(&self, road: RoadIndex, s_m: f64) -> impl Iterator<Item = &Structure> {
        self.structures
            .iter()
            .filter(move |b| b.road == road && b.s_start_m <= s_m && s_m <= b.s_end_m)
    }
}
