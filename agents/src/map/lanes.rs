//! Centre lines of all drivable lanes.

use sim::road::{LaneKey, LanePosition, RoadNetwork};

use crate::prediction::LaneMap;

/// Cuts the centre lines of a map's drivable lanes for the prediction network.
pub fn lane_map(network: &RoadNetwork) -> LaneMap {
    let mut lines = Vec::new();
    for road in network.road_indices() {
        let Some(found) = network.road(road) else {
            continue;
        };
        for (section, lanes) in found.sections.iter().enumerate() {
            for lane in lanes.lanes().filter(|l| l.kind.is_drivable()) {
                let key = LaneKey {
                    road,
                    section: section as u32,
                    lane_id: lane.id,
                };
                let Some((from, to)) = network.lane_range_m(key) else {
                    continue;
                };
                let steps = ((to - from).abs() / 2.0).ceil().clamp(1.0, 1e5) as usize;
                let line: Vec<[f64; 2]> = (0..=steps)
                    .filter_map(|i| {
                        // Just inside, so that the end still belongs to this section.
                        let f = (i as f64 / steps as f64).clamp(1e-6, 1.0 - 1e-6);
                        let at = LanePosition {
                            road,
                            lane_id: lane.id,
                            s_m: from + (to - from) * f,
                            offset_m: 0.0,
                        };
                        network.lane_point(&at).map(|[x, y, _]| [x, y])
                    })
                    .collect();
                lines.push(line);
            }
        }
    }
    LaneMap::new(lines)
}
