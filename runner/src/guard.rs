//! Panics as errors.

use std::panic::AssertUnwindSafe;

use crate::RunError;

/// Does something; a panic is an error of its own.
///
/// # Errors
/// As `work`, and [`RunError::Internal`] for a panic.
pub fn guarded<R>(work: impl FnOnce() -> Result<R, RunError>) -> Result<R, RunError> {
    std::panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .cloned()
            .or_else(|| panic.downcast_ref::<&str>().map(|s| (*s).to_owned()));
        Err(RunError::Internal(text.unwrap_or_else(|| "panic".into())))
    })
}
