//! Which files below some paths are scenarios.

use std::path::{Path, PathBuf};

use crate::{FileKind, file_kind};
use sim::input::{InputError, Limits};

/// Folders deeper than this are not looked into.
const MAX_DEPTH: u32 = 16;

/// A scenario or distribution that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The file.
    pub path: PathBuf,
    /// Which of the two.
    pub kind: FileKind,
}

/// Scenarios and distributions in the given order of paths: a file stands for itself, a folder for the
/// `.xosc` files below it that are no catalogues and the levels (`.ron`), sorted by path.
///
/// # Errors
/// If a path does not exist, or a folder can't be read.
pub fn find_scenarios(paths: &[PathBuf], limits: &Limits) -> Result<Vec<Found>, InputError> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut below = Vec::new();
            walk(path, limits, 0, &mut below)?;
            below.sort_by(|a: &Found, b| a.path.cmp(&b.path));
            found.append(&mut below);
        } else if path.exists() {
            found.push(Found {
                path: path.clone(),
                kind: file_kind(path, limits),
            });
        } else {
            return Err(InputError::new(path, "a scenario or folder", "nothing"));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|file| seen.insert(file.path.clone()));
    Ok(found)
}

fn walk(
    folder: &Path,
    limits: &Limits,
    depth: u32,
    found: &mut Vec<Found>,
) -> Result<(), InputError> {
    let wrong = |e: std::io::Error| InputError::new(folder, "a readable folder", e.to_string());
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, limits, depth + 1, found)?;
            }
        } else if path.extension().is_some_and(|e| e == "xosc") {
            let kind = file_kind(&path, limits);
            if kind != FileKind::Catalog {
                found.push(Found { path, kind });
            }
        } else if file_kind_of_ron(&path, limits) == Some(FileKind::Level) {
            let kind = FileKind::Level;
            found.push(Found { path, kind });
        }
    }
    Ok(())
}

fn file_kind_of_ron(path: &Path, limits: &Limits) -> Option<FileKind> {
    let is_ron = path.extension().is_some_and(|e| e == "ron");
    is_ron.then(|| file_kind(path, limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_scenarios_and_distributions_sorted_and_without_catalogues() {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().expect("a parent")).expect("made");
            std::fs::write(&path, text).expect("written");
            path
        };
        let b = write("b.xosc", "<OpenSCENARIO><Storyboard/></OpenSCENARIO>");
        let a = write(
            "sub/a.xosc",
            "<OpenSCENARIO><CatalogLocations/><Storyboard/>",
        );
        let broken = write("broken.xosc", "<OpenSC");
        write(
            "cars.xosc",
            "<OpenSCENARIO><Catalog name='cars'/></OpenSCENARIO>",
        );
        let sweep = write("sweep.xosc", "<OpenSCENARIO><ParameterValueDistribution/>");
        write("map.xodr", "");
        let limits = Limits::default();
        let root = folder.path().to_path_buf();
        let found = find_scenarios(&[root.clone(), b.clone()], &limits).expect("found");
        let scenario = |path| Found {
            path,
            kind: FileKind::Scenario,
        };
        let sweep = Found {
            path: sweep,
            kind: FileKind::Distribution,
        };
        assert_eq!(found, [scenario(b), scenario(broken), scenario(a), sweep]);
        assert!(find_scenarios(&[root.join("none")], &limits).is_err());
    }
}
