//! Language models: any network of the Llama family that a user has, from GGUF or safetensors.
//!
//! In: messages of a conversation ([`Request`]), each with its own bounds. Out: text as it comes, and [`Completion`]s.
//! [`LanguageModel`] is what the rest of the crate talks to, [`Llm`] is the model. Weights are read by [`gguf`] and
//! [`weights`], the network is [`llama`], and everything about tokens is in [`tokenizer`] and `chat.rs`: what a user
//! writes can never become a control token. Start reading at [`Llm`] (`generate.rs`).

mod bench;
mod chat;
mod checkpoint;
mod config;
mod error;
mod generate;
pub mod gguf;
mod linear;
pub mod llama;
mod prefix;
pub mod quant;
mod reply;
mod sample;
pub mod tokenizer;
mod utf8;
pub mod weights;

pub use bench::{BenchFigures, BenchOptions, bench};
pub use chat::{Message, Speaker, Template};
pub use checkpoint::{Checkpoint, default_model, models_folder};
pub use config::LlamaConfig;
pub use error::LanguageError;
pub use generate::{Completion, Constraint, LanguageModel, Llm, LlmOptions, Request, Stopped};
pub use linear::WeightKind;
pub use sample::Sampler;
