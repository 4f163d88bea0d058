//! Zones of pairs of courses, kept while the courses hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use sim::actor::ActorId;

use super::course::Course;
use super::mover::Mover;
use super::zones::{Zone, zones};

/// Zones are sought this much beyond what is needed, so that they last, metres.
const BEYOND_M: f64 = 120.0;
/// Rounds after which a pair that did not meet is forgotten.
const KEPT_ROUNDS: u64 = 50;

#[derive(Clone, Debug)]
struct Pair {
    courses: [Arc<Course>; 2],
    windows_m: [[f64; 2]; 2],
    zones: Vec<Zone>,
    round: u64,
}

/// Zones by pair, the smaller id first.
#[derive(Clone, Debug, Default)]
pub struct MeetCache {
    pairs: BTreeMap<(ActorId, ActorId), Pair>,
    round: u64,
}

impl MeetCache {
    /// Begins a decision; forgets who has not met for long.
    pub fn begin(&mut self) {
        self.round += 1;
        if self.round.is_multiple_of(KEPT_ROUNDS) {
            let round = self.round;
            self.pairs.retain(|_, p| p.round + KEPT_ROUNDS > round);
        }
    }

    /// Zones of two movers, the one of the smaller id first, within windows of stations at least.
    pub fn between(&mut self, a: &Mover, b: &Mover, windows_m: [[f64; 2]; 2]) -> &[Zone] {
        let round = self.round;
        let holds = |p: &Pair| {
            Arc::ptr_eq(&p.courses[0], &a.course)
                && Arc::ptr_eq(&p.courses[1], &b.course)
                && p.windows_m
                    .iter()
                    .zip(&windows_m)
                    .all(|(have, want)| have[0] <= want[0] && have[1] >= want[1])
        };
        let fresh = || {
            let wide = windows_m.map(|w| [w[0] - 5.0, w[1] + BEYOND_M]);
            Pair {
                courses: [a.course.clone(), b.course.clone()],
                windows_m: wide,
                zones: zones(&a.course, wide[0], &b.course, wide[1]),
                round,
            }
        };
        let pair = self
            .pairs
            .entry((a.id, b.id))
            .and_modify(|p| {
                if !holds(p) {
                    *p = fresh();
                }
            })
            .or_insert_with(fresh);
        pair.round = round;
        &pair.zones
    }
}
