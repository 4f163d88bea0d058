//! `min_pet_s`: least post-encroachment time (PET), seconds; not valid where no path was crossed within 10 s
//! of another's passing.
//!
//! Allen, Shin, Cooper, "Analysis of traffic conflicts and collisions", 1978: the time from when the
//! first road user leaves the conflict area until the second one reaches it; 0 where both are in it at
//! once, or where the two collide. The conflict area is what the paths swept by the two boxes share where they cross at 30° or more.
//! Below 1.5 s it is commonly called a conflict. Boxes are kept ten times a second and move evenly in
//! between; who stands stays.

use std::collections::{BTreeMap, BTreeSet};

use super::sample::Sample;
use super::{Metric, Report};
use crate::actor::ActorId;
use crate::math::hypot;
use crate::physics::Footprint;

/// A PET above this is none, seconds.
const HORIZON_S: f64 = 10.0;
/// Sine of the least angle at which paths cross.
const LEAST_SINE: f64 = 0.5;
/// Who moved and turned less than this stands, metres and radians.
const STILL: (f64, f64) = (0.05, 0.01);
/// A box that was not seen for this long has begun another path, seconds.
const BREAK_S: f64 = 0.35;
/// Boxes of a path that are bounded together.
const CHUNK: usize = 16;
/// Halvings by which a time of entry is found.
const HALVINGS: u32 = 10;

/// A box and how long it stood there.
#[derive(Clone, Copy, Debug)]
struct Stay {
    from_s: f64,
    to_s: f64,
    print: Footprint,
    /// Whether the way from the stay before is not known.
    is_first: bool,
}

/// Bounds on the plane: least x and y, greatest x and y, metres.
type Bounds = [f64; 4];

/// The path of one box.
#[derive(Clone, Debug, Default)]
struct Path {
    stays: Vec<Stay>,
}

impl Path {
    fn push(&mut self, time_s: f64, print: Footprint) {
        let mut is_first = true;
        if let Some(last) = self.stays.last_mut() {
            is_first = time_s - last.to_s > BREAK_S;
            let (a, b) = (last.print.center, print.center);
            let turn = last.print.axis.0 * print.axis.1 - last.print.axis.1 * print.axis.0;
            if !is_first && hypot(b.0 - a.0, b.1 - a.1) < STILL.0 && turn.abs() < STILL.1 {
                last.to_s = time_s;
                return;
            }
        }
        self.stays.push(Stay {
            from_s: time_s,
            to_s: time_s,
            print,
            is_first,
        });
    }

    /// Bounds of each chunk, with the way to the next one.
    fn bounds(&self) -> Vec<Bounds> {
        (0..self.stays.len().div_ceil(CHUNK))
            .map(|c| {
                let to = ((c + 1) * CHUNK + 1).min(self.stays.len());
                let part = self.stays.get(c * CHUNK..to).unwrap_or_default();
                part.iter().fold(EMPTY, |b, s| joined(b, bounds(&s.print)))
            })
            .collect()
    }

    /// The box on the way from stay `i` to the next, and the time, at a share of that way.
    fn between(&self, i: usize, share: f64) -> Option<(Footprint, f64)> {
        let a = self.stays.get(i)?;
        let Some(b) = self.stays.get(i + 1).filter(|b| !b.is_first) else {
            return Some((a.print, a.to_s));
        };
        let mix = |p: f64, q: f64| p + share * (q - p);
        let mut print = a.print;
        print.center = (
            mix(a.print.center.0, b.print.center.0),
            mix(a.print.center.1, b.print.center.1),
        );
        let axis = (
            mix(a.print.axis.0, b.print.axis.0),
            mix(a.print.axis.1, b.print.axis.1),
        );
        let length = hypot(axis.0, axis.1);
        if length > 1e-6 {
            print.axis = (axis.0 / length, axis.1 / length);
        }
        Some((print, mix(a.to_s, b.from_s)))
    }
}

const EMPTY: Bounds = [
    f64::INFINITY,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NEG_INFINITY,
];

fn bounds(print: &Footprint) -> Bounds {
    let ((x, y), r) = (print.center, print.radius);
    [x - r, y - r, x + r, y + r]
}

fn joined(a: Bounds, b: Bounds) -> Bounds {
    [
        a[0].min(b[0]),
        a[1].min(b[1]),
        a[2].max(b[2]),
        a[3].max(b[3]),
    ]
}

fn meet(a: &Bounds, b: &Bounds) -> bool {
    a[0] <= b[2] && b[0] <= a[2] && a[1] <= b[3] && b[1] <= a[3]
}

/// A path and the bounds of its chunks.
struct Swept<'a> {
    path: &'a Path,
    chunks: Vec<Bounds>,
    whole: Bounds,
}

impl<'a> Swept<'a> {
    fn new(path: &'a Path) -> Self {
        let chunks = path.bounds();
        let whole = chunks.iter().fold(EMPTY, |a, b| joined(a, *b));
        Self {
            path,
            chunks,
            whole,
        }
    }

    /// Whether the path, between two of its stays, crosses a box.
    fn crosses(&self, print: &Footprint, range: (usize, usize)) -> bool {
        let own = bounds(print);
        let chunks = self.chunks.iter().enumerate();
        chunks.filter(|(_, b)| meet(&own, b)).any(|(c, _)| {
            let from = (c * CHUNK).max(range.0);
            let to = ((c + 1) * CHUNK).min(range.1 + 1);
            (from..to).any(|i| self.step_crosses(i, print))
        })
    }

    /// Whether the way from stay `i` to the next crosses a box.
    fn step_crosses(&self, i: usize, print: &Footprint) -> bool {
        let Some(stay) = self.path.stays.get(i) else {
            return false;
        };
        let (a, b) = (stay.print.axis, print.axis);
        if (a.0 * b.1 - a.1 * b.0).abs() < LEAST_SINE {
            return false;
        }
        let next = self.path.stays.get(i + 1).filter(|n| !n.is_first);
        let way = next.map_or((0.0, 0.0), |n| {
            (
                n.print.center.0 - stay.print.center.0,
                n.print.center.1 - stay.print.center.1,
            )
        });
        print.time_to_overlap(&stay.print, way, 1.0).is_some()
    }
}

/// A time in the conflict area, and the stays that it spans.
#[derive(Clone, Copy, Debug)]
struct Visit {
    from_s: f64,
    to_s: f64,
    stays: (usize, usize),
}

/// When a box was on the path of another.
fn visits(own: &Swept<'_>, other: &Swept<'_>) -> Vec<Visit> {
    let mut found: Vec<Visit> = Vec::new();
    let all = (0, usize::MAX - 1);
    let stays = &own.path.stays;
    let mut was_in = false;
    for (i, stay) in stays.iter().enumerate() {
        let is_in = other.crosses(&stay.print, all);
        if is_in && !was_in {
            let entry = i.checked_sub(1).filter(|_| !stay.is_first);
            let from = entry.and_then(|j| border_s(own, other, j));
            found.push(Visit {
                from_s: from.unwrap_or(stay.from_s),
                to_s: stay.to_s,
                stays: (i.saturating_sub(1), i),
            });
        } else if is_in && let Some(visit) = found.last_mut() {
            visit.to_s = stay.to_s;
            visit.stays.1 = i;
        } else if was_in
            && !stay.is_first
            && let Some(visit) = found.last_mut()
            && let Some(to) = border_s(own, other, i - 1)
        {
            visit.to_s = to;
        }
        was_in = is_in;
    }
    found
}

/// When, on the way from stay `i` to the next, a box comes onto another's path, or leaves it, seconds.
fn border_s(own: &Swept<'_>, other: &Swept<'_>, i: usize) -> Option<f64> {
    let all = (0, usize::MAX - 1);
    let is_in_at_first = other.crosses(&own.path.between(i, 0.0)?.0, all);
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if other.crosses(&own.path.between(i, middle)?.0, all) == is_in_at_first {
            low = middle;
        } else {
            high = middle;
        }
    }
    own.path.between(i, 0.5 * (low + high)).map(|found| found.1)
}

/// The least PET of two paths, and when the second one came, seconds.
fn least(a: &Swept<'_>, b: &Swept<'_>) -> Option<(f64, f64)> {
    if !meet(&a.whole, &b.whole) {
        return None;
    }
    let of_a = visits(a, b);
    if of_a.is_empty() {
        return None;
    }
    let of_b = visits(b, a);
    let mut best: Option<(f64, f64)> = None;
    for first in &of_a {
        for second in &of_b {
            let pet = (second.from_s - first.to_s)
                .max(first.from_s - second.to_s)
                .max(0.0);
            // Two visits count together only where they are to the same place.
            let is_same = || {
                (first.stays.0..=first.stays.1).any(|i| {
                    let print = a.path.stays.get(i).map(|s| s.print);
                    print.is_some_and(|p| b.crosses(&p, second.stays))
                })
            };
            if pet <= HORIZON_S && best.is_none_or(|l| pet < l.0) && is_same() {
                best = Some((pet, first.from_s.max(second.from_s)));
            }
        }
    }
    best
}

#[derive(Clone, Default)]
pub(super) struct PostEncroachment {
    own: Path,
    others: BTreeMap<ActorId, (String, Path)>,
    collided: BTreeSet<ActorId>,
}

impl Metric for PostEncroachment {
    fn sample(&mut self, sample: &Sample<'_>) {
        self.collided
            .extend(sample.impacts.iter().map(|i| i.other.id));
        let Some(scene) = &sample.scene else { return };
        self.own.push(sample.time_s, sample.own);
        for near in &scene.near {
            let id = near.actor.id;
            let (_, path) = self
                .others
                .entry(id)
                .or_insert_with(|| (near.actor.spec.name.clone(), Path::default()));
            path.push(sample.time_s, *near.print);
        }
    }

    fn report(&self, report: &mut Report) {
        let own = Swept::new(&self.own);
        let mut best: Option<(f64, &str, f64)> = None;
        for (id, (name, path)) in &self.others {
            let Some((pet, at)) = least(&own, &Swept::new(path)) else {
                continue;
            };
            let pet = if self.collided.contains(id) { 0.0 } else { pet };
            if best.is_none_or(|b| pet < b.0) {
                best = Some((pet, name, at));
            }
        }
        report.value("min_pet_s", best.map(|b| b.0), "s");
        if let Some((_, name, at)) = best {
            report.note("min_pet_s", format!("with {name} at {at:.2} s"));
        }
    }
}
