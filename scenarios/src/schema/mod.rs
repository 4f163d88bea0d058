//! What the standard's schema says, 1.0 to 1.3: names, cardinality, types and the versions they are in.
//!
//! The facts stand in `openscenario.table`, written from the XSDs by the example `schema_table`; a test
//! compares the two. Lines: `enum NAME WORD…`; `type NAME`, below it a line `=` a version with the
//! content model, and one with the attributes. `@a-b` gives the minor versions, all where left out;
//! `~` marks what is deprecated, `!` an attribute that must be there. Content models are regular
//! expressions over child elements: `( )` in order, `|` one of them, `[ ]` in any order, `name:Type`
//! where the type's name differs.

mod model;
mod parse;
mod value;

use std::collections::BTreeMap;
use std::sync::OnceLock;

pub use model::{Mismatch, Particle};
pub use value::{Foreign, ValueProblem, check_operators, value_problem};

/// Minor versions 1.0 to 1.3.
pub const MINORS: usize = 4;

/// Minor versions in which something exists, and in which it is deprecated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Presence {
    /// A bit a minor version.
    pub exists: u8,
    /// Likewise.
    pub deprecated: u8,
}

impl Presence {
    /// Whether it exists in a version.
    pub fn is_in(self, minor: usize) -> bool {
        self.exists >> minor & 1 == 1
    }

    /// Whether it is deprecated in a version.
    pub fn is_deprecated(self, minor: usize) -> bool {
        self.deprecated >> minor & 1 == 1
    }

    /// The versions as text, such as `1.2-1.3`.
    pub fn text(self) -> String {
        let minors: Vec<usize> = (0..MINORS).filter(|m| self.is_in(*m)).collect();
        match minors.as_slice() {
            [] => "none".to_owned(),
            [only] => format!("1.{only}"),
            [first, .., last] => format!("1.{first}-1.{last}"),
        }
    }
}

/// An attribute of a type.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// Its name.
    pub name: &'static str,
    /// Name of the simple type of its value.
    pub kind: &'static str,
    /// Versions that have it.
    pub presence: Presence,
    /// A bit a minor version in which it must be there.
    pub required: u8,
}

/// What may stand inside an element.
#[derive(Clone, Debug)]
pub enum Content {
    /// Text.
    Text,
    /// Elements.
    Model(Particle),
}

/// A complex type.
#[derive(Clone, Debug)]
pub struct Type {
    /// Its name.
    pub name: &'static str,
    /// By minor version; `None` where the version does not have the type.
    pub content: [Option<usize>; MINORS],
    /// Content models that `content` refers to.
    pub models: Vec<Content>,
    /// In the table's order.
    pub attributes: Vec<Attribute>,
    /// Child elements of any version: name, index of the type, versions.
    pub children: Vec<(&'static str, usize, Presence)>,
}

impl Type {
    /// What may stand inside, in a version.
    pub fn content(&self, minor: usize) -> Option<&Content> {
        self.content
            .get(minor)
            .copied()
            .flatten()
            .and_then(|index| self.models.get(index))
    }

    /// The attribute of a name.
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|a| a.name == name)
    }

    /// The child element of a name: index of its type, versions.
    pub fn child(&self, name: &str) -> Option<(usize, Presence)> {
        self.children
            .iter()
            .find(|c| c.0 == name)
            .map(|c| (c.1, c.2))
    }
}

/// All types of the standard.
#[derive(Debug, Default)]
pub struct Schema {
    types: Vec<Type>,
    by_name: BTreeMap<&'static str, usize>,
    enums: BTreeMap<&'static str, Vec<(&'static str, Presence)>>,
}

impl Schema {
    /// The one schema.
    pub fn get() -> &'static Self {
        static SCHEMA: OnceLock<Schema> = OnceLock::new();
        SCHEMA.get_or_init(|| parse::parse(include_str!("openscenario.table")))
    }

    /// A type by index.
    pub fn at(&self, index: usize) -> Option<&Type> {
        self.types.get(index)
    }

    /// A type by name.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// All types, by name.
    pub fn types(&self) -> &[Type] {
        &self.types
    }

    /// Words of an enumeration; `None` where the name is that of another simple type.
    pub fn words(&self, name: &str) -> Option<&[(&'static str, Presence)]> {
        self.enums.get(name).map(Vec::as_slice)
    }
}
