//! `<lanes>`: sections, lanes, marks.

use super::{Context, profile, speed_mps};
use crate::input::{InputError, XmlNode};
use crate::road::{Lane, LaneDirection, LaneHeight, LaneSection, LaneType, RoadMark};

/// Lanes of one side, at most.
const MAX_LANE_ID: i32 = 1_000;

pub(super) fn sections(
    context: &mut Context,
    lanes: &XmlNode,
) -> Result<Vec<LaneSection>, InputError> {
    let mut sections = Vec::new();
    let mut previous_s = f64::NEG_INFINITY;
    for node in lanes.children("laneSection") {
        let mut section = LaneSection {
            s_m: node.f64_or("s", 0.0)?,
            left: Vec::new(),
            right: Vec::new(),
            center: None,
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
                let found = match (side.name(), lane.id) {
                    ("left", 1..) => section.left.iter().any(|l| l.id == lane.id),
                    ("right", ..=-1) => section.right.iter().any(|l| l.id == lane.id),
                    ("center", 0) => section.center.is_some(),
                    (name, id) => {
                        context.problem(&lane_node, format!("lane {id} stands under <{name}>"));
                        true
                    }
                };
                match (found, lane.id) {
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
        sections.push(section);
    }
    if sections.is_empty() {
        return Err(lanes.error("<laneSection> inside <lanes>", "none"));
    }
    sections.sort_by(|a, b| a.s_m.total_cmp(&b.s_m));
    Ok(sections)
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
    let mut lane = Lane {
        id: lane_id(node, "id")?,
        kind: LaneType::from_name(node.attr("type").unwrap_or("none")),
        level: matches!(node.attr("level").map(str::trim), Some("true" | "1")),
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
        predecessors: Vec::new(),
        successors: Vec::new(),
        line: context.line(node),
    };
    for child in node.elements() {
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
                s_offset_m: child.f64_or("sOffset", 0.0)?,
                inner_m: child.f64_or("inner", 0.0)?,
                outer_m: child.f64_or("outer", 0.0)?,
            }),
            "speed" => {
                let from = child.f64_or("sOffset", 0.0)?;
                lane.speeds
                    .extend(speed_mps(context, &child).map(|v| (from, v)));
            }
            "roadMark" => lane.marks.push(road_mark(&child)?),
            _ => {}
        }
    }
    lane.heights
        .sort_by(|a, b| a.s_offset_m.total_cmp(&b.s_offset_m));
    lane.speeds.sort_by(|a, b| a.0.total_cmp(&b.0));
    lane.marks
        .sort_by(|a, b| a.s_offset_m.total_cmp(&b.s_offset_m));
    Ok(lane)
}

fn road_mark(node: &XmlNode) -> Result<RoadMark, InputError> {
    let bold = node.attr("weight") == Some("bold");
    let dash = node
        .child("type")
        .and_then(|kind| kind.child("line"))
        .map(|line| Ok((line.f64_or("length", 0.0)?, line.f64_or("space", 0.0)?)))
        .transpose()?
        .filter(|(length, space)| *length > 0.0 && *space > 0.0);
    Ok(RoadMark {
        s_offset_m: node.f64_or("sOffset", 0.0)?,
        kind: node.attr("type").unwrap_or("none").to_owned(),
        color: node.attr("color").unwrap_or("standard").to_owned(),
        width_m: node.f64_or("width", if bold { 0.25 } else { 0.12 })?,
        dash_m: dash,
        lane_change: node.attr("laneChange").unwrap_or_default().to_owned(),
    })
}
