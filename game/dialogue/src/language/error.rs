//! What can go wrong with a language model.

use std::path::{Path, PathBuf};

/// Why a model was not loaded, or a request not answered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LanguageError {
    /// A file of a model is not as it should be.
    #[error("{}: {part}: expected {expected}, found {found}", file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Its part: a key, a tensor, `header`, `file`.
        part: String,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// The default model has not been fetched.
    #[error("{}: no such file: `make model` fetches the default language model (98 MB) once", file.display())]
    Missing {
        /// Where it was looked for.
        file: PathBuf,
    },
    /// A request that cannot be answered.
    #[error("request {request}: expected {expected}, found {found}")]
    Request {
        /// Its number in the call, from 0.
        request: usize,
        /// What was expected.
        expected: String,
        /// What was found.
        found: String,
    },
    /// libtorch refused an operation, such as for want of memory.
    #[error("language model: {0}")]
    Compute(String),
}

impl LanguageError {
    /// Of a part of a file.
    pub(crate) fn file(
        file: &Path,
        part: impl Into<String>,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Self {
        Self::File {
            file: file.to_owned(),
            part: part.into(),
            expected: expected.into(),
            found: found.to_string(),
        }
    }

    /// Of a request.
    pub(crate) fn request(
        request: usize,
        expected: impl Into<String>,
        found: impl ToString,
    ) -> Self {
        Self::Request {
            request,
            expected: expected.into(),
            found: found.to_string(),
        }
    }
}

impl From<tch::TchError> for LanguageError {
    fn from(error: tch::TchError) -> Self {
        // The first line says what; the rest is libtorch's own stack.
        let text = error.to_string();
        Self::Compute(text.lines().next().unwrap_or_default().to_owned())
    }
}
