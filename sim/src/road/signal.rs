//! Signals: signs and lights.

use super::network::RoadIndex;
use crate::math::Pose;

/// Position of a signal in [`super::RoadNetwork::signals`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignalIndex(pub u32);

/// For which direction of travel a signal counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignalOrientation {
    /// `+`: traffic along s.
    Along,
    /// `-`: traffic against s.
    Against,
    /// `none`: both.
    #[default]
    Both,
}

impl SignalOrientation {
    /// Whether it counts for traffic of a direction (+1 along s, -1 against).
    pub fn counts_for(self, direction: i32) -> bool {
        match self {
            Self::Along => direction >= 0,
            Self::Against => direction < 0,
            Self::Both => true,
        }
    }
}

/// A signal that belongs to another one, such as a supplementary sign (`<dependency>`), or a signal or
/// object that is linked to it (`<reference>`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalLink {
    /// Id of the other.
    pub id: String,
    /// The other signal; `None` where it is an object or not there.
    pub signal: Option<SignalIndex>,
    /// Whether it is a `<dependency>`.
    pub is_dependency: bool,
    /// Type of the link, free text.
    pub kind: String,
    /// Line of the file, from 1.
    pub line: u32,
}

/// What a signal says in words of the standard (`<semantics>`, 1.8).
#[derive(Clone, Debug, PartialEq)]
pub struct SignalSemantics {
    /// Element: speed, priority, lane, prohibited, warning, …
    pub topic: String,
    /// Its type: maximum, stop, yield, trafficLight, …; empty where not written.
    pub kind: String,
    /// Its value, where one is written, in `unit`.
    pub value: Option<f64>,
    /// Unit of the value.
    pub unit: String,
}

/// Face of a board that changes (`<vmsBoard>`) and the areas that signs show in.
#[derive(Clone, Debug, PartialEq)]
pub struct VariableBoard {
    /// As written: LED, monochromGraphic, …
    pub display: String,
    /// Width, metres.
    pub width_m: f64,
    /// Height, metres.
    pub height_m: f64,
    /// By index: areas as (index, left of the signal, up, width, height), metres.
    pub areas: Vec<(i32, [f64; 4])>,
}

/// What a signal says about who goes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PrioritySign {
    /// Stop, then give way.
    Stop,
    /// Give way.
    Yield,
    /// One goes first, here or along the whole road.
    Main,
    /// The road that goes first ends.
    MainEnds,
}

/// One `<signal>`, or one `<sign>` of a static board.
#[derive(Clone, Debug)]
pub struct Signal {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// The road it stands at.
    pub road: RoadIndex,
    /// Station, metres.
    pub s_m: f64,
    /// Lateral, metres.
    pub t_m: f64,
    /// Above the road, metres.
    pub z_offset_m: f64,
    /// For whom it counts.
    pub orientation: SignalOrientation,
    /// Whether it changes, as a light does.
    pub dynamic: bool,
    /// Catalogue country, e.g. `DE`.
    pub country: String,
    /// Type by the country's catalogue.
    pub kind: String,
    /// Subtype by the country's catalogue.
    pub subtype: String,
    /// Value, such as a speed, in `unit`.
    pub value: Option<f64>,
    /// Unit of the value as written.
    pub unit: String,
    /// Text on it.
    pub text: String,
    /// Height, metres; 0 where not written.
    pub height_m: f64,
    /// Width, metres; 0 where not written.
    pub width_m: f64,
    /// Lanes (from, to) that it counts for; all where empty.
    pub validity: Vec<(i32, i32)>,
    /// Signals and objects that belong to it.
    pub links: Vec<SignalLink>,
    /// What it says in words of the standard.
    pub semantics: Vec<SignalSemantics>,
    /// The signal on whose board it hangs.
    pub board: Option<SignalIndex>,
    /// Faces that change.
    pub variable_boards: Vec<VariableBoard>,
    /// Pose of its foot (or of the face, `z_offset_m` up); x points towards the traffic it counts for.
    pub pose: Pose,
    /// Line of the file, from 1.
    pub line: u32,
}

impl Signal {
    /// Whether it counts for a lane.
    pub fn counts_for_lane(&self, lane_id: i32) -> bool {
        covers(&self.validity, lane_id)
    }

    /// Whether it is a light for vehicles or pedestrians: dynamic, or of a type that the standard's
    /// own catalogue has for lights. A board that changes is none.
    pub fn is_traffic_light(&self) -> bool {
        let number = self.kind.parse::<u32>().unwrap_or(0);
        (self.dynamic && self.variable_boards.is_empty())
            || matches!(number, 1_000_001 | 1_000_002 | 1_000_007..=1_000_023)
            || self.says("priority", "trafficLight")
    }

    /// Whether it is a light that vehicles on the road heed: none for people on foot (1000002) or
    /// cyclists (1000013) alone.
    pub fn is_vehicle_light(&self) -> bool {
        self.is_traffic_light() && !matches!(self.kind.as_str(), "1000002" | "1000013")
    }

    fn says(&self, topic: &str, kind: &str) -> bool {
        let mut semantics = self.semantics.iter();
        semantics.any(|s| s.topic == topic && s.kind == kind)
    }

    /// What it says about who goes first: by its semantics, or its type in the German (205, 206, 301,
    /// 306, 307) or American (R1-1, R1-2) catalogue.
    pub fn priority_sign(&self) -> Option<PrioritySign> {
        for (kind, sign) in [
            ("stop", PrioritySign::Stop),
            ("4way", PrioritySign::Stop),
            ("yield", PrioritySign::Yield),
            ("priorityRoad", PrioritySign::Main),
            ("priorityRoadEnd", PrioritySign::MainEnds),
        ] {
            if self.says("priority", kind) {
                return Some(sign);
            }
        }
        match self.kind.as_str() {
            "206" | "R1-1" => Some(PrioritySign::Stop),
            "205" | "R1-2" => Some(PrioritySign::Yield),
            "301" | "306" => Some(PrioritySign::Main),
            "307" => Some(PrioritySign::MainEnds),
            _ => None,
        }
    }

    /// The speed limit that it sets, m/s: by its semantics, or type 274 of the German (km/h where no
    /// unit is written) or R2-1 of the American catalogue (mph where none is written).
    pub fn speed_limit_mps(&self) -> Option<f64> {
        let in_mps = |value: f64, unit: &str, usual: f64| match unit {
            "m/s" => Some(value),
            "km/h" => Some(value / 3.6),
            "mph" => Some(value * 0.447_04),
            _ => Some(value * usual),
        };
        let said = self
            .semantics
            .iter()
            .find(|s| s.topic == "speed" && matches!(s.kind.as_str(), "maximum" | "zone"));
        if let Some(said) = said {
            return in_mps(said.value.or(self.value)?, &said.unit, 1.0 / 3.6);
        }
        let usual = match self.kind.as_str() {
            "274" | "274.1" => 1.0 / 3.6,
            "R2-1" => 0.447_04,
            _ => return None,
        };
        // Where there is no value, the German subtype 55 stands for 50 km/h, and so on.
        let by_subtype = || {
            let number: f64 = self.subtype.parse().ok()?;
            (self.kind == "274" && (51.0..=63.0).contains(&number))
                .then_some((number - 50.0) * 10.0)
        };
        in_mps(self.value.or_else(by_subtype)?, &self.unit, usual)
    }

    /// Whether it is a crosswalk painted on the road (1000003), `value` metres long.
    pub fn is_crosswalk(&self) -> bool {
        self.kind == "1000003" && !self.dynamic
    }

    /// Whether it lies flat on the road, as stop lines, crosswalks and arrows do.
    pub fn is_paint(&self) -> bool {
        let flat = !self.is_traffic_light() && self.z_offset_m < 0.3 && self.height_m < 0.1;
        self.is_stop_line() || self.is_crosswalk() || (flat && self.width_m > 0.0)
    }

    /// Whether it is a line on the road at which to stop (294 of the German catalogue).
    pub fn is_stop_line(&self) -> bool {
        self.kind == "294" || self.says("priority", "stopLine")
    }
}

/// One `<signalReference>`: a signal of another road that counts for this one too.
#[derive(Clone, Debug)]
pub struct SignalReference {
    /// The road it counts for.
    pub road: RoadIndex,
    /// Station on that road, metres.
    pub s_m: f64,
    /// Lateral on that road, metres.
    pub t_m: f64,
    /// The signal meant.
    pub signal: SignalIndex,
    /// For whom it counts.
    pub orientation: SignalOrientation,
    /// Lanes (from, to) that it counts for; all where empty.
    pub validity: Vec<(i32, i32)>,
    /// Line of the file, from 1.
    pub line: u32,
}

impl SignalReference {
    /// Whether it counts for a lane.
    pub fn counts_for_lane(&self, lane_id: i32) -> bool {
        covers(&self.validity, lane_id)
    }
}

pub(super) fn covers(validity: &[(i32, i32)], lane_id: i32) -> bool {
    validity.is_empty()
        || validity
            .iter()
            .any(|(a, b)| (*a.min(b)..=*a.max(b)).contains(&lane_id))
}

/// One `<controller>`: signals that switch together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignalController {
    /// Id in the file.
    pub id: String,
    /// Name in the file.
    pub name: String,
    /// The signals it controls.
    pub signals: Vec<SignalIndex>,
    /// Order among the controllers of its level, where it is written.
    pub sequence: Option<u32>,
    /// Line of the file, from 1.
    pub line: u32,
}
