//! The scripted player's steps in levels seen from above.

use super::super::Nav;
use super::super::memory::far;
use super::{Begun, PlayerBrain, Progress};
use crate::level::{Cell, Direction, View};
use crate::solve::Step;
use crate::world::{CharacterState, GameState};

impl PlayerBrain {
    pub(super) fn step_above(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        who: &CharacterState,
        step: &Step,
        begun: Begun,
        tick: u64,
    ) -> Progress {
        match step {
            Step::Walk(cell) => self.walk(state, nav, who, *cell, tick),
            Step::Use(cell) => self.work_switch(state, *cell, begun),
            Step::Push(from, direction) => self.push(state, who, *from, *direction, begun, tick),
            Step::Fight(_) => self.hunt(state, nav, who, begun, tick),
            Step::Leap(..) | Step::Climb(_) => Progress::Stuck,
        }
    }

    fn walk(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        who: &CharacterState,
        cell: Cell,
        tick: u64,
    ) -> Progress {
        let to = state.layout.grid.center(cell);
        // To push, it has to stand well behind the crate.
        let is_push = matches!(self.steps.get(self.at + 1), Some(Step::Push(..)));
        let near = if is_push { 0.06 } else { 0.15 };
        if far(who.plane_m(View::Top), to) < near * state.layout.grid.tile_m {
            return Progress::Done;
        }
        let speed = self.speed(who);
        if self.memory.go(state, nav, who, to, speed, tick) {
            Progress::Goes
        } else {
            Progress::Stuck
        }
    }

    fn push(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        from: Cell,
        direction: Direction,
        begun: Begun,
        tick: u64,
    ) -> Progress {
        let first = from.neighbour(direction);
        let to = first.neighbour(direction);
        let rests = |cell: Cell| {
            state
                .crates
                .iter()
                .any(|c| !c.is_sunk && c.cell == cell && c.slide.is_none())
        };
        let is_moving = state.crates.iter().any(|c| c.slide.is_some());
        if !is_moving && !rests(first) && tick > begun.tick {
            let is_there = rests(to) || state.filled.contains(&to);
            return if is_there {
                Progress::Done
            } else {
                Progress::Stuck
            };
        }
        let at = who.plane_m(View::Top);
        let line = state.layout.grid.center(first);
        let [vx, vy] = direction.vector();
        // Straight on, and back to the middle of its lane.
        let aside = (line[0] - at[0]) * vy.abs() + (line[1] - at[1]) * vx.abs();
        let speed = self.speed(who).min(1.2 * state.layout.rules.push_mps);
        let fix = (aside * 4.0).clamp(-0.25 * speed, 0.25 * speed);
        // Once the crate has gone, no farther than to where it stood.
        let ahead = (line[0] - at[0]) * vx + (line[1] - at[1]) * vy;
        let forth = if is_moving || rests(first) {
            speed
        } else {
            0.0
        };
        let forth = if rests(first) {
            forth
        } else {
            forth.min((ahead * 8.0).max(0.0))
        };
        self.memory.command.move_mps = [vx * forth + vy.abs() * fix, vy * forth + vx.abs() * fix];
        self.memory.command.face_yaw_rad = sim::math::atan2(vy, vx);
        Progress::Goes
    }

    /// Goes after whom it is to defeat, and over where it fell.
    fn hunt(
        &mut self,
        state: &GameState,
        nav: &mut Nav,
        who: &CharacterState,
        begun: Begun,
        tick: u64,
    ) -> Progress {
        let Some(foe) = begun.foe.and_then(|i| state.characters.get(i)) else {
            return Progress::Done;
        };
        let at = who.plane_m(View::Top);
        let to = foe.plane_m(View::Top);
        let (_, reach_m, _) = who.blow();
        let gap = far(at, to) - foe.figure.radius_m;
        let near = 0.5 * state.layout.grid.tile_m;
        if !foe.is_alive() {
            // What it dropped lies there.
            let lies = |cell: Cell| state.items.iter().any(|i| i.cell == cell);
            let fell = state.cell_of(foe);
            if far(at, to) < near || !lies(fell) {
                return Progress::Done;
            }
        } else if gap <= 0.9 * reach_m {
            self.memory.command.face_yaw_rad = sim::math::atan2(to[1] - at[1], to[0] - at[0]);
            self.memory.command.attack = tick >= who.strikes_at;
        }
        let speed = self.speed(who);
        let is_close = foe.is_alive() && gap <= 0.6 * reach_m;
        if !is_close && !self.memory.go(state, nav, who, to, speed, tick) {
            return Progress::Stuck;
        }
        Progress::Goes
    }
}
