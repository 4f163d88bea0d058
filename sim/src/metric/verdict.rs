//! The verdict on a run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Requirements;
use crate::actor::ActorId;
use crate::world::{Episode, SimWorld};

/// A figure of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MetricValue {
    /// The figure; 0 where it is not valid.
    pub value: f64,
    /// Its unit, `1` where it has none.
    pub unit: String,
    /// Whether it applies to this run.
    pub valid: bool,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Every requirement was met.
    Passed,
    /// One was not.
    Failed,
    /// The run broke off.
    Fault,
}

/// Outcome, why, and all metrics.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The outcome.
    pub outcome: Outcome,
    /// Why it did not pass; empty where it did.
    pub reasons: Vec<String>,
    /// Metrics by name.
    pub metrics: BTreeMap<String, MetricValue>,
}

/// The verdict on a run of an ego vehicle that [`super::watch`] was told of.
pub fn verdict(world: &SimWorld, ego: ActorId, requirements: &Requirements) -> Verdict {
    let report = super::report(world);
    let episode = world.ecs.resource::<Episode>();
    let mut reasons = requirements.judge(&report);
    let mut outcome = if reasons.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed
    };
    if report.metrics.is_empty() && *requirements != Requirements::scripted() {
        outcome = Outcome::Fault;
        reasons.push(format!("actor {} was not measured", ego.0));
    }
    if let Some(fault) = &episode.fault {
        outcome = Outcome::Fault;
        reasons.insert(0, fault.to_string());
    }
    Verdict {
        outcome,
        reasons,
        metrics: report.metrics,
    }
}
