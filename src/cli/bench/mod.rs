//! `skidpad bench`.

mod batch;
mod fast;
mod learned;
mod map;
mod scripted;
mod search;
mod traffic;
mod view;

use std::path::PathBuf;
use std::time::Instant;

use clap::Args;
use serde::Serialize;
use sim::input::Limits;
use sim::sensor::Rig;

use super::{Failure, output, table};

/// Arguments of `bench`.
#[derive(Args, Debug)]
pub struct BenchArgs {
    /// What is measured; everything by default
    name: Option<String>,
    /// Sensor rig (.ron) for the sensors' figures
    #[arg(long, value_name = "FILE", default_value = "assets/rigs/default.ron")]
    rig: PathBuf,
    /// OpenDRIVE map, or a folder of them, for the figures of maps, of traffic and (one map) of the learned
    /// driver; a generated town where unset
    #[arg(long, value_name = "PATH")]
    map: Option<PathBuf>,
    /// Suite with the scenarios that are searched for faults
    #[arg(
        long,
        value_name = "FILE",
        default_value = "scenarios/search/suite.ron"
    )]
    suite: PathBuf,
    /// Folder of the networks' weights, for the learned driver's figures
    #[arg(long, value_name = "DIR", default_value = "assets")]
    weights: PathBuf,
    /// Motor vehicles of traffic, at most
    #[arg(long, value_name = "N", default_value_t = 200)]
    vehicles: usize,
    /// Simulated time of traffic, seconds
    #[arg(long, value_name = "S", default_value_t = 600.0)]
    duration: f64,
    /// Seed of traffic
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Tells for each contact and each stuck vehicle of traffic what led to it
    #[arg(long)]
    explain: bool,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
}

/// One measured figure.
#[derive(Debug, Serialize)]
struct Figure {
    name: String,
    value: f64,
    unit: &'static str,
}

type Bench = fn(&BenchArgs) -> Result<Vec<Figure>, Failure>;

/// Every benchmark, by its name.
const BENCHES: [(&str, Bench); 10] = [
    ("sensors", sensors),
    ("scripted", scripted::scripted),
    ("physics", physics),
    ("fast", fast::fast),
    ("batch", batch::batch),
    ("map", map::map),
    ("learned", learned::learned),
    ("traffic", traffic::traffic),
    ("search", search::search),
    ("view", view::view),
];

/// Measures; the exit code.
pub fn bench(args: BenchArgs) -> Result<u8, Failure> {
    let wanted = |name: &str| args.name.as_deref().is_none_or(|n| n == name);
    if !BENCHES.iter().any(|(name, _)| wanted(name)) {
        let names: Vec<_> = BENCHES.iter().map(|(name, _)| *name).collect();
        return Err(Failure::usage(format!(
            "no benchmark of that name; there are: {}",
            names.join(", ")
        )));
    }
    let mut figures = Vec::new();
    for (_, run) in BENCHES.iter().filter(|(name, _)| wanted(name)) {
        figures.extend(run(&args)?);
    }
    if args.json {
        output::json(&figures)?;
        return Ok(0);
    }
    let rows: Vec<Vec<String>> = figures
        .iter()
        .map(|f| vec![f.name.clone(), format!("{:.3}", f.value), f.unit.to_owned()])
        .collect();
    output::print(&table::render(&["figure", "value", "unit"], &rows));
    Ok(0)
}

/// A rig's sensors on a street of 100 buildings with 50 actors, on all processors.
fn sensors(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let rig = Rig::load(&args.rig, &Limits::default())?;
    let started = Instant::now();
    let rates = sim::sensor::bench::bench(&rig, 20, &mut || started.elapsed().as_secs_f64());
    Ok(rates
        .into_iter()
        .flat_map(|rate| {
            let figure = |what: &str, value, unit| Figure {
                name: format!("sensors: {} {what}", rate.name),
                value,
                unit,
            };
            let frame = figure("a frame", rate.ms_per_frame, "ms");
            let rays = figure("rays", rate.mrays_per_s, "million/s");
            // What casts no rays has no rate of them.
            [Some(frame), (rate.mrays_per_s > 0.0).then_some(rays)]
        })
        .flatten()
        .collect())
}

/// Vehicles and actors on rails through the whole tick, without sensors, on one thread.
fn physics(_: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let started = Instant::now();
    let rates = sim::physics::bench::bench(2000, &mut || started.elapsed().as_secs_f64())?;
    Ok(rates
        .into_iter()
        .flat_map(|rate| {
            let figure = |what: &str, value, unit| Figure {
                name: format!("physics: {} {what}", rate.name),
                value,
                unit,
            };
            [
                figure("actor steps", rate.actor_steps_per_s / 1e6, "million/s"),
                figure("a tick", rate.us_per_tick, "µs"),
                figure("speed", rate.times_real_time, "× real time"),
            ]
        })
        .collect())
}

/// Resident memory of this process, where the system tells it, MB.
fn resident_mb() -> Option<f64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024.0 / 1e6)
}
