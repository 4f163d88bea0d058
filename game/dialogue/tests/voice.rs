//! Spoken commands, where espeak-ng and pocketsphinx are; elsewhere these tests say that they are skipped.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::path::PathBuf;

use dialogue::voice::{
    Emotion, Grammar, Listening, Voice, VoiceError, VoiceOptions, speak, voice_figures,
};

#[expect(clippy::print_stdout, reason = "says why it is skipped")]
fn options() -> Option<VoiceOptions> {
    let options = VoiceOptions::commands().unwrap();
    match Voice::open(&options) {
        Ok(_) => Some(options),
        Err(error) => {
            println!("skipped: {error}");
            None
        }
    }
}

#[test]
fn most_words_of_spoken_commands_are_understood() {
    let Some(options) = options() else { return };
    let figures = voice_figures(&options, 30, 1, Emotion::Calm, &mut |said, heard| {
        println!("{said} -> {heard}");
    });
    let figures = figures.unwrap();
    println!("{figures:?}: {:.1} %", 100.0 * figures.word_error_rate());
    assert_eq!(figures.commands, 30);
    assert!(figures.word_error_rate() < 0.15);
}

#[test]
fn emotions_sound_different_and_the_same_again() {
    let say = |emotion| speak("Open the red door.", "en-us+f2", emotion);
    if let Err(error) = say(Emotion::Calm) {
        println!("skipped: {error}");
        return;
    }
    let sounds = Emotion::ALL.map(|emotion| say(emotion).unwrap());
    let [calm, _, angry, afraid, sad] = &sounds;
    assert!(afraid.length_s() < calm.length_s() && calm.length_s() < sad.length_s());
    let loudness = |sound: &dialogue::voice::Sound| {
        let sum: f64 = sound.samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        (sum / sound.samples.len() as f64).sqrt()
    };
    assert!(loudness(sad) < loudness(calm) && loudness(calm) < loudness(angry));
    assert_eq!(&say(Emotion::Calm).unwrap(), calm);
    // Text is text, whatever it looks like, and a voice is no option.
    assert!(
        speak("--help -w x", "en-us", Emotion::Calm)
            .unwrap()
            .length_s()
            > 0.5
    );
    assert!(speak("a", "-w", Emotion::Calm).is_err());
    assert!(speak("a", "zzqq", Emotion::Calm).is_err());
}

#[test]
fn words_without_a_pronunciation_are_named_and_can_be_given_one() {
    let Some(mut options) = options() else { return };
    let sentences = ["follow zyrannion", "stay here"].map(str::to_owned);
    options.listening = Listening::Commands(Grammar::of_sentences(&sentences).unwrap());
    let error = Voice::open(&options).unwrap_err().to_string();
    assert!(error.contains("no pronunciation of: zyrannion"), "{error}");
    options.words = vec![("zyrannion".to_owned(), "Z ER AE N IY AH N".to_owned())];
    let mut voice = Voice::open(&options).unwrap();
    let sound = voice.say("follow zyrannion", Emotion::Calm).unwrap();
    assert_eq!(voice.hear(&sound).unwrap(), "follow zyrannion");
}

#[test]
fn a_missing_program_is_named_with_what_mends_it() {
    let mut options = VoiceOptions::commands().unwrap();
    options.python = PathBuf::from("/nowhere/python3");
    let error = Voice::open(&options).unwrap_err();
    assert!(matches!(error, VoiceError::Program { .. }));
    let text = error.to_string();
    assert!(
        text.contains("apt-get install") || text.contains("pip install"),
        "{text}"
    );
}
