//! Ways through a level: a mesh of rectangles with portals between them, shortest ways over it pulled tight,
//! and what can be seen and heard from where.

mod funnel;
mod mesh;
mod sight;

pub use mesh::{NavMesh, Portal};
pub use sight::{hears, sees};
