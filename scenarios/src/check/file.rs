//! Checking a whole file of any kind.

use std::collections::BTreeMap;
use std::path::Path;

use sim::input::{InputError, XmlFile, XmlNode};

use super::names::Declared;
use super::{Checker, Finding, Findings, Names, Severity, read_header};
use crate::read::{LoadOptions, Scope, rules};
use crate::schema::Schema;

/// What an OpenSCENARIO file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// A scenario that can be run.
    Scenario,
    /// A catalog of entries that scenarios refer to.
    Catalog,
    /// Values to run a scenario with.
    ParameterValueDistribution,
}

impl FileKind {
    /// Of the root element; a scenario where it is nothing else.
    pub(crate) fn of_root(root: XmlNode<'_>) -> Self {
        let has = |name| root.child(name).is_some();
        match (has("Storyboard"), has("Catalog")) {
            (true, _) => Self::Scenario,
            (_, true) => Self::Catalog,
            _ if has("ParameterValueDistribution") => Self::ParameterValueDistribution,
            _ => Self::Scenario,
        }
    }

    /// Of a file.
    ///
    /// # Errors
    /// If it can't be read or is not well-formed.
    pub fn of(path: &Path, options: &LoadOptions) -> Result<Self, InputError> {
        let file = XmlFile::read(path, &options.limits)?;
        let document = file.parse().map_err(|e| e.breaks(rules::VALID_XML))?;
        Ok(Self::of_root(file.root(&document)))
    }
}

/// What a check of a file found.
#[derive(Clone, Debug)]
pub struct FileReport {
    /// What it holds.
    pub kind: FileKind,
    /// revMajor and revMinor.
    pub version: (i64, i64),
    /// In the order in which they were found.
    pub findings: Vec<Finding>,
}

/// Checks a file by itself: its own elements and names, not the files that it refers to.
///
/// # Errors
/// If it can't be read, is not well-formed, or has no root, header or version that is known.
pub fn check_file(path: &Path, options: &LoadOptions) -> Result<FileReport, InputError> {
    let file = XmlFile::read(path, &options.limits)?;
    let document = file.parse().map_err(|e| e.breaks(rules::VALID_XML))?;
    let root = file.root(&document);
    let mut findings = Findings::new(options.lenient);
    let header = read_header(root, &mut findings)?;
    let kind = FileKind::of_root(root);
    let mut scope = Scope::default();
    if kind == FileKind::Scenario {
        let overrides: BTreeMap<String, String> = options.parameters.iter().cloned().collect();
        if let Err(error) = scope.declare(root, &overrides) {
            findings.add(Severity::Error, rules::PARAMETER, error);
        }
    }
    check_root(root, kind, header.minor, &scope, &mut findings);
    Ok(FileReport {
        kind,
        version: header.version,
        findings: findings.into_list(),
    })
}

/// Checks all elements of a file whose parameters are declared in `scope`.
pub(crate) fn check_root(
    root: XmlNode<'_>,
    kind: FileKind,
    minor: usize,
    scope: &Scope<'_>,
    findings: &mut Findings,
) {
    let Some(top) = Schema::get().find("OpenScenario") else {
        return;
    };
    match kind {
        FileKind::Scenario => {
            let names = Names::Known(Declared::read(root, scope));
            Checker::new(minor, findings, names)
                .declared_by(root)
                .element(root, top, scope);
        }
        FileKind::Catalog => Checker::new(minor, findings, Names::Unknown)
            .in_catalog()
            .element(root, top, scope),
        FileKind::ParameterValueDistribution => {
            Checker::new(minor, findings, Names::Unknown).element(root, top, scope);
        }
    }
}
