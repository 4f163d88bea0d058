//! Turns at crosswalks: where people keep coming, those at the kerb let the traffic have its turn.

use std::collections::{BTreeMap, BTreeSet};

use bevy::prelude::*;

/// People step onto a crosswalk one after another for this long, then those at the kerb wait until it has been
/// empty for a while, seconds.
const LONGEST_S: f64 = 12.0;
const EMPTY_S: f64 = 6.0;

/// How long one crosswalk has been in use, and for how long it stays shut, seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Turn {
    used_s: f64,
    shut_s: f64,
}

/// The turns of all crosswalks in use, by number.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub(super) struct CrosswalkTurns(BTreeMap<usize, Turn>);

impl CrosswalkTurns {
    /// A tick in which some crosswalks are used.
    pub(super) fn update(&mut self, used: BTreeSet<usize>, dt_s: f64) {
        for number in &used {
            let turn = self.0.entry(*number).or_default();
            turn.used_s += dt_s;
            if turn.used_s > LONGEST_S {
                turn.shut_s = EMPTY_S;
            }
        }
        self.0.retain(|number, turn| {
            if used.contains(number) {
                return true;
            }
            turn.used_s = 0.0;
            turn.shut_s -= dt_s;
            turn.shut_s > 0.0
        });
    }

    /// Whether those at the kerb may step onto it.
    pub(super) fn is_open(&self, number: usize) -> bool {
        self.0.get(&number).is_none_or(|turn| turn.shut_s <= 0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_of_people_lets_the_traffic_go_at_times() {
        let mut turns = CrosswalkTurns::default();
        let dt = 0.05;
        let open: Vec<bool> = (0..4000)
            .map(|_| {
                // Somebody crosses in 5 s whenever that is allowed.
                let open = turns.is_open(3);
                turns.update(open.then_some(3).into_iter().collect(), dt);
                open
            })
            .collect();
        let share = open.iter().filter(|o| **o).count() as f64 / open.len() as f64;
        assert!((0.6..0.75).contains(&share), "{share}");
        assert!(turns.is_open(4));
    }
}
