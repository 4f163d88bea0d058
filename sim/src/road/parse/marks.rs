//! `<roadMark>`.

use super::{Context, profile};
use crate::input::{InputError, XmlNode};
use crate::road::{LaneChange, MarkLine, MarkRule, RoadMark};

/// Lines of one mark, at most.
const MAX_LINES: usize = 10_000;
/// Widths of marks that do not say it, metres.
const WIDTH_M: f64 = 0.12;
const BOLD_WIDTH_M: f64 = 0.25;

pub(super) fn road_mark(context: &mut Context, node: &XmlNode) -> Result<RoadMark, InputError> {
    let bold = node.attr("weight").map(str::trim) == Some("bold");
    let (mut repeated, mut explicit) = (Vec::new(), Vec::new());
    let mut type_width = None;
    for child in node.elements() {
        let list = match child.name() {
            "type" => {
                type_width = child
                    .attr("width")
                    .and_then(|w| w.trim().parse::<f64>().ok());
                &mut repeated
            }
            "explicit" => &mut explicit,
            _ => continue,
        };
        for line in child.children("line") {
            if list.len() == MAX_LINES {
                return Err(line.error("at most 10000 lines of a road mark", "more"));
            }
            list.push(mark_line(&line)?);
        }
    }
    let dash_m = repeated
        .iter()
        .map(|line: &MarkLine| (line.length_m, line.space_m))
        .find(|(length, space)| *length > 0.0 && *space > 0.0);
    let lane_change = match node.attr("laneChange").map(str::trim) {
        None | Some("") => None,
        Some("increase") => Some(LaneChange::Increase),
        Some("decrease") => Some(LaneChange::Decrease),
        Some("both") => Some(LaneChange::Both),
        Some("none") => Some(LaneChange::None),
        Some(other) => {
            context.problem(node, format!("laneChange is {other:?}"));
            None
        }
    };
    let usual = type_width
        .filter(|w| w.is_finite() && *w > 0.0)
        .unwrap_or(if bold { BOLD_WIDTH_M } else { WIDTH_M });
    Ok(RoadMark {
        s_offset_m: node.f64_or("sOffset", 0.0)?,
        kind: node.attr("type").unwrap_or("none").to_owned(),
        color: node.attr("color").unwrap_or("standard").to_owned(),
        material: node.attr("material").unwrap_or_default().to_owned(),
        width_m: node.f64_or("width", usual)?,
        height_m: node.f64_or("height", 0.0)?,
        dash_m,
        lane_change,
        lines: repeated,
        explicit,
        sway: profile(Some(node), "sway", "ds")?,
    })
}

fn mark_line(node: &XmlNode) -> Result<MarkLine, InputError> {
    Ok(MarkLine {
        s_offset_m: node.f64_or("sOffset", 0.0)?,
        t_offset_m: node.f64_or("tOffset", 0.0)?,
        length_m: node.f64_or("length", 0.0)?,
        space_m: node.f64_or("space", 0.0)?,
        width_m: Some(node.f64_or("width", 0.0)?).filter(|w| *w > 0.0),
        color: node.attr("color").map(str::to_owned),
        rule: match node.attr("rule").map(str::trim) {
            Some("no passing") => MarkRule::NoPassing,
            Some("caution") => MarkRule::Caution,
            _ => MarkRule::None,
        },
    })
}
