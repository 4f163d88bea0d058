//! What a character knows: what it has seen tick by tick, what it knew before, what it was told.

use std::collections::BTreeMap;

use game::brain::perceive;
use game::level::{Cell, Item};
use game::nav::sees;
use game::world::{CharacterState, EventKind, GameEvent, GameState};
use serde::{Deserialize, Serialize};
use sim::actor::ActorId;
use sim::math;

use super::facts::{Claim, Deed, Fact, Source, When};
use super::things::{Compass, Kind, Spot, ThingId, Things};

/// Most deeds that are remembered; the oldest go first.
const MAX_DEEDS: usize = 200;
/// Most hearsay that is remembered.
const MAX_TOLD: usize = 100;

/// Something that is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Known {
    /// What.
    pub fact: Fact,
    /// When it was so, simulation seconds.
    pub at_s: f64,
    /// How it is known.
    pub source: Source,
    /// Whether it is in view right now.
    pub is_present: bool,
}

/// All that a character knows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Knowledge {
    facts: Vec<Known>,
    /// Things of which nothing is told without that much trust.
    secrets: BTreeMap<ThingId, f64>,
    /// Hears, the newest last: noises that it could not see the source of, simulation seconds and cell.
    heard: Vec<(f64, Cell)>,
}

/// Whether two facts answer the same question, so that the newer one takes the older one's place.
fn replaces(new: &Fact, old: &Fact) -> bool {
    match (new, old) {
        (Fact::Lies { item, cell }, Fact::Lies { item: i, cell: c }) => item == i && cell == c,
        (Fact::Stands { who, .. } | Fact::Dead { who }, Fact::Stands { who: w, .. }) => who == w,
        (Fact::Dead { who }, Fact::Dead { who: w }) => who == w,
        (
            Fact::Holds { who, item } | Fact::Lacks { who, item },
            Fact::Holds { who: w, item: i } | Fact::Lacks { who: w, item: i },
        ) => who == w && item == i,
        (Fact::Door { door, .. }, Fact::Door { door: d, .. }) => door == d,
        (Fact::Switch { switch, .. }, Fact::Switch { switch: s, .. }) => switch == s,
        (Fact::Needs { door, .. }, Fact::Needs { door: d, .. }) => door == d,
        (Fact::Fixed { thing, .. }, Fact::Fixed { thing: t, .. }) => thing == t,
        (
            Fact::Sells { who, item, .. },
            Fact::Sells {
                who: w, item: i, ..
            },
        ) => who == w && item == i,
        // The same deed twice is two deeds, unless it is remembered already.
        _ => new == old,
    }
}

/// Whether somebody sees a cell: within range, in its cone of view, with nothing in between.
pub fn sees_cell(state: &GameState, who: &CharacterState, cell: Cell) -> bool {
    let grid = &state.layout.grid;
    let (at, to) = (who.plane_m(state.layout.view), grid.center(cell));
    let (dx, dy) = (to[0] - at[0], to[1] - at[1]);
    let far = math::hypot(dx, dy);
    if far < 1.2 * grid.tile_m {
        return true;
    }
    let angle = math::wrap_angle(math::atan2(dy, dx) - who.yaw_rad).abs();
    let is_in_cone =
        far <= who.abilities.view_m && angle <= (who.abilities.view_deg / 2.0).to_radians();
    is_in_cone && sees(grid, |c| state.is_opaque(c), at, to)
}

impl Knowledge {
    /// Learns a fact; what it replaces is forgotten. Deeds are kept by their time.
    pub fn learn(&mut self, known: Known) {
        let is_told = matches!(known.source, Source::Told(_));
        let is_deed = matches!(known.fact, Fact::Did { .. });
        if !is_deed {
            // Hearsay never takes the place of what was seen.
            let is_same = |old: &Known| {
                replaces(&known.fact, &old.fact) && matches!(old.source, Source::Told(_)) == is_told
            };
            self.facts.retain(|old| !is_same(old));
        } else if self
            .facts
            .iter()
            .any(|old| old.fact == known.fact && (old.at_s - known.at_s).abs() < 1e-9)
        {
            return;
        }
        self.facts.push(known);
        let kind: fn(&Known) -> bool = if is_told {
            |k| matches!(k.source, Source::Told(_))
        } else {
            |k| matches!(k.fact, Fact::Did { .. })
        };
        let most = if is_told { MAX_TOLD } else { MAX_DEEDS };
        if self.facts.iter().filter(|k| kind(k)).count() > most
            && let Some(oldest) = self.facts.iter().position(kind)
        {
            self.facts.remove(oldest);
        }
    }

    fn saw(&mut self, fact: Fact, at_s: f64, source: Source) {
        self.learn(Known {
            fact,
            at_s,
            source,
            is_present: true,
        });
    }

    /// Takes in what a character sees and hears of a tick. What it does not see stays as it was believed.
    pub fn observe(&mut self, things: &Things, state: &GameState, me: ActorId) {
        for known in &mut self.facts {
            known.is_present = false;
        }
        let Some(who) = state.character(me).filter(|w| w.is_alive()) else {
            return;
        };
        let Some(own) = things.of_actor(me) else {
            return;
        };
        let now = state.time_s();
        let grid = &state.layout.grid;
        self.saw(
            Fact::Stands {
                who: own,
                cell: state.cell_of(who),
            },
            now,
            Source::Own,
        );
        let percept = perceive(state, who);
        for seen in &percept.seen {
            if let Some(other) = things.of_actor(seen.id) {
                self.saw(
                    Fact::Stands {
                        who: other,
                        cell: grid.at(seen.at_m),
                    },
                    now,
                    Source::Saw,
                );
                self.saw(
                    Fact::Is {
                        who: other,
                        role: seen.role,
                    },
                    now,
                    Source::Saw,
                );
            }
        }
        // What lies where it looks, and what does not lie there any more.
        let mut lying: Vec<(ThingId, Cell)> = Vec::new();
        for item in &state.items {
            if sees_cell(state, who, item.cell)
                && let Some(id) = things.named(&item.item.name(), Kind::Item)
            {
                lying.push((id, item.cell));
            }
        }
        self.facts.retain(|known| match known.fact {
            Fact::Lies { item, cell } if !matches!(known.source, Source::Told(_)) => {
                lying.contains(&(item, cell)) || !sees_cell(state, who, cell)
            }
            _ => true,
        });
        for (item, cell) in lying {
            self.saw(Fact::Lies { item, cell }, now, Source::Saw);
        }
        for door in &state.doors {
            if let Some(id) = things
                .of_actor(door.id)
                .filter(|_| sees_cell(state, who, door.cell))
            {
                self.saw(
                    Fact::Door {
                        door: id,
                        is_open: door.is_open,
                    },
                    now,
                    Source::Saw,
                );
                self.saw(
                    Fact::Fixed {
                        thing: id,
                        cell: door.cell,
                    },
                    now,
                    Source::Saw,
                );
                self.saw(
                    Fact::Needs {
                        door: id,
                        lock: door.lock.clone(),
                    },
                    now,
                    Source::Saw,
                );
            }
        }
        for switch in &state.switches {
            if let Some(id) = things
                .of_actor(switch.id)
                .filter(|_| sees_cell(state, who, switch.cell))
            {
                self.saw(
                    Fact::Switch {
                        switch: id,
                        is_on: switch.is_on,
                    },
                    now,
                    Source::Saw,
                );
                self.saw(
                    Fact::Fixed {
                        thing: id,
                        cell: switch.cell,
                    },
                    now,
                    Source::Saw,
                );
            }
        }
        for place in things.all().iter().filter(|t| t.kind == Kind::Place) {
            let is_known = self
                .facts
                .iter()
                .any(|k| matches!(k.fact, Fact::Fixed { thing, .. } if thing == place.id));
            if !is_known && let Some(cell) = place.cells.iter().find(|c| sees_cell(state, who, **c))
            {
                self.saw(
                    Fact::Fixed {
                        thing: place.id,
                        cell: *cell,
                    },
                    now,
                    Source::Saw,
                );
            }
        }
        for item in things.all().iter().filter(|t| t.kind == Kind::Item) {
            let fact = if holds(state, who, &item.name) {
                Fact::Holds {
                    who: own,
                    item: item.id,
                }
            } else {
                Fact::Lacks {
                    who: own,
                    item: item.id,
                }
            };
            self.saw(fact, now, Source::Own);
        }
        self.witness(things, state, who);
        let noises = percept.heard.iter().map(|heard| (now, grid.at(heard.at_m)));
        self.heard = noises.collect();
    }

    /// Takes in the events of a tick that it sees, and those that happen to itself.
    fn witness(&mut self, things: &Things, state: &GameState, me: &CharacterState) {
        for event in &state.events {
            let doer = state.character(event.actor);
            let place = match (&event.kind, doer) {
                (EventKind::Opened(_) | EventKind::Closed, None) => state
                    .doors
                    .iter()
                    .find(|d| d.id == event.actor)
                    .map(|d| d.cell),
                (EventKind::SwitchedOn(_) | EventKind::SwitchedOff(_), None) => state
                    .switches
                    .iter()
                    .find(|s| s.id == event.actor)
                    .map(|s| s.cell),
                (_, Some(doer)) => Some(state.cell_of(doer)),
                _ => None,
            };
            let is_seen =
                event.actor == me.id || place.is_some_and(|cell| sees_cell(state, me, cell));
            if !is_seen {
                continue;
            }
            let source = if event.actor == me.id {
                Source::Own
            } else {
                Source::Saw
            };
            for fact in facts_of(things, state, event) {
                self.saw(fact, event.time_s, source);
            }
        }
    }

    /// All that is known, oldest first.
    pub fn facts(&self) -> &[Known] {
        &self.facts
    }

    /// Noises of the last tick whose makers it need not have seen.
    pub fn heard(&self) -> &[(f64, Cell)] {
        &self.heard
    }

    /// From now on nothing is told of a thing to those who are trusted less.
    pub fn keep_secret(&mut self, thing: ThingId, min_trust: f64) {
        self.secrets.insert(thing, min_trust);
    }

    /// The trust that it takes to be told of a thing, if it is a secret.
    pub fn secret(&self, thing: ThingId) -> Option<f64> {
        self.secrets.get(&thing).copied()
    }

    /// Whether a fact is not for somebody who is trusted so much.
    pub fn is_kept(&self, fact: &Fact, trust: f64) -> bool {
        let secret = fact.subject().and_then(|thing| self.secrets.get(&thing));
        secret.is_some_and(|min| trust < *min)
    }

    /// The newest of what is known that fits, hearsay last. Secrets need trust.
    pub fn find(&self, trust: f64, fits: impl Fn(&Fact) -> bool) -> Found<'_> {
        let mut found: Vec<&Known> = self.facts.iter().filter(|k| fits(&k.fact)).collect();
        if found.iter().any(|k| self.is_kept(&k.fact, trust)) {
            return Found::Secret;
        }
        found.sort_by(|a, b| {
            let told = |k: &Known| matches!(k.source, Source::Told(_));
            told(a)
                .cmp(&told(b))
                .then(b.is_present.cmp(&a.is_present))
                .then(b.at_s.total_cmp(&a.at_s))
        });
        if found.is_empty() {
            Found::Nothing
        } else {
            Found::Known(found)
        }
    }
}

/// What comes of a search.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    /// Nothing is known.
    Nothing,
    /// Something is known that is not for these ears.
    Secret,
    /// What is known, the best first.
    Known(Vec<&'a Known>),
}

/// Whether a character has an item of a name, by its own possessions.
pub fn holds(state: &GameState, who: &CharacterState, name: &str) -> bool {
    let has = &who.inventory;
    has.keys
        .iter()
        .any(|(colour, count)| *count > 0 && name == format!("{colour} key"))
        || has.weapon.as_ref().is_some_and(|w| w.name == name)
        || (name == "coin" && has.coins > 0)
        || who.carries.iter().any(|item| item.name() == name)
        || (is_quest(state, name) && has.had.get(name).is_some_and(|n| *n > 0))
}

/// Whether items of a name are wanted by a quest; such are had until they are given away.
pub fn is_quest(state: &GameState, name: &str) -> bool {
    let is_it = |item: &Item| matches!(item, Item::Quest(n) if n == name);
    let carried = state.layout.characters.iter().flat_map(|c| &c.what.carries);
    state.layout.items.iter().any(|placed| is_it(&placed.what)) || carried.into_iter().any(is_it)
}

/// What an event says of who did what.
pub fn facts_of(things: &Things, state: &GameState, event: &GameEvent) -> Vec<Fact> {
    let actor = things.of_actor(event.actor);
    let person = actor.filter(|id| things.kind(*id) == Some(Kind::Person));
    let did = |who: Option<ThingId>, deed: Deed, what: Option<ThingId>| match (who, what) {
        (Some(who), Some(what)) => vec![Fact::Did { who, deed, what }],
        _ => Vec::new(),
    };
    let switch = |name: &str| {
        let mut named = state.switches.iter().filter(|s| s.name == *name);
        let found = named.next().filter(|_| named.next().is_none());
        found.and_then(|s| things.of_actor(s.id))
    };
    match &event.kind {
        EventKind::PickedUp(name) => did(person, Deed::Took, things.named(name, Kind::Item)),
        EventKind::Opened(name) => {
            let door = state.doors.iter().find(|d| d.name == *name);
            did(
                person,
                Deed::Opened,
                door.and_then(|d| things.of_actor(d.id)),
            )
        }
        EventKind::SwitchedOn(name) => did(person, Deed::SwitchedOn, switch(name)),
        EventKind::SwitchedOff(name) => did(person, Deed::SwitchedOff, switch(name)),
        EventKind::Hurt { by, .. } => did(things.named(by, Kind::Person), Deed::Hurt, person),
        EventKind::Died(by) => {
            let mut all = did(things.named(by, Kind::Person), Deed::Killed, person);
            all.extend(person.map(|who| Fact::Dead { who }));
            all
        }
        _ => Vec::new(),
    }
}

/// A claim of what is known: in the present if it is in view or cannot change, else as of when it was so.
/// `from` is the speaker's cell, for directions to what does not move.
pub fn claim(things: &Things, known: &Known, from: Option<Cell>) -> Claim {
    let when = match known.source {
        Source::Told(who) => When::Said(who),
        _ if known.is_present && !matches!(known.fact, Fact::Did { .. }) => When::Now,
        _ if known.fact.is_lasting() => When::Always,
        Source::Persona => When::Before,
        _ => When::Then(known.at_s),
    };
    let mut made = Claim::of(known.fact.clone(), when);
    let Some(cell) = known.fact.cell() else {
        return made;
    };
    let subject = known.fact.subject();
    let spot = things.spot(cell);
    let own = match spot {
        Spot::In(place) | Spot::Near(place) => Some(place) == subject,
        Spot::Part(_) => false,
    };
    made.spot = (!own).then_some(spot);
    // Whatever does not move is told by its direction, too, but for the place one stands in.
    let is_fixed = matches!(known.fact, Fact::Fixed { .. });
    let is_here = from.is_some_and(|from| subject.is_some() && things.room(from) == subject);
    let is_vague = own || matches!(spot, Spot::Part(_));
    if (is_fixed || is_vague) && !is_here && !matches!(made.when, When::Said(_)) {
        made.heading = from.and_then(|from| Some((from, Compass::between(from, cell)?)));
    }
    made
}
