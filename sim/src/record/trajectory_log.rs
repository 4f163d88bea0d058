//! Every actor's state over time, as CSV.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use bevy::prelude::*;

use super::RecordError;
use crate::actor::ActorId;
use crate::road::{RoadIndex, RoadNetwork};
use crate::tick::{Stage, Tick};
use crate::world::{SimWorld, WorldMap, WorldSnapshot};

const COLUMNS: [&str; 14] = [
    "time_s",
    "entity",
    "x_m",
    "y_m",
    "z_m",
    "heading_rad",
    "pitch_rad",
    "roll_rad",
    "speed_mps",
    "accel_mps2",
    "road_id",
    "lane_id",
    "s_m",
    "offset_m",
];

/// The open CSV file.
#[derive(Resource)]
struct TrajectoryLog {
    path: PathBuf,
    csv: csv::Writer<File>,
    every_s: f64,
    /// The road each actor was on last: makes the search fast and steady.
    on_road: BTreeMap<ActorId, RoadIndex>,
    error: Option<RecordError>,
}

pub(super) fn start(
    world: &mut SimWorld,
    path: &Path,
    every_s: Option<f64>,
) -> Result<(), RecordError> {
    let mut log = TrajectoryLog {
        path: path.to_owned(),
        csv: csv::Writer::from_writer(super::create(path)?),
        every_s: every_s.unwrap_or(0.0),
        on_road: BTreeMap::new(),
        error: None,
    };
    log.csv
        .write_record(COLUMNS)
        .map_err(|e| RecordError::new(path, e))?;
    let map = world.ecs.resource::<WorldMap>().0.clone();
    log.write(world.snapshot(), &map)?;
    world.ecs.insert_resource(log);
    world.add_systems(Stage::Record, write_tick);
    Ok(())
}

fn write_tick(
    snapshot: Res<WorldSnapshot>,
    map: Res<WorldMap>,
    tick: Res<Tick>,
    log: Option<ResMut<TrajectoryLog>>,
) {
    if let Some(mut log) = log
        && log.error.is_none()
        && tick.is_due(log.every_s)
    {
        log.error = log.write(&snapshot, &map.0).err();
    }
}

impl TrajectoryLog {
    fn write(&mut self, snapshot: &WorldSnapshot, map: &RoadNetwork) -> Result<(), RecordError> {
        let time = format!("{:.6}", snapshot.time_s);
        for actor in &snapshot.actors {
            let (pose, state) = (&actor.state.pose, &actor.state);
            let hint = self.on_road.get(&actor.id).copied();
            let at =
                map.locate_with_heading(pose.x_m, pose.y_m, Some(pose.z_m), pose.yaw_rad, hint);
            let road = at.and_then(|at| map.road(at.road));
            if let Some(at) = at {
                self.on_road.insert(actor.id, at.road);
            }
            let number = |v: f64| format!("{v:.6}");
            let text = |v: Option<String>| v.unwrap_or_default();
            let row = [
                time.clone(),
                actor.spec.name.clone(),
                number(pose.x_m),
                number(pose.y_m),
                number(pose.z_m),
                number(pose.yaw_rad),
                number(pose.pitch_rad),
                number(pose.roll_rad),
                number(state.speed_mps),
                number(state.accel_mps2),
                text(road.map(|road| road.id.clone())),
                text(at.and_then(|at| at.lane_id).map(|id| id.to_string())),
                text(at.map(|at| number(at.s_m))),
                text(at.map(|at| number(at.offset_m))),
            ];
            self.csv
                .write_record(&row)
                .map_err(|e| RecordError::new(&self.path, e))?;
        }
        Ok(())
    }
}

pub(super) fn finish(world: &mut SimWorld) -> Result<(), RecordError> {
    let Some(mut log) = world.ecs.remove_resource::<TrajectoryLog>() else {
        return Ok(());
    };
    match log.error.take() {
        Some(error) => Err(error),
        None => log.csv.flush().map_err(|e| RecordError::new(&log.path, e)),
    }
}
