//! What is left of a level while it is played: a layout of its own, for planning anew.

use super::GameState;
use crate::level::{Item, Layout, Lock, Placed, Switch, Tile};

impl GameState {
    /// The level as it stands now, with the player's cell as start. Keys that the player has lie at its feet,
    /// what is done is no goal any more.
    pub fn remains(&self) -> Layout {
        let mut layout = Layout::clone(&self.layout);
        let Some(player) = self.player() else {
            return layout;
        };
        layout.start = self.cell_of(player);
        for cell in &self.filled {
            layout.grid.set(*cell, Tile::Floor);
        }
        layout.crates = self
            .crates
            .iter()
            .filter(|c| !c.is_sunk)
            .map(|c| c.cell)
            .collect();
        layout.items = self
            .items
            .iter()
            .map(|item| Placed {
                cell: item.cell,
                what: item.item.clone(),
            })
            .collect();
        for (colour, count) in &player.inventory.keys {
            for _ in 0..*count {
                layout.items.push(Placed {
                    cell: layout.start,
                    what: Item::Key(colour.clone()),
                });
            }
        }
        let is_gone = |index: usize| {
            let door = self.doors.get(index);
            door.is_some_and(|d| d.is_open && !matches!(d.lock, Lock::Switches(_)))
        };
        let mut index = 0;
        layout.doors.retain(|_| {
            index += 1;
            !is_gone(index - 1)
        });
        layout.switches = self
            .switches
            .iter()
            .map(|s| Placed {
                cell: s.cell,
                what: Switch {
                    name: s.name.clone(),
                    kind: s.kind,
                    is_on: s.is_on,
                },
            })
            .collect();
        let mut living = self.characters.iter().skip(1);
        layout.characters.retain_mut(|placed| {
            let who = living.next();
            if let Some(who) = who {
                placed.cell = self.cell_of(who);
            }
            who.is_some_and(super::CharacterState::is_alive)
        });
        let mut met = self.met.iter();
        layout.goals.retain(|goal| {
            let is_met = met.next().copied().unwrap_or(false);
            // Crates can be pushed away again.
            !is_met || matches!(goal, crate::level::Goal::Crates)
        });
        layout
    }
}
