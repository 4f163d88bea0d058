//! A road: reference line, profiles, lanes and links.

use super::junction::JunctionIndex;
use super::lane::{LaneDirection, LaneSection};
use super::network::RoadIndex;
use super::{CubicProfile, LateralShape, PlanView};

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
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RoadLink {
    /// The element at the other side.
    pub target: LinkTarget,
    /// Where it joins a road between its ends, as at a virtual junction: station in metres, and the
    /// direction (+1 along s) in which one drives there.
    pub beside: Option<(f64, i32)>,
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
    /// Country code; empty where not written.
    pub country: String,
    /// Speed limit, m/s; infinite where there is none by `no limit`.
    pub speed_limit_mps: Option<f64>,
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
    /// Height of the surface over its plane.
    pub lateral: LateralShape,
    /// Shift of the centre lane, metres.
    pub lane_offset: CubicProfile,
    /// Lane sections, by start; at least one.
    pub sections: Vec<LaneSection>,
    /// Whether some lane lies above or below the surface.
    pub(super) has_heights: bool,
    /// Whether some lane runs against the traffic rule.
    pub(super) has_reversed: bool,
    /// Whether some lane is kept level.
    pub(super) has_level: bool,
    /// Line of the file, from 1.
    pub line: u32,
}

impl Road {
    /// Whether all of it lies level at height 0, with its lanes.
    pub(super) fn is_flat(&self) -> bool {
        let is_level = self.elevation.is_zero() && self.superelevation.is_zero();
        is_level && self.lateral.is_flat() && !self.has_heights
    }

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
        let reversed = self.has_reversed
            && self
                .sections
                .iter()
                .find_map(|section| section.lane(lane_id))
                .is_some_and(|lane| lane.direction == LaneDirection::Reversed);
        if along != reversed { 1 } else { -1 }
    }

    /// Type of the road at a station; the first one ahead of its own start too.
    pub fn type_at(&self, s_m: f64) -> Option<&RoadType> {
        let next = self.types.partition_point(|t| t.s_m <= s_m);
        self.types.get(next.saturating_sub(1))
    }

    /// Speed limit of the road at a station, m/s, where one is written.
    pub fn type_speed_limit_mps(&self, s_m: f64) -> Option<f64> {
        self.type_at(s_m)?.speed_limit_mps
    }
}
