//! Names that a file may refer to.

use std::collections::BTreeSet;

use sim::input::XmlNode;

use crate::read::{El, Scope, declared_name};

/// What references may resolve to.
#[derive(Clone, Debug)]
pub(crate) enum Names {
    /// The file is a part of others: references out of it are not looked at.
    Unknown,
    /// The names of a scenario.
    Known(Declared),
}

/// Names that a scenario declares.
#[derive(Clone, Debug, Default)]
pub(crate) struct Declared {
    /// Entities and selections of them.
    pub(crate) entities: BTreeSet<String>,
    /// Variables.
    pub(crate) variables: BTreeSet<String>,
    /// Parameters.
    pub(crate) parameters: BTreeSet<String>,
    /// Traffic signal controllers.
    pub(crate) controllers: BTreeSet<String>,
}

impl Declared {
    /// Of the root element of a scenario.
    pub(crate) fn read(root: XmlNode<'_>, scope: &Scope<'_>) -> Self {
        let mut declared = Self::default();
        let named = |path: &[&'static str], into: &mut BTreeSet<String>| {
            let mut level = vec![El::new(root, scope)];
            for name in path {
                level = level
                    .iter()
                    .flat_map(|el| el.elements())
                    .filter(|e| e.name() == *name)
                    .collect();
            }
            into.extend(level.iter().filter_map(|el| {
                let raw = el.node.node.attribute("name")?;
                if el.name().ends_with("Declaration") {
                    return Some(declared_name(raw).to_owned());
                }
                el.resolve(raw).ok()
            }));
        };
        for list in ["ScenarioObject", "EntitySelection"] {
            named(&["Entities", list], &mut declared.entities);
        }
        named(
            &["VariableDeclarations", "VariableDeclaration"],
            &mut declared.variables,
        );
        named(
            &["ParameterDeclarations", "ParameterDeclaration"],
            &mut declared.parameters,
        );
        named(
            &["RoadNetwork", "TrafficSignals", "TrafficSignalController"],
            &mut declared.controllers,
        );
        declared
    }

    /// Whether an entity or selection has the name; trailers that stand inside a vehicle are named after
    /// it, with a `+` each.
    pub(crate) fn has_entity(&self, name: &str) -> bool {
        self.entities.contains(name) || self.entities.contains(name.trim_end_matches('+'))
    }
}
