//! What the learned driver sees by.

use std::path::PathBuf;

use clap::Args;

use crate::train::planning::Eyes;

/// Weights and sensors.
#[derive(Args, Debug)]
pub struct EyesArgs {
    /// Perception weights
    #[arg(
        long,
        value_name = "FILE",
        default_value = "assets/perception.safetensors"
    )]
    perception: PathBuf,
    /// Sensor rig (.ron)
    #[arg(long, value_name = "FILE", default_value = "assets/rigs/default.ron")]
    rig: PathBuf,
}

impl From<EyesArgs> for Eyes {
    fn from(args: EyesArgs) -> Self {
        Self {
            perception: args.perception,
            rig: args.rig,
        }
    }
}
