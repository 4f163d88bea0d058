//! A language model gives a plan its words, held so tightly that it cannot add a fact.
//!
//! It may begin with a few words that state nothing, and then says each part of the plan in one of the
//! grammar's ways: which, is its choice. Whatever else it would say is not allowed token by token, so a true
//! plan stays true. The prompt holds what this player may hear and nothing else.

use super::conversation::{Draft, Reply, Talker, World};
use super::ground::{Named, names};
use super::say::Choice;
use crate::language::{Constraint, LanguageError, LanguageModel, Message, Request, Speaker};
use crate::understanding::Understander;
use crate::understanding::words::words;

/// Words that state nothing, which a reply may begin with.
const LEADS: [&str; 62] = [
    "a",
    "again",
    "ah",
    "and",
    "as",
    "ask",
    "aye",
    "bless",
    "but",
    "dear",
    "ears",
    "eh",
    "fine",
    "for",
    "friend",
    "good",
    "greetings",
    "ha",
    "hear",
    "hm",
    "hmm",
    "hush",
    "i",
    "if",
    "it",
    "just",
    "know",
    "let",
    "listen",
    "look",
    "matter",
    "me",
    "mind",
    "my",
    "now",
    "of",
    "oh",
    "old",
    "please",
    "question",
    "say",
    "see",
    "since",
    "so",
    "stranger",
    "sure",
    "tell",
    "that",
    "the",
    "then",
    "think",
    "this",
    "to",
    "traveller",
    "very",
    "wait",
    "well",
    "what",
    "why",
    "will",
    "you",
    "young",
];
/// Most such words.
const MAX_LEAD_WORDS: usize = 6;

/// Holds a text to the ways of saying a plan.
#[derive(Clone, Debug)]
pub struct Held {
    parts: Vec<Choice>,
}

impl Held {
    /// To these parts in their order, each in one of its ways.
    pub fn new(parts: &[Choice]) -> Self {
        let parts = parts.iter().filter(|p| !p.is_empty());
        Self {
            parts: parts.cloned().collect(),
        }
    }

    /// Whether a text is the beginning of one that is allowed; `is_whole`: whether it is one.
    fn fits(&self, text: &str, is_whole: bool) -> bool {
        if self.from(text, 0, is_whole) {
            return true;
        }
        // Words before: each end of a sentence may be their end.
        let mut words = 0;
        let mut word = String::new();
        for (at, character) in text.char_indices() {
            match character {
                _ if character.is_ascii_alphabetic() => word.push(character.to_ascii_lowercase()),
                ' ' | ',' | '.' | '!' => {
                    if !word.is_empty() {
                        words += 1;
                        if words > MAX_LEAD_WORDS || !LEADS.contains(&word.as_str()) {
                            return false;
                        }
                        word.clear();
                    } else if character != ' ' || at == 0 {
                        return false;
                    }
                    let is_end = matches!(character, '.' | '!');
                    let rest = text.get(at + 1..).unwrap_or("");
                    if is_end
                        && (rest.is_empty() && !is_whole
                            || rest
                                .strip_prefix(' ')
                                .is_some_and(|rest| self.from(rest, 0, is_whole)))
                    {
                        return true;
                    }
                    // One blank after a word or its comma.
                    if character == ' ' && rest.starts_with(' ') {
                        return false;
                    }
                    if is_end {
                        return false;
                    }
                }
                _ => return false,
            }
        }
        !is_whole
            && words < MAX_LEAD_WORDS
            && LEADS.iter().any(|lead| lead.starts_with(word.as_str()))
    }

    fn from(&self, text: &str, part: usize, is_whole: bool) -> bool {
        let Some(ways) = self.parts.get(part) else {
            return text.is_empty();
        };
        ways.iter().any(|way| {
            if let Some(rest) = text.strip_prefix(way.as_str()) {
                let is_last = part + 1 == self.parts.len();
                return match (is_last, rest.strip_prefix(' ')) {
                    (true, _) => rest.is_empty(),
                    (false, Some(rest)) => self.from(rest, part + 1, is_whole),
                    (false, None) => rest.is_empty() && !is_whole,
                };
            }
            !is_whole && way.starts_with(text)
        })
    }

    /// Whether a text says all of the plan and nothing else.
    pub fn is_whole(&self, text: &str) -> bool {
        self.fits(text, true)
    }
}

impl Constraint for Held {
    fn allows(&mut self, text_so_far: &str, next: &str) -> bool {
        self.fits(&format!("{text_so_far}{next}"), false)
    }

    fn may_end(&mut self, text_so_far: &str) -> bool {
        self.is_whole(text_so_far)
    }
}

/// What the model is asked to say.
fn request(talker: &Talker, draft: &Draft, world: &World, number: usize) -> Request {
    let name = world.things.phrase(talker.me());
    let ways: Vec<&str> = draft
        .line
        .iter()
        .filter_map(|c| c.first())
        .map(String::as_str)
        .collect();
    let system = format!(
        "You are {name} in a game. {} Your manner is {:?} and your mood is {:?}. Answer in character, in one or two short \
         sentences. Say exactly this: {}",
        talker.character().about,
        talker.character().manner,
        talker.mood(),
        ways.join(" ")
    );
    let longest: usize = draft
        .line
        .iter()
        .map(|c| c.iter().map(String::len).max().unwrap_or(0) + 1)
        .sum();
    Request {
        prompt: vec![
            Message::new(Speaker::System, system),
            Message::new(Speaker::User, draft.heard.clone()),
        ],
        // A token is at least one character.
        max_tokens: longest + 60,
        temperature: 0.7,
        top_p: 0.95,
        seed: talker.turn_seed().wrapping_add(number as u64),
        constraint: Some(Box::new(Held::new(&draft.line))),
    }
}

/// Puts several characters' answers into words in one batch; the grammar's where the model fails.
///
/// # Errors
/// If the model refuses the requests.
pub fn voice(
    drafts: &[(&Talker, &Draft)],
    world: &World,
    model: &mut dyn LanguageModel,
    on_text: &mut dyn FnMut(usize, &str) -> bool,
) -> Result<Vec<String>, LanguageError> {
    let speaking: Vec<usize> = (0..drafts.len())
        .filter(|i| drafts.get(*i).is_some_and(|d| !d.1.text.is_empty()))
        .collect();
    let requests = speaking
        .iter()
        .filter_map(|i| {
            drafts
                .get(*i)
                .map(|(talker, draft)| request(talker, draft, world, *i))
        })
        .collect();
    let mut said: Vec<String> = drafts.iter().map(|(_, draft)| draft.text.clone()).collect();
    let completions = model.generate(requests, &mut |number, text| {
        speaking.get(number).is_none_or(|at| on_text(*at, text))
    })?;
    for (at, completion) in speaking.iter().zip(completions) {
        if let (Some(slot), Some((_, draft))) = (said.get_mut(*at), drafts.get(*at))
            && Held::new(&draft.line).is_whole(&completion.text)
        {
            *slot = completion.text;
        }
    }
    Ok(said)
}

/// Several characters of a level hear something each and answer in one batch; without a model by the grammar.
/// `heard` goes by the talkers; one without text keeps silent. `on_text` hears the model's pieces of text with the
/// number of the talker; false stops that reply, which is then the grammar's.
///
/// # Errors
/// If the model refuses the requests; nothing is said or remembered then but what was asked.
pub fn hear_all(
    talkers: &mut [Talker],
    heard: &[Option<&str>],
    world: &World,
    understander: &Understander,
    model: Option<&mut dyn LanguageModel>,
    on_text: &mut dyn FnMut(usize, &str) -> bool,
) -> Result<Vec<Option<Reply>>, LanguageError> {
    let mut drafts: Vec<Option<Draft>> = Vec::new();
    for (number, talker) in talkers.iter_mut().enumerate() {
        let text = heard.get(number).copied().flatten();
        drafts.push(text.map(|text| talker.draft(text, world, understander)));
    }
    let pairs: Vec<(usize, &Talker, &Draft)> = talkers
        .iter()
        .zip(&drafts)
        .enumerate()
        .filter_map(|(i, (talker, draft))| Some((i, talker, draft.as_ref()?)))
        .collect();
    let mut said: Vec<Option<String>> = vec![None; drafts.len()];
    if let Some(model) = model {
        let numbers: Vec<usize> = pairs.iter().map(|p| p.0).collect();
        let jobs: Vec<(&Talker, &Draft)> = pairs.iter().map(|p| (p.1, p.2)).collect();
        let texts = voice(&jobs, world, model, &mut |i, text| {
            numbers.get(i).is_none_or(|n| on_text(*n, text))
        })?;
        for (number, text) in numbers.iter().zip(texts) {
            if let Some(slot) = said.get_mut(*number) {
                *slot = Some(text);
            }
        }
    }
    let replies = talkers
        .iter_mut()
        .zip(drafts)
        .zip(said)
        .map(|((talker, draft), said)| {
            let draft = draft?;
            let text = said.unwrap_or_else(|| draft.text.clone());
            Some(talker.finish(draft, &text, world))
        });
    Ok(replies.collect())
}

/// Who is spoken to where several can hear it, by number: who is called at the line's beginning or end, else who was
/// spoken to last, else who is named anywhere, else the nearest who lives.
pub fn addressed(
    talkers: &[Talker],
    world: &World,
    text: &str,
    last: Option<usize>,
) -> Option<usize> {
    let all = words(text);
    let is_end = |w: &&crate::understanding::words::Word| w.text.chars().any(char::is_alphabetic);
    let end = all.iter().rposition(|w| is_end(&w)).map_or(0, |at| at + 1);
    let named = names(world.things, &all);
    let of = |named: &Named| talkers.iter().position(|t| t.me() == named.thing);
    let is_sign = |at: Option<usize>| at.and_then(|at| all.get(at)).is_some_and(|w| w.text == ",");
    let called = named.iter().filter(|n| {
        let is_first = n.words.start == 0 && is_sign(Some(n.words.end));
        is_first || (n.words.end == end && is_sign(n.words.start.checked_sub(1)))
    });
    let called = called.filter_map(of).next();
    let anywhere = || named.iter().find_map(of);
    called
        .or(last)
        .or_else(anywhere)
        .or_else(|| nearest(talkers, world))
}

fn nearest(talkers: &[Talker], world: &World) -> Option<usize> {
    let player = world.state.player()?.plane_m(world.state.layout.view);
    let far = |talker: &Talker| {
        let who = world
            .state
            .character(talker.actor)
            .filter(|c| c.is_alive())?;
        let at = who.plane_m(world.state.layout.view);
        Some(sim::math::hypot(at[0] - player[0], at[1] - player[1]))
    };
    let all = talkers
        .iter()
        .enumerate()
        .filter_map(|(i, t)| Some((i, far(t)?)));
    all.min_by(|a, b| a.1.total_cmp(&b.1)).map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use rand_chacha::ChaCha8Rng;
    use sim::seed::{Draw, stream};

    use super::*;

    fn held() -> Held {
        Held::new(&[
            vec!["Gladly!".into(), "With pleasure!".into()],
            vec![
                "The red key is in the hall.".into(),
                "You will find the red key in the hall.".into(),
            ],
        ])
    }

    #[test]
    fn nothing_but_the_plan_and_empty_words_is_allowed() {
        let held = held();
        for text in [
            "Gladly! The red key is in the hall.",
            "Well, my friend. With pleasure! You will find the red key in the hall.",
            "Ah! Gladly! The red key is in the hall.",
        ] {
            assert!(held.is_whole(text), "{text}");
            for (at, _) in text.char_indices() {
                assert!(held.fits(&text[..at], false), "{}", &text[..at]);
            }
        }
        for text in [
            "The red key is in the hall.",
            "Gladly! The red key is in the hall. It is not.",
            "Gladly! The red key is in the vault.",
            "Hake has it. Gladly! The red key is in the hall.",
            "Gladly! The red key is not in the hall.",
            "",
        ] {
            assert!(!held.is_whole(text), "{text}");
        }
    }

    /// Says letters by chance, among those that are allowed.
    fn babble(held: &mut Held, rng: &mut ChaCha8Rng) -> String {
        let letters: Vec<char> = ('a'..='z')
            .chain('A'..='Z')
            .chain(" .,!?'0123456789".chars())
            .collect();
        let mut text = String::new();
        for _ in 0..400 {
            if held.may_end(&text) && rng.chance(0.5) {
                break;
            }
            let offered: Vec<String> = letters
                .iter()
                .map(|c| c.to_string())
                .filter(|c| held.allows(&text, c))
                .collect();
            let Some(next) = offered.get(rng.index(offered.len())) else {
                break;
            };
            text.push_str(next);
        }
        text
    }

    #[test]
    fn babbling_within_the_bounds_says_the_plan() {
        let mut held = held();
        let mut rng = stream(5, None, "t");
        for _ in 0..50 {
            let text = babble(&mut held, &mut rng);
            let tail = text.rsplit_once("! ").map_or("", |(_, tail)| tail);
            assert!(held.is_whole(&text), "{text:?}");
            assert!(
                tail.ends_with("red key is in the hall.")
                    || tail.ends_with("the red key in the hall."),
                "{text}"
            );
        }
    }
}
