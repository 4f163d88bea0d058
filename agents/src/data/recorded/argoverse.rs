//! Argoverse 2 motion forecasting: `scenario_ID.parquet` with a row for each state, `log_map_archive_ID.json`
//! with the map. It tells no sizes: those typical of the kind are taken.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::{Field, Row};
use serde::Deserialize;
use sim::actor::ActorClass;
use sim::fast::{FlatMap, MapLine, PieceKind};
use sim::input::{InputError, Limits, read_bytes};
use sim::math::{cos, sin};

use super::super::ngsim::middle;
use super::{MAX_STEPS, RecordedState, RecordedTrack, Recording, Rows};

#[derive(Deserialize)]
struct LogMap {
    #[serde(default)]
    drivable_areas: BTreeMap<String, DrivableArea>,
    #[serde(default)]
    lane_segments: BTreeMap<String, LaneSegment>,
}

#[derive(Deserialize)]
struct DrivableArea {
    area_boundary: Vec<Point>,
}

#[derive(Deserialize)]
struct LaneSegment {
    left_lane_boundary: Vec<Point>,
    right_lane_boundary: Vec<Point>,
    #[serde(default)]
    centerline: Vec<Point>,
}

#[derive(Clone, Copy, Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

/// One state.
struct State {
    track: String,
    kind: String,
    focal: String,
    step: usize,
    state: RecordedState,
}

pub(super) fn load(path: &Path) -> Result<Recording, InputError> {
    let name = path.file_stem().and_then(|n| n.to_str()).unwrap_or("");
    let id = name.strip_prefix("scenario_").unwrap_or(name);
    let map = map_of(&path.with_file_name(format!("log_map_archive_{id}.json")))?;
    let mut focal = String::new();
    let mut rows = Rows::new();
    for row in states(path)? {
        let track = || RecordedTrack {
            name: format!("{}{}", row.kind, row.track),
            class: class_of(&row.kind),
            size_m: None,
            states: Vec::new(),
        };
        rows.put(row.track.clone(), row.step, row.state, track)
            .map_err(|(expected, found)| InputError::new(path, expected, found))?;
        focal = row.focal;
    }
    // The focal track first, then the vehicle that recorded it all.
    let mut tracks: Vec<(String, RecordedTrack)> = rows.tracks.into_iter().collect();
    tracks.sort_by_key(|(id, _)| match id.as_str() {
        id if id == focal => 0,
        "AV" => 1,
        _ => 2,
    });
    Ok(Recording {
        name: id.to_owned(),
        map: Arc::new(map),
        tracks: tracks.into_iter().map(|(_, t)| t).collect(),
    })
}

fn states(path: &Path) -> Result<Vec<State>, InputError> {
    let bytes = read_bytes(path, &Limits::default())?;
    let broken = |e: parquet::errors::ParquetError| {
        InputError::new(
            path,
            "a Parquet file of an Argoverse 2 scenario",
            e.to_string(),
        )
    };
    let reader = SerializedFileReader::new(Bytes::from(bytes)).map_err(broken)?;
    let rows = reader.get_row_iter(None).map_err(broken)?;
    let mut all = Vec::new();
    for (index, row) in rows.enumerate() {
        let row = row.map_err(broken)?;
        all.push(state_of(&row).map_err(|(expected, found)| {
            InputError::new(path, format!("row {index}: {expected}"), found)
        })?);
    }
    Ok(all)
}

fn state_of(row: &Row) -> Result<State, (String, String)> {
    let field = |name: &str| {
        row.get_column_iter()
            .find(|(n, _)| *n == name)
            .map(|(_, f)| f)
    };
    let wrong = |name: &str, what: &str| {
        let found = field(name).map_or("none".to_owned(), |f| f.to_string());
        (format!("column {name} with {what}"), found)
    };
    let text = |name: &str| match field(name) {
        Some(Field::Str(text)) => Ok(text.clone()),
        _ => Err(wrong(name, "text")),
    };
    let number = |name: &str| match field(name) {
        Some(Field::Double(v)) => Ok(*v),
        Some(Field::Float(v)) => Ok(f64::from(*v)),
        _ => Err(wrong(name, "a number")),
    };
    let step = match field("timestep") {
        Some(Field::Long(v)) => usize::try_from(*v).ok(),
        Some(Field::Int(v)) => usize::try_from(*v).ok(),
        _ => None,
    };
    let step = step.filter(|step| *step < MAX_STEPS);
    let step = step.ok_or_else(|| wrong("timestep", "a whole number that is not large"))?;
    let yaw_rad = number("heading")?;
    let (vx, vy) = (number("velocity_x")?, number("velocity_y")?);
    Ok(State {
        track: text("track_id")?,
        kind: text("object_type")?,
        focal: text("focal_track_id")?,
        step,
        state: RecordedState {
            center_m: [number("position_x")?, number("position_y")?],
            yaw_rad,
            speed_mps: vx * cos(yaw_rad) + vy * sin(yaw_rad),
        },
    })
}

fn class_of(kind: &str) -> ActorClass {
    match kind {
        "vehicle" => ActorClass::Car,
        "bus" => ActorClass::Bus,
        "motorcyclist" => ActorClass::Motorcycle,
        "cyclist" => ActorClass::Bicycle,
        "pedestrian" => ActorClass::Pedestrian,
        // Static, background, construction, riderless_bicycle, unknown.
        _ => ActorClass::StaticObject,
    }
}

fn map_of(path: &Path) -> Result<FlatMap, InputError> {
    let bytes = read_bytes(path, &Limits::default())?;
    let map: LogMap = serde_json::from_slice(&bytes).map_err(|e| {
        InputError::new(path, "drivable_areas and lane_segments", e.to_string())
            .at(e.line() as u32, e.column() as u32)
    })?;
    let xy = |points: &[Point]| points.iter().map(|p| [p.x, p.y]).collect::<Vec<_>>();
    let mut lines = Vec::new();
    let mut line = |kind, points_m: Vec<[f64; 2]>| lines.push(MapLine { kind, points_m });
    for lane in map.lane_segments.values() {
        let (left, right) = (xy(&lane.left_lane_boundary), xy(&lane.right_lane_boundary));
        // The sensor dataset's maps tell no centre lines.
        let middle = if lane.centerline.is_empty() {
            middle(&left, &right)
        } else {
            xy(&lane.centerline)
        };
        line(PieceKind::LaneCenter, middle);
        line(PieceKind::LaneLine, left);
        line(PieceKind::LaneLine, right);
    }
    let mut areas = Vec::new();
    for area in map.drivable_areas.values() {
        let mut ring = xy(&area.area_boundary);
        areas.push(ring.clone());
        ring.extend(ring.first().copied());
        line(PieceKind::RoadEdge, ring);
    }
    Ok(FlatMap::new(areas, lines))
}
