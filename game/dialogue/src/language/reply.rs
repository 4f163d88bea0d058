//! One reply while it is being generated: its text so far, what may follow, when it ends.

use super::chat::Template;
use super::generate::{Completion, Constraint, Request, Stopped};
use super::sample::Sampler;
use super::tokenizer::Tokenizer;
use super::utf8::Utf8Stream;

/// Hears pieces of text of the request of a number; false stops it.
pub(super) type OnText<'a> = dyn FnMut(usize, &str) -> bool + 'a;

/// A reply in progress.
pub(super) struct Reply {
    /// Number of its request.
    pub request: usize,
    sampler: Sampler,
    constraint: Option<Box<dyn Constraint>>,
    max_tokens: usize,
    stops: &'static [&'static str],
    /// Whether blanks at the begin are the form's, not the reply's.
    trimmed: bool,
    stream: Utf8Stream,
    text: String,
    /// Bytes of the text that have been told.
    told: usize,
    tokens: usize,
}

/// What became of a step.
pub(super) enum Next {
    /// This token was taken, and more follows.
    Token(u32),
    /// It is over.
    End(Completion),
}

impl Reply {
    pub fn new(number: usize, request: Request, template: Template, tokenizer: &Tokenizer) -> Self {
        Self {
            request: number,
            sampler: Sampler::new(request.temperature, request.top_p, request.seed),
            constraint: request.constraint,
            max_tokens: request.max_tokens,
            stops: template.stops(),
            trimmed: template == Template::Plain || tokenizer.is_spaced(),
            stream: Utf8Stream::default(),
            text: String::new(),
            told: 0,
            tokens: 0,
        }
    }

    /// Takes the next token by its logits. `room`: how many more the context holds.
    pub fn step(
        &mut self,
        logits: &[f32],
        room: usize,
        tokenizer: &Tokenizer,
        on_text: &mut OnText<'_>,
    ) -> Next {
        if self.tokens >= self.max_tokens {
            return self.end(Stopped::Length, on_text);
        }
        let trimmed = self.trimmed && self.text.is_empty();
        let (stream, text) = (&self.stream, &self.text);
        let constraint = &mut self.constraint;
        let chosen = self.sampler.choose(logits, |token| {
            let Some(bytes) = tokenizer.bytes(token) else {
                let may_end = |c: &mut Box<dyn Constraint>| c.may_end(text);
                return tokenizer.is_control(token) && constraint.as_mut().is_none_or(may_end);
            };
            let Some(constraint) = constraint else {
                return true;
            };
            // Under a constraint a token is whole characters, or it could not be judged.
            let Some(mut piece) = stream.whole(bytes) else {
                return false;
            };
            if trimmed {
                piece = piece.trim_start().to_owned();
            }
            !piece.is_empty() && constraint.allows(text, &piece)
        });
        let Some(token) = chosen else {
            let may_end = |c: &mut Box<dyn Constraint>| c.may_end(&self.text);
            let over = self.constraint.as_mut().is_some_and(may_end);
            let stopped = if over {
                Stopped::End
            } else {
                Stopped::Constraint
            };
            return self.end(stopped, on_text);
        };
        let Some(bytes) = tokenizer.bytes(token) else {
            return self.end(Stopped::End, on_text);
        };
        self.tokens += 1;
        let piece = self.stream.push(bytes);
        let piece = if trimmed { piece.trim_start() } else { &piece };
        self.text.push_str(piece);
        if let Some(at) = self.stops.iter().filter_map(|s| self.text.find(s)).min() {
            self.text.truncate(at);
            return self.end(Stopped::End, on_text);
        }
        let goes_on = self.tell(self.text.len() - self.held(), on_text);
        if !goes_on {
            self.end(Stopped::Caller, on_text)
        } else if self.tokens >= self.max_tokens {
            self.end(Stopped::Length, on_text)
        } else if room == 0 {
            self.end(Stopped::Context, on_text)
        } else {
            Next::Token(token)
        }
    }

    /// Bytes at the end that may be the begin of a text at which the reply stops.
    fn held(&self) -> usize {
        let begins = |stop: &&str| {
            let most = stop.len().min(self.text.len());
            let fits = |n: &usize| stop.is_char_boundary(*n) && self.text.ends_with(&stop[..*n]);
            (1..=most).rev().find(fits).unwrap_or(0)
        };
        self.stops.iter().map(begins).max().unwrap_or(0)
    }

    /// Tells the text up to a byte; whether to go on.
    fn tell(&mut self, end: usize, on_text: &mut OnText<'_>) -> bool {
        let piece = self.text.get(self.told..end).unwrap_or_default();
        if piece.is_empty() {
            return true;
        }
        self.told = end;
        on_text(self.request, piece)
    }

    fn end(&mut self, stopped: Stopped, on_text: &mut OnText<'_>) -> Next {
        if stopped != Stopped::Caller {
            let rest = self.stream.finish();
            self.text.push_str(&rest);
            self.tell(self.text.len(), on_text);
        }
        Next::End(Completion {
            text: std::mem::take(&mut self.text),
            tokens: self.tokens,
            stopped,
        })
    }
}
