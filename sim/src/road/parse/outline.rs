//! What gives an object its shape: outlines, rims, painted lines, skeletons.

use super::objects::upright;
use crate::input::{InputError, XmlNode};
use crate::math::Pose;
use crate::road::network::{RoadIndex, RoadNetwork};
use crate::road::{CornerPoint, ObjectBorder, ObjectMarking, ObjectPolyline, ObjectSide, Outline};

/// A point given at (s, t), in the frame of an object.
fn at_road(
    network: &RoadNetwork,
    road: RoadIndex,
    node: &XmlNode,
    pose: &Pose,
) -> Result<[f64; 3], InputError> {
    let (s, t) = (node.need_f64("s")?, node.need_f64("t")?);
    let at = upright(network, road, [s, t, node.f64_or("dz", 0.0)?], 0.0)
        .ok_or_else(|| node.error("a point on the map", format!("s {s}, t {t}")))?;
    let (u, v) = pose.to_local_xy(at.x_m, at.y_m);
    Ok([u, v, at.z_m - pose.z_m])
}

fn number(node: &XmlNode, name: &str) -> Option<u32> {
    node.attr(name)?.trim().parse().ok()
}

pub(super) fn outlines(
    network: &RoadNetwork,
    road: RoadIndex,
    node: &XmlNode,
    pose: &Pose,
) -> Result<Vec<Outline>, InputError> {
    let listed = node
        .children("outlines")
        .flat_map(|n| n.children("outline"));
    let mut outlines = Vec::new();
    for outline in node.children("outline").chain(listed) {
        let mut corners = Vec::new();
        for corner in outline.elements() {
            let [u_m, v_m, z_m] = match corner.name() {
                "cornerLocal" => [
                    corner.need_f64("u")?,
                    corner.need_f64("v")?,
                    corner.f64_or("z", 0.0)?,
                ],
                "cornerRoad" => at_road(network, road, &corner, pose)?,
                _ => continue,
            };
            corners.push(CornerPoint {
                id: number(&corner, "id"),
                u_m,
                v_m,
                z_m,
                height_m: corner.f64_or("height", 0.0)?.clamp(0.0, 1e4),
            });
        }
        let says = |name: &str, no: bool| {
            let text = outline.attr(name).map(str::trim);
            if no {
                !matches!(text, Some("false" | "0"))
            } else {
                matches!(text, Some("true" | "1"))
            }
        };
        if corners.len() >= 2 {
            outlines.push(Outline {
                corners,
                closed: says("closed", true),
                id: number(&outline, "id"),
                outer: says("outer", true),
                fill: outline.attr("fillType").unwrap_or_default().to_owned(),
                lane_type: outline.attr("laneType").unwrap_or_default().to_owned(),
            });
        }
    }
    Ok(outlines)
}

fn corner_references(node: &XmlNode) -> Vec<u32> {
    let references = node.children("cornerReference");
    references.filter_map(|r| number(&r, "id")).collect()
}

pub(super) fn markings(node: &XmlNode) -> Result<Vec<ObjectMarking>, InputError> {
    let mut markings = Vec::new();
    for marking in node
        .children("markings")
        .flat_map(|n| n.children("marking"))
    {
        let bold = marking.attr("weight").map(str::trim) == Some("bold");
        let size = |name: &str, usual: f64| marking.f64_or(name, usual).map(|v| v.clamp(0.0, 1e4));
        markings.push(ObjectMarking {
            side: match marking.attr("side").map(str::trim) {
                Some("front") => Some(ObjectSide::Front),
                Some("rear" | "back") => Some(ObjectSide::Rear),
                Some("left") => Some(ObjectSide::Left),
                Some("right") => Some(ObjectSide::Right),
                _ => None,
            },
            corners: corner_references(&marking),
            color: marking.attr("color").unwrap_or("white").to_owned(),
            width_m: size("width", if bold { 0.25 } else { 0.12 })?,
            z_offset_m: marking.f64_or("zOffset", 0.005)?,
            line_length_m: size("lineLength", 0.0)?,
            space_length_m: size("spaceLength", 0.0)?,
            offsets_m: [size("startOffset", 0.0)?, size("stopOffset", 0.0)?],
        });
    }
    Ok(markings)
}

pub(super) fn borders(node: &XmlNode) -> Result<Vec<ObjectBorder>, InputError> {
    let mut borders = Vec::new();
    for border in node.children("borders").flat_map(|n| n.children("border")) {
        borders.push(ObjectBorder {
            kind: border.attr("type").unwrap_or("concrete").to_owned(),
            width_m: border.f64_or("width", 0.1)?.clamp(0.0, 100.0),
            outline: number(&border, "outlineId"),
            corners: corner_references(&border),
        });
    }
    Ok(borders)
}

pub(super) fn skeleton(
    network: &RoadNetwork,
    road: RoadIndex,
    node: &XmlNode,
    pose: &Pose,
) -> Result<Vec<ObjectPolyline>, InputError> {
    let mut lines = Vec::new();
    for line in node
        .children("skeleton")
        .flat_map(|n| n.children("polyline"))
    {
        let mut points = Vec::new();
        for vertex in line.elements() {
            let point = match vertex.name() {
                "vertexLocal" => [
                    vertex.need_f64("u")?,
                    vertex.need_f64("v")?,
                    vertex.f64_or("z", 0.0)?,
                ],
                "vertexRoad" => at_road(network, road, &vertex, pose)?,
                _ => continue,
            };
            points.push((point, vertex.f64_or("radius", 0.05)?.clamp(0.0, 100.0)));
        }
        if points.len() >= 2 {
            lines.push(ObjectPolyline { points });
        }
    }
    Ok(lines)
}
