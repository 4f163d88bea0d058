//! Whether a text names only what it may: the last check before a character says it.

use std::collections::BTreeSet;

use super::things::{ThingId, Things};
use crate::understanding::words::{Word, words};

/// Directions are no places, even where a place is called by one.
const DIRECTIONS: [&str; 4] = ["north", "east", "south", "west"];

/// A thing's full name in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The thing.
    pub thing: ThingId,
    /// Its words in the text, by their numbers.
    pub words: std::ops::Range<usize>,
}

/// Full names of things in words, longest first where they overlap, in the order of the text.
pub fn names(things: &Things, text: &[Word]) -> Vec<Named> {
    let mut named: Vec<(ThingId, Vec<String>)> = things
        .all()
        .iter()
        .map(|t| (t.id, words(&t.name).into_iter().map(|w| w.text).collect()))
        .filter(|(_, name): &(ThingId, Vec<String>)| !name.is_empty())
        .collect();
    named.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(&b.0)));
    let mut taken = vec![false; text.len()];
    let mut all = Vec::new();
    for (thing, name) in named {
        for start in 0..(text.len() + 1).saturating_sub(name.len()) {
            let range = start..start + name.len();
            let is_free = taken
                .get(range.clone())
                .is_some_and(|t| t.iter().all(|t| !t));
            let own = text.get(range.clone()).unwrap_or(&[]);
            let last = name.len() - 1;
            let is_it = own.iter().zip(&name).enumerate().all(|(i, (word, n))| {
                // The last word may stand in the plural.
                word.text == *n || (i == last && word.text.strip_suffix('s') == Some(n))
            });
            if is_free && is_it {
                taken[range.clone()].fill(true);
                all.push(Named {
                    thing,
                    words: range,
                });
            }
        }
    }
    all.sort_by_key(|n| n.words.start);
    all
}

/// Things whose full names stand in a text.
pub fn named_in(things: &Things, text: &str) -> Vec<ThingId> {
    names(things, &words(text))
        .into_iter()
        .map(|n| n.thing)
        .collect()
}

/// The first name in a text that is not allowed. Directions are always allowed.
pub fn forbidden(things: &Things, text: &str, allowed: &BTreeSet<ThingId>) -> Option<ThingId> {
    let is_direction = |id: &ThingId| {
        things
            .get(*id)
            .is_some_and(|t| DIRECTIONS.contains(&t.name.as_str()))
    };
    named_in(things, text)
        .into_iter()
        .find(|id| !allowed.contains(id) && !is_direction(id))
}

#[cfg(test)]
mod tests {
    use super::super::things::{Kind, tests::level};
    use super::*;

    #[test]
    fn names_outside_the_plan_are_found() {
        let (level, state) = level();
        let things = Things::new(&level, &state, &[]);
        let id = |name: &str, kind| things.named(name, kind).unwrap();
        let (key, hall) = (id("red key", Kind::Item), id("hall", Kind::Place));
        let text = "The red key is in the Hall.";
        assert_eq!(named_in(&things, text), [key, hall]);
        assert_eq!(forbidden(&things, text, &BTreeSet::from([key])), Some(hall));
        assert_eq!(forbidden(&things, text, &BTreeSet::from([key, hall])), None);
        assert_eq!(
            forbidden(&things, "Marshall sees red.", &BTreeSet::new()),
            None
        );
        assert_eq!(
            forbidden(&things, "Two crowns!", &BTreeSet::new()),
            Some(id("crown", Kind::Item))
        );
    }
}
