//! Reading OpenSCENARIO XML: elements in a scope of parameters, expressions, catalogs, paths.

mod catalog;
mod el;
pub mod expr;
mod params;
mod paths;
mod rule;
pub mod rules;
mod unread;

pub use catalog::{CatalogKind, Catalogs};
pub use el::{El, UNLIMITED};
pub(crate) use params::declared_name;
pub use params::{Parameter, ParameterType, Scope};
pub use paths::{LoadOptions, PathFinder};
pub use rule::Rule;
pub use unread::{Unread, unread};
