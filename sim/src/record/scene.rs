//! `foxglove.SceneUpdate`: actors as boxes, the map as lines, and what a driver has in mind.

use nalgebra::{Isometry3, Translation3, UnitQuaternion};
use serde_json::{Value, json};

use super::message::{pose, timestamp, vector};
use super::recorder::{DriverTick, TickData};
use crate::actor::ActorClass;
use crate::road::RoadNetwork;

type Rgba = [f64; 4];

const GREY: Rgba = [0.6, 0.6, 0.6, 1.0];
const PLAN: Rgba = [0.1, 0.8, 0.3, 1.0];
const EMERGENCY: Rgba = [0.9, 0.1, 0.1, 1.0];
const PROPOSAL: Rgba = [0.1, 0.8, 0.3, 0.25];
const PREDICTION: Rgba = [0.9, 0.6, 0.1, 0.8];
const TRACK: Rgba = [0.2, 0.5, 1.0, 0.4];

fn color(rgba: Rgba) -> Value {
    json!({"r": rgba[0], "g": rgba[1], "b": rgba[2], "a": rgba[3]})
}

fn line(points: &[[f64; 3]], thickness_m: f64, rgba: Rgba) -> Value {
    json!({
        "type": 0,
        "pose": pose(&Isometry3::identity()),
        "thickness": thickness_m,
        "scale_invariant": false,
        "points": points.iter().map(|p| vector(*p)).collect::<Vec<_>>(),
        "color": color(rgba),
        "colors": [],
        "indices": [],
    })
}

fn cube(center: &Isometry3<f64>, size_m: [f64; 3], rgba: Rgba) -> Value {
    json!({"pose": pose(center), "size": vector(size_m), "color": color(rgba)})
}

fn entity(time_s: f64, id: &str, cubes: Vec<Value>, lines: Vec<Value>) -> Value {
    json!({
        "timestamp": timestamp(time_s),
        "frame_id": "world",
        "id": id,
        "lifetime": {"sec": 0, "nsec": 0},
        "frame_locked": false,
        "metadata": [],
        "arrows": [],
        "cubes": cubes,
        "spheres": [],
        "cylinders": [],
        "lines": lines,
        "triangles": [],
        "texts": [],
        "models": [],
    })
}

/// Distance of the points of a map line, metres.
const MAP_STEP_M: f64 = 4.0;
/// Points of all map lines; larger maps are drawn up to here.
const MAX_MAP_POINTS: usize = 400_000;

/// Outer borders of all lanes, and the lines between the directions.
pub fn map_lines(map: &RoadNetwork) -> Vec<Vec<[f64; 3]>> {
    let mut lines = Vec::new();
    let mut points = 0;
    for (index, road) in map.road_indices().zip(map.roads()) {
        for (number, section) in road.sections.iter().enumerate() {
            let Some((start, end)) = road.section_range(number) else {
                continue;
            };
            let steps = ((end - start) / MAP_STEP_M).ceil().max(1.0);
            for lane in section.lanes().map(|lane| lane.id) {
                let line: Vec<_> = (0..=steps as u32)
                    .filter_map(|i| {
                        // Just inside the section, where its lanes still hold.
                        let s = start + (end - start) * (f64::from(i) / steps).min(1.0 - 1e-9);
                        let t = map.lane_borders_t(index, s, lane)?.1;
                        let at = map.pose_at(index, s, t)?.pose;
                        Some([at.x_m, at.y_m, at.z_m + 0.05])
                    })
                    .collect();
                points += line.len();
                if points > MAX_MAP_POINTS {
                    return lines;
                }
                lines.push(line);
            }
        }
    }
    lines
}

/// The map.
pub fn map(lines: &[Vec<[f64; 3]>]) -> Value {
    let lines = lines
        .iter()
        .map(|points| line(points, 0.12, GREY))
        .collect();
    json!({"deletions": [], "entities": [entity(0.0, "map", Vec::new(), lines)]})
}

/// All actors.
pub fn actors(data: &TickData) -> Value {
    let entities: Vec<Value> = data
        .actors
        .iter()
        .map(|actor| {
            let b = &actor.spec.bounding_box;
            let center = actor.state.pose.to_isometry()
                * Translation3::new(b.center_x_m, b.center_y_m, b.center_z_m);
            let size = [b.length_m, b.width_m, b.height_m];
            let cubes = vec![cube(&center, size, class_color(actor.spec.class))];
            entity(data.time_s, &actor.spec.name, cubes, Vec::new())
        })
        .collect();
    let deletions: Vec<Value> = data
        .left
        .iter()
        .map(|id| json!({"timestamp": timestamp(data.time_s), "type": 0, "id": id}))
        .collect();
    json!({"deletions": deletions, "entities": entities})
}

fn class_color(class: ActorClass) -> Rgba {
    match class {
        ActorClass::Car | ActorClass::Van => [0.25, 0.45, 0.8, 0.9],
        ActorClass::Truck | ActorClass::Bus | ActorClass::Trailer => [0.5, 0.35, 0.7, 0.9],
        ActorClass::Motorcycle | ActorClass::Bicycle => [0.1, 0.65, 0.6, 0.9],
        ActorClass::Pedestrian => [0.9, 0.5, 0.2, 0.9],
        ActorClass::MovableObject | ActorClass::StaticObject => [0.55, 0.5, 0.45, 0.9],
    }
}

/// Tracks, predictions, proposals and the plan of a driver; `None` where none is new.
pub fn mind(time_s: f64, driver: &DriverTick) -> Option<Value> {
    let ground = driver.odometry.map_or(0.0, |o| o.pose.z_m);
    let mut entities = Vec::new();
    if let Some(set) = &driver.tracks {
        let cubes = set.tracks.iter().map(|track| {
            let [length, width, height] = track.size_m.map(f64::from);
            let [x, y] = track.position_m;
            let center = Isometry3::from_parts(
                Translation3::new(x, y, ground + height / 2.0),
                UnitQuaternion::from_euler_angles(0.0, 0.0, track.yaw_rad),
            );
            cube(&center, [length, width, height], TRACK)
        });
        entities.push(entity(time_s, "tracks", cubes.collect(), Vec::new()));
    }
    if let Some(set) = &driver.predictions {
        let modes = set.predictions.iter().flat_map(|p| &p.modes);
        let lines = modes.map(|mode| {
            let points: Vec<_> = mode
                .positions_m
                .iter()
                .map(|p| [p[0], p[1], ground + 0.3])
                .collect();
            let [r, g, b, a] = PREDICTION;
            line(&points, 0.15, [r, g, b, a * f64::from(mode.probability)])
        });
        entities.push(entity(time_s, "predictions", Vec::new(), lines.collect()));
    }
    if let Some(plan) = &driver.trajectory {
        let path = |points: &[crate::message::TrajectoryPoint]| -> Vec<[f64; 3]> {
            points
                .iter()
                .map(|p| [p.x_m, p.y_m, ground + 0.2])
                .collect()
        };
        let mut lines: Vec<Value> = plan
            .proposals
            .iter()
            .map(|proposal| line(&path(&proposal.points), 0.1, PROPOSAL))
            .collect();
        let chosen = if plan.is_emergency { EMERGENCY } else { PLAN };
        lines.push(line(&path(&plan.points), 0.4, chosen));
        entities.push(entity(time_s, "plan", Vec::new(), lines));
    }
    (!entities.is_empty()).then(|| json!({"deletions": [], "entities": entities}))
}
