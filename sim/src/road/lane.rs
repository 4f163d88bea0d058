//! Lanes: type, borders, marks and speed limits.

use super::CubicProfile;

/// `e_laneType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "the names of the standard")]
pub enum LaneType {
    None,
    Driving,
    Stop,
    Shoulder,
    Biking,
    Sidewalk,
    Border,
    Restricted,
    Parking,
    Bidirectional,
    Median,
    Curb,
    Entry,
    Exit,
    OnRamp,
    OffRamp,
    ConnectingRamp,
    SlipLane,
    Bus,
    Taxi,
    Hov,
    Walking,
    Shared,
    Tram,
    Rail,
    RoadWorks,
    Special,
}

impl LaneType {
    /// The type of a name of the standard, in any case; names it does not know are `Special`.
    pub fn from_name(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "none" | "" => Self::None,
            "driving" | "mwyentry" | "mwyexit" => Self::Driving,
            "stop" => Self::Stop,
            "shoulder" => Self::Shoulder,
            "biking" => Self::Biking,
            "sidewalk" => Self::Sidewalk,
            "border" => Self::Border,
            "restricted" => Self::Restricted,
            "parking" => Self::Parking,
            "bidirectional" => Self::Bidirectional,
            "median" => Self::Median,
            "curb" => Self::Curb,
            "entry" => Self::Entry,
            "exit" => Self::Exit,
            "onramp" => Self::OnRamp,
            "offramp" => Self::OffRamp,
            "connectingramp" => Self::ConnectingRamp,
            "sliplane" => Self::SlipLane,
            "bus" => Self::Bus,
            "taxi" => Self::Taxi,
            "hov" => Self::Hov,
            "walking" => Self::Walking,
            "shared" => Self::Shared,
            "tram" => Self::Tram,
            "rail" => Self::Rail,
            "roadworks" => Self::RoadWorks,
            _ => Self::Special,
        }
    }

    /// Whether ordinary motor traffic may use it.
    pub fn is_drivable(self) -> bool {
        matches!(
            self,
            Self::Driving
                | Self::Bidirectional
                | Self::Entry
                | Self::Exit
                | Self::OnRamp
                | Self::OffRamp
                | Self::ConnectingRamp
                | Self::SlipLane
                | Self::Bus
                | Self::Taxi
                | Self::Hov
                | Self::Shared
        )
    }

    /// Whether people walk on it.
    pub fn is_walkable(self) -> bool {
        matches!(self, Self::Sidewalk | Self::Walking | Self::Shared)
    }
}

/// `direction` of a lane (OpenDRIVE 1.8).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LaneDirection {
    /// As the traffic rule says.
    #[default]
    Standard,
    /// Against it.
    Reversed,
    /// Both ways.
    Both,
}

/// One `<roadMark>`, from `s_offset_m` after its section's start on.
#[derive(Clone, Debug, PartialEq)]
pub struct RoadMark {
    /// Start after the section's start, metres.
    pub s_offset_m: f64,
    /// solid, broken, none, …
    pub kind: String,
    /// standard, white, yellow, …
    pub color: String,
    /// Width, metres.
    pub width_m: f64,
    /// Length and gap of broken marks, metres.
    pub dash_m: Option<(f64, f64)>,
    /// increase, decrease, both, none; empty where not written.
    pub lane_change: String,
}

/// Height of a lane's inner and outer border over the road's surface.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LaneHeight {
    /// Start after the section's start, metres.
    pub s_offset_m: f64,
    /// At the inner border, metres.
    pub inner_m: f64,
    /// At the outer border, metres.
    pub outer_m: f64,
}

/// One `<lane>`.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Id: positive left of the centre lane, negative right of it.
    pub id: i32,
    /// Type.
    pub kind: LaneType,
    /// Kept level, out of the superelevation.
    pub level: bool,
    /// Direction of travel against the traffic rule.
    pub direction: LaneDirection,
    /// Width over ds of the section, metres.
    pub widths: CubicProfile,
    /// Where no width is given: t of the outer border over ds of the section, metres.
    pub borders: CubicProfile,
    /// Heights, by start.
    pub heights: Vec<LaneHeight>,
    /// Speed limits (ds, m/s), by start.
    pub speeds: Vec<(f64, f64)>,
    /// Marks of its outer border (of the centre line for lane 0), by start.
    pub marks: Vec<RoadMark>,
    /// Lanes at the start of the section.
    pub predecessors: Vec<i32>,
    /// Lanes at the end of the section.
    pub successors: Vec<i32>,
    /// Line of the file, from 1.
    pub line: u32,
}

impl Lane {
    /// Heights of inner and outer border at ds of the section, metres.
    pub fn height(&self, ds_m: f64) -> (f64, f64) {
        let next = self.heights.partition_point(|h| h.s_offset_m <= ds_m);
        next.checked_sub(1)
            .and_then(|i| self.heights.get(i))
            .map_or((0.0, 0.0), |h| (h.inner_m, h.outer_m))
    }
}

/// One `<laneSection>`.
#[derive(Clone, Debug)]
pub struct LaneSection {
    /// Start, metres.
    pub s_m: f64,
    /// Lanes 1, 2, … outwards.
    pub left: Vec<Lane>,
    /// Lanes -1, -2, … outwards.
    pub right: Vec<Lane>,
    /// Lane 0.
    pub center: Option<Lane>,
}

impl LaneSection {
    /// A lane by id.
    #[inline]
    pub fn lane(&self, id: i32) -> Option<&Lane> {
        if id == 0 {
            return self.center.as_ref();
        }
        let side = if id > 0 { &self.left } else { &self.right };
        let at = (id.unsigned_abs() as usize).checked_sub(1)?;
        side.get(at)
            .filter(|lane| lane.id == id)
            .or_else(|| side.iter().find(|lane| lane.id == id))
    }

    /// Lanes of nonzero id from right to left.
    pub fn lanes(&self) -> impl DoubleEndedIterator<Item = &Lane> {
        self.right.iter().rev().chain(self.left.iter())
    }

    /// Borders of every lane of one side at a station, from the centre outwards, without the lane
    /// offset: `visit(lane, inner t, outer t, inner slope, outer slope)` until it returns true.
    #[inline]
    pub(super) fn walk_side(
        &self,
        left: bool,
        s_m: f64,
        mut visit: impl FnMut(&Lane, [f64; 4]) -> bool,
    ) {
        let sign = if left { 1.0 } else { -1.0 };
        let ds = s_m - self.s_m;
        let (mut inner, mut inner_slope) = (0.0f64, 0.0f64);
        for lane in if left { &self.left } else { &self.right } {
            let (outer, outer_slope) = if lane.widths.is_empty() && !lane.borders.is_empty() {
                let outer = lane.borders.value(ds);
                if (outer - inner) * sign < 0.0 {
                    (inner, inner_slope)
                } else {
                    (outer, lane.borders.slope(ds))
                }
            } else {
                let width = lane.widths.value(ds);
                if width > 0.0 {
                    (
                        inner + sign * width,
                        inner_slope + sign * lane.widths.slope(ds),
                    )
                } else {
                    (inner, inner_slope)
                }
            };
            if visit(lane, [inner, outer, inner_slope, outer_slope]) {
                return;
            }
            (inner, inner_slope) = (outer, outer_slope);
        }
    }
}
