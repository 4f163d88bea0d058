//! What an OpenSCENARIO or level file holds.

use std::path::Path;

use sim::input::{Limits, read_bytes};

/// What a `.xosc` or `.ron` file holds, as far as a first look tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A scenario; a broken file is one whose row says so.
    Scenario,
    /// A parameter value distribution, which stands for many runs of a scenario.
    Distribution,
    /// A catalogue.
    Catalog,
    /// A level of a game.
    Level,
}

/// What a file holds; one that can't be read is taken for a scenario.
pub fn file_kind(path: &Path, limits: &Limits) -> FileKind {
    let Ok(bytes) = read_bytes(path, limits) else {
        return FileKind::Scenario;
    };
    let text = String::from_utf8_lossy(&bytes);
    let has = |tag: &str| text.contains(tag);
    if path.extension().is_some_and(|e| e == "ron") {
        // Suites have neither.
        let is_level = has("goals:") && (has("rows:") || has("rooms:"));
        return if is_level {
            FileKind::Level
        } else {
            FileKind::Scenario
        };
    }
    if has("<Storyboard") {
        FileKind::Scenario
    } else if has("<ParameterValueDistribution") {
        FileKind::Distribution
    } else if has("<Catalog ") || has("<Catalog>") {
        FileKind::Catalog
    } else {
        FileKind::Scenario
    }
}
