//! The file's header and the version whose schema it is held against.

use sim::input::{InputError, XmlNode};

use super::{Checker, Findings, Names, Severity};
use crate::read::{El, Scope, rules};
use crate::schema::{MINORS, Schema};

/// What the root element says of the file.
pub(crate) struct Header {
    /// revMajor and revMinor as written.
    pub(crate) version: (i64, i64),
    /// The minor version of 1.x whose schema the file is held against.
    pub(crate) minor: usize,
}

/// Checks the root element and header, and settles the version.
///
/// # Errors
/// If the root, header or version is missing or not one that is known.
pub(crate) fn read_header(
    root: XmlNode<'_>,
    findings: &mut Findings,
) -> Result<Header, InputError> {
    if root.name() != "OpenSCENARIO" {
        let error = root.error("<OpenSCENARIO>", format!("<{}>", root.name()));
        return Err(error.breaks(rules::ROOT_TAG));
    }
    let header = root
        .need_child("FileHeader")
        .map_err(|e| e.breaks(rules::FILE_HEADER))?;
    let none = Scope::default();
    let header = El::new(header, &none);
    let number = |name: &str| -> Result<i64, InputError> {
        let value = header.i64(name).map_err(|e| e.breaks(rules::VERSION))?;
        if (0..=i64::from(u16::MAX)).contains(&value) {
            return Ok(value);
        }
        let error = header.error(format!("an unsigned short in {name}"), format!("{value}"));
        Err(error.breaks(rules::VERSION))
    };
    let version = (number("revMajor")?, number("revMinor")?);
    let (major, minor) = version;
    let last = MINORS - 1;
    let other = |what: &str| {
        header.error(
            format!("OpenSCENARIO 1.0 to 1.{last}"),
            format!("{major}.{minor}{what}"),
        )
    };
    let minor = match usize::try_from(minor) {
        Ok(minor) if major == 1 && minor <= last => minor,
        Ok(_) if major == 1 => {
            let problem = other(&format!(", read as 1.{last}"));
            findings.add(Severity::Warning, rules::OTHER_VERSION, problem);
            last
        }
        _ if major == 0 && is_of_version_1(root) => {
            let minor = best_version(root);
            let problem = other(&format!(", with the elements of 1.{minor}"));
            findings.add(Severity::Warning, rules::OTHER_VERSION, problem);
            minor
        }
        _ => return Err(other("").breaks(rules::VERSION)),
    };
    Ok(Header { version, minor })
}

/// Files that say 0.9 are often of 1.x in all but the number; 0.9 itself named these elements
/// otherwise.
fn is_of_version_1(root: XmlNode<'_>) -> bool {
    let has = |name| root.child(name).is_some();
    let entities = root.child("Entities");
    has("CatalogLocations")
        || has("ParameterValueDistribution")
        || root
            .child("Catalog")
            .is_some_and(|c| c.attr("name").is_some())
        || entities.is_some_and(|e| e.child("ScenarioObject").is_some())
}

/// The version whose schema the file breaks least, the earliest of equal ones.
fn best_version(root: XmlNode<'_>) -> usize {
    let errors = |minor: &usize| {
        let mut findings = Findings::default();
        let scope = Scope::default();
        let mut checker = Checker::new(*minor, &mut findings, Names::Unknown).structure_only();
        if let Some(kind) = Schema::get().find("OpenScenario") {
            checker.element(root, kind, &scope);
        }
        findings.into_list().len()
    };
    (0..MINORS).min_by_key(errors).unwrap_or(0)
}
