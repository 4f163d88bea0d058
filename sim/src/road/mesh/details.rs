//! What objects carry beside their bodies: painted lines, rims, and the lines of skeletons.

use nalgebra::Vector3;

use super::MeshMaterial;
use super::marks::paint;
use super::objects::Local;
use crate::math::hypot;
use crate::road::{CornerPoint, ObjectMarking, ObjectSide, RoadObject};

/// Pieces of one painted line, at most.
const MAX_PIECES: usize = 2_000;
/// Height of a rim about an outline that has none of its own, metres.
const RIM_M: f64 = 0.12;

/// Width of the lines about a parking space, and their height over the ground, metres.
const LINE_M: f64 = 0.12;
const LIFT_M: f64 = 0.012;

/// A point in the object's frame.
type Point = [f64; 3];

pub(super) fn details(local: &mut Local, object: &RoadObject) {
    for marking in &object.markings {
        let Some(color) = paint(&marking.color) else {
            continue;
        };
        local.builder.material = color;
        for path in marking_paths(object, marking) {
            painted(local, marking, &path);
        }
    }
    for border in &object.borders {
        local.builder.material = if border.kind == "paint" {
            MeshMaterial::MarkWhite
        } else {
            MeshMaterial::Curb
        };
        let height = if border.kind == "paint" { 0.0 } else { RIM_M };
        for outline in &object.outlines {
            if border.outline.is_some() && border.outline != outline.id {
                continue;
            }
            let mut corners: Vec<&CornerPoint> = if border.corners.is_empty() {
                outline.corners.iter().collect()
            } else {
                named(&outline.corners, &border.corners)
            };
            if border.corners.is_empty() && outline.closed {
                corners.extend(outline.corners.first());
            }
            for pair in corners.windows(2) {
                if let [a, b] = pair {
                    let top = |c: &CornerPoint| c.z_m + c.height_m.max(height).max(0.01);
                    let ends = [[a.u_m, a.v_m], [b.u_m, b.v_m]];
                    let half = 0.5 * border.width_m;
                    local.wall(ends, half, [a.z_m, b.z_m], [top(a), top(b)]);
                }
            }
        }
    }
    local.builder.material = MeshMaterial::Metal;
    for line in &object.skeleton {
        for pair in line.points.windows(2) {
            if let [(a, ra), (b, rb)] = pair {
                bar(local, *a, *b, ra.max(*rb));
            }
        }
    }
}

fn named<'a>(corners: &'a [CornerPoint], ids: &[u32]) -> Vec<&'a CornerPoint> {
    let find = |id: &u32| corners.iter().find(|c| c.id == Some(*id));
    ids.iter().filter_map(find).collect()
}

/// Along which points a marking runs: the corners that it names, else a side of the box.
fn marking_paths(object: &RoadObject, marking: &ObjectMarking) -> Vec<Vec<Point>> {
    let z = marking.z_offset_m.max(0.005);
    if !marking.corners.is_empty() {
        let lists = object.outlines.iter().map(|o| {
            let corners = named(&o.corners, &marking.corners);
            let points = corners.iter().map(|c| [c.u_m, c.v_m, c.z_m + z]);
            points.collect::<Vec<Point>>()
        });
        return lists.filter(|points| points.len() > 1).collect();
    }
    let (u, v) = (0.5 * object.length_m, 0.5 * object.width_m);
    let side = match marking.side {
        Some(ObjectSide::Front) => [[u, -v, z], [u, v, z]],
        Some(ObjectSide::Rear) => [[-u, -v, z], [-u, v, z]],
        Some(ObjectSide::Left) => [[-u, v, z], [u, v, z]],
        Some(ObjectSide::Right) => [[-u, -v, z], [u, -v, z]],
        None => return Vec::new(),
    };
    vec![side.to_vec()]
}

/// Lines about the area of an object that says nothing of its own, as a parking space.
pub(super) fn bounded(local: &mut Local, object: &RoadObject) {
    local.builder.material = MeshMaterial::MarkWhite;
    let (u, v) = (0.5 * object.length_m, 0.5 * object.width_m);
    let mut corners: Vec<Point> = match object.outlines.first() {
        Some(outline) => {
            let corners = outline.corners.iter();
            corners.map(|c| [c.u_m, c.v_m, c.z_m + LIFT_M]).collect()
        }
        None => [(-u, -v), (u, -v), (u, v), (-u, v)]
            .map(|(u, v)| [u, v, LIFT_M])
            .to_vec(),
    };
    corners.extend(corners.first().copied());
    for pair in corners.windows(2) {
        if let [a, b] = *pair {
            local.ribbon(a, b, 0.5 * LINE_M);
        }
    }
}

/// Dashes along a path, from one offset to the other.
fn painted(local: &mut Local, marking: &ObjectMarking, path: &[Point]) {
    let lengths: Vec<f64> = path
        .windows(2)
        .map(|p| match p {
            [a, b] => hypot(b[0] - a[0], b[1] - a[1]),
            _ => 0.0,
        })
        .collect();
    let total: f64 = lengths.iter().sum();
    let [from, before_end] = marking.offsets_m;
    let to = total - before_end;
    let (dash, gap) = if marking.line_length_m > 0.0 {
        (marking.line_length_m, marking.space_length_m)
    } else {
        (total, 0.0)
    };
    let period = (dash + gap).max(0.05);
    let count = (((to - from) / period).ceil().max(0.0) as usize).min(MAX_PIECES);
    for i in 0..count {
        let start = from + i as f64 * period;
        let end = (start + dash).min(to);
        let mut passed = 0.0;
        for (pair, length) in path.windows(2).zip(&lengths) {
            let (low, high) = ((start - passed).max(0.0), (end - passed).min(*length));
            if let [a, b] = pair
                && high - low > 1e-3
            {
                let at = |d: f64| -> Point {
                    let w = d / length;
                    std::array::from_fn(|k| a[k] + w * (b[k] - a[k]))
                };
                local.ribbon(at(low), at(high), 0.5 * marking.width_m);
            }
            passed += length;
        }
    }
}

/// A square bar between two points of the object's frame.
fn bar(local: &mut Local, a: Point, b: Point, radius_m: f64) {
    let (from, to) = (local.world(a[0], a[1], a[2]), local.world(b[0], b[1], b[2]));
    let along = to - from;
    let Some(along) = along.try_normalize(1e-6) else {
        return;
    };
    let helper = if along.z.abs() < 0.9 {
        Vector3::z()
    } else {
        Vector3::x()
    };
    let Some(side) = along.cross(&helper).try_normalize(1e-6) else {
        return;
    };
    let up = side.cross(&along);
    let ring = |p: Vector3<f64>| {
        [(-1.0, -1.0), (1.0, -1.0), (1.0, 1.0), (-1.0, 1.0)]
            .map(|(x, y)| p + (side * x + up * y) * radius_m)
    };
    let (p, q) = (ring(from), ring(to));
    for k in 0..4 {
        let next = (k + 1) % 4;
        local.builder.quad([p[k], q[k], q[next], p[next]]);
    }
    local.builder.quad([p[0], p[1], p[2], p[3]]);
    local.builder.quad([q[3], q[2], q[1], q[0]]);
}
