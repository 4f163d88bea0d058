//! Cross-sections of streets, and the ends of their lanes.

use super::plan::{Path, Place};
use super::xodr::{BROKEN, DOUBLE, End, Lane, Map, Mark, NO_MARK, Road, SOLID, Section, ease};

/// Cross-section of a street.
#[derive(Clone, Copy, Debug)]
pub(super) struct Profile {
    /// Driving lanes along s.
    pub forward: usize,
    /// Driving lanes against s.
    pub backward: usize,
    pub lane_width: f64,
    /// 0 for none.
    pub sidewalk: f64,
    /// Parking lanes (left, right).
    pub parking: (bool, bool),
}

const PARKING_WIDTH: f64 = 2.3;
/// From a road's end to where the parking lane begins to open, and the length of that opening.
const PARKING_GAP: (f64, f64) = (18.0, 6.0);

impl Profile {
    /// Half of the width without parking, metres: the larger side.
    pub fn half_width(&self) -> f64 {
        self.forward.max(self.backward) as f64 * self.lane_width + self.sidewalk
    }
}

/// Adds a street along a path; its index.
pub(super) fn street(map: &mut Map, path: Path, profile: &Profile, speed_kmh: f64) -> usize {
    let length = path.length;
    let index = map.add_road(path, "town", speed_kmh);
    let side = |lanes: usize, parking: bool| {
        let mut out: Vec<Lane> = (0..lanes)
            .map(|i| {
                let mark = if i + 1 < lanes { BROKEN } else { SOLID };
                Lane::new("driving", profile.lane_width, mark)
            })
            .collect();
        if parking && length > 2.0 * (PARKING_GAP.0 + PARKING_GAP.1) + 12.0 {
            let (gap, taper) = PARKING_GAP;
            let mut lane = Lane::new("parking", 0.0, NO_MARK);
            lane.widths.extend([
                ease(gap, taper, 0.0, PARKING_WIDTH),
                [gap + taper, PARKING_WIDTH, 0.0, 0.0, 0.0],
                ease(length - gap - taper, taper, PARKING_WIDTH, 0.0),
                [length - gap, 0.0, 0.0, 0.0, 0.0],
            ]);
            out.push(lane);
        }
        if profile.sidewalk > 0.0 {
            out.push(Lane::new("sidewalk", profile.sidewalk, NO_MARK));
        }
        out
    };
    let center_mark = match (profile.forward, profile.backward) {
        (_, 0) | (0, _) => SOLID,
        (1, 1) => Mark("broken", 0.12, "both"),
        _ => DOUBLE,
    };
    let section = Section {
        s: 0.0,
        center_mark,
        left: side(profile.backward, profile.parking.0),
        right: side(profile.forward, profile.parking.1),
    };
    if let Some(road) = map.roads.get_mut(index) {
        road.sections.push(section);
    }
    index
}

/// The end of a lane at the end of a road.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaneEnd {
    pub road: usize,
    pub end: End,
    pub lane: i32,
    /// Its left edge, heading as the traffic goes.
    pub left_edge: Place,
    pub width: f64,
}

/// Ends of all lanes of one kind where traffic leaves (`true`) or enters the road, innermost first.
pub(super) fn lane_ends(
    roads: &[Road],
    road: usize,
    end: End,
    leaves: bool,
    kind: &str,
) -> Vec<LaneEnd> {
    let Some((r, section)) = roads.get(road).and_then(|r| Some((r, r.section(end)?))) else {
        return Vec::new();
    };
    let is_right = (end == End::End) == leaves;
    let lanes = if is_right {
        &section.right
    } else {
        &section.left
    };
    let ds = match end {
        End::Start => 0.0,
        End::End => r.path.length - section.s,
    };
    let place = r.place(end);
    let mut t = 0.0;
    let mut ends = Vec::new();
    for (i, lane) in lanes.iter().enumerate() {
        let number = i as i32 + 1;
        if lane.kind == kind {
            let edge = place.shift(0.0, if is_right { -t } else { t });
            ends.push(LaneEnd {
                road,
                end,
                lane: if is_right { -number } else { number },
                left_edge: if is_right { edge } else { edge.reversed() },
                width: lane.width_at(ds),
            });
        }
        t += lane.width_at(ds);
    }
    ends
}
