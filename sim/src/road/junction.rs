//! Junctions: which roads connect what, and who goes first.

use super::network::{RoadIndex, RoadNetwork};
use super::road::ContactPoint;

/// Length of the shared part behind a direct junction where none is written (1.8), metres.
pub const DEFAULT_OVERLAP_M: f64 = 100.0;

/// Position of a junction in [`super::RoadNetwork::junctions`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JunctionIndex(pub u32);

/// `e_junction_type`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JunctionKind {
    /// `default`: roads are joined by connecting roads.
    #[default]
    Common,
    /// `direct`: roads that fork or merge without connecting roads.
    Direct,
    /// `virtual`: a way off a road that goes on through it.
    Virtual,
    /// `crossing`: roads that cross without a way from one to the other.
    Crossing,
}

/// One `<connection>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Connection {
    /// Id in the file.
    pub id: String,
    /// The road that leads into the junction.
    pub incoming: RoadIndex,
    /// The road through it; of a direct junction the road that goes on.
    pub connecting: RoadIndex,
    /// Its end at the incoming road.
    pub contact: ContactPoint,
    /// Lanes (of the incoming road, of the connecting road).
    pub lane_links: Vec<(i32, i32)>,
    /// By lane link, for direct junctions: how far the two lanes share their space, metres.
    pub overlap_m: Vec<f64>,
    /// Line of the file, from 1.
    pub line: u32,
}

/// A `<connection type="virtual">`: one may go from road to road, by no road of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct VirtualConnection {
    /// Id in the file.
    pub id: String,
    /// Road, station in metres and direction (+1 along s) where one leaves.
    pub from: (RoadIndex, f64, i32),
    /// Road, station in metres and direction where one goes on.
    pub to: (RoadIndex, f64, i32),
    /// Lanes (of the road left, of the road entered).
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
    /// Line of the file, from 1.
    pub line: u32,
}

/// One `<crossPath>` (1.8): a way for people over other lanes, a road of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct CrossPath {
    /// Id in the file.
    pub id: String,
    /// The road that crosses.
    pub road: RoadIndex,
    /// Road, station in metres and lane that it starts from, and its own lane there.
    pub start: Option<(RoadIndex, f64, i32, i32)>,
    /// The same where it ends.
    pub end: Option<(RoadIndex, f64, i32, i32)>,
    /// Line of the file, from 1.
    pub line: u32,
}

/// A part of a road that crosses others (`<roadSection>` of a crossing).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CrossingSection {
    /// The road.
    pub road: RoadIndex,
    /// Start, metres.
    pub s_start_m: f64,
    /// End, metres.
    pub s_end_m: f64,
}

/// A side of the area of a junction (`<boundary>`), counter-clockwise.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BoundarySegment {
    /// Along the outer border of a lane.
    Lane {
        /// The road.
        road: RoadIndex,
        /// The lane.
        lane_id: i32,
        /// Where it starts, metres.
        s_start_m: f64,
        /// Where it ends, metres.
        s_end_m: f64,
    },
    /// Across a road at its end.
    Joint {
        /// The road.
        road: RoadIndex,
        /// Which end.
        contact: ContactPoint,
    },
}

/// One `<junction>`.
#[derive(Clone, Debug, Default)]
pub struct Junction {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// Kind.
    pub kind: JunctionKind,
    /// Connections, as written.
    pub connections: Vec<Connection>,
    /// Connections without a road of their own.
    pub virtual_connections: Vec<VirtualConnection>,
    /// Priorities.
    pub priorities: Vec<JunctionPriority>,
    /// Ids of its signal controllers, by their sequence.
    pub controllers: Vec<String>,
    /// Their lines in the file, from 1.
    pub(super) controller_lines: Vec<u32>,
    /// Ways for people.
    pub cross_paths: Vec<CrossPath>,
    /// Parts of roads that cross.
    pub crossing: Vec<CrossingSection>,
    /// Sides of its area.
    pub boundary: Vec<BoundarySegment>,
    /// Of a virtual junction: the road that goes on through it, and from where to where, metres.
    pub main_road: Option<(RoadIndex, f64, f64)>,
    /// Line of the file, from 1.
    pub line: u32,
}

/// One `<junctionGroup>`: junctions that are one place, as a roundabout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JunctionGroup {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// roundabout, complexJunction, highwayInterchange, unknown.
    pub kind: String,
    /// Its junctions.
    pub junctions: Vec<JunctionIndex>,
}

impl RoadNetwork {
    /// Which of two roads of a junction goes first by its `<priority>` records; `None` where they
    /// say nothing of the two. The records name connecting roads, in older files the roads that lead
    /// in, which count for each connecting road that starts there.
    pub fn goes_first(
        &self,
        junction: JunctionIndex,
        a: RoadIndex,
        b: RoadIndex,
    ) -> Option<RoadIndex> {
        let junction = self.junction(junction)?;
        let names = |road: RoadIndex, named: RoadIndex| {
            road == named
                || junction
                    .connections
                    .iter()
                    .any(|c| c.connecting == road && c.incoming == named)
        };
        let says = |high: RoadIndex, low: RoadIndex, exact: bool| {
            junction.priorities.iter().any(|p| {
                if exact {
                    p.high == high && p.low == low
                } else {
                    names(high, p.high) && names(low, p.low)
                }
            })
        };
        for exact in [true, false] {
            match (says(a, b, exact), says(b, a, exact)) {
                (true, false) => return Some(a),
                (false, true) => return Some(b),
                _ => {}
            }
        }
        None
    }

    /// How far behind a direct junction two lanes share their space, metres: from the lane that leads
    /// in to the one that goes on; `None` where no direct junction links them.
    pub fn overlap_m(
        &self,
        junction: JunctionIndex,
        from: (RoadIndex, i32),
        to: (RoadIndex, i32),
    ) -> Option<f64> {
        let junction = self.junction(junction)?;
        if junction.kind != JunctionKind::Direct {
            return None;
        }
        junction
            .connections
            .iter()
            .filter(|c| c.incoming == from.0 && c.connecting == to.0)
            .find_map(|c| {
                let at = c.lane_links.iter().position(|l| *l == (from.1, to.1))?;
                c.overlap_m.get(at).copied()
            })
    }

    /// The junctions of a group, such as a roundabout, that this one belongs to.
    pub fn group_of(&self, junction: JunctionIndex) -> Option<&JunctionGroup> {
        self.junction_groups
            .iter()
            .find(|group| group.junctions.contains(&junction))
    }
}
