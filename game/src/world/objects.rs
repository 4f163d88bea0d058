//! Crates, items, doors and switches.

use sim::actor::ActorId;
use sim::math;

use super::{CharacterCommand, EventKind, GameState};
use crate::level::{Cell, Item, Lock, Role, SwitchKind, Tile, View};

/// How long one presses against a crate before it gives way, seconds.
const PRESS_S: f64 = 0.15;
/// How far a switch is worked from, in cells.
const REACH_CELLS: f64 = 0.95;
/// Time between two uses of a switch, seconds.
pub(super) const WORK_S: f64 = 0.4;
/// How far the noise of a door, switch or crate carries, metres.
const NOISE_M: f64 = 6.0;

impl GameState {
    pub(super) fn work_switches(&mut self, commands: &[CharacterCommand], tick: u64, dt_s: f64) {
        for (index, command) in commands.iter().enumerate() {
            let Some(who) = self.characters.get_mut(index) else {
                continue;
            };
            if !command.interact || tick < who.works_at {
                continue;
            }
            let at = who.plane_m(self.layout.view);
            let reach = REACH_CELLS * self.layout.grid.tile_m;
            let near = self.switches.iter().enumerate().filter_map(|(i, switch)| {
                let [x, y] = self.layout.grid.center(switch.cell);
                let far = math::hypot(x - at[0], y - at[1]);
                (switch.kind != SwitchKind::Plate && far < reach).then_some((i, far))
            });
            let Some((nearest, _)) = near.min_by(|a, b| a.1.total_cmp(&b.1)) else {
                continue;
            };
            who.works_at = tick + (WORK_S / dt_s).ceil() as u64;
            let (id, name) = (who.id, who.name.clone());
            if let Some(switch) = self.switches.get_mut(nearest) {
                if switch.kind == SwitchKind::Once && switch.is_on {
                    continue;
                }
                switch.is_on = !switch.is_on;
                let what = switch.name.clone();
                let kind = if switch.is_on {
                    EventKind::SwitchedOn(what)
                } else {
                    EventKind::SwitchedOff(what)
                };
                self.tell(id, &name, kind);
                self.sound(id, at, NOISE_M);
            }
        }
    }

    pub(super) fn push_crates(&mut self, commands: &[CharacterCommand], dt_s: f64) {
        for (index, command) in commands.iter().enumerate() {
            let Some(who) = self.characters.get(index).filter(|c| c.is_alive()) else {
                continue;
            };
            let can_push = matches!(who.role, Role::Player);
            let pressed = self.pressed(who, command.move_mps).filter(|_| can_push);
            let (id, name, at) = (who.id, who.name.clone(), who.plane_m(self.layout.view));
            let ticks = pressed.map_or(0, |_| who.pressed_ticks + 1);
            let is_long = f64::from(ticks) * dt_s >= PRESS_S;
            if let Some(who) = self.characters.get_mut(index) {
                who.pressed_ticks = ticks;
            }
            let Some((pushed, direction)) = pressed.filter(|_| is_long) else {
                continue;
            };
            let Some(cell) = self.crates.get(pushed).map(|c| c.cell) else {
                continue;
            };
            let to = cell.neighbour(direction);
            if !self.takes_crate(to) {
                continue;
            }
            let mut what = String::new();
            if let Some(moved) = self.crates.get_mut(pushed) {
                moved.slide = Some((cell, 0.0));
                moved.cell = to;
                what.clone_from(&moved.name);
            }
            self.tell(id, &name, EventKind::Pushed(what));
            self.sound(id, at, NOISE_M);
        }
    }

    /// Whether a crate can be pushed into a cell.
    pub fn takes_crate(&self, cell: Cell) -> bool {
        let is_free = !self.is_blocked(cell) && self.layout.grid.index(cell).is_some();
        is_free && !self.is_stood_in(cell)
    }

    /// Whether a living character overlaps with a cell.
    fn is_stood_in(&self, cell: Cell) -> bool {
        let [x, y] = self.layout.grid.center(cell);
        let half = self.layout.grid.tile_m / 2.0;
        self.characters.iter().filter(|c| c.is_alive()).any(|who| {
            let at = who.plane_m(self.layout.view);
            let room = half + 0.9 * who.figure.radius_m;
            (at[0] - x).abs() < room && (at[1] - y).abs() < room
        })
    }

    pub(super) fn slide_crates(&mut self, dt_s: f64) {
        let part = self.layout.rules.push_mps * dt_s / self.layout.grid.tile_m;
        let mut sunk = Vec::new();
        for (index, moved) in self.crates.iter_mut().enumerate() {
            let Some((_, done)) = &mut moved.slide else {
                continue;
            };
            *done += part;
            if *done >= 1.0 - 1e-9 {
                moved.slide = None;
                let is_pit = self.layout.grid.tile(moved.cell) == Tile::Pit;
                if is_pit && self.filled.insert(moved.cell) {
                    moved.is_sunk = true;
                    sunk.push(index);
                }
            }
        }
        for index in sunk {
            if let Some((id, name)) = self.crates.get(index).map(|c| (c.id, c.name.clone())) {
                self.tell(id, &name, EventKind::FilledPit);
            }
        }
    }

    /// The player picks up what it stands on.
    pub(super) fn pick_up(&mut self) {
        let view = self.layout.view;
        let Some(player) = self.characters.first().filter(|p| p.is_alive()) else {
            return;
        };
        let at = player.plane_m(view);
        let reach = 0.55 * self.layout.grid.tile_m;
        let (id, name) = (player.id, player.name.clone());
        let mut taken = Vec::new();
        let grid = &self.layout.grid;
        self.items.retain(|lying| {
            let [x, y] = grid.center(lying.cell);
            let is_near = math::hypot(x - at[0], y - at[1]) < reach;
            if is_near {
                taken.push(lying.item.clone());
            }
            !is_near
        });
        for item in taken {
            self.tell(id, &name, EventKind::PickedUp(item.name()));
            self.take(&item);
        }
    }

    pub(super) fn take(&mut self, item: &Item) {
        let Some(player) = self.characters.first_mut() else {
            return;
        };
        *player.inventory.had.entry(item.name()).or_insert(0) += 1;
        match item {
            Item::Key(colour) => {
                *player.inventory.keys.entry(colour.clone()).or_insert(0) += 1;
            }
            Item::Weapon(weapon) => {
                let (damage, ..) = player.blow();
                if weapon.damage > damage {
                    player.inventory.weapon = Some(weapon.clone());
                }
            }
            Item::Potion(health) => {
                player.health = (player.health + health).min(player.abilities.health);
            }
            Item::Coin(worth) => {
                player.inventory.coins = player.inventory.coins.saturating_add(*worth);
            }
            Item::Quest(_) => {}
        }
    }

    pub(super) fn press_plates(&mut self) {
        let view = self.layout.view;
        let stood: Vec<Cell> = self
            .characters
            .iter()
            .filter(|c| c.is_alive())
            .map(|c| self.layout.grid.at(c.plane_m(view)))
            .collect();
        let mut changed: Vec<(ActorId, String, bool)> = Vec::new();
        for index in 0..self.switches.len() {
            let Some(plate) = self
                .switches
                .get(index)
                .filter(|s| s.kind == SwitchKind::Plate)
            else {
                continue;
            };
            let rests = |c: &super::CrateState| c.cell == plate.cell && c.slide.is_none();
            let is_on = stood.contains(&plate.cell) || self.crates.iter().any(rests);
            if is_on != plate.is_on {
                changed.push((plate.id, plate.name.clone(), is_on));
                if let Some(plate) = self.switches.get_mut(index) {
                    plate.is_on = is_on;
                }
            }
        }
        for (id, name, is_on) in changed {
            let kind = if is_on {
                EventKind::SwitchedOn(name.clone())
            } else {
                EventKind::SwitchedOff(name.clone())
            };
            self.tell(id, &name, kind);
        }
    }

    /// Whether all switches of these names are on.
    pub fn are_on(&self, names: &[String]) -> bool {
        names.iter().all(|name| {
            let mut named = self.switches.iter().filter(|s| s.name == *name).peekable();
            named.peek().is_some() && named.all(|switch| switch.is_on)
        })
    }

    pub(super) fn work_doors(&mut self) {
        for index in 0..self.doors.len() {
            let Some(door) = self.doors.get(index) else {
                continue;
            };
            let (id, name, cell) = (door.id, door.name.clone(), door.cell);
            match &door.lock {
                Lock::None if !door.is_open => {
                    let who = self.who_is_at(cell, |_| true);
                    self.open(index, who);
                }
                Lock::Key(colour) if !door.is_open => {
                    let colour = colour.clone();
                    let who = self.who_is_at(cell, |who| {
                        who.inventory.keys.get(&colour).is_some_and(|n| *n > 0)
                    });
                    if who.is_some() && self.layout.rules.keys_are_used_up {
                        let keys = who
                            .and_then(|who| self.characters.get_mut(who))
                            .and_then(|who| who.inventory.keys.get_mut(&colour));
                        if let Some(keys) = keys {
                            *keys -= 1;
                        }
                    }
                    self.open(index, who);
                }
                Lock::Switches(names) => {
                    let wants = self.are_on(names);
                    if wants && !door.is_open {
                        self.tell(id, &name, EventKind::Opened(name.clone()));
                        self.set_door(index, true);
                    } else if !wants
                        && door.is_open
                        && !self.is_stood_in(cell)
                        && self.crate_at(cell).is_none()
                    {
                        self.tell(id, &name, EventKind::Closed);
                        self.set_door(index, false);
                    }
                }
                Lock::None | Lock::Key(_) => {}
            }
        }
    }

    /// The first living character next to a door that meets a condition.
    fn who_is_at(
        &self,
        door: Cell,
        is_fit: impl Fn(&super::CharacterState) -> bool,
    ) -> Option<usize> {
        let [x, y] = self.layout.grid.center(door);
        let tile_m = self.layout.grid.tile_m;
        self.characters.iter().position(|who| {
            let at = who.plane_m(self.layout.view);
            let (dx, dy) = ((at[0] - x).abs(), (at[1] - y).abs());
            let room = tile_m / 2.0 + who.figure.radius_m + 0.15 * tile_m;
            // From before it, not from a corner of its wall.
            let is_before = dx.min(dy) < 0.5 * tile_m;
            who.is_alive() && is_before && dx.max(dy) < room && is_fit(who)
        })
    }

    fn open(&mut self, door: usize, who: Option<usize>) {
        let opener = who.and_then(|who| self.characters.get(who));
        let Some((id, name, at)) =
            opener.map(|c| (c.id, c.name.clone(), c.plane_m(self.layout.view)))
        else {
            return;
        };
        let what = self.doors.get(door).map(|d| d.name.clone());
        self.set_door(door, true);
        self.tell(id, &name, EventKind::Opened(what.unwrap_or_default()));
        self.sound(id, at, NOISE_M);
    }

    fn set_door(&mut self, door: usize, is_open: bool) {
        if let Some(door) = self.doors.get_mut(door) {
            door.is_open = is_open;
        }
    }

    /// Whether a level is seen from the side.
    pub fn is_side(&self) -> bool {
        self.layout.view == View::Side
    }
}
