//! The map: roads, junctions, signals and objects of one OpenDRIVE file.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::ahead::PostIndex;
use super::junction::{Connection, Junction, JunctionGroup, JunctionIndex};
use super::lane_graph::LaneGraph;
use super::rail::{RailSwitch, Station};
use super::relocation::Relocation;
use super::road::{LinkTarget, Road};
use super::signal::{Signal, SignalController, SignalIndex, SignalReference};
use super::strip::StripIndex;
use super::structure::Structure;
use super::{ObjectReference, RoadObject, parse};
use crate::input::{InputError, Limits, Sources, read_text};

/// Position of a road in [`RoadNetwork::roads`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoadIndex(pub u32);

/// Something in the file that is wrong but can be lived with, or has no effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The included file that it stands in; `None` for the map's own file.
    pub file: Option<PathBuf>,
    /// Line of the file, from 1.
    pub line: u32,
    /// What is wrong.
    pub text: String,
}

impl Problem {
    /// One of the map's own file.
    pub(super) fn new(line: u32, text: impl Into<String>) -> Self {
        Self {
            file: None,
            line,
            text: text.into(),
        }
    }
}

/// `<header>`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Header {
    /// Version of the standard: (major, minor).
    pub revision: (u32, u32),
    /// Name of the map.
    pub name: String,
    /// Version of the map.
    pub version: String,
    /// Date as written.
    pub date: String,
    /// Who made it.
    pub vendor: String,
    /// West, south, east and north bounds as written, metres.
    pub bounds_m: Option<[f64; 4]>,
    /// Projection string of `<geoReference>`.
    pub geo_reference: Option<String>,
    /// `<offset>`: x, y, z in metres by which all is moved, and the heading in radians by which it is
    /// turned then.
    pub offset: Option<[f64; 4]>,
}

/// A map, immutable once loaded.
#[derive(Debug, Default)]
pub struct RoadNetwork {
    pub(super) roads: Vec<Road>,
    pub(super) road_by_id: BTreeMap<String, RoadIndex>,
    pub(super) junctions: Vec<Junction>,
    pub(super) signals: Vec<Signal>,
    pub(super) signal_references: Vec<SignalReference>,
    pub(super) controllers: Vec<SignalController>,
    pub(super) objects: Vec<RoadObject>,
    pub(super) object_references: Vec<ObjectReference>,
    pub(super) structures: Vec<Structure>,
    pub(super) junction_groups: Vec<JunctionGroup>,
    pub(super) switches: Vec<RailSwitch>,
    pub(super) stations: Vec<Station>,
    pub(super) header: Header,
    /// What loading found, and what has no effect here.
    pub(super) problems: Vec<Problem>,
    pub(super) notes: Vec<Problem>,
    pub(super) sources: Sources,
    pub(super) posts: PostIndex,
    pub(super) graph: LaneGraph,
    pub(super) strips: StripIndex,
    pub(super) relocation: Option<Relocation>,
    pub(super) is_flat: bool,
}

impl RoadNetwork {
    /// Reads an `.xodr` file.
    ///
    /// # Errors
    /// If it can't be read, is not OpenDRIVE, exceeds the limits or has numbers that make no road.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        Self::from_xml_text(path, read_text(path, limits)?, limits)
    }

    /// Reads OpenDRIVE text; `path` is for messages only.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn from_xml_text(path: &Path, text: String, limits: &Limits) -> Result<Self, InputError> {
        parse::network(path, text, limits)
    }

    /// Whether there are roads, and all of them lie level at height 0, with their lanes.
    pub fn is_flat(&self) -> bool {
        self.is_flat
    }

    /// How all coordinates of the file were moved, where its header asks for it.
    pub fn relocation(&self) -> Option<&Relocation> {
        self.relocation.as_ref()
    }

    /// A map without roads.
    pub fn empty() -> Self {
        Self::default()
    }

    /// All roads, in the order of the file.
    pub fn roads(&self) -> &[Road] {
        &self.roads
    }

    /// Indices of all roads.
    pub fn road_indices(&self) -> impl Iterator<Item = RoadIndex> + use<> {
        (0..self.roads.len() as u32).map(RoadIndex)
    }

    /// A road.
    #[inline]
    pub fn road(&self, index: RoadIndex) -> Option<&Road> {
        self.roads.get(index.0 as usize)
    }

    /// The road of an id.
    pub fn road_index(&self, id: &str) -> Option<RoadIndex> {
        self.road_by_id.get(id).copied()
    }

    /// All junctions, in the order of the file.
    pub fn junctions(&self) -> &[Junction] {
        &self.junctions
    }

    /// A junction.
    pub fn junction(&self, index: JunctionIndex) -> Option<&Junction> {
        self.junctions.get(index.0 as usize)
    }

    /// All signals, with their poses.
    pub fn signals(&self) -> &[Signal] {
        &self.signals
    }

    /// A signal.
    pub fn signal(&self, index: SignalIndex) -> Option<&Signal> {
        self.signals.get(index.0 as usize)
    }

    /// The first signal of an id.
    pub fn signal_index(&self, id: &str) -> Option<SignalIndex> {
        self.signals
            .iter()
            .position(|signal| signal.id == id)
            .map(|i| SignalIndex(i as u32))
    }

    /// References to signals of other roads.
    pub fn signal_references(&self) -> &[SignalReference] {
        &self.signal_references
    }

    /// Groups of signals that switch together.
    pub fn controllers(&self) -> &[SignalController] {
        &self.controllers
    }

    /// All objects, with their poses.
    pub fn objects(&self) -> &[RoadObject] {
        &self.objects
    }

    /// The projection string of the header.
    pub fn geo_reference(&self) -> Option<&str> {
        self.header.geo_reference.as_deref()
    }

    /// The header.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Bridges and tunnels.
    pub fn structures(&self) -> &[Structure] {
        &self.structures
    }

    /// Groups of junctions, as roundabouts are.
    pub fn junction_groups(&self) -> &[JunctionGroup] {
        &self.junction_groups
    }

    /// Switches of railroads.
    pub fn switches(&self) -> &[RailSwitch] {
        &self.switches
    }

    /// Stations of railroads.
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }

    /// What the file holds that has no effect here, each kind of element once with its first line; see
    /// [`super::ELEMENTS`].
    pub fn notes(&self) -> &[Problem] {
        &self.notes
    }

    /// Length of all roads, metres.
    pub fn total_length_m(&self) -> f64 {
        self.roads.iter().map(|road| road.length_m).sum()
    }

    /// Connections of a junction that start at a road.
    pub fn connections_from(
        &self,
        incoming: RoadIndex,
        junction: JunctionIndex,
    ) -> impl Iterator<Item = &Connection> {
        self.junction(junction)
            .into_iter()
            .flat_map(|j| &j.connections)
            .filter(move |c| c.incoming == incoming)
    }

    /// The same problem with the file and line that it stands in, where files are included.
    pub(super) fn placed(&self, problem: Problem) -> Problem {
        match self.sources.file_and_line(problem.line) {
            None => problem,
            Some((file, line)) => Problem {
                file: self.sources.is_included(file).then(|| file.to_owned()),
                line,
                text: problem.text,
            },
        }
    }

    /// Whether two roads join, directly or as parts of one junction.
    pub(super) fn are_neighbours(&self, a: RoadIndex, b: RoadIndex) -> bool {
        let (Some(from), Some(to)) = (self.road(a), self.road(b)) else {
            return false;
        };
        let leads = |road: &Road, other: RoadIndex, junction: Option<JunctionIndex>| {
            [&road.predecessor, &road.successor]
                .into_iter()
                .flatten()
                .any(|link| match link.target {
                    LinkTarget::Road(r, _) => r == other,
                    LinkTarget::Junction(j) => Some(j) == junction,
                })
        };
        leads(from, b, to.junction)
            || leads(to, a, from.junction)
            || (from.junction.is_some() && from.junction == to.junction)
    }
}
