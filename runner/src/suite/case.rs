//! One row of a suite before and after its run.

use crate::{RunError, RunOptions, RunResult};

use super::Ending;

/// What is to be run, and how it is expected to end.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name of the row, the same for all seeds.
    pub name: String,
    /// Words to choose rows by.
    pub tags: Vec<String>,
    /// How it is expected to end.
    pub expect: Ending,
    /// Text that a reason must hold where it is expected not to pass.
    pub because: Option<String>,
    /// The run.
    pub options: RunOptions,
    /// Why it can't even be started, such as a distribution that is malformed.
    pub broken: Option<sim::input::InputError>,
}

impl Case {
    /// A run that is expected to pass.
    pub fn new(name: impl Into<String>, options: RunOptions) -> Self {
        Self {
            name: name.into(),
            tags: Vec::new(),
            expect: Ending::Passed,
            because: None,
            options,
            broken: None,
        }
    }
}

/// How a row stands against what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It passed, as expected.
    Passed,
    /// It did not pass, as expected.
    ExpectedFailure,
    /// It passed although it was expected not to.
    UnexpectedPass,
    /// It did not pass, against expectation, or for another reason.
    Failed,
    /// It gave different hashes or verdicts when it was repeated.
    Flaky,
}

/// One scenario and seed of a suite, run.
#[derive(Debug)]
pub struct SuiteRow {
    /// What was run.
    pub case: Case,
    /// Its result, or why there is none.
    pub outcome: Result<RunResult, RunError>,
    /// State hashes of its repetitions.
    pub repeats: Vec<String>,
}

impl SuiteRow {
    /// How it ended.
    pub fn ending(&self) -> Ending {
        match &self.outcome {
            Ok(result) => result.verdict.into(),
            Err(error) if error.exit_code() == 2 => Ending::Error,
            Err(_) => Ending::Fault,
        }
    }

    /// Why it did not pass.
    pub fn reasons(&self) -> Vec<String> {
        match &self.outcome {
            Ok(result) => result.reasons.clone(),
            Err(error) => vec![error.to_string()],
        }
    }

    /// Whether its repetitions gave other hashes.
    pub fn is_flaky(&self) -> bool {
        let own = self.outcome.as_ref().map_or("", |r| r.state_hash.as_str());
        self.repeats.iter().any(|hash| hash != own)
    }

    /// How it stands against what was expected.
    pub fn standing(&self) -> Standing {
        let (ending, wanted) = (self.ending(), self.case.expect);
        let has_reason = self
            .case
            .because
            .as_ref()
            .is_none_or(|text| self.reasons().iter().any(|reason| reason.contains(text)));
        match (ending, wanted) {
            _ if self.is_flaky() => Standing::Flaky,
            (Ending::Passed, Ending::Passed) => Standing::Passed,
            (Ending::Passed, _) => Standing::UnexpectedPass,
            _ if ending == wanted && has_reason => Standing::ExpectedFailure,
            _ => Standing::Failed,
        }
    }

    /// Whether it ended as expected, and the same way each time.
    pub fn is_as_expected(&self) -> bool {
        matches!(
            self.standing(),
            Standing::Passed | Standing::ExpectedFailure
        )
    }

    /// 0 as expected, 1 another verdict than that, 2 input error, 3 fault.
    pub fn exit_code(&self) -> u8 {
        match (self.is_as_expected(), self.ending()) {
            (true, _) => 0,
            (false, Ending::Error) => 2,
            (false, Ending::Fault) => 3,
            (false, _) => 1,
        }
    }
}

/// The exit code of a suite: wrong input stands above a fault, and a fault above a failed verdict.
pub fn exit_code(rows: &[SuiteRow]) -> u8 {
    let has = |code| rows.iter().any(|row| row.exit_code() == code);
    [2, 3, 1].into_iter().find(|code| has(*code)).unwrap_or(0)
}
