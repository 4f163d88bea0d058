//! Replies of a language model: many at once, told piece by piece, held to what their callers allow.

use std::path::Path;
use std::sync::mpsc::{Sender, SyncSender, channel, sync_channel};
use std::sync::{Mutex, PoisonError};

use tch::{Kind, Tensor};

use super::chat::{Message, Template};
use super::checkpoint::Checkpoint;
use super::error::LanguageError;
use super::linear::WeightKind;
use super::llama::{Cache, Llama};
use super::prefix::Pages;
use super::reply::{Next, OnText, Reply};
use super::tokenizer::Tokenizer;

/// Most sequences that are generated in one batch; more wait their turn.
const MAX_BATCH: usize = 16;
/// Longest text of a prompt's messages in all, bytes.
const MAX_PROMPT_BYTES: usize = 1 << 20;

/// What is wanted.
pub struct Request {
    /// The conversation so far.
    pub prompt: Vec<Message>,
    /// Most tokens of the reply.
    pub max_tokens: usize,
    /// 0: always the likeliest token. 1: by the model's probabilities. 0 to 10.
    pub temperature: f64,
    /// Share of probability whose tokens are drawn from, above 0 and up to 1.
    pub top_p: f64,
    /// Of the draws.
    pub seed: u64,
    /// Decides what may follow; `None`: anything.
    pub constraint: Option<Box<dyn Constraint>>,
}

/// Decides what may follow; asked for candidate tokens best first until one is accepted (so it costs little).
pub trait Constraint: Send {
    /// Whether the reply may go on with `next`, the text of one token: at least one character, whole ones only.
    fn allows(&mut self, text_so_far: &str, next: &str) -> bool;
    /// Whether the reply may end here.
    fn may_end(&mut self, text_so_far: &str) -> bool;
}

/// Why a reply ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// The model ended it.
    End,
    /// It has as many tokens as were asked for.
    Length,
    /// The model's context is full.
    Context,
    /// The caller wanted no more.
    Caller,
    /// The constraint allowed neither a token nor an end.
    Constraint,
}

/// A reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// All of its text.
    pub text: String,
    /// Its tokens, without the one that ended it.
    pub tokens: usize,
    /// Why it ended.
    pub stopped: Stopped,
}

/// What answers prompts.
pub trait LanguageModel: Send {
    /// Replies to requests, in their order. `on_text` hears each new piece of text (whole characters) with the number
    /// of its request; false stops that reply. Pieces of one reply come in order, those of several mingle.
    ///
    /// # Errors
    /// If a request is not one that can be answered; nothing is then generated.
    fn generate(
        &mut self,
        requests: Vec<Request>,
        on_text: &mut dyn FnMut(usize, &str) -> bool,
    ) -> Result<Vec<Completion>, LanguageError>;

    /// Natural logarithm of the probability of each text as the begin of the reply.
    ///
    /// # Errors
    /// If prompt and text are longer than the context.
    fn score(
        &mut self,
        prompt: &[Message],
        continuations: &[String],
    ) -> Result<Vec<f64>, LanguageError>;
}

/// How a model is loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct LlmOptions {
    /// How weights are kept.
    pub weights: WeightKind,
    /// Longest prompt and reply together, tokens; no longer than the model allows.
    pub context: usize,
    /// Threads that requests of one call are shared out to.
    pub threads: usize,
    /// Most memory for what prompts have in common, bytes.
    pub prefix_bytes: usize,
}

impl Default for LlmOptions {
    fn default() -> Self {
        Self {
            weights: WeightKind::Int8,
            context: 4096,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            prefix_bytes: 256 << 20,
        }
    }
}

/// A model of the Llama family, ready to talk.
///
/// With [`WeightKind::Int8`] on the CPU a reply depends on model and request alone, to the last bit: not on what else
/// is in the call, on the number of threads, or on what was asked before. With the other kinds the last bits of logits
/// differ with the number of sequences in a batch.
pub struct Llm {
    llama: Llama,
    tokenizer: Tokenizer,
    template: Template,
    pages: Mutex<Pages>,
    threads: usize,
}

impl Llm {
    /// Loads a `.gguf` file, or a folder with `config.json`, `tokenizer.json` and safetensors.
    ///
    /// # Errors
    /// Names the file, its part, what was expected and what was found.
    pub fn open(path: &Path, options: &LlmOptions) -> Result<Self, LanguageError> {
        nn::use_one_thread();
        let Checkpoint {
            config,
            tokenizer,
            template,
            mut weights,
        } = Checkpoint::open(path)?;
        let context = options.context.clamp(1, config.context);
        let (kind, device) = (options.weights, nn::device());
        let llama = Llama::load(config, weights.as_mut(), kind, context, device)?;
        Ok(Self {
            llama,
            tokenizer,
            template,
            pages: Mutex::new(Pages::new(options.prefix_bytes)),
            threads: options.threads.max(1),
        })
    }

    /// The network.
    pub fn llama(&self) -> &Llama {
        &self.llama
    }

    /// Text to tokens.
    pub fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    /// How messages become a prompt.
    pub fn template(&self) -> Template {
        self.template
    }

    /// Tokens of a conversation as the model reads it.
    ///
    /// # Errors
    /// If the tokenizer gives up.
    pub fn prompt_tokens(&self, prompt: &[Message]) -> Result<Vec<u32>, LanguageError> {
        self.template.encode(prompt, &self.tokenizer)
    }

    /// Tokens of the prompt of a request, checked.
    fn checked_prompt(&self, number: usize, prompt: &[Message]) -> Result<Vec<u32>, LanguageError> {
        let bytes: usize = prompt.iter().map(|message| message.text.len()).sum();
        if bytes > MAX_PROMPT_BYTES {
            let expected = format!("a prompt of at most {MAX_PROMPT_BYTES} bytes");
            return Err(LanguageError::request(number, expected, bytes));
        }
        let tokens = self.prompt_tokens(prompt)?;
        let most = self.llama.context() - 1;
        if tokens.is_empty() || tokens.len() > most {
            let expected = format!("a prompt of 1 to {most} tokens");
            return Err(LanguageError::request(number, expected, tokens.len()));
        }
        Ok(tokens)
    }

    fn checked(&self, number: usize, request: &Request) -> Result<Vec<u32>, LanguageError> {
        let wrong = |expected: &str, found: f64| LanguageError::request(number, expected, found);
        if !(0.0..=10.0).contains(&request.temperature) {
            return Err(wrong("a temperature of 0 to 10", request.temperature));
        }
        if !(request.top_p > 0.0 && request.top_p <= 1.0) {
            return Err(wrong("a top_p above 0 and up to 1", request.top_p));
        }
        self.checked_prompt(number, &request.prompt)
    }

    fn worker(&self) -> Worker<'_> {
        Worker {
            llama: self.llama.shallow_clone(),
            tokenizer: &self.tokenizer,
            template: self.template,
            pages: &self.pages,
        }
    }
}

impl LanguageModel for Llm {
    fn generate(
        &mut self,
        requests: Vec<Request>,
        on_text: &mut dyn FnMut(usize, &str) -> bool,
    ) -> Result<Vec<Completion>, LanguageError> {
        let count = requests.len();
        let threads = self.threads.clamp(1, count.max(1));
        let mut shares: Vec<Vec<Job>> = (0..threads).map(|_| Vec::new()).collect();
        for (number, request) in requests.into_iter().enumerate() {
            let prompt = self.checked(number, &request)?;
            if let Some(share) = shares.get_mut(number % threads) {
                share.push(Job {
                    number,
                    prompt,
                    request,
                });
            }
        }
        let mut replies = match <[Vec<Job>; 1]>::try_from(shares) {
            Ok([jobs]) => self.worker().run(jobs, on_text)?,
            Err(shares) => self.run_on_threads(shares, on_text)?,
        };
        replies.sort_by_key(|(number, _)| *number);
        Ok(replies.into_iter().map(|(_, reply)| reply).collect())
    }

    fn score(
        &mut self,
        prompt: &[Message],
        continuations: &[String],
    ) -> Result<Vec<f64>, LanguageError> {
        nn::use_one_thread();
        let prompt = self.checked_prompt(0, prompt)?;
        let mut texts = Vec::new();
        for (number, text) in continuations.iter().enumerate() {
            let tokens = self.tokenizer.encode(text)?;
            let most = self.llama.context() - prompt.len();
            if tokens.is_empty() || tokens.len() > most {
                let expected = format!("a continuation of 1 to {most} tokens");
                return Err(LanguageError::request(number, expected, tokens.len()));
            }
            texts.push(tokens);
        }
        let longest = texts.iter().map(Vec::len).max().unwrap_or(0);
        let (mut cache, first) = self.worker().begin(&prompt, prompt.len() + longest)?;
        texts
            .iter()
            .map(|tokens| {
                cache.truncate(prompt.len());
                let (_, before) = tokens.split_last().unwrap_or((&0, &[]));
                let mut logits = vec![first.unsqueeze(0)]; // (1, V)
                if !before.is_empty() {
                    logits.push(self.llama.prefill_all(before, &mut cache)?);
                }
                let targets: Vec<i64> = tokens.iter().map(|token| i64::from(*token)).collect();
                let targets = Tensor::from_slice(&targets).to_device(first.device());
                let logs = Tensor::cat(&logits, 0).log_softmax(-1, Kind::Double); // (R, V)
                let chosen = logs.gather(1, &targets.unsqueeze(1), false); // (R, 1)
                Ok(f64::try_from(chosen.sum(Kind::Double))?)
            })
            .collect()
    }
}

impl Llm {
    /// Each share on a thread of its own; what they tell is told from the caller's thread, and they wait for the
    /// answer, so that it does not show how quick anybody is.
    fn run_on_threads(
        &self,
        shares: Vec<Vec<Job>>,
        on_text: &mut OnText<'_>,
    ) -> Result<Vec<(usize, Completion)>, LanguageError> {
        std::thread::scope(|scope| {
            let (tell, hear) = channel();
            let threads: Vec<_> = shares
                .into_iter()
                .map(|jobs| {
                    let (worker, tell) = (self.worker(), tell.clone());
                    scope.spawn(move || worker.run(jobs, &mut |n, text| ask(&tell, n, text)))
                })
                .collect();
            drop(tell);
            for Told {
                number,
                text,
                answer,
            } in hear
            {
                // Nobody waits for the answer where a thread has come to its end.
                let _ = answer.send(on_text(number, &text));
            }
            let mut all = Vec::new();
            for thread in threads {
                let done = thread.join();
                let lost = |_| LanguageError::Compute("a thread was lost".to_owned());
                all.extend(done.map_err(lost)??);
            }
            Ok(all)
        })
    }
}

/// A piece of text on its way to the caller's thread.
struct Told {
    number: usize,
    text: String,
    answer: SyncSender<bool>,
}

fn ask(tell: &Sender<Told>, number: usize, text: &str) -> bool {
    let (answer, heard) = sync_channel(1);
    let told = Told {
        number,
        text: text.to_owned(),
        answer,
    };
    tell.send(told).is_ok() && heard.recv().unwrap_or(false)
}

struct Job {
    number: usize,
    prompt: Vec<u32>,
    request: Request,
}

/// One thread's handle of a model.
struct Worker<'a> {
    llama: Llama,
    tokenizer: &'a Tokenizer,
    template: Template,
    pages: &'a Mutex<Pages>,
}

/// A sequence in the batch.
struct Running {
    reply: Reply,
    cache: Cache,
    /// The token that is next to go in.
    token: u32,
}

impl Worker<'_> {
    /// Replies to all, by the number of their request.
    fn run(
        &self,
        jobs: Vec<Job>,
        on_text: &mut OnText<'_>,
    ) -> Result<Vec<(usize, Completion)>, LanguageError> {
        nn::use_one_thread();
        let mut waiting = jobs.into_iter();
        let mut batch: Vec<Running> = Vec::new();
        let mut done = Vec::new();
        loop {
            while batch.len() < MAX_BATCH
                && let Some(job) = waiting.next()
            {
                let number = job.number;
                match self.start(job, on_text)? {
                    Ok(running) => batch.push(running),
                    Err(completion) => done.push((number, completion)),
                }
            }
            if batch.is_empty() {
                return Ok(done);
            }
            let tokens: Vec<u32> = batch.iter().map(|running| running.token).collect();
            let mut caches: Vec<&mut Cache> = batch.iter_mut().map(|r| &mut r.cache).collect();
            let logits = numbers(&self.llama.step(&tokens, &mut caches)?)?;
            let rows = logits.chunks_exact(self.llama.config().vocabulary);
            let mut going = Vec::new();
            for (mut running, row) in batch.into_iter().zip(rows) {
                let room = running.cache.capacity().min(self.llama.context());
                let room = room - running.cache.length();
                match running.reply.step(row, room, self.tokenizer, on_text) {
                    Next::Token(token) => going.push(Running { token, ..running }),
                    Next::End(completion) => done.push((running.reply.request, completion)),
                }
            }
            batch = going;
        }
    }

    /// Computes a prompt and takes the reply's first token.
    fn start(
        &self,
        job: Job,
        on_text: &mut OnText<'_>,
    ) -> Result<Result<Running, Completion>, LanguageError> {
        let Job {
            number,
            prompt,
            request,
        } = job;
        let most = prompt.len().saturating_add(request.max_tokens);
        let (cache, logits) = self.begin(&prompt, most.min(self.llama.context()))?;
        let mut reply = Reply::new(number, request, self.template, self.tokenizer);
        let room = self.llama.context() - cache.length();
        let next = reply.step(&numbers(&logits)?, room, self.tokenizer, on_text);
        Ok(match next {
            Next::Token(token) => Ok(Running {
                reply,
                cache,
                token,
            }),
            Next::End(completion) => Err(completion),
        })
    }

    /// A cache with a prompt and room for `positions`, and the logits after the prompt.
    fn begin(&self, prompt: &[u32], positions: usize) -> Result<(Cache, Tensor), LanguageError> {
        let mut cache = self.llama.cache(positions)?;
        let lock = || self.pages.lock().unwrap_or_else(PoisonError::into_inner);
        let known = tch::no_grad(|| lock().fill(prompt, &mut cache));
        let rest = prompt.get(known..).unwrap_or_default();
        let logits = self.llama.prefill(rest, &mut cache)?;
        tch::no_grad(|| lock().keep(prompt, &cache));
        Ok((cache, logits))
    }
}

/// The numbers of a tensor of f32.
fn numbers(tensor: &Tensor) -> Result<Vec<f32>, LanguageError> {
    let flat = tensor
        .to_device(tch::Device::Cpu)
        .contiguous()
        .flatten(0, -1);
    Ok(Vec::<f32>::try_from(flat)?)
}
