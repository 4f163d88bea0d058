//! Tunnels as tubes about the road, and the rails of tracks.

use nalgebra::Vector3;

use super::surface::Stretch;
use super::{Builder, MeshMaterial};
use crate::road::network::RoadNetwork;
use crate::road::{LaneType, Road, Structure};

/// Distance of a tunnel's cross-sections, metres.
const STEP_M: f64 = 5.0;
/// Cross-sections of one tunnel, at most.
const MAX_STEPS: f64 = 4000.0;
/// Clear height, thickness of walls and roof, and room beside the lanes, metres.
const HEIGHT_M: f64 = 5.0;
const THICK_M: f64 = 0.4;
const ROOM_M: f64 = 0.3;
/// How far the walls go below the road, metres.
const DEPTH_M: f64 = 0.3;
/// Distance between the middles of a track's two rails, their width and height, metres: standard gauge
/// is 1.435 between the rails' inner sides.
const GAUGE_M: f64 = 1.5;
const RAIL_M: (f64, f64) = (0.07, 0.15);

/// Walls and roof over the stretch of a tunnel.
pub(super) fn tunnel(network: &RoadNetwork, builder: &mut Builder, structure: &Structure) {
    let Some(road) = network
        .road(structure.road)
        .filter(|_| structure.is_tunnel())
    else {
        return;
    };
    let start = structure.s_start_m.clamp(0.0, road.length_m);
    let end = structure.s_end_m.clamp(start, road.length_m);
    if end - start < 0.1 {
        return;
    }
    builder.material = MeshMaterial::Concrete;
    let steps = ((end - start) / STEP_M).ceil().clamp(1.0, MAX_STEPS) as usize;
    let mut before: Option<[[Vector3<f64>; 4]; 2]> = None;
    for i in 0..=steps {
        let s = start + (end - start) * i as f64 / steps as f64;
        let here = profiles(road, s);
        let [inner, outer] = here;
        let at_end = i == 0 || i == steps;
        if let Some([last_inner, last_outer]) = before {
            for k in 0..3 {
                // Seen from the road, and from outside.
                builder.quad([last_inner[k], inner[k], inner[k + 1], last_inner[k + 1]]);
                builder.quad([last_outer[k + 1], outer[k + 1], outer[k], last_outer[k]]);
            }
        }
        if at_end {
            for k in 0..3 {
                let face = [inner[k], outer[k], outer[k + 1], inner[k + 1]];
                builder.quad(if i == 0 {
                    face
                } else {
                    [face[3], face[2], face[1], face[0]]
                });
            }
        }
        before = Some(here);
    }
}

/// Inner and outer corners, from the foot of the left wall over the roof to that of the right one.
fn profiles(road: &Road, s_m: f64) -> [[Vector3<f64>; 4]; 2] {
    let (right, left) = road.edges_m(s_m);
    let feet = [right - ROOM_M, left + ROOM_M].map(|t| road.surface(s_m, t, 0.0)[0]);
    let across = (feet[1] - feet[0]).normalize();
    let across = if across.iter().all(|v| v.is_finite()) {
        across
    } else {
        Vector3::y()
    };
    let profile = |out: f64, up: f64| {
        let [r, l] = [feet[0] - across * out, feet[1] + across * out];
        let raised = |p: Vector3<f64>, z: f64| p + Vector3::new(0.0, 0.0, z);
        [
            raised(l, -DEPTH_M),
            raised(l, up),
            raised(r, up),
            raised(r, -DEPTH_M),
        ]
    };
    [profile(0.0, HEIGHT_M), profile(THICK_M, HEIGHT_M + THICK_M)]
}

/// Two rails along each lane of a track.
pub(super) fn rails(builder: &mut Builder, stretch: &Stretch, stations: &[f64]) {
    let Some(section) = stretch.road.sections.get(stretch.section) else {
        return;
    };
    let tracks = section
        .lanes()
        .filter(|lane| matches!(lane.kind, LaneType::Rail | LaneType::Tram));
    let (width, height) = RAIL_M;
    for lane in tracks {
        // Those of a tram lie in the road.
        let top = if lane.kind == LaneType::Tram {
            0.01
        } else {
            height
        };
        builder.material = MeshMaterial::Metal;
        for side in [-0.5, 0.5] {
            let at = |s: f64, out: f64, up: f64| {
                let inside = stretch.inside(s);
                let (middle, _) = stretch.road.lane_middle(inside, lane.id)?;
                Some(stretch.point(s, middle + side * GAUGE_M + out, up))
            };
            for pair in stations.windows(2) {
                let [a, b] = *pair else { continue };
                let half = 0.5 * width;
                let ring = |s: f64| {
                    Some([
                        at(s, -half, 0.0)?,
                        at(s, -half, top)?,
                        at(s, half, top)?,
                        at(s, half, 0.0)?,
                    ])
                };
                if let (Some(p), Some(q)) = (ring(a), ring(b)) {
                    for k in 0..3 {
                        builder.quad([p[k], q[k], q[k + 1], p[k + 1]]);
                    }
                }
            }
        }
    }
}
