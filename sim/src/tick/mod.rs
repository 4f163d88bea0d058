//! What happens in a tick, in which order, and how many worlds tick together.

mod pipeline;
mod stage;

pub use pipeline::{Forward, Pipeline, PipelineStep, TickFault};
pub use stage::{Stage, Tick};
