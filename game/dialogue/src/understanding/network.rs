//! The network that understands utterances: a small transformer over words, each the sum of hashed pieces of
//! itself, beside a bag of the same pieces and of pairs of words.
//!
//! After fastText (Bojanowski et al. 2017) for the words and joint intent detection and slot filling (Chen et
//! al. 2019) for the heads. Three domains share the trunk and have heads of their own.

use nn::block::{layer_norm, linear};
use nn::{EncoderBlock, Mlp, sinusoidal_positions};
use serde::{Deserialize, Serialize};
use tch::nn::{Init, LayerNorm, Linear, Module, Path};
use tch::{Device, Kind, Tensor};

use super::words::{MAX_WORDS, bag_features, word_features};

/// Name of the network in its weight file.
pub const NETWORK: &str = "dialogue";

/// What utterances are about; each has intents and slots of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Domain {
    /// CLINC150.
    Clinc,
    /// SNIPS.
    Snips,
    /// What is said to a game's characters.
    Game,
}

impl Domain {
    /// All, in the order of the network's heads.
    pub const ALL: [Self; 3] = [Self::Clinc, Self::Snips, Self::Game];

    /// Its name in the weights.
    pub fn name(self) -> &'static str {
        match self {
            Self::Clinc => "clinc",
            Self::Snips => "snips",
            Self::Game => "game",
        }
    }
}

/// Names of a domain's classes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labels {
    /// Intents.
    pub intents: Vec<String>,
    /// Kinds of slots; each has two tags, where it begins and where it goes on.
    pub slots: Vec<String>,
}

impl Labels {
    /// Tags of a word: 0 outside, `1 + 2·slot` begins it, `2 + 2·slot` goes on with it.
    pub fn tags(&self) -> i64 {
        1 + 2 * self.slots.len() as i64
    }
}

/// Sizes of the network and the names of its classes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Config {
    /// Rows of the table of words' features.
    pub word_buckets: i64,
    /// Rows of the table of the bag's features.
    pub bag_buckets: i64,
    /// Channels of a word.
    pub dim: i64,
    /// Channels of the bag.
    pub bag_dim: i64,
    /// Attention heads.
    pub heads: i64,
    /// Transformer layers.
    pub layers: i64,
    /// Channels inside an intent head.
    pub hidden: i64,
    /// Classes by domain, in the order of [`Domain::ALL`].
    pub labels: [Labels; 3],
    /// Emotions, of the game's domain.
    pub emotions: Vec<String>,
    /// By domain: an utterance whose most probable intent has less than this is unknown.
    pub thresholds: [f64; 3],
}

impl Config {
    /// The usual sizes, without classes.
    pub fn usual() -> Self {
        Self {
            word_buckets: 16_384,
            bag_buckets: 12_288,
            dim: 96,
            bag_dim: 64,
            heads: 4,
            layers: 2,
            hidden: 256,
            labels: Default::default(),
            emotions: Vec::new(),
            thresholds: [0.0; 3],
        }
    }

    /// Whether a network can be built of it: (expected, found).
    ///
    /// # Errors
    /// If a size is out of range or there are no classes.
    pub fn check(&self) -> Result<(), (String, String)> {
        let sizes = [
            ("word_buckets", self.word_buckets, 1 << 20),
            ("bag_buckets", self.bag_buckets, 1 << 20),
            ("dim", self.dim, 1024),
            ("bag_dim", self.bag_dim, 1024),
            ("heads", self.heads, 64),
            ("layers", self.layers, 24),
            ("hidden", self.hidden, 4096),
        ];
        for (name, value, most) in sizes {
            if !(1..=most).contains(&value) {
                return Err((format!("{name} of 1 to {most}"), value.to_string()));
            }
        }
        if self.dim % self.heads != 0 || self.dim % 2 != 0 {
            let found = format!("{} and {}", self.dim, self.heads);
            return Err(("dim even and a multiple of heads".into(), found));
        }
        let has_all = self.labels.iter().all(|l| !l.intents.is_empty());
        if !has_all || self.emotions.is_empty() {
            return Err(("intents and emotions".into(), "a list of none".into()));
        }
        Ok(())
    }

    /// The classes of a domain.
    pub fn labels_of(&self, domain: Domain) -> &Labels {
        &self.labels[domain as usize]
    }
}

/// Utterances as tensors: `B` of them, of at most `L` words.
#[derive(Debug)]
pub struct Input {
    /// Features of all words on end (F).
    word_features: Tensor,
    /// Where each word's features begin (B·L); padding has none.
    word_offsets: Tensor,
    /// Features of all bags on end (G).
    bag_features: Tensor,
    /// Where each bag's features begin (B).
    bag_offsets: Tensor,
    /// One over the root of each word's number of features (B, L, 1); 0: padding.
    word_scale: Tensor,
    size: (i64, i64),
}

impl Input {
    /// Utterances as words. `keep` decides feature by feature what the network is shown; training drops some.
    pub fn of(
        utterances: &[Vec<&str>],
        config: &Config,
        device: Device,
        mut keep: impl FnMut() -> bool,
    ) -> Self {
        let longest = utterances.iter().map(Vec::len).max().unwrap_or(0);
        let length = longest.clamp(1, MAX_WORDS);
        let (mut features, mut offsets, mut scale) = (Vec::new(), Vec::new(), Vec::new());
        let (mut bags, mut bag_offsets) = (Vec::new(), Vec::new());
        for utterance in utterances {
            let shown = utterance.get(..length).unwrap_or(utterance);
            for place in 0..length {
                offsets.push(features.len() as i64);
                let before = features.len();
                if let Some(word) = shown.get(place) {
                    let own = word_features(word, config.word_buckets);
                    features.extend(own.into_iter().filter(|_| keep()));
                }
                let count = features.len() - before;
                // A word whose features are all dropped is still there.
                let is_word = place < shown.len();
                scale.push(if is_word {
                    1.0 / (count.max(1) as f32).sqrt()
                } else {
                    0.0
                });
            }
            bag_offsets.push(bags.len() as i64);
            let own = bag_features(shown, config.bag_buckets);
            bags.extend(own.into_iter().filter(|_| keep()));
        }
        let size = (utterances.len() as i64, length as i64);
        let put = |values: &[i64]| Tensor::from_slice(values).to_device(device);
        Self {
            word_features: put(&features),
            word_offsets: put(&offsets),
            bag_features: put(&bags),
            bag_offsets: put(&bag_offsets),
            word_scale: Tensor::from_slice(&scale)
                .reshape([size.0, size.1, 1])
                .to_device(device),
            size,
        }
    }

    /// Utterances and words of the longest.
    pub fn size(&self) -> (i64, i64) {
        self.size
    }

    /// (B, L), 1 for a word, 0 for padding.
    pub fn valid(&self) -> Tensor {
        self.word_scale.squeeze_dim(-1).gt(0.0)
    }
}

/// What the network makes of utterances in one domain.
#[derive(Debug)]
pub struct Output {
    /// (B, intents), before the softmax.
    pub intents: Tensor,
    /// (B, L, tags), before the softmax.
    pub tags: Tensor,
}

#[derive(Debug)]
struct Head {
    intents: Mlp,
    tags: Mlp,
}

/// The network.
#[derive(Debug)]
pub struct Network {
    config: Config,
    words: Tensor,
    bag: Tensor,
    bag_norm: LayerNorm,
    near: Linear,
    blocks: Vec<EncoderBlock>,
    norm: LayerNorm,
    heads: Vec<Head>,
    emotions: Linear,
}

impl Network {
    /// Builds the network's variables.
    pub fn new(vs: &Path, config: &Config) -> Self {
        let normal = |stdev| Init::Randn { mean: 0.0, stdev };
        let joined = 2 * config.dim + config.bag_dim;
        let blocks = vs / "blocks";
        let heads = Domain::ALL.map(|domain| {
            let vs = vs / domain.name();
            let labels = config.labels_of(domain);
            Head {
                intents: Mlp::new(
                    &(&vs / "intents"),
                    joined,
                    config.hidden,
                    labels.intents.len() as i64,
                ),
                tags: Mlp::new(&(&vs / "tags"), 2 * config.dim, config.dim, labels.tags()),
            }
        });
        Self {
            words: vs.var("words", &[config.word_buckets, config.dim], normal(0.1)),
            bag: vs.var("bag", &[config.bag_buckets, config.bag_dim], normal(0.3)),
            bag_norm: layer_norm(&(vs / "bag_norm"), config.bag_dim),
            near: linear(&(vs / "near"), 5 * config.dim, config.dim),
            blocks: (0..config.layers)
                .map(|i| EncoderBlock::new(&(&blocks / i), config.dim, config.heads, 3))
                .collect(),
            norm: layer_norm(&(vs / "norm"), config.dim),
            heads: heads.into(),
            emotions: linear(&(vs / "emotions"), joined, config.emotions.len() as i64),
            config: config.clone(),
        }
    }

    /// Its sizes and classes.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Words in their context (B, L, 2D) and whole utterances (B, 2D + G).
    pub fn trunk(&self, input: &Input, dropout: f64) -> (Tensor, Tensor) {
        let (batch, length) = input.size;
        let dim = self.config.dim;
        let is_training = dropout > 0.0;
        let sum_mode = 0;
        let mean_mode = 1;
        let (summed, ..) = Tensor::embedding_bag(
            &self.words,
            &input.word_features,
            &input.word_offsets,
            false,
            sum_mode,
            false,
            None::<Tensor>,
            false,
        ); // (B·L, D)
        let words = summed.reshape([batch, length, dim]) * &input.word_scale; // (B, L, D)
        let pad = Tensor::zeros([batch, 2, dim], (Kind::Float, words.device()));
        let padded = Tensor::cat(&[&pad, &words, &pad], 1); // (B, L + 4, D)
        let shifted: Vec<Tensor> = (0..5).map(|by| padded.narrow(1, by, length)).collect();
        let around = Tensor::cat(&shifted, -1); // (B, L, 5D)
        let near = &words + self.near.forward(&around).gelu("tanh"); // (B, L, D)
        let places = sinusoidal_positions(length, dim, words.device()); // (L, D)
        let mut x = (&near + places * 0.3).dropout(dropout, is_training); // (B, L, D)
        let valid = input.valid(); // (B, L)
        for block in &self.blocks {
            x = block.forward(&x, Some(&valid)); // (B, L, D)
            if is_training {
                x = x.dropout(dropout / 2.0, true);
            }
        }
        let x = self.norm.forward(&x);
        let weight = valid.unsqueeze(-1).to_kind(Kind::Float); // (B, L, 1)
        let count = weight.sum_dim_intlist([1i64].as_slice(), false, Kind::Float); // (B, 1)
        let total = (&x * &weight).sum_dim_intlist([1i64].as_slice(), false, Kind::Float);
        let mean = total / count.clamp_min(1.0); // (B, D)
        let most = (&x * &weight + (&weight - 1.0) * 1e4)
            .amax([1i64].as_slice(), false)
            .clamp_min(-10.0); // (B, D)
        let (bag, ..) = Tensor::embedding_bag(
            &self.bag,
            &input.bag_features,
            &input.bag_offsets,
            false,
            mean_mode,
            false,
            None::<Tensor>,
            false,
        ); // (B, G)
        let whole = Tensor::cat(&[mean, most, self.bag_norm.forward(&bag)], -1);
        let whole = whole.dropout(2.0 * dropout, is_training); // (B, 2D + G)
        let each = Tensor::cat(&[x, near], -1).dropout(2.0 * dropout, is_training); // (B, L, 2D)
        (each, whole)
    }

    /// Heads of a domain, on what [`Self::trunk`] gave.
    pub fn heads(&self, domain: Domain, each: &Tensor, whole: &Tensor) -> Output {
        let head = &self.heads[domain as usize];
        Output {
            intents: head.intents.forward(whole),
            tags: head.tags.forward(each),
        }
    }

    /// (B, emotions) before the softmax, of the game's domain.
    pub fn emotions(&self, whole: &Tensor) -> Tensor {
        self.emotions.forward(whole)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_utterance_does_not_depend_on_padding() {
        let _generator = nn::device::seed(1);
        let mut config = Config::usual();
        for labels in &mut config.labels {
            labels.intents = vec!["a".into(), "b".into()];
            labels.slots = vec!["s".into()];
        }
        config.emotions = vec!["joy".into()];
        config.check().unwrap();
        let vs = tch::nn::VarStore::new(Device::Cpu);
        let network = Network::new(&vs.root(), &config);
        let (short, long) = (vec!["where", "is", "it"], vec!["a"; 20]);
        let run = |all: &[Vec<&str>]| {
            let input = Input::of(all, &config, Device::Cpu, || true);
            let (each, whole) = network.trunk(&input, 0.0);
            let out = network.heads(Domain::Game, &each, &whole);
            assert_eq!(out.tags.size()[2], 3);
            (out.intents.get(0), out.tags.get(0).narrow(0, 0, 3))
        };
        let (alone, together) = (
            run(std::slice::from_ref(&short)),
            run(&[short.clone(), long]),
        );
        assert!(alone.0.allclose(&together.0, 1e-4, 1e-5, false));
        assert!(alone.1.allclose(&together.1, 1e-4, 1e-5, false));
        // Nothing said is no fault.
        let empty = Input::of(&[vec![]], &config, Device::Cpu, || true);
        let (_, whole) = network.trunk(&empty, 0.0);
        assert!(bool::try_from(whole.isfinite().all()).unwrap());
    }
}
