//! Maps that several worlds share.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sim::input::{InputError, Limits};
use sim::road::RoadNetwork;

/// Maps kept at most; a batch over more of them loads some again.
const KEPT: usize = 64;

/// Maps by file, each loaded once.
#[derive(Default)]
pub struct Maps {
    slots: Mutex<BTreeMap<PathBuf, Slot>>,
}

/// A map that is loaded, or is being loaded by who holds the lock.
type Slot = Arc<Mutex<Option<Arc<RoadNetwork>>>>;

impl Maps {
    /// The map of a file.
    ///
    /// # Errors
    /// If the file is no map.
    pub fn load(&self, path: &Path, limits: &Limits) -> Result<Arc<RoadNetwork>, InputError> {
        let slot = match self.slots.lock() {
            Ok(mut slots) => {
                if slots.len() >= KEPT && !slots.contains_key(path) {
                    // Worlds hold on to theirs.
                    slots.clear();
                }
                slots.entry(path.to_owned()).or_default().clone()
            }
            // Somebody who panicked held it; this one loads for itself.
            Err(_) => Slot::default(),
        };
        let Ok(mut loaded) = slot.lock() else {
            return Ok(Arc::new(RoadNetwork::load(path, limits)?));
        };
        if let Some(map) = &*loaded {
            return Ok(map.clone());
        }
        let map = Arc::new(RoadNetwork::load(path, limits)?);
        *loaded = Some(map.clone());
        Ok(map)
    }
}
