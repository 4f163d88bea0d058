//! `skidpad bench traffic`: ten minutes of traffic on a town, with what must not happen counted.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use scenarios::generate::{MapKind, TrafficOptions, map};
use sim::input::Limits;
use sim::road::RoadNetwork;

use super::{BenchArgs, Figure};
use crate::cli::{Failure, output};
use crate::soak::soak;

/// Simulated time, seconds.
const RUN_S: f64 = 600.0;
const VEHICLES: usize = 200;

/// IDM drivers, people on foot and cyclists on the map of the arguments, or on a generated town.
pub(super) fn traffic(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let limits = Limits::default();
    let network = match &args.map {
        Some(file) => RoadNetwork::load(file, &limits)?,
        None => RoadNetwork::from_xml_text(Path::new("town"), map(MapKind::Town, 1), &limits)?,
    };
    let options = TrafficOptions {
        vehicles_per_km: 1000.0,
        max_vehicles: VEHICLES,
        pedestrians: 60,
        cyclists: 20,
        ..TrafficOptions::default()
    };
    let started = Instant::now();
    let result = soak(&Arc::new(network), 1, &options, RUN_S);
    let wall_s = started.elapsed().as_secs_f64().max(1e-9);
    for text in result.collisions.iter().chain(&result.stuck) {
        output::note(text);
    }
    let figure = |name: &str, value, unit| Figure {
        name: format!("traffic: {} driven, {name}", result.driven),
        value,
        unit,
    };
    Ok(vec![
        figure("collisions", result.collisions.len() as f64, "1"),
        figure("stuck for 180 s", result.stuck.len() as f64, "1"),
        figure("way of all", result.driven_km, "km"),
        figure("speed", result.time_s / wall_s, "× real time"),
    ])
}
