//! The learned driver's networks as forward passes of the tick.

use std::path::Path;

use sim::message::DriverSpec;
use sim::tick::{Forward, Pipeline, Stage};

use runner::{RunError, RunOptions, assets};

/// The tick for a run's driver and those that its scenario's controllers name, with the networks' forward
/// passes where one is the learned one.
///
/// # Errors
/// If a weights file is missing, broken or of another shape.
pub fn pipeline(options: &RunOptions, whole: &[DriverSpec]) -> Result<Pipeline, RunError> {
    if options.driver != DriverSpec::Learned && !whole.contains(&DriverSpec::Learned) {
        return Ok(Pipeline::new(Vec::new()));
    }
    Ok(Pipeline::new(forwards(&assets(options.weights.as_ref()))?))
}

/// A forward pass and the decode stage that it precedes.
pub type ForwardStep = (Stage, Box<dyn Forward>);

/// The forward passes, each with the decode stage that it must precede.
///
/// # Errors
/// If a weights file of the folder is missing, broken or of another shape.
pub fn forwards(weights: &Path) -> Result<Vec<ForwardStep>, RunError> {
    let wrong = |e: nn::WeightsError| RunError::Usage(e.to_string());
    let file = |name: &str| weights.join(format!("{name}.safetensors"));
    let device = nn::device();
    Ok(vec![
        (
            Stage::PerceiveDecode,
            Box::new(perception::PerceptionForward::load(&file("perception")).map_err(wrong)?)
                as Box<dyn Forward>,
        ),
        (
            Stage::PredictDecode,
            Box::new(
                agents::systems::PredictForward::load(&file("prediction"), device)
                    .map_err(wrong)?,
            ),
        ),
        (
            Stage::PlanDecode,
            Box::new(agents::systems::PlanForward::load(&file("planning"), device).map_err(wrong)?),
        ),
    ])
}
