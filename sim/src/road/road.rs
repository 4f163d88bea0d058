//! A road: reference line, profiles, lanes and links.

use super::junction::JunctionIndex;
use super::lane::{LaneDirection, LaneSection};
use super::network::RoadIndex;
use super::{CubicProfile, PlanView};

/// Side of the road that traffic keeps to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrafficRule {
    /// Right-hand traffic (RHT): lanes with negative ids run along s.
    #[default]
    RightHand,
    /// Left-hand traffic (LHT): lanes with positive ids run along s.
    LeftHand,
}

/// End of a road at which another one joins it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContactPoint {
    /// At s = 0.
    Start,
    /// At s = length.
    End,
}

/// What a road leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkTarget {
    /// An end of another road.
    Road(RoadIndex, ContactPoint),
    /// A junction, whose connections tell how to go on.
    Junction(JunctionIndex),
}

/// Predecessor or successor of a road.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoadLink {
    /// The element at the other side.
    pub target: LinkTarget,
    /// Line of the file, from 1.
    pub line: u32,
}

/// Kind of a road from a station on.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadType {
    /// Start, metres.
    pub s_m: f64,
    /// As written: town, motorway, rural, …
    pub kind: String,
    /// Speed limit, m/s; infinite where there is none by `no limit`.
    pub speed_limit_mps: Option<f64>,
}

/// Records of `<shape>` at one station: height over t, linear in s up to the next station.
#[derive(Clone, Debug, PartialEq)]
pub struct ShapeSection {
    /// Station, metres.
    pub s_m: f64,
    /// Height over t, metres (the records' `s_m` is t).
    pub over_t: CubicProfile,
}

/// One `<road>`.
#[derive(Clone, Debug)]
pub struct Road {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// Length of the reference line, metres.
    pub length_m: f64,
    /// The junction it is a connecting road of.
    pub junction: Option<JunctionIndex>,
    /// Traffic side.
    pub rule: TrafficRule,
    /// What joins at s = 0.
    pub predecessor: Option<RoadLink>,
    /// What joins at s = length.
    pub successor: Option<RoadLink>,
    /// Types, by start.
    pub types: Vec<RoadType>,
    /// Reference line in the plane.
    pub plan: PlanView,
    /// z of the reference line.
    pub elevation: CubicProfile,
    /// Roll of the surface about the reference line, radians, positive where the left side is up.
    pub superelevation: CubicProfile,
    /// Height of the surface over its plane, by station and t.
    pub shape: Vec<ShapeSection>,
    /// Shift of the centre lane, metres.
    pub lane_offset: CubicProfile,
    /// Lane sections, by start; at least one.
    pub sections: Vec<LaneSection>,
    /// Whether some lane lies above or below the surface.
    pub(super) has_heights: bool,
    /// Line of the file, from 1.
    pub line: u32,
}

impl Road {
    /// Index of the lane section that holds at a station.
    #[inline]
    pub fn section_index(&self, s_m: f64) -> usize {
        self.sections
            .partition_point(|section| section.s_m <= s_m)
            .saturating_sub(1)
    }

    /// The lane section that holds at a station.
    #[inline]
    pub fn section(&self, s_m: f64) -> Option<&LaneSection> {
        self.sections.get(self.section_index(s_m))
    }

    /// Start and end of a lane section on the road, metres.
    pub fn section_range(&self, section: usize) -> Option<(f64, f64)> {
        let at = |s_m: f64| s_m.clamp(0.0, self.length_m);
        let first = self.sections.get(section)?.s_m;
        let start = if section == 0 { 0.0 } else { at(first) };
        let end = self
            .sections
            .get(section + 1)
            .map_or(self.length_m, |next| at(next.s_m));
        Some((start, end.max(start)))
    }

    /// +1 where traffic of this lane runs along s, -1 where against.
    pub fn driving_direction(&self, lane_id: i32) -> i32 {
        let along = match self.rule {
            TrafficRule::RightHand => lane_id <= 0,
            TrafficRule::LeftHand => lane_id >= 0,
        };
        let reversed = self
            .sections
            .iter()
            .find_map(|section| section.lane(lane_id))
            .is_some_and(|lane| lane.direction == LaneDirection::Reversed);
        if along != reversed { 1 } else { -1 }
    }

    /// Height of the shape at (s, t) and its slopes over s and t.
    pub(super) fn shape_height(&self, s_m: f64, t_m: f64) -> (f64, f64, f64) {
        let next = self.shape.partition_point(|section| section.s_m <= s_m);
        let Some(here) = self.shape.get(next.saturating_sub(1)) else {
            return (0.0, 0.0, 0.0);
        };
        let (h, slope_t) = (here.over_t.value(t_m), here.over_t.slope(t_m));
        let Some(after) = self
            .shape
            .get(next)
            .filter(|a| next > 0 && a.s_m > here.s_m)
        else {
            return (h, 0.0, slope_t);
        };
        let length = after.s_m - here.s_m;
        let w = (s_m - here.s_m) / length;
        let (h2, slope2) = (after.over_t.value(t_m), after.over_t.slope(t_m));
        (
            h + w * (h2 - h),
            (h2 - h) / length,
            slope_t + w * (slope2 - slope_t),
        )
    }

    /// Speed limit of the road at a station, m/s, where one is written.
    pub fn type_speed_limit_mps(&self, s_m: f64) -> Option<f64> {
        let next = self.types.partition_point(|t| t.s_m <= s_m);
        self.types.get(next.saturating_sub(1))?.speed_limit_mps
    }
}
