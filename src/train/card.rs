//! Model cards: the training writes one beside its weights, a measurement adds its figures.

use std::fmt::Write;
use std::path::Path;

use nn::weights::{card_path, sha256_hex};

use crate::run::RunError;

/// What a card says of a training.
#[derive(Clone, Debug)]
pub struct Facts<'a> {
    /// Name of the network.
    pub network: &'a str,
    /// What it is, reads and gives, and its data; a line each.
    pub about: &'a [String],
    /// The command that gives these weights.
    pub command: &'a str,
    /// Time that it took, minutes.
    pub minutes: f64,
}

const FIGURES: &str = "\n## ";

fn failed(file: &Path, error: &std::io::Error) -> RunError {
    RunError::Usage(format!("{}: {error}", file.display()))
}

/// Writes the card of a weight file that was just trained, without figures.
///
/// # Errors
/// If a file can't be read or written.
pub fn begin(weights: &Path, facts: &Facts) -> Result<(), RunError> {
    let bytes = std::fs::read(weights).map_err(|e| failed(weights, &e))?;
    let mut text = format!(
        "# {}\n\n- sha256: {}\n- {} bytes, fp32\n",
        facts.network,
        sha256_hex(&bytes),
        bytes.len()
    );
    for line in facts.about {
        let _ = writeln!(text, "- {line}");
    }
    let _ = writeln!(
        text,
        "- command: `{}`\n- time: {:.0} minutes, one thread of libtorch",
        facts.command, facts.minutes
    );
    let card = card_path(weights);
    std::fs::write(&card, text).map_err(|e| failed(&card, &e))
}

/// Puts figures under a heading (the command that gives them) into a card, in place of those that stood
/// there.
///
/// # Errors
/// If there is no card, or it can't be written.
pub fn add_figures(weights: &Path, heading: &str, figures: &str) -> Result<(), RunError> {
    let card = card_path(weights);
    let old = std::fs::read_to_string(&card).map_err(|e| failed(&card, &e))?;
    let mut parts = old.split(FIGURES);
    let mut text = parts.next().unwrap_or_default().trim_end().to_owned();
    text.push('\n');
    let kept = parts.filter(|part| part.lines().next() != Some(heading));
    for part in kept {
        let _ = writeln!(text, "{FIGURES}{}", part.trim_end());
    }
    let _ = write!(
        text,
        "{FIGURES}{heading}\n\n```\n{}\n```\n",
        figures.trim_end()
    );
    std::fs::write(&card, text).map_err(|e| failed(&card, &e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_replace_those_of_their_own_command() {
        let folder = tempfile::tempdir().unwrap();
        let weights = folder.path().join("a.safetensors");
        std::fs::write(&weights, b"weights").unwrap();
        let facts = Facts {
            network: "a",
            about: &["what it is".to_owned()],
            command: "skidpad train a",
            minutes: 2.4,
        };
        assert!(add_figures(&weights, "eval", "1").is_err());
        begin(&weights, &facts).unwrap();
        add_figures(&weights, "eval", "old").unwrap();
        add_figures(&weights, "eval more", "other").unwrap();
        add_figures(&weights, "eval", "new").unwrap();
        let text = std::fs::read_to_string(card_path(&weights)).unwrap();
        assert!(text.contains(&sha256_hex(b"weights")));
        assert!(text.contains("## eval more\n\n```\nother\n```"));
        assert!(text.contains("## eval\n\n```\nnew\n```"));
        assert!(!text.contains("old"));
    }
}
