//! Speech to text by pocketsphinx, in a Python process that stays.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value as Json, json};
use sim::seed::Draw;

use super::error::VoiceError;
use super::grammar::Grammar;
use super::wav::Sound;

const PROGRAM: &str = "speech recogniser";
const MEND: &str = "python3 -m pip install pocketsphinx==5.1.1";
const WORKER: &str = include_str!("worker.py");
/// What pocketsphinx's model was trained on.
const RATE_HZ: u32 = 16_000;
/// Longest sound that is listened to, s.
const MAX_LENGTH_S: f64 = 60.0;
/// Longest answer, bytes.
const MAX_ANSWER: u64 = 1 << 20;

/// What is listened for.
#[derive(Clone, Debug, PartialEq)]
pub enum Listening {
    /// Sentences of a grammar: the surest.
    Commands(Grammar),
    /// English of any kind, by a language model.
    Free,
}

/// A recogniser that is ready.
#[derive(Debug)]
pub struct Recogniser {
    child: Child,
    input: ChildStdin,
    answers: Receiver<String>,
    patience: Duration,
}

impl Recogniser {
    /// Starts it. `words` are words that pocketsphinx's dictionary lacks, such as names, with their sounds in the
    /// letters of CMUdict (`("zyra", "Z AY R AH")`). An answer that takes longer than `patience_s` is an error.
    ///
    /// # Errors
    /// If Python or pocketsphinx is missing, or a word of the grammar has no pronunciation.
    pub fn start(
        python: &Path,
        listening: &Listening,
        words: &[(String, String)],
        patience_s: f64,
    ) -> Result<Self, VoiceError> {
        let fail = |why: &dyn std::fmt::Display| VoiceError::program(PROGRAM, why, MEND);
        let mut child = Command::new(python)
            .args(["-c", WORKER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|e| fail(&format!("{}: {e}", python.display())))?;
        let (Some(input), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(fail(&"no pipes to it"));
        };
        let (tell, answers) = channel();
        // Ends with the process, whose end closes the pipe.
        std::thread::spawn(move || {
            let mut lines = BufReader::new(output);
            let mut line = String::new();
            while let Ok(1..) = lines.by_ref().take(MAX_ANSWER).read_line(&mut line) {
                if tell.send(std::mem::take(&mut line)).is_err() {
                    return;
                }
            }
        });
        let mut recogniser = Self {
            child,
            input,
            answers,
            patience: Duration::from_secs_f64(patience_s.clamp(0.1, 3600.0)),
        };
        let (grammar, vocabulary) = match listening {
            Listening::Commands(grammar) => (Some(grammar.text()), grammar.words()),
            Listening::Free => (None, Vec::new()),
        };
        let request = json!({"grammar": grammar, "words": words, "vocabulary": vocabulary});
        recogniser.ask(&request, &[])?;
        Ok(recogniser)
    }

    /// The words of a sound, in small letters; empty where none are recognised.
    ///
    /// # Errors
    /// If the process has ended or takes too long.
    pub fn hear(&mut self, sound: &Sound) -> Result<String, VoiceError> {
        if sound.length_s() > MAX_LENGTH_S {
            let why = format!(
                "a sound of {:.0} s, at most {MAX_LENGTH_S} are heard",
                sound.length_s()
            );
            return Err(VoiceError::program(
                PROGRAM,
                why,
                "speak in shorter sentences",
            ));
        }
        // Some quiet before and after; nowhere is it quite still, of which the recogniser's logarithms have none.
        let quiet = vec![0; RATE_HZ as usize / 4];
        let samples = sound.at_rate(RATE_HZ).samples;
        let mut rng = sim::seed::stream(0, None, "quiet");
        let bytes: Vec<u8> = quiet
            .iter()
            .chain(&samples)
            .chain(&quiet)
            .flat_map(|s| s.saturating_add(rng.normal(3.0) as i16).to_le_bytes())
            .collect();
        let answer = self.ask(&json!({"audio": bytes.len()}), &bytes)?;
        Ok(answer["text"].as_str().unwrap_or_default().to_owned())
    }

    fn ask(&mut self, request: &Json, bytes: &[u8]) -> Result<Json, VoiceError> {
        let fail = |why: &dyn std::fmt::Display| VoiceError::program(PROGRAM, why, MEND);
        let sent = writeln!(self.input, "{request}")
            .and_then(|()| self.input.write_all(bytes))
            .and_then(|()| self.input.flush());
        // One that ended has said why, if it could.
        let answer = self.answers.recv_timeout(self.patience);
        if let (Err(e), Err(_)) = (sent, &answer) {
            return Err(fail(&e));
        }
        let line = answer.map_err(|e| fail(&format!("no answer ({e})")))?;
        let answer: Json = serde_json::from_str(&line).map_err(|e| fail(&e))?;
        match answer["error"].as_str() {
            None => Ok(answer),
            Some(error) => Err(fail(&error)),
        }
    }
}

impl Drop for Recogniser {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
