//! What can go wrong with voices.

use std::path::{Path, PathBuf};

/// Why something was not said or heard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoiceError {
    /// A sound file is not as it should be.
    #[error("{}: {part}: expected {expected}, found {found}", file.display())]
    File {
        /// The file, or the program that the sound came from.
        file: PathBuf,
        /// Its part.
        part: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// A program is missing or fails.
    #[error("{program}: {why}; to mend it: {mend}")]
    Program {
        /// The program.
        program: String,
        /// What it said.
        why: String,
        /// A command that mends it.
        mend: String,
    },
    /// A grammar is not understood.
    #[error("grammar: expected {expected}, found {found}")]
    Grammar {
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
}

impl VoiceError {
    pub(super) fn file(
        file: &Path,
        part: &str,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Self {
        Self::File {
            file: file.to_owned(),
            part: part.to_owned(),
            expected: expected.into(),
            found: found.to_string(),
        }
    }

    pub(super) fn program(program: &str, why: impl ToString, mend: &str) -> Self {
        Self::Program {
            program: program.to_owned(),
            why: why.to_string().trim().to_owned(),
            mend: mend.to_owned(),
        }
    }

    pub(super) fn grammar(expected: &str, found: impl ToString) -> Self {
        Self::Grammar {
            expected: expected.to_owned(),
            found: found.to_string(),
        }
    }
}
