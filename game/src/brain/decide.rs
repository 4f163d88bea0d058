//! One decision of a behaviour tree, for worlds and for whoever asks what the tree would do.

use bonsai_bt::{BT, Event, UpdateArgs};
use sim::tick::Tick;

use super::act::Scene;
use super::{Act, Memory, Nav, Percept};
use crate::world::{CharacterCommand, CharacterState, GameState};

/// How fast somebody reacts and runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Wits {
    /// Ticks that a foe must be seen for.
    pub reaction_ticks: u32,
    /// Factor on its speed.
    pub pace: f64,
}

impl Wits {
    /// Those of a difficulty from 0 to 1; the tick's length in seconds.
    pub fn of(difficulty: f64, dt_s: f64) -> Self {
        let difficulty = difficulty.clamp(0.0, 1.0);
        Self {
            reaction_ticks: (0.6 * (1.0 - difficulty) / dt_s.max(1e-6)) as u32 + 1,
            pace: 0.75 + 0.3 * difficulty,
        }
    }

    /// The best there are.
    pub const FULL: Self = Self {
        reaction_ticks: 1,
        pace: 1.0,
    };
}

/// What a tree does at a tick with what its character perceives.
pub fn decide(
    tree: &mut BT<Act, Memory>,
    state: &GameState,
    nav: &mut Nav,
    who: &CharacterState,
    percept: &Percept,
    tick: Tick,
    wits: Wits,
) -> CharacterCommand {
    let event: Event = UpdateArgs { dt: tick.dt_s as _ }.into();
    let mut scene = Scene {
        state,
        nav,
        who,
        percept,
        tick: tick.index,
        dt_s: tick.dt_s,
        reaction_ticks: wits.reaction_ticks,
        pace: wits.pace,
    };
    scene.notice(tree.blackboard_mut());
    tree.tick(&event, &mut |args, memory: &mut Memory| {
        (scene.act(*args.action, memory), args.dt)
    });
    tree.blackboard().command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wits_grow_with_difficulty_and_full_ones_wait_for_nothing() {
        let [low, middle, high] = [0.0, 0.5, 1.0].map(|d| Wits::of(d, 0.05));
        assert_eq!([low, middle, high].map(|w| w.reaction_ticks), [12, 6, 1]);
        assert!(low.pace < middle.pace && middle.pace < high.pace);
        assert_eq!(Wits::of(9.0, 0.05), high);
        assert_eq!(Wits::FULL.reaction_ticks, high.reaction_ticks);
    }
}
