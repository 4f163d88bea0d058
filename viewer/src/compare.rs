//! Where two runs differ.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use sim::record::EventRow;
use sim::world::ActorSnapshot;

use crate::run::{Frame, Run};

/// From this on an actor goes another way, metres.
const PARTED_M: f64 = 0.05;

/// One difference between two runs.
#[derive(Clone, Debug, PartialEq)]
pub enum Difference {
    /// The first time at which an actor is elsewhere, or is there in one of them alone.
    Parts {
        /// When, seconds.
        time_s: f64,
        /// Its name.
        actor: String,
    },
    /// The time at which it is farthest from where it is in the other run.
    Apart {
        /// When, seconds.
        time_s: f64,
        /// Its name.
        actor: String,
        /// How far, metres.
        off_m: f64,
    },
    /// Something that happened in one of them alone (or at another time).
    Event {
        /// When, seconds.
        time_s: f64,
        /// What.
        text: String,
        /// Whether it is of the first run.
        is_first: bool,
    },
}

impl Difference {
    /// When it is, seconds.
    pub fn time_s(&self) -> f64 {
        match self {
            Self::Parts { time_s, .. }
            | Self::Apart { time_s, .. }
            | Self::Event { time_s, .. } => *time_s,
        }
    }
}

/// Two runs held against each other as far as both have come; goes on where it was.
#[derive(Default)]
pub struct Comparison {
    /// Numbers of the runs.
    of: (u64, u64),
    /// The first tick that has not been compared.
    next: u64,
    end_s: f64,
    parted: BTreeMap<String, f64>,
    /// Farthest distance and its time, by actor.
    apart: BTreeMap<String, (f64, f64)>,
    events: (usize, usize),
    found: Vec<Difference>,
}

impl Comparison {
    /// Compares the ticks that have come, for at most so long; all differences so far, in order of time.
    pub fn update(&mut self, a: &Run, b: &Run, budget: Duration) -> &[Difference] {
        let of = (a.number(), b.number());
        if self.of != of {
            *self = Self {
                of,
                ..Self::default()
            };
        }
        let (Some((a0, a1)), Some((b0, b1))) = (a.span(), b.span()) else {
            return &self.found;
        };
        let (before, events) = (self.next, (a.events.len(), b.events.len()));
        self.next = self.next.max(a0).max(b0);
        let begun = Instant::now();
        while self.next <= a1.min(b1) && begun.elapsed() < budget {
            if let (Some(x), Some(y)) = (a.frame(self.next), b.frame(self.next)) {
                self.compare(x, y);
            }
            self.next += 1;
        }
        if self.next != before || self.events != events {
            self.events = events;
            self.list(a, b);
        }
        &self.found
    }

    fn compare(&mut self, x: &Arc<Frame>, y: &Arc<Frame>) {
        let time_s = x.time_s;
        self.end_s = time_s;
        // A branch has the ticks before it from its run.
        if Arc::ptr_eq(x, y) {
            return;
        }
        let places = |frame: &Frame| -> BTreeMap<String, [f64; 2]> {
            let actors = frame.actors.iter();
            let place = |a: &ActorSnapshot| [a.state.pose.x_m, a.state.pose.y_m];
            actors.map(|a| (a.spec.name.clone(), place(a))).collect()
        };
        let (here, mut there) = (places(x), places(y));
        let mut differ = |name: String, off_m: f64| {
            if off_m <= PARTED_M {
                return;
            }
            self.parted.entry(name.clone()).or_insert(time_s);
            let most = self.apart.entry(name).or_insert((0.0, time_s));
            if off_m.is_finite() && off_m > most.0 {
                *most = (off_m, time_s);
            }
        };
        for (name, p) in here {
            let off_m = there
                .remove(&name)
                .map(|q| sim::math::hypot(p[0] - q[0], p[1] - q[1]));
            differ(name, off_m.unwrap_or(f64::INFINITY));
        }
        for (name, _) in there {
            differ(name, f64::INFINITY);
        }
    }

    fn list(&mut self, a: &Run, b: &Run) {
        let parted = self.parted.iter().map(|(actor, time_s)| Difference::Parts {
            time_s: *time_s,
            actor: actor.clone(),
        });
        let apart = self.apart.iter().filter(|(_, most)| most.0 > 0.0);
        let apart = apart.map(|(actor, (off_m, time_s))| Difference::Apart {
            time_s: *time_s,
            actor: actor.clone(),
            off_m: *off_m,
        });
        let mut all: Vec<Difference> = parted.chain(apart).collect();
        let events = |run: &Run| -> BTreeSet<(i64, String)> {
            let past = run.events.iter().filter(|e| e.time_s <= self.end_s + 1e-9);
            let text = |e: &EventRow| format!("{} {}: {} > {}", e.kind, e.element, e.from, e.to);
            past.map(|e| ((e.time_s * 1e6).round() as i64, text(e)))
                .collect()
        };
        let (x, y) = (events(a), events(b));
        for (one, other, is_first) in [(&x, &y, true), (&y, &x, false)] {
            all.extend(
                one.difference(other)
                    .map(|(micros, text)| Difference::Event {
                        time_s: *micros as f64 * 1e-6,
                        text: text.clone(),
                        is_first,
                    }),
            );
        }
        all.sort_by(|p, q| p.time_s().total_cmp(&q.time_s()));
        self.found = all;
    }
}
