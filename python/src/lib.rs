//! What Python sees of Skidpad: fast worlds whose arrays are numpy's own, single runs, and the command line.
//!
//! The classes that users know (`gymnasium`, PettingZoo) stand over this in `python/skidpad`.

mod fast;
mod number;
mod program;

use pyo3::prelude::*;

/// The compiled half of the package.
#[pymodule]
mod _skidpad {
    #[pymodule_export]
    use super::fast::FastBatch;
    #[pymodule_export]
    use super::program::{main, run_json};
}
