//! Names of people, places and things by a small grammar.

use std::collections::BTreeSet;

use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

const FIRST: [&str; 16] = [
    "Ma", "Bro", "Ti", "Sel", "Or", "Ka", "Dun", "El", "Wy", "Har", "Ne", "Gor", "Iv", "Las", "Ro",
    "Fen",
];
const MIDDLE: [&str; 10] = ["ri", "da", "lo", "ve", "ma", "ne", "sha", "bi", "to", "ra"];
const LAST: [&str; 12] = [
    "n", "k", "la", "s", "ric", "na", "th", "m", "vin", "ra", "d", "lin",
];
const EPITHETS: [&str; 14] = [
    "the Red",
    "the Grim",
    "Longarm",
    "the Quiet",
    "Ironjaw",
    "the Crow",
    "Halfhand",
    "the Tall",
    "Ashbeard",
    "the Wolf",
    "Blackboot",
    "the Sly",
    "Stonefist",
    "the Old",
];
const ADJECTIVES: [&str; 20] = [
    "Amber", "Broken", "Silent", "Old", "Upper", "Lower", "Painted", "Cold", "Drowned", "Hidden",
    "Long", "Dusty", "Red", "Hollow", "Lamplit", "Narrow", "Royal", "Burnt", "Green", "Echoing",
];
const ITEM_ADJECTIVES: [&str; 12] = [
    "old", "sealed", "carved", "stolen", "cracked", "gilded", "worn", "blue", "small", "heavy",
    "lost", "silver",
];
const ITEMS: [&str; 14] = [
    "ledger",
    "locket",
    "lantern",
    "flute",
    "map",
    "ring",
    "goblet",
    "letter",
    "compass",
    "dagger sheath",
    "medal",
    "mirror",
    "seed box",
    "hourglass",
];
const TREASURES: [&str; 8] = [
    "crown",
    "star ruby",
    "sun disc",
    "book of tides",
    "first bell",
    "king's seal",
    "moon pearl",
    "dragon egg",
];
/// Places by theme.
const PLACES: [(&str, [&str; 10]); 4] = [
    (
        "dungeon",
        [
            "Hall", "Cellar", "Vault", "Crypt", "Well", "Gallery", "Chamber", "Passage", "Forge",
            "Pit",
        ],
    ),
    (
        "keep",
        [
            "Hall",
            "Armoury",
            "Kitchen",
            "Chapel",
            "Tower",
            "Gatehouse",
            "Stables",
            "Library",
            "Court",
            "Barracks",
        ],
    ),
    (
        "village",
        [
            "Market", "Mill", "Bakery", "Yard", "Barn", "Tavern", "Square", "Smithy", "Garden",
            "Lane",
        ],
    ),
    (
        "ruins",
        [
            "Arch",
            "Court",
            "Stair",
            "Basin",
            "Shrine",
            "Colonnade",
            "Terrace",
            "Bath",
            "Archive",
            "Tomb",
        ],
    ),
];

/// The themes that there are.
pub const THEMES: [&str; 4] = ["dungeon", "keep", "village", "ruins"];

/// Colours of keys, so many locks are possible.
pub(super) const COLOURS: [&str; 12] = [
    "iron", "brass", "silver", "copper", "jade", "amber", "ruby", "bone", "ivory", "coral",
    "obsidian", "golden",
];

/// One of a list.
pub(super) fn pick<'a>(rng: &mut ChaCha8Rng, from: &[&'a str]) -> &'a str {
    from.get(rng.index(from.len())).copied().unwrap_or_default()
}

/// Makes names, each once.
#[derive(Debug)]
pub(super) struct Names {
    taken: BTreeSet<String>,
    theme: String,
}

impl Names {
    pub fn new(theme: &str) -> Self {
        Self {
            taken: BTreeSet::new(),
            theme: theme.to_owned(),
        }
    }

    /// A name that wasn't given before; numbered where chance doesn't find one.
    fn new_one(
        &mut self,
        rng: &mut ChaCha8Rng,
        make: impl Fn(&mut ChaCha8Rng) -> String,
    ) -> String {
        for _ in 0..60 {
            let name = make(rng);
            if self.taken.insert(name.clone()) {
                return name;
            }
        }
        let name = format!("{} {}", make(rng), self.taken.len());
        self.taken.insert(name.clone());
        name
    }

    pub fn person(&mut self, rng: &mut ChaCha8Rng) -> String {
        self.new_one(rng, |rng| {
            let middle = if rng.chance(0.5) {
                pick(rng, &MIDDLE)
            } else {
                ""
            };
            format!("{}{middle}{}", pick(rng, &FIRST), pick(rng, &LAST))
        })
    }

    pub fn foe(&mut self, rng: &mut ChaCha8Rng) -> String {
        self.new_one(rng, |rng| {
            format!(
                "{}{} {}",
                pick(rng, &FIRST),
                pick(rng, &LAST),
                pick(rng, &EPITHETS)
            )
        })
    }

    pub fn place(&mut self, rng: &mut ChaCha8Rng) -> String {
        let theme = PLACES.iter().find(|(theme, _)| *theme == self.theme);
        let nouns = theme.map_or(&[][..], |(_, nouns)| nouns.as_slice());
        self.new_one(rng, |rng| {
            format!("the {} {}", pick(rng, &ADJECTIVES), pick(rng, nouns))
        })
    }

    pub fn item(&mut self, rng: &mut ChaCha8Rng) -> String {
        self.new_one(rng, |rng| {
            format!("{} {}", pick(rng, &ITEM_ADJECTIVES), pick(rng, &ITEMS))
        })
    }

    pub fn treasure(&mut self, rng: &mut ChaCha8Rng) -> String {
        self.new_one(rng, |rng| pick(rng, &TREASURES).to_owned())
    }
}
