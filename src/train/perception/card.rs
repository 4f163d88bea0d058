//! The model card of the perception weights.

use std::path::Path;

use nn::weights::{card_path, sha256_hex};

use super::PerceptionError;

/// Writes the card beside a weight file: what it is, its checksum, its data and these figures.
///
/// # Errors
/// If a file can't be read or written.
pub fn write(weights: &Path, figures: &str) -> Result<(), PerceptionError> {
    let failed = |error| PerceptionError::Cache {
        file: weights.to_owned(),
        error,
    };
    let bytes = std::fs::read(weights).map_err(failed)?;
    let text = format!(
        "# perception\n\n\
         - sha256: {}\n\
         - network: perception/src/network.rs; {} bytes, fp32\n\
         - input: two lidar sweeps 0.3 s apart (assets/rigs/default.ron), two 160 x 96 cameras, odometry, the map's light positions\n\
         - output: boxes of four classes within 40 m, drivable area, state of traffic lights\n\
         - data: generated maps (`scenarios::generate`), seeds below 10 000, no recorded data\n\n\
         ## Figures on held-out worlds (seeds from 1 000 000)\n\n\
         ```\n{figures}```\n",
        sha256_hex(&bytes),
        bytes.len(),
    );
    std::fs::write(card_path(weights), text).map_err(failed)
}
