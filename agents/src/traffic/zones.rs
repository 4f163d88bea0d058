//! Where two courses come too close for both vehicles at a time.

use sim::math::wrap_angle;

use super::course::{BLOCK, Course};
use crate::path::LEVEL_M;

/// Room left between two bodies beside each other, metres.
const ROOM_M: f64 = 0.3;
/// Courses whose headings differ by less run side by side or in one lane, radians.
const SAME_WAY_RAD: f64 = 0.6;

/// How two courses meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meeting {
    /// They run the same way: both may be inside, one behind the other.
    Follow,
    /// They cross or run against each other: one at a time.
    Cross,
}

/// A stretch in which the sweeps of two courses overlap.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Zone {
    /// First and last station on the own course, metres.
    pub own_m: [f64; 2],
    /// First and last station on the other's course, metres.
    pub other_m: [f64; 2],
    /// Stations on the own and on the other course of the first and of the last place where both run the same
    /// way, metres; the beginnings where they never do.
    pub anchors_m: [[f64; 2]; 2],
    /// How they meet.
    pub meeting: Meeting,
    /// Heading of the other course where it comes in, seen from the own one, radians.
    pub angle_rad: f64,
}

impl Zone {
    /// From one's front to the other's rear along the common way, metres. In a bend the outer course is the
    /// longer one.
    pub fn gap_m(&self, front_m: f64, other_rear_m: f64) -> f64 {
        let [first, last] = self.anchors_m;
        let (own, other) = (last[0] - first[0], last[1] - first[1]);
        let ratio = if own > 2.0 && other > 2.0 {
            (own / other).clamp(0.5, 2.0)
        } else {
            1.0
        };
        let since = other_rear_m - first[1];
        let inside = since.clamp(0.0, other.max(0.0));
        first[0] + inside * ratio + (since - inside) - front_m
    }

    /// The same seen by the other one.
    #[must_use]
    pub fn flipped(self) -> Self {
        Self {
            own_m: self.other_m,
            other_m: self.own_m,
            anchors_m: self.anchors_m.map(|[own, other]| [other, own]),
            angle_rad: -self.angle_rad,
            ..self
        }
    }
}

/// A zone that is being traced, with samples found last.
struct Trace {
    own: [usize; 2],
    other: [usize; 2],
    last: [usize; 2],
    first_turn: f64,
    /// First and last samples of either where they run the same way.
    anchors: Option<[[usize; 2]; 2]>,
}

/// A run of the other's samples that one own sample is too close to.
struct Run {
    from: usize,
    to: usize,
    nearest_m: f64,
    nearest: usize,
    turn: f64,
}

impl Run {
    fn anchor(&self, own: usize) -> Option<[usize; 2]> {
        (self.turn.abs() < SAME_WAY_RAD).then_some([own, self.nearest])
    }
}

fn window(course: &Course, window_m: [f64; 2]) -> Option<(usize, usize)> {
    let last = course.path.points.len().checked_sub(1)?;
    let spacing = course.path.spacing_m.max(1e-9);
    let index = |m: f64| ((m / spacing).max(0.0) as usize).min(last);
    let (from, to) = (index(window_m[0]), index(window_m[1]));
    (to > from).then_some((from, to))
}

/// The blocks of the other course that come nearer to one of the own than a distance, metres.
fn blocks_near(
    a: &Course,
    block: usize,
    b: &Course,
    [from, to]: [usize; 2],
    widest_m: f64,
    near: &mut Vec<usize>,
) {
    near.clear();
    let Some(block) = a.blocks().get(block) else {
        return;
    };
    let own = block.around_m;
    let [x0, y0] = [own[0] - widest_m, own[1] - widest_m];
    let [x1, y1] = [own[2] + widest_m, own[3] + widest_m];
    let others = b.blocks().iter().enumerate().take(to + 1).skip(from);
    let meets = |o: &[f64; 4]| o[0] <= x1 && o[2] >= x0 && o[1] <= y1 && o[3] >= y0;
    // A millimetre more than rounding takes far from the origin.
    let apart_m = widest_m + 1e-3;
    near.extend(
        others
            .filter(|(_, o)| meets(&o.around_m) && !block.is_beside(o, apart_m))
            .map(|(k, _)| k),
    );
}

/// All zones within windows of stations, metres, by own station.
pub fn zones(a: &Course, a_window_m: [f64; 2], b: &Course, b_window_m: [f64; 2]) -> Vec<Zone> {
    let (Some((a0, a1)), Some((b0, b1))) = (window(a, a_window_m), window(b, b_window_m)) else {
        return Vec::new();
    };
    let levels = a.path.has_heights && b.path.has_heights;
    let widest = a.widest_m + b.widest_m + ROOM_M;
    let spacing = a.path.spacing_m;
    let half_steps_pm = 0.5 / b.path.spacing_m.max(0.1);
    let mut traces: Vec<Trace> = Vec::new();
    let mut near: Vec<usize> = Vec::new();
    let mut runs: Vec<Run> = Vec::new();
    let mut near_of = usize::MAX;
    let mut i = a0;
    while i <= a1 {
        let block = i / BLOCK;
        if near_of != block {
            near_of = block;
            blocks_near(a, block, b, [b0 / BLOCK, b1 / BLOCK], widest, &mut near);
        }
        if near.is_empty() {
            i = (block + 1) * BLOCK;
            continue;
        }
        let p = &a.path.points[i];
        let (c, s) = a.frame(i);
        let sides = a.sides_m(i);
        runs.clear();
        for block in &near {
            // Rounding must not lose what the distance below finds.
            if !b.blocks()[*block].is_near(p.x_m, p.y_m, widest * widest * (1.0 + 1e-9)) {
                continue;
            }
            let (from, to) = (block * BLOCK, (block + 1) * BLOCK - 1);
            let mut j = from.max(b0);
            while j <= to.min(b1) {
                let q = &b.path.points[j];
                let (dx, dy) = (q.x_m - p.x_m, q.y_m - p.y_m);
                let d = (dx * dx + dy * dy).sqrt();
                if d >= widest {
                    j += (((d - widest) * half_steps_pm) as usize).max(1);
                    continue;
                }
                let is_left = dy * c - dx * s >= 0.0;
                // Which side of the other course the own sample lies on.
                let (qc, qs) = b.frame(j);
                let back = -(dy * qc - dx * qs);
                let theirs = b.sides_m(j)[usize::from(back < 0.0)];
                let reach = sides[usize::from(!is_left)] + theirs + ROOM_M;
                let apart = levels && (p.z_m - q.z_m).abs() > LEVEL_M;
                if d < reach && !apart {
                    let turn = wrap_angle(q.yaw_rad - p.yaw_rad);
                    match runs.last_mut() {
                        Some(run) if run.to + 2 >= j => {
                            run.to = j;
                            if d < run.nearest_m {
                                (run.nearest_m, run.nearest, run.turn) = (d, j, turn);
                            }
                        }
                        _ => runs.push(Run {
                            from: j,
                            to: j,
                            nearest_m: d,
                            nearest: j,
                            turn,
                        }),
                    }
                }
                j += 1;
            }
        }
        for run in &runs {
            let found = traces.iter_mut().find(|t| {
                t.own[1] + 2 >= i && run.from <= t.last[1] + 3 && t.last[0] <= run.to + 3
            });
            match found {
                Some(trace) => {
                    trace.own[1] = i;
                    trace.other[0] = trace.other[0].min(run.from);
                    trace.other[1] = trace.other[1].max(run.to);
                    trace.last = [run.from, run.to];
                    if let Some(here) = run.anchor(i) {
                        let first = trace.anchors.map_or(here, |a| a[0]);
                        trace.anchors = Some([first, here]);
                    }
                }
                None => traces.push(Trace {
                    own: [i, i],
                    other: [run.from, run.to],
                    last: [run.from, run.to],
                    first_turn: run.turn,
                    anchors: run.anchor(i).map(|here| [here; 2]),
                }),
            }
        }
        i += 1;
    }
    traces
        .into_iter()
        .map(|t| Zone {
            own_m: t.own.map(|k| k as f64 * spacing),
            other_m: t.other.map(|k| k as f64 * b.path.spacing_m),
            anchors_m: t
                .anchors
                .unwrap_or([[t.own[0], t.other[0]]; 2])
                .map(|[own, other]| [own as f64 * spacing, other as f64 * b.path.spacing_m]),
            meeting: if t.anchors.is_some() {
                Meeting::Follow
            } else {
                Meeting::Cross
            },
            angle_rad: t.first_turn,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::course::Extent;
    use super::*;
    use crate::path::Path;
    use crate::rules::idm::IdmParams;
    use sim::math::{cos, sin};
    use std::sync::Arc;

    fn course(xy: &[[f64; 2]]) -> Course {
        let extent = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let path = Arc::new(Path::from_xy(xy, 1.0, 10.0));
        Course::new(path, &extent, &IdmParams::default())
    }

    const ALL: [f64; 2] = [0.0, 1e3];

    #[test]
    fn crossing_merging_and_parallel_courses() {
        let east = course(&[[0.0, 0.0], [100.0, 0.0]]);
        let north = course(&[[50.0, -50.0], [50.0, 50.0]]);
        let z = zones(&east, ALL, &north, ALL);
        assert_eq!(z.len(), 1);
        assert_eq!(z[0].meeting, Meeting::Cross);
        assert!((z[0].own_m[0] - 48.0).abs() < 1.1 && (z[0].own_m[1] - 52.0).abs() < 1.1);
        assert!(z[0].angle_rad > 1.5);
        let ramp = course(&[[0.0, 30.0], [60.0, 0.0], [120.0, 0.0]]);
        let z = zones(&east, ALL, &ramp, ALL);
        assert_eq!((z.len(), z[0].meeting), (1, Meeting::Follow));
        let apart = course(&[[0.0, 3.0], [100.0, 3.0]]);
        assert!(zones(&east, ALL, &apart, ALL).is_empty());
        let against = course(&[[100.0, 1.5], [0.0, 1.5]]);
        let z = zones(&east, ALL, &against, ALL);
        assert_eq!((z.len(), z[0].meeting), (1, Meeting::Cross));
    }

    #[test]
    fn gaps_in_a_bend_are_those_of_the_bodies() {
        let arc = |radius_m: f64| {
            let xy: Vec<[f64; 2]> = (0..=180)
                .map(|i| f64::from(i).to_radians())
                .map(|a| [radius_m * sin(a), -radius_m * cos(a)])
                .collect();
            course(&xy)
        };
        let (inner, outer) = (arc(20.0), arc(21.5));
        let z = zones(&inner, ALL, &outer, ALL);
        assert_eq!((z.len(), z[0].meeting), (1, Meeting::Follow));
        // Two angles on both arcs: 30 degrees apart.
        let (back, ahead) = (100f64.to_radians(), 130f64.to_radians());
        let gap = z[0].gap_m(20.0 * back, 21.5 * ahead);
        assert!((gap - 20.0 * (ahead - back)).abs() < 0.5, "{gap}");
        let seen = z[0].flipped().gap_m(21.5 * back, 20.0 * ahead);
        assert!((seen - 21.5 * (ahead - back)).abs() < 0.5, "{seen}");
    }

    #[test]
    fn two_crossings_of_one_pair_are_two_zones() {
        let east = course(&[[0.0, 0.0], [100.0, 0.0]]);
        let loops = course(&[[20.0, -30.0], [20.0, 30.0], [80.0, 30.0], [80.0, -30.0]]);
        let z = zones(&east, ALL, &loops, ALL);
        assert_eq!(z.len(), 2);
        assert!(z[0].own_m[1] < 30.0 && z[1].own_m[0] > 70.0);
        let back = z[0].flipped();
        assert_eq!((back.own_m, back.other_m), (z[0].other_m, z[0].own_m));
    }

    #[test]
    fn a_bridge_is_no_crossing() {
        let mut over = Path::from_xy(&[[50.0, -50.0], [50.0, 50.0]], 1.0, 10.0);
        let mut below = Path::from_xy(&[[0.0, 0.0], [100.0, 0.0]], 1.0, 10.0);
        (over.has_heights, below.has_heights) = (true, true);
        for p in &mut over.points {
            p.z_m = 6.0;
        }
        let extent = Extent {
            front_m: 3.7,
            rear_m: 0.9,
            width_m: 1.85,
        };
        let new = |p| Course::new(Arc::new(p), &extent, &IdmParams::default());
        assert!(zones(&new(below), ALL, &new(over), ALL).is_empty());
    }
}
