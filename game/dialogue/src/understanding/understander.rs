//! The shipped network at work: a text to what it means.

use std::ops::Range;
use std::path::Path;

use nn::WeightsError;
use serde::{Deserialize, Serialize};
use tch::Device;
use tch::nn::VarStore;

use super::data::slots_of;
use super::eval::{guess, load};
use super::intent::{Emotion, Intent, Mention};
use super::network::{Domain, Network};
use super::words::{Word, words};

/// Longest text that is read, bytes; the rest is not looked at.
const MAX_TEXT_BYTES: usize = 2000;

/// Words by which an utterance mentions something.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mentioned {
    /// What kind of thing.
    pub kind: Mention,
    /// The words, in small letters, with a blank between any two.
    pub text: String,
    /// Their bytes in the utterance.
    pub span: Range<usize>,
}

/// What an utterance is understood as.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Understood {
    /// What is wanted; none: it is not understood.
    pub intent: Option<Intent>,
    /// Probability of the most probable intent, 0 to 1.
    pub confidence: f64,
    /// What is mentioned, in the order of the text.
    pub mentions: Vec<Mentioned>,
    /// How it is said.
    pub emotion: Emotion,
}

/// Understands what players say.
#[derive(Debug)]
pub struct Understander {
    network: Network,
    device: Device,
    intents: Vec<Intent>,
    mentions: Vec<Mention>,
    emotions: Vec<Emotion>,
    _vs: VarStore,
}

impl Understander {
    /// Reads the network's weights.
    ///
    /// # Errors
    /// If the file is no such network, or one whose classes are not ours.
    pub fn load(weights: &Path) -> Result<Self, WeightsError> {
        let (vs, network) = load(weights)?;
        let unknown = |found: &str| WeightsError {
            file: weights.to_owned(),
            part: "config".to_owned(),
            expected: "intents, mentions and emotions of this version".to_owned(),
            found: format!("{found:?}"),
        };
        let config = network.config();
        let labels = config.labels_of(Domain::Game);
        let intents = labels
            .intents
            .iter()
            .map(|n| Intent::of(n).ok_or_else(|| unknown(n)));
        let mentions = labels
            .slots
            .iter()
            .map(|n| Mention::of(n).ok_or_else(|| unknown(n)));
        let emotions = config
            .emotions
            .iter()
            .map(|n| Emotion::of(n).ok_or_else(|| unknown(n)));
        Ok(Self {
            intents: intents.collect::<Result<_, _>>()?,
            mentions: mentions.collect::<Result<_, _>>()?,
            emotions: emotions.collect::<Result<_, _>>()?,
            device: vs.device(),
            network,
            _vs: vs,
        })
    }

    /// What a text is understood as.
    pub fn understand(&self, text: &str) -> Understood {
        let mut end = text.len().min(MAX_TEXT_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let words = words(&text[..end]);
        let is_letter = |w: &Word| w.text.chars().any(char::is_alphabetic);
        if !words.iter().any(is_letter) {
            return Understood {
                intent: None,
                confidence: 0.0,
                mentions: Vec::new(),
                emotion: Emotion::Neutral,
            };
        }
        let shown: Vec<&str> = words.iter().map(|w| w.text.as_str()).collect();
        let guess = guess(&self.network, Domain::Game, &shown, self.device);
        let threshold = self.network.config().thresholds[Domain::Game as usize];
        let intent = self.intents.get(guess.intent as usize).copied();
        let mentions = slots_of(&guess.tags)
            .into_iter()
            .filter_map(|(slot, span)| {
                let own = words.get(span)?;
                let texts: Vec<&str> = own.iter().map(|w| w.text.as_str()).collect();
                Some(Mentioned {
                    kind: self.mentions.get(slot).copied()?,
                    text: texts.join(" "),
                    span: own.first()?.span.start..own.last()?.span.end,
                })
            });
        Understood {
            intent: intent.filter(|_| guess.confidence >= threshold),
            confidence: guess.confidence,
            mentions: mentions.collect(),
            emotion: self
                .emotions
                .get(guess.emotion as usize)
                .copied()
                .unwrap_or(Emotion::Neutral),
        }
    }
}
