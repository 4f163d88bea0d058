//! Scenarios of the Waymo Open Motion dataset as JSON, the form that GPUDrive and PufferDrive read: `objects`
//! with a list of positions, headings, velocities and flags each, and `roads` with their geometry.

use std::path::Path;
use std::sync::Arc;

use serde::Deserialize;
use sim::actor::ActorClass;
use sim::fast::{FlatMap, MapLine, PieceKind};
use sim::input::{InputError, Limits, read_bytes};
use sim::math::{cos, sin};

use super::{MAX_STEPS, RecordedState, RecordedTrack, Recording, size_m};

#[derive(Deserialize)]
struct Scenario {
    // Files have one of these, or both.
    name: Option<String>,
    scenario_id: Option<String>,
    objects: Vec<Object>,
    #[serde(default)]
    roads: Vec<Road>,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Default, Deserialize)]
struct Metadata {
    sdc_track_index: Option<usize>,
    #[serde(default)]
    tracks_to_predict: Vec<Predicted>,
}

#[derive(Deserialize)]
struct Predicted {
    track_index: usize,
}

#[derive(Deserialize)]
struct Object {
    id: Option<i64>,
    #[serde(rename = "type")]
    kind: String,
    length: f64,
    width: f64,
    position: Vec<Point>,
    heading: Vec<f64>,
    velocity: Vec<Point>,
    valid: Vec<bool>,
}

#[derive(Clone, Copy, Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(Deserialize)]
struct Road {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    geometry: Vec<Point>,
}

pub(super) fn load(path: &Path) -> Result<Recording, InputError> {
    let bytes = read_bytes(path, &Limits::default())?;
    let scenario: Scenario = serde_json::from_slice(&bytes).map_err(|e| {
        let expected = "a scenario with objects (type, length, width, position, heading, velocity, valid) and roads";
        InputError::new(path, expected, e.to_string()).at(e.line() as u32, e.column() as u32)
    })?;
    let mut tracks = Vec::with_capacity(scenario.objects.len());
    for (index, object) in scenario.objects.iter().enumerate() {
        tracks.push(track_of(object, index).map_err(|(expected, found)| {
            InputError::new(path, format!("objects[{index}]: {expected}"), found)
        })?);
    }
    // Those that the scenario is about come first.
    let meta = &scenario.metadata;
    let predicted = meta.tracks_to_predict.iter().map(|p| p.track_index);
    let about: Vec<usize> = meta.sdc_track_index.into_iter().chain(predicted).collect();
    let mut order: Vec<usize> = (0..tracks.len()).collect();
    order.sort_by_key(|i| about.iter().position(|a| a == i).unwrap_or(usize::MAX));
    let tracks = order.iter().map(|i| tracks[*i].clone()).collect();
    Ok(Recording {
        name: scenario.name.or(scenario.scenario_id).unwrap_or_default(),
        map: Arc::new(map_of(scenario.roads)),
        tracks,
    })
}

fn track_of(object: &Object, index: usize) -> Result<RecordedTrack, (String, String)> {
    let steps = object.position.len();
    let lengths = [
        object.heading.len(),
        object.velocity.len(),
        object.valid.len(),
    ];
    if lengths.iter().any(|n| *n != steps) || steps > MAX_STEPS {
        return Err((
            format!("as many headings, velocities and flags as positions, {MAX_STEPS} at most"),
            format!("{steps} positions, {lengths:?}"),
        ));
    }
    let states = (0..steps).map(|i| {
        let (at, v, yaw_rad) = (object.position[i], object.velocity[i], object.heading[i]);
        let state = RecordedState {
            center_m: [at.x, at.y],
            yaw_rad,
            speed_mps: v.x * cos(yaw_rad) + v.y * sin(yaw_rad),
        };
        Some(state).filter(|s| object.valid[i] && s.is_finite())
    });
    let class = match object.kind.as_str() {
        "vehicle" => ActorClass::Car,
        "pedestrian" => ActorClass::Pedestrian,
        "cyclist" => ActorClass::Bicycle,
        _ => ActorClass::StaticObject,
    };
    Ok(RecordedTrack {
        name: format!("{}{}", object.kind, object.id.unwrap_or(index as i64)),
        class,
        size_m: size_m(object.length, object.width),
        states: states.collect(),
    })
}

/// Edges of the road have the road to their left; there are no areas. What is no line is left out.
fn map_of(roads: Vec<Road>) -> FlatMap {
    let lines = roads.into_iter().filter_map(|road| {
        let kind = match road.kind.as_str() {
            "road_edge" => PieceKind::RoadEdge,
            "road_line" => PieceKind::LaneLine,
            "lane" => PieceKind::LaneCenter,
            _ => return None,
        };
        Some(MapLine {
            kind,
            points_m: road.geometry.iter().map(|p| [p.x, p.y]).collect(),
        })
    });
    FlatMap::new(Vec::new(), lines.collect())
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_scenario_may_have_a_name_an_id_or_both() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("names.json");
        for (names, told) in [
            (r#""name": "a", "scenario_id": "b","#, "a"),
            (r#""scenario_id": "b","#, "b"),
            (r#""name": "a", "scenario_id": null,"#, "a"),
            ("", ""),
        ] {
            std::fs::write(&file, format!(r#"{{{names} "objects": []}}"#)).expect("written");
            assert_eq!(load(&file).expect("a recording").name, told, "{names}");
        }
    }
}
