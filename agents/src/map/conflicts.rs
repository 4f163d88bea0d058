//! Where a path through a junction comes upon the lanes of others.

use sim::math::{cos, hypot};
use sim::road::{LanePosition, RoadNetwork};

use super::roam::lane_under;
use crate::path::Path;

/// Centre lines nearer than this leave no room for two cars beside each other, metres.
const TOO_NEAR_M: f64 = 2.4;
/// A lane that begins this near to the path comes from the same lane, metres.
const SAME_START_M: f64 = 1.2;
/// Distance of samples of other lanes, metres.
const STEP_M: f64 = 1.5;

/// Notes for each junction of a path the stretch in which it crosses or joins lanes that others come along.
/// Lanes that part from the own one are none of them.
pub fn mark_conflicts(network: &RoadNetwork, path: &mut Path) {
    let mut junctions = std::mem::take(&mut path.junctions);
    for junction in &mut junctions {
        let inside = path.pose((junction.end_m - 1.0).max(junction.start_m), 0.0);
        let index = lane_under(network, &inside)
            .and_then(|(lane, _)| network.road(lane.road))
            .and_then(|road| road.junction);
        let Some(index) = index else {
            continue;
        };
        let mut found: Option<[f64; 2]> = None;
        for road in network.road_indices() {
            let Some(of) = network.road(road).filter(|r| r.junction == Some(index)) else {
                continue;
            };
            for section in &of.sections {
                let middle = section.s_m + 1e-3;
                for lane in section.lanes().filter(|l| l.kind.is_drivable()) {
                    let Some(key) = network.lane_key(road, middle, lane.id) else {
                        continue;
                    };
                    let Some((from, to)) = network.lane_range_m(key) else {
                        continue;
                    };
                    let line = centre_line(network, road, lane.id, from, to);
                    let met = meets(path, &line, [junction.start_m, junction.end_m]);
                    found = match (found, met) {
                        (Some(a), Some(b)) => Some([a[0].min(b[0]), a[1].max(b[1])]),
                        (a, b) => a.or(b),
                    };
                }
            }
        }
        junction.conflict_m = found;
    }
    path.junctions = junctions;
}

/// Points with headings along a lane, in driving direction.
fn centre_line(
    network: &RoadNetwork,
    road: sim::road::RoadIndex,
    lane_id: i32,
    from: f64,
    to: f64,
) -> Vec<[f64; 3]> {
    let steps = ((to - from).abs() / STEP_M).ceil().clamp(1.0, 1e4) as usize;
    (0..=steps)
        .filter_map(|i| {
            let f = (i as f64 / steps as f64).clamp(1e-6, 1.0 - 1e-6);
            let at = LanePosition {
                road,
                lane_id,
                s_m: from + (to - from) * f,
                offset_m: 0.0,
            };
            let pose = network.lane_pose(&at)?.pose;
            Some([pose.x_m, pose.y_m, pose.yaw_rad])
        })
        .collect()
}

/// First and last station of a path within a window where it is too near to a line.
fn meets(path: &Path, line: &[[f64; 3]], window_m: [f64; 2]) -> Option<[f64; 2]> {
    let [x, y, _] = *line.first()?;
    let start = path.project_within(x, y, window_m[0] - 5.0, window_m[1]);
    let toward = |p: &[f64; 3], q: &[f64; 3]| sim::math::atan2(q[1] - p[1], q[0] - p[0]);
    let leaves = line.get(1).map_or(0.0, |q| toward(&line[0], q));
    let turn = leaves - path.sample(start.station_m).yaw_rad;
    if start.distance_m < SAME_START_M && cos(turn) > 0.9 {
        return None;
    }
    let mut found: Option<[f64; 2]> = None;
    let mut station = window_m[0].max(0.0);
    while station <= window_m[1].min(path.length_m()) {
        let p = path.sample(station);
        let near = line
            .iter()
            .any(|[x, y, _]| hypot(x - p.x_m, y - p.y_m) < TOO_NEAR_M);
        if near {
            let span = found.get_or_insert([station, station]);
            span[1] = station;
        }
        station += 1.0;
    }
    found
}
