//! Railroads: switches, stations and platforms. The tracks are roads with lanes of type rail or tram.

use super::network::RoadIndex;

/// One `<switch>`.
#[derive(Clone, Debug, PartialEq)]
pub struct RailSwitch {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// The road it belongs to.
    pub road: RoadIndex,
    /// dynamic, straight or turn.
    pub position: String,
    /// Road, station in metres and direction (+1 along s) of the main track.
    pub main: (RoadIndex, f64, i32),
    /// Road, station in metres and direction of the side track.
    pub side: (RoadIndex, f64, i32),
    /// Id of the switch at the side track's other end.
    pub partner: Option<String>,
    /// Line of the file, from 1.
    pub line: u32,
}

/// A part of a platform along a track.
#[derive(Clone, Debug, PartialEq)]
pub struct PlatformSegment {
    /// The track.
    pub road: RoadIndex,
    /// Start, metres.
    pub s_start_m: f64,
    /// End, metres.
    pub s_end_m: f64,
    /// Whether it lies on the track's left.
    pub is_left: bool,
}

/// One `<platform>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Platform {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// Its parts.
    pub segments: Vec<PlatformSegment>,
}

/// One `<station>`.
#[derive(Clone, Debug, PartialEq)]
pub struct Station {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// small, medium or large; empty where not written.
    pub kind: String,
    /// Its platforms.
    pub platforms: Vec<Platform>,
    /// Line of the file, from 1.
    pub line: u32,
}
