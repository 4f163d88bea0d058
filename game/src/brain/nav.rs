//! Navigation meshes of the level as it stands, rebuilt when a door or crate has moved.

use bevy::prelude::Resource;

use crate::level::{Cell, Lock};
use crate::nav::NavMesh;
use crate::world::GameState;

/// Meshes of a game's state; follows from the state alone.
#[derive(Resource, Default)]
pub struct Nav {
    others: Option<(Vec<u32>, NavMesh)>,
    player: Option<(Vec<u32>, NavMesh)>,
}

impl Nav {
    /// The mesh for everybody but the player, who has keys.
    pub fn mesh(&mut self, state: &GameState, is_player: bool) -> &NavMesh {
        let key = key(state, is_player);
        let slot = if is_player {
            &mut self.player
        } else {
            &mut self.others
        };
        if slot.as_ref().is_some_and(|(known, _)| *known != key) {
            *slot = None;
        }
        &slot.get_or_insert_with(|| (key, build(state, is_player))).1
    }
}

/// Everything that a mesh depends on.
fn key(state: &GameState, is_player: bool) -> Vec<u32> {
    let number = |cell: Cell| state.layout.grid.index(cell).unwrap_or(usize::MAX) as u32;
    let mut key: Vec<u32> = state.doors.iter().map(|d| u32::from(d.is_open)).collect();
    for c in state.crates.iter().filter(|c| !c.is_sunk) {
        key.push(number(c.cell));
        key.push(c.slide.map_or(u32::MAX, |(from, _)| number(from)));
    }
    key.push(u32::MAX);
    key.extend(state.filled.iter().map(|cell| number(*cell)));
    if is_player && let Some(player) = state.player() {
        let has = |colour| player.inventory.keys.get(colour).is_some_and(|n| *n > 0);
        key.extend(state.doors.iter().map(|door| match &door.lock {
            Lock::Key(colour) => u32::from(has(colour)),
            _ => 2,
        }));
    }
    key
}

fn build(state: &GameState, is_player: bool) -> NavMesh {
    let keys = state
        .player()
        .filter(|_| is_player)
        .map(|p| &p.inventory.keys);
    NavMesh::new(&state.layout.grid, |cell| {
        if state.tile(cell).is_hazard() || state.tile(cell).is_solid() {
            return false;
        }
        let opens = state.door_at(cell).is_none_or(|door| {
            door.is_open
                || match &door.lock {
                    Lock::None => true,
                    Lock::Key(colour) => keys
                        .and_then(|keys| keys.get(colour))
                        .is_some_and(|n| *n > 0),
                    Lock::Switches(_) => false,
                }
        });
        opens && state.crate_at(cell).is_none()
    })
}
