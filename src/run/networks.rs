//! The learned driver's networks, loaded once and shared by every world of a run.

use std::path::{Path, PathBuf};

use sim::tick::{Pipeline, Stage};

use super::RunError;

/// Where the weights lie, and which networks a run needs.
#[derive(Clone, Debug)]
pub struct NetworkOptions {
    /// Folder with perception, prediction and planning `.safetensors`.
    pub weights: PathBuf,
    /// Whether any actor is driven by the networks.
    pub is_learned: bool,
}

/// The tick with the networks' forward passes in it; without a learned driver it has none.
///
/// # Errors
/// If a weights file is missing, broken or of another shape.
pub fn pipeline(options: &NetworkOptions) -> Result<Pipeline, RunError> {
    Ok(Pipeline::new(forwards(options)?))
}

/// The forward passes, each with the decode stage that it must precede.
///
/// # Errors
/// If a weights file is missing, broken or of another shape.
pub fn forwards(
    options: &NetworkOptions,
) -> Result<Vec<(Stage, Box<dyn sim::tick::Forward>)>, RunError> {
    if !options.is_learned {
        return Ok(Vec::new());
    }
    let file = |name: &str| -> PathBuf { Path::new(&options.weights).join(name) };
    Ok(vec![
        (
            Stage::PerceiveDecode,
            Box::new(perception::PerceptionForward::load(&file("perception.safetensors"))?)
                as Box<dyn sim::tick::Forward>,
        ),
        (
            Stage::PredictDecode,
            Box::new(agents::PredictForward::load(&file("prediction.safetensors"))?),
        ),
        (Stage::PlanDecode, Box::new(agents::PlanForward::load(&file("planning.safetensors"))?)),
    ])
}
