//! Reading files from outside: limits, and errors that name file, line and what was expected.

mod error;
mod include;
mod limits;
mod xml;

pub use error::InputError;
pub use include::Sources;
pub use limits::Limits;
pub use xml::{XmlFile, XmlNode};

use std::path::Path;

/// Reads a text file no larger than the limit.
///
/// # Errors
/// If it can't be read, is too large, or is not UTF-8.
pub fn read_text(path: &Path, limits: &Limits) -> Result<String, InputError> {
    let bytes = read_bytes(path, limits)?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let line = error.as_bytes()[..valid]
            .iter()
            .filter(|b| **b == b'\n')
            .count()
            + 1;
        InputError::new(path, "UTF-8 text", "bytes that are not UTF-8").at(line as u32, 1)
    })
}

/// Reads a file no larger than the limit.
///
/// # Errors
/// If it can't be read or is too large.
pub fn read_bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>, InputError> {
    let meta = std::fs::metadata(path)
        .map_err(|e| InputError::new(path, "a readable file", e.to_string()))?;
    if !meta.is_file() {
        return Err(InputError::new(path, "a file", "a folder or special file"));
    }
    if meta.len() > limits.max_file_bytes {
        return Err(InputError::new(
            path,
            format!("at most {} bytes", limits.max_file_bytes),
            format!("{} bytes", meta.len()),
        ));
    }
    std::fs::read(path).map_err(|e| InputError::new(path, "a readable file", e.to_string()))
}
