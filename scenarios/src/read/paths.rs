//! Which files a scenario may name, and where they are looked for.

use std::path::{Path, PathBuf};

use sim::input::{InputError, Limits};

use super::{El, rules};

/// How a scenario is loaded.
#[derive(Clone, Debug, Default)]
pub struct LoadOptions {
    /// Bounds on input.
    pub limits: Limits,
    /// Values that replace those of declared parameters, by name.
    pub parameters: Vec<(String, String)>,
    /// Folder that files named by the scenario must lie under; by default the nearest folder above it
    /// that holds `.git` or a LICENSE file, else the parent of the scenario's folder.
    pub root: Option<PathBuf>,
    /// Further folders that such files may lie under (`--allow-path`); searched for maps by name too.
    pub allowed: Vec<PathBuf>,
    /// Folders in which maps that are named without a folder are looked for (`--map-path`).
    pub map_folders: Vec<PathBuf>,
    /// Whether breaches of the schema are warnings.
    pub lenient: bool,
}

/// Resolves paths that stand in a scenario.
pub struct PathFinder {
    folder: PathBuf,
    root: PathBuf,
    allowed: Vec<PathBuf>,
    map_folders: Vec<PathBuf>,
}

/// Levels above the scenario's folder in which its root is looked for.
const LEVELS_UP: usize = 8;

impl PathFinder {
    /// For the scenario at a path.
    ///
    /// # Errors
    /// If the file's folder can't be resolved.
    pub fn new(scenario: &Path, options: &LoadOptions) -> Result<Self, InputError> {
        let real = std::fs::canonicalize(scenario)
            .map_err(|e| InputError::new(scenario, "a readable file", e.to_string()))?;
        let folder = real.parent().unwrap_or(Path::new("/")).to_owned();
        let canonical =
            |path: &PathBuf| std::fs::canonicalize(path).unwrap_or_else(|_| path.clone());
        let root = match &options.root {
            Some(root) => canonical(root),
            None => default_root(&folder),
        };
        Ok(Self {
            folder,
            root,
            allowed: options.allowed.iter().map(canonical).collect(),
            map_folders: options.map_folders.iter().map(canonical).collect(),
        })
    }

    /// The existing file or folder that `raw` names, as stands in attribute of `el`.
    ///
    /// # Errors
    /// If there is none, or it lies outside the scenario's root and the allowed folders.
    pub fn find(&self, el: &El<'_>, raw: &str) -> Result<PathBuf, InputError> {
        let raw = raw.trim();
        if raw.is_empty() {
            return Err(el.error("a path", "an empty one"));
        }
        // Files written on Windows part folders with a backslash.
        let slashed = raw.replace('\\', "/");
        let relative = Path::new(&slashed);
        let mut candidates = vec![self.folder.join(raw), self.folder.join(relative)];
        for folder in &self.allowed {
            candidates.push(folder.join(relative));
            candidates.extend(relative.file_name().map(|name| folder.join(name)));
        }
        self.first(el, raw, candidates)
    }

    /// The map that `raw` names: as [`find`](Self::find), or a file of that name, or with `.xodr` added
    /// to it (CARLA's scenarios give but the name of a town), beside the scenario, in the map folders
    /// or the allowed ones.
    ///
    /// # Errors
    /// As [`find`](Self::find).
    pub fn find_map(&self, el: &El<'_>, raw: &str) -> Result<PathBuf, InputError> {
        let raw = raw.trim();
        let missing = match self.find(el, raw) {
            Ok(path) => return Ok(path),
            Err(error) => error,
        };
        let slashed = raw.replace('\\', "/");
        let Some(name) = Path::new(&slashed).file_name().and_then(|n| n.to_str()) else {
            return Err(missing);
        };
        let town = format!("{name}.xodr");
        let mut candidates = vec![self.folder.join(format!("{slashed}.xodr"))];
        for folder in self.map_folders.iter().chain(&self.allowed) {
            candidates.extend([folder.join(&slashed), folder.join(name), folder.join(&town)]);
        }
        let is_bare = !slashed.contains('/') && Path::new(name).extension().is_none();
        self.first(el, raw, candidates).map_err(|error| {
            if is_bare && error.found == format!("{raw:?}") {
                let expected = format!("a map {town:?} in a folder given by --map-path");
                el.error(expected, error.found).breaks(rules::FILE)
            } else {
                missing
            }
        })
    }

    fn first(
        &self,
        el: &El<'_>,
        raw: &str,
        candidates: Vec<PathBuf>,
    ) -> Result<PathBuf, InputError> {
        let mut outside = None;
        for candidate in candidates {
            let Ok(real) = std::fs::canonicalize(&candidate) else {
                continue;
            };
            if self.permits(&real) {
                return Ok(real);
            }
            outside = Some(real);
        }
        let error = match outside {
            Some(real) => el.error(
                format!("a path under {} or an allowed folder", self.root.display()),
                format!("{raw:?}, which is {}", real.display()),
            ),
            None => el.error("an existing file or folder", format!("{raw:?}")),
        };
        Err(error.breaks(rules::FILE))
    }

    fn permits(&self, real: &Path) -> bool {
        let mut folders = self.allowed.iter().chain(&self.map_folders);
        real.starts_with(&self.root) || folders.any(|folder| real.starts_with(folder))
    }
}

fn default_root(folder: &Path) -> PathBuf {
    let is_root = |path: &Path| {
        path.parent().is_some()
            && [".git", "LICENSE", "LICENSE.md", "LICENSE.txt"]
                .iter()
                .any(|name| path.join(name).exists())
    };
    folder
        .ancestors()
        .take(LEVELS_UP)
        .find(|path| is_root(path))
        .or(folder.parent())
        .unwrap_or(folder)
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::Scope;
    use sim::input::XmlFile;

    #[test]
    fn files_outside_the_root_are_refused() {
        let dir = tempfile::tempdir().expect("a folder");
        let base = dir.path();
        std::fs::create_dir_all(base.join("repo/xosc")).expect("folders");
        for file in [
            "secret.xodr",
            "repo/map.xodr",
            "repo/LICENSE",
            "repo/xosc/a.xosc",
        ] {
            std::fs::write(base.join(file), "x").expect("a file");
        }
        let scenario = base.join("repo/xosc/a.xosc");
        let file = XmlFile::from_text(&scenario, "<a/>".into(), &Limits::default());
        let document = file.parse().expect("well-formed");
        let scope = Scope::default();
        let el = El::new(file.root(&document), &scope);
        let mut options = LoadOptions::default();
        let finder = PathFinder::new(&scenario, &options).expect("a finder");
        assert!(finder.find(&el, "../map.xodr").is_ok());
        assert!(finder.find(&el, "../../secret.xodr").is_err());
        assert!(finder.find(&el, "/etc/hostname").is_err());
        assert!(finder.find(&el, "missing.xodr").is_err());
        options.allowed = vec![base.to_owned()];
        let finder = PathFinder::new(&scenario, &options).expect("a finder");
        assert!(finder.find(&el, "../../secret.xodr").is_ok());
        assert!(finder.find(&el, "secret").is_err());
        assert!(finder.find_map(&el, "secret").is_ok());
        options.allowed.clear();
        options.map_folders = vec![base.to_owned()];
        let finder = PathFinder::new(&scenario, &options).expect("a finder");
        assert!(finder.find(&el, "secret.xodr").is_err());
        assert!(finder.find_map(&el, "secret").is_ok());
        assert!(finder.find_map(&el, "Towns\\secret.xodr").is_ok());
        let missing = finder.find_map(&el, "Town99").expect_err("none");
        assert!(missing.expected.contains("Town99.xodr"), "{missing}");
    }
}
