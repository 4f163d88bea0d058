//! Whether an assignment keeps the constraints of the scenario's declarations.

use std::collections::{BTreeMap, BTreeSet};

use sim::input::{InputError, XmlNode};

use crate::read::{Scope, declared_name, rules};

/// The declarations of a scenario, looked at again for each assignment.
pub(super) struct Declarations<'a> {
    root: XmlNode<'a>,
    names: BTreeSet<&'a str>,
}

impl<'a> Declarations<'a> {
    /// Of the root element of a scenario.
    pub(super) fn new(root: XmlNode<'a>) -> Self {
        let list = root.child("ParameterDeclarations");
        Self {
            root,
            names: list
                .into_iter()
                .flat_map(|l| l.elements())
                .filter_map(|d| d.attr("name").map(declared_name))
                .collect(),
        }
    }

    /// Whether a parameter of this name is declared.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// Whether the values meet every constraint group.
    ///
    /// # Errors
    /// If a value is not of its parameter's type, or a declaration is malformed.
    pub(super) fn admit(&self, assignment: &[(String, String)]) -> Result<bool, InputError> {
        let values: BTreeMap<String, String> = assignment.iter().cloned().collect();
        match Scope::default().declare(self.root, &values) {
            Ok(()) => Ok(true),
            Err(error) if error.rule == Some(rules::CONSTRAINT_GROUP) => Ok(false),
            Err(error) => Err(error),
        }
    }
}
