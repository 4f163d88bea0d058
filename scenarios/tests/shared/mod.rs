//! Third-party scenarios that tests read where `SKIDPAD_SHARED` names their folder.

#![allow(
    dead_code,
    reason = "each test uses some of it; helpers print why they skip"
)]

use std::path::PathBuf;

use scenarios::LoadOptions;

/// The folder of a data set; `None`, said, where the variable is unset.
pub fn folder(set: &str) -> Option<PathBuf> {
    let Some(shared) = std::env::var_os("SKIDPAD_SHARED") else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return None;
    };
    Some(PathBuf::from(shared).join("data").join(set))
}

/// All `.xosc` files of some sets, sorted.
pub fn files(sets: &[&str]) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = sets.iter().filter_map(|set| folder(set)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "xosc") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

/// How they are loaded: maps that stand elsewhere among the data are found by name.
pub fn options() -> LoadOptions {
    let maps = [
        "carla-opendrive/OpenDrive",
        "esmini/resources/xodr",
        "osc-alks/logical_scenarios/concrete_scenarios/road_networks",
        "asam-qc-openscenarioxml/tests/data/parametric_entity_ref/Databases",
    ];
    LoadOptions {
        map_folders: maps.iter().filter_map(|set| folder(set)).collect(),
        ..LoadOptions::default()
    }
}
