//! What is known while a scenario is read.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;

use sim::input::InputError;
use sim::message::DriverSpec;

use super::{Entity, EntityId};
use crate::read::{Catalogs, El, Unread, rules};

/// Something that was accepted but has no effect, or less than it says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Warning {
    /// Line of the element.
    pub line: u32,
    /// What and why.
    pub text: String,
}

/// Entities, selections, catalogs and collected warnings.
pub struct Context {
    /// Catalogs that may be referred to.
    pub catalogs: Catalogs,
    /// Entities read so far, by [`EntityId`].
    pub entities: Vec<Entity>,
    /// Members of each `EntitySelection`.
    pub selections: BTreeMap<String, Vec<EntityId>>,
    /// `FileHeader` revMajor and revMinor.
    pub version: (i64, i64),
    warnings: RefCell<Vec<Warning>>,
    drivers: RefCell<Vec<DriverSpec>>,
}

impl Context {
    /// With no entities yet.
    pub fn new(catalogs: Catalogs, version: (i64, i64)) -> Self {
        Self {
            catalogs,
            entities: Vec::new(),
            selections: BTreeMap::new(),
            version,
            warnings: RefCell::default(),
            drivers: RefCell::default(),
        }
    }

    /// Notes that a controller names a whole driver.
    pub fn note_driver(&self, driver: DriverSpec) {
        let mut drivers = self.drivers.borrow_mut();
        if !drivers.contains(&driver) {
            drivers.push(driver);
        }
    }

    /// The whole drivers that controllers name.
    pub fn take_drivers(&self) -> Vec<DriverSpec> {
        std::mem::take(&mut self.drivers.borrow_mut())
    }

    /// Notes that an element has no effect.
    pub fn warn(&self, el: &El<'_>, text: impl Into<String>) {
        let warning = Warning {
            line: el.node.position().0,
            text: text.into(),
        };
        let mut warnings = self.warnings.borrow_mut();
        if !warnings.contains(&warning) {
            warnings.push(warning);
        }
    }

    /// Notes something outside the standard that is understood all the same; `file` is the scenario.
    pub fn warn_of(&self, file: &Path, problem: &InputError) {
        let rule = problem.rule.map(|r| format!(" [{r}]")).unwrap_or_default();
        let place = if problem.file == *file {
            String::new()
        } else {
            format!("of {}: ", problem.file.display())
        };
        self.warnings.borrow_mut().push(Warning {
            line: problem.line.unwrap_or(0),
            text: format!(
                "{place}expected {}, found {}{rule}",
                problem.expected, problem.found
            ),
        });
    }

    /// Notes something of the scenario, or of a catalog, that nothing looked at.
    pub fn warn_unread(&self, catalog: Option<&Path>, unread: &Unread) {
        let times = match unread.count {
            1 => String::new(),
            count => format!(" ({count} times)"),
        };
        let place = catalog.map_or_else(String::new, |file| {
            format!("of {}:{}: ", file.display(), unread.line)
        });
        self.warnings.borrow_mut().push(Warning {
            line: if catalog.is_some() { 0 } else { unread.line },
            text: format!("{place}{} has no effect{times}", unread.what),
        });
    }

    /// The warnings so far.
    pub fn take_warnings(&self) -> Vec<Warning> {
        std::mem::take(&mut self.warnings.borrow_mut())
    }

    /// The entity of a name.
    pub fn find(&self, name: &str) -> Option<EntityId> {
        self.entities
            .iter()
            .position(|e| e.spec.name == name)
            .map(EntityId)
    }

    /// The entity that an attribute names.
    ///
    /// # Errors
    /// If it is missing or names none.
    pub fn entity(&self, el: &El<'_>, attribute: &str) -> Result<EntityId, InputError> {
        let name = el.text(attribute)?;
        self.find(&name).ok_or_else(|| {
            el.error("the name of an entity", format!("{name:?}"))
                .breaks(rules::ENTITY_REFERENCE)
        })
    }

    /// The entities that an attribute names: one, or the members of a selection.
    ///
    /// # Errors
    /// If it is missing or names none.
    pub fn entities(&self, el: &El<'_>, attribute: &str) -> Result<Vec<EntityId>, InputError> {
        let name = el.text(attribute)?;
        match self.selections.get(&name) {
            Some(members) => Ok(members.clone()),
            None => self.entity(el, attribute).map(|id| vec![id]),
        }
    }

    /// Reads an element that stands here, or the catalog entry that a `CatalogReference` names.
    ///
    /// # Errors
    /// As [`Catalogs::resolve`] and `read`, or if the entry is of another kind.
    pub fn here_or_catalog<T>(
        &self,
        el: El<'_>,
        kind: &'static str,
        read: impl FnOnce(El<'_>) -> Result<T, InputError>,
    ) -> Result<T, InputError> {
        if el.name() != "CatalogReference" {
            let mut scope = crate::read::Scope::inside(el.scope);
            scope.declare(el.node, &BTreeMap::new())?;
            return read(El::new(el.node, &scope));
        }
        self.catalogs.resolve(el, |entry| {
            if entry.name() != kind {
                return Err(el.error(
                    format!("a catalog entry of kind {kind}"),
                    format!("a {}", entry.name()),
                ));
            }
            read(entry)
        })
    }
}
