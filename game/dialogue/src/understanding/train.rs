//! Fitting of the network: three domains in each batch, and what is out of scope pushed towards no intent.

use std::path::{Path, PathBuf};

use nn::train::{Loss, Progress, TrainConfig, Trainer};
use rand_chacha::ChaCha8Rng;
use sim::input::{InputError, Limits};
use sim::seed::{Draw, stream};
use tch::nn::VarStore;
use tch::{Device, Kind, Reduction, Tensor};

use super::data::{
    self, Example, Split, chatter, clinc, game, snips, values_of, with_other_values,
};
use super::eval::choose_thresholds;
use super::intent::Emotion;
use super::network::{Config, Domain, Input, NETWORK, Network};

/// Rows of a batch by domain, within scope.
const ROWS: [usize; 3] = [56, 40, 48];
/// Rows of a batch by domain, out of scope.
const OUTSIDE: [usize; 3] = [16, 0, 14];
/// Part of the features that a network in training is not shown.
const HIDDEN_PART: f64 = 0.1;
/// Dropout of words; more before the heads.
const DROPOUT: f64 = 0.15;
/// Part of a label's weight that is spread over all classes.
const SMOOTHING: f64 = 0.1;
/// Intents of CLINC150 that a game's character may be asked for, too.
const SHARED_INTENTS: [&str; 21] = [
    "cancel",
    "change_ai_name",
    "change_user_name",
    "directions",
    "find_phone",
    "goodbye",
    "greeting",
    "how_old_are_you",
    "lost_luggage",
    "maybe",
    "no",
    "order_status",
    "repeat",
    "thank_you",
    "user_name",
    "what_are_your_hobbies",
    "what_can_i_ask_you",
    "what_is_your_name",
    "where_are_you_from",
    "who_do_you_work_for",
    "yes",
];

/// Where the data lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sources {
    /// `data_full.json` of CLINC150.
    pub clinc: PathBuf,
    /// The folder `2017-06-custom-intent-engines` of SNIPS.
    pub snips: PathBuf,
    /// The folder `english` of the ChatterBot corpus, for more that is out of scope.
    pub chatter: Option<PathBuf>,
}

impl Sources {
    /// Their usual places in a folder of data sets.
    pub fn under(folder: &Path) -> Self {
        Self {
            clinc: folder.join("clinc150/data/data_full.json"),
            snips: folder.join("snips/2017-06-custom-intent-engines"),
            chatter: Some(folder.join("chatterbot-corpus/chatterbot_corpus/data/english")),
        }
    }
}

/// How the network is trained.
#[derive(Clone, Debug, PartialEq)]
pub struct TrainOptions {
    /// Where the data lie.
    pub sources: Sources,
    /// Seed of weights, phrases and batches.
    pub seed: u64,
    /// Steps.
    pub steps: u64,
    /// Whether to go on from the folder's checkpoint.
    pub resume: bool,
    /// For the checkpoint and `loss.csv`.
    pub folder: PathBuf,
    /// The weight file.
    pub out: PathBuf,
}

/// Why there are no weights.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A data set can't be read.
    #[error(transparent)]
    Data(#[from] InputError),
    /// A weight file or checkpoint can't be read or written.
    #[error(transparent)]
    Weights(#[from] nn::WeightsError),
}

/// All that is learned from.
#[derive(Debug)]
pub struct Corpus {
    /// By domain, in the order of [`Domain::ALL`].
    pub splits: [Split; 3],
    /// Out of scope by domain, to learn from.
    outside: [Vec<Example>; 3],
    values: [Vec<Vec<Vec<String>>>; 3],
}

impl Corpus {
    /// Reads the public sets and makes the game's.
    ///
    /// # Errors
    /// If a set can't be read.
    pub fn load(sources: &Sources, seed: u64) -> Result<Self, InputError> {
        let limits = Limits::default();
        let clinc = clinc::load(&sources.clinc, &limits)?;
        let snips = snips::load(&sources.snips, &limits)?;
        let mut game = game::split(seed, 1000, 20);
        let chatter = match &sources.chatter {
            Some(folder) => chatter::load(folder, &limits)?,
            None => Vec::new(),
        };
        let shared = |intent: Option<i64>| {
            let name = intent.and_then(|i| clinc.labels.intents.get(i as usize));
            name.is_some_and(|n| SHARED_INTENTS.contains(&n.as_str()))
        };
        let own = |split: &Split| -> Vec<Example> {
            let outside = split.train.iter().filter(|e| e.intent.is_none());
            outside.cloned().collect()
        };
        let mut of_clinc = own(&clinc);
        // As many of the set's own as of all others.
        let rare = of_clinc.clone();
        let others = chatter.iter().chain(
            snips
                .train
                .iter()
                .filter(|e| e.intent.is_some_and(|i| i >= 4))
                .step_by(12),
        );
        of_clinc.extend(others.cloned());
        while of_clinc.len() < 2 * (of_clinc.len() - rare.len()) && !rare.is_empty() {
            let before = of_clinc.len();
            of_clinc.extend(rare.iter().cloned());
            if of_clinc.len() > 8000 || before > 6 * rare.len() + 4000 {
                break;
            }
        }
        let mut of_game = own(&game);
        let foreign = clinc.train.iter().filter(|e| !shared(e.intent));
        of_game.extend(foreign.cloned());
        of_game.extend(snips.train.iter().step_by(4).cloned());
        of_game.extend(chatter.iter().cloned());
        // What is out of CLINC's scope but for its own splits is for measuring the game's rejection.
        let unseen = clinc.test.iter().filter(|e| !shared(e.intent)).step_by(10);
        game.test.extend(unseen.map(|e| Example {
            intent: None,
            ..e.clone()
        }));
        let unseen = clinc
            .validation
            .iter()
            .filter(|e| !shared(e.intent))
            .step_by(10);
        game.validation.extend(unseen.map(|e| Example {
            intent: None,
            ..e.clone()
        }));
        let splits = [clinc, snips, game].map(|mut split| {
            split.train.retain(|e| e.intent.is_some());
            split
        });
        let values = [0, 1, 2].map(|i: usize| {
            let split: &Split = &splits[i];
            values_of(&split.train, split.labels.slots.len())
        });
        Ok(Self {
            outside: [of_clinc, Vec::new(), of_game],
            values,
            splits,
        })
    }

    /// The usual network with this corpus' classes.
    pub fn config(&self) -> Config {
        let [a, b, c] = &self.splits;
        Config {
            labels: [a.labels.clone(), b.labels.clone(), c.labels.clone()],
            emotions: Emotion::ALL.iter().map(|e| e.name().to_owned()).collect(),
            ..Config::usual()
        }
    }

    fn within(&self, domain: Domain, rng: &mut ChaCha8Rng) -> Example {
        let split = &self.splits[domain as usize];
        let Some(found) = split.train.get(rng.index(split.train.len())) else {
            return Example::default();
        };
        let mut example = found.clone();
        if domain == Domain::Snips && rng.chance(0.5) {
            example = with_other_values(&example, &self.values[domain as usize], rng);
        }
        if example.tags.is_empty() {
            // Some words less, where no tags have to keep theirs.
            let kept: Vec<String> = example
                .words
                .iter()
                .filter(|_| !rng.chance(0.1))
                .cloned()
                .collect();
            if !kept.is_empty() {
                example.words = kept;
            }
        }
        if domain == Domain::Game && rng.chance(0.5) {
            let is_end = |w: &str| matches!(w, "?" | "!" | ".");
            while example.words.len() > 1 && example.words.last().is_some_and(|w| is_end(w)) {
                example.words.pop();
                example.tags.pop();
            }
        }
        game::misspell(&mut example.words, 0.02, rng);
        example
    }

    /// Out of scope: an example of that, or the beginning of one utterance with the end of another.
    fn without(&self, domain: Domain, rng: &mut ChaCha8Rng) -> Example {
        let outside = &self.outside[domain as usize];
        if domain == Domain::Clinc && rng.chance(0.25) {
            let split = &self.splits[domain as usize];
            let mut half = |is_first: bool| {
                let found = split.train.get(rng.index(split.train.len()));
                let words = found.map_or(&[][..], |e| e.words.as_slice());
                let middle = words.len() / 2;
                let (first, last) = words.split_at(middle);
                if is_first {
                    first.to_vec()
                } else {
                    last.to_vec()
                }
            };
            let words = [half(true), half(false)].concat();
            return Example {
                words,
                ..Example::default()
            };
        }
        let mut example = outside
            .get(rng.index(outside.len()))
            .cloned()
            .unwrap_or_default();
        example.intent = None;
        example.tags.clear();
        let kept: Vec<String> = example
            .words
            .iter()
            .filter(|_| !rng.chance(0.1))
            .cloned()
            .collect();
        example.words = kept;
        example
    }

    /// The examples of a step by domain; those out of scope come last in each.
    fn batch(&self, seed: u64, step: u64) -> [Vec<Example>; 3] {
        let mut rng = stream(seed, None, &format!("dialogue step {step}"));
        Domain::ALL.map(|domain| {
            let at = domain as usize;
            let mut rows: Vec<Example> = (0..ROWS[at])
                .map(|_| self.within(domain, &mut rng))
                .collect();
            rows.extend((0..OUTSIDE[at]).map(|_| self.without(domain, &mut rng)));
            rows
        })
    }
}

/// The loss of a step.
fn loss(network: &Network, corpus: &Corpus, seed: u64, step: u64, device: Device) -> Loss {
    let batch = corpus.batch(seed, step);
    let mut hiding = stream(seed, None, &format!("dialogue hiding {step}"));
    let mut total = Tensor::zeros([], (Kind::Float, device));
    let mut parts = Vec::new();
    for (domain, rows) in Domain::ALL.into_iter().zip(&batch) {
        let shown: Vec<Vec<&str>> = rows.iter().map(Example::shown).collect();
        let input = Input::of(&shown, network.config(), device, || {
            !hiding.chance(HIDDEN_PART)
        });
        let (count, length) = input.size();
        let (each, whole) = network.trunk(&input, DROPOUT);
        let out = network.heads(domain, &each, &whole);
        let inside = rows.iter().take_while(|e| e.intent.is_some()).count() as i64;
        let intents: Vec<i64> = rows.iter().filter_map(|e| e.intent).collect();
        let intents = Tensor::from_slice(&intents).to_device(device); // (inside)
        let right = out
            .intents
            .narrow(0, 0, inside)
            .cross_entropy_loss::<Tensor>(&intents, None, Reduction::Mean, -100, SMOOTHING);
        total += &right;
        let name = match domain {
            Domain::Clinc => "clinc",
            Domain::Snips => "snips",
            Domain::Game => "game",
        };
        parts.push((name, right.double_value(&[])));
        if count > inside {
            let flat = out
                .intents
                .narrow(0, inside, count - inside)
                .log_softmax(-1, Kind::Float); // (outside, intents)
            total += -flat.mean(Kind::Float) * 0.3;
        }
        if !network.config().labels_of(domain).slots.is_empty() {
            let mut tags = Vec::new();
            for row in rows {
                let known = row.tags.len().min(length as usize);
                tags.extend(row.tags.iter().take(known));
                tags.extend(std::iter::repeat_n(-100, length as usize - known));
            }
            let tags = Tensor::from_slice(&tags).to_device(device); // (B·L)
            let tagged = out
                .tags
                .reshape([count * length, -1])
                .cross_entropy_loss::<Tensor>(&tags, None, Reduction::Mean, -100, 0.02);
            parts.push((
                if domain == Domain::Snips {
                    "snips_tags"
                } else {
                    "game_tags"
                },
                tagged.double_value(&[]),
            ));
            total += tagged * 3.0;
        }
        if domain == Domain::Game {
            let felt: Vec<i64> = rows.iter().map(|e| e.emotion.unwrap_or(-100)).collect();
            let felt = Tensor::from_slice(&felt).to_device(device); // (B)
            let emotion = network.emotions(&whole).cross_entropy_loss::<Tensor>(
                &felt,
                None,
                Reduction::Mean,
                -100,
                SMOOTHING,
            );
            parts.push(("emotion", emotion.double_value(&[])));
            total += emotion * 0.5;
        }
    }
    Loss { total, parts }
}

/// Trains the network and writes its weights; `progress` may stop it, with a checkpoint.
/// The thresholds of rejection are chosen on the validation parts. Gives the weights' SHA-256.
///
/// # Errors
/// If data can't be read or weights can't be written.
pub fn train(options: &TrainOptions, progress: &mut dyn Progress) -> Result<String, TrainError> {
    let corpus = Corpus::load(&options.sources, options.seed)?;
    let mut config = corpus.config();
    nn::use_one_thread();
    let generator = nn::device::seed(options.seed);
    let mut vs = VarStore::new(nn::device());
    let network = Network::new(&vs.root(), &config);
    let settings = TrainConfig {
        network: NETWORK.to_owned(),
        steps: options.steps,
        learning_rate: 2e-3,
        warmup_steps: 200,
        weight_decay: 0.05,
        clip_norm: 1.0,
        ema_decay: 0.998,
        checkpoint_every: 250,
    };
    let device = vs.device();
    let mut trainer = Trainer::new(&vs, settings, &options.folder);
    if options.resume {
        trainer.resume()?;
    }
    trainer.run(progress, |step| {
        // Dropout draws from the step's own numbers, so that a resumed training goes on alike.
        tch::manual_seed((options.seed.wrapping_mul(1_000_003) ^ step) as i64 & i64::MAX);
        loss(&network, &corpus, options.seed, step, device)
    })?;
    drop(generator);
    trainer.save(&config, &options.out)?;
    drop(trainer);
    nn::load(&mut vs, NETWORK, &options.out)?;
    config.thresholds = choose_thresholds(&network, &corpus.splits, device);
    Ok(nn::save(&vs, NETWORK, &config, &options.out)?)
}

/// The classes that a weight file was trained for must be those of the data that it is measured on.
pub(super) fn same_labels(config: &Config, splits: &[data::Split; 3]) -> Result<(), String> {
    for (domain, split) in Domain::ALL.into_iter().zip(splits) {
        if *config.labels_of(domain) != split.labels {
            return Err(format!("other classes of {}", domain.name()));
        }
    }
    Ok(())
}
