//! Which files below some paths are scenarios.

use std::path::{Path, PathBuf};

use sim::input::{InputError, Limits, read_bytes};

/// Folders deeper than this are not looked into.
const MAX_DEPTH: u32 = 16;

/// Scenarios in the given order of paths: a file stands for itself, a folder for the `.xosc` files
/// below it that are no catalogues or parameter distributions, sorted by path.
///
/// # Errors
/// If a path does not exist, or a folder can't be read.
pub fn find_scenarios(paths: &[PathBuf], limits: &Limits) -> Result<Vec<PathBuf>, InputError> {
    let mut found = Vec::new();
    for path in paths {
        if path.is_dir() {
            let mut below = Vec::new();
            walk(path, limits, 0, &mut below)?;
            below.sort();
            found.append(&mut below);
        } else if path.exists() {
            found.push(path.clone());
        } else {
            return Err(InputError::new(path, "a scenario or folder", "nothing"));
        }
    }
    let mut seen = std::collections::BTreeSet::new();
    found.retain(|path| seen.insert(path.clone()));
    Ok(found)
}

fn walk(
    folder: &Path,
    limits: &Limits,
    depth: u32,
    found: &mut Vec<PathBuf>,
) -> Result<(), InputError> {
    let wrong = |e: std::io::Error| InputError::new(folder, "a readable folder", e.to_string());
    for entry in std::fs::read_dir(folder).map_err(wrong)? {
        let path = entry.map_err(wrong)?.path();
        if path.is_dir() {
            if depth < MAX_DEPTH {
                walk(&path, limits, depth + 1, found)?;
            }
        } else if path.extension().is_some_and(|e| e == "xosc") && may_be_scenario(&path, limits) {
            found.push(path);
        }
    }
    Ok(())
}

/// Whether a file is not plainly something else; a broken file is a scenario whose row says so.
fn may_be_scenario(path: &Path, limits: &Limits) -> bool {
    let Ok(bytes) = read_bytes(path, limits) else {
        return true;
    };
    let text = String::from_utf8_lossy(&bytes);
    let has = |tag: &str| text.contains(tag);
    has("<Storyboard")
        || !(has("<Catalog ") || has("<Catalog>") || has("<ParameterValueDistribution"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_give_their_scenarios_sorted_and_without_catalogues() {
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
        write("sweep.xosc", "<OpenSCENARIO><ParameterValueDistribution/>");
        write("map.xodr", "");
        let limits = Limits::default();
        let root = folder.path().to_path_buf();
        let found = find_scenarios(&[root.clone(), b.clone()], &limits).expect("found");
        assert_eq!(found, [b, broken, a]);
        assert!(find_scenarios(&[root.join("none")], &limits).is_err());
    }
}
