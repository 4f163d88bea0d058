//! From a question to a plan, by what a character knows and is willing to tell.

use game::level::{Cell, Goal, Lock};
use game::world::GameState;

use super::character::Character;
use super::facts::{Claim, Deed, Fact, When};
use super::knowledge::{Found, Known, claim};
use super::memory::Memory;
use super::plan::{Plan, Reason, SpeechAct};
use super::state::{Aspect, Question};
use super::things::{Kind, ThingId, Things};
use crate::understanding::Intent;

/// Most facts of one answer.
const MAX_CLAIMS: usize = 3;

/// What an answer is made of.
#[derive(Clone, Copy, Debug)]
pub struct Mind<'a> {
    /// All things of the level.
    pub things: &'a Things,
    /// Who answers.
    pub character: &'a Character,
    /// What it remembers.
    pub memory: &'a Memory,
    /// Itself.
    pub me: ThingId,
    /// The player.
    pub player: ThingId,
    /// Its cell.
    pub cell: Option<Cell>,
    /// How far it trusts the player, -1 to 1.
    pub trust: f64,
}

/// Answers a question for facts; none if it is none.
pub fn answer(mind: &Mind, state: &GameState, question: &Question) -> Option<Plan> {
    let first = question.things.first().copied();
    let mut plan = match question.intent {
        Intent::AskWhere => match first {
            Some(thing) => mind.place_of(thing),
            None => Plan::nothing(Reason::Nothing),
        },
        Intent::AskWhoDid => mind.doer(question),
        Intent::AskWhoHas => mind.holder(question),
        Intent::AskAbout => match first {
            Some(thing) => mind.about(thing),
            None => Plan::nothing(Reason::Nothing),
        },
        Intent::AskHappened => mind.happened(first),
        Intent::AskState => match first {
            Some(thing) => mind.state_of(thing, question.aspect),
            None => Plan::nothing(Reason::Nothing),
        },
        Intent::AskHow => match first {
            Some(thing) => mind.way(thing),
            None => Plan::nothing(Reason::Nothing),
        },
        Intent::AskQuest => mind.quest(state),
        Intent::AskGoods => mind.goods(first),
        _ => return None,
    };
    if plan.act == SpeechAct::DenyKnowing && plan.reason.is_none() {
        plan.reason = match question.intent {
            Intent::AskWhere | Intent::AskWhoHas => Some(Reason::NotWhere),
            Intent::AskWhoDid => Some(Reason::NotWho),
            Intent::AskState => Some(Reason::NotState),
            Intent::AskHow => Some(Reason::NotHow),
            _ => None,
        };
    }
    Some(plan)
}

impl Mind<'_> {
    /// What is known that fits, or the plan that says that it is not told or known.
    fn known(
        &self,
        about: Option<ThingId>,
        fits: impl Fn(&Fact) -> bool,
    ) -> Result<Vec<&Known>, Plan> {
        match self.memory.knowledge.find(self.trust, fits) {
            Found::Known(all) => Ok(all),
            Found::Secret => Err(Plan::refuse(Reason::Secret, None)),
            Found::Nothing => Err(Plan::deny(about)),
        }
    }

    fn claim(&self, known: &Known) -> Claim {
        claim(self.things, known, self.cell)
    }

    fn inform(&self, all: &[&Known], count: usize) -> Plan {
        Plan::inform(all.iter().take(count).map(|k| self.claim(k)).collect())
    }

    /// Whether nothing is told of a thing to this player.
    pub fn is_secret(&self, thing: ThingId) -> bool {
        self.memory
            .knowledge
            .secret(thing)
            .is_some_and(|min| self.trust < min)
    }

    fn place_of(&self, thing: ThingId) -> Plan {
        if self.is_secret(thing) {
            return Plan::refuse(Reason::Secret, None);
        }
        let found = match self.things.kind(thing) {
            Some(Kind::Item) => {
                let is_mine = |f: &Fact| {
                    *f == Fact::Holds {
                        who: self.me,
                        item: thing,
                    }
                };
                if let Ok(own) = self.known(None, is_mine) {
                    return self.inform(&own, 1);
                }
                self.known(Some(thing), |f| match f {
                    Fact::Lies { item, .. } | Fact::Holds { item, .. } => *item == thing,
                    Fact::Did {
                        deed: Deed::Took,
                        what,
                        ..
                    } => *what == thing,
                    _ => false,
                })
            }
            Some(Kind::Person) => self.known(
                Some(thing),
                |f| matches!(f, Fact::Stands { who, .. } | Fact::Dead { who } if *who == thing),
            ),
            _ => self.known(
                Some(thing),
                |f| matches!(f, Fact::Fixed { thing: t, .. } if *t == thing),
            ),
        };
        found.map_or_else(|plan| plan, |all| self.inform(&all, 1))
    }

    fn doer(&self, question: &Question) -> Plan {
        let kinds = super::refer::kinds(Intent::AskWhoDid, question.deed);
        let of_kind = |t: &&ThingId| self.things.kind(**t).is_some_and(|k| kinds.contains(&k));
        // `Was it Hake who opened the door`: the door, unless a person is what it was done to.
        let not_person = question
            .things
            .iter()
            .find(|t| of_kind(t) && self.things.kind(**t) != Some(Kind::Person));
        let thing = not_person
            .or_else(|| question.things.iter().rev().find(of_kind))
            .copied();
        let Some(thing) = thing else {
            return Plan::nothing(Reason::Nothing);
        };
        let is_deed = |deed: &Deed| match question.deed {
            None => true,
            Some(Deed::SwitchedOn | Deed::SwitchedOff) => {
                matches!(deed, Deed::SwitchedOn | Deed::SwitchedOff)
            }
            Some(wanted) => *deed == wanted,
        };
        let found = self.known(
            Some(thing),
            |f| matches!(f, Fact::Did { deed, what, .. } if *what == thing && is_deed(deed)),
        );
        found.map_or_else(|plan| plan, |all| self.inform(&all, 1))
    }

    fn holder(&self, question: &Question) -> Plan {
        let of = |kind| {
            question
                .things
                .iter()
                .copied()
                .find(|t| self.things.kind(*t) == Some(kind))
        };
        let (item, person) = (of(Kind::Item), of(Kind::Person));
        let person = person.or(question.is_of_you.then_some(self.me));
        let Some(item) = item else {
            // What do you carry?
            if person != Some(self.me) {
                return Plan::nothing(Reason::Nothing);
            }
            return match self.known(
                None,
                |f| matches!(f, Fact::Holds { who, .. } if *who == self.me),
            ) {
                Ok(all) => self.inform(&all, MAX_CLAIMS),
                Err(plan) if plan.reason == Some(Reason::Secret) => plan,
                Err(_) => Plan::nothing(Reason::EmptyHands),
            };
        };
        if self.is_secret(item) {
            return Plan::refuse(Reason::Secret, None);
        }
        if person == Some(self.me) {
            let own = self.known(Some(item), |f| {
                matches!(f, Fact::Holds { who, item: i } | Fact::Lacks { who, item: i } if *who == self.me && *i == item)
            });
            return own.map_or_else(|plan| plan, |all| self.inform(&all, 1));
        }
        let is_holding = |f: &Fact| match f {
            Fact::Holds { who, item: i } => *i == item && person.is_none_or(|p| p == *who),
            Fact::Did {
                deed: Deed::Took,
                who,
                what,
            } => *what == item && person.is_none_or(|p| p == *who),
            Fact::Lies { item: i, .. } => *i == item && person.is_none(),
            _ => false,
        };
        if person.is_none() {
            return self.place_of(item);
        }
        let found = self.known(Some(item), is_holding);
        found.map_or_else(|plan| plan, |all| self.inform(&all, 1))
    }

    fn about(&self, thing: ThingId) -> Plan {
        if self.is_secret(thing) {
            return Plan::refuse(Reason::Secret, None);
        }
        let parts: Vec<Plan> = match self.things.kind(thing) {
            Some(Kind::Person) => {
                let is = self.known(
                    Some(thing),
                    |f| matches!(f, Fact::Is { who, .. } if *who == thing),
                );
                vec![
                    is.map_or_else(|plan| plan, |all| self.inform(&all, 1)),
                    self.place_of(thing),
                ]
            }
            Some(Kind::Door) => vec![self.lock_of(thing), self.state_of(thing, Aspect::State)],
            Some(Kind::Switch) => vec![self.state_of(thing, Aspect::State), self.place_of(thing)],
            _ => vec![self.place_of(thing)],
        };
        merged(parts, Plan::deny(Some(thing)))
    }

    fn happened(&self, thing: Option<ThingId>) -> Plan {
        if thing.is_some_and(|t| self.is_secret(t)) {
            return Plan::refuse(Reason::Secret, None);
        }
        let mut deeds: Vec<&Known> = self
            .memory
            .knowledge
            .facts()
            .iter()
            .filter(|k| {
                matches!(k.fact, Fact::Did { .. })
                    && !self.memory.knowledge.is_kept(&k.fact, self.trust)
            })
            .filter(|k| {
                let is_place = thing.is_some_and(|t| self.things.kind(t) == Some(Kind::Place));
                thing.is_none() || is_place || k.fact.subject() == thing || k.fact.person() == thing
            })
            .collect();
        deeds.sort_by(|a, b| b.at_s.total_cmp(&a.at_s));
        // A blow that killed is told as the kill.
        let killed: Vec<ThingId> = deeds
            .iter()
            .filter_map(|k| match k.fact {
                Fact::Did {
                    deed: Deed::Killed,
                    what,
                    ..
                } => Some(what),
                _ => None,
            })
            .collect();
        deeds.retain(|k| !matches!(k.fact, Fact::Did { deed: Deed::Hurt, what, .. } if killed.contains(&what)));
        let mut claims: Vec<Claim> = Vec::new();
        for known in deeds {
            let made = self.claim(known);
            if claims.len() < MAX_CLAIMS && claims.iter().all(|c| c.fact != made.fact) {
                claims.push(made);
            }
        }
        claims.reverse();
        match (claims.is_empty(), thing) {
            (false, _) => Plan::inform(claims),
            (true, Some(thing)) => self.about(thing),
            (true, None) => Plan::nothing(Reason::SawNothing),
        }
    }

    fn state_of(&self, thing: ThingId, aspect: Aspect) -> Plan {
        let found = match (self.things.kind(thing), aspect) {
            (Some(Kind::Door), _) => self.known(
                Some(thing),
                |f| matches!(f, Fact::Door { door, .. } if *door == thing),
            ),
            (Some(Kind::Switch), _) => self.known(
                Some(thing),
                |f| matches!(f, Fact::Switch { switch, .. } if *switch == thing),
            ),
            _ => return self.place_of(thing),
        };
        found.map_or_else(|plan| plan, |all| self.inform(&all, 1))
    }

    fn lock_of(&self, door: ThingId) -> Plan {
        let found = self.known(
            Some(door),
            |f| matches!(f, Fact::Needs { door: d, .. } if *d == door),
        );
        found.map_or_else(|plan| plan, |all| self.inform(&all, 1))
    }

    /// The switches of a lock.
    fn switches(&self, names: &[String]) -> Vec<ThingId> {
        names
            .iter()
            .filter_map(|name| switch_named(self.things, name))
            .collect()
    }

    fn way(&self, thing: ThingId) -> Plan {
        if self.things.kind(thing) == Some(Kind::Switch) {
            // What it opens, as far as known.
            let name = |lock: &Lock| match lock {
                Lock::Switches(names) => self.switches(names).contains(&thing),
                _ => false,
            };
            let found = self.known(
                Some(thing),
                |f| matches!(f, Fact::Needs { lock, .. } if name(lock)),
            );
            return found.map_or_else(|plan| plan, |all| self.inform(&all, MAX_CLAIMS));
        }
        if self.things.kind(thing) != Some(Kind::Door) {
            return self.place_of(thing);
        }
        let first = self.lock_of(thing);
        let Some(Fact::Needs { lock, .. }) = first.claims.first().map(|c| c.fact.clone()) else {
            return first;
        };
        let needed = match &lock {
            Lock::None => Vec::new(),
            Lock::Key(colour) => self
                .things
                .named(&format!("{colour} key"), Kind::Item)
                .into_iter()
                .collect(),
            Lock::Switches(names) => self.switches(names),
        };
        let mut parts = vec![first];
        parts.extend(needed.into_iter().map(|t| self.place_of(t)));
        merged(parts, Plan::deny(Some(thing)))
    }

    fn quest(&self, state: &GameState) -> Plan {
        let done = &self.memory.quests_done;
        let open = self
            .character
            .quests
            .iter()
            .enumerate()
            .filter(|(i, _)| !done.get(*i).copied().unwrap_or(false));
        let wanted = open.filter_map(|(_, quest)| {
            let item = self.things.named(&quest.bring, Kind::Item)?;
            Some(Claim::of(Fact::Wants { who: self.me, item }, When::Now))
        });
        let mut claims: Vec<Claim> = wanted.take(MAX_CLAIMS).collect();
        let is_ally = |id: ThingId| {
            let actor = self.things.get(id).and_then(|t| t.actor);
            let own = actor
                .and_then(|a| state.character(a))
                .map(|c| c.team.clone());
            own.is_some() && own == state.player().map(|p| p.team.clone())
        };
        if claims.is_empty() && is_ally(self.me) {
            let goals = (0..state.layout.goals.len()).filter(|i| {
                let is_met = state.met.get(*i).copied().unwrap_or(false);
                let is_told = goal_thing(self.things, state.layout.goals.get(*i));
                !is_met && is_told.is_none_or(|t| !self.is_secret(t))
            });
            claims = goals
                .take(MAX_CLAIMS)
                .map(|i| Claim::of(Fact::Goal(i), When::Always))
                .collect();
        }
        if claims.is_empty() {
            Plan::nothing(Reason::NoQuest)
        } else {
            Plan::inform(claims)
        }
    }

    fn goods(&self, item: Option<ThingId>) -> Plan {
        if self.character.goods.is_empty() {
            return Plan::nothing(Reason::NoGoods);
        }
        let mut claims = Vec::new();
        for (good, left) in self.character.goods.iter().zip(&self.memory.stock) {
            let Some(id) = self.things.named(&good.item.name(), Kind::Item) else {
                continue;
            };
            if *left > 0 && item.is_none_or(|i| i == id) {
                let fact = Fact::Sells {
                    who: self.me,
                    item: id,
                    price: good.price,
                };
                claims.push(Claim::of(fact, When::Now));
            }
        }
        match (claims.is_empty(), item) {
            (false, _) => {
                claims.truncate(MAX_CLAIMS);
                Plan::inform(claims)
            }
            (true, Some(item)) => Plan::refuse(Reason::NotForSale, Some(item)),
            (true, None) => Plan::nothing(Reason::SoldOut),
        }
    }
}

/// The switch that doors call so.
pub fn switch_named(things: &Things, name: &str) -> Option<ThingId> {
    let is_it = |t: &&super::things::Thing| {
        t.kind == Kind::Switch
            && (t.name == name
                || t.name
                    .strip_prefix(name)
                    .is_some_and(|rest| rest.starts_with(' ')))
    };
    things.all().iter().find(is_it).map(|t| t.id)
}

/// What a goal names.
pub fn goal_thing(things: &Things, goal: Option<&Goal>) -> Option<ThingId> {
    match goal? {
        Goal::Reach(place) => things.named(place, Kind::Place),
        Goal::Collect(item) => things.named(item, Kind::Item),
        Goal::Defeat(who) => things.named(who, Kind::Person),
        Goal::Coins(_) => things.named("coin", Kind::Item),
        Goal::Crates => None,
    }
}

/// The claims of all plans that have any; else the first refusal, else another plan.
fn merged(parts: Vec<Plan>, otherwise: Plan) -> Plan {
    let mut claims: Vec<Claim> = Vec::new();
    for claim in parts.iter().flat_map(|p| &p.claims) {
        if claims.len() < MAX_CLAIMS && !claims.contains(claim) {
            claims.push(claim.clone());
        }
    }
    if !claims.is_empty() {
        return Plan::inform(claims);
    }
    let refusal = parts.into_iter().find(|p| p.reason == Some(Reason::Secret));
    refusal.unwrap_or(otherwise)
}
