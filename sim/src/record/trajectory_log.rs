//! Every actor's state over time, as CSV.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use bevy::prelude::*;

use super::RecordError;
use crate::actor::ActorId;
use crate::math::Pose;
use crate::road::{RoadNetwork, RoadPosition};
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
    /// Where each actor was on the roads last: makes the search fast and steady, and who stands is not
    /// looked for again.
    last: BTreeMap<ActorId, (Pose, RoadPosition)>,
    row: csv::ByteRecord,
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
        last: BTreeMap::new(),
        row: csv::ByteRecord::with_capacity(256, COLUMNS.len()),
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
        let row = &mut self.row;
        for actor in &snapshot.actors {
            let (pose, state) = (&actor.state.pose, &actor.state);
            let last = self.last.get(&actor.id);
            let at = match last {
                Some((before, at)) if before == pose => Some(*at),
                _ => map.locate_from(pose, last.map(|(_, at)| at)),
            };
            if let Some(at) = at {
                self.last.insert(actor.id, (*pose, at));
            }
            row.clear();
            push_number(row, snapshot.time_s);
            row.push_field(actor.spec.name.as_bytes());
            for value in [
                pose.x_m,
                pose.y_m,
                pose.z_m,
                pose.yaw_rad,
                pose.pitch_rad,
                pose.roll_rad,
                state.speed_mps,
                state.accel_mps2,
            ] {
                push_number(row, value);
            }
            let road = at.and_then(|at| map.road(at.road));
            row.push_field(road.map_or(&[][..], |road| road.id.as_bytes()));
            match at.and_then(|at| at.lane_id) {
                Some(id) => row.push_field(itoa::Buffer::new().format(id).as_bytes()),
                None => row.push_field(&[]),
            }
            for value in [at.map(|at| at.s_m), at.map(|at| at.offset_m)] {
                match value {
                    Some(value) => push_number(row, value),
                    None => row.push_field(&[]),
                }
            }
            self.csv
                .write_byte_record(row)
                .map_err(|e| RecordError::new(&self.path, e))?;
        }
        Ok(())
    }
}

/// Beyond this a number has no six decimals to tell, and millionths of it do not fit.
const LARGE: f64 = 1e12;

/// A field with six decimals. The general formatter takes most of the time of a log.
fn push_number(row: &mut csv::ByteRecord, value: f64) {
    let millionths = (value.abs() * 1e6).round();
    if !value.is_finite() || millionths >= LARGE * 1e6 {
        row.push_field(format!("{value:.6}").as_bytes());
        return;
    }
    let millionths = millionths as u64;
    let (whole, part) = (millionths / 1_000_000, millionths % 1_000_000);
    let mut field = [0u8; 24];
    let mut length = 0;
    let mut push = |bytes: &[u8]| {
        field[length..length + bytes.len()].copy_from_slice(bytes);
        length += bytes.len();
    };
    if value < 0.0 && millionths > 0 {
        push(b"-");
    }
    push(itoa::Buffer::new().format(whole).as_bytes());
    push(b".");
    // A leading 1 keeps the zeros.
    push(&itoa::Buffer::new().format(1_000_000 + part).as_bytes()[1..]);
    row.push_field(&field[..length]);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_six_decimals() {
        let mut row = csv::ByteRecord::new();
        let values = [
            0.0,
            -0.0,
            1.5,
            -12.000_000_6,
            0.000_001,
            -4e-7,
            999_999.999_999_9,
            3e11,
            2.5e15,
            f64::NAN,
            f64::NEG_INFINITY,
        ];
        values.iter().for_each(|v| push_number(&mut row, *v));
        let texts: Vec<_> = row.iter().map(String::from_utf8_lossy).collect();
        let wanted = [
            "0.000000",
            "0.000000",
            "1.500000",
            "-12.000001",
            "0.000001",
            "0.000000",
            "1000000.000000",
            "300000000000.000000",
            "2500000000000000.000000",
            "NaN",
            "-inf",
        ];
        assert_eq!(texts, wanted);
    }
}
