//! Voices: characters speak and listen.
//!
//! Speech is made by espeak-ng and understood by pocketsphinx, each a process of its own. [`Voice`] does both;
//! [`Recording`] is a microphone from the press of a key to its release, [`play`] a loudspeaker. Where a program is
//! missing, the error names the command that mends it.

mod error;
mod figures;
mod grammar;
mod listen;
mod microphone;
mod speak;
mod wav;

use std::path::PathBuf;

pub use error::VoiceError;
pub use figures::{VoiceFigures, voice_figures};
pub use grammar::Grammar;
pub use listen::{Listening, Recogniser};
pub use microphone::{Recording, play};
pub use speak::{Emotion, speak};
pub use wav::Sound;

/// How a voice is set up.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceOptions {
    /// Voice of espeak-ng.
    pub voice: String,
    /// Python with pocketsphinx.
    pub python: PathBuf,
    /// What is listened for.
    pub listening: Listening,
    /// Words that the dictionary lacks, with their sounds in CMUdict's letters.
    pub words: Vec<(String, String)>,
    /// Longest time that the recogniser may take, s.
    pub patience_s: f64,
}

impl VoiceOptions {
    /// Commands of games. Python is `SKIDPAD_VOICE_PYTHON`, or `python3`.
    ///
    /// # Errors
    /// As [`Grammar::commands`].
    pub fn commands() -> Result<Self, VoiceError> {
        let python = std::env::var_os("SKIDPAD_VOICE_PYTHON");
        Ok(Self {
            voice: "en-us+f2".to_owned(),
            python: python.map_or_else(|| PathBuf::from("python3"), PathBuf::from),
            listening: Listening::Commands(Grammar::commands()?),
            words: Vec::new(),
            patience_s: 60.0,
        })
    }
}

/// Speaks and listens.
#[derive(Debug)]
pub struct Voice {
    voice: String,
    recogniser: Recogniser,
}

impl Voice {
    /// Starts the recogniser.
    ///
    /// # Errors
    /// If a program is missing, with the command that mends it.
    pub fn open(options: &VoiceOptions) -> Result<Self, VoiceError> {
        // A voice that can't be had is told now, not at the first word.
        speak("hello", &options.voice, Emotion::Calm)?;
        let recogniser = Recogniser::start(
            &options.python,
            &options.listening,
            &options.words,
            options.patience_s,
        )?;
        Ok(Self {
            voice: options.voice.clone(),
            recogniser,
        })
    }

    /// The sound of a text.
    ///
    /// # Errors
    /// If espeak-ng fails.
    pub fn say(&self, text: &str, emotion: Emotion) -> Result<Sound, VoiceError> {
        speak(text, &self.voice, emotion)
    }

    /// The words of a sound; empty where none are recognised.
    ///
    /// # Errors
    /// If the recogniser fails.
    pub fn hear(&mut self, sound: &Sound) -> Result<String, VoiceError> {
        self.recogniser.hear(sound)
    }
}
