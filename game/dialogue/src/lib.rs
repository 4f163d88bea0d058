//! Dialogue of characters: what is said is understood, answered from what the speaker can know, and acted on.

pub mod language;
pub mod talk;
pub mod understanding;
pub mod voice;
