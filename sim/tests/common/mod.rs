//! Shared data for tests; it lies outside the project.

use std::path::{Path, PathBuf};

use sim::input::Limits;
use sim::road::RoadNetwork;

/// The shared folder, or a note that there is none.
pub fn shared_root() -> Option<PathBuf> {
    let root = std::env::var_os("SKIDPAD_SHARED").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: SKIDPAD_SHARED is not set");
    }
    root
}

/// All files below a folder that satisfy a test, sorted.
pub fn files(folder: &Path, keep: &dyn Fn(&str) -> bool) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("readable").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(files(&path, keep));
        } else if path.file_name().is_some_and(|n| keep(&n.to_string_lossy())) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// All shared OpenDRIVE files; empty where there is no shared folder.
#[allow(dead_code, reason = "not every test crate uses it")]
pub fn map_files() -> Vec<PathBuf> {
    shared_root().map_or_else(Vec::new, |root| {
        files(&root.join("data"), &|name| name.ends_with(".xodr"))
    })
}

/// All of them that load.
#[allow(dead_code, reason = "not every test crate uses it")]
pub fn maps() -> Vec<(String, RoadNetwork)> {
    let load = |path: PathBuf| {
        let map = RoadNetwork::load(&path, &Limits::default()).ok()?;
        Some((path.file_name()?.to_string_lossy().into_owned(), map))
    };
    map_files().into_iter().filter_map(load).collect()
}
