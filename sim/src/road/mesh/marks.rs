//! Road marks as thin strips just over the lanes.

use super::surface::Stretch;
use super::{Builder, MeshMaterial};
use crate::road::{MarkLine, RoadMark};

/// Height over the surface, metres.
const LIFT_M: f64 = 0.012;
/// Dash and gap of broken marks that do not say it, metres.
const DASH_M: (f64, f64) = (3.0, 6.0);
/// Diameter and distance of Botts' dots, metres.
const DOT_M: (f64, f64) = (0.1, 1.2);
/// Pieces of a line that sways, metres.
const SWAY_STEP_M: f64 = 0.5;
/// Shortest period of a broken line, metres.
const SHORTEST_M: f64 = 0.05;

/// Mesh material of a colour of the standard; none for black, which is not painted.
pub(super) fn paint(color: &str) -> Option<MeshMaterial> {
    Some(match color.trim() {
        "yellow" | "orange" => MeshMaterial::MarkYellow,
        "red" => MeshMaterial::MarkRed,
        "blue" | "violet" => MeshMaterial::MarkBlue,
        "green" => MeshMaterial::MarkGreen,
        "black" => return None,
        _ => MeshMaterial::MarkWhite,
    })
}

/// A line to be drawn: shift in t, width, and dash and gap where it is broken.
struct Pattern<'a> {
    shift_m: f64,
    width_m: f64,
    from_m: f64,
    dash_m: Option<(f64, f64)>,
    color: &'a str,
}

/// The lines of a mark without a description of its own: offset in widths, and whether it is broken.
fn usual(kind: &str) -> &'static [(f64, bool)] {
    match kind {
        "solid" | "edge" => &[(0.0, false)],
        "broken" | "botts dots" => &[(0.0, true)],
        "solid solid" => &[(-1.0, false), (1.0, false)],
        // Named from the inside to the outside.
        "solid broken" => &[(-1.0, false), (1.0, true)],
        "broken solid" => &[(-1.0, true), (1.0, false)],
        "broken broken" => &[(-1.0, true), (1.0, true)],
        _ => &[],
    }
}

/// The lines of a mark that run on and on.
fn patterns(mark: &RoadMark, lane_id: i32) -> Vec<Pattern<'_>> {
    let described = mark.lines.iter().filter(|line| line.length_m > 0.0);
    let listed: Vec<Pattern> = described
        .map(|line: &MarkLine| Pattern {
            shift_m: line.t_offset_m,
            width_m: line.width_m.unwrap_or(mark.width_m),
            from_m: line.s_offset_m.max(0.0),
            dash_m: (line.space_m > 0.0).then_some((line.length_m, line.space_m)),
            color: line.color.as_deref().unwrap_or(&mark.color),
        })
        .collect();
    if !listed.is_empty() {
        return listed;
    }
    // From the inside to the outside; of the centre line from left to right.
    let outward = if lane_id > 0 { 1.0 } else { -1.0 };
    let kind = mark.kind.trim().replace('_', " ");
    let dash = match (kind.as_str(), mark.dash_m) {
        (_, Some(dash)) => dash,
        ("botts dots", None) => DOT_M,
        _ => DASH_M,
    };
    usual(&kind)
        .iter()
        .map(|(offset, broken)| Pattern {
            shift_m: offset * outward * mark.width_m,
            width_m: mark.width_m,
            from_m: 0.0,
            dash_m: broken.then_some(dash),
            color: &mark.color,
        })
        .collect()
}

pub(super) fn marks(builder: &mut Builder, stretch: &Stretch, stations: &[f64]) {
    let Some(section) = stretch.road.sections.get(stretch.section) else {
        return;
    };
    let base = section.s_m;
    for lane in section.lanes().chain(section.center.as_ref()) {
        for (i, mark) in lane.marks.iter().enumerate() {
            let start = base + mark.s_offset_m;
            let to = lane.marks.get(i + 1).map_or(stretch.end_m, |next| {
                (base + next.s_offset_m).min(stretch.end_m)
            });
            let line = |shift_m: f64, width_m: f64| Line {
                stretch,
                mark,
                start_m: start,
                lane_id: lane.id,
                shift_m,
                half_m: (0.5 * width_m).clamp(0.0, 0.5),
            };
            for pattern in patterns(mark, lane.id) {
                let Some(color) = paint(pattern.color) else {
                    continue;
                };
                builder.material = color;
                let line = line(pattern.shift_m, pattern.width_m);
                let from = start + pattern.from_m;
                match pattern.dash_m {
                    Some(dash) => dashes(builder, &line, dash, from, to, stretch.start_m),
                    None => line.between(builder, stations, from.max(stretch.start_m), to),
                }
            }
            for explicit in &mark.explicit {
                let color = explicit.color.as_deref().unwrap_or(&mark.color);
                let Some(color) = paint(color) else { continue };
                builder.material = color;
                let width = explicit.width_m.unwrap_or(mark.width_m);
                let from = start + explicit.s_offset_m;
                let end = (from + explicit.length_m).min(to);
                line(explicit.t_offset_m, width).between(
                    builder,
                    stations,
                    from.max(stretch.start_m),
                    end,
                );
            }
        }
    }
}

/// Dashes from a station on, of which those from `low` on are drawn.
fn dashes(
    builder: &mut Builder,
    line: &Line,
    (dash, gap): (f64, f64),
    from: f64,
    to: f64,
    low: f64,
) {
    let period = (dash + gap).max(SHORTEST_M);
    let skipped = ((low - from) / period).floor().max(0.0);
    let count = ((to - from) / period - skipped).ceil().max(0.0) as usize;
    for i in 0..count {
        if builder.is_full() {
            return;
        }
        let start = from + (skipped + i as f64) * period;
        line.between(builder, &[], start.max(low), (start + dash).min(to));
    }
}

struct Line<'a> {
    stretch: &'a Stretch<'a>,
    mark: &'a RoadMark,
    /// Where the mark starts, from which its sway counts, metres.
    start_m: f64,
    lane_id: i32,
    shift_m: f64,
    half_m: f64,
}

impl Line<'_> {
    /// Draws it between two stations, bent at those in between.
    fn between(&self, builder: &mut Builder, stations: &[f64], from: f64, to: f64) {
        let inner = stations.iter().copied().filter(|s| *s > from && *s < to);
        let mut at: Vec<f64> = std::iter::once(from).chain(inner).chain([to]).collect();
        if !self.mark.sway.is_empty() {
            let steps = ((to - from) / SWAY_STEP_M).clamp(0.0, 1e5) as usize;
            at.extend((1..=steps).map(|i| from + i as f64 * SWAY_STEP_M));
            at.retain(|s| *s <= to);
            at.sort_by(f64::total_cmp);
        }
        for pair in at.windows(2) {
            if let [a, b] = *pair {
                self.piece(builder, a, b);
            }
        }
    }

    fn piece(&self, builder: &mut Builder, from: f64, to: f64) {
        if to - from < 1e-3 {
            return;
        }
        let at = |s: f64, side: f64| {
            let inside = self.stretch.inside(s);
            let border = self
                .stretch
                .road
                .lane_bounds(inside, self.lane_id)?
                .outer_t_m;
            let sway = self.mark.sway.value(s - self.start_m);
            let t = border + sway + self.shift_m + side * self.half_m;
            Some(
                self.stretch
                    .point(s, t, LIFT_M + self.mark.height_m.clamp(0.0, 0.1)),
            )
        };
        if let (Some(a), Some(b), Some(c), Some(d)) =
            (at(from, -1.0), at(to, -1.0), at(to, 1.0), at(from, 1.0))
        {
            builder.quad([a, b, c, d]);
        }
    }
}
