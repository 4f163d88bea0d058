//! How fast a model talks on this machine.

use std::path::PathBuf;
use std::time::Instant;

use super::chat::{Message, Speaker};
use super::error::LanguageError;
use super::generate::{LanguageModel, Llm, LlmOptions, Request};
use super::linear::WeightKind;

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchOptions {
    /// The model.
    pub model: PathBuf,
    /// Kinds of weights, each in turn.
    pub weights: Vec<WeightKind>,
    /// Tokens of each reply.
    pub tokens: usize,
    /// Replies at once where many are measured.
    pub batch: usize,
    /// Threads.
    pub threads: usize,
    /// Each figure is the best of so many tries.
    pub tries: usize,
}

impl BenchOptions {
    /// All kinds of weights, replies of 64 tokens, 8 at once.
    pub fn new(model: PathBuf) -> Self {
        Self {
            model,
            weights: vec![WeightKind::F32, WeightKind::Bf16, WeightKind::Int8],
            tokens: 64,
            batch: 8,
            threads: LlmOptions::default().threads,
            tries: 3,
        }
    }
}

/// Figures of one kind of weights.
#[derive(Clone, Debug, PartialEq)]
pub struct BenchFigures {
    /// The kind.
    pub weights: WeightKind,
    /// From the file to a model that is ready, s.
    pub load_s: f64,
    /// Tokens of the prompt.
    pub prompt_tokens: usize,
    /// From a prompt of which nothing is known to the first token of the reply, s.
    pub first_token_s: f64,
    /// The same for the second turn of a conversation, whose first turn is known, s.
    pub second_turn_s: f64,
    /// Tokens a second of one reply after its first token.
    pub tokens_per_s: f64,
    /// Tokens a second of one reply, the time for its prompt included.
    pub reply_tokens_per_s: f64,
    /// The same of all replies of a batch together, each with a prompt of its own.
    pub batch_tokens_per_s: f64,
}

/// A prompt as a game's characters have them; `who` makes it one's own from its first words on.
fn prompt(who: usize, turns: usize) -> Vec<Message> {
    let system = format!(
        "You are villager number {who} of Brackwater, a fishing village by a grey sea. You are the keeper of the old \
         lighthouse, you trust few strangers, and you know these facts. The north road is closed since the storm. The \
         smith sells lamps and rope. The red key opens the crypt under the chapel. Wolves were seen at the ford two \
         nights ago, and the ferryman has not come back. Answer in one or two short sentences, say only what you know, \
         and never speak of the world outside the village."
    );
    let mut messages = vec![Message::new(Speaker::System, system)];
    for turn in 0..turns {
        if turn > 0 {
            let answer =
                "The red key is what you want. Ask at the chapel, and mind the wolves at the ford.";
            messages.push(Message::new(Speaker::Assistant, answer));
        }
        let question = "Good evening, keeper. How do I get into the crypt, and is the road to the north safe tonight?";
        messages.push(Message::new(Speaker::User, question));
    }
    messages
}

fn request(who: usize, turns: usize, tokens: usize) -> Request {
    Request {
        prompt: prompt(who, turns),
        max_tokens: tokens,
        temperature: 0.0,
        top_p: 1.0,
        seed: 0,
        constraint: None,
    }
}

/// Measures one kind after the other; `progress` hears of each as it is done.
///
/// # Errors
/// If the model can't be loaded.
pub fn bench(
    options: &BenchOptions,
    progress: &mut dyn FnMut(&BenchFigures),
) -> Result<Vec<BenchFigures>, LanguageError> {
    let mut all = Vec::new();
    for weights in &options.weights {
        let figures = measure(options, *weights)?;
        progress(&figures);
        all.push(figures);
    }
    Ok(all)
}

fn measure(options: &BenchOptions, weights: WeightKind) -> Result<BenchFigures, LanguageError> {
    let mut figures = BenchFigures {
        weights,
        load_s: f64::INFINITY,
        prompt_tokens: 0,
        first_token_s: f64::INFINITY,
        second_turn_s: f64::INFINITY,
        tokens_per_s: 0.0,
        reply_tokens_per_s: 0.0,
        batch_tokens_per_s: 0.0,
    };
    // Each try has a prompt of its own, so that nothing of it is known.
    let mut who = 0;
    for _ in 0..options.tries.max(1) {
        let begin = Instant::now();
        let llm = LlmOptions {
            weights,
            threads: options.threads,
            ..LlmOptions::default()
        };
        let mut llm = Llm::open(&options.model, &llm)?;
        figures.load_s = figures.load_s.min(begin.elapsed().as_secs_f64());
        figures.prompt_tokens = llm.prompt_tokens(&prompt(who, 1))?.len();
        // libtorch sets itself up at the first call.
        llm.generate(vec![request(who, 1, 2)], &mut |_, _| true)?;
        who += 1;

        let begin = Instant::now();
        llm.generate(vec![request(who, 1, 1)], &mut |_, _| true)?;
        let first_token_s = begin.elapsed().as_secs_f64();
        let begin = Instant::now();
        llm.generate(vec![request(who, 2, 1)], &mut |_, _| true)?;
        let second_turn_s = begin.elapsed().as_secs_f64();
        figures.first_token_s = figures.first_token_s.min(first_token_s);
        figures.second_turn_s = figures.second_turn_s.min(second_turn_s);
        who += 1;

        let mut first = None;
        let begin = Instant::now();
        let replies = llm.generate(vec![request(who, 1, options.tokens)], &mut |_, _| {
            first.get_or_insert_with(Instant::now);
            true
        })?;
        let tokens = replies.iter().map(|reply| reply.tokens).sum::<usize>();
        let rate = tokens as f64 / begin.elapsed().as_secs_f64();
        figures.reply_tokens_per_s = figures.reply_tokens_per_s.max(rate);
        if let Some(first) = first {
            let rate = tokens.saturating_sub(1) as f64 / first.elapsed().as_secs_f64();
            figures.tokens_per_s = figures.tokens_per_s.max(rate);
        }
        who += 1;

        let requests = (0..options.batch).map(|n| request(who + n, 1, options.tokens));
        let begin = Instant::now();
        let replies = llm.generate(requests.collect(), &mut |_, _| true)?;
        let tokens = replies.iter().map(|reply| reply.tokens).sum::<usize>();
        let rate = tokens as f64 / begin.elapsed().as_secs_f64();
        figures.batch_tokens_per_s = figures.batch_tokens_per_s.max(rate);
        who += options.batch;
    }
    Ok(figures)
}
