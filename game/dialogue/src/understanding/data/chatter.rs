//! First lines of small talk from the ChatterBot corpus (BSD-3): questions that no intent of ours is for.

use std::path::Path;

use sim::input::{InputError, Limits, read_text};

use super::Example;

/// Files whose lines are within scope after all.
const WITHIN_SCOPE: [&str; 4] = ["greetings", "botprofile", "conversations", "emotion"];

/// Reads the folder `english` of the corpus; all out of scope.
///
/// # Errors
/// If the folder or a file in it can't be read, or there are no lines in it.
pub fn load(folder: &Path, limits: &Limits) -> Result<Vec<Example>, InputError> {
    let unreadable =
        |e: std::io::Error| InputError::new(folder, "a readable folder", e.to_string());
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        files.push(entry.map_err(unreadable)?.path());
    }
    files.sort();
    let mut all = Vec::new();
    for file in files {
        let is_yaml = file.extension().is_some_and(|e| e == "yml");
        let stem = file.file_stem().map(|s| s.to_string_lossy().into_owned());
        if !is_yaml || stem.is_some_and(|s| WITHIN_SCOPE.contains(&s.as_str())) {
            continue;
        }
        let text = read_text(&file, limits)?;
        // A conversation is a list in a list; its first line has both dashes.
        let firsts = text
            .lines()
            .filter_map(|line| line.trim_start().strip_prefix("- - "));
        all.extend(firsts.map(|line| Example::plain(line.trim_matches(['"', '\'', ' ']), None)));
    }
    all.retain(|example| !example.words.is_empty());
    all.dedup();
    if all.is_empty() {
        return Err(InputError::new(folder, "conversations", "none"));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_alone_are_taken() {
        let folder = tempfile::tempdir().unwrap();
        let text = "conversations:\n- - What is gold?\n  - A metal.\n- - \"Why: so?\"\n  - So.\n";
        std::fs::write(folder.path().join("a.yml"), text).unwrap();
        std::fs::write(folder.path().join("greetings.yml"), "- - Hi\n").unwrap();
        let all = load(folder.path(), &Limits::default()).unwrap();
        assert_eq!(all.len(), 2);
        assert_eq!(all[1].words, ["why", ":", "so", "?"]);
        assert!(load(&folder.path().join("none"), &Limits::default()).is_err());
    }
}
