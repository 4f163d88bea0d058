//! Roads: OpenDRIVE maps, world ⇄ (road, lane, s, t), the lane graph, routes and surface meshes.
//!
//! In: an `.xodr` file. Out: a [`RoadNetwork`], immutable and shared between worlds. Stations `s`
//! run along a road's reference line, `t` to its left; lane ids are negative on the right. Start
//! reading at [`RoadNetwork`]; the terms are those of ASAM OpenDRIVE 1.4-1.8.

mod clothoid;
mod geometry;
mod junction;
mod lane;
mod lane_graph;
mod locate;
mod mesh;
mod network;
mod object;
mod parse;
mod plan;
mod pose;
mod problems;
mod profile;
mod relocation;
#[allow(clippy::module_inception, reason = "the road itself")]
mod road;
mod route;
mod signal;
mod strip;
mod table;

pub use geometry::{PlanPoint, PlanView};
pub use junction::{Connection, Junction, JunctionIndex, JunctionPriority};
pub use lane::{Lane, LaneDirection, LaneHeight, LaneSection, LaneType, RoadMark};
pub use lane_graph::LaneKey;
pub use locate::RoadPosition;
pub use mesh::{MeshMaterial, MeshOptions, SurfaceMesh};
pub use network::{Problem, RoadIndex, RoadNetwork};
pub use object::{CornerPoint, Outline, RoadObject};
pub use pose::{LanePosition, RoadPose};
pub use profile::{Cubic, CubicProfile};
pub use relocation::Relocation;
pub use road::{ContactPoint, LinkTarget, Road, RoadLink, RoadType, ShapeSection, TrafficRule};
pub use route::{ActorRoute, Route, RoutePoint, RouteSegment};
pub use signal::{Signal, SignalController, SignalIndex, SignalOrientation, SignalReference};
