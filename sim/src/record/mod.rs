//! State hash, logs and records.
//!
//! Call [`start`] once the actors stand as at time 0, tick, then [`finish`]. What is not asked for
//! costs nothing: its system is not installed. Story and physics push to [`EventLog`].

mod base64;
mod event_log;
mod message;
mod read;
mod recorder;
mod scene;
mod schema;
mod trajectory_log;
mod writer;

use std::path::{Path, PathBuf};

use bevy::prelude::*;

pub use event_log::{EventLog, EventRow};
pub use read::{RecordChannel, RecordSummary, read_summary};
pub use recorder::KeptRecord;

use crate::tick::Stage;
use crate::world::{SimWorld, StateHasher, WorldSnapshot};

/// What a run writes; nothing by default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordOptions {
    /// Trajectories as CSV: `time_s,entity,x_m,…`, a row an actor and logged tick.
    pub log: Option<PathBuf>,
    /// Time between logged ticks, seconds; every tick where unset.
    pub log_every_s: Option<f64>,
    /// Events as CSV: `time_s,kind,element,from,to`.
    pub events: Option<PathBuf>,
    /// Everything as MCAP, which Foxglove opens.
    pub record: Option<PathBuf>,
    /// The last so many seconds of it, kept in memory where `record` names no file.
    pub record_last_s: Option<f64>,
    /// What the run is, for whoever opens the record: the members of the `skidpad.Run` message.
    pub about: Option<serde_json::Value>,
}

/// A log or record that can't be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: can't be written: {reason}", file.display())]
pub struct RecordError {
    /// The file.
    pub file: PathBuf,
    /// Why.
    pub reason: String,
}

impl RecordError {
    fn new(file: &Path, reason: impl ToString) -> Self {
        Self {
            file: file.to_owned(),
            reason: reason.to_string(),
        }
    }
}

/// Adds this module's systems to a world.
pub fn install(world: &mut SimWorld) {
    world.ecs.init_resource::<EventLog>();
    world.keep_resource::<EventLog>();
    world.add_systems(Stage::Record, hash_states);
}

fn hash_states(snapshot: Res<WorldSnapshot>, mut hasher: ResMut<StateHasher>) {
    hasher.add(&snapshot);
}

/// Opens the files asked for and writes the state at time 0; once a world.
///
/// # Errors
/// If a file can't be created.
pub fn start(world: &mut SimWorld, options: &RecordOptions) -> Result<(), RecordError> {
    if let Some(path) = &options.log {
        trajectory_log::start(world, path, options.log_every_s)?;
    }
    if let Some(path) = &options.events {
        event_log::start(world, path)?;
    }
    match (&options.record, options.record_last_s) {
        (Some(path), _) => recorder::start(world, path, options.about.clone())?,
        (None, Some(last_s)) => recorder::keep(world, last_s, options.about.clone()),
        (None, None) => {}
    }
    Ok(())
}

/// Writes what is still held back and closes the files; a record that was kept in memory.
///
/// # Errors
/// The first error met while writing them, now or in an earlier tick.
pub fn finish(world: &mut SimWorld) -> Result<Option<KeptRecord>, RecordError> {
    let kept = recorder::finish(world);
    let results = [trajectory_log::finish(world), event_log::finish(world)];
    results.into_iter().collect::<Result<(), _>>()?;
    kept
}

/// A new file, its folders made.
fn create(path: &Path) -> Result<std::fs::File, RecordError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| RecordError::new(path, e))?;
    }
    std::fs::File::create(path).map_err(|e| RecordError::new(path, e))
}
