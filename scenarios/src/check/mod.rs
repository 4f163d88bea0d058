//! Whether a file is what the standard says: schema of its version first, then rules on references,
//! names, ranges and expressions.
//!
//! An error refuses the file; a warning says that something is outside the standard or the file's
//! version but understood, and a note that it is deprecated. docs/openscenario.md lists the rules.

mod element;
mod file;
mod names;
mod ranges;
mod signals;
mod version;

use sim::input::InputError;

pub(crate) use element::Checker;
pub(crate) use file::check_root;
pub use file::{FileKind, FileReport, check_file};
pub(crate) use names::Names;
pub use ranges::breaks_range;
pub(crate) use signals::check_signal_ids;
pub(crate) use version::read_header;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file is refused.
    Error,
    /// Outside the standard or the file's version, but understood.
    Warning,
    /// Deprecated.
    Note,
}

/// Something that a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Where and what, and the rule that it breaks.
    pub problem: InputError,
}

/// Findings of one file at most; the rest is not looked for.
const MAX_FINDINGS: usize = 1000;

/// Errors that are told beside the first.
const MAX_TOLD: usize = 20;

/// Collected findings.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    is_lenient: bool,
}

impl Findings {
    /// With none yet; where lenient, breaches of the schema are warnings.
    pub(crate) fn new(is_lenient: bool) -> Self {
        Self {
            list: Vec::new(),
            is_lenient,
        }
    }

    /// Adds one.
    pub(crate) fn add(&mut self, severity: Severity, rule: &'static str, problem: InputError) {
        let problem = problem.breaks(rule);
        let is_schema = problem.rule == Some(crate::read::rules::SCHEMA);
        let severity = if self.is_lenient && is_schema {
            severity.max(Severity::Warning)
        } else {
            severity
        };
        if self.list.len() < MAX_FINDINGS {
            self.list.push(Finding { severity, problem });
        }
    }

    /// The errors among them.
    pub(crate) fn errors(&self) -> impl Iterator<Item = &InputError> {
        self.list
            .iter()
            .filter(|f| f.severity == Severity::Error)
            .map(|f| &f.problem)
    }

    /// All of them, in the order in which they were found.
    pub(crate) fn into_list(self) -> Vec<Finding> {
        self.list
    }

    /// The warnings; or the first error, with others of the file.
    ///
    /// # Errors
    /// If there is one among them.
    pub(crate) fn into_warnings(self) -> Result<Vec<InputError>, InputError> {
        let mut errors = self.errors();
        if let Some(first) = errors.next() {
            let mut error = first.clone();
            error.more = errors.take(MAX_TOLD).cloned().collect();
            return Err(error);
        }
        drop(errors);
        let warnings = self
            .list
            .into_iter()
            .filter(|f| f.severity == Severity::Warning);
        Ok(warnings.map(|f| f.problem).collect())
    }
}
