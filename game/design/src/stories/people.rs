//! Sheets of a generated story's characters: who they are, whom they trust, what they know of the level.

use std::collections::BTreeMap;

use game::level::{Item, Level, Mark, Role};
use rand_chacha::ChaCha8Rng;
use sim::seed::Draw;

use super::cast::{CharacterSheet, Fact, Relation};
use super::names::pick;
use super::{Objective, Quest, Reward};

const TRADES: [&str; 12] = [
    "smith",
    "baker",
    "scribe",
    "healer",
    "cook",
    "carpenter",
    "pedlar",
    "weaver",
    "chaplain",
    "gardener",
    "potter",
    "clerk",
];
const TRAITS: [&str; 16] = [
    "patient",
    "greedy",
    "brave",
    "timid",
    "curious",
    "proud",
    "honest",
    "sly",
    "cheerful",
    "gloomy",
    "loyal",
    "stubborn",
    "talkative",
    "silent",
    "kind",
    "bitter",
];
const PASTS: [&str; 10] = [
    "was born here and has never left",
    "came with the last caravan",
    "once served the king",
    "has lost a brother to the guards",
    "owes money to half the place",
    "writes everything down",
    "knows every door and whose key it takes",
    "dreams of the sea",
    "sleeps badly since the bell was stolen",
    "has seen better days",
];

/// Somebody of the plot.
#[derive(Clone, Debug)]
pub(super) struct Person {
    pub name: String,
    pub role: Role,
    /// The place in which it is at first.
    pub place: String,
}

impl Person {
    pub fn new(name: &str, role: Role, place: &str) -> Self {
        Self {
            name: name.to_owned(),
            role,
            place: place.to_owned(),
        }
    }
}

/// The sheets of a plot's people. What they know is read off the finished level, so that it is true.
pub(super) fn sheets(
    rng: &mut ChaCha8Rng,
    people: &[Person],
    quests: &[Quest],
    level: &Level,
) -> Vec<CharacterSheet> {
    let places = where_things_are(level);
    let mut all = Vec::new();
    for person in people {
        let is_foe = matches!(person.role, Role::Guard | Role::Boss);
        let role = match person.role {
            Role::Guard => "outlaw",
            Role::Boss => "warlord",
            Role::Companion => "prisoner",
            _ => pick(rng, &TRADES),
        };
        let mut traits = vec![pick(rng, &TRAITS).to_owned()];
        let second = pick(rng, &TRAITS).to_owned();
        if !traits.contains(&second) {
            traits.push(second);
        }
        let past = pick(rng, &PASTS);
        let persona = format!("{}, {role} in {}, {past}.", person.name, person.place);
        let trust = if is_foe {
            -0.8
        } else {
            (rng.uniform(-0.2, 0.4) * 10.0).round() / 10.0
        };
        let mut relations = vec![Relation {
            to: "player".to_owned(),
            kind: if is_foe { "enemy" } else { "stranger" }.to_owned(),
            trust,
        }];
        for other in people.iter().filter(|o| o.name != person.name) {
            if !rng.chance(0.3) {
                continue;
            }
            let is_other_foe = matches!(other.role, Role::Guard | Role::Boss);
            let (kind, trust) = match (is_foe, is_other_foe) {
                (false, true) => ("fears", -0.7),
                (true, true) => ("comrade", 0.5),
                (true, false) => ("despises", -0.5),
                (false, false) if rng.chance(0.7) => ("friend", 0.6),
                (false, false) => ("rival", -0.3),
            };
            let kind = kind.to_owned();
            let to = other.name.clone();
            relations.push(Relation { to, kind, trust });
        }
        let (mut knows, mut secrets) = (Vec::new(), Vec::new());
        let given = quests
            .iter()
            .filter(|q| q.giver.as_ref() == Some(&person.name));
        let mut goods = Vec::new();
        for quest in given {
            for step in &quest.steps {
                let about = match step {
                    Objective::Fetch(what) | Objective::Defeat(what) => what,
                    Objective::Escort(who, _) => who,
                    _ => continue,
                };
                let fact = places.get(about).map(|place| fact(about, place));
                knows.extend(fact.filter(|f| !knows.contains(f)));
            }
            goods.extend(quest.rewards.iter().filter_map(|reward| match reward {
                Reward::Item(item) => Some(item.name()),
                Reward::Trust(..) => None,
            }));
        }
        for (what, place) in &places {
            let fact = fact(what, place);
            if knows.contains(&fact) || *what == person.name {
                continue;
            }
            if rng.chance(0.15) {
                knows.push(fact);
            } else if rng.chance(0.05) {
                secrets.push(fact);
            }
        }
        all.push(CharacterSheet {
            name: person.name.clone(),
            role: role.to_owned(),
            persona,
            traits,
            relations,
            knows,
            secrets,
            goods,
        });
    }
    all
}

fn fact(what: &str, place: &str) -> Fact {
    (what.to_owned(), "is in".to_owned(), place.to_owned())
}

/// The room of each quest item, key and named character, by the name of its place.
fn where_things_are(level: &Level) -> BTreeMap<String, String> {
    let mut named = Vec::new();
    let mut things = Vec::new();
    let rows = level
        .rooms
        .iter()
        .flat_map(|room| room.rows.iter().enumerate());
    for (y, row) in rows {
        for (x, c) in row.chars().enumerate() {
            let room = (x / 8, y / 7);
            match level.mark(c) {
                Some(Mark::Place(name)) if name != "exit" => named.push((room, name)),
                Some(Mark::Item(item @ (Item::Key(_) | Item::Quest(_)))) => {
                    things.push((room, item.name()));
                }
                Some(Mark::Character(who)) if !who.name.is_empty() => {
                    things.push((room, who.name.clone()));
                    let carried = who.carries.iter();
                    let wanted = carried.filter(|i| matches!(i, Item::Key(_) | Item::Quest(_)));
                    things.extend(wanted.map(|item| (room, item.name())));
                }
                _ => {}
            }
        }
    }
    let place = |at: (usize, usize)| named.iter().find(|(room, _)| *room == at);
    let found = things
        .into_iter()
        .filter_map(|(room, name)| place(room).map(|(_, place)| (name, place.clone())));
    found.collect()
}
