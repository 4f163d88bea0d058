//! Any bytes as a map: read, and where that succeeds looked through, located on, routed and meshed.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use sim::input::Limits;
use sim::road::{LanePosition, MeshOptions, RoadNetwork};

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    // Small bounds, so that a long road that is right does not look like a hang.
    let limits = Limits {
        max_road_length_m: 20_000.0,
        ..Limits::default()
    };
    let Ok(map) = RoadNetwork::from_xml_text(Path::new("map.xodr"), text.to_owned(), &limits) else {
        return;
    };
    let _ = map.problems();
    for road in map.road_indices().take(8) {
        let length_m = map.road(road).map_or(0.0, |r| r.length_m);
        for part in [0.0, 0.3, 1.0] {
            let Some(pose) = map.pose_at(road, part * length_m, 1.5) else {
                continue;
            };
            let p = &pose.pose;
            let found = map.locate(p.x_m, p.y_m, Some(p.z_m), None);
            if let Some((found, lane_id)) = found.and_then(|f| Some((f, f.lane_id?))) {
                let from = LanePosition {
                    road: found.road,
                    lane_id,
                    s_m: found.s_m,
                    offset_m: 0.0,
                };
                let _ = map.follow_lane_route(&from, 500.0, 1);
            }
        }
    }
    let _ = map.surface_mesh(&MeshOptions {
        marks: true,
        ..MeshOptions::default()
    });
    let _ = map.object_mesh();
});
