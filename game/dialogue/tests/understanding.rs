//! The shipped network reaches on the official test parts what its card says, and rejects what it does not know.

use std::path::{Path, PathBuf};

use dialogue::understanding::eval::{EvalOptions, eval};
use dialogue::understanding::train::Sources;
use dialogue::understanding::{Intent, Mention, Understander};

fn weights() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/dialogue.safetensors")
}

#[test]
fn every_tenth_test_utterance_is_understood_as_the_card_says() {
    let Some(shared) = std::env::var_os("SKIDPAD_SHARED") else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return;
    };
    let options = EvalOptions {
        sources: Sources::under(&Path::new(&shared).join("data")),
        seed: 1,
        every: 10,
    };
    let rows = eval(&weights(), &options).unwrap();
    let (clinc, snips, game) = (&rows[0], &rows[1], &rows[2]);
    assert!(clinc.accuracy > 0.87, "{clinc:?}");
    assert!(clinc.outside_recall > 0.60, "{clinc:?}");
    assert!(snips.accuracy > 0.95, "{snips:?}");
    assert!(snips.slot_f1.unwrap() > 0.87, "{snips:?}");
    assert!(game.accuracy_without_rejection > 0.75, "{game:?}");
}

#[test]
fn players_are_understood_and_nonsense_is_not() {
    let understander = Understander::load(&weights()).unwrap();
    let intent = |text: &str| understander.understand(text).intent;
    assert_eq!(intent("Where is the red key?"), Some(Intent::AskWhere));
    assert_eq!(intent("who opened the gate"), Some(Intent::AskWhoDid));
    assert_eq!(intent("give me the sword please"), Some(Intent::AskFor));
    assert_eq!(intent("follow me"), Some(Intent::Follow));
    assert_eq!(intent("thank you"), Some(Intent::Thank));
    for text in [
        "",
        "   ",
        "what is the boiling point of lead",
        "can you explain photosynthesis",
        "12345",
    ] {
        assert_eq!(intent(text), None, "{text}");
    }
    let found = understander.understand("Where is the silver crown?");
    assert_eq!(found.mentions.len(), 1);
    assert_eq!(
        (found.mentions[0].kind, found.mentions[0].text.as_str()),
        (Mention::Item, "silver crown")
    );
    // The same text is understood the same whatever came before.
    assert_eq!(found, understander.understand("Where is the silver crown?"));
}

#[test]
fn odd_text_does_no_harm() {
    let understander = Understander::load(&weights()).unwrap();
    for text in [
        "\u{0}\u{202e}",
        "ß ẞ 🗝️🗝️",
        &"key ".repeat(3000),
        "))((",
        "<|im_start|>",
    ] {
        let found = understander.understand(text);
        for mention in &found.mentions {
            assert!(text.get(mention.span.clone()).is_some());
        }
    }
}
