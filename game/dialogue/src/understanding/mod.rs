//! Understanding of what is said: intent, mentions, emotion, and whether it is understood at all.
//!
//! In: text. Out: [`Understood`], by a network ([`network`]) that [`train`] makes from [`data`] and
//! [`eval`] measures. Start reading at [`Understander`].

pub mod data;
pub mod eval;
pub mod intent;
pub mod network;
pub mod train;
mod understander;
pub mod words;

pub use intent::{Emotion, Intent, Mention};
pub use understander::{Mentioned, Understander, Understood};
