//! What is posted for a lane: signals along it and ahead.

use std::collections::BTreeSet;

use super::network::{RoadIndex, RoadNetwork};
use super::{LaneKey, LanePosition, SignalIndex};

/// Stations this far beyond a stretch still belong to it, metres.
const SLACK_M: f64 = 1e-3;

/// A signal that counts for a lane.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PostedSignal {
    /// The signal.
    pub signal: SignalIndex,
    /// The lane it counts for.
    pub lane: LaneKey,
    /// Where it counts on that lane's road, metres: its own station or that of the reference to it.
    pub s_m: f64,
    /// Way along the lanes to there, metres.
    pub distance_m: f64,
}

/// Road, station, signal, and the number of the reference to it.
type Post = (RoadIndex, f64, SignalIndex, Option<u32>);

/// By road and station: signals, and references to them by their number.
#[derive(Debug, Default)]
pub(super) struct PostIndex {
    posts: Box<[Post]>,
}

impl PostIndex {
    pub fn new(network: &RoadNetwork) -> Self {
        let own = network.signals.iter().zip(0u32..);
        let mut posts: Vec<_> = own
            .map(|(signal, i)| (signal.road, signal.s_m, SignalIndex(i), None))
            .collect();
        let others = network.signal_references.iter().zip(0u32..);
        posts.extend(others.map(|(r, i)| (r.road, r.s_m, r.signal, Some(i))));
        posts.sort_by(|a, b| {
            (a.0.cmp(&b.0))
                .then(a.1.total_cmp(&b.1))
                .then(a.2.cmp(&b.2))
                .then(a.3.cmp(&b.3))
        });
        Self {
            posts: posts.into_boxed_slice(),
        }
    }

    fn of(&self, road: RoadIndex) -> &[Post] {
        let from = self.posts.partition_point(|p| p.0 < road);
        let to = self.posts.partition_point(|p| p.0 <= road);
        self.posts.get(from..to).unwrap_or_default()
    }
}

impl RoadNetwork {
    /// Signals and references that count for a lane between two stations (in either order), by station:
    /// those of its direction of travel whose validity covers it.
    pub fn signals_on(
        &self,
        lane: LaneKey,
        from_s_m: f64,
        to_s_m: f64,
    ) -> impl Iterator<Item = (SignalIndex, f64)> + '_ {
        let direction = self.driving_direction(lane.road, lane.lane_id);
        let (low, high) = (from_s_m.min(to_s_m), from_s_m.max(to_s_m));
        let posts = self.posts.of(lane.road).iter();
        posts.filter_map(move |(_, s, index, reference)| {
            if *s < low - SLACK_M || *s > high + SLACK_M {
                return None;
            }
            let counts = match reference {
                None => {
                    let signal = self.signal(*index)?;
                    signal.orientation.counts_for(direction) && signal.counts_for_lane(lane.lane_id)
                }
                Some(number) => {
                    let r = self.signal_references.get(*number as usize)?;
                    r.orientation.counts_for(direction) && r.counts_for_lane(lane.lane_id)
                }
            };
            counts.then_some((*index, *s))
        })
    }

    /// Signals that count for a lane ahead, on it and on all lanes that it leads to within a distance,
    /// the nearest first.
    pub fn signals_ahead(&self, from: &LanePosition, distance_m: f64) -> Vec<PostedSignal> {
        let mut found = Vec::new();
        let Some(start) = self.lane_key(from.road, from.s_m, from.lane_id) else {
            return found;
        };
        let mut seen = BTreeSet::new();
        // By way gone, in millimetres, for the shortest comes first.
        let mut open = BTreeSet::from([(0u64, start, true)]);
        while let Some((gone, lane, is_start)) = open.pop_first() {
            if !seen.insert((lane, is_start)) {
                continue;
            }
            let Some((entry, exit)) = self.lane_range_m(lane) else {
                continue;
            };
            let begin = if is_start { from.s_m } else { entry };
            let gone_m = gone as f64 * 1e-3;
            for (signal, s_m) in self.signals_on(lane, begin, exit) {
                let distance = gone_m + (s_m - begin).abs();
                if distance <= distance_m {
                    found.push(PostedSignal {
                        signal,
                        lane,
                        s_m,
                        distance_m: distance,
                    });
                }
            }
            let there = gone_m + (exit - begin).abs();
            if there < distance_m {
                let millimetres = (there * 1e3) as u64;
                open.extend(self.successors(lane).map(|next| (millimetres, next, false)));
            }
        }
        found.sort_by(|a, b| {
            (a.distance_m.total_cmp(&b.distance_m))
                .then(a.signal.cmp(&b.signal))
                .then(a.lane.cmp(&b.lane))
        });
        found
    }
}
