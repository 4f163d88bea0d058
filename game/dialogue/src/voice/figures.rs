//! How well and how quickly spoken commands are understood.

use std::time::Instant;

use super::error::VoiceError;
use super::grammar::Grammar;
use super::speak::Emotion;
use super::{Voice, VoiceOptions};

/// Figures of spoken commands.
#[derive(Clone, Debug, PartialEq)]
pub struct VoiceFigures {
    /// Commands that were spoken.
    pub commands: usize,
    /// Those of which every word was understood.
    pub right: usize,
    /// Their words.
    pub words: usize,
    /// Words put in, left out or changed.
    pub word_errors: usize,
    /// From a text through its sound back to a text, s: mean and longest.
    pub round_trip_s: (f64, f64),
}

impl VoiceFigures {
    /// Word errors over words.
    pub fn word_error_rate(&self) -> f64 {
        self.word_errors as f64 / self.words.max(1) as f64
    }
}

/// Says commands drawn from the grammar of commands by a seed, in an emotion, and listens to them. `progress` hears
/// what was said and what was understood.
///
/// # Errors
/// If a program is missing.
pub fn voice_figures(
    options: &VoiceOptions,
    commands: usize,
    seed: u64,
    emotion: Emotion,
    progress: &mut dyn FnMut(&str, &str),
) -> Result<VoiceFigures, VoiceError> {
    let sentences = Grammar::commands()?.sentences(commands, seed);
    let mut voice = Voice::open(options)?;
    let mut figures = VoiceFigures {
        commands: sentences.len(),
        right: 0,
        words: 0,
        word_errors: 0,
        round_trip_s: (0.0, 0.0),
    };
    for said in &sentences {
        let begin = Instant::now();
        let heard = voice.hear(&voice.say(said, emotion)?)?;
        let took_s = begin.elapsed().as_secs_f64();
        let (a, b): (Vec<&str>, Vec<&str>) = (
            said.split_whitespace().collect(),
            heard.split_whitespace().collect(),
        );
        let errors = distance(&a, &b);
        figures.words += a.len();
        figures.word_errors += errors;
        figures.right += usize::from(errors == 0);
        figures.round_trip_s.0 += took_s / sentences.len() as f64;
        figures.round_trip_s.1 = figures.round_trip_s.1.max(took_s);
        progress(said, &heard);
    }
    Ok(figures)
}

/// Words to put in, leave out or change to make one text of the other (Levenshtein).
fn distance(a: &[&str], b: &[&str]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let changed = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = changed.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_count_words() {
        let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
        let of = |a, b| distance(&words(a), &words(b));
        assert_eq!(of("open the door", "open the door"), 0);
        assert_eq!(of("open the door", "open door"), 1);
        assert_eq!(of("open the door", "close the red door"), 2);
        assert_eq!(distance(&[], &words("stop")), 1);
    }
}
