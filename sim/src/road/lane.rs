//! Lanes: type, borders, heights, speed limits, access and material.

use super::network::{RoadIndex, RoadNetwork};
use super::{CubicProfile, RoadMark};

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
    /// Whether a name is one of the standard's, 1.4 to 1.8.
    pub fn is_name(name: &str) -> bool {
        let name = name.trim().to_ascii_lowercase();
        Self::from_name(&name) != Self::Special
            || matches!(name.as_str(), "special1" | "special2" | "special3")
    }

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

/// `<access>`: who may or may not use a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LaneAccess {
    /// Whether those named may use it and others not, or the other way round.
    pub allows: bool,
    /// `e_accessRestrictionType`: passengerCar, bus, bicycle, pedestrian, …
    pub who: Vec<String>,
}

impl LaneAccess {
    /// What it says about one kind of road user; `simulator` and `autonomousTraffic` stand for all
    /// motor vehicles that a simulation moves, `none` for nobody, and `trucks` for `truck`.
    pub fn lets(&self, user: &str) -> bool {
        let named = self.who.iter().any(|who| {
            let who = who.trim();
            who.eq_ignore_ascii_case(user)
                || (who == "trucks" && user == "truck")
                || (matches!(who, "simulator" | "autonomousTraffic")
                    && !matches!(user, "pedestrian" | "bicycle"))
        });
        named == self.allows
    }
}

/// `<material>` of a lane.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneMaterial {
    /// Surface by the file's own names.
    pub surface: String,
    /// Friction value; 1 is that of dry asphalt where nothing is written.
    pub friction: Option<f64>,
    /// Roughness value.
    pub roughness: Option<f64>,
}

/// Values that hold from a station of their section on, by start: (ds in metres, value).
pub type FromStation<T> = Vec<(f64, T)>;

/// The value that holds at ds, if one starts there or ahead of it.
fn held<T>(list: &[(f64, T)], ds_m: f64) -> Option<&T> {
    let next = list.partition_point(|(from, _)| *from <= ds_m);
    list.get(next.checked_sub(1)?).map(|(_, value)| value)
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
    /// Who may use it, by start; several records of one start hold together.
    pub access: FromStation<LaneAccess>,
    /// What it is made of, by start.
    pub materials: FromStation<LaneMaterial>,
    /// Rules in free text, such as `no stopping at any time`, by start.
    pub rules: FromStation<String>,
    /// Who may use it as an advisory lane (1.8): inner, outer, both; empty where nobody.
    pub advisory: String,
    /// Whether its direction or its type may change (1.8).
    pub is_dynamic: bool,
    /// Whether it belongs to a road works area (1.8).
    pub road_works: bool,
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

    /// Its own speed limit at ds of the section, m/s.
    pub fn speed_limit_mps(&self, ds_m: f64) -> Option<f64> {
        held(&self.speeds, ds_m).copied()
    }

    /// Its material at ds of the section.
    pub fn material(&self, ds_m: f64) -> Option<&LaneMaterial> {
        held(&self.materials, ds_m)
    }

    /// Whether its access records let a kind of road user onto it at ds of the section; they do where
    /// there are none.
    pub fn lets(&self, user: &str, ds_m: f64) -> bool {
        let next = self.access.partition_point(|(from, _)| *from <= ds_m);
        let held = self.access.get(..next).unwrap_or_default();
        let Some((start, _)) = held.last() else {
            return true;
        };
        let now = || held.iter().filter(|(s, _)| s == start).map(|(_, a)| a);
        // What is allowed adds up; each denial counts.
        let (mut may, mut denied) = (false, false);
        for access in now() {
            if access.allows {
                may |= access.lets(user);
            } else {
                denied |= !access.lets(user);
            }
        }
        !denied && (may || now().all(|a| !a.allows))
    }

    /// The same lane from a later start on: its records count from there, and none is lost.
    pub(super) fn starting_later(&self, ds_m: f64) -> Self {
        let mut lane = self.clone();
        lane.widths = self.widths.shifted(-ds_m);
        lane.borders = self.borders.shifted(-ds_m);
        for height in &mut lane.heights {
            height.s_offset_m -= ds_m;
        }
        for mark in &mut lane.marks {
            mark.s_offset_m -= ds_m;
        }
        lane.speeds.iter_mut().for_each(|r| r.0 -= ds_m);
        lane.access.iter_mut().for_each(|r| r.0 -= ds_m);
        lane.materials.iter_mut().for_each(|r| r.0 -= ds_m);
        lane.rules.iter_mut().for_each(|r| r.0 -= ds_m);
        lane
    }
}

impl RoadNetwork {
    /// Whether a lane is open to a kind of road user by its access records: passengerCar, bus, taxi,
    /// truck, motorcycle, bicycle, pedestrian, emergency, … (`e_accessRestrictionType`).
    pub fn lane_lets(&self, road: RoadIndex, lane_id: i32, s_m: f64, user: &str) -> bool {
        let section = self.road(road).and_then(|r| r.section(s_m));
        section.is_some_and(|section| {
            let lane = section.lane(lane_id);
            lane.is_some_and(|lane| lane.lets(user, s_m - section.s_m))
        })
    }

    /// The material of a lane at a station, where one is written.
    pub fn lane_material(&self, road: RoadIndex, lane_id: i32, s_m: f64) -> Option<&LaneMaterial> {
        let section = self.road(road)?.section(s_m)?;
        section.lane(lane_id)?.material(s_m - section.s_m)
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
    /// Line of the file, from 1.
    pub line: u32,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn lane(access: FromStation<LaneAccess>) -> Lane {
        Lane {
            id: -1,
            kind: LaneType::Driving,
            level: false,
            direction: LaneDirection::Standard,
            widths: CubicProfile::default(),
            borders: CubicProfile::default(),
            heights: Vec::new(),
            speeds: vec![(0.0, 10.0), (20.0, 5.0)],
            marks: Vec::new(),
            access,
            materials: Vec::new(),
            rules: Vec::new(),
            advisory: String::new(),
            is_dynamic: false,
            road_works: false,
            predecessors: Vec::new(),
            successors: Vec::new(),
            line: 0,
        }
    }

    #[test]
    fn access_allows_or_denies_whom_it_names() {
        let named = |allows, who: &[&str]| LaneAccess {
            allows,
            who: who.iter().map(|w| (*w).to_owned()).collect(),
        };
        let bus = lane(vec![
            (10.0, named(true, &["bus"])),
            (10.0, named(true, &["taxi"])),
        ]);
        assert!(bus.lets("passengerCar", 5.0) && !bus.lets("passengerCar", 15.0));
        assert!(bus.lets("bus", 15.0) && bus.lets("taxi", 15.0));
        let no_trucks = lane(vec![(0.0, named(false, &["trucks", "pedestrian"]))]);
        assert!(no_trucks.lets("passengerCar", 1.0) && !no_trucks.lets("truck", 1.0));
    }

    #[test]
    fn a_lane_from_a_later_start_is_the_same_there() {
        let later = lane(Vec::new()).starting_later(15.0);
        assert_eq!(later.speed_limit_mps(1.0), Some(10.0));
        assert_eq!(later.speed_limit_mps(6.0), Some(5.0));
    }
}
