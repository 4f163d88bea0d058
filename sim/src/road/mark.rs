//! Road marks: the lines on lane borders, and whether they may be crossed.

use super::network::{RoadIndex, RoadNetwork};
use super::{CubicProfile, Road};

/// To which side a mark lets one change lanes; ids of lanes grow from right to left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LaneChange {
    /// To the left, towards greater ids.
    Increase,
    /// To the right, towards smaller ids.
    Decrease,
    /// To both sides.
    Both,
    /// To none.
    None,
}

/// `e_roadMarkRule`, for who crosses the line from the inside (the smaller lane number) outwards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MarkRule {
    /// No rule.
    #[default]
    None,
    /// It may not be crossed.
    NoPassing,
    /// With care.
    Caution,
}

/// One `<line>` of a mark.
#[derive(Clone, Debug, PartialEq)]
pub struct MarkLine {
    /// Start after that of the mark, metres.
    pub s_offset_m: f64,
    /// Left of the lane border, metres.
    pub t_offset_m: f64,
    /// Length of what is visible, metres; 0 for one without end.
    pub length_m: f64,
    /// Gap until it repeats, metres; 0 for none.
    pub space_m: f64,
    /// Width, metres, where it is not that of the mark.
    pub width_m: Option<f64>,
    /// Colour, where it is not that of the mark.
    pub color: Option<String>,
    /// Who may cross it.
    pub rule: MarkRule,
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
    /// Material by the file's own names; empty where not written.
    pub material: String,
    /// Width, metres.
    pub width_m: f64,
    /// Thickness, metres.
    pub height_m: f64,
    /// Length and gap of broken marks, metres.
    pub dash_m: Option<(f64, f64)>,
    /// To which side lanes may be changed, where it is written.
    pub lane_change: Option<LaneChange>,
    /// Lines of its `<type>`, which repeat along the road.
    pub lines: Vec<MarkLine>,
    /// Lines of `<explicit>`, each drawn once.
    pub explicit: Vec<MarkLine>,
    /// Sideways shift of all lines over ds of the mark (`<sway>`), metres.
    pub sway: CubicProfile,
}

impl RoadMark {
    /// Whether there is anything to see.
    pub fn is_visible(&self) -> bool {
        !matches!(self.kind.trim(), "none" | "") || !self.explicit.is_empty()
    }

    /// Whether one may cross it to the left (towards greater lane ids) or to the right. `laneChange`
    /// decides where it is written, else the line on one's own side: a solid one is not crossed.
    /// `lane_id` is the lane whose outer border it marks, 0 for the centre line.
    pub fn may_be_crossed(&self, to_left: bool, lane_id: i32) -> bool {
        if let Some(change) = self.lane_change {
            return match change {
                LaneChange::Both => true,
                LaneChange::None => false,
                LaneChange::Increase => to_left,
                LaneChange::Decrease => !to_left,
            };
        }
        // From the inside outwards; across the centre line from left to right.
        let outwards = if lane_id > 0 { to_left } else { !to_left };
        let forbids = |line: &MarkLine| line.rule == MarkRule::NoPassing;
        if outwards && self.lines.iter().chain(&self.explicit).any(forbids) {
            return false;
        }
        match self.kind.trim().replace('_', " ").as_str() {
            "solid" | "solid solid" | "edge" | "curb" => false,
            "solid broken" => !outwards,
            "broken solid" => outwards,
            _ => true,
        }
    }
}

impl Road {
    /// The mark of a lane's outer border at a station (of the centre line for lane 0).
    pub fn mark(&self, lane_id: i32, s_m: f64) -> Option<&RoadMark> {
        let section = self.section(s_m)?;
        let marks = &section.lane(lane_id)?.marks;
        let next = marks.partition_point(|m| m.s_offset_m <= s_m - section.s_m);
        marks.get(next.checked_sub(1)?)
    }

    /// The mark between two neighbouring lanes at a station: lanes 1 and -1 meet at the centre line.
    pub fn mark_between(&self, a: i32, b: i32, s_m: f64) -> Option<&RoadMark> {
        self.mark(border_between(a, b)?, s_m)
    }
}

/// The lane whose outer border lies between two neighbours.
fn border_between(a: i32, b: i32) -> Option<i32> {
    let (low, high) = (a.min(b), a.max(b));
    match (low, high) {
        (-1, 1) | (-1, 0) | (0, 1) => Some(0),
        _ if high.checked_sub(low)? != 1 => None,
        _ if low > 0 => Some(low),
        _ => Some(high),
    }
}

impl RoadNetwork {
    /// The mark of a lane's outer border at a station (of the centre line for lane 0).
    pub fn road_mark(&self, road: RoadIndex, lane_id: i32, s_m: f64) -> Option<&RoadMark> {
        self.road(road)?.mark(lane_id, s_m)
    }

    /// The mark between two neighbouring lanes at a station.
    pub fn road_mark_between(
        &self,
        road: RoadIndex,
        (a, b): (i32, i32),
        s_m: f64,
    ) -> Option<&RoadMark> {
        self.road(road)?.mark_between(a, b, s_m)
    }

    /// Whether the mark between two neighbouring lanes lets one change from one to the other; it does
    /// where there is none. False for lanes that are not neighbours.
    pub fn may_change_lane(&self, road: RoadIndex, (from, to): (i32, i32), s_m: f64) -> bool {
        let Some(border) = border_between(from, to) else {
            return false;
        };
        self.road_mark(road, border, s_m)
            .is_none_or(|mark| mark.may_be_crossed(to > from, border))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(kind: &str, lane_change: Option<LaneChange>) -> RoadMark {
        RoadMark {
            s_offset_m: 0.0,
            kind: kind.to_owned(),
            color: "white".to_owned(),
            material: String::new(),
            width_m: 0.12,
            height_m: 0.0,
            dash_m: None,
            lane_change,
            lines: Vec::new(),
            explicit: Vec::new(),
            sway: CubicProfile::default(),
        }
    }

    #[test]
    fn the_line_on_ones_own_side_decides_unless_lane_change_is_written() {
        // Right of the centre, "solid broken": solid towards lane -1, broken towards lane -2.
        let double = mark("solid broken", None);
        assert!(!double.may_be_crossed(false, -1));
        assert!(double.may_be_crossed(true, -1));
        // Left of it the inside is on the right.
        assert!(!double.may_be_crossed(true, 1));
        // The centre line names the left one first.
        assert!(!double.may_be_crossed(false, 0) && double.may_be_crossed(true, 0));
        let solid = mark("solid", Some(LaneChange::Increase));
        assert!(solid.may_be_crossed(true, -1) && !solid.may_be_crossed(false, -1));
        assert!(!mark("solid", None).may_be_crossed(true, -1));
        assert!(mark("none", None).may_be_crossed(true, -1));
        assert!(!mark("broken", Some(LaneChange::None)).may_be_crossed(true, -1));
    }

    #[test]
    fn neighbours_meet_at_the_inner_ones_outer_border() {
        assert_eq!(border_between(-1, -2), Some(-1));
        assert_eq!(border_between(2, 1), Some(1));
        assert_eq!(border_between(1, -1), Some(0));
        assert_eq!(border_between(-1, -3), None);
        assert_eq!(border_between(2, -1), None);
    }
}
