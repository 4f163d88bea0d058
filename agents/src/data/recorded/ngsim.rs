//! NGSIM in CommonRoad's form: gzipped rows of states, lanelets beside them.

use std::path::Path;
use std::sync::Arc;

use sim::actor::ActorClass;
use sim::fast::{FlatMap, MapLine, PieceKind};
use sim::input::InputError;
use sim::math::hypot;

use super::super::ngsim::{Lanelet, lanelets, lanelets_file, middle, rows};
use super::{RecordedState, RecordedTrack, Recording, Rows, size_m};

/// How far beyond a border is looked for another lane, metres.
const BEYOND_M: f64 = 0.3;

pub(super) fn load(path: &Path) -> Result<Recording, InputError> {
    let name = path.file_name().and_then(|n| n.to_str()).unwrap_or("");
    let name = name.strip_suffix(".csv.gz").unwrap_or(name);
    let folder = path
        .parent()
        .and_then(Path::parent)
        .unwrap_or(Path::new("."));
    let lanelets = lanelets(&lanelets_file(folder, name))?;
    let mut all = Rows::new();
    for (row, line) in rows(path)?.into_iter().zip(2u32..) {
        let state = RecordedState {
            center_m: [row.x, row.y],
            yaw_rad: row.heading,
            speed_mps: row.speed,
        };
        let track = || RecordedTrack {
            name: format!("{}{}", row.kind, row.id),
            class: class_of(&row.kind),
            size_m: size_m(row.length.into(), row.width.into()),
            states: Vec::new(),
        };
        all.put(row.id, row.step, state, track)
            .map_err(|(expected, found)| InputError::new(path, expected, found).at(line, 1))?;
    }
    Ok(Recording {
        name: name.to_owned(),
        map: Arc::new(map_of(&lanelets)),
        tracks: all.tracks.into_values().collect(),
    })
}

fn class_of(kind: &str) -> ActorClass {
    match kind {
        "truck" => ActorClass::Truck,
        "bus" => ActorClass::Bus,
        "motorcycle" => ActorClass::Motorcycle,
        "bicycle" => ActorClass::Bicycle,
        "pedestrian" => ActorClass::Pedestrian,
        _ => ActorClass::Car,
    }
}

/// Lanelets cover each other where courses cross: a border is an edge of the road where no other lies beyond.
fn map_of(lanelets: &[Lanelet]) -> FlatMap {
    let areas: Vec<Vec<[f64; 2]>> = lanelets
        .iter()
        .map(|lane| {
            let back = lane.right.iter().rev();
            lane.left.iter().chain(back).copied().collect()
        })
        .collect();
    let road = FlatMap::new(areas.clone(), Vec::new());
    let mut lines = Vec::new();
    for lane in lanelets {
        for (side, points) in [(1.0, &lane.left), (-1.0, &lane.right)] {
            lines.extend(points.windows(2).map(|pair| MapLine {
                kind: border_kind(&road, pair, side),
                points_m: pair.to_vec(),
            }));
        }
        lines.push(MapLine {
            kind: PieceKind::LaneCenter,
            points_m: middle(&lane.left, &lane.right),
        });
    }
    FlatMap::new(areas, lines)
}

/// What a piece of a border is of, whose lane lies to the other side than `side` (1: left).
fn border_kind(road: &FlatMap, pair: &[[f64; 2]], side: f64) -> PieceKind {
    let &[a, b] = pair else {
        return PieceKind::LaneLine;
    };
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let out = side * BEYOND_M / hypot(dx, dy).max(1e-9);
    let (x, y) = (
        0.5 * (a[0] + b[0]) - dy * out,
        0.5 * (a[1] + b[1]) + dx * out,
    );
    if road.is_drivable(x, y) {
        PieceKind::LaneLine
    } else {
        PieceKind::RoadEdge
    }
}
