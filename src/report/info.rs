//! Which program ran when, so that later runs can say since when something is so.

use std::path::Path;
use std::process::Command;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A run of a suite.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RunInfo {
    /// Version of skidpad.
    pub version: String,
    /// Revision of what was tested, as given or as git tells of the scenarios' folder; may be empty.
    pub revision: String,
    /// SHA-256 of the program's file, hexadecimal; empty where it could not be read.
    pub program: String,
    /// When it began, RFC 3339 in UTC.
    pub started: String,
    /// The arguments.
    pub command: String,
    /// Runs at a time.
    pub jobs: usize,
    /// Time it took, seconds.
    pub wall_s: f64,
}

impl RunInfo {
    /// Of a run that begins now with the program's own arguments.
    pub fn now(revision: Option<&str>, scenarios: &Path, jobs: usize) -> Self {
        let started = time::OffsetDateTime::now_utc();
        // Whole seconds are enough to tell runs apart.
        let started = started.replace_nanosecond(0).unwrap_or(started);
        let rfc3339 = time::format_description::well_known::Rfc3339;
        let quoted: Vec<String> = std::iter::once("skidpad".to_owned())
            .chain(std::env::args().skip(1))
            .map(|argument| quote(&argument))
            .collect();
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: revision.map_or_else(|| git_revision(scenarios), str::to_owned),
            program: program_hash(),
            started: started.format(&rfc3339).unwrap_or_default(),
            command: quoted.join(" "),
            jobs,
            wall_s: 0.0,
        }
    }

    /// How it is told: the revision, or the version, and when.
    pub fn label(&self) -> String {
        let what = if self.revision.is_empty() {
            format!("skidpad {}", self.version)
        } else {
            self.revision.clone()
        };
        format!("{what} ({})", self.started)
    }
}

/// An argument as a POSIX shell takes it.
pub fn quote(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn git_revision(path: &Path) -> String {
    let folder = if path.is_dir() {
        path
    } else {
        path.parent()
            .filter(|p| p.is_dir())
            .unwrap_or(Path::new("."))
    };
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["describe", "--always", "--dirty", "--abbrev=12"])
        .output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        // No git, or no repository: a revision can be given.
        _ => String::new(),
    }
}

fn program_hash() -> String {
    let bytes = std::env::current_exe().and_then(std::fs::read);
    bytes.map_or_else(|_| String::new(), |bytes| hex(&Sha256::digest(&bytes)))
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(quote("a/b.xosc"), "a/b.xosc");
        assert_eq!(quote("gap m=3"), "'gap m=3'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote(""), "''");
    }

    #[test]
    fn the_time_is_told_to_the_second() {
        let info = RunInfo::now(Some("v1"), Path::new("/"), 1);
        assert_eq!(
            info.started.len(),
            "2026-01-01T00:00:00Z".len(),
            "{}",
            info.started
        );
        assert_eq!(info.revision, "v1");
        assert_eq!(info.program.len(), 64);
    }
}
