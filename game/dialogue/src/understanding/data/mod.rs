//! What the network learns from: public data sets and our own grammar of what players say.

pub mod chatter;
pub mod clinc;
pub mod game;
pub mod grammar;
pub mod phrases;
pub mod snips;

use sim::seed::Draw;

use super::network::Labels;
use super::words::words;

/// An utterance and what it should be understood as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Its words, in small letters.
    pub words: Vec<String>,
    /// Number of its intent; none: it is out of scope.
    pub intent: Option<i64>,
    /// Its words' tags (see [`Labels::tags`]); empty where it has none.
    pub tags: Vec<i64>,
    /// Number of its emotion, where it has one.
    pub emotion: Option<i64>,
}

impl Example {
    /// Text of an intent, without slots.
    pub fn plain(text: &str, intent: Option<i64>) -> Self {
        Self {
            words: words(text).into_iter().map(|w| w.text).collect(),
            intent,
            ..Self::default()
        }
    }

    /// Parts of a text on end; those that have a slot are tagged with it.
    pub fn tagged(parts: &[(String, Option<usize>)], intent: Option<i64>) -> Self {
        let mut example = Self {
            intent,
            ..Self::default()
        };
        for (text, slot) in parts {
            for (place, word) in words(text).into_iter().enumerate() {
                if example.words.len() == super::words::MAX_WORDS {
                    break;
                }
                example.words.push(word.text);
                example.tags.push(match slot {
                    Some(slot) => 1 + 2 * *slot as i64 + i64::from(place > 0),
                    None => 0,
                });
            }
        }
        example
    }

    /// Its words, as the network takes them.
    pub fn shown(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }
}

/// Examples apart by what they are for.
#[derive(Clone, Debug, Default)]
pub struct Split {
    /// Names of classes.
    pub labels: Labels,
    /// To learn from.
    pub train: Vec<Example>,
    /// To choose thresholds on.
    pub validation: Vec<Example>,
    /// To measure on, and for nothing else.
    pub test: Vec<Example>,
}

/// Slots of an example as `(slot, words)`; what begins without a begin is taken as one.
pub fn slots_of(tags: &[i64]) -> Vec<(usize, std::ops::Range<usize>)> {
    let mut all: Vec<(usize, std::ops::Range<usize>)> = Vec::new();
    let mut open: Option<usize> = None;
    for (place, tag) in tags.iter().enumerate() {
        if *tag <= 0 {
            open = None;
            continue;
        }
        let (slot, goes_on) = ((*tag as usize - 1) / 2, *tag % 2 == 0);
        match all.last_mut() {
            Some(last) if goes_on && open == Some(slot) => last.1.end = place + 1,
            _ => all.push((slot, place..place + 1)),
        }
        open = Some(slot);
    }
    all
}

/// The example with other values in its slots, each from another example of the same slot.
pub fn with_other_values(
    example: &Example,
    values: &[Vec<Vec<String>>],
    draw: &mut impl Draw,
) -> Example {
    let mut made = Example {
        words: Vec::new(),
        tags: Vec::new(),
        ..example.clone()
    };
    let slots = slots_of(&example.tags);
    let mut place = 0;
    for (slot, span) in slots {
        for at in place..span.start {
            made.words.extend(example.words.get(at).cloned());
            made.tags.push(0);
        }
        let own: Vec<String> = example.words.get(span.clone()).unwrap_or(&[]).to_vec();
        let others = values.get(slot).map_or(&[][..], Vec::as_slice);
        let value = others.get(draw.index(others.len())).unwrap_or(&own);
        for (i, word) in value.iter().enumerate() {
            made.words.push(word.clone());
            made.tags.push(1 + 2 * slot as i64 + i64::from(i > 0));
        }
        place = span.end;
    }
    for at in place..example.words.len() {
        made.words.extend(example.words.get(at).cloned());
        made.tags.push(0);
    }
    made.words.truncate(super::words::MAX_WORDS);
    made.tags.truncate(super::words::MAX_WORDS);
    made
}

/// All values of each slot, in the order of the examples, each as often as it occurs.
pub fn values_of(examples: &[Example], slots: usize) -> Vec<Vec<Vec<String>>> {
    let mut all = vec![Vec::new(); slots];
    for example in examples {
        for (slot, span) in slots_of(&example.tags) {
            if let (Some(list), Some(words)) = (all.get_mut(slot), example.words.get(span)) {
                list.push(words.to_vec());
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::seed::stream;

    #[test]
    fn slots_are_found_again() {
        let parts = [
            ("where is the ".to_owned(), None),
            ("red key".to_owned(), Some(1)),
            ("of ".to_owned(), None),
            ("Ada".to_owned(), Some(0)),
        ];
        let example = Example::tagged(&parts, Some(3));
        assert_eq!(slots_of(&example.tags), [(1, 3..5), (0, 6..7)]);
        // Two of a kind side by side stay two.
        assert_eq!(slots_of(&[1, 2, 1]), [(0, 0..2), (0, 2..3)]);
        assert_eq!(slots_of(&[2, 4]), [(0, 0..1), (1, 1..2)]);
    }

    #[test]
    fn other_values_keep_the_rest() {
        let parts = [
            ("play ".to_owned(), None),
            ("one two".to_owned(), Some(0)),
            ("now".to_owned(), None),
        ];
        let example = Example::tagged(&parts, Some(0));
        let values = vec![vec![vec!["x".to_owned(), "y".to_owned(), "z".to_owned()]]];
        let made = with_other_values(&example, &values, &mut stream(1, None, "t"));
        assert_eq!(made.words, ["play", "x", "y", "z", "now"]);
        assert_eq!(made.tags, [0, 1, 2, 2, 0]);
    }
}
