//! A game's state at time 0.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use sim::actor::ActorId;

use super::arena::{Arena, Figure};
use super::state::{
    CharacterState, CrateState, DoorState, GameState, Inventory, ItemState, SwitchState,
};
use crate::level::{Cell, Character, Layout, View};

/// Numbers and names for actors, in order.
struct Names {
    next: u32,
    taken: BTreeMap<String, u32>,
}

impl Names {
    fn id(&mut self) -> ActorId {
        let id = ActorId(self.next);
        self.next = self.next.saturating_add(1);
        id
    }

    /// The name, with a number where another has it.
    fn name(&mut self, wanted: &str) -> String {
        let count = self.taken.entry(wanted.to_owned()).or_insert(0);
        *count += 1;
        if *count == 1 {
            return wanted.to_owned();
        }
        let numbered = format!("{wanted} {count}");
        if self.taken.contains_key(&numbered) {
            return self.name(&numbered);
        }
        self.taken.insert(numbered.clone(), 1);
        numbered
    }
}

pub(super) fn state(layout: Arc<Layout>, first: ActorId) -> GameState {
    let mut names = Names {
        next: first.0,
        taken: BTreeMap::new(),
    };
    let start = (layout.start, &layout.rules.player, Some(layout.facing_rad));
    let others = layout.characters.iter().map(|c| (c.cell, &c.what, None));
    let characters = std::iter::once(start)
        .chain(others)
        .map(|(cell, what, yaw_rad)| character(&layout, &mut names, cell, what, yaw_rad))
        .collect();
    let crates = layout.crates.iter().map(|cell| CrateState {
        id: names.id(),
        name: names.name("crate"),
        cell: *cell,
        slide: None,
        is_sunk: false,
    });
    let crates = crates.collect();
    let doors = layout.doors.iter().map(|door| DoorState {
        id: names.id(),
        name: names.name("door"),
        cell: door.cell,
        lock: door.what.lock.clone(),
        is_open: false,
    });
    let doors = doors.collect();
    let switches = layout.switches.iter().map(|switch| SwitchState {
        id: names.id(),
        name: switch.what.name.clone(),
        cell: switch.cell,
        kind: switch.what.kind,
        is_on: switch.what.is_on,
    });
    let switches = switches.collect();
    let items = layout.items.iter().map(|item| ItemState {
        id: Some(names.id()),
        cell: item.cell,
        item: item.what.clone(),
    });
    let items = items.collect();
    let mut door_of = vec![u32::MAX; layout.grid.columns() * layout.grid.rows()];
    for (number, door) in layout.doors.iter().enumerate() {
        if let Some(slot) = layout
            .grid
            .index(door.cell)
            .and_then(|i| door_of.get_mut(i))
        {
            *slot = number as u32;
        }
    }
    let mut state = GameState {
        door_of: door_of.into(),
        arena: Arena::new(&layout),
        met: vec![false; layout.goals.len()],
        layout,
        characters,
        crates,
        items,
        doors,
        switches,
        filled: BTreeSet::new(),
        sounds: Vec::new(),
        events: Vec::new(),
        is_open_ended: false,
        asks: BTreeSet::new(),
        gifts: Vec::new(),
        ending: None,
        time_s: 0.0,
    };
    // A crate may stand on a plate from the beginning.
    state.press_plates();
    state.work_doors();
    state.events.clear();
    state.refresh_arena();
    state
}

fn character(
    layout: &Layout,
    names: &mut Names,
    cell: Cell,
    what: &Character,
    yaw_rad: Option<f64>,
) -> CharacterState {
    let tile_m = layout.grid.tile_m;
    let [x, up] = layout.grid.center(cell);
    let (position_m, height_m) = match layout.view {
        View::Top => ([x, up, 0.0], 1.6 * tile_m),
        View::Side => ([x, tile_m / 2.0, up - tile_m / 2.0 + 0.011], 0.9 * tile_m),
    };
    let abilities = what.abilities();
    let wanted = if what.name.is_empty() {
        what.role.name()
    } else {
        &what.name
    };
    CharacterState {
        id: names.id(),
        name: names.name(wanted),
        role: what.role,
        team: what.team().to_owned(),
        abilities,
        figure: Figure {
            radius_m: 0.3 * tile_m,
            height_m,
        },
        position_m,
        velocity_mps: [0.0; 3],
        rise_mps: 0.0,
        yaw_rad: yaw_rad.unwrap_or_else(|| sim::math::wrap_angle(what.facing_deg.to_radians())),
        is_grounded: false,
        is_climbing: false,
        health: abilities.health,
        inventory: Inventory::default(),
        strikes_at: 0,
        works_at: 0,
        spikes_at: 0,
        pressed_ticks: 0,
        carries: what.carries.clone(),
    }
}
