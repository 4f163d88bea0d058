//! What really was so, tick by tick, and what somebody could have seen of it: for measuring what characters say,
//! never for saying it.

use game::brain::perceive;
use game::level::Layout;
use game::world::GameState;

use super::character::Character;
use super::facts::{Claim, Fact, When};
use super::knowledge::{facts_of, holds, sees_cell};
use super::things::{Compass, Kind, Spot, ThingId, Things};

/// All that was so at a time.
#[derive(Clone, Debug)]
struct Moment {
    time_s: f64,
    facts: Vec<Fact>,
    /// By witness: the facts of this moment that it could see.
    seen: Vec<(ThingId, Vec<Fact>)>,
}

/// What really was so.
#[derive(Clone, Debug, Default)]
pub struct ChronicleTruth {
    moments: Vec<Moment>,
    /// What the player has said to each character.
    told: Vec<(ThingId, Fact)>,
}

/// What is wrong with a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not so.
    Untrue,
    /// It is so, but the speaker cannot know it.
    Unknowable,
}

fn all_facts(things: &Things, state: &GameState) -> Vec<Fact> {
    let mut all = Vec::new();
    for item in &state.items {
        let id = things.named(&item.item.name(), Kind::Item);
        all.extend(id.map(|item_id| Fact::Lies {
            item: item_id,
            cell: item.cell,
        }));
    }
    for person in &state.characters {
        let Some(who) = things.of_actor(person.id) else {
            continue;
        };
        all.push(Fact::Is {
            who,
            role: person.role,
        });
        if person.is_alive() {
            all.push(Fact::Stands {
                who,
                cell: state.cell_of(person),
            });
        } else {
            all.push(Fact::Dead { who });
        }
        for item in things.all().iter().filter(|t| t.kind == Kind::Item) {
            let has = holds(state, person, &item.name);
            all.push(if has {
                Fact::Holds { who, item: item.id }
            } else {
                Fact::Lacks { who, item: item.id }
            });
        }
    }
    for door in &state.doors {
        if let Some(id) = things.of_actor(door.id) {
            all.push(Fact::Door {
                door: id,
                is_open: door.is_open,
            });
            all.push(Fact::Needs {
                door: id,
                lock: door.lock.clone(),
            });
        }
    }
    for switch in &state.switches {
        let id = things.of_actor(switch.id);
        all.extend(id.map(|id| Fact::Switch {
            switch: id,
            is_on: switch.is_on,
        }));
    }
    for thing in things.all() {
        all.extend(thing.cells.iter().map(|cell| Fact::Fixed {
            thing: thing.id,
            cell: *cell,
        }));
    }
    for event in &state.events {
        all.extend(facts_of(things, state, event));
    }
    all.extend((0..state.layout.goals.len()).map(Fact::Goal));
    all
}

impl ChronicleTruth {
    /// Takes down a tick. `witnesses` are those whose words are to be judged.
    pub fn record(&mut self, things: &Things, state: &GameState, witnesses: &[ThingId]) {
        let facts = all_facts(things, state);
        let mut seen = Vec::new();
        for witness in witnesses {
            let actor = things.get(*witness).and_then(|t| t.actor);
            let Some(who) = actor
                .and_then(|a| state.character(a))
                .filter(|c| c.is_alive())
            else {
                continue;
            };
            let in_view: Vec<ThingId> = perceive(state, who)
                .seen
                .iter()
                .filter_map(|s| things.of_actor(s.id))
                .collect();
            let sees_thing = |id: ThingId| {
                id == *witness
                    || in_view.contains(&id)
                    || things
                        .get(id)
                        .is_some_and(|t| t.cells.iter().any(|c| sees_cell(state, who, *c)))
            };
            let sees_doer = |id: ThingId| {
                let person = things
                    .get(id)
                    .and_then(|t| t.actor)
                    .and_then(|a| state.character(a));
                id == *witness || person.is_some_and(|p| sees_cell(state, who, state.cell_of(p)))
            };
            let visible = facts.iter().filter(|fact| match fact {
                Fact::Lies { cell, .. } | Fact::Fixed { cell, .. } => sees_cell(state, who, *cell),
                Fact::Stands { who, .. } | Fact::Is { who, .. } => sees_thing(*who),
                Fact::Holds { who, .. } | Fact::Lacks { who, .. } => who == witness,
                Fact::Door { door, .. } | Fact::Needs { door, .. } => sees_thing(*door),
                Fact::Switch { switch, .. } => sees_thing(*switch),
                Fact::Did { who, what, .. } => sees_doer(*who) || sees_doer(*what),
                Fact::Dead { who } => sees_doer(*who),
                Fact::Goal(_) => true,
                Fact::Sells { .. } | Fact::Wants { .. } => false,
            });
            seen.push((*witness, visible.cloned().collect()));
        }
        self.moments.push(Moment {
            time_s: state.time_s(),
            facts,
            seen,
        });
    }

    /// Takes down that the player told a character something.
    pub fn tell(&mut self, to: ThingId, fact: Fact) {
        self.told.push((to, fact));
    }

    /// Whether a character could ever see a fact that fits.
    pub fn could_see(&self, witness: ThingId, fits: impl Fn(&Fact) -> bool) -> bool {
        self.moments.iter().any(|moment| moment.saw(witness, &fits))
    }

    /// What is wrong with a claim of a character, if anything is.
    pub fn fault(
        &self,
        things: &Things,
        layout: &Layout,
        speaker: ThingId,
        character: &Character,
        claim: &Claim,
    ) -> Option<Fault> {
        let fact = &claim.fact;
        if !self.is_placed(things, speaker, claim) {
            return Some(Fault::Untrue);
        }
        let is_same = |f: &Fact| f == fact;
        let was = |moment: Option<&Moment>| moment.is_some_and(|m| m.facts.iter().any(is_same));
        let at = |time_s: f64| {
            self.moments
                .iter()
                .find(|m| (m.time_s - time_s).abs() < 1e-6)
        };
        let (last, first) = (self.moments.last(), self.moments.first());
        let before = || {
            let known = character.first_knowledge(things, layout, speaker).ok();
            known.is_some_and(|k| k.facts().iter().any(|k| is_same(&k.fact)))
        };
        match (claim.when, fact) {
            (_, Fact::Sells { item, price, who }) => {
                let sells = character.goods.iter().any(|g| {
                    things.named(&g.item.name(), Kind::Item) == Some(*item)
                        && g.price == *price
                        && g.stock > 0
                });
                (!(sells && *who == speaker)).then_some(Fault::Untrue)
            }
            (_, Fact::Wants { item, who }) => {
                let wants = character
                    .quests
                    .iter()
                    .any(|q| things.named(&q.bring, Kind::Item) == Some(*item));
                (!(wants && *who == speaker)).then_some(Fault::Untrue)
            }
            (When::Said(_), _) => {
                let is_so = self
                    .told
                    .iter()
                    .any(|(to, f)| *to == speaker && f.subject() == fact.subject());
                (!is_so).then_some(Fault::Untrue)
            }
            (When::Now, _) if !was(last) => Some(Fault::Untrue),
            (When::Now, _) => {
                (!last.is_some_and(|m| m.saw(speaker, &is_same))).then_some(Fault::Unknowable)
            }
            (When::Then(time_s), _) if !was(at(time_s)) => Some(Fault::Untrue),
            (When::Then(time_s), _) => {
                (!at(time_s).is_some_and(|m| m.saw(speaker, &is_same))).then_some(Fault::Unknowable)
            }
            (When::Before, _)
                if !(was(first) || matches!(fact, Fact::Holds { .. }) && was(first)) =>
            {
                Some(Fault::Untrue)
            }
            (When::Before, _) => (!before()).then_some(Fault::Unknowable),
            (When::Always, _) if !self.moments.iter().any(|m| m.facts.iter().any(is_same)) => {
                Some(Fault::Untrue)
            }
            (When::Always, _) => {
                (!(self.could_see(speaker, is_same) || before())).then_some(Fault::Unknowable)
            }
        }
    }

    /// Whether a claim puts its subject where it is.
    fn is_placed(&self, things: &Things, speaker: ThingId, claim: &Claim) -> bool {
        let Some(cell) = claim.fact.cell() else {
            return claim.spot.is_none() && claim.heading.is_none();
        };
        let of = |place: ThingId| {
            things
                .get(place)
                .map(|p| p.cells.as_slice())
                .unwrap_or_default()
        };
        let is_there = match claim.spot {
            Some(Spot::In(place)) => of(place).contains(&cell),
            Some(Spot::Near(place)) => of(place).iter().any(|c| c.manhattan(cell) <= 2),
            Some(Spot::Part(_)) | None => {
                things.spot(cell) == claim.spot.unwrap_or(things.spot(cell))
            }
        };
        let own = self.moments.last().and_then(|m| {
            m.facts.iter().find_map(|f| match f {
                Fact::Stands { who, cell } if *who == speaker => Some(*cell),
                _ => None,
            })
        });
        let is_headed = claim.heading.is_none_or(|(from, compass)| {
            Some(from) == own && Compass::between(from, cell) == Some(compass)
        });
        // Without a word of where, it is said to be right here.
        let is_here = claim.spot.is_some()
            || claim.heading.is_some()
            || own.is_some_and(|own| {
                claim.fact.subject().is_some_and(|s| of(s).contains(&own)) || own == cell
            });
        is_there && is_headed && is_here
    }
}

impl Moment {
    fn saw(&self, witness: ThingId, fits: &impl Fn(&Fact) -> bool) -> bool {
        self.seen
            .iter()
            .any(|(who, facts)| *who == witness && facts.iter().any(fits))
    }
}
