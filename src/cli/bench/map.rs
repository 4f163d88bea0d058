//! `skidpad bench map`: how fast maps load, and how fast and exactly world positions are found on them.

use std::path::{Path, PathBuf};
use std::time::Instant;

use scenarios::generate::{MapKind, map as generated};
use sim::input::{InputError, Limits, read_text};
use sim::road::{RoadIndex, RoadNetwork};
use sim::seed::{Draw, stream};

use super::{BenchArgs, Figure};
use crate::cli::Failure;

/// Each map is loaded as often as fits into this, at least three times, seconds; the fastest load counts,
/// for what else a machine does only adds to it.
const LOADING_S: f64 = 0.2;
const POINTS: usize = 1000;
/// Folders inside folders, at most.
const MAX_DEPTH: u32 = 16;

/// The map of the arguments, all maps below it where it is a folder, or a generated town. One thread.
pub(super) fn map(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let limits = Limits::default();
    let Some(path) = &args.map else {
        let text = generated(MapKind::Town, 1);
        return Ok(measure(Path::new("generated town"), text, &limits)?.figures());
    };
    if !path.is_dir() {
        return Ok(measure(path, read_text(path, &limits)?, &limits)?.figures());
    }
    let mut files = Vec::new();
    find(path, 0, &mut files);
    files.sort();
    let mut all = Vec::new();
    for file in &files {
        all.push(measure(file, read_text(file, &limits)?, &limits)?);
    }
    let Some(slowest) = all
        .iter()
        .min_by(|a, b| a.mb_per_s().total_cmp(&b.mb_per_s()))
    else {
        return Err(Failure::usage(format!("no .xodr below {}", path.display())));
    };
    let megabytes: f64 = all.iter().map(|m| m.megabytes).sum();
    let seconds: f64 = all.iter().map(|m| m.load_s).sum();
    let off_m = all.iter().map(|m| m.off_m).fold(0.0, f64::max);
    let mut figures: Vec<Figure> = all.iter().map(Measured::loading).collect();
    let figure = |name: String, value: f64, unit: &'static str| Figure {
        name: format!("map: {name}"),
        value,
        unit,
    };
    figures.extend([
        figure(
            format!("{} maps, loading", all.len()),
            megabytes / seconds,
            "MB/s",
        ),
        figure(
            format!("slowest, {}", slowest.name),
            slowest.mb_per_s(),
            "MB/s",
        ),
        figure(
            "world to road and back, farthest off".into(),
            off_m * 1e3,
            "mm",
        ),
    ]);
    Ok(figures)
}

fn find(folder: &Path, depth: u32, files: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() && depth < MAX_DEPTH {
            find(&path, depth + 1, files);
        } else if path.extension().is_some_and(|e| e == "xodr") {
            files.push(path);
        }
    }
}

/// What was measured on one map.
struct Measured {
    name: String,
    megabytes: f64,
    load_s: f64,
    us_per_point: f64,
    off_m: f64,
}

impl Measured {
    fn mb_per_s(&self) -> f64 {
        self.megabytes / self.load_s.max(1e-12)
    }

    fn loading(&self) -> Figure {
        Figure {
            name: format!("map: {}, loading", self.name),
            value: self.mb_per_s(),
            unit: "MB/s",
        }
    }

    fn figures(&self) -> Vec<Figure> {
        let figure = |name: &str, value, unit| Figure {
            name: format!("map: {}, {name}", self.name),
            value,
            unit,
        };
        vec![
            self.loading(),
            figure("world to road", self.us_per_point, "µs"),
            figure(
                "world to road and back, farthest off",
                self.off_m * 1e3,
                "mm",
            ),
        ]
    }
}

fn measure(path: &Path, text: String, limits: &Limits) -> Result<Measured, InputError> {
    let megabytes = text.len() as f64 * 1e-6;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (mut loads, mut loading_s, mut load_s) = (0u32, 0.0, f64::INFINITY);
    let mut network = RoadNetwork::empty();
    while loads < 3 || loading_s < LOADING_S {
        let text = text.clone();
        let started = Instant::now();
        network = RoadNetwork::from_xml_text(path, text, limits)?;
        let elapsed_s = started.elapsed().as_secs_f64();
        load_s = load_s.min(elapsed_s);
        loading_s += elapsed_s;
        loads += 1;
    }
    let (us_per_point, off_m) = there_and_back(&network);
    Ok(Measured {
        name: name.into_owned(),
        megabytes,
        load_s,
        us_per_point,
        off_m,
    })
}

/// Time of a search without a hint, microseconds, and the largest distance between a point and where
/// the road position found for it lies, metres.
fn there_and_back(network: &RoadNetwork) -> (f64, f64) {
    let mut rng = stream(1, None, "bench map");
    let mut points = Vec::with_capacity(POINTS);
    for _ in 0..20 * POINTS {
        let index = RoadIndex(rng.index(network.roads().len()) as u32);
        let Some(road) = network.road(index) else {
            continue;
        };
        let s = rng.unit() * road.length_m;
        let (right, left) = road.edges_m(s);
        let t = rng.uniform(right, left);
        if points.len() < POINTS && network.lane_at(index, s, t).is_some() {
            points.extend(network.pose_at(index, s, t).map(|p| p.pose));
        }
    }
    let started = Instant::now();
    let found: Vec<_> = points
        .iter()
        .map(|p| network.locate(p.x_m, p.y_m, Some(p.z_m), None))
        .collect();
    let us = started.elapsed().as_secs_f64() * 1e6 / points.len().max(1) as f64;
    let off = points.iter().zip(found).map(|(p, found)| {
        found
            .and_then(|f| network.pose_at(f.road, f.s_m, f.t_m))
            .map_or(f64::INFINITY, |back| {
                (back.pose.position() - p.position()).norm()
            })
    });
    (us, off.fold(0.0, f64::max))
}
