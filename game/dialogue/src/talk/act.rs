//! What a conversation changes in the world, as data, and how it is carried out: only what the world allows.

use bonsai_bt::{BT, Behavior};
use game::brain::{Act, Brain, tree};
use game::level::{Item, Lock, Role, SwitchKind};
use game::world::{EventKind, GameEvent, GameState};
use serde::{Deserialize, Serialize};
use sim::actor::ActorId;
use sim::math;
use sim::world::SimWorld;

use super::knowledge::{holds, is_quest};

/// How near two must be to hand things over, in cells.
pub const HAND_CELLS: f64 = 3.0;
/// How near one must be to a door or switch to work it, in cells.
pub const REACH_CELLS: f64 = 2.0;

/// Something that is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum WorldAct {
    /// One gives another an item that it has.
    Give {
        /// Who gives.
        from: ActorId,
        /// Who gets it.
        to: ActorId,
        /// Name of the item.
        item: String,
    },
    /// One sells another an item for coins.
    Trade {
        /// Who sells.
        seller: ActorId,
        /// Who buys.
        buyer: ActorId,
        /// What.
        item: Item,
        /// Coins.
        price: u32,
    },
    /// One pays another.
    Pay {
        /// Who pays, out of its own pocket or a purse that the world does not count.
        from: ActorId,
        /// Who is paid.
        to: ActorId,
        /// Coins.
        coins: u32,
    },
    /// One opens a door beside it.
    Open {
        /// Who.
        who: ActorId,
        /// The door.
        door: ActorId,
    },
    /// One works a switch beside it.
    Work {
        /// Who.
        who: ActorId,
        /// The switch.
        switch: ActorId,
    },
    /// One goes after the player.
    Follow {
        /// Who.
        who: ActorId,
    },
    /// One stays where it is.
    Wait {
        /// Who.
        who: ActorId,
    },
}

/// Why something is not done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Hindrance {
    /// Somebody or something is not there, or dead.
    #[error("nobody or nothing of that number is there")]
    Missing,
    /// It is too far away.
    #[error("too far away")]
    TooFar,
    /// It has not got that.
    #[error("who gives has no such item")]
    HasNot,
    /// Not enough coins.
    #[error("not enough coins")]
    NoCoins,
    /// No key, or a switch keeps it shut.
    #[error("the lock does not open that way")]
    Locked,
    /// It is open already, or does not work by hand.
    #[error("nothing is left to do there")]
    Done,
}

fn near(state: &GameState, a: ActorId, b: ActorId) -> Result<(), Hindrance> {
    let place = |id| {
        state
            .character(id)
            .filter(|c| c.is_alive())
            .map(|c| c.plane_m(state.layout.view))
    };
    let (a, b) = (
        place(a).ok_or(Hindrance::Missing)?,
        place(b).ok_or(Hindrance::Missing)?,
    );
    let far = math::hypot(a[0] - b[0], a[1] - b[1]);
    if far > HAND_CELLS * state.layout.grid.tile_m {
        Err(Hindrance::TooFar)
    } else {
        Ok(())
    }
}

fn near_cell(state: &GameState, who: ActorId, cell: game::level::Cell) -> Result<(), Hindrance> {
    let who = state
        .character(who)
        .filter(|c| c.is_alive())
        .ok_or(Hindrance::Missing)?;
    let (at, to) = (
        who.plane_m(state.layout.view),
        state.layout.grid.center(cell),
    );
    let far = math::hypot(at[0] - to[0], at[1] - to[1]);
    if far > REACH_CELLS * state.layout.grid.tile_m {
        Err(Hindrance::TooFar)
    } else {
        Ok(())
    }
}

/// Whether the world allows an act.
///
/// # Errors
/// What is in its way.
pub fn check(state: &GameState, act: &WorldAct) -> Result<(), Hindrance> {
    match act {
        WorldAct::Give { from, to, item } => {
            near(state, *from, *to)?;
            let giver = state.character(*from).ok_or(Hindrance::Missing)?;
            if holds(state, giver, item) {
                Ok(())
            } else {
                Err(Hindrance::HasNot)
            }
        }
        WorldAct::Trade {
            seller,
            buyer,
            price,
            ..
        } => {
            near(state, *seller, *buyer)?;
            let buyer = state.character(*buyer).ok_or(Hindrance::Missing)?;
            if buyer.inventory.coins >= *price {
                Ok(())
            } else {
                Err(Hindrance::NoCoins)
            }
        }
        WorldAct::Pay { from, to, .. } => near(state, *from, *to),
        WorldAct::Open { who, door } => {
            let door = state
                .doors
                .iter()
                .find(|d| d.id == *door)
                .ok_or(Hindrance::Missing)?;
            // First of all, so that nobody learns from afar how a door stands.
            near_cell(state, *who, door.cell)?;
            if door.is_open {
                return Err(Hindrance::Done);
            }
            let has_key = |colour: &str| {
                let who = state.character(*who);
                who.is_some_and(|w| holds(state, w, &format!("{colour} key")))
            };
            match &door.lock {
                Lock::Switches(_) => return Err(Hindrance::Locked),
                Lock::Key(colour) if !has_key(colour) => return Err(Hindrance::Locked),
                Lock::Key(_) | Lock::None => {}
            }
            Ok(())
        }
        WorldAct::Work { who, switch } => {
            let switch = state
                .switches
                .iter()
                .find(|s| s.id == *switch)
                .ok_or(Hindrance::Missing)?;
            near_cell(state, *who, switch.cell)?;
            if switch.kind == SwitchKind::Plate || (switch.kind == SwitchKind::Once && switch.is_on)
            {
                return Err(Hindrance::Done);
            }
            Ok(())
        }
        WorldAct::Follow { who } | WorldAct::Wait { who } => {
            let is_there = state
                .character(*who)
                .is_some_and(|c| c.is_alive() && c.role != Role::Player);
            if is_there {
                Ok(())
            } else {
                Err(Hindrance::Missing)
            }
        }
    }
}

/// Takes an item from a character; the item itself.
fn take(state: &mut GameState, from: ActorId, name: &str) -> Option<Item> {
    let is_wanted = is_quest(state, name);
    let giver = state.characters.iter_mut().find(|c| c.id == from)?;
    if let Some(at) = giver.carries.iter().position(|item| item.name() == name) {
        return Some(giver.carries.remove(at));
    }
    let has = &mut giver.inventory;
    if let Some(colour) = name.strip_suffix(" key")
        && let Some(count) = has.keys.get_mut(colour).filter(|n| **n > 0)
    {
        *count -= 1;
        return Some(Item::Key(colour.to_owned()));
    }
    if let Some(weapon) = has.weapon.take_if(|w| w.name == name) {
        return Some(Item::Weapon(weapon));
    }
    if name == "coin" && has.coins > 0 {
        has.coins -= 1;
        return Some(Item::Coin(1));
    }
    let had = has.had.get_mut(name).filter(|n| **n > 0 && is_wanted)?;
    *had -= 1;
    Some(Item::Quest(name.to_owned()))
}

/// Puts an item into a character's hands. The player uses it as if it had picked it up, the others keep it.
fn put(state: &mut GameState, to: ActorId, item: Item) {
    let Some(who) = state.characters.iter_mut().find(|c| c.id == to) else {
        return;
    };
    if who.role != Role::Player {
        match &item {
            Item::Key(colour) => *who.inventory.keys.entry(colour.clone()).or_insert(0) += 1,
            Item::Coin(worth) => who.inventory.coins = who.inventory.coins.saturating_add(*worth),
            _ => who.carries.push(item),
        }
        return;
    }
    *who.inventory.had.entry(item.name()).or_insert(0) += 1;
    match &item {
        Item::Key(colour) => *who.inventory.keys.entry(colour.clone()).or_insert(0) += 1,
        Item::Coin(worth) => who.inventory.coins = who.inventory.coins.saturating_add(*worth),
        Item::Potion(health) => who.health = (who.health + health).min(who.abilities.health),
        Item::Weapon(weapon) if weapon.damage > who.blow().0 => {
            who.inventory.weapon = Some(weapon.clone())
        }
        Item::Weapon(_) | Item::Quest(_) => {}
    }
    let event = GameEvent {
        time_s: state.time_s(),
        actor: to,
        name: state
            .character(to)
            .map(|c| c.name.clone())
            .unwrap_or_default(),
        kind: EventKind::PickedUp(item.name()),
    };
    state.events.push(event);
}

/// Carries out an act between two ticks. Following and waiting change nothing here: they are a matter of a
/// character's mind, see [`carry_out`].
///
/// # Errors
/// What is in its way; nothing has changed then.
pub fn apply(state: &mut GameState, act: &WorldAct) -> Result<(), Hindrance> {
    check(state, act)?;
    match act {
        WorldAct::Give { from, to, item } => {
            let taken = take(state, *from, item).ok_or(Hindrance::HasNot)?;
            put(state, *to, taken);
        }
        WorldAct::Trade {
            seller,
            buyer,
            item,
            price,
        } => {
            let buyer_state = state.characters.iter_mut().find(|c| c.id == *buyer);
            let purse = &mut buyer_state.ok_or(Hindrance::Missing)?.inventory.coins;
            *purse = purse.checked_sub(*price).ok_or(Hindrance::NoCoins)?;
            if let Some(seller) = state.characters.iter_mut().find(|c| c.id == *seller) {
                seller.inventory.coins = seller.inventory.coins.saturating_add(*price);
            }
            put(state, *buyer, item.clone());
        }
        WorldAct::Pay { to, coins, .. } => put(state, *to, Item::Coin(*coins)),
        WorldAct::Open { who, door } => {
            let Some(found) = state.doors.iter_mut().find(|d| d.id == *door) else {
                return Err(Hindrance::Missing);
            };
            found.is_open = true;
            let what = found.name.clone();
            tell(state, *who, EventKind::Opened(what));
        }
        WorldAct::Work { who, switch } => {
            let Some(found) = state.switches.iter_mut().find(|s| s.id == *switch) else {
                return Err(Hindrance::Missing);
            };
            found.is_on = !found.is_on;
            let (what, is_on) = (found.name.clone(), found.is_on);
            let kind = if is_on {
                EventKind::SwitchedOn(what)
            } else {
                EventKind::SwitchedOff(what)
            };
            tell(state, *who, kind);
        }
        WorldAct::Follow { .. } | WorldAct::Wait { .. } => {}
    }
    Ok(())
}

fn tell(state: &mut GameState, who: ActorId, kind: EventKind) {
    let name = state
        .character(who)
        .map(|c| c.name.clone())
        .unwrap_or_default();
    let time_s = state.time_s();
    state.events.push(GameEvent {
        time_s,
        actor: who,
        name,
        kind,
    });
}

/// Carries out an act in a world: as [`apply`], and who follows or waits gets another behaviour.
///
/// # Errors
/// As [`apply`].
pub fn carry_out(world: &mut SimWorld, act: &WorldAct) -> Result<(), Hindrance> {
    {
        let mut state = world
            .ecs
            .get_resource_mut::<GameState>()
            .ok_or(Hindrance::Missing)?;
        apply(&mut state, act)?;
    }
    let (who, behaviour) = match act {
        WorldAct::Follow { who } => (*who, tree(Role::Companion)),
        WorldAct::Wait { who } => (*who, Behavior::Action(Act::Stand)),
        _ => return Ok(()),
    };
    let entity = world.entity(who).ok_or(Hindrance::Missing)?;
    let mut mind = world.ecs.entity_mut(entity);
    let memory = match mind.get::<Brain>() {
        Some(Brain::Tree(old)) => old.blackboard().clone(),
        // Who has no tree is moved from outside.
        _ => return Ok(()),
    };
    mind.insert(Brain::Tree(Box::new(BT::new(behaviour, memory))));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::things::tests::level;
    use super::*;

    #[test]
    fn only_what_is_had_changes_hands() {
        let (_, mut state) = level();
        let (player, ada, hake) = (ActorId(0), ActorId(1), ActorId(2));
        let give = |from, to, item: &str| WorldAct::Give {
            from,
            to,
            item: item.to_owned(),
        };
        assert_eq!(
            apply(&mut state, &give(player, ada, "red key")),
            Err(Hindrance::HasNot)
        );
        assert_eq!(
            apply(&mut state, &give(hake, player, "crown")),
            Err(Hindrance::TooFar)
        );
        state.characters[2].position_m = state.characters[0].position_m;
        apply(&mut state, &give(hake, player, "crown")).unwrap();
        assert!(state.characters[2].carries.is_empty());
        assert_eq!(
            state.events.last().unwrap().kind,
            EventKind::PickedUp("crown".into())
        );
        assert_eq!(
            apply(&mut state, &give(hake, player, "crown")),
            Err(Hindrance::HasNot)
        );
        // And back again: then the player has it no more.
        apply(&mut state, &give(player, hake, "crown")).unwrap();
        assert_eq!(
            apply(&mut state, &give(player, hake, "crown")),
            Err(Hindrance::HasNot)
        );
    }

    #[test]
    fn who_sells_is_paid_and_locks_hold() {
        let (_, mut state) = level();
        let (player, ada) = (ActorId(0), ActorId(1));
        state.characters[0].position_m = state.characters[1].position_m;
        let trade = WorldAct::Trade {
            seller: ada,
            buyer: player,
            item: Item::Key("blue".into()),
            price: 3,
        };
        assert_eq!(apply(&mut state, &trade), Err(Hindrance::NoCoins));
        state.characters[0].inventory.coins = 4;
        apply(&mut state, &trade).unwrap();
        assert_eq!(
            (
                state.characters[0].inventory.coins,
                state.characters[1].inventory.coins
            ),
            (1, 3)
        );
        let doors: Vec<ActorId> = state.doors.iter().map(|d| d.id).collect();
        for door in &doors {
            let open = WorldAct::Open {
                who: ada,
                door: *door,
            };
            assert!(apply(&mut state, &open).is_err());
        }
        let switch = state.switches[0].id;
        let work = WorldAct::Work { who: ada, switch };
        state.characters[1].position_m = [5.5, 9.5, 0.0];
        let cell = state.switches[0].cell;
        let at = state.layout.grid.center(cell);
        state.characters[1].position_m = [at[0], at[1], 0.0];
        apply(&mut state, &work).unwrap();
        assert!(state.switches[0].is_on);
    }
}
