//! Lane questions that motion asks each step, answered from one road without a search.

use sim::road::{LaneSection, LaneType, Road};

/// Middle of a lane left of the lane offset, its slope by s, and the lane's width.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LaneCenter {
    /// t without the lane offset, metres.
    pub t_m: f64,
    /// Its change along s.
    pub slope: f64,
    /// Metres.
    pub width_m: f64,
}

/// The middle of a lane; lane 0 is the reference line. `None` where the section has no such lane.
pub fn center(section: &LaneSection, s_m: f64, lane_id: i32) -> Option<LaneCenter> {
    if lane_id == 0 {
        return Some(LaneCenter::default());
    }
    let ds_m = s_m - section.s_m;
    let side = if lane_id > 0 {
        &section.left
    } else {
        &section.right
    };
    let sign = f64::from(lane_id.signum());
    let (mut inner, mut inner_slope) = (0.0, 0.0);
    for lane in side {
        let (outer, outer_slope) = if lane.widths.is_empty() && !lane.borders.is_empty() {
            (lane.borders.value(ds_m), lane.borders.slope(ds_m))
        } else {
            let width = lane.widths.value(ds_m).max(0.0);
            (
                inner + sign * width,
                inner_slope + sign * lane.widths.slope(ds_m),
            )
        };
        if lane.id == lane_id {
            return Some(LaneCenter {
                t_m: (inner + outer) / 2.0,
                slope: (inner_slope + outer_slope) / 2.0,
                width_m: (outer - inner).abs(),
            });
        }
        (inner, inner_slope) = (outer, outer_slope);
    }
    None
}

/// Whether a lane is one that traffic is snapped to.
fn is_snap(kind: LaneType) -> bool {
    kind.is_drivable()
}

/// The lane nearest to t (without the lane offset): the one it lies in, else the nearest drivable,
/// else the nearest of any type.
pub fn nearest(section: &LaneSection, s_m: f64, t_m: f64) -> i32 {
    let mut best = (f64::INFINITY, 0);
    for drivable_only in [true, false] {
        for lane in section.lanes() {
            if lane.kind == LaneType::None || (drivable_only && !is_snap(lane.kind)) {
                continue;
            }
            let Some(center) = center(section, s_m, lane.id) else {
                continue;
            };
            let beyond = ((t_m - center.t_m).abs() - center.width_m / 2.0).max(0.0);
            // On a border both lanes are at hand; the nearer middle decides.
            let score = beyond + 1e-3 * (t_m - center.t_m).abs();
            if center.width_m > 1e-6 && score < best.0 {
                best = (score, lane.id);
            }
        }
        if best.1 != 0 {
            return best.1;
        }
    }
    best.1
}

/// Outer edges of the surface at a station, without the lane offset: right and left t, metres.
pub fn edges(section: &LaneSection, s_m: f64) -> (f64, f64) {
    let outer = |lane_id: Option<i32>, sign: f64| {
        lane_id
            .and_then(|id| center(section, s_m, id))
            .map_or(0.0, |c| c.t_m + sign * c.width_m / 2.0)
    };
    let widest = |side: &[sim::road::Lane]| {
        side.iter()
            .rev()
            .find(|l| l.kind != LaneType::None)
            .map(|l| l.id)
    };
    (
        outer(widest(&section.right), -1.0),
        outer(widest(&section.left), 1.0),
    )
}

/// The lane that continues `lane_id` from one section of a road to another, along the links.
pub fn follow_sections(road: &Road, from: usize, to: usize, lane_id: i32) -> i32 {
    let (mut at, mut lane) = (from, lane_id);
    while at != to {
        let forward = to > at;
        let next = if forward { at + 1 } else { at - 1 };
        let Some(section) = road.sections.get(next) else {
            break;
        };
        let linked = road
            .sections
            .get(at)
            .and_then(|s| s.lane(lane))
            .and_then(|l| {
                let links = if forward {
                    &l.successors
                } else {
                    &l.predecessors
                };
                links.first().copied()
            });
        lane = match linked {
            Some(id) if section.lane(id).is_some() => id,
            _ if section.lane(lane).is_some() => lane,
            // The lane ends: go on in the outermost that is left on this side.
            _ => {
                let side = if lane > 0 {
                    &section.left
                } else {
                    &section.right
                };
                side.iter()
                    .rev()
                    .find(|l| is_snap(l.kind))
                    .map_or(0, |l| l.id)
            }
        };
        at = next;
    }
    lane
}
