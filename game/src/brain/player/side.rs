//! The scripted player's steps in levels seen from the side.

use super::{Begun, PlayerBrain, Progress};
use crate::level::Cell;
use crate::solve::{Leap, Step};
use crate::world::{CharacterState, GameState};

impl PlayerBrain {
    pub(super) fn step_side(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        step: &Step,
        begun: Begun,
        tick: u64,
        dt_s: f64,
    ) -> Progress {
        match step {
            Step::Walk(cell) => self.walk_side(state, who, *cell, dt_s),
            Step::Climb(cell) => self.climb(state, who, *cell, dt_s),
            Step::Leap(cell, leap) => self.leap(state, who, (*cell, leap), begun, tick, dt_s),
            Step::Use(cell) => self.work_switch(state, *cell, begun),
            Step::Push(..) | Step::Fight(_) => Progress::Stuck,
        }
    }

    /// Heads for a column; whether it is there.
    fn head_for_column(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        cell: Cell,
        dt_s: f64,
    ) -> bool {
        let to = state.layout.grid.center(cell)[0];
        let dx = to - who.position_m[0];
        let most = self.speed(who);
        self.memory.command.move_mps[0] = (dx / dt_s).clamp(-most, most);
        if dx.abs() > 0.05 {
            self.memory.command.face_yaw_rad = if dx > 0.0 { 0.0 } else { sim::math::PI };
        }
        dx.abs() < 0.03 * state.layout.grid.tile_m
    }

    fn walk_side(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        cell: Cell,
        dt_s: f64,
    ) -> Progress {
        let is_held = who.is_grounded || who.is_climbing;
        let is_there = self.head_for_column(state, who, cell, dt_s);
        if !is_held || !is_there {
            return Progress::Goes;
        }
        if state.cell_of(who) == cell {
            Progress::Done
        } else {
            Progress::Stuck
        }
    }

    fn climb(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        cell: Cell,
        dt_s: f64,
    ) -> Progress {
        let is_centred = self.head_for_column(state, who, cell, dt_s);
        let grid = &state.layout.grid;
        // Its feet a gap above the cell's lower edge, so that it can step off sideways.
        let feet = grid.center(cell)[1] - grid.tile_m / 2.0 + 0.0105;
        let dz = feet - who.position_m[2];
        let is_hold = state.tile(cell).is_climbable();
        // Off the ladder, one has to be on one's feet.
        let is_level = dz.abs() < 0.008 && (is_hold || who.is_grounded);
        if is_centred && is_level && state.cell_of(who) == cell {
            return Progress::Done;
        }
        if is_centred {
            // On a ladder's lowest rung one may stand before one is level.
            if who.is_grounded && !who.is_climbing && state.cell_of(who) == cell {
                return Progress::Done;
            }
            if !is_hold && dz <= 0.0 {
                return Progress::Goes;
            }
            let most = self.speed(who);
            self.memory.command.move_mps[1] = (dz / dt_s).clamp(-most, most);
        } else if who.is_climbing {
            self.memory.command.move_mps[1] = 0.0;
        }
        Progress::Goes
    }

    fn leap(
        &mut self,
        state: &GameState,
        who: &CharacterState,
        (cell, leap): (Cell, &Leap),
        begun: Begun,
        tick: u64,
        dt_s: f64,
    ) -> Progress {
        let is_held = who.is_grounded || who.is_climbing;
        let is_first = tick == begun.tick;
        if is_first && !is_held {
            // It must not begin in the air.
            self.begun = None;
            return Progress::Goes;
        }
        let tile_m = state.layout.grid.tile_m;
        let [x, _, feet] = who.position_m;
        let is_there = (x - leap.target_x_m).abs() < 0.05 * tile_m;
        if tick > begun.tick + 1 && is_held && is_there {
            let is_up = leap.is_jump && who.rise_mps > 0.0;
            if state.cell_of(who) == cell && !is_up {
                return Progress::Done;
            }
            if !is_up && (!leap.drops || feet < begun.feet_m - 0.6 * tile_m) {
                // It may yet slip off an edge.
                self.idle_ticks += 1;
                if self.idle_ticks > 4 {
                    return Progress::Stuck;
                }
            }
        } else {
            self.idle_ticks = 0;
        }
        let rise = if is_first && leap.is_jump {
            1.0
        } else {
            who.rise_mps
        };
        // Leaps are planned at full speed.
        let most = who.abilities.speed_mps;
        let vx = leap.steer(x, feet, rise, most, dt_s);
        self.memory.command.move_mps[0] = vx;
        self.memory.command.jump = is_first && leap.is_jump;
        if leap.drops && feet > begun.feet_m - 0.6 * tile_m {
            self.memory.command.move_mps[1] = -who.abilities.speed_mps;
        }
        if vx.abs() > 0.1 {
            self.memory.command.face_yaw_rad = if vx > 0.0 { 0.0 } else { sim::math::PI };
        }
        Progress::Goes
    }
}
