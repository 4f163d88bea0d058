//! Junctions: which roads connect what.

use super::network::RoadIndex;
use super::road::ContactPoint;

/// Position of a junction in [`super::RoadNetwork::junctions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JunctionIndex(pub u32);

/// One `<connection>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Id in the file.
    pub id: String,
    /// The road that leads into the junction.
    pub incoming: RoadIndex,
    /// The road through it.
    pub connecting: RoadIndex,
    /// Its end at the incoming road.
    pub contact: ContactPoint,
    /// Lanes (of the incoming road, of the connecting road).
    pub lane_links: Vec<(i32, i32)>,
    /// Line of the file, from 1.
    pub line: u32,
}

/// One `<priority>`: traffic of `high` goes before that of `low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JunctionPriority {
    /// The road that goes first.
    pub high: RoadIndex,
    /// The road that waits.
    pub low: RoadIndex,
}

/// One `<junction>`.
#[derive(Clone, Debug, Default)]
pub struct Junction {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// default, virtual, direct, crossing.
    pub kind: String,
    /// Connections, as written.
    pub connections: Vec<Connection>,
    /// Priorities.
    pub priorities: Vec<JunctionPriority>,
    /// Ids of its signal controllers.
    pub controllers: Vec<String>,
    /// Line of the file, from 1.
    pub line: u32,
}
