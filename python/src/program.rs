//! Runs and the command line.

use std::path::PathBuf;

use clap::ValueEnum;
use pyo3::exceptions::{PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use runner::cli::args::Driver;
use sim::message::DriverSpec;
use skidpad::run::{RunError, RunOptions};

use crate::number::Seed;

fn wrong(error: RunError) -> PyErr {
    if error.exit_code() == 2 {
        PyValueError::new_err(error.to_string())
    } else {
        PyRuntimeError::new_err(error.to_string())
    }
}

fn driver_of(name: &str) -> PyResult<DriverSpec> {
    let known = Driver::from_str(name, false);
    known.map(Into::into).map_err(|_| {
        PyValueError::new_err(format!(
            "driver: expected scripted, idm, expert or learned, found {name:?}"
        ))
    })
}

/// Runs one scenario; its result as the JSON document of `skidpad run --json`.
#[pyfunction]
#[pyo3(signature = (scenario, *, driver="scripted", seed=Seed(0), dt_s=0.05, duration_s=None, params=Vec::new(), require=Vec::new(), record=None, log=None, map_paths=Vec::new(), weights=None, lenient=false))]
#[allow(clippy::too_many_arguments, reason = "keywords of Python")]
pub fn run_json(
    py: Python<'_>,
    scenario: PathBuf,
    driver: &str,
    seed: Seed,
    dt_s: f64,
    duration_s: Option<f64>,
    params: Vec<(String, String)>,
    require: Vec<(String, String)>,
    record: Option<PathBuf>,
    log: Option<PathBuf>,
    map_paths: Vec<PathBuf>,
    weights: Option<PathBuf>,
    lenient: bool,
) -> PyResult<String> {
    if !(dt_s > 0.0 && dt_s.is_finite()) {
        return Err(PyValueError::new_err(format!(
            "dt_s: expected more than 0 s, found {dt_s}"
        )));
    }
    // As of the program's own flag.
    if let Some(found) = duration_s.filter(|s| !(1e-4..1e9).contains(s)) {
        return Err(PyValueError::new_err(format!(
            "duration_s: expected seconds, from 0.0001, found {found}"
        )));
    }
    let mut options = RunOptions::new(scenario, driver_of(driver)?);
    options.seed = seed.0;
    options.dt_s = dt_s;
    options.duration_s = duration_s;
    options.params = params;
    options.require = require;
    options.record = record;
    options.log = log;
    options.map_folders = map_paths;
    options.weights = weights;
    options.lenient = lenient;
    let result = py.detach(|| skidpad::run::run(&options)).map_err(wrong)?;
    serde_json::to_string(&result).map_err(|e| PyRuntimeError::new_err(e.to_string()))
}

/// The command line, as of the program; its exit code.
#[pyfunction]
pub fn main(py: Python<'_>, arguments: Vec<String>) -> u8 {
    py.detach(|| skidpad::cli::main_with(arguments))
}
