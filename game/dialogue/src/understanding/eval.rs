//! Figures of the network on the official test parts and on held-out phrases.

use std::path::Path;

use nn::WeightsError;
use serde::Serialize;
use tch::nn::VarStore;
use tch::{Device, Kind, Tensor};

use super::data::{Example, Split, slots_of};
use super::network::{Config, Domain, Input, NETWORK, Network};
use super::train::{Corpus, Sources, TrainError, same_labels};

/// How much of the accuracy within scope rejection may cost on the validation part.
const PRICE: f64 = 0.02;

/// Figures of one domain's test part.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DomainFigures {
    /// Its name.
    pub domain: String,
    /// Utterances within scope.
    pub inside: usize,
    /// Utterances out of scope.
    pub outside: usize,
    /// Threshold of rejection, chosen on the validation part.
    pub threshold: f64,
    /// Share of those within scope whose intent is right and not rejected.
    pub accuracy: f64,
    /// The same if nothing were rejected.
    pub accuracy_without_rejection: f64,
    /// Share of those out of scope that are rejected.
    pub outside_recall: f64,
    /// Share of the rejected that are out of scope.
    pub outside_precision: f64,
    /// F1 of slots, by whole spans (micro average).
    pub slot_f1: Option<f64>,
    /// Share of utterances whose emotion is right.
    pub emotion_accuracy: Option<f64>,
}

/// What the network says of one utterance.
#[derive(Clone, Debug, PartialEq)]
pub struct Guess {
    /// Number of the most probable intent.
    pub intent: i64,
    /// Its probability.
    pub confidence: f64,
    /// Tag of each word.
    pub tags: Vec<i64>,
    /// Number of the most probable emotion.
    pub emotion: i64,
}

/// What the network says of an utterance in a domain. Each is computed alone, so that it does not depend on
/// others.
pub fn guess(network: &Network, domain: Domain, words: &[&str], device: Device) -> Guess {
    nn::use_one_thread();
    tch::no_grad(|| {
        let input = Input::of(&[words.to_vec()], network.config(), device, || true);
        let (each, whole) = network.trunk(&input, 0.0);
        let out = network.heads(domain, &each, &whole);
        let chances = out.intents.softmax(-1, Kind::Float); // (1, intents)
        let (confidence, intent) = chances.max_dim(-1, false);
        Guess {
            intent: intent.int64_value(&[0]),
            confidence: confidence.double_value(&[0]),
            tags: best_tags(&out.tags.get(0), words.len()),
            emotion: network.emotions(&whole).argmax(-1, false).int64_value(&[0]),
        }
    })
}

/// The best row of tags in which none goes on with what has not begun (Viterbi). `tags` (L, tags).
fn best_tags(tags: &Tensor, words: usize) -> Vec<i64> {
    let (length, classes) = tags.size2().unwrap_or((0, 0));
    let (length, classes) = (words.min(length as usize), classes as usize);
    if length == 0 || classes == 0 {
        return Vec::new();
    }
    let scores = tags.log_softmax(-1, Kind::Float).to_device(Device::Cpu);
    let mut flat = vec![0f32; scores.numel()];
    let count = flat.len();
    if scores.contiguous().f_copy_data(&mut flat, count).is_err() {
        return vec![0; length];
    }
    let at = |place: usize, tag: usize| {
        f64::from(flat.get(place * classes + tag).copied().unwrap_or(0.0))
    };
    let is_inner = |tag: usize| tag > 0 && tag.is_multiple_of(2);
    let mut total: Vec<f64> = (0..classes)
        .map(|t| {
            if is_inner(t) {
                f64::NEG_INFINITY
            } else {
                at(0, t)
            }
        })
        .collect();
    let mut from: Vec<Vec<usize>> = Vec::with_capacity(length);
    let most = |total: &[f64], among: &mut dyn Iterator<Item = usize>| {
        among.fold((0, f64::NEG_INFINITY), |best, t| {
            let value = total.get(t).copied().unwrap_or(f64::NEG_INFINITY);
            if value > best.1 { (t, value) } else { best }
        })
    };
    for place in 1..length {
        let any = most(&total, &mut (0..classes));
        let mut next = Vec::with_capacity(classes);
        let mut back = Vec::with_capacity(classes);
        for tag in 0..classes {
            let (best, value) = if is_inner(tag) {
                most(&total, &mut [tag - 1, tag].into_iter())
            } else {
                any
            };
            next.push(value + at(place, tag));
            back.push(best);
        }
        total = next;
        from.push(back);
    }
    let (mut tag, _) = most(&total, &mut (0..classes));
    let mut row = vec![tag as i64];
    for back in from.iter().rev() {
        tag = back.get(tag).copied().unwrap_or(0);
        row.push(tag as i64);
    }
    row.reverse();
    row
}

fn guesses(network: &Network, domain: Domain, examples: &[Example], device: Device) -> Vec<Guess> {
    examples
        .iter()
        .map(|e| guess(network, domain, &e.shown(), device))
        .collect()
}

/// For each domain the highest threshold that costs little accuracy on the validation part; 0 where nothing is
/// out of scope.
pub(super) fn choose_thresholds(
    network: &Network,
    splits: &[Split; 3],
    device: Device,
) -> [f64; 3] {
    Domain::ALL.map(|domain| {
        let examples = &splits[domain as usize].validation;
        let outside = examples.iter().filter(|e| e.intent.is_none()).count();
        let inside = examples.len() - outside;
        if outside == 0 || inside == 0 {
            return 0.0;
        }
        let all = guesses(network, domain, examples, device);
        // Confidence of those that are right; rejecting below the n-th loses n of them.
        let mut right: Vec<f64> = all
            .iter()
            .zip(examples)
            .filter(|(g, e)| e.intent == Some(g.intent))
            .map(|(g, _)| g.confidence)
            .collect();
        right.sort_by(f64::total_cmp);
        let lost = (PRICE * inside as f64) as usize;
        right.get(lost).copied().unwrap_or(0.0)
    })
}

fn share(part: usize, of: usize) -> f64 {
    if of == 0 {
        0.0
    } else {
        part as f64 / of as f64
    }
}

fn measure(
    network: &Network,
    domain: Domain,
    examples: &[Example],
    device: Device,
) -> DomainFigures {
    let config = network.config();
    let threshold = config.thresholds[domain as usize];
    let all = guesses(network, domain, examples, device);
    let (mut inside, mut right, mut right_kept, mut rejected, mut outside, mut outside_rejected) =
        (0, 0, 0, 0, 0, 0);
    let (mut spans, mut found, mut met) = (0, 0, 0);
    let (mut felt, mut felt_right) = (0, 0);
    for (guess, example) in all.iter().zip(examples) {
        let is_rejected = guess.confidence < threshold;
        rejected += usize::from(is_rejected);
        match example.intent {
            Some(intent) => {
                inside += 1;
                right += usize::from(intent == guess.intent);
                right_kept += usize::from(intent == guess.intent && !is_rejected);
            }
            None => {
                outside += 1;
                outside_rejected += usize::from(is_rejected);
            }
        }
        if !example.tags.is_empty() && example.intent.is_some() {
            let (truth, own) = (slots_of(&example.tags), slots_of(&guess.tags));
            spans += truth.len();
            found += own.len();
            met += own.iter().filter(|slot| truth.contains(slot)).count();
        }
        if let Some(emotion) = example.emotion {
            felt += 1;
            felt_right += usize::from(emotion == guess.emotion);
        }
    }
    DomainFigures {
        domain: domain.name().to_owned(),
        inside,
        outside,
        threshold,
        accuracy: share(right_kept, inside),
        accuracy_without_rejection: share(right, inside),
        outside_recall: share(outside_rejected, outside),
        outside_precision: share(outside_rejected, rejected),
        slot_f1: (spans > 0).then(|| share(2 * met, spans + found)),
        emotion_accuracy: (felt > 0).then(|| share(felt_right, felt)),
    }
}

/// What [`eval`] measures.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalOptions {
    /// Where the data lie.
    pub sources: Sources,
    /// Seed of the game's phrases.
    pub seed: u64,
    /// Every so many examples of the test parts; 1: all.
    pub every: usize,
}

/// Measures a weight file on the test parts of all domains.
///
/// # Errors
/// If weights or data can't be read, or don't fit each other.
pub fn eval(weights: &Path, options: &EvalOptions) -> Result<Vec<DomainFigures>, TrainError> {
    let (vs, network) = load(weights)?;
    let corpus = Corpus::load(&options.sources, options.seed)?;
    same_labels(network.config(), &corpus.splits).map_err(|found| WeightsError {
        file: weights.to_owned(),
        part: "config".to_owned(),
        expected: "the classes of the data".to_owned(),
        found,
    })?;
    let measured = Domain::ALL
        .into_iter()
        .zip(&corpus.splits)
        .map(|(domain, split)| {
            let test: Vec<Example> = split
                .test
                .iter()
                .step_by(options.every.max(1))
                .cloned()
                .collect();
            measure(&network, domain, &test, vs.device())
        });
    Ok(measured.collect())
}

/// Reads a network from its weight file.
///
/// # Errors
/// If the file is no such network.
pub fn load(weights: &Path) -> Result<(VarStore, Network), WeightsError> {
    let config: Config = nn::weights::read_config(weights, NETWORK)?;
    config.check().map_err(|(expected, found)| WeightsError {
        file: weights.to_owned(),
        part: "config".to_owned(),
        expected,
        found,
    })?;
    nn::use_one_thread();
    let mut vs = VarStore::new(nn::device());
    let network = Network::new(&vs.root(), &config);
    nn::load(&mut vs, NETWORK, weights)?;
    Ok((vs, network))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_tag_goes_on_with_what_has_not_begun() {
        // Tags: 0, begin, inner; the inner one scores best in the first word.
        let scores = Tensor::from_slice(&[0.0f32, 1.0, 5.0, 0.0, 0.0, 4.0]).reshape([2, 3]);
        assert_eq!(best_tags(&scores, 2), [1, 2]);
        let alone = Tensor::from_slice(&[3.0f32, 1.0, 5.0]).reshape([1, 3]);
        assert_eq!(best_tags(&alone, 1), [0]);
        assert!(best_tags(&alone, 0).is_empty());
    }
}
