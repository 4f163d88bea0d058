//! Pieces of roads under a spatial index, and the foot of a point on one.

use rstar::{AABB, PointDistance, RTree, RTreeObject};

use super::network::RoadIndex;
use super::road::Road;
use crate::math::{sin_cos, wrap_angle};

/// Length of the pieces that roads are indexed by, metres.
pub(super) const STRIP_M: f64 = 12.0;
/// Points within this distance of a road's borders are found without a wider search, metres.
pub(super) const MARGIN_M: f64 = 3.0;

/// Steps of a search for a foot, at most; but near the centre of a bend it takes five or so.
const MAX_STEPS: usize = 64;
/// A foot is found when the point is this little ahead, metres.
const CLOSE_M: f64 = 1e-9;
/// Places looked at on a strip that lies beyond the centre of its bend.
const SCAN_STEPS: u32 = 120;
/// How much more work that is than to find a foot from a place near it.
const SCAN_EFFORT: usize = 25;
/// How much less way a step of s makes inside a bend, at least in the search.
const LEAST_SCALE: f64 = 0.02;

/// A piece of a road with the box about it.
#[derive(Clone, Debug)]
pub(super) struct Strip {
    pub road: RoadIndex,
    pub s_m: [f64; 2],
    /// Reference line at start, middle and end.
    pub line: [[f64; 2]; 3],
    pub envelope: AABB<[f64; 2]>,
    /// Whether the road reaches beyond the centre of a bend, so that a point may have several feet.
    pub is_tight: bool,
    /// Whether the reference line has a kink in it, inside of which a point has two feet.
    pub is_kinked: bool,
}

impl RTreeObject for Strip {
    type Envelope = AABB<[f64; 2]>;
    fn envelope(&self) -> Self::Envelope {
        self.envelope
    }
}

impl PointDistance for Strip {
    fn distance_2(&self, point: &[f64; 2]) -> f64 {
        rstar::Envelope::distance_2(&self.envelope, point)
    }
}

/// Spatial index of all roads.
#[derive(Debug, Default)]
pub(super) struct StripIndex {
    pub tree: RTree<Strip>,
    /// By road, whether each point about it has one foot on it.
    is_plain: Vec<bool>,
}

impl StripIndex {
    pub fn new(roads: &[Road]) -> Self {
        let mut strips = Vec::new();
        for (index, road) in roads.iter().enumerate() {
            let count = (road.length_m / STRIP_M).ceil().max(1.0) as usize;
            let at = |half: usize| 0.5 * road.length_m * half as f64 / count as f64;
            let mut first = section(road, 0.0);
            for i in 0..count {
                let last = section(road, at(2 * i + 2));
                let sections = [first, section(road, at(2 * i + 1)), last];
                let s_m = [at(2 * i), at(2 * i + 2)];
                strips.push(strip(road, RoadIndex(index as u32), s_m, sections));
                first = last;
            }
        }
        strips.retain(|s| {
            [s.envelope.lower(), s.envelope.upper()]
                .iter()
                .flatten()
                .all(|v| v.is_finite())
        });
        let mut is_plain = vec![true; roads.len()];
        for strip in strips.iter().filter(|s| s.is_tight || s.is_kinked) {
            if let Some(is_plain) = is_plain.get_mut(strip.road.0 as usize) {
                *is_plain = false;
            }
        }
        Self {
            tree: RTree::bulk_load(strips),
            is_plain,
        }
    }

    /// Whether a point beside this road has one foot on it, that any search finds.
    pub fn is_plain(&self, road: RoadIndex) -> bool {
        self.is_plain.get(road.0 as usize) == Some(&true)
    }
}

/// A cross-section of a road, as strips need it.
#[derive(Clone, Copy)]
struct Section {
    line: [f64; 2],
    /// Points a margin beyond the right and left border, and on the line.
    reach: [[f64; 2]; 3],
    curvature_1pm: f64,
    /// Farthest t of those points, metres.
    farthest_m: f64,
}

fn section(road: &Road, s_m: f64) -> Section {
    let p = road.plan.evaluate(s_m);
    let (n, c) = sin_cos(p.heading_rad);
    let (right, left) = road.edges_m(s_m);
    // The lean of a rolled cross-section on a slope moves it along, too.
    let lean = road.t_axis(s_m)[0].x;
    let reach = [right - MARGIN_M, left + MARGIN_M, 0.0].map(|t| {
        let along = t * lean;
        [p.x_m - t * n + along * c, p.y_m + t * c + along * n]
    });
    Section {
        line: [p.x_m, p.y_m],
        reach,
        curvature_1pm: p.curvature_1pm,
        farthest_m: right.abs().max(left.abs()) + MARGIN_M,
    }
}

fn strip(road: &Road, index: RoadIndex, s_m: [f64; 2], sections: [Section; 3]) -> Strip {
    let (mut low, mut high) = ([f64::INFINITY; 2], [f64::NEG_INFINITY; 2]);
    let (mut bend, mut farthest) = (0.0f64, 0.0f64);
    for section in &sections {
        bend = bend.max(section.curvature_1pm.abs());
        farthest = farthest.max(section.farthest_m);
        for [x, y] in section.reach {
            low = [low[0].min(x), low[1].min(y)];
            high = [high[0].max(x), high[1].max(y)];
        }
    }
    let (mut kink, mut heading) = (0.0f64, None);
    for record in road.plan.within(s_m[0] - 1e-6, s_m[1] + 1e-6) {
        let inside = |s: f64| record.evaluate(s.clamp(s_m[0], s_m[1]) - record.s_m);
        let end_m = record.s_m + record.length_m;
        let (start, end) = (inside(record.s_m), inside(end_m));
        bend = bend
            .max(start.curvature_1pm.abs())
            .max(end.curvature_1pm.abs());
        if let Some(before) = heading {
            kink = kink.max(wrap_angle(start.heading_rad - before).abs());
        }
        heading = Some(end.heading_rad);
    }
    // How far the outer side of a bend swells between two cross-sections, at most.
    let half = 0.5 * (s_m[1] - s_m[0]);
    let swell = if bend * half < 0.8 {
        0.2 * bend * (1.0 + bend * farthest) * half * half
    } else {
        2.0 * half + farthest
    };
    Strip {
        road: index,
        s_m,
        line: sections.map(|section| section.line),
        envelope: AABB::from_corners(low.map(|v| v - swell), high.map(|v| v + swell)),
        is_tight: bend * farthest > 0.8,
        is_kinked: kink * farthest > 5e-3,
    }
}

/// Foot of a point on one road.
#[derive(Clone, Copy, Debug)]
pub(super) struct Foot {
    pub road: RoadIndex,
    pub s_m: f64,
    pub t_m: f64,
    /// Left of the reference line in the world's plane, metres.
    pub lateral_m: f64,
    /// Distance beyond the road's end, metres.
    pub beyond_m: f64,
    /// How much way a step of s makes there, as a part of it; small and negative near and beyond the
    /// centre of a bend.
    pub scale: f64,
}

pub(super) fn foot(road: &Road, strip: &Strip, x: f64, y: f64) -> Foot {
    foot_and_effort(road, strip, x, y).0
}

/// The foot, and how much work it was: 1, and many times that where the whole strip had to be looked at.
pub(super) fn foot_and_effort(road: &Road, strip: &Strip, x: f64, y: f64) -> (Foot, usize) {
    let half = 0.5 * (strip.s_m[1] - strip.s_m[0]);
    let [a, b, c] = strip.line;
    let (mut s, mut closest) = (strip.s_m[0], f64::INFINITY);
    for (p, q, from) in [(a, b, strip.s_m[0]), (b, c, strip.s_m[0] + half)] {
        let (dx, dy) = (q[0] - p[0], q[1] - p[1]);
        let length2 = (dx * dx + dy * dy).max(1e-18);
        let w = (((x - p[0]) * dx + (y - p[1]) * dy) / length2).clamp(0.0, 1.0);
        let (ex, ey) = (x - p[0] - w * dx, y - p[1] - w * dy);
        if ex * ex + ey * ey < closest {
            closest = ex * ex + ey * ey;
            s = from + w * half;
        }
    }
    let bounds = (strip.s_m[0] - STRIP_M, strip.s_m[1] + STRIP_M);
    let found = foot_from(road, strip.road, s, bounds, x, y);
    if strip.is_tight && found.beyond_m > 1e-6 {
        let outside = |foot: &Foot| {
            let (right, left) = road.edges_m(foot.s_m);
            (right - foot.t_m).max(foot.t_m - left).max(0.0)
        };
        let best = scanned_feet(road, strip, x, y)
            .into_iter()
            .min_by(|a, b| outside(a).total_cmp(&outside(b)));
        return (best.unwrap_or(found), SCAN_EFFORT);
    }
    (found, 1)
}

/// All feet of a point on a strip, found by looking at the whole of it.
pub(super) fn scanned_feet(road: &Road, strip: &Strip, x: f64, y: f64) -> Vec<Foot> {
    let (low, high) = (
        (strip.s_m[0] - 1.0).max(0.0),
        (strip.s_m[1] + 1.0).min(road.length_m),
    );
    let mut feet = Vec::new();
    let mut before = (low, seen(road, low, x, y).along_m);
    for i in 1..=SCAN_STEPS {
        let s = low + (high - low) * f64::from(i) / f64::from(SCAN_STEPS);
        let here = (s, seen(road, s, x, y).along_m);
        if (before.1 > 0.0) != (here.1 > 0.0) {
            let (mut a, mut b) = (before, here);
            for _ in 0..60 {
                let middle = 0.5 * (a.0 + b.0);
                let along = seen(road, middle, x, y).along_m;
                let half = if (along > 0.0) == (a.1 > 0.0) {
                    &mut a
                } else {
                    &mut b
                };
                *half = (middle, along);
            }
            let there = seen(road, a.0, x, y);
            if there.along_m.abs() < 1e-6 {
                feet.push(Foot {
                    road: strip.road,
                    s_m: a.0,
                    t_m: there.t_m,
                    lateral_m: there.lateral_m,
                    beyond_m: there.along_m.abs(),
                    scale: there.scale,
                });
            }
        }
        before = here;
    }
    feet
}

/// A point seen from a station.
struct Seen {
    /// Ahead along the road, and to the left, in the world's plane, metres.
    along_m: f64,
    lateral_m: f64,
    t_m: f64,
    /// By how much `along_m` shrinks a metre of s.
    scale: f64,
}

fn seen(road: &Road, s_m: f64, x: f64, y: f64) -> Seen {
    let p = road.plan.evaluate(s_m);
    let (sx, cx) = sin_cos(p.heading_rad);
    let (dx, dy) = (x - p.x_m, y - p.y_m);
    let mut along_m = dx * cx + dy * sx;
    let lateral_m = dy * cx - dx * sx;
    let (mut t_m, mut lean) = (lateral_m, 0.0);
    if !road.superelevation.is_empty() {
        let [axis, axis_s] = road.t_axis(s_m);
        let stretch = axis.y.abs().max(0.05);
        t_m /= stretch;
        let mut tilted = t_m;
        if road.has_level {
            let [right, left] = road.level_from(s_m);
            tilted = t_m.min(left.0).max(right.0);
            t_m = tilted + (lateral_m - tilted * stretch);
        }
        along_m -= tilted * axis.x;
        lean = tilted * axis_s.x;
    }
    Seen {
        along_m,
        lateral_m,
        t_m,
        scale: 1.0 - p.curvature_1pm * lateral_m + lean,
    }
}

/// The foot that Newton's method finds from a station on, within bounds.
pub(super) fn foot_from(
    road: &Road,
    index: RoadIndex,
    start_m: f64,
    bounds_m: (f64, f64),
    x: f64,
    y: f64,
) -> Foot {
    let (low, high) = (bounds_m.0.max(0.0), bounds_m.1.min(road.length_m));
    let foot = |s_m: f64, seen: &Seen| Foot {
        road: index,
        s_m,
        t_m: seen.t_m,
        lateral_m: seen.lateral_m,
        beyond_m: seen.along_m.abs(),
        scale: seen.scale,
    };
    let mut s = start_m;
    let mut here = seen(road, s, x, y);
    // The closest foot lies between them: ahead of `behind`, behind `ahead`.
    let (mut behind, mut ahead) = (low, high);
    for _ in 0..MAX_STEPS {
        if here.along_m.abs() < CLOSE_M {
            return foot(s, &here);
        }
        if here.along_m > 0.0 {
            behind = s;
        } else {
            ahead = s;
        }
        let step = here.along_m / here.scale.max(LEAST_SCALE);
        let mut next = (s + step.clamp(-STRIP_M, STRIP_M)).clamp(low, high);
        if next < behind || next > ahead {
            next = 0.5 * (behind + ahead);
        }
        if next == s {
            break;
        }
        s = next;
        here = seen(road, s, x, y);
    }
    // Beyond the centre of a bend the foot is where the road is farthest, not closest.
    if here.scale < 0.3 {
        for start in [start_m, s] {
            if let Some((s, seen)) = farthest_foot(road, start, (low, high), x, y) {
                return foot(s, &seen);
            }
        }
    }
    foot(s, &here)
}

fn farthest_foot(
    road: &Road,
    start_m: f64,
    (low, high): (f64, f64),
    x: f64,
    y: f64,
) -> Option<(f64, Seen)> {
    let mut s = start_m;
    for _ in 0..MAX_STEPS {
        let here = seen(road, s, x, y);
        if here.along_m.abs() < CLOSE_M {
            return Some((s, here));
        }
        let step = here.along_m / here.scale.abs().max(1e-6).copysign(here.scale);
        let next = (s + step.clamp(-2.0, 2.0)).clamp(low, high);
        if next == s {
            return None;
        }
        s = next;
    }
    None
}
