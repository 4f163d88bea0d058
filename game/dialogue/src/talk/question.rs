//! What the player wants: the intent that was understood, with what its words refer to and what the conversation
//! leaves open.

use game::level::Role;

use super::conversation::{Talker, World};
use super::facts::Deed;
use super::plan::{Plan, Reason, SpeechAct};
use super::refer::{Ears, Referent, deed};
use super::state::{Aspect, Pending, Question};
use super::things::{Kind, ThingId};
use crate::understanding::words::words;
use crate::understanding::{Intent, Understood};

impl Talker {
    /// What is wanted, with what it is about, and what may be meant where that is not clear.
    pub(super) fn question(
        &self,
        heard: &str,
        understood: &Understood,
        world: &World,
    ) -> Result<(Question, Option<Vec<ThingId>>), Plan> {
        let state = &self.memory.state;
        let cell = world
            .state
            .character(self.actor)
            .map(|me| world.state.cell_of(me));
        let ears = Ears {
            things: world.things,
            knowledge: &self.memory.knowledge,
            state,
            me: self.me,
            here: cell.and_then(|cell| world.things.room(cell)),
        };
        let text = words(heard);
        let has = |all: &[&str]| text.iter().any(|w| all.contains(&w.text.as_str()));
        let open = match &state.pending {
            Some(Pending::Which { question, among }) => Some((question.clone(), among.clone())),
            _ => None,
        };
        let resolve = |intent: Intent| ears.referents(heard, understood, intent);
        // An answer to a question back: whatever names one of those that may be meant.
        if let Some((mut question, among)) = open {
            let kind = among.first().and_then(|id| world.things.kind(*id));
            let met: Vec<ThingId> = resolve(question.intent)
                .into_iter()
                .flat_map(|r| match r {
                    Referent::One(id) => vec![id],
                    Referent::Which(all) => all,
                    Referent::Unknown => Vec::new(),
                })
                .filter(|id| among.contains(id))
                .collect();
            let by_word = || {
                let fits = |id: &&ThingId| {
                    let own = world.things.get(**id).map(|t| &t.words);
                    let kind_words = ["key", "door", "gate", "lever", "guard", "plate"];
                    own.is_some_and(|own| {
                        text.iter().any(|w| {
                            own.contains(&w.text) && !kind_words.contains(&w.text.as_str())
                        })
                    })
                };
                among.iter().filter(fits).copied().collect::<Vec<_>>()
            };
            let chosen = if met.len() == 1 { met } else { by_word() };
            let is_short = text.len() <= 7
                || !matches!(understood.intent, Some(i) if i != Intent::WhatAbout && i != Intent::Correct);
            if let ([one], true) = (chosen.as_slice(), is_short) {
                let place = question
                    .things
                    .iter()
                    .position(|t| world.things.kind(*t) == kind);
                match place.and_then(|p| question.things.get_mut(p)) {
                    Some(slot) => *slot = *one,
                    None => question.things.insert(0, *one),
                }
                return Ok((question, None));
            }
        }
        let Some(intent) = understood.intent else {
            // A bare name goes on with the last question.
            let named = resolve(Intent::WhatAbout);
            let short = text.len() <= 5;
            return match (named.first(), &state.question) {
                (Some(Referent::One(id)), Some(last)) if short => {
                    Ok((self.again(last, *id, world), None))
                }
                _ => Err(Plan::of(SpeechAct::NotUnderstood)),
            };
        };
        // Is she a guard? That is no question of open or shut.
        let roles = Role::ALL.map(Role::name);
        let is_of_role =
            intent == Intent::AskState && has(&roles) && has(&["he", "she", "him", "her"]);
        if is_of_role {
            let is_person = |id| {
                world.things.kind(id) == Some(Kind::Person) && id != self.me && id != self.player
            };
            if let Some(who) = state.newest(is_person) {
                return Ok((self.asking(Intent::AskAbout, vec![who], None), None));
            }
        }
        let referents = resolve(intent);
        let mut things = Vec::new();
        let mut unclear = None;
        for referent in &referents {
            match referent {
                Referent::One(id) => things.push(*id),
                Referent::Which(all) if unclear.is_none() => unclear = Some(all.clone()),
                Referent::Which(_) | Referent::Unknown => {}
            }
        }
        let is_unheard = referents.contains(&Referent::Unknown);
        if matches!(intent, Intent::WhatAbout | Intent::Correct) {
            // `Not the red one, the blue one`: the last that is named.
            let meant = if intent == Intent::Correct {
                things.last()
            } else {
                things.first()
            };
            return match (meant, unclear, &state.question) {
                (Some(id), _, Some(last)) => Ok((self.again(last, *id, world), None)),
                (None, Some(among), Some(last)) => Ok((last.clone(), Some(among))),
                (Some(id), _, None) => Ok((self.asking(Intent::AskAbout, vec![*id], None), None)),
                _ if is_unheard => Err(Plan::of(SpeechAct::Unheard)),
                _ => Err(Plan::nothing(Reason::Nothing)),
            };
        }
        let needs_thing = matches!(
            intent,
            Intent::AskWhere
                | Intent::AskWhoDid
                | Intent::AskWhoHas
                | Intent::AskAbout
                | Intent::AskState
                | Intent::AskHow
                | Intent::AskFor
                | Intent::Give
                | Intent::Open
                | Intent::Trade
                | Intent::Tell
        );
        if needs_thing && things.is_empty() && unclear.is_none() && is_unheard {
            return Err(Plan::of(SpeechAct::Unheard));
        }
        // What was asked of does not exist, even if something else in the sentence does.
        let kinds = super::refer::kinds(intent, deed(&text));
        let first_kind = things.first().and_then(|t| world.things.kind(*t));
        if needs_thing
            && is_unheard
            && referents.first() == Some(&Referent::Unknown)
            && first_kind.is_none_or(|k| !kinds.contains(&k) || k == Kind::Place)
        {
            return Err(Plan::of(SpeechAct::Unheard));
        }
        if unclear.is_some() && !needs_thing {
            unclear = None;
        }
        let wants_place = intent == Intent::AskState
            && !has(&[
                "open", "opened", "closed", "shut", "locked", "unlocked", "on", "off", "dead",
                "alive",
            ]);
        let mut question = self.asking(
            intent,
            things,
            deed(&text).filter(|_| matches!(intent, Intent::AskWhoDid | Intent::Tell)),
        );
        question.is_of_you = has(&["you", "your"]) && !has(&["who", "whose", "whom", "know"]);
        question.aspect = if wants_place {
            Aspect::Place
        } else {
            Aspect::State
        };
        Ok((question, unclear))
    }

    fn asking(&self, intent: Intent, things: Vec<ThingId>, deed: Option<Deed>) -> Question {
        Question {
            intent,
            things,
            deed,
            aspect: Aspect::State,
            is_of_you: false,
        }
    }

    /// The last question about another thing: it takes the place of one of its kind, else of the first.
    fn again(&self, last: &Question, thing: ThingId, world: &World) -> Question {
        let mut question = last.clone();
        let kind = world.things.kind(thing);
        let place = question
            .things
            .iter()
            .position(|t| world.things.kind(*t) == kind)
            .unwrap_or(0);
        match question.things.get_mut(place) {
            Some(slot) => *slot = thing,
            None => question.things.push(thing),
        }
        // Who did it to a door is no question to ask of a key.
        let kinds = super::refer::kinds(question.intent, question.deed);
        if question.intent == Intent::AskWhoDid && kind.is_some_and(|k| !kinds.contains(&k)) {
            question.deed = None;
        }
        question
    }
}
