//! Utterances of players, made by our own grammar with names that are made up, too.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use sim::seed::{Draw, stream};

use super::grammar::{Parts, draw};
use super::phrases::{HELD_OUT_MOODS, MOODS, OUT_OF_SCOPE, PHRASES};
use super::{Example, Split};
use crate::understanding::intent::{Emotion, Intent, Mention};
use crate::understanding::network::Labels;

/// Words that names are made of; those that are held out have places of their own.
struct Names {
    persons: &'static [&'static str],
    beginnings: &'static [&'static str],
    endings: &'static [&'static str],
    roles: &'static [&'static str],
    colours: &'static [&'static str],
    items: &'static [&'static str],
    places: &'static [&'static str],
    switches: &'static [&'static str],
}

const KNOWN: Names = Names {
    persons: &[
        "ada",
        "fin",
        "hake",
        "bo",
        "mira",
        "tom",
        "elsa",
        "john",
        "greta",
        "odo",
        "anna",
        "rolf",
        "kit",
        "sam",
        "lena",
        "max",
        "old ben",
        "iron jack",
        "ivy",
        "hugo",
        "nell",
        "piet",
    ],
    beginnings: &[
        "al", "bra", "cor", "da", "el", "fa", "gor", "hel", "ir", "jo", "ka", "lo", "mor", "na",
        "or", "pe", "ra", "sil", "tor", "ul", "va",
    ],
    endings: &[
        "ric", "na", "dor", "win", "bert", "la", "mund", "ra", "vin", "da", "gan", "lia", "mir",
        "nor", "ston", "ya",
    ],
    roles: &[
        "guard",
        "merchant",
        "warden",
        "king",
        "queen",
        "smith",
        "companion",
        "boss",
        "captain",
        "priest",
        "wizard",
        "thief",
        "prisoner",
        "hare",
        "knight",
        "stranger",
    ],
    colours: &[
        "red", "blue", "green", "iron", "golden", "silver", "black", "white", "old", "small",
        "brass", "yellow",
    ],
    items: &[
        "key", "sword", "axe", "crown", "potion", "coin", "gem", "map", "ring", "lantern", "book",
        "scroll", "shield", "bow", "amulet", "letter", "chalice", "hammer", "rope", "statue",
        "dagger", "spear", "orb", "coins", "keys",
    ],
    places: &[
        "yard",
        "hall",
        "armoury",
        "vault",
        "cell",
        "exit",
        "north",
        "south",
        "kitchen",
        "tower",
        "library",
        "garden",
        "cellar",
        "chapel",
        "bridge",
        "stable",
        "throne room",
        "dungeon",
        "courtyard",
        "gate house",
        "west wing",
        "storeroom",
        "market",
        "cave",
    ],
    switches: &[
        "lever",
        "switch",
        "plate",
        "gate lever",
        "north lever",
        "button",
        "stone plate",
    ],
};

const HELD_OUT: Names = Names {
    persons: &[
        "wanda", "gil", "teodor", "brigid", "sly pete", "esme", "rufus", "konrad", "zoe", "ole",
    ],
    beginnings: &["ther", "wil", "xan", "yor", "ze", "quin", "cy", "bel"],
    endings: &["fred", "gard", "thos", "wyn", "mar", "bel", "ros"],
    roles: &[
        "guard", "merchant", "jailer", "butler", "hermit", "baker", "boss", "sergeant",
    ],
    colours: &[
        "red", "blue", "copper", "purple", "orange", "rusty", "crimson",
    ],
    items: &[
        "key", "sabre", "mace", "goblet", "elixir", "coin", "pearl", "compass", "necklace",
        "torch", "tome", "helmet", "crossbow", "idol", "whistle",
    ],
    places: &[
        "yard",
        "pantry",
        "crypt",
        "exit",
        "attic",
        "forge",
        "east",
        "guard room",
        "balcony",
        "treasury",
        "barracks",
        "harbour",
        "well",
    ],
    switches: &["lever", "switch", "crank", "floor plate", "handle"],
};

const REFERENCES: &[&str] = &[
    "it",
    "it",
    "it",
    "that",
    "this",
    "that one",
    "this one",
    "him",
    "her",
    "them",
    "he",
    "she",
    "there",
    "the other one",
];

fn pick<'a>(all: &[&'a str], rng: &mut ChaCha8Rng) -> &'a str {
    all.get(rng.index(all.len())).copied().unwrap_or("")
}

fn slot(mention: Mention) -> Option<usize> {
    Some(mention as usize)
}

fn article(rng: &mut ChaCha8Rng) -> String {
    let all = [
        "the ", "the ", "the ", "the ", "that ", "this ", "a ", "your ", "my ", "",
    ];
    pick(&all, rng).to_owned()
}

/// A mention by what was spoken of before.
fn reference(rng: &mut ChaCha8Rng, names: &Names) -> Parts {
    if rng.chance(0.3) {
        let one = format!("{} one", pick(names.colours, rng));
        return vec![("the ".to_owned(), None), (one, slot(Mention::Reference))];
    }
    vec![(pick(REFERENCES, rng).to_owned(), slot(Mention::Reference))]
}

/// The parts of a value of a kind that phrases name.
fn value(kind: &str, rng: &mut ChaCha8Rng, names: &Names) -> Parts {
    if let Some((slot_name, text)) = kind.split_once('=') {
        let mention = Mention::of(slot_name);
        return vec![(text.to_owned(), mention.and_then(slot))];
    }
    let deed =
        |all: &[&str], rng: &mut ChaCha8Rng| vec![(pick(all, rng).to_owned(), slot(Mention::Deed))];
    match kind {
        "any" => {
            let kinds = [
                "item", "item", "item", "door", "person", "person", "place", "place", "switch",
            ];
            let kind = pick(&kinds, rng);
            if rng.chance(0.15) {
                return reference(rng, names);
            }
            value(kind, rng, names)
        }
        "item" if rng.chance(0.12) => reference(rng, names),
        "item" => {
            let noun = pick(names.items, rng);
            let name = if rng.chance(0.5) {
                format!("{} {noun}", pick(names.colours, rng))
            } else {
                noun.to_owned()
            };
            vec![(article(rng), None), (name, slot(Mention::Item))]
        }
        "door" if rng.chance(0.12) => reference(rng, names),
        "door" => {
            let noun = pick(&["door", "door", "door", "gate", "portal"], rng);
            let name = match rng.index(6) {
                0 => noun.to_owned(),
                1 => format!("{noun} (to|of|in) the {}", pick(names.places, rng)),
                2 => format!("{} {noun}", pick(names.places, rng)),
                3 => format!(
                    "{} {noun}",
                    pick(
                        &["open", "closed", "locked", "plain", "other", "first"],
                        rng
                    )
                ),
                _ => format!("{} {noun}", pick(names.colours, rng)),
            };
            let name = name.replace("(to|of|in)", pick(&["to", "of", "in"], rng));
            vec![(article(rng), None), (name, slot(Mention::Door))]
        }
        "switch" => {
            let name = pick(names.switches, rng).to_owned();
            vec![("the ".to_owned(), None), (name, slot(Mention::Switch))]
        }
        "person" if rng.chance(0.1) => {
            vec![(
                pick(&["him", "her", "he", "she", "them"], rng).to_owned(),
                slot(Mention::Reference),
            )]
        }
        "person" => match rng.index(4) {
            0 => {
                let role = pick(names.roles, rng).to_owned();
                vec![("the ".to_owned(), None), (role, slot(Mention::Person))]
            }
            1 => vec![(pick(names.persons, rng).to_owned(), slot(Mention::Person))],
            _ => {
                let name = format!(
                    "{}{}",
                    pick(names.beginnings, rng),
                    pick(names.endings, rng)
                );
                vec![(name, slot(Mention::Person))]
            }
        },
        "place" if rng.chance(0.06) => {
            vec![(
                pick(&["there", "here", "that place"], rng).to_owned(),
                slot(Mention::Reference),
            )]
        }
        "place" => {
            vec![
                ("the ".to_owned(), None),
                (pick(names.places, rng).to_owned(), slot(Mention::Place)),
            ]
        }
        "deed_door" => deed(
            &[
                "opened",
                "opened",
                "unlocked",
                "forced",
                "has opened",
                "broke open",
            ],
            rng,
        ),
        "part_door" => deed(&["opened", "unlocked", "forced"], rng),
        "deed_item" => deed(
            &[
                "took",
                "picked up",
                "stole",
                "grabbed",
                "found",
                "has taken",
                "got",
            ],
            rng,
        ),
        "part_item" => deed(&["taken", "picked up", "stolen", "found", "grabbed"], rng),
        "deed_person" => deed(
            &[
                "killed",
                "slew",
                "murdered",
                "attacked",
                "hurt",
                "defeated",
                "struck down",
            ],
            rng,
        ),
        "part_person" => deed(
            &[
                "killed", "slain", "murdered", "attacked", "hurt", "defeated",
            ],
            rng,
        ),
        "deed_switch" => deed(
            &[
                "pulled",
                "turned",
                "flipped",
                "used",
                "pressed",
                "switched on",
                "turned on",
            ],
            rng,
        ),
        _ => Parts::new(),
    }
}

/// What utterances are made for; each has phrases of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// To learn from.
    Training,
    /// To choose thresholds by; with names that are not learned.
    Validation,
    /// To measure with; with names that are not learned.
    Test,
}

/// What is drawn: of an intent, or out of scope.
pub fn utterance(intent: Option<Intent>, part: Part, rng: &mut ChaCha8Rng) -> Example {
    let is_held_out = part != Part::Training;
    let names = if is_held_out { &HELD_OUT } else { &KNOWN };
    let found = intent.and_then(|intent| PHRASES.iter().find(|p| p.0 == intent));
    let of_intent = found.map(|p| (p.1, p.2, p.3));
    let (training, validation, test) = match intent {
        Some(_) => of_intent.unwrap_or_default(),
        None => OUT_OF_SCOPE,
    };
    let phrases = match part {
        Part::Training => training,
        Part::Validation => validation,
        Part::Test => test,
    };
    let phrase = pick(phrases, rng);
    let moods = if is_held_out { HELD_OUT_MOODS } else { MOODS };
    // Half are neutral.
    let mood = if rng.chance(0.5) {
        0
    } else {
        rng.index(moods.len())
    };
    let Some((emotion, before, after)) = moods.get(mood) else {
        return Example::default();
    };
    let (mut first, mut last) = (pick(before, rng), pick(after, rng));
    if mood > 0 {
        // At one end at least.
        match rng.index(3) {
            0 => first = "",
            1 => last = "",
            _ => {}
        }
    }
    let mut of = |kind: &str, rng: &mut ChaCha8Rng| value(kind, rng, names);
    let mut parts = Parts::new();
    for text in [first, phrase, last] {
        parts.extend(draw(text, rng, &mut of));
    }
    let mut example = Example::tagged(&parts, intent.map(|i| i as i64));
    let own = Emotion::of(emotion).unwrap_or(Emotion::Neutral);
    // An insult is angry without a word that says so.
    let emotion = match (own, intent) {
        (Emotion::Neutral, Some(Intent::Insult | Intent::Threaten)) => Emotion::Anger,
        (Emotion::Neutral, Some(Intent::Praise)) => Emotion::Joy,
        _ => own,
    };
    example.emotion = Some(emotion as i64);
    example
}

/// Classes of the game's domain.
pub fn labels() -> Labels {
    Labels {
        intents: Intent::ALL.iter().map(|i| i.name().to_owned()).collect(),
        slots: Mention::ALL.iter().map(|m| m.name().to_owned()).collect(),
    }
}

/// As many utterances of each intent, and twice as many out of scope.
pub fn split(seed: u64, train: usize, other: usize) -> Split {
    let make = |purpose: &str, count: usize, part: Part| {
        let mut rng = stream(seed, None, purpose);
        let mut all = Vec::new();
        let intents = Intent::ALL.iter().map(|i| Some(*i)).chain([None, None]);
        for intent in intents {
            for _ in 0..count {
                all.push(utterance(intent, part, &mut rng));
            }
        }
        all
    };
    Split {
        labels: labels(),
        train: make("phrases to learn", train, Part::Training),
        validation: make("phrases to choose by", other, Part::Validation),
        test: make("phrases held out", other, Part::Test),
    }
}

/// A misspelling now and then: two letters the wrong way round, one left out or one twice.
pub fn misspell(words: &mut [String], chance: f64, rng: &mut ChaCha8Rng) {
    for word in words {
        let mut letters: Vec<char> = word.chars().collect();
        let places: Range<usize> = 1..letters.len().saturating_sub(1);
        if places.len() < 2 || !rng.chance(chance) {
            continue;
        }
        let at = places.start + rng.index(places.len() - 1);
        match rng.index(3) {
            0 => letters.swap(at, at + 1),
            1 => drop(letters.remove(at)),
            _ => letters.insert(at, letters[at]),
        }
        *word = letters.into_iter().collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::understanding::data::slots_of;

    #[test]
    fn every_intent_has_phrases_of_all_parts_and_none_in_two() {
        for intent in Intent::ALL {
            let found = PHRASES.iter().find(|p| p.0 == *intent).unwrap();
            let (train, validation, test) = (found.1, found.2, found.3);
            let counts = (train.len(), validation.len(), test.len());
            assert!(
                counts.0 >= 12 && counts.1 >= 4 && counts.2 >= 4,
                "{counts:?}"
            );
            assert!(
                validation
                    .iter()
                    .all(|p| !train.contains(p) && !test.contains(p))
            );
            assert!(test.iter().all(|p| !train.contains(p)));
        }
    }

    #[test]
    fn utterances_are_tagged_and_repeat() {
        let split = split(3, 40, 10);
        let intents = Intent::ALL.len() + 2;
        assert_eq!(split.train.len(), 40 * intents);
        for example in split.train.iter().chain(&split.test) {
            assert!(!example.words.is_empty());
            assert_eq!(example.words.len(), example.tags.len());
            assert!(
                example.words.iter().all(|w| !w.contains(['{', '(', '|'])),
                "{example:?}"
            );
        }
        let mentions = split.train.iter().flat_map(|e| slots_of(&e.tags)).count();
        assert!(mentions > split.train.len() / 3, "{mentions}");
        assert_eq!(split.test, super::split(3, 0, 10).test);
    }

    #[test]
    fn misspelt_words_stay_words() {
        let mut rng = stream(1, None, "t");
        let mut words = vec!["door".to_owned(), "a".to_owned(), "élan".to_owned()];
        for _ in 0..100 {
            misspell(&mut words, 1.0, &mut rng);
            assert!(words.iter().all(|w| !w.is_empty()));
            words = vec!["door".to_owned(), "a".to_owned(), "élan".to_owned()];
        }
    }
}
