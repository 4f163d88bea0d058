//! Road marks as thin strips just over the lanes.

use super::surface::Stretch;
use super::{Builder, MeshMaterial};
use crate::road::RoadMark;

/// Height over the surface, metres.
const LIFT_M: f64 = 0.012;
/// Dash and gap of broken marks that do not say it, metres.
const DASH_M: (f64, f64) = (3.0, 6.0);

fn material(color: &str) -> Option<MeshMaterial> {
    Some(match color {
        "yellow" | "orange" => MeshMaterial::MarkYellow,
        "red" => MeshMaterial::MarkRed,
        "blue" | "violet" => MeshMaterial::MarkBlue,
        "green" => MeshMaterial::MarkGreen,
        "black" => return None,
        _ => MeshMaterial::MarkWhite,
    })
}

/// The lines of a mark: offset in widths, and whether it is broken.
fn lines(kind: &str) -> &'static [(f64, bool)] {
    match kind {
        "solid" => &[(0.0, false)],
        "broken" | "botts dots" => &[(0.0, true)],
        "solid solid" => &[(-1.0, false), (1.0, false)],
        // Named from the inside to the outside.
        "solid broken" => &[(-1.0, false), (1.0, true)],
        "broken solid" => &[(-1.0, true), (1.0, false)],
        "broken broken" => &[(-1.0, true), (1.0, true)],
        _ => &[],
    }
}

pub(super) fn marks(builder: &mut Builder, stretch: &Stretch, stations: &[f64]) {
    let Some(section) = stretch.road.sections.get(stretch.section) else {
        return;
    };
    for lane in section.lanes().chain(section.center.as_ref()) {
        for (i, mark) in lane.marks.iter().enumerate() {
            let Some(color) = material(&mark.color) else {
                continue;
            };
            let from = stretch.start_m + mark.s_offset_m.max(0.0);
            let to = lane.marks.get(i + 1).map_or(stretch.end_m, |next| {
                (stretch.start_m + next.s_offset_m).min(stretch.end_m)
            });
            builder.material = color;
            for (offset, broken) in lines(mark.kind.trim()) {
                let outward = if lane.id < 0 { -1.0 } else { 1.0 };
                let line = Line {
                    stretch,
                    lane_id: lane.id,
                    shift_m: offset * outward * mark.width_m,
                    half_m: (0.5 * mark.width_m).clamp(0.0, 0.5),
                };
                if *broken {
                    dashes(builder, &line, mark, from, to);
                } else {
                    let inner = stations.iter().copied().filter(|s| *s > from && *s < to);
                    let at: Vec<f64> = std::iter::once(from).chain(inner).chain([to]).collect();
                    for pair in at.windows(2) {
                        line.piece(builder, pair.first().copied(), pair.last().copied());
                    }
                }
            }
        }
    }
}

fn dashes(builder: &mut Builder, line: &Line, mark: &RoadMark, from: f64, to: f64) {
    let (dash, gap) = mark.dash_m.unwrap_or(DASH_M);
    let period = (dash + gap).max(0.5);
    let count = ((to - from) / period).ceil().max(0.0) as usize;
    for i in 0..count {
        if builder.is_full() {
            return;
        }
        let start = from + i as f64 * period;
        line.piece(builder, Some(start), Some((start + dash).min(to)));
    }
}

struct Line<'a> {
    stretch: &'a Stretch<'a>,
    lane_id: i32,
    shift_m: f64,
    half_m: f64,
}

impl Line<'_> {
    fn piece(&self, builder: &mut Builder, from: Option<f64>, to: Option<f64>) {
        let (Some(from), Some(to)) = (from, to) else {
            return;
        };
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
            let t = border + self.shift_m + side * self.half_m;
            Some(self.stretch.point(s, t, LIFT_M))
        };
        if let (Some(a), Some(b), Some(c), Some(d)) =
            (at(from, -1.0), at(to, -1.0), at(to, 1.0), at(from, 1.0))
        {
            builder.quad([a, b, c, d]);
        }
    }
}
