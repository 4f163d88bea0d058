//! What a run gives back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RunVerdict {
    /// Everything asked for held.
    Passed,
    /// Something asked for did not hold.
    Failed,
    /// The run broke off: a non-finite state, a broken network output, a time limit, a bug.
    Fault,
}

/// A figure with its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunMetric {
    /// The figure; `None` where it does not apply to this run.
    pub value: Option<f64>,
    /// Its unit, `1` where it has none.
    pub unit: String,
}

/// Result of one scenario, as `run --json` prints it.
#[derive(Clone, Debug, Serialize)]
pub struct RunResult {
    /// The scenario file.
    pub scenario: String,
    /// Who drove the ego vehicle.
    pub driver: String,
    /// Seed of the run.
    pub seed: u64,
    /// How it ended.
    pub verdict: RunVerdict,
    /// Why it did not pass; empty where it did.
    pub reasons: Vec<String>,
    /// Why the episode ended.
    pub ended: String,
    /// Hash over every actor's state at every tick.
    pub state_hash: String,
    /// Ticks run.
    pub ticks: u64,
    /// Simulated time, seconds.
    pub sim_time_s: f64,
    /// Time it took, seconds.
    pub wall_s: f64,
    /// Metrics by name.
    pub metrics: BTreeMap<String, RunMetric>,
    /// Elements of the input that have no effect here.
    pub warnings: Vec<String>,
    /// States of all actors, where they were asked for.
    #[serde(skip)]
    pub trace: Option<crate::Trace>,
    /// The last seconds, where they were asked for.
    #[serde(skip)]
    pub record: Option<sim::record::KeptRecord>,
}
