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

/// One `<signal>`.
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
    /// Ids of signals that depend on it.
    pub dependencies: Vec<String>,
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
    /// own catalogue has for lights.
    pub fn is_traffic_light(&self) -> bool {
        let number = self.kind.parse::<u32>().unwrap_or(0);
        self.dynamic || matches!(number, 1_000_001 | 1_000_002 | 1_000_007..=1_000_023)
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
        self.kind == "294"
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
}

impl SignalReference {
    /// Whether it counts for a lane.
    pub fn counts_for_lane(&self, lane_id: i32) -> bool {
        covers(&self.validity, lane_id)
    }
}

fn covers(validity: &[(i32, i32)], lane_id: i32) -> bool {
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
}
