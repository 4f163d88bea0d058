//! `skidpad bench traffic`: ten minutes of traffic on a map or on every map of a folder, with what must
//! not happen counted.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use scenarios::generate::{MapKind, TrafficOptions, map};
use sim::input::Limits;
use sim::road::RoadNetwork;

use super::{BenchArgs, Figure};
use crate::cli::{Failure, output};
use crate::soak::{Soak, soak};

/// More vehicles than this stand closer on a kilometre of lane than traffic that flows.
const DENSEST_PER_KM: f64 = 50.0;
/// Places that are tried for a vehicle: where it is dense, few are free.
const TRIES: usize = 1000;
/// Bicycles, as a share of the motor vehicles; they come on top of these.
const CYCLIST_SHARE: f64 = 0.1;

/// IDM drivers, people on foot and cyclists on the map of the arguments, or on a generated town.
pub(super) fn traffic(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let limits = Limits::default();
    let Some(path) = &args.map else {
        let text = map(MapKind::Town, args.seed);
        let town = RoadNetwork::from_xml_text(Path::new("town"), text, &limits)?;
        return Ok(figures(&format!("town {}", args.seed), &run(args, town)));
    };
    if !path.is_dir() {
        let network = RoadNetwork::load(path, &limits)?;
        return Ok(figures(&name_of(path), &run(args, network)));
    }
    let mut all = Vec::new();
    let mut sum = [0.0; 4];
    for file in maps_in(path) {
        let network = match RoadNetwork::load(&file, &limits) {
            Ok(network) => network,
            Err(error) => {
                output::note(&format!("{}: {error}", file.display()));
                continue;
            }
        };
        let result = run(args, network);
        let (soak, _) = &result;
        sum[0] += 1.0;
        sum[1] += soak.collisions.len() as f64;
        sum[2] += soak.stuck.len() as f64;
        sum[3] += soak.driven_km;
        output::note(&format!(
            "{}: {} driven, {} collisions, {} stuck, {:.1} km, {:.0} × real time",
            file.display(),
            soak.driven,
            soak.collisions.len(),
            soak.stuck.len(),
            soak.driven_km,
            soak.time_s / result.1,
        ));
        all.extend(figures(&name_of(&file), &result));
    }
    let total = |what: &str, value, unit| Figure {
        name: format!("traffic: all maps, {what}"),
        value,
        unit,
    };
    all.push(total("maps", sum[0], "1"));
    all.push(total("collisions", sum[1], "1"));
    all.push(total("stuck", sum[2], "1"));
    all.push(total("way of all", sum[3], "km"));
    Ok(all)
}

fn name_of(file: &Path) -> String {
    file.file_stem()
        .map_or(String::new(), |n| n.to_string_lossy().into_owned())
}

/// Every map below a folder, by path.
fn maps_in(folder: &Path) -> Vec<PathBuf> {
    let (mut open, mut found) = (vec![folder.to_path_buf()], Vec::new());
    while let Some(folder) = open.pop() {
        let Ok(entries) = std::fs::read_dir(&folder) else {
            continue;
        };
        for path in entries.flatten().map(|e| e.path()) {
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|e| e == "xodr") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// One map's run and its wall time, seconds.
fn run(args: &BenchArgs, network: RoadNetwork) -> (Soak, f64) {
    let cyclists = (CYCLIST_SHARE * args.vehicles as f64) as usize;
    let options = TrafficOptions {
        vehicles_per_km: DENSEST_PER_KM,
        tries: TRIES,
        max_vehicles: args.vehicles,
        pedestrians: 60,
        cyclists,
        ..TrafficOptions::default()
    };
    let started = Instant::now();
    let network = Arc::new(network);
    let result = soak(&network, args.seed, &options, args.duration, args.explain);
    let wall_s = started.elapsed().as_secs_f64().max(1e-9);
    for text in result.collisions.iter().chain(&result.stuck) {
        output::note(text);
    }
    (result, wall_s)
}

fn figures(map: &str, (soak, wall_s): &(Soak, f64)) -> Vec<Figure> {
    let figure = |name: &str, value, unit| Figure {
        name: format!("traffic: {map}, {} driven, {name}", soak.driven),
        value,
        unit,
    };
    vec![
        figure("collisions", soak.collisions.len() as f64, "1"),
        figure("stuck", soak.stuck.len() as f64, "1"),
        figure("changes of lanes", soak.lane_changes as f64, "1"),
        figure("way of all", soak.driven_km, "km"),
        figure("speed", soak.time_s / wall_s, "× real time"),
    ]
}
