//! Painted lane marks.

use super::super::semantic::Material;
use super::super::soup::TriangleSoup;
use super::MARK_HEIGHT_M;
use super::surface::{point, stations};
use crate::road::{Lane, RoadIndex, RoadMark, RoadNetwork};

/// Line and gap of broken marks where the map does not say, metres.
const DASH_M: (f64, f64) = (3.0, 6.0);
/// Width where the map does not say, metres.
const WIDTH_M: f64 = 0.13;

/// Adds the marks of every lane's outer border and of the centre lines.
pub fn add(network: &RoadNetwork, soup: &mut TriangleSoup) {
    for index in network.road_indices() {
        let Some(road) = network.road(index) else {
            continue;
        };
        for (number, section) in road.sections.iter().enumerate() {
            let Some((start, end)) = road.section_range(number) else {
                continue;
            };
            let lanes = section.left.iter().chain(&section.right);
            for lane in lanes.chain(&section.center) {
                for (i, mark) in lane.marks.iter().enumerate() {
                    let from = start + mark.s_offset_m.max(0.0);
                    let next = lane.marks.get(i + 1);
                    let to = next.map_or(end, |n| (start + n.s_offset_m).min(end));
                    for line in lines(mark) {
                        for (a, b) in pieces((from, to), line.dash_m) {
                            let stations = stations(road, (a, b));
                            stripe(network, index, lane, &line, &stations, soup);
                        }
                    }
                }
            }
        }
    }
}

/// One line of a mark.
struct Line {
    /// Outwards of the border, metres.
    shift_m: f64,
    width_m: f64,
    dash_m: Option<(f64, f64)>,
    material: Material,
}

/// The lines of a mark, from the inner to the outer one.
fn lines(mark: &RoadMark) -> Vec<Line> {
    let given = mark.width_m;
    let width_m = if given > 0.01 {
        given.min(1.0)
    } else {
        WIDTH_M
    };
    let material = match mark.color.trim().to_ascii_lowercase().as_str() {
        "yellow" | "orange" => Material::MarkYellow,
        "red" => Material::MarkRed,
        "blue" => Material::MarkBlue,
        "green" => Material::MarkGreen,
        _ => Material::MarkWhite,
    };
    let kind = mark.kind.trim().to_ascii_lowercase();
    let words: Vec<bool> = kind
        .split_whitespace()
        .filter_map(|word| match word {
            "solid" | "edge" => Some(false),
            "broken" => Some(true),
            _ => None,
        })
        .collect();
    let dashed = |broken: bool| broken.then(|| mark.dash_m.unwrap_or(DASH_M));
    let middle = (words.len() as f64 - 1.0) / 2.0;
    words
        .iter()
        .take(2)
        .enumerate()
        .map(|(i, broken)| Line {
            shift_m: (i as f64 - middle) * 2.0 * width_m,
            width_m,
            dash_m: dashed(*broken),
            material,
        })
        .collect()
}

/// The painted pieces of a range.
fn pieces((from, to): (f64, f64), dash_m: Option<(f64, f64)>) -> Vec<(f64, f64)> {
    if !(to - from > 0.01) {
        return Vec::new();
    }
    match dash_m {
        Some((line, gap)) if line > 0.05 && gap > 0.05 => {
            let count = ((to - from) / (line + gap)).ceil().min(1e6) as u32;
            (0..count)
                .map(|i| from + f64::from(i) * (line + gap))
                .map(|a| (a, (a + line).min(to)))
                .collect()
        }
        _ => vec![(from, to)],
    }
}

fn stripe(
    network: &RoadNetwork,
    road: RoadIndex,
    lane: &Lane,
    line: &Line,
    stations: &[f64],
    soup: &mut TriangleSoup,
) {
    // Outwards; the centre line's marks go from left to right.
    let sign = if lane.id > 0 { 1.0 } else { -1.0 };
    let across = |s: f64| {
        let (_, outer) = network.lane_borders_t(road, s, lane.id)?;
        let t = outer + sign * line.shift_m;
        // The height of what lies just inside the border, so that kerbs do not lift the paint.
        let inside = if lane.id == 0 {
            t
        } else {
            t - sign * line.width_m
        };
        let z = point(network, road, s, inside)?[2] + MARK_HEIGHT_M;
        let half = line.width_m / 2.0;
        let [mut a, mut b] = [
            point(network, road, s, t - half)?,
            point(network, road, s, t + half)?,
        ];
        a[2] = z;
        b[2] = z;
        Some([a, b])
    };
    let edges: Vec<_> = stations.iter().map(|s| across(*s)).collect();
    for pair in edges.windows(2) {
        if let (Some([a, b]), Some([d, c])) = (pair[0], pair[1]) {
            soup.quad([a, b, c, d], line.material, road.0);
        }
    }
}
