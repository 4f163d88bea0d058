//! Why a command ended without a result, as the user sees it.

use std::path::Path;

use serde_json::{Value, json};
use sim::input::InputError;

use super::output::note;
use crate::RunError;

/// A command's failure with its exit code.
#[derive(Debug)]
pub struct Failure {
    error: RunError,
}

impl Failure {
    /// Wrong usage.
    pub fn usage(text: impl Into<String>) -> Self {
        RunError::Usage(text.into()).into()
    }

    /// A bug.
    pub fn internal(text: impl Into<String>) -> Self {
        RunError::Internal(text.into()).into()
    }

    /// Whether another program has the drivers that this one lacks.
    pub fn needs_drivers(&self) -> bool {
        matches!(self.error, RunError::NeedsDrivers)
    }

    /// Tells it on stderr, with the line of the file it is about; the exit code.
    pub fn print(&self) -> u8 {
        note(&format!("error: {}", self.error));
        if let RunError::Input(error) = &self.error
            && let Some(snippet) = snippet(error)
        {
            note(&snippet);
        }
        self.error.exit_code()
    }
}

impl<E: Into<RunError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
        }
    }
}

/// An error as JSON: `message`, and for an input file `file`, `line`, `column`, `expected`, `found`,
/// `rule`, and in `more` what else was wrong in it.
pub fn error_json(error: &RunError) -> Value {
    let mut value = json!({"message": error.to_string()});
    if let (RunError::Input(input), Some(object)) = (error, value.as_object_mut())
        && let Value::Object(parts) = input_json(input)
    {
        object.extend(parts);
    }
    value
}

fn input_json(input: &InputError) -> Value {
    let more: Vec<Value> = input.more.iter().map(input_json).collect();
    json!({
        "file": input.file,
        "line": input.line,
        "column": input.column,
        "expected": input.expected,
        "found": input.found,
        "rule": input.rule,
        "more": more,
    })
}

/// The line of the file with a mark under the column.
fn snippet(error: &InputError) -> Option<String> {
    /// Larger files are not read again for a message.
    const MAX_BYTES: u64 = 16 << 20;
    /// Shown of a line.
    const MAX_CHARS: usize = 120;
    let line = error.line?;
    let path: &Path = &error.file;
    if std::fs::metadata(path).ok()?.len() > MAX_BYTES {
        return None;
    }
    let text = String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned();
    let source = text.lines().nth(line.checked_sub(1)? as usize)?;
    let column = error.column.unwrap_or(1).max(1) as usize - 1;
    // A window of a long line that holds the column.
    let start = column.saturating_sub(MAX_CHARS / 2);
    let shown: String = source
        .chars()
        .skip(start)
        .take(MAX_CHARS)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let margin = " ".repeat(line.to_string().len());
    let mark = " ".repeat(column - start) + "^";
    Some(format!(" {line} | {shown}\n {margin} | {mark}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_snippet_marks_the_column_of_the_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("a.xml");
        std::fs::write(&path, "<a>\n\t<b x=1/>\n</a>").expect("written");
        let at = |line, column| snippet(&InputError::new(&path, "", "").at(line, column));
        assert_eq!(at(2, 5).as_deref(), Some(" 2 |  <b x=1/>\n   |     ^"));
        assert_eq!(at(9, 1), None);
        assert_eq!(snippet(&InputError::new(&path, "", "")), None);
    }
}
