//! From a wish to a plan: giving, asking for, opening, following, trading, telling, agreeing.

use game::world::GameState;
use sim::actor::ActorId;

use super::act::{Hindrance, WorldAct, check};
use super::answer::Mind;
use super::facts::{Claim, Deed, Fact, Source, When};
use super::knowledge::{Found, Known, claim, holds};
use super::plan::{Plan, Reason, SpeechAct};
use super::refer::deed;
use super::state::{Pending, Question};
use super::things::{Kind, Spot, ThingId};
use crate::understanding::Intent;
use crate::understanding::words::{Word, words};

/// Below this trust nothing is done for the player.
const LEAST_TRUST: f64 = -0.3;

/// What a plan changes in the one who makes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// More liking.
    pub liking: f64,
    /// More trust.
    pub trust: f64,
    /// A quest that is done, by its number.
    pub quest_done: Option<usize>,
    /// A good of which one is sold, by its number.
    pub sold: Option<usize>,
    /// Something that it was told.
    pub told: Option<Known>,
}

/// The plan for a wish.
pub fn deal(
    mind: &Mind,
    state: &GameState,
    question: &Question,
    heard: &str,
    pending: Option<&Pending>,
) -> (Plan, Change) {
    let mut change = Change::default();
    let of = |kinds: &[Kind]| {
        let fits = |t: &&ThingId| mind.things.kind(**t).is_some_and(|k| kinds.contains(&k));
        question.things.iter().find(fits).copied()
    };
    let item = of(&[Kind::Item]);
    let plan = match question.intent {
        Intent::Give => match item {
            Some(item) => mind.take(state, item, &mut change),
            None => Plan::nothing(Reason::Nothing),
        },
        Intent::AskFor => match item {
            Some(item) => mind.give(state, item),
            None => Plan::nothing(Reason::Nothing),
        },
        Intent::Trade => match item {
            Some(item) => mind.sell(state, item, &mut change),
            None => super::answer::answer(
                mind,
                state,
                &Question {
                    intent: Intent::AskGoods,
                    things: Vec::new(),
                    ..question.clone()
                },
            )
            .unwrap_or_else(|| Plan::nothing(Reason::NoGoods)),
        },
        Intent::Open => match of(&[Kind::Door, Kind::Switch]) {
            Some(thing) => mind.work(state, thing),
            None => Plan::nothing(Reason::Nothing),
        },
        Intent::Follow => mind.follow(state),
        Intent::Wait => match mind.actor(mind.me) {
            Some(who) => mind.act(state, WorldAct::Wait { who }, None),
            None => Plan::refuse(Reason::Stays, None),
        },
        Intent::Tell => mind.learn(question, heard, state, &mut change),
        Intent::Confirm => match pending {
            Some(Pending::Offer(act)) => mind.settle(state, act, &mut change),
            _ => Plan::of(SpeechAct::Acknowledge),
        },
        _ => Plan::of(SpeechAct::Acknowledge),
    };
    (plan, change)
}

impl Mind<'_> {
    fn actor(&self, thing: ThingId) -> Option<ActorId> {
        self.things.get(thing).and_then(|t| t.actor)
    }

    fn name(&self, thing: ThingId) -> String {
        self.things
            .get(thing)
            .map(|t| t.name.clone())
            .unwrap_or_default()
    }

    /// Both ends of what changes hands: itself and the player.
    fn ends(&self) -> Option<(ActorId, ActorId)> {
        Some((self.actor(self.me)?, self.actor(self.player)?))
    }

    /// Does something that the world allows.
    fn act(&self, state: &GameState, act: WorldAct, about: Option<ThingId>) -> Plan {
        if self.trust < LEAST_TRUST {
            return Plan::refuse(Reason::NotTrusted, None);
        }
        match check(state, &act) {
            Ok(()) => Plan {
                about: about.into_iter().collect(),
                ..Plan::agree(act)
            },
            Err(hindrance) => Plan::refuse(Reason::World(hindrance), about),
        }
    }

    fn follow(&self, state: &GameState) -> Plan {
        match (self.character.follows_from, self.actor(self.me)) {
            (Some(trust), Some(who)) if self.trust >= trust => {
                self.act(state, WorldAct::Follow { who }, None)
            }
            (Some(_), _) => Plan::refuse(Reason::NotTrusted, None),
            (None, _) => Plan::refuse(Reason::Stays, None),
        }
    }

    fn work(&self, state: &GameState, thing: ThingId) -> Plan {
        let (Some(who), Some(what)) = (self.actor(self.me), self.actor(thing)) else {
            return Plan::refuse(Reason::World(Hindrance::Missing), None);
        };
        let act = if self.things.kind(thing) == Some(Kind::Door) {
            WorldAct::Open { who, door: what }
        } else {
            WorldAct::Work { who, switch: what }
        };
        self.act(state, act, Some(thing))
    }

    /// The player gives something.
    fn take(&self, state: &GameState, item: ThingId, change: &mut Change) -> Plan {
        let Some((me, player)) = self.ends() else {
            return Plan::refuse(Reason::World(Hindrance::Missing), None);
        };
        let give = WorldAct::Give {
            from: player,
            to: me,
            item: self.name(item),
        };
        match check(state, &give) {
            Err(Hindrance::HasNot) => return Plan::refuse(Reason::YouHaveNot, Some(item)),
            Err(hindrance) => return Plan::refuse(Reason::World(hindrance), Some(item)),
            Ok(()) => {}
        }
        let mut plan = Plan {
            world_acts: vec![give],
            about: vec![item],
            ..Plan::of(SpeechAct::Thank)
        };
        change.liking = 0.1;
        change.trust = 0.05;
        let is_open = |i: usize| !self.memory.quests_done.get(i).copied().unwrap_or(false);
        let mut quests = self.character.quests.iter().enumerate();
        let wanted = quests
            .find(|(i, q)| is_open(*i) && self.things.named(&q.bring, Kind::Item) == Some(item));
        if let Some((number, quest)) = wanted {
            change.quest_done = Some(number);
            change.liking = 0.3;
            change.trust = quest.trust;
            if quest.coins > 0 {
                plan.world_acts.push(WorldAct::Pay {
                    from: me,
                    to: player,
                    coins: quest.coins,
                });
            }
        }
        plan
    }

    /// The player asks for something.
    fn give(&self, state: &GameState, item: ThingId) -> Plan {
        if self.is_secret(item) {
            return Plan::refuse(Reason::Secret, None);
        }
        let Some((me, player)) = self.ends() else {
            return Plan::refuse(Reason::World(Hindrance::Missing), None);
        };
        let name = self.name(item);
        let has = state
            .character(me)
            .is_some_and(|who| holds(state, who, &name));
        if !has {
            if let Some(good) = self.good(item) {
                return self.offer(item, good, me, player);
            }
            return Plan::inform(vec![Claim::of(
                Fact::Lacks { who: self.me, item },
                When::Now,
            )]);
        }
        let gift = self
            .character
            .gifts
            .iter()
            .find(|g| g.item.eq_ignore_ascii_case(&name));
        match gift {
            None => Plan::refuse(Reason::Keeps, Some(item)),
            Some(gift) if self.trust < gift.min_trust => Plan::refuse(Reason::NotTrusted, None),
            Some(_) => {
                let give = WorldAct::Give {
                    from: me,
                    to: player,
                    item: name,
                };
                self.act(state, give, Some(item))
            }
        }
    }

    /// The number of the good that is such an item, if any is left.
    fn good(&self, item: ThingId) -> Option<usize> {
        let fits = |(i, good): &(usize, &super::character::Good)| {
            let left = self.memory.stock.get(*i).copied().unwrap_or(0);
            left > 0 && self.things.named(&good.item.name(), Kind::Item) == Some(item)
        };
        self.character
            .goods
            .iter()
            .enumerate()
            .find(fits)
            .map(|(i, _)| i)
    }

    fn trade(&self, number: usize, me: ActorId, player: ActorId) -> Option<WorldAct> {
        let good = self.character.goods.get(number)?;
        Some(WorldAct::Trade {
            seller: me,
            buyer: player,
            item: good.item.clone(),
            price: good.price,
        })
    }

    fn offer(&self, item: ThingId, number: usize, me: ActorId, player: ActorId) -> Plan {
        let price = self.character.goods.get(number).map_or(0, |g| g.price);
        let fact = Fact::Sells {
            who: self.me,
            item,
            price,
        };
        Plan {
            claims: vec![Claim::of(fact, When::Now)],
            offer: self.trade(number, me, player).map(Box::new),
            ..Plan::of(SpeechAct::Offer)
        }
    }

    fn sell(&self, state: &GameState, item: ThingId, change: &mut Change) -> Plan {
        let (Some(number), Some((me, player))) = (self.good(item), self.ends()) else {
            return Plan::refuse(Reason::NotForSale, Some(item));
        };
        match self.trade(number, me, player) {
            Some(act) => self.sold(state, act, number, item, change),
            None => Plan::refuse(Reason::NotForSale, Some(item)),
        }
    }

    fn sold(
        &self,
        state: &GameState,
        act: WorldAct,
        number: usize,
        item: ThingId,
        change: &mut Change,
    ) -> Plan {
        let plan = self.act(state, act, Some(item));
        if plan.act == SpeechAct::Agree {
            change.sold = Some(number);
            change.liking = 0.02;
        }
        plan
    }

    /// The player says yes to an offer.
    fn settle(&self, state: &GameState, act: &WorldAct, change: &mut Change) -> Plan {
        if let WorldAct::Trade { item, .. } = act {
            let id = self.things.named(&item.name(), Kind::Item);
            return match id.and_then(|id| Some((id, self.good(id)?))) {
                Some((id, number)) => self.sold(state, act.clone(), number, id, change),
                None => Plan::refuse(Reason::SoldOut, id),
            };
        }
        self.act(state, act.clone(), None)
    }

    /// The player tells something: it is remembered as that, never as a fact.
    fn learn(
        &self,
        question: &Question,
        heard: &str,
        state: &GameState,
        change: &mut Change,
    ) -> Plan {
        let text = words(heard);
        if is_asked(&text) {
            // What sounds like a question was none of telling.
            return Plan::of(SpeechAct::NotUnderstood);
        }
        let has = |all: &[&str]| text.iter().any(|w| all.contains(&w.text.as_str()));
        let kind = |t: &ThingId| self.things.kind(*t);
        let place = question
            .things
            .iter()
            .rev()
            .find(|t| kind(t) == Some(Kind::Place))
            .copied();
        let thing = question
            .things
            .iter()
            .find(|t| kind(t) != Some(Kind::Place))
            .copied();
        let Some(thing) = thing else {
            return Plan::of(SpeechAct::Acknowledge);
        };
        let cell = place
            .and_then(|p| self.things.get(p))
            .and_then(|p| p.cells.get(p.cells.len() / 2))
            .copied();
        let others: Vec<ThingId> = question
            .things
            .iter()
            .copied()
            .filter(|t| kind(t) != Some(Kind::Place))
            .collect();
        // `I opened it`, `I have just opened it`: close before the verb.
        let verb = text
            .iter()
            .position(|w| deed(std::slice::from_ref(w)).is_some());
        let before = verb.map_or(&[][..], |at| {
            text.get(at.saturating_sub(3)..at).unwrap_or(&[])
        });
        let is_i = before.iter().any(|w| w.text == "i")
            && before.iter().all(|w| {
                matches!(
                    w.text.as_str(),
                    "i" | "have" | "just" | "already" | "'" | "ve"
                )
            });
        let fact = match (kind(&thing), question.deed, cell) {
            (_, Some(deed), _) if !matches!(deed, Deed::SwitchedOff) => {
                let (who, what) = match others.as_slice() {
                    [who, what, ..] => (Some(*who), Some(*what)),
                    [what] if is_i => (Some(self.player), Some(*what)),
                    _ => (None, None),
                };
                let kinds = super::refer::kinds(Intent::AskWhoDid, Some(deed));
                let fits = what
                    .and_then(|w| kind(&w))
                    .is_some_and(|k| kinds.contains(&k));
                let is_person = who.and_then(|w| kind(&w)) == Some(Kind::Person);
                who.zip(what)
                    .filter(|_| fits && is_person)
                    .map(|(who, what)| Fact::Did { who, deed, what })
            }
            (Some(Kind::Item), _, Some(cell)) => Some(Fact::Lies { item: thing, cell }),
            (Some(Kind::Person), _, _) if has(&["dead", "died", "killed"]) => {
                Some(Fact::Dead { who: thing })
            }
            (Some(Kind::Person), _, Some(cell)) => Some(Fact::Stands { who: thing, cell }),
            (Some(Kind::Door), _, None) if has(&["open", "opened", "closed", "shut", "locked"]) => {
                Some(Fact::Door {
                    door: thing,
                    is_open: has(&["open", "opened"]),
                })
            }
            _ => None,
        };
        let Some(fact) = fact else {
            return Plan::of(SpeechAct::Acknowledge);
        };
        // What one sees for oneself is put against it.
        let subject = fact.subject();
        let is_same_matter = |f: &Fact| {
            std::mem::discriminant(f) == std::mem::discriminant(&fact)
                && f.subject() == subject
                && *f != fact
        };
        if let Found::Known(all) = self.memory.knowledge.find(self.trust, is_same_matter)
            && let Some(seen) = all
                .first()
                .filter(|k| k.is_present && !matches!(k.fact, Fact::Did { .. }))
        {
            let differs = match (seen.fact.cell(), fact.cell()) {
                (Some(a), Some(b)) => self.things.spot(a) != self.things.spot(b),
                _ => true,
            };
            if differs {
                return Plan::inform(vec![claim(self.things, seen, self.cell)]);
            }
        }
        let told = Known {
            fact,
            at_s: state.time_s(),
            source: Source::Told(self.player),
            is_present: false,
        };
        let mut said = claim(self.things, &told, None);
        if let Some(place) = place {
            said.spot = Some(Spot::In(place));
        }
        change.told = Some(told);
        Plan {
            claims: vec![said],
            ..Plan::of(SpeechAct::Acknowledge)
        }
    }
}

/// Whether a sentence of a text begins as a question does, or it ends as one.
fn is_asked(text: &[Word]) -> bool {
    let begins = [
        "was", "were", "is", "are", "am", "did", "do", "does", "has", "have", "had", "can",
        "could", "will", "would", "who", "whose", "where", "what", "which", "how", "why", "when",
        "should", "may", "might",
    ];
    let is_end = |w: &Word| matches!(w.text.as_str(), "." | "!" | "?" | ",");
    let sentences = text.split(is_end).filter_map(|part| part.first());
    let mut firsts = sentences.map(|w| w.text.as_str());
    firsts.any(|w| begins.contains(&w)) || text.iter().any(|w| w.text == "?")
}
