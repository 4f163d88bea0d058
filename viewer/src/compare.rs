//! Where two runs differ.

use std::collections::{BTreeMap, BTreeSet};

use crate::run::Run;

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

/// All differences over the ticks that both have, in order of time.
pub fn differences(a: &Run, b: &Run) -> Vec<Difference> {
    let (Some((a0, a1)), Some((b0, b1))) = (a.span(), b.span()) else {
        return Vec::new();
    };
    let (first, last) = (a0.max(b0), a1.min(b1));
    let mut parted = BTreeMap::new();
    let mut apart: BTreeMap<String, (f64, f64)> = BTreeMap::new();
    let mut end_s = 0.0;
    for tick in first..=last {
        let (Some(x), Some(y)) = (a.frame(tick), b.frame(tick)) else {
            break;
        };
        end_s = x.time_s;
        if std::sync::Arc::ptr_eq(x, y) {
            continue;
        }
        let names: BTreeSet<&str> = x
            .actors
            .iter()
            .chain(&y.actors)
            .map(|a| a.spec.name.as_str())
            .collect();
        for name in names {
            let off_m = match (x.actor_named(name), y.actor_named(name)) {
                (Some(p), Some(q)) => {
                    let (p, q) = (&p.state.pose, &q.state.pose);
                    sim::math::hypot(p.x_m - q.x_m, p.y_m - q.y_m)
                }
                _ => f64::INFINITY,
            };
            if off_m > PARTED_M {
                parted.entry(name.to_owned()).or_insert(x.time_s);
                let most = apart.entry(name.to_owned()).or_insert((0.0, x.time_s));
                if off_m.is_finite() && off_m > most.0 {
                    *most = (off_m, x.time_s);
                }
            }
        }
    }
    let mut all: Vec<Difference> = parted
        .into_iter()
        .map(|(actor, time_s)| Difference::Parts { time_s, actor })
        .collect();
    all.extend(apart.into_iter().filter(|(_, most)| most.0 > 0.0).map(
        |(actor, (off_m, time_s))| Difference::Apart {
            time_s,
            actor,
            off_m,
        },
    ));
    let key = |e: &sim::record::EventRow| {
        (
            (e.time_s * 1e6).round() as i64,
            format!("{} {}: {} > {}", e.kind, e.element, e.from, e.to),
        )
    };
    let events = |run: &Run| -> BTreeSet<(i64, String)> {
        run.events
            .iter()
            .filter(|e| e.time_s <= end_s + 1e-9)
            .map(key)
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
    all
}
