//! What happened in a run, as CSV.

use std::fs::File;
use std::path::{Path, PathBuf};

use bevy::prelude::*;
use serde::Serialize;

use super::RecordError;
use crate::tick::Stage;
use crate::world::SimWorld;

/// One entry of the event log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EventRow {
    /// Simulation time, seconds.
    pub time_s: f64,
    /// story, act, maneuver_group, maneuver, event, action, condition, collision or signal.
    pub kind: &'static str,
    /// Name of the element.
    pub element: String,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
}

/// Events in the order in which they happened.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct EventLog {
    rows: Vec<EventRow>,
}

impl EventLog {
    /// Adds an entry.
    pub fn push(&mut self, time_s: f64, kind: &'static str, element: &str, from: &str, to: &str) {
        self.rows.push(EventRow {
            time_s,
            kind,
            element: element.to_owned(),
            from: from.to_owned(),
            to: to.to_owned(),
        });
    }

    /// Adds entries.
    pub fn extend(&mut self, rows: &[EventRow]) {
        self.rows.extend_from_slice(rows);
    }

    /// All entries.
    pub fn rows(&self) -> &[EventRow] {
        &self.rows
    }
}

/// The open CSV file.
#[derive(Resource)]
struct EventFile {
    path: PathBuf,
    csv: csv::Writer<File>,
    written: usize,
    error: Option<RecordError>,
}

pub(super) fn start(world: &mut SimWorld, path: &Path) -> Result<(), RecordError> {
    let mut csv = csv::Writer::from_writer(super::create(path)?);
    csv.write_record(["time_s", "kind", "element", "from", "to"])
        .and_then(|()| Ok(csv.flush()?))
        .map_err(|e| RecordError::new(path, e))?;
    world.ecs.insert_resource(EventFile {
        path: path.to_owned(),
        csv,
        written: 0,
        error: None,
    });
    world.add_systems(Stage::Record, write_new);
    Ok(())
}

/// Events are rare: each tick that has some ends in a flush, so that a kill loses none.
fn write_new(log: Res<EventLog>, file: Option<ResMut<EventFile>>) {
    if let Some(mut file) = file
        && file.written < log.rows.len()
        && file.error.is_none()
    {
        file.error = file.write(&log.rows).err();
    }
}

impl EventFile {
    fn write(&mut self, rows: &[EventRow]) -> Result<(), RecordError> {
        let new = rows.get(self.written..).unwrap_or_default();
        let written = new.iter().try_for_each(|row| {
            let time = format!("{:.6}", row.time_s);
            self.csv
                .write_record([time.as_str(), row.kind, &row.element, &row.from, &row.to])
        });
        self.written = rows.len();
        written
            .and_then(|()| Ok(self.csv.flush()?))
            .map_err(|e| RecordError::new(&self.path, e))
    }
}

pub(super) fn finish(world: &mut SimWorld) -> Result<(), RecordError> {
    let Some(mut file) = world.ecs.remove_resource::<EventFile>() else {
        return Ok(());
    };
    if let Some(error) = file.error.take() {
        return Err(error);
    }
    file.write(world.ecs.resource::<EventLog>().rows())
}
