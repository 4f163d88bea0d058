//! Lanes as strips of triangles.

use super::super::semantic::Material;
use super::super::soup::TriangleSoup;
use crate::road::{LaneSection, LaneType, Road, RoadIndex, RoadNetwork};

/// Steps from a lane's edge into it, where its own height holds, metres.
const INSIDE_M: f64 = 1e-3;
/// A step between lanes higher than this has a face, metres.
const STEP_M: f64 = 0.01;

/// Adds every lane with a width.
pub fn add(network: &RoadNetwork, soup: &mut TriangleSoup) {
    for index in network.road_indices() {
        let Some(road) = network.road(index) else {
            continue;
        };
        for (number, section) in road.sections.iter().enumerate() {
            if let Some(range) = road.section_range(number) {
                add_section(network, index, road, section, range, soup);
            }
        }
    }
}

/// Stations of a section, close where the road bends.
pub fn stations(road: &Road, (start, end): (f64, f64)) -> Vec<f64> {
    let length = end - start;
    if !(length > 1e-6 && length.is_finite()) {
        return Vec::new();
    }
    let bends = (0..=8).any(|i| {
        let s = start + length * f64::from(i) / 8.0;
        let slope = road.elevation.slope(s) - road.elevation.slope(start);
        road.plan.evaluate(s).curvature_1pm.abs() > 1e-4 || slope.abs() > 1e-3
    });
    let step = if bends { 2.5 } else { 6.0 };
    let n = (length / step).ceil().max(1.0) as u32;
    // The last one just short of the end, where the section's own lanes still hold.
    let last = length - 1e-6;
    (0..=n)
        .map(|i| start + last * f64::from(i) / f64::from(n))
        .collect()
}

/// The surface at (s, t), world frame.
pub fn point(network: &RoadNetwork, road: RoadIndex, s_m: f64, t_m: f64) -> Option<[f64; 3]> {
    let pose = network.pose_at(road, s_m, t_m)?.pose;
    Some([pose.x_m, pose.y_m, pose.z_m])
}

fn add_section(
    network: &RoadNetwork,
    index: RoadIndex,
    road: &Road,
    section: &LaneSection,
    range: (f64, f64),
    soup: &mut TriangleSoup,
) {
    let stations = stations(road, range);
    for lanes in [&section.left, &section.right] {
        // Outer edge of the lane inside, for the faces of kerbs.
        let mut inside: Vec<Option<[f64; 3]>> = vec![None; stations.len()];
        for lane in lanes {
            let sign = f64::from(lane.id.signum());
            let edges: Vec<Option<[[f64; 3]; 2]>> = stations
                .iter()
                .map(|s| {
                    let (inner, outer) = network.lane_borders_t(index, *s, lane.id)?;
                    if (outer - inner) * sign < 2.0 * INSIDE_M {
                        return None;
                    }
                    let step = sign * INSIDE_M;
                    Some([
                        point(network, index, *s, inner + step)?,
                        point(network, index, *s, outer - step)?,
                    ])
                })
                .collect();
            let material = material(lane.kind);
            for k in 1..stations.len() {
                let (Some([a, b]), Some([d, c])) = (edges[k - 1], edges[k]) else {
                    continue;
                };
                soup.quad([a, b, c, d], material, index.0);
                if let (Some(p), Some(q)) = (inside[k - 1], inside[k]) {
                    if (p[2] - a[2]).abs() > STEP_M || (q[2] - d[2]).abs() > STEP_M {
                        soup.quad([p, q, d, a], Material::Curb, index.0);
                    }
                }
            }
            for (slot, edge) in inside.iter_mut().zip(&edges) {
                *slot = edge.map(|e| e[1]).or(*slot);
            }
        }
    }
}

fn material(kind: LaneType) -> Material {
    match kind {
        LaneType::Sidewalk | LaneType::Walking => Material::Sidewalk,
        LaneType::Curb => Material::Curb,
        LaneType::None | LaneType::Median => Material::Grass,
        LaneType::Border | LaneType::Rail | LaneType::Special => Material::Gravel,
        LaneType::Biking => Material::BikeLane,
        _ => Material::Asphalt,
    }
}
