//! Names of a level in place of which the network is shown ones that it knows: so it does not matter to it what
//! an author calls a person or a place.

use std::ops::Range;

use super::ground::names;
use super::things::{Kind, Things};
use crate::understanding::words::words;
use crate::understanding::{Understander, Understood};

/// A text with familiar names, and which of its bytes stand for which of the original's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Familiar {
    text: String,
    /// Ranges of names: here, and in the original.
    names: Vec<(Range<usize>, Range<usize>)>,
}

fn familiar(things: &Things, text: &str) -> Familiar {
    let all = words(text);
    let mut made = Familiar {
        text: String::new(),
        names: Vec::new(),
    };
    let mut done = 0;
    for name in names(things, &all) {
        let own = all.get(name.words.clone()).unwrap_or(&[]);
        let (Some(first), Some(last)) = (own.first(), own.last()) else {
            continue;
        };
        let span = first.span.start..last.span.end;
        let word = match things.kind(name.thing) {
            Some(Kind::Item) => "red key",
            Some(Kind::Door) => "red door",
            Some(Kind::Switch) => "lever",
            Some(Kind::Place) => "hall",
            Some(Kind::Person) => "Ada",
            None => continue,
        };
        made.text.push_str(text.get(done..span.start).unwrap_or(""));
        let start = made.text.len();
        made.text.push_str(word);
        made.names.push((start..made.text.len(), span.clone()));
        done = span.end;
    }
    made.text.push_str(text.get(done..).unwrap_or(""));
    made
}

impl Familiar {
    /// The original's byte for one of here: the begin or end of a name for any within it.
    fn original(&self, at: usize, is_end: bool) -> usize {
        let mut shift = 0isize;
        for (here, there) in &self.names {
            if at < here.start || (at == here.start && !is_end) {
                break;
            }
            if at < here.end || (at == here.end && is_end) {
                return if is_end { there.end } else { there.start };
            }
            shift = there.end as isize - here.end as isize;
        }
        let moved = at as isize + shift;
        if let (false, Some((_, there))) = (is_end, self.names.iter().find(|n| n.0.start == at)) {
            return there.start;
        }
        moved.max(0) as usize
    }
}

/// What a text is understood as, whatever the level's things are called.
pub fn understand(understander: &Understander, things: &Things, text: &str) -> Understood {
    let shown = familiar(things, text);
    let mut understood = understander.understand(&shown.text);
    for mention in &mut understood.mentions {
        let span =
            shown.original(mention.span.start, false)..shown.original(mention.span.end, true);
        if let Some(own) = text.get(span.clone()) {
            let own: Vec<String> = words(own).into_iter().map(|w| w.text).collect();
            mention.text = own.join(" ");
            mention.span = span;
        }
    }
    understood
}

#[cfg(test)]
mod tests {
    use super::super::things::tests::level;
    use super::*;

    #[test]
    fn places_in_the_text_are_found_again() {
        let (level, state) = level();
        let things = Things::new(&level, &state, &[]);
        let text = "Is Hake in the vault, or did the crown go there?";
        let shown = familiar(&things, text);
        assert_eq!(
            shown.text,
            "Is Ada in the hall, or did the red key go there?"
        );
        let back = |word: &str| {
            let start = shown.text.find(word).unwrap();
            let span = shown.original(start, false)..shown.original(start + word.len(), true);
            &text[span]
        };
        assert_eq!(back("Ada"), "Hake");
        assert_eq!(back("hall"), "vault");
        assert_eq!(back("red key"), "crown");
        assert_eq!(back("key"), "crown");
        assert_eq!(back("there"), "there");
        assert_eq!(back("or did"), "or did");
        assert_eq!(back("Is Ada"), "Is Hake");
        assert_eq!(familiar(&things, "hello").text, "hello");
    }
}
