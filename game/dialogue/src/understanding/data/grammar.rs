//! A small language of phrases: `(a|b|)` is one of several, `{kind}` a value of a kind, `{slot=text}` a text
//! that is tagged as a slot.

use sim::seed::Draw;

/// Parts of a drawn text with the slot of each.
pub type Parts = Vec<(String, Option<usize>)>;

/// Draws one text of a phrase. `value` gives the parts of a value of a kind; none for a kind that it
/// does not know.
pub fn draw<D: Draw>(
    phrase: &str,
    rng: &mut D,
    value: &mut dyn FnMut(&str, &mut D) -> Parts,
) -> Parts {
    let mut parts = Parts::new();
    expand(phrase, rng, value, &mut parts);
    parts
}

fn add(parts: &mut Parts, text: &str, slot: Option<usize>) {
    match parts.last_mut() {
        Some((last, None)) if slot.is_none() => last.push_str(text),
        _ if text.is_empty() => {}
        _ => parts.push((text.to_owned(), slot)),
    }
}

fn expand<D: Draw>(
    phrase: &str,
    rng: &mut D,
    value: &mut dyn FnMut(&str, &mut D) -> Parts,
    parts: &mut Parts,
) {
    let mut rest = phrase;
    while let Some(at) = rest.find(['(', '{']) {
        let (before, after) = rest.split_at(at);
        add(parts, before, None);
        let is_choice = after.starts_with('(');
        let (inside, next) = if is_choice {
            enclosed(after)
        } else {
            let end = after.find('}').unwrap_or(after.len());
            (
                after.get(1..end).unwrap_or(""),
                after.get(end + 1..).unwrap_or(""),
            )
        };
        if is_choice {
            let choices = choices(inside);
            let chosen = choices.get(rng.index(choices.len())).copied();
            expand(chosen.unwrap_or(""), rng, value, parts);
        } else {
            for (text, slot) in value(inside, rng) {
                add(parts, &text, slot);
            }
        }
        rest = next;
    }
    add(parts, rest, None);
}

/// What stands in the bracket that a text begins with, and what comes after it.
fn enclosed(text: &str) -> (&str, &str) {
    let mut depth = 0usize;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return (&text[1..at], &text[at + 1..]);
                }
            }
            _ => {}
        }
    }
    (text.get(1..).unwrap_or(""), "")
}

/// The choices of a bracket, cut where no further bracket is open.
fn choices(inside: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for (at, character) in inside.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '|' if depth == 0 => {
                all.push(&inside[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    all.push(&inside[start..]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use sim::seed::stream;

    #[test]
    fn choices_nest_and_slots_are_marked() {
        let mut seen = std::collections::BTreeSet::new();
        let mut rng = stream(3, None, "t");
        for _ in 0..200 {
            let mut value = |kind: &str, _: &mut _| {
                assert_eq!(kind, "item");
                vec![("key".to_owned(), Some(2))]
            };
            let parts = draw("(a|b (c|d)|) the {item}!", &mut rng, &mut value);
            let text: String = parts.iter().map(|p| p.0.as_str()).collect();
            assert!(parts.contains(&("key".to_owned(), Some(2))));
            seen.insert(text);
        }
        let all: Vec<String> = seen.into_iter().collect();
        assert_eq!(
            all,
            [" the key!", "a the key!", "b c the key!", "b d the key!"]
        );
    }

    #[test]
    fn open_brackets_do_no_harm() {
        let mut none = |_: &str, _: &mut _| Parts::new();
        for phrase in ["(a|b", "{item", "a)b", "((", "(|)", "}"] {
            draw(phrase, &mut stream(1, None, "t"), &mut none);
        }
    }
}
