//! What the words of an utterance refer to: names, parts of names, pronouns, what was spoken of before.

use std::collections::BTreeSet;
use std::ops::Range;

use super::facts::{Deed, Fact};
use super::ground::names;
use super::knowledge::{Found, Knowledge};
use super::state::State;
use super::things::{Kind, Thing, ThingId, Things};
use crate::understanding::words::{Word, words};
use crate::understanding::{Intent, Mention, Mentioned, Understood};

/// What a mention comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Referent {
    /// One thing.
    One(ThingId),
    /// One of several.
    Which(Vec<ThingId>),
    /// Nothing that there is.
    Unknown,
}

/// What somebody who listens has to go by.
#[derive(Clone, Copy, Debug)]
pub struct Ears<'a> {
    /// All things of the level.
    pub things: &'a Things,
    /// What the listener knows.
    pub knowledge: &'a Knowledge,
    /// Where the conversation stands.
    pub state: &'a State,
    /// The listener.
    pub me: ThingId,
    /// Where the listener is.
    pub here: Option<ThingId>,
}

const FILLERS: [&str; 22] = [
    "the", "a", "an", "that", "this", "those", "these", "my", "your", "of", "to", "in", "one",
    "ones", "some", "any", "at", "for", "called", "named", "there", "s",
];
const PERSON_PRONOUNS: [&str; 6] = ["him", "her", "he", "she", "them", "they"];
const THING_PRONOUNS: [&str; 4] = ["it", "that", "this", "those"];

const ARTICLES: [&str; 7] = ["the", "a", "an", "that", "this", "my", "your"];
/// Words that may stand after an article's word without belonging to what it is about.
const NO_ADJECTIVES: [&str; 14] = [
    "was", "has", "had", "one", "with", "from", "about", "the", "who", "and", "are", "for", "near",
    "person",
];

/// Verbs of deeds, by how they begin.
const VERBS: [(&str, Deed); 26] = [
    ("open", Deed::Opened),
    ("unlock", Deed::Opened),
    ("forc", Deed::Opened),
    ("broke", Deed::Opened),
    ("took", Deed::Took),
    ("take", Deed::Took),
    ("pick", Deed::Took),
    ("stole", Deed::Took),
    ("steal", Deed::Took),
    ("grab", Deed::Took),
    ("found", Deed::Took),
    ("got", Deed::Took),
    ("kill", Deed::Killed),
    ("slew", Deed::Killed),
    ("slain", Deed::Killed),
    ("murder", Deed::Killed),
    ("defeat", Deed::Killed),
    ("hurt", Deed::Hurt),
    ("attack", Deed::Hurt),
    ("struck", Deed::Hurt),
    ("wound", Deed::Hurt),
    ("pull", Deed::SwitchedOn),
    ("turn", Deed::SwitchedOn),
    ("flip", Deed::SwitchedOn),
    ("press", Deed::SwitchedOn),
    ("switch", Deed::SwitchedOn),
];

/// The deed that an utterance asks after.
pub fn deed(text: &[Word]) -> Option<Deed> {
    let of = |word: &Word| {
        VERBS
            .iter()
            .find(|(begin, _)| word.text.starts_with(begin))
            .map(|v| v.1)
    };
    text.iter().find_map(of)
}

/// Kinds that an intent can be about, the likeliest first.
pub fn kinds(intent: Intent, deed: Option<Deed>) -> &'static [Kind] {
    match (intent, deed) {
        (Intent::AskWhoDid, Some(Deed::Opened)) => &[Kind::Door],
        (Intent::AskWhoDid, Some(Deed::Took)) => &[Kind::Item],
        (Intent::AskWhoDid, Some(Deed::Killed | Deed::Hurt)) => &[Kind::Person],
        (Intent::AskWhoDid, Some(Deed::SwitchedOn | Deed::SwitchedOff)) => &[Kind::Switch],
        (
            Intent::AskWhoHas | Intent::Give | Intent::AskFor | Intent::Trade | Intent::AskGoods,
            _,
        ) => &[Kind::Item],
        (Intent::Open, _) => &[Kind::Door, Kind::Switch],
        (Intent::AskState, _) => &[Kind::Door, Kind::Switch, Kind::Person, Kind::Item],
        (Intent::AskHow, _) => &[Kind::Door, Kind::Item, Kind::Switch, Kind::Place],
        _ => &[
            Kind::Item,
            Kind::Door,
            Kind::Switch,
            Kind::Place,
            Kind::Person,
        ],
    }
}

/// Whether one word is another but for a plural or, in longer words, one slip of the pen.
fn is_alike(a: &str, b: &str) -> bool {
    if a == b || a.strip_suffix('s') == Some(b) {
        return true;
    }
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().min(b.len()) < 5 || a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let end = a
        .iter()
        .rev()
        .zip(b.iter().rev())
        .take_while(|(x, y)| x == y)
        .count();
    let longest = a.len().max(b.len());
    let is_swap = a.len() == b.len()
        && same + end + 2 >= longest
        && a.get(same) == b.get(same + 1)
        && a.get(same + 1) == b.get(same);
    same + end + 1 >= longest || is_swap
}

/// A mention with all words from its article on: what is called the purple key is no key but that.
fn widened(mention: &Mentioned, text: &[Word]) -> Mentioned {
    let mut made = mention.clone();
    let at = |w: &Word| w.span.start >= mention.span.start;
    let Some(first) = text.iter().position(at) else {
        return made;
    };
    for back in 2..=3 {
        let Some(article) = first.checked_sub(back) else {
            break;
        };
        let before = text.get(article..first).unwrap_or(&[]);
        let Some((begin, rest)) = before.split_first() else {
            break;
        };
        let is_adjective = |w: &Word| {
            let is_word = w.text.chars().all(char::is_alphabetic) && w.text.len() > 2;
            is_word && !NO_ADJECTIVES.contains(&w.text.as_str())
        };
        if ARTICLES.contains(&begin.text.as_str())
            && rest.iter().all(is_adjective)
            && let Some(start) = rest.first()
        {
            let more: Vec<&str> = rest.iter().map(|w| w.text.as_str()).collect();
            made.text = format!("{} {}", more.join(" "), mention.text);
            made.span.start = start.span.start;
            break;
        }
    }
    made
}

impl Ears<'_> {
    fn kind(&self, id: ThingId) -> Option<Kind> {
        self.things.kind(id)
    }

    /// What all mentions of an utterance refer to, in the order of the text.
    pub fn referents(&self, text: &str, understood: &Understood, intent: Intent) -> Vec<Referent> {
        let all = words(text);
        let deed = deed(&all);
        let has = |list: &[&str]| all.iter().any(|w| list.contains(&w.text.as_str()));
        let kinds: &[Kind] = match intent {
            Intent::AskState if has(&["open", "opened", "locked", "shut", "closed"]) => {
                &[Kind::Door]
            }
            Intent::AskState if has(&["dead", "alive", "hurt"]) => &[Kind::Person],
            Intent::AskState if has(&["on", "off"]) => &[Kind::Switch],
            _ => kinds(intent, deed),
        };
        let named = names(self.things, &all);
        let mut found: Vec<(usize, Referent)> = Vec::new();
        let bytes = |words: &Range<usize>| {
            let own = all.get(words.clone()).unwrap_or(&[]);
            let ends = own.first().zip(own.last());
            ends.map_or(0..0, |(a, b)| a.span.start..b.span.end)
        };
        let mut spans: Vec<(Range<usize>, ThingId)> =
            named.iter().map(|n| (bytes(&n.words), n.thing)).collect();
        let mentions = understood.mentions.iter();
        for mention in mentions.filter(|m| m.kind != Mention::Deed) {
            let mention = &widened(mention, &all);
            let overlaps = |span: &Range<usize>| {
                span.start < mention.span.end && mention.span.start < span.end
            };
            let within = spans.iter().filter(|(span, _)| overlaps(span)).count();
            let longest = spans
                .iter()
                .filter(|(span, _)| overlaps(span))
                .map(|(span, _)| span.len())
                .max();
            let referent = self.mention(&mention.text, mention.kind, kinds);
            if within == 0 {
                found.extend(referent.map(|r| (mention.span.start, r)));
                continue;
            }
            // `The vault door` is no vault: more words than the name has may mean something else.
            let is_longer = within == 1 && longest.is_some_and(|n| n < mention.span.len());
            if is_longer && let Some(Referent::One(other)) = referent {
                spans.retain(|(span, _)| !overlaps(span));
                spans.push((mention.span.clone(), other));
            }
        }
        found.extend(
            spans
                .into_iter()
                .map(|(span, thing)| (span.start, Referent::One(thing))),
        );
        if found.is_empty()
            && let Some(referent) = self.pronoun(&all, kinds)
        {
            found.push((0, referent));
        }
        found.sort_by_key(|f| f.0);
        let mut referents: Vec<Referent> = found.into_iter().map(|f| f.1).collect();
        referents.dedup();
        referents
    }

    /// A pronoun anywhere in words.
    fn pronoun(&self, all: &[Word], kinds: &[Kind]) -> Option<Referent> {
        // `The other one`, `the other key`, `the blue one`, if no mention was found there.
        let at = |text: &str| all.iter().position(|w| w.text == text);
        if let Some(other) = at("other") {
            let next = all.get(other + 1).map_or("one", |w| w.text.as_str());
            return self.mention(&format!("other {next}"), Mention::Reference, kinds);
        }
        if let Some(before) = at("one")
            .and_then(|one| one.checked_sub(1))
            .and_then(|i| all.get(i))
            && !FILLERS.contains(&before.text.as_str())
        {
            return self.mention(&before.text, Mention::Reference, kinds);
        }
        all.iter().find_map(|word| {
            let is_one = PERSON_PRONOUNS.contains(&word.text.as_str())
                || THING_PRONOUNS.contains(&word.text.as_str())
                || word.text == "there";
            if is_one {
                self.mention(&word.text, Mention::Reference, kinds)
            } else {
                None
            }
        })
    }

    /// What a mention refers to; none if it is a word that stands for nothing in particular.
    fn mention(&self, text: &str, kind: Mention, kinds: &[Kind]) -> Option<Referent> {
        let all: Vec<&str> = text.split_whitespace().collect();
        if let [word] = all.as_slice() {
            if PERSON_PRONOUNS.contains(word) {
                let person =
                    |t: ThingId| self.kind(t) == Some(Kind::Person) && t != self.me && t.0 != 0;
                return self.state.newest(person).map(Referent::One);
            }
            match *word {
                "here" => return self.here.map(Referent::One),
                "there" => return self.state.place.map(Referent::One),
                "i" | "me" => return self.things.all().first().map(|t| Referent::One(t.id)),
                "you" | "yourself" => return Some(Referent::One(self.me)),
                _ => {}
            }
        }
        if all == ["that", "place"] {
            return self.state.place.map(Referent::One);
        }
        let is_other = all.contains(&"other");
        let content: Vec<&str> = all
            .iter()
            .copied()
            .filter(|w| !FILLERS.contains(w) && !THING_PRONOUNS.contains(w) && *w != "other")
            .collect();
        let top = || {
            let of_kinds =
                |t: ThingId| self.kind(t).is_some_and(|k| kinds.contains(&k)) && t != self.me;
            let not_person = |t: ThingId| of_kinds(t) && self.kind(t) != Some(Kind::Person);
            self.state
                .newest(not_person)
                .or_else(|| self.state.newest(of_kinds))
        };
        if all.iter().all(|w| ARTICLES[..3].contains(w)) {
            return None;
        }
        if content.is_empty() {
            let focus = top();
            if is_other {
                let focus = focus?;
                let of_kind = self.things.all().iter();
                let of_kind = of_kind.filter(|t| Some(t.kind) == self.kind(focus) && t.id != focus);
                // The other key is a key, too.
                let noun = |t: &Thing| t.name.split_whitespace().last().map(str::to_owned);
                let own = self.things.get(focus).and_then(noun);
                let (same, rest): (Vec<&Thing>, Vec<&Thing>) =
                    of_kind.partition(|t| noun(t) == own);
                let others = if same.is_empty() { rest } else { same };
                return Some(self.chosen(others.into_iter().map(|t| t.id).collect(), &[]));
            }
            return focus.map(Referent::One);
        }
        let wanted: Option<Kind> = match kind {
            Mention::Item => Some(Kind::Item),
            Mention::Door => Some(Kind::Door),
            Mention::Switch => Some(Kind::Switch),
            Mention::Person => Some(Kind::Person),
            Mention::Place => Some(Kind::Place),
            // `The blue one` is one of what was spoken of.
            Mention::Reference | Mention::Deed => top().and_then(|t| self.kind(t)),
        };
        let mut fitting = self.fitting(&content);
        if fitting.is_empty() {
            return Some(Referent::Unknown);
        }
        let of_kind: Vec<ThingId> = fitting
            .iter()
            .copied()
            .filter(|t| self.kind(*t) == wanted)
            .collect();
        if !of_kind.is_empty() {
            fitting = of_kind;
        }
        if is_other {
            let last = self.state.newest(|t| fitting.contains(&t));
            fitting.retain(|t| Some(*t) != last);
        }
        Some(self.chosen(fitting, &content))
    }

    /// Things all of whose wanted words fit.
    fn fitting(&self, content: &[&str]) -> Vec<ThingId> {
        let is_door_word = |w: &str| is_alike(w, "door") || is_alike(w, "gate");
        let doors = content.iter().any(|w| is_door_word(w));
        let fits = |thing: &Thing| {
            let is_of =
                |w: &&str| thing.words.iter().any(|own| is_alike(w, own)) || self.is_so(thing, w);
            if content.iter().all(is_of) {
                return true;
            }
            // `The door to the vault`: a door beside a place of that name.
            let rest: Vec<&str> = content
                .iter()
                .copied()
                .filter(|w| !is_door_word(w))
                .collect();
            doors && thing.kind == Kind::Door && !rest.is_empty() && self.leads_to(thing, &rest)
        };
        self.things
            .all()
            .iter()
            .filter(|t| fits(t))
            .map(|t| t.id)
            .collect()
    }

    /// Whether a door stands beside a place of such words.
    fn leads_to(&self, door: &Thing, place: &[&str]) -> bool {
        let places = self.things.all().iter().filter(|t| {
            t.kind == Kind::Place
                && place
                    .iter()
                    .all(|w| t.words.iter().any(|own| is_alike(w, own)))
        });
        places.into_iter().any(|place| {
            let beside = |cell: &game::level::Cell| {
                game::level::Direction::ALL
                    .iter()
                    .any(|d| place.cells.contains(&cell.neighbour(*d)))
            };
            door.cells.iter().any(beside)
        })
    }

    /// Whether the listener knows a thing to be as a word says.
    fn is_so(&self, thing: &Thing, word: &str) -> bool {
        let knows = |fits: &dyn Fn(&Fact) -> bool| match self.knowledge.find(1.0, fits) {
            Found::Known(all) => all.first().is_some_and(|k| fits(&k.fact)),
            Found::Nothing | Found::Secret => false,
        };
        match word {
            "open" | "opened" => {
                knows(&|f| matches!(f, Fact::Door { door, is_open: true } if *door == thing.id))
            }
            "closed" | "shut" | "locked" => {
                knows(&|f| matches!(f, Fact::Door { door, is_open: false } if *door == thing.id))
            }
            "dead" => knows(&|f| matches!(f, Fact::Dead { who } if *who == thing.id)),
            _ => false,
        }
    }

    /// One of several: the only one, else the one whose very name it is, else one in focus if it is only called by its kind.
    fn chosen(&self, fitting: Vec<ThingId>, content: &[&str]) -> Referent {
        match fitting.as_slice() {
            [] => Referent::Unknown,
            [one] => Referent::One(*one),
            several => {
                let exact = several.iter().find(|id| {
                    self.things.get(**id).is_some_and(|t| {
                        let own: BTreeSet<String> =
                            words(&t.name).into_iter().map(|w| w.text).collect();
                        t.is_proper && own.iter().all(|w| content.contains(&w.as_str()))
                    })
                });
                let focus = || self.state.newest(|t| several.contains(&t));
                match exact.copied().or_else(focus) {
                    Some(one) => Referent::One(one),
                    None => Referent::Which(several.to_vec()),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::things::tests::level;
    use super::*;
    use crate::understanding::Emotion;

    fn resolve(
        state: &State,
        text: &str,
        mention: &str,
        kind: Mention,
        intent: Intent,
    ) -> Vec<Referent> {
        let (level, game) = level();
        let things = Things::new(&level, &game, &[]);
        let start = text.find(mention).unwrap();
        let understood = Understood {
            intent: Some(intent),
            confidence: 1.0,
            mentions: vec![Mentioned {
                kind,
                text: mention.to_owned(),
                span: start..start + mention.len(),
            }],
            emotion: Emotion::Neutral,
        };
        let ears = Ears {
            things: &things,
            knowledge: &Knowledge::default(),
            state,
            me: things.named("Ada", Kind::Person).unwrap(),
            here: things.named("yard", Kind::Place),
        };
        ears.referents(text, &understood, intent)
    }

    fn id(name: &str, kind: Kind) -> ThingId {
        let (level, game) = level();
        Things::new(&level, &game, &[]).named(name, kind).unwrap()
    }

    #[test]
    fn names_parts_of_names_and_slips_are_met() {
        let state = State::default();
        let (red, blue) = (id("red key", Kind::Item), id("blue key", Kind::Item));
        let one = |text: &str, mention: &str, kind| {
            resolve(&state, text, mention, kind, Intent::AskWhere)
        };
        assert_eq!(
            one("where is the red key", "red key", Mention::Item),
            [Referent::One(red)]
        );
        assert_eq!(
            one("where is the key", "key", Mention::Item),
            [Referent::Which(vec![blue, red])]
        );
        assert_eq!(
            one("where is the crwon", "crwon", Mention::Item),
            [Referent::One(id("crown", Kind::Item))]
        );
        assert_eq!(
            one("where is the guard", "guard", Mention::Person),
            [Referent::One(id("Hake", Kind::Person))]
        );
        assert_eq!(
            one("where is the green key", "green key", Mention::Item),
            [Referent::Unknown]
        );
        let vault = one("where is the vault door", "vault door", Mention::Door);
        assert_eq!(vault, [Referent::One(id("gate door", Kind::Door))]);
    }

    #[test]
    fn what_was_spoken_of_is_met_by_pronouns() {
        let (red, blue) = (id("red key", Kind::Item), id("blue key", Kind::Item));
        let (hake, door) = (id("Hake", Kind::Person), id("red door", Kind::Door));
        let mut state = State::default();
        for thing in [hake, door, red] {
            state.mention(thing);
        }
        state.place = Some(id("hall", Kind::Place));
        let one = |text: &str, mention: &str, intent| {
            resolve(&state, text, mention, Mention::Reference, intent)
        };
        assert_eq!(
            one("where is it", "it", Intent::AskWhere),
            [Referent::One(red)]
        );
        assert_eq!(one("open it", "it", Intent::Open), [Referent::One(door)]);
        assert_eq!(
            one("who killed him", "him", Intent::AskWhoDid),
            [Referent::One(hake)]
        );
        assert_eq!(
            one("and the blue one", "blue one", Intent::WhatAbout),
            [Referent::One(blue)]
        );
        assert_eq!(
            one("and the other one", "other one", Intent::WhatAbout),
            [Referent::One(blue)]
        );
        assert_eq!(
            one("who is there", "there", Intent::AskAbout),
            [Referent::One(id("hall", Kind::Place))]
        );
    }
}
