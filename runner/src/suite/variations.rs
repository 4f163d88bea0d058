//! The standard's own sweeps: a parameter value distribution stands for many runs of a scenario.

use std::path::{Path, PathBuf};

use scenarios::LoadOptions;
use scenarios::distribution::ParameterValueDistribution;
use sim::input::InputError;

use super::plan::PlanOptions;
use crate::sweep::Set;

/// The scenario that a distribution names, and its parameter sets.
///
/// # Errors
/// If the file is malformed or names no scenario that is there.
pub fn variations(
    path: &Path,
    options: &PlanOptions<'_>,
) -> Result<(PathBuf, Vec<Set>), InputError> {
    let load = LoadOptions {
        limits: options.limits.clone(),
        parameters: Vec::new(),
        ..(options.base)(path.to_owned()).load_options()
    };
    let distribution = ParameterValueDistribution::load(path, &load)?;
    let sets = distribution.expand(options.seed, options.max_variations)?;
    Ok((distribution.scenario_path().to_owned(), sets))
}
