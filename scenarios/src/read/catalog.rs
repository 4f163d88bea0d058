//! Catalogs: entries looked up by catalog and entry name, with their parameters assigned.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use sim::input::{InputError, Limits, XmlFile, XmlNode};

use super::{El, LoadOptions, PathFinder, Scope, Unread, rules, unread};
use crate::check::{Checker, Findings, Names, read_header};
use crate::schema::{MINORS, Schema};

/// Kinds of catalog, named as their entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CatalogKind {
    /// `VehicleCatalog`
    Vehicle,
    /// `ControllerCatalog`
    Controller,
    /// `PedestrianCatalog`
    Pedestrian,
    /// `MiscObjectCatalog`
    MiscObject,
    /// `EnvironmentCatalog`
    Environment,
    /// `ManeuverCatalog`
    Maneuver,
    /// `TrajectoryCatalog`
    Trajectory,
    /// `RouteCatalog`
    Route,
}

/// Files read of one catalog folder at most.
const MAX_FILES: usize = 1000;
/// References that lead from one entry to the next at most.
const MAX_DEPTH: u32 = 12;

/// The catalogs that a scenario locates; files are read when first needed.
pub struct Catalogs {
    folders: Vec<PathBuf>,
    limits: Limits,
    files: RefCell<Option<BTreeMap<String, Rc<XmlFile>>>>,
    depth: Cell<u32>,
    is_lenient: bool,
    /// Entries that were checked, by file and line.
    checked: RefCell<BTreeSet<(PathBuf, u32)>>,
    warnings: RefCell<Vec<InputError>>,
}

impl Catalogs {
    /// Reads `CatalogLocations` of the root element. A folder that does not exist matters only to
    /// references that need it.
    ///
    /// # Errors
    /// If a location is malformed.
    pub fn locate(
        root: El<'_>,
        finder: &PathFinder,
        options: &LoadOptions,
    ) -> Result<Self, InputError> {
        let mut folders = Vec::new();
        if let Some(locations) = root.child("CatalogLocations") {
            for location in locations.elements() {
                let directory = location.need_child("Directory")?;
                let path = directory.text("path")?;
                if let Ok(folder) = finder.find(&directory, &path)
                    && !folders.contains(&folder)
                {
                    folders.push(folder);
                }
            }
        }
        Ok(Self {
            folders,
            limits: options.limits.clone(),
            files: RefCell::new(None),
            depth: Cell::new(0),
            is_lenient: options.lenient,
            checked: RefCell::default(),
            warnings: RefCell::default(),
        })
    }

    /// Reads the entry that a `CatalogReference` names.
    ///
    /// # Errors
    /// If the catalog or entry is missing, references nest too deep, or `read` fails.
    pub fn resolve<T>(
        &self,
        reference: El<'_>,
        read: impl FnOnce(El<'_>) -> Result<T, InputError>,
    ) -> Result<T, InputError> {
        let (catalog, entry) = (reference.text("catalogName")?, reference.text("entryName")?);
        let file = self.file(&reference, &catalog)?;
        let document = file.parse()?;
        let root = file.root(&document);
        let node = entries(root).find(|n| n.attr("name") == Some(entry.as_str()));
        let Some(node) = node else {
            let expected = format!("an entry {entry:?} in {}", file.path().display());
            let error = reference.error(expected, "no such entry");
            return Err(error.breaks(rules::CATALOG_ENTRY));
        };
        let mut assigned = BTreeMap::new();
        if let Some(assignments) = reference.child("ParameterAssignments") {
            for assignment in assignments.children("ParameterAssignment") {
                let name = assignment.text("parameterRef").or_else(|error| {
                    // `$name` of the entry's own parameter is no reference to ours.
                    let raw = assignment.node.attr("parameterRef").unwrap_or_default();
                    raw.strip_prefix('$').map(str::to_owned).ok_or(error)
                })?;
                assigned.insert(name, assignment.text("value")?);
            }
        }
        let mut scope = Scope::inside(reference.scope);
        scope.declare(node, &assigned)?;
        self.check(&reference, root, El::new(node, &scope), &assigned)?;
        if self.depth.get() >= MAX_DEPTH {
            return Err(reference.error(
                format!("catalog references nested at most {MAX_DEPTH} deep"),
                format!("{entry:?} again"),
            ));
        }
        self.depth.set(self.depth.get() + 1);
        let result = read(El::new(node, &scope));
        self.depth.set(self.depth.get() - 1);
        result
    }

    /// Checks an entry when it is first used.
    fn check(
        &self,
        reference: &El<'_>,
        root: XmlNode<'_>,
        entry: El<'_>,
        assigned: &BTreeMap<String, String>,
    ) -> Result<(), InputError> {
        for name in assigned
            .keys()
            .filter(|n| !entry.scope.own().contains_key(*n))
        {
            let problem = reference.error(
                format!(
                    "the name of a parameter of the <{}> referred to",
                    entry.name()
                ),
                format!("{name:?}"),
            );
            self.warnings
                .borrow_mut()
                .push(problem.breaks(rules::PARAMETER));
        }
        let file = root.path().to_owned();
        let place = (file, entry.node.position().0);
        if !self.checked.borrow_mut().insert(place) {
            return Ok(());
        }
        let mut findings = Findings::new(self.is_lenient);
        // The version of a catalog matters as little as its header: its entries are read as they are.
        let mut of_header = Findings::default();
        let minor = read_header(root, &mut of_header).map_or(MINORS - 1, |h| h.minor);
        if let Some(kind) = Schema::get().find(entry.name()) {
            Checker::new(minor, &mut findings, Names::Unknown)
                .in_catalog()
                .declared_by(entry.node)
                .element(entry.node, kind, entry.scope);
        }
        self.warnings.borrow_mut().extend(findings.into_warnings()?);
        Ok(())
    }

    /// What was outside the standard in the entries used so far.
    pub fn take_warnings(&self) -> Vec<InputError> {
        std::mem::take(&mut self.warnings.borrow_mut())
    }

    /// What of the entries used so far nothing looked at, by file.
    pub fn unread(&self) -> Vec<(PathBuf, Unread)> {
        let checked = self.checked.borrow();
        let mut found = Vec::new();
        let mut seen: Vec<&Path> = Vec::new();
        let files = self.files.borrow();
        for file in files.iter().flat_map(BTreeMap::values) {
            let is_used = checked.iter().any(|(path, _)| path == file.path());
            if !is_used || seen.contains(&file.path()) {
                continue;
            }
            seen.push(file.path());
            let Ok(document) = file.parse() else {
                continue;
            };
            let lines =
                |node: &XmlNode<'_>| checked.contains(&(file.path().to_owned(), node.position().0));
            for entry in entries(file.root(&document)).filter(lines) {
                let unread = unread(entry);
                found.extend(unread.into_iter().map(|u| (file.path().to_owned(), u)));
            }
        }
        found
    }

    fn file(&self, reference: &El<'_>, catalog: &str) -> Result<Rc<XmlFile>, InputError> {
        let mut files = self.files.borrow_mut();
        let files = files.get_or_insert_with(|| self.read_all());
        files.get(catalog).cloned().ok_or_else(|| {
            let known: Vec<&str> = files.keys().map(String::as_str).collect();
            reference
                .error(
                    format!("a catalog among [{}]", known.join(", ")),
                    format!("{catalog:?}"),
                )
                .breaks(rules::CATALOG_ENTRY)
        })
    }

    /// All catalogs by name; a file that is no catalog or is broken is as if it were not there,
    /// unless it is the one whose own name is asked for (then its error surfaces on parsing).
    fn read_all(&self) -> BTreeMap<String, Rc<XmlFile>> {
        let mut found = BTreeMap::new();
        for folder in &self.folders {
            for path in xosc_files(folder) {
                let Ok(file) = XmlFile::read(&path, &self.limits).map(XmlFile::watched) else {
                    continue;
                };
                let name = match file.parse() {
                    Ok(document) => file
                        .root(&document)
                        .child("Catalog")
                        .and_then(|c| c.attr("name").map(str::to_owned)),
                    Err(_) => path.file_stem().map(|s| s.to_string_lossy().into_owned()),
                };
                let file = Rc::new(file);
                let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned());
                // By its own name; by its file's name too, as files refer to both.
                for name in [name, stem].into_iter().flatten() {
                    found.entry(name).or_insert_with(|| file.clone());
                }
            }
        }
        found
    }
}

fn entries<'a>(root: XmlNode<'a>) -> impl Iterator<Item = XmlNode<'a>> {
    root.child("Catalog").into_iter().flat_map(|c| c.elements())
}

fn xosc_files(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(folder)
        .into_iter()
        .flatten()
        .take(MAX_FILES)
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.extension().is_some_and(|e| e == "xosc"))
        .collect();
    paths.sort();
    paths
}
