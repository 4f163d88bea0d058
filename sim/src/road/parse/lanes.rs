//! `<lanes>`: sections and lanes.

use super::marks::road_mark;
use super::{Context, is_set, profile, sections, speed_mps};
use crate::input::{InputError, XmlNode};
use crate::road::{
    Lane, LaneAccess, LaneDirection, LaneHeight, LaneMaterial, LaneSection, LaneType,
};

/// Lanes of one side, at most.
const MAX_LANE_ID: i32 = 1_000;

pub(super) fn sections(
    context: &mut Context,
    lanes: &XmlNode,
) -> Result<Vec<LaneSection>, InputError> {
    let mut found = Vec::new();
    let mut previous_s = f64::NEG_INFINITY;
    for node in lanes.children("laneSection") {
        let mut section = LaneSection {
            s_m: node.f64_or("s", 0.0)?,
            left: Vec::new(),
            right: Vec::new(),
            center: None,
            line: context.line(&node),
        };
        if section.s_m <= previous_s {
            context.problem(
                &node,
                "the lane section does not start after the one ahead of it",
            );
        }
        previous_s = section.s_m;
        for side in node.elements() {
            for lane_node in side.children("lane") {
                let lane = lane(context, &lane_node)?;
                let there = match (side.name(), lane.id) {
                    ("left", 1..) => section.left.iter().any(|l| l.id == lane.id),
                    ("right", ..=-1) => section.right.iter().any(|l| l.id == lane.id),
                    ("center", 0) => section.center.is_some(),
                    (name, id) => {
                        context.problem(&lane_node, format!("lane {id} stands under <{name}>"));
                        true
                    }
                };
                match (there, lane.id) {
                    (true, _) => {
                        context.problem(&lane_node, format!("lane {} is left out", lane.id))
                    }
                    (false, 0) => section.center = Some(lane),
                    (false, 1..) => section.left.push(lane),
                    (false, _) => section.right.push(lane),
                }
            }
        }
        section.left.sort_by_key(|lane| lane.id);
        section.right.sort_by_key(|lane| -lane.id);
        found.push((section, is_set(&node, "singleSide")));
    }
    if found.is_empty() {
        return Err(lanes.error("<laneSection> inside <lanes>", "none"));
    }
    found.sort_by(|a, b| a.0.s_m.total_cmp(&b.0.s_m));
    let (mut list, single): (Vec<LaneSection>, Vec<bool>) = found.into_iter().unzip();
    sections::fill_single_sided(&mut list, &single);
    Ok(list)
}

/// A lane id in an attribute.
pub(super) fn lane_id(node: &XmlNode, name: &str) -> Result<i32, InputError> {
    let text = node.need_attr(name)?;
    text.trim()
        .parse::<i32>()
        .ok()
        .filter(|id| (-MAX_LANE_ID..=MAX_LANE_ID).contains(id))
        .ok_or_else(|| {
            node.error(
                format!(
                    "a lane id from -{MAX_LANE_ID} to {MAX_LANE_ID} in {name} of <{}>",
                    node.name()
                ),
                format!("{text:?}"),
            )
        })
}

fn lane(context: &mut Context, node: &XmlNode) -> Result<Lane, InputError> {
    let kind = node.attr("type").unwrap_or("none");
    let mut lane = Lane {
        id: lane_id(node, "id")?,
        kind: LaneType::from_name(kind),
        level: is_set(node, "level"),
        direction: match node.attr("direction").map(str::trim) {
            Some("reversed") => LaneDirection::Reversed,
            Some("both") => LaneDirection::Both,
            _ => LaneDirection::Standard,
        },
        widths: profile(Some(node), "width", "sOffset")?,
        borders: profile(Some(node), "border", "sOffset")?,
        heights: Vec::new(),
        speeds: Vec::new(),
        marks: Vec::new(),
        access: Vec::new(),
        materials: Vec::new(),
        rules: Vec::new(),
        advisory: match node.attr("advisory").map(str::trim) {
            None | Some("none") => String::new(),
            Some(who) => who.to_owned(),
        },
        is_dynamic: is_set(node, "dynamicLaneDirection") || is_set(node, "dynamicLaneType"),
        road_works: is_set(node, "roadWorks"),
        predecessors: Vec::new(),
        successors: Vec::new(),
        line: context.line(node),
    };
    if !LaneType::is_name(kind) {
        let text = format!(
            "lane {} is of type {kind:?}, which the standard does not know",
            lane.id
        );
        context.problem(node, text);
    }
    for child in node.elements() {
        let start = || child.f64_or("sOffset", 0.0);
        match child.name() {
            "link" => {
                for end in child.elements() {
                    match end.name() {
                        "predecessor" => lane.predecessors.push(lane_id(&end, "id")?),
                        "successor" => lane.successors.push(lane_id(&end, "id")?),
                        _ => {}
                    }
                }
            }
            "height" => lane.heights.push(LaneHeight {
                s_offset_m: start()?,
                inner_m: child.f64_or("inner", 0.0)?,
                outer_m: child.f64_or("outer", 0.0)?,
            }),
            "speed" => {
                let from = start()?;
                lane.speeds
                    .extend(speed_mps(context, &child).map(|v| (from, v)));
            }
            "roadMark" => lane.marks.push(road_mark(context, &child)?),
            "access" => lane.access.push((start()?, access(&child))),
            "material" => lane.materials.push((start()?, material(&child))),
            "rule" => {
                let value = child.attr("value").unwrap_or_default();
                lane.rules.push((start()?, value.to_owned()));
            }
            _ => {}
        }
    }
    lane.heights
        .sort_by(|a, b| a.s_offset_m.total_cmp(&b.s_offset_m));
    lane.speeds.sort_by(|a, b| a.0.total_cmp(&b.0));
    lane.marks
        .sort_by(|a, b| a.s_offset_m.total_cmp(&b.s_offset_m));
    lane.access.sort_by(|a, b| a.0.total_cmp(&b.0));
    lane.materials.sort_by(|a, b| a.0.total_cmp(&b.0));
    lane.rules.sort_by(|a, b| a.0.total_cmp(&b.0));
    Ok(lane)
}

/// Who is meant stands in an attribute (to 1.6), and in elements from 1.7 on.
fn access(node: &XmlNode) -> LaneAccess {
    let listed = node.children("restriction");
    let named = listed.filter_map(|r| r.attr("type"));
    let own = node.attr("restriction").into_iter();
    LaneAccess {
        allows: node.attr("rule").map(str::trim) == Some("allow"),
        who: own.chain(named).map(|who| who.trim().to_owned()).collect(),
    }
}

fn material(node: &XmlNode) -> LaneMaterial {
    let number = |name: &str| {
        let value = node.attr(name)?.trim().parse::<f64>().ok()?;
        (value.is_finite() && value >= 0.0).then_some(value)
    };
    LaneMaterial {
        surface: node.attr("surface").unwrap_or_default().to_owned(),
        friction: number("friction"),
        roughness: number("roughness"),
    }
}
