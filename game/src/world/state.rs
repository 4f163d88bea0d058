//! A game's whole state as plain data, and its step from one tick to the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy::prelude::Resource;
use sim::actor::ActorId;

use super::arena::{Arena, Figure, cell_block};
use super::{CharacterCommand, EventKind, GameEvent};
use crate::level::{
    Abilities, Cell, Direction, Item, Layout, Lock, Role, SwitchKind, Tile, View, Weapon,
};

/// A character as it is now.
#[derive(Clone, Debug, PartialEq)]
pub struct CharacterState {
    /// Its actor.
    pub id: ActorId,
    /// Its name; no other actor has it.
    pub name: String,
    /// What it is for.
    pub role: Role,
    /// Who it fights for.
    pub team: String,
    /// What it can do, its weapon aside.
    pub abilities: Abilities,
    /// Size.
    pub figure: Figure,
    /// Middle of its base in the world, metres.
    pub position_m: [f64; 3],
    /// Velocity over the last tick, m/s.
    pub velocity_mps: [f64; 3],
    /// Speed of its fall (negative) or jump, m/s; from the side alone.
    pub rise_mps: f64,
    /// Where it looks, radians.
    pub yaw_rad: f64,
    /// Whether something carries it.
    pub is_grounded: bool,
    /// Whether it holds on to a ladder or rope.
    pub is_climbing: bool,
    /// Health left; dead at 0.
    pub health: f64,
    /// What it has.
    pub inventory: Inventory,
    /// The tick from which on it can strike.
    pub strikes_at: u64,
    /// The tick from which on it can work a switch.
    pub works_at: u64,
    /// The tick from which on spikes hurt it again.
    pub spikes_at: u64,
    /// Ticks for which it has pressed against a crate.
    pub pressed_ticks: u32,
    /// What it drops when it dies.
    pub carries: Vec<Item>,
}

impl CharacterState {
    /// Whether it lives.
    pub fn is_alive(&self) -> bool {
        self.health > 0.0
    }

    /// Whether a goal that names `who` means it; never the player.
    pub fn is_called(&self, who: &str) -> bool {
        let is_name = self.name == who || self.role.name() == who || self.team == who;
        is_name && self.role != Role::Player
    }

    /// Its position in the level's plane, metres: from the side its middle, so that it lies in the cell it
    /// stands in.
    pub fn plane_m(&self, view: View) -> [f64; 2] {
        let [x, y, z] = self.position_m;
        match view {
            View::Top => [x, y],
            View::Side => [x, z + self.figure.height_m / 2.0],
        }
    }

    /// Damage, reach (m) and cooldown (s) of its blows.
    pub fn blow(&self) -> (f64, f64, f64) {
        let a = &self.abilities;
        let own = (a.damage, a.reach_m, a.cooldown_s);
        let weapon = self.inventory.weapon.as_ref();
        weapon.map_or(own, |w| (w.damage, w.reach_m, w.cooldown_s))
    }
}

/// What a character has.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inventory {
    /// Keys by colour.
    pub keys: BTreeMap<String, u32>,
    /// Worth of its coins.
    pub coins: u32,
    /// Its weapon.
    pub weapon: Option<Weapon>,
    /// How many items of each name it has ever picked up or been given.
    pub had: BTreeMap<String, u32>,
    /// How many of them it has given away.
    pub given: BTreeMap<String, u32>,
}

impl Inventory {
    /// Whether it holds an item of this name, which goes for those that are kept once picked up.
    pub fn holds(&self, item: &str) -> bool {
        let count = |of: &BTreeMap<String, u32>| of.get(item).copied().unwrap_or(0);
        count(&self.had) > count(&self.given)
    }
}

/// A crate.
#[derive(Clone, Debug, PartialEq)]
pub struct CrateState {
    /// Its actor.
    pub id: ActorId,
    /// Its name.
    pub name: String,
    /// The cell that it stands in, or slides to.
    pub cell: Cell,
    /// Where it slides from, and how much of the way is behind it, 0 to 1.
    pub slide: Option<(Cell, f64)>,
    /// Whether it lies in a pit, as good as floor.
    pub is_sunk: bool,
}

/// An item that lies about.
#[derive(Clone, Debug, PartialEq)]
pub struct ItemState {
    /// Its actor, once it has one.
    pub id: Option<ActorId>,
    /// Where it lies.
    pub cell: Cell,
    /// What it is.
    pub item: Item,
}

/// A door.
#[derive(Clone, Debug, PartialEq)]
pub struct DoorState {
    /// Its actor.
    pub id: ActorId,
    /// Its name.
    pub name: String,
    /// The cell that it fills.
    pub cell: Cell,
    /// What keeps it shut.
    pub lock: Lock,
    /// Whether it is open.
    pub is_open: bool,
}

/// A switch.
#[derive(Clone, Debug, PartialEq)]
pub struct SwitchState {
    /// Its actor.
    pub id: ActorId,
    /// What doors call it.
    pub name: String,
    /// Its cell.
    pub cell: Cell,
    /// How it is worked.
    pub kind: SwitchKind,
    /// Whether it is on.
    pub is_on: bool,
}

/// A sound of the last tick.
#[derive(Clone, Debug, PartialEq)]
pub struct Sound {
    /// Who made it.
    pub source: ActorId,
    /// Where, in the level's plane, metres.
    pub at_m: [f64; 2],
    /// How far it carries in the open, metres.
    pub radius_m: f64,
}

/// How a game ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// All goals are met.
    Beaten,
    /// It is lost, and why.
    Lost(String),
}

/// Everything about a game at one tick. Characters go by actor, the player first.
#[derive(Resource, Clone, Debug)]
pub struct GameState {
    /// The level.
    pub layout: Arc<Layout>,
    /// Characters, dead ones too; the first is the player.
    pub characters: Vec<CharacterState>,
    /// Crates.
    pub crates: Vec<CrateState>,
    /// Items that lie about.
    pub items: Vec<ItemState>,
    /// Doors.
    pub doors: Vec<DoorState>,
    /// Switches.
    pub switches: Vec<SwitchState>,
    /// Pits that crates have filled.
    pub filled: BTreeSet<Cell>,
    /// Sounds of the last tick.
    pub sounds: Vec<Sound>,
    /// Events of the last tick.
    pub events: Vec<GameEvent>,
    /// Which goals are met, in their order.
    pub met: Vec<bool>,
    /// Whether the game goes on once all goals are met, for whoever sets new ones.
    pub is_open_ended: bool,
    /// Who asks for which item: it is handed over when the player talks to them and has it.
    pub asks: BTreeSet<(String, String)>,
    /// What the player is given at the next tick, and by whom.
    pub gifts: Vec<(String, Item)>,
    /// How it ended.
    pub ending: Option<Ending>,
    pub(super) arena: Arena,
    /// Number of the door of each cell; `u32::MAX` where there is none.
    pub(super) door_of: Arc<[u32]>,
    /// Time of the state that is being made, seconds.
    pub(super) time_s: f64,
}

impl GameState {
    /// The state at time 0. Actors are numbered from `first` on: characters, crates, doors, switches, items.
    pub fn new(layout: Arc<Layout>, first: ActorId) -> Self {
        super::begin::state(layout, first)
    }

    /// Simulation time of the state, seconds.
    pub fn time_s(&self) -> f64 {
        self.time_s
    }

    /// The player.
    pub fn player(&self) -> Option<&CharacterState> {
        self.characters.first()
    }

    /// The character of an actor.
    pub fn character(&self, id: ActorId) -> Option<&CharacterState> {
        let index = self.characters.binary_search_by_key(&id, |c| c.id).ok()?;
        self.characters.get(index)
    }

    /// The tile of a cell, with pits that are filled as floor.
    pub fn tile(&self, cell: Cell) -> Tile {
        let tile = self.layout.grid.tile(cell);
        if tile == Tile::Pit && self.filled.contains(&cell) {
            return Tile::Floor;
        }
        tile
    }

    /// The crate in a cell.
    pub fn crate_at(&self, cell: Cell) -> Option<usize> {
        let is_there = |c: &CrateState| {
            !c.is_sunk && (c.cell == cell || c.slide.is_some_and(|(from, _)| from == cell))
        };
        self.crates.iter().position(is_there)
    }

    /// The door in a cell.
    pub fn door_at(&self, cell: Cell) -> Option<&DoorState> {
        let index = self.layout.grid.index(cell)?;
        let number = *self.door_of.get(index)?;
        self.doors.get(number as usize)
    }

    /// Whether a wall or closed door hides what lies behind a cell.
    pub fn is_opaque(&self, cell: Cell) -> bool {
        self.tile(cell).is_solid() || self.door_at(cell).is_some_and(|door| !door.is_open)
    }

    /// Whether a wall, crate or closed door fills a cell.
    pub fn is_blocked(&self, cell: Cell) -> bool {
        self.is_opaque(cell) || self.crate_at(cell).is_some()
    }

    /// The cell that a character is in.
    pub fn cell_of(&self, character: &CharacterState) -> Cell {
        self.layout.grid.at(character.plane_m(self.layout.view))
    }

    /// Goes on by one tick. `commands` go by actor, and who has none stands still; `tick` is the number of
    /// the state that is made, `dt_s` its length in seconds.
    pub fn step(&mut self, commands: &[(ActorId, CharacterCommand)], tick: u64, dt_s: f64) {
        self.events.clear();
        self.sounds.clear();
        if self.ending.is_some() {
            return;
        }
        self.time_s = tick as f64 * dt_s;
        let commands: Vec<CharacterCommand> = self
            .characters
            .iter()
            .map(|character| {
                let found = commands.binary_search_by_key(&character.id, |(id, _)| *id);
                let command = found.ok().and_then(|i| commands.get(i));
                let is_alive = character.is_alive();
                command
                    .filter(|_| is_alive)
                    .map_or_else(CharacterCommand::default, |c| c.1.sound())
            })
            .collect();
        self.hand_out();
        self.work_switches(&commands, tick, dt_s);
        self.talk(&commands, tick, dt_s);
        self.strike(&commands, tick, dt_s);
        self.push_crates(&commands, dt_s);
        self.slide_crates(dt_s);
        let is_changed = self.refresh_arena();
        self.move_characters(&commands, is_changed, dt_s);
        self.pick_up();
        self.press_plates();
        self.work_doors();
        self.suffer(tick, dt_s);
        self.judge();
    }

    /// Tells the arena where crates and closed doors are; whether that is news.
    pub(super) fn refresh_arena(&mut self) -> bool {
        let (grid, view) = (&self.layout.grid, self.layout.view);
        let doors = self.doors.iter().filter(|door| !door.is_open);
        let mut blocks: Vec<_> = doors.map(|d| cell_block(grid, view, d.cell)).collect();
        for c in self.crates.iter().filter(|c| !c.is_sunk) {
            let mut block = cell_block(grid, view, c.cell);
            if let Some((from, part)) = c.slide {
                let before = cell_block(grid, view, from);
                for (now, then) in block.center_m.iter_mut().zip(before.center_m) {
                    *now = then + (*now - then) * part;
                }
            }
            // Those who walk beside a row of crates do not catch on them.
            block.half_m = block.half_m.map(|half| half * 0.98);
            blocks.push(block);
        }
        self.arena.set_movable(blocks)
    }

    pub(super) fn tell(&mut self, actor: ActorId, name: &str, kind: EventKind) {
        self.events.push(GameEvent {
            time_s: self.time_s,
            actor,
            name: name.to_owned(),
            kind,
        });
    }

    pub(super) fn sound(&mut self, source: ActorId, at_m: [f64; 2], radius_m: f64) {
        self.sounds.push(Sound {
            source,
            at_m,
            radius_m,
        });
    }

    /// The direction in which somebody who wants such a velocity presses against a crate that stands next to
    /// it, and that crate.
    pub(super) fn pressed(
        &self,
        who: &CharacterState,
        move_mps: [f64; 2],
    ) -> Option<(usize, Direction)> {
        if self.layout.view != View::Top {
            return None;
        }
        let direction = Direction::of(move_mps)?;
        let [vx, vy] = direction.vector();
        // Not in passing.
        let (ahead, aside) = (
            move_mps[0] * vx + move_mps[1] * vy,
            move_mps[0] * vy - move_mps[1] * vx,
        );
        if ahead < 0.3 || aside.abs() > 0.35 * ahead {
            return None;
        }
        let grid = &self.layout.grid;
        let at = who.plane_m(View::Top);
        let cell = grid.at(at).neighbour(direction);
        let index = self.crate_at(cell)?;
        let found = self.crates.get(index)?;
        let center = grid.center(cell);
        let (dx, dy) = (center[0] - at[0], center[1] - at[1]);
        let gap = dx * vx + dy * vy - grid.tile_m / 2.0 - who.figure.radius_m;
        let offset = (dx * vy - dy * vx).abs();
        let touches = gap < 0.08 * grid.tile_m && offset < 0.35 * grid.tile_m;
        (found.slide.is_none() && touches).then_some((index, direction))
    }
}
