//! A search over runs of a scenario: from values of its parameters to how critical the run was.

use sim::metric::Requirements;

use super::{Evaluation, Measure, Range, criticality};
use crate::run::{RunError, RunOptions, RunResult, requirements, run};
use runner::guarded;
use runner::suite::Ending;

/// A scenario whose parameters are varied.
pub struct Subject {
    /// The run, with the values of parameters that are not varied.
    pub options: RunOptions,
    /// The parameters that are.
    pub ranges: Vec<Range>,
    /// What is looked at.
    pub measure: Measure,
    wanted: Requirements,
    longest_s: f64,
}

impl Subject {
    /// A scenario with the ranges that it declares, those of the command line before them; parameters
    /// that the options set are not varied.
    ///
    /// # Errors
    /// If the scenario can't be read, or no parameter has a range.
    pub fn new(options: RunOptions, given: Vec<Range>, measure: Measure) -> Result<Self, RunError> {
        let mut ranges = super::declared(&options.scenario, &options.limits)?;
        for mut range in given {
            let declared = ranges.iter().find(|r| r.name == range.name);
            range.nominal = declared.and_then(|r| r.nominal);
            ranges.retain(|r| r.name != range.name);
            ranges.push(range);
        }
        ranges.retain(|r| options.params.iter().all(|(name, _)| *name != r.name));
        let (wanted, longest_s) = requirements(&options)?;
        if ranges.is_empty() {
            return Err(RunError::Usage(format!(
                "{}: expected parameters with a range (a ConstraintGroup with a lower and an upper bound, or --range NAME=MIN..MAX), found none",
                options.scenario.display()
            )));
        }
        Ok(Self {
            options,
            ranges,
            measure,
            wanted,
            longest_s,
        })
    }

    /// Values as parameters.
    pub fn params(&self, values: &[f64]) -> Vec<(String, String)> {
        self.ranges
            .iter()
            .zip(values)
            .map(|(range, value)| (range.name.clone(), range.text(*value)))
            .collect()
    }

    /// The run of these values.
    pub fn run_options(&self, values: &[f64]) -> RunOptions {
        let mut options = self.options.clone();
        options.params.extend(self.params(values));
        options
    }

    /// Runs these values.
    pub fn evaluate(&self, values: &[f64]) -> Evaluation {
        let options = self.run_options(values);
        self.judge(guarded(|| run(&options)))
    }

    fn judge(&self, outcome: Result<RunResult, RunError>) -> Evaluation {
        match outcome {
            Ok(result) => Evaluation {
                ending: result.verdict.into(),
                criticality: criticality(&self.measure, &self.wanted, self.longest_s, &result),
                reasons: result.reasons,
            },
            // Values that the scenario refuses lead nowhere.
            Err(error) => Evaluation {
                ending: if error.exit_code() == 2 {
                    Ending::Error
                } else {
                    Ending::Fault
                },
                criticality: if error.exit_code() == 2 { 2.0 } else { -1.0 },
                reasons: vec![error.to_string()],
            },
        }
    }

    /// Nominal values: as declared, else the middle of the range.
    pub fn nominal(&self) -> Vec<f64> {
        self.ranges
            .iter()
            .map(|range| range.nominal.unwrap_or_else(|| range.at(0.5)))
            .collect()
    }
}
