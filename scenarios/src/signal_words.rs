//! What the words and lamps of a signal's state stand for.

use sim::world::{SignalPhase, SignalStates};

/// Phases of the signals from their states as written: a word, or the lamps `red;yellow;green` that
/// are on.
pub(crate) fn signal_states(states: &std::collections::BTreeMap<String, String>) -> SignalStates {
    SignalStates(
        states
            .iter()
            .map(|(id, state)| (id.clone(), phase(state)))
            .collect(),
    )
}

fn phase(state: &str) -> SignalPhase {
    let text = state.trim().to_ascii_lowercase();
    let lamps: Vec<&str> = text.split([';', ',']).map(str::trim).collect();
    if let [red, yellow, green] = lamps.as_slice() {
        let on = |lamp: &str| matches!(lamp, "on" | "flashing");
        return match (on(red), on(yellow), on(green)) {
            (true, true, _) => SignalPhase::RedYellow,
            (true, ..) => SignalPhase::Red,
            (_, _, true) => SignalPhase::Green,
            (_, true, _) if *yellow == "flashing" => SignalPhase::FlashingYellow,
            (_, true, _) => SignalPhase::Yellow,
            _ => SignalPhase::Off,
        };
    }
    let has = |word: &str| text.contains(word);
    match (has("red"), has("yellow") || has("amber"), has("green")) {
        (true, true, _) => SignalPhase::RedYellow,
        (true, ..) | (false, false, false) if has("red") || text == "stop" => SignalPhase::Red,
        (_, _, true) => SignalPhase::Green,
        (_, true, _) if has("flash") || has("blink") => SignalPhase::FlashingYellow,
        (_, true, _) => SignalPhase::Yellow,
        _ if text == "go" => SignalPhase::Green,
        _ => SignalPhase::Off,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signal_words_and_lamps_are_understood() {
        for (text, wanted) in [
            ("on;off;off", SignalPhase::Red),
            ("off;off;on", SignalPhase::Green),
            ("on;on;off", SignalPhase::RedYellow),
            ("off;flashing;off", SignalPhase::FlashingYellow),
            ("green", SignalPhase::Green),
            ("attention red-yellow", SignalPhase::RedYellow),
            ("go", SignalPhase::Green),
            ("stop", SignalPhase::Red),
            ("off", SignalPhase::Off),
        ] {
            assert_eq!(phase(text), wanted, "{text}");
        }
    }
}
