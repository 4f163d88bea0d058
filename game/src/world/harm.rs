//! Blows, hazards, deaths, and whether the level is beaten.

use sim::math;

use super::state::{Ending, ItemState};
use super::{CharacterCommand, CharacterState, EventKind, GameState};
use crate::level::{Cell, Direction, Goal, Tile, View};
use crate::nav::sees;

/// Half the angle in which a blow meets, radians.
const SWING_RAD: f64 = 1.05;
/// How far the noise of a fight carries, metres.
const FIGHT_M: f64 = 8.0;

impl GameState {
    pub(super) fn strike(&mut self, commands: &[CharacterCommand], tick: u64, dt_s: f64) {
        for (index, command) in commands.iter().enumerate() {
            let Some(who) = self.characters.get(index).filter(|c| c.is_alive()) else {
                continue;
            };
            if !command.attack || tick < who.strikes_at {
                continue;
            }
            let (damage, reach_m, cooldown_s) = who.blow();
            let (id, name, at) = (who.id, who.name.clone(), who.plane_m(self.layout.view));
            let met = self.met_by(who, reach_m);
            if let Some(who) = self.characters.get_mut(index) {
                who.strikes_at = tick + (cooldown_s / dt_s).ceil().max(1.0) as u64;
            }
            self.sound(id, at, FIGHT_M);
            if let Some(met) = met.filter(|_| damage > 0.0) {
                self.hurt(met, damage, &name);
            }
        }
    }

    /// The nearest of another team whom a blow of such a reach meets; neutral ones only where there is no foe.
    fn met_by(&self, who: &CharacterState, reach_m: f64) -> Option<usize> {
        let view = self.layout.view;
        let at = who.plane_m(view);
        let others = self.characters.iter().enumerate().filter_map(|(i, other)| {
            if !other.is_alive() || other.team == who.team {
                return None;
            }
            let to = other.plane_m(view);
            let (dx, dy) = (to[0] - at[0], to[1] - at[1]);
            let far = math::hypot(dx, dy) - other.figure.radius_m;
            let is_ahead = match view {
                View::Top => math::wrap_angle(math::atan2(dy, dx) - who.yaw_rad).abs() < SWING_RAD,
                View::Side => dx * math::cos(who.yaw_rad) > -0.5 * who.figure.radius_m,
            };
            let is_met = far <= reach_m
                && is_ahead
                && sees(&self.layout.grid, |cell| self.is_opaque(cell), at, to);
            // A foe before a bystander.
            is_met.then_some((i, other.team == "neutral", far))
        });
        let nearest = others.min_by(|a, b| a.1.cmp(&b.1).then(a.2.total_cmp(&b.2)));
        nearest.map(|(index, ..)| index)
    }

    /// Takes health from a character; a dead one drops what it carries.
    pub(super) fn hurt(&mut self, index: usize, damage: f64, by: &str) {
        let Some(who) = self.characters.get_mut(index).filter(|c| c.is_alive()) else {
            return;
        };
        who.health = (who.health - damage).max(0.0);
        let (id, name, is_dead) = (who.id, who.name.clone(), !who.is_alive());
        let dropped = if is_dead {
            std::mem::take(&mut who.carries)
        } else {
            Vec::new()
        };
        self.tell(
            id,
            &name,
            EventKind::Hurt {
                damage,
                by: by.to_owned(),
            },
        );
        if is_dead {
            self.tell(id, &name, EventKind::Died(by.to_owned()));
            let cell = self.characters.get(index).map(|who| self.resting_cell(who));
            for item in dropped {
                self.items.push(ItemState {
                    id: None,
                    cell: cell.unwrap_or_default(),
                    item,
                });
            }
        }
    }

    /// Where what a character drops comes to lie: in its cell, or one beside it that can be come to.
    fn resting_cell(&self, who: &CharacterState) -> Cell {
        let cell = self.cell_of(who);
        let around = Direction::ALL.map(|d| cell.neighbour(d));
        let mut all = std::iter::once(cell).chain(around);
        all.find(|c| self.is_safe(*c)).unwrap_or(cell)
    }

    /// What tiles do to those who stand on them.
    pub(super) fn suffer(&mut self, tick: u64, dt_s: f64) {
        let (spikes, lava) = (
            self.layout.rules.spike_damage,
            self.layout.rules.lava_damage_per_s,
        );
        for index in 0..self.characters.len() {
            let Some(who) = self.characters.get(index).filter(|c| c.is_alive()) else {
                continue;
            };
            let cell = self.cell_of(who);
            let (tile, spikes_at, health) = (self.tile(cell), who.spikes_at, who.health);
            let tile_m = self.layout.grid.tile_m;
            if self.layout.view == View::Side && who.position_m[2] < -2.0 * tile_m {
                self.hurt(index, health, "a fall");
                continue;
            }
            match tile {
                Tile::Spikes if tick >= spikes_at => {
                    if let Some(who) = self.characters.get_mut(index) {
                        who.spikes_at = tick + (1.0 / dt_s).ceil() as u64;
                    }
                    self.hurt(index, spikes, "spikes");
                }
                Tile::Lava => self.hurt(index, lava * dt_s, "lava"),
                Tile::Pit => {
                    // With its middle well over the edge, not with a toe.
                    let [x, y] = self.layout.grid.center(cell);
                    let at = self
                        .characters
                        .get(index)
                        .map(|c| c.plane_m(self.layout.view));
                    let edge = 0.42 * tile_m;
                    if at.is_some_and(|at| (at[0] - x).abs() < edge && (at[1] - y).abs() < edge) {
                        self.hurt(index, health, "a fall");
                    }
                }
                _ => {}
            }
        }
    }

    /// Which goals are met, and whether that is all.
    pub(super) fn judge(&mut self) {
        let layout = self.layout.clone();
        let Some(player) = self.characters.first() else {
            return;
        };
        let (id, name, is_alive) = (player.id, player.name.clone(), player.is_alive());
        let is_place = |goal: &Goal| matches!(goal, Goal::Reach(_));
        // Places come last: one has to be there once all else is done.
        let mut is_rest_met = true;
        for pass in [false, true] {
            for (index, goal) in layout.goals.iter().enumerate() {
                if is_place(goal) != pass || (pass && !is_rest_met) {
                    continue;
                }
                let was = self.met.get(index).copied().unwrap_or(false);
                let is_met = self.is_met(goal) || (was && pass);
                if is_met && !was {
                    self.tell(id, &name, EventKind::GoalReached(goal.to_string()));
                }
                if let Some(slot) = self.met.get_mut(index) {
                    *slot = is_met;
                }
                is_rest_met &= is_met || pass;
            }
        }
        let ending = if !is_alive {
            Some(Ending::Lost(format!("{name} died")))
        } else if !self.is_open_ended && self.met.iter().all(|met| *met) {
            Some(Ending::Beaten)
        } else if self.time_s >= layout.rules.time_limit_s {
            Some(Ending::Lost("time is up".to_owned()))
        } else {
            None
        };
        match &ending {
            Some(Ending::Beaten) => self.tell(id, &name, EventKind::Beaten),
            Some(Ending::Lost(why)) => self.tell(id, &name, EventKind::Lost(why.clone())),
            None => {}
        }
        self.ending = ending;
    }

    fn is_met(&self, goal: &Goal) -> bool {
        let Some(player) = self.characters.first() else {
            return false;
        };
        match goal {
            Goal::Reach(place) => self.layout.place(place).contains(&self.cell_of(player)),
            Goal::Coins(worth) => player.inventory.coins >= *worth,
            Goal::Collect(what) => {
                let had = player.inventory.had.get(what).copied().unwrap_or(0);
                let lies = self.items.iter().any(|i| i.item.name() == *what);
                let mut carried = self.characters.iter().flat_map(|c| &c.carries);
                had > 0 && !lies && !carried.any(|item| item.name() == *what)
            }
            Goal::Defeat(who) => {
                let mut called = self.characters.iter().filter(|c| c.is_called(who));
                !called.any(CharacterState::is_alive)
            }
            Goal::Crates => {
                let rests = |cell: &Cell| {
                    let mut all = self.crates.iter();
                    all.any(|c| c.cell == *cell && c.slide.is_none() && !c.is_sunk)
                };
                self.layout.targets().iter().all(rests)
            }
        }
    }
}
