//! The one error of everything that reads input.

use std::fmt;
use std::path::{Path, PathBuf};

/// What was wrong with an input file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    /// The file.
    pub file: PathBuf,
    /// Line, from 1, where known.
    pub line: Option<u32>,
    /// Column, from 1, where known.
    pub column: Option<u32>,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
    /// Name of the rule that is broken, where the format has named rules.
    pub rule: Option<&'static str>,
    /// What else was wrong in the same file.
    pub more: Box<[InputError]>,
}

impl InputError {
    /// An error of a whole file.
    pub fn new(file: &Path, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            file: file.to_owned(),
            line: None,
            column: None,
            expected: expected.into(),
            found: found.into(),
            rule: None,
            more: Box::default(),
        }
    }

    /// The same error at a line and column.
    #[must_use]
    pub fn at(mut self, line: u32, column: u32) -> Self {
        self.line = Some(line);
        self.column = Some(column);
        self
    }

    /// The same error as a breach of a named rule; a name that it already has stays.
    #[must_use]
    pub fn breaks(mut self, rule: &'static str) -> Self {
        self.rule.get_or_insert(rule);
        self
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        if let Some(column) = self.column {
            write!(f, ":{column}")?;
        }
        write!(f, ": expected {}, found {}", self.expected, self.found)?;
        if let Some(rule) = self.rule {
            write!(f, " [{rule}]")?;
        }
        self.more
            .iter()
            .try_for_each(|error| write!(f, "\n  also {error}"))
    }
}

impl std::error::Error for InputError {}
