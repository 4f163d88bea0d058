//! How characters move: walking, falling, jumping, climbing.

use sim::math;

use super::{CharacterCommand, CharacterState, GameState, Walk};
use crate::level::{Cell, Direction, Role, Tile, View};

/// Part of its speed that a character keeps in mud.
const MUD: f64 = 0.5;
/// Part of its speed that a character keeps on a ladder.
const CLIMB: f64 = 0.6;
/// Fastest fall, m/s.
const FALL_MPS: f64 = 25.0;
/// Height of feet above what they stand on, metres: the gap that the controller keeps.
const STAND_M: f64 = 0.0105;
/// How fast a character turns, rad/s.
const TURN_RADPS: f64 = 12.0;
/// Steps are heard so far from somebody who creeps, metres, and so much farther for each m/s.
const STEP_M: [f64; 2] = [0.5, 1.3];

impl GameState {
    /// `is_changed` says whether crates or doors stand elsewhere than a tick before.
    pub(super) fn move_characters(
        &mut self,
        commands: &[CharacterCommand],
        is_changed: bool,
        dt_s: f64,
    ) {
        for (index, command) in commands.iter().enumerate() {
            let Some(character) = self.characters.get(index).filter(|c| c.is_alive()) else {
                continue;
            };
            let moved = match self.layout.view {
                View::Top => self.walked(character, command, is_changed, dt_s),
                View::Side => self.leapt(character, command, is_changed, dt_s),
            };
            let [vx, vy, _] = moved.velocity_mps;
            let speed = math::hypot(vx, vy);
            if speed > 0.3 && (moved.is_grounded || self.layout.view == View::Top) {
                let (id, at) = (moved.id, moved.plane_m(self.layout.view));
                self.sound(id, at, STEP_M[0] + STEP_M[1] * speed);
            }
            if let Some(slot) = self.characters.get_mut(index) {
                *slot = moved;
            }
        }
    }

    fn walked(
        &self,
        before: &CharacterState,
        command: &CharacterCommand,
        is_changed: bool,
        dt_s: f64,
    ) -> CharacterState {
        let mut next = before.clone();
        let mut most = before.abilities.speed_mps;
        if self.tile(self.cell_of(before)) == Tile::Mud {
            most *= MUD;
        }
        let [vx, vy] = limited(command.move_mps, most);
        let [px, py] = self.pressed_apart(before);
        let way = [vx * dt_s + px, vy * dt_s + py, 0.0];
        // Who stands and is not pushed stays: that needs no search.
        let rests = way == [0.0; 3] && !is_changed;
        let walk = if rests {
            Walk {
                moved_m: way,
                is_grounded: true,
            }
        } else {
            self.arena
                .walk(&before.figure, before.position_m, way, false, dt_s)
        };
        for ((at, v), d) in next
            .position_m
            .iter_mut()
            .zip(&mut next.velocity_mps)
            .zip(walk.moved_m)
        {
            *at += d;
            *v = d / dt_s;
        }
        next.is_grounded = true;
        next.yaw_rad = turned(before.yaw_rad, command.face_yaw_rad, dt_s);
        next
    }

    fn leapt(
        &self,
        before: &CharacterState,
        command: &CharacterCommand,
        is_changed: bool,
        dt_s: f64,
    ) -> CharacterState {
        let mut next = before.clone();
        let is_still = command.move_mps == [0.0; 2] && !command.jump && !is_changed;
        let rests = before.is_grounded && before.velocity_mps == [0.0; 3];
        if is_still && rests && before.rise_mps == 0.0 && !before.is_climbing {
            next.yaw_rad = flat_yaw(command.face_yaw_rad);
            return next;
        }
        let (most, gravity) = (before.abilities.speed_mps, self.layout.rules.gravity_mps2);
        let vx = command.move_mps[0].clamp(-most, most);
        let climb = command.move_mps[1];
        let cell = self.cell_of(before);
        let tile = self.tile(cell);
        let feet = before.position_m[2];
        let below = self.tile(self.layout.grid.at([before.position_m[0], feet - 0.05]));
        // One holds on where one climbs, and below a rope wherever one does not let go.
        let rung = self.layout.grid.at([before.position_m[0], feet - 0.012]);
        let is_rung = self.tile(rung) == Tile::Ladder;
        let is_hold = tile.is_climbable()
            || (climb > 0.0 && is_rung)
            || (climb < 0.0 && below == Tile::Ladder);
        let wants = climb.abs() > 0.1
            || before.is_climbing
            || (tile == Tile::Rope && before.rise_mps <= 0.0);
        next.is_climbing =
            is_hold && wants && !command.jump && !(tile == Tile::Rope && climb < -0.1);
        let mut way_z;
        if next.is_climbing {
            let up = climb.clamp(-most * CLIMB, most * CLIMB);
            next.rise_mps = 0.0;
            way_z = up * dt_s;
            if tile == Tile::Rope {
                // On a rope one pulls oneself up to its cell's height, and there is nothing to climb above.
                let hang =
                    self.layout.grid.center(cell)[1] - self.layout.grid.tile_m / 2.0 + STAND_M;
                way_z = (hang - feet).clamp(-most * CLIMB * dt_s, most * CLIMB * dt_s);
            }
            // At a ladder's top one steps off onto it.
            let above = self.tile(rung.neighbour(Direction::North));
            let top = self.layout.grid.center(rung)[1] + self.layout.grid.tile_m / 2.0;
            if up > 0.0 && is_rung && !above.is_climbable() && !above.is_solid() {
                way_z = way_z.min((top + 0.015 - feet).max(0.0));
            }
        } else {
            if command.jump && (before.is_grounded || before.is_climbing) {
                next.rise_mps = (2.0 * gravity * self.layout.rules.jump_m).sqrt();
            }
            // The exact parabola, whatever the tick's length.
            way_z = next.rise_mps * dt_s - 0.5 * gravity * dt_s * dt_s;
            next.rise_mps = (next.rise_mps - gravity * dt_s).max(-FALL_MPS);
            way_z = way_z.max(-FALL_MPS * dt_s);
        }
        let drops = climb < -0.1 || (next.is_climbing && climb <= 0.0);
        let way = [vx * dt_s, 0.0, way_z];
        let walk = self
            .arena
            .walk(&before.figure, before.position_m, way, drops, dt_s);
        next.position_m[0] += walk.moved_m[0];
        next.position_m[2] += walk.moved_m[2];
        next.velocity_mps = walk.moved_m.map(|d| d / dt_s);
        let is_stopped = walk.moved_m[2] < way_z - 1e-3;
        if next.rise_mps > 0.0 && is_stopped {
            next.rise_mps = 0.0;
        }
        next.is_grounded = way_z <= 0.0 && (walk.is_grounded || walk.moved_m[2] > way_z + 1e-4);
        if next.is_grounded {
            next.rise_mps = next.rise_mps.max(0.0);
            // Floors lie at cells' edges: right above one, no neighbouring block is in the way.
            let edge =
                (next.position_m[2] / self.layout.grid.tile_m).round() * self.layout.grid.tile_m;
            if (next.position_m[2] - edge).abs() < 0.03 {
                next.position_m[2] = edge + STAND_M;
                next.velocity_mps[2] = (next.position_m[2] - before.position_m[2]) / dt_s;
            }
        }
        next.yaw_rad = flat_yaw(command.face_yaw_rad);
        next
    }

    /// By how much a character is pushed away from others that it overlaps with, metres.
    fn pressed_apart(&self, who: &CharacterState) -> [f64; 2] {
        let mut push = [0.0; 2];
        for other in self
            .characters
            .iter()
            .filter(|c| c.is_alive() && c.id != who.id)
        {
            let dx = who.position_m[0] - other.position_m[0];
            let dy = who.position_m[1] - other.position_m[1];
            let apart = math::hypot(dx, dy);
            let overlap = who.figure.radius_m + other.figure.radius_m - apart;
            if overlap <= 0.0 {
                continue;
            }
            // Who stands in the very same place goes by number.
            let (nx, ny) = if apart > 1e-6 {
                (dx / apart, dy / apart)
            } else {
                (if who.id < other.id { -1.0 } else { 1.0 }, 0.0)
            };
            // The player's companions make room.
            let share = match (who.role, other.role) {
                (Role::Player, Role::Companion) => 0.0,
                (Role::Companion, Role::Player) => 1.0,
                _ => 0.5,
            };
            push[0] += nx * overlap * share;
            push[1] += ny * overlap * share;
        }
        let most = 0.2 * who.figure.radius_m;
        limited(push, most)
    }

    /// Whether a character can stand in a cell without harm.
    pub fn is_safe(&self, cell: Cell) -> bool {
        !self.is_blocked(cell) && !self.tile(cell).is_hazard()
    }
}

/// A vector no longer than `most`.
pub(crate) fn limited([x, y]: [f64; 2], most: f64) -> [f64; 2] {
    let length = math::hypot(x, y);
    if length > most && length > 0.0 {
        [x / length * most, y / length * most]
    } else {
        [x, y]
    }
}

/// From the side one looks along the x axis or against it.
fn flat_yaw(yaw_rad: f64) -> f64 {
    if math::cos(yaw_rad) >= 0.0 {
        0.0
    } else {
        math::PI
    }
}

fn turned(from_rad: f64, to_rad: f64, dt_s: f64) -> f64 {
    let most = TURN_RADPS * dt_s;
    math::wrap_angle(from_rad + math::wrap_angle(to_rad - from_rad).clamp(-most, most))
}
