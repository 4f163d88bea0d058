//! Nothing on the way from sensors to tracks can read a truth: the crate's sources don't name one.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") {
            out.push(path);
        }
    }
}

#[test]
fn no_source_names_a_truth() {
    let mut files = Vec::new();
    sources(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut files,
    );
    assert!(files.len() > 15);
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        for name in [
            "LidarTruth",
            "CameraTruth",
            "PointTruth",
            "WorldSnapshot",
            "ActorState",
            "SignalStates",
        ] {
            assert!(!text.contains(name), "{} names {name}", file.display());
        }
    }
}
