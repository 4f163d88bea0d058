//! Text to speech by espeak-ng, a program of its own: it is run, never linked.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::error::VoiceError;
use super::wav::Sound;

const PROGRAM: &str = "espeak-ng";
const MEND: &str = "sudo apt-get install espeak-ng";
/// What espeak-ng gives.
const RATE_HZ: u32 = 22_050;
/// Longest text that is said at once, bytes.
const MAX_TEXT: usize = 10_000;

/// How something is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Emotion {
    /// As usual.
    #[default]
    Calm,
    /// Higher and quicker.
    Happy,
    /// Quick and loud.
    Angry,
    /// High and very quick.
    Afraid,
    /// Low, slow, soft.
    Sad,
}

impl Emotion {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Calm,
        Self::Happy,
        Self::Angry,
        Self::Afraid,
        Self::Sad,
    ];

    /// Pitch (0 to 99, 50 is the voice's own), rate (words a minute) and loudness (0 to 200, 100 is usual).
    pub fn tone(self) -> (u32, u32, u32) {
        match self {
            Self::Calm => (50, 140, 100),
            Self::Happy => (62, 155, 110),
            Self::Angry => (44, 165, 150),
            Self::Afraid => (70, 175, 90),
            Self::Sad => (38, 115, 75),
        }
    }
}

/// Says a text in a voice of espeak-ng, such as `en-us+f2`. The same text gives the same sound.
///
/// # Errors
/// If espeak-ng is missing or doesn't know the voice.
pub fn speak(text: &str, voice: &str, emotion: Emotion) -> Result<Sound, VoiceError> {
    // A name goes into arguments: nothing in it may look like another one, or like a path.
    let is_name = |c: char| c.is_ascii_alphanumeric() || "+-_".contains(c);
    if voice.is_empty() || voice.starts_with('-') || !voice.chars().all(is_name) {
        let why = format!("{voice:?} is no name of a voice");
        return Err(VoiceError::program(PROGRAM, why, "espeak-ng --voices"));
    }
    if text.len() > MAX_TEXT {
        let why = format!(
            "a text of {} bytes, at most {MAX_TEXT} are said",
            text.len()
        );
        return Err(VoiceError::program(PROGRAM, why, "say it in parts"));
    }
    let (pitch, rate, loudness) = emotion.tone();
    let fail = |e: std::io::Error| VoiceError::program(PROGRAM, e, MEND);
    let mut child = Command::new(PROGRAM)
        .args(["--stdin", "--stdout", "-v", voice])
        .args(["-p", &pitch.to_string(), "-s", &rate.to_string()])
        .args(["-a", &loudness.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(fail)?;
    if let Some(mut input) = child.stdin.take() {
        // It reads all of the text before it speaks; one that stops early says why by its end.
        let _ = input.write_all(text.replace('\0', " ").as_bytes());
    }
    let done = child.wait_with_output().map_err(fail)?;
    if done.stdout.is_empty() && text.trim().is_empty() {
        return Ok(Sound {
            rate_hz: RATE_HZ,
            samples: Vec::new(),
        });
    }
    if !done.status.success() || done.stdout.is_empty() {
        let why = String::from_utf8_lossy(&done.stderr).into_owned();
        return Err(VoiceError::program(PROGRAM, why, "espeak-ng --voices"));
    }
    Sound::parse(Path::new(PROGRAM), &done.stdout)
}
