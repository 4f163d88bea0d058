//! Dialogue of characters: what is said is understood, answered from what the speaker can know, and acted on.

pub mod talk;
pub mod understanding;
