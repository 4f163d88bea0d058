//! What a batch is: written before its first result, so that whoever goes on with it runs the same.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Store;
use crate::report::{command, hex};
use crate::run::RunError;
use runner::suite::Case;

/// Its object.
const NAME: &str = "batch.json";
/// Number of its format.
const FORMAT: u32 = 1;

/// The batch of a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// Number of the format.
    pub format: u32,
    /// Its title.
    pub name: String,
    /// Version of the program.
    pub version: String,
    /// Runs of the whole batch.
    pub runs: u64,
    /// SHA-256 over what each run is asked to do, in order.
    pub plan_sha256: String,
}

impl Manifest {
    /// Of these runs.
    pub fn new(name: &str, cases: &[Case]) -> Self {
        let mut hash = Sha256::new();
        for case in cases {
            let line = format!("{}\t{}\n", case.name, command(&case.options));
            hash.update(line.as_bytes());
        }
        Self {
            format: FORMAT,
            name: name.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            runs: cases.len() as u64,
            plan_sha256: hex(&hash.finalize()),
        }
    }

    /// That of a store; `None` where there is no batch.
    ///
    /// # Errors
    /// If it can't be read or is none.
    pub fn load(store: &Store) -> Result<Option<Self>, RunError> {
        let Some(bytes) = store.get(NAME)? else {
            return Ok(None);
        };
        let wrong = |found: String| {
            RunError::Usage(format!(
                "{}/{NAME}: expected a batch of format {FORMAT}, found {found}",
                store.place()
            ))
        };
        let read: Self = serde_json::from_slice(&bytes).map_err(|e| wrong(e.to_string()))?;
        if read.format != FORMAT {
            return Err(wrong(format!("format {}", read.format)));
        }
        Ok(Some(read))
    }

    /// Makes sure that a store holds this batch and no other.
    ///
    /// # Errors
    /// If it holds another, or can't be written.
    pub fn claim(&self, store: &Store) -> Result<(), RunError> {
        let text = serde_json::to_vec_pretty(self)
            .map_err(|e| RunError::Internal(format!("batch as JSON: {e}")))?;
        if store.create(NAME, text)? {
            return Ok(());
        }
        match Self::load(store)? {
            Some(there) if there == *self => Ok(()),
            Some(there) => Err(RunError::Usage(format!(
                "{}: it holds another batch ({}, {} runs), or one of another version: choose another place, or run the same scenarios with the same options",
                store.place(),
                there.name,
                there.runs
            ))),
            None => Err(RunError::Internal(format!("{NAME} came and went"))),
        }
    }
}
