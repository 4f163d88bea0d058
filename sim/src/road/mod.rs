//! Roads: OpenDRIVE maps, world ⇄ (road, lane, s, t), the lane graph, routes and surface meshes.
//!
//! In: an `.xodr` file. Out: a [`RoadNetwork`], immutable and shared between worlds. Stations `s`
//! run along a road's reference line, `t` to its left; lane ids are negative on the right. Start
//! reading at [`RoadNetwork`]; the terms are those of ASAM OpenDRIVE 1.4-1.8.

mod ahead;
mod clothoid;
mod crosswalk;
mod elements;
mod geometry;
mod junction;
mod lane;
mod lane_graph;
mod lateral;
mod locate;
mod mark;
mod mesh;
mod network;
mod object;
mod parse;
mod plan;
mod pose;
mod problems;
mod profile;
mod rail;
mod relocation;
#[allow(clippy::module_inception, reason = "the road itself")]
mod road;
mod route;
mod signal;
mod strip;
mod structure;
mod table;

pub use ahead::PostedSignal;
pub use crosswalk::Crosswalk;
pub use elements::{ELEMENTS, Element, Treatment};
pub use geometry::{PlanPoint, PlanView};
pub use junction::{
    BoundarySegment, Connection, CrossPath, CrossingSection, DEFAULT_OVERLAP_M, Junction,
    JunctionGroup, JunctionIndex, JunctionKind, JunctionPriority, VirtualConnection,
};
pub use lane::{
    FromStation, Lane, LaneAccess, LaneDirection, LaneHeight, LaneMaterial, LaneSection, LaneType,
};
pub use lane_graph::LaneKey;
pub use lateral::{CrossSectionSurface, LateralShape, ShapeSection, SurfaceStrip};
pub use locate::RoadPosition;
pub use mark::{LaneChange, MarkLine, MarkRule, RoadMark};
pub use mesh::{MeshMaterial, MeshOptions, SurfaceMesh};
pub use network::{Header, Problem, RoadIndex, RoadNetwork};
pub use object::{
    CornerPoint, ObjectBorder, ObjectMarking, ObjectPolyline, ObjectReference, ObjectSide, Outline,
    ParkingRules, RoadObject,
};
pub use pose::{LanePosition, RoadPose};
pub use profile::{Cubic, CubicProfile};
pub use rail::{Platform, PlatformSegment, RailSwitch, Station};
pub use relocation::Relocation;
pub use road::{ContactPoint, LinkTarget, Road, RoadLink, RoadType, TrafficRule};
pub use route::{ActorRoute, Route, RoutePoint, RouteSegment};
pub use signal::{
    PrioritySign, Signal, SignalController, SignalIndex, SignalLink, SignalOrientation,
    SignalReference, SignalSemantics, VariableBoard,
};
pub use structure::{Structure, StructureKind};
