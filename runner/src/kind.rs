//! What an OpenSCENARIO file holds.

use std::path::Path;

use sim::input::{Limits, read_bytes};

/// What a `.xosc` file holds, as far as a first look tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A scenario; a broken file is one whose row says so.
    Scenario,
    /// A parameter value distribution, which stands for many runs of a scenario.
    Distribution,
    /// A catalogue.
    Catalog,
}

/// What a file holds; one that can't be read is taken for a scenario.
pub fn file_kind(path: &Path, limits: &Limits) -> FileKind {
    let Ok(bytes) = read_bytes(path, limits) else {
        return FileKind::Scenario;
    };
    let text = String::from_utf8_lossy(&bytes);
    let has = |tag: &str| text.contains(tag);
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
