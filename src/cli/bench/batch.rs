//! `skidpad bench batch`: full worlds side by side: rate, scaling, memory, and what a batch gains where networks
//! drive.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use rayon::prelude::*;
use runner::{Lockstep, RunOptions, Task};
use scenarios::generate::{MapKind, Placed, TrafficOptions, map, populate, traffic};
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

use super::{BenchArgs, Figure, resident_mb};
use crate::batch::groups;
use crate::cli::Failure;
use crate::run::{AllDrivers, RunError};

/// Vehicles of the full world whose rate is told.
const VEHICLES: usize = 100;
/// Agents of each world where there are many.
const AGENTS: usize = 50;
/// Worlds side by side: few and many.
const WORLDS: [usize; 2] = [10, 1000];
/// Different placements of the many.
const PLACEMENTS: u64 = 4;
/// Simulated time of a rate, seconds.
const TIME_S: f64 = 20.0;
const DT_S: f64 = 0.05;
/// Learned worlds, and how much of each is run, seconds.
const LEARNED: usize = 64;
const LEARNED_S: f64 = 1.0;

/// All figures of batches.
pub(super) fn batch(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let figure = |name: String, value: f64, unit| Figure {
        name: format!("batch: {name}"),
        value,
        unit,
    };
    let mut figures = Vec::new();
    let highway = generated(MapKind::Highway, args.seed)?;
    let mut one = [world(
        &highway,
        args.seed,
        &placed(&highway, args.seed, VEHICLES),
    )];
    let vehicles = one[0].snapshot().actors.len();
    let ticks = (TIME_S / DT_S) as u32;
    let rate = rate(&mut one, ticks, 1)?;
    figures.push(figure(
        format!("one world of {vehicles} IDM vehicles, one thread"),
        rate * vehicles as f64,
        "vehicle steps/s",
    ));

    let town = generated(MapKind::Town, args.seed)?;
    // To place traffic takes longer than to run it: a few placements serve all worlds.
    let starts: Vec<Vec<Placed>> = (0..PLACEMENTS)
        .map(|k| placed(&town, args.seed + k, AGENTS))
        .collect();
    let before_mb = resident_mb();
    let mut many: Vec<SimWorld> = starts
        .iter()
        .cycle()
        .zip(args.seed..)
        .take(WORLDS[1])
        .map(|(placed, seed)| world(&town, seed, placed))
        .collect();
    let agents: usize = many.iter().map(|w| w.snapshot().actors.len()).sum();
    // World ticks a second of one thread: the same for few and many, where nothing stands in the way.
    let few_rate = self::rate(&mut many[..WORLDS[0]], 256, 1)?;
    let many_rate = self::rate(&mut many, 16, 1)?;
    let two_rate = self::rate(&mut many, 16, 2)?;
    let what = format!(
        "{} worlds of {:.0} agents on a town",
        WORLDS[1],
        agents as f64 / WORLDS[1] as f64
    );
    let share = figure(
        format!(
            "{what}, ticks of a world a second beside those among {}",
            WORLDS[0]
        ),
        100.0 * many_rate / few_rate,
        "%",
    );
    figures.push(share);
    figures.push(figure(
        format!("{what}, 2 threads beside 1"),
        two_rate / many_rate,
        "×",
    ));
    if let (Some(before), Some(after)) = (before_mb, resident_mb()) {
        figures.push(figure(format!("{what}, memory"), after - before, "MB"));
    }
    drop(many);
    figures.extend(learned(args)?.map(|(name, value, unit)| figure(name, value, unit)));
    Ok(figures)
}

pub(super) fn generated(kind: MapKind, seed: u64) -> Result<Arc<RoadNetwork>, Failure> {
    let text = map(kind, seed);
    let network = RoadNetwork::from_xml_text(Path::new(kind.name()), text, &Limits::default())?;
    Ok(Arc::new(network))
}

/// So many driven vehicles at most.
pub(super) fn placed(map: &Arc<RoadNetwork>, seed: u64, vehicles: usize) -> Vec<Placed> {
    let options = TrafficOptions {
        vehicles_per_km: 40.0,
        max_vehicles: vehicles,
        pedestrians: 0,
        cyclists: 0,
        parked_share: 0.0,
        ..TrafficOptions::default()
    };
    traffic(map, seed, &options)
}

/// A world with vehicles.
pub(super) fn world(map: &Arc<RoadNetwork>, seed: u64, placed: &[Placed]) -> SimWorld {
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed,
        map: map.clone(),
    });
    populate(&mut world, placed.to_vec());
    agents::install(&mut world, agents::AgentsConfig::default());
    world
}

/// Ticks a second, of all worlds together.
fn rate(worlds: &mut [SimWorld], ticks: u32, threads: usize) -> Result<f64, Failure> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    let pool = pool.map_err(|e| Failure::internal(e.to_string()))?;
    let run = |worlds: &mut [SimWorld], ticks: u32| {
        worlds.par_iter_mut().for_each(|world| {
            let mut pipeline = Pipeline::new(Vec::new());
            for _ in 0..ticks {
                pipeline.tick(std::slice::from_mut(world));
            }
        });
    };
    pool.install(|| {
        run(worlds, 4);
        let started = Instant::now();
        run(worlds, ticks);
        let all = f64::from(ticks) * worlds.len() as f64;
        Ok(all / started.elapsed().as_secs_f64())
    })
}

/// Learned drivers in one batch, and one by one; each with its weights loaded.
fn learned(args: &BenchArgs) -> Result<[(String, f64, &'static str); 2], Failure> {
    let options = |seed: u64| {
        let scenario = PathBuf::from("scenarios/regression/slow_lead.xosc");
        let mut options = RunOptions::new(scenario, DriverSpec::Learned);
        options.seed = seed;
        options.duration_s = Some(LEARNED_S);
        options.weights = Some(args.weights.clone());
        options
    };
    let timed = |count: u64, width: usize| -> Result<f64, Failure> {
        let stop = AtomicBool::new(false);
        let lockstep = Lockstep {
            drivers: &AllDrivers,
            width,
            groups: groups(),
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            stop: &stop,
        };
        let failed = std::sync::Mutex::new(None::<RunError>);
        let tasks = (0..count).map(|index| Task {
            index,
            options: options(index),
        });
        let started = Instant::now();
        lockstep.run(tasks, &|_, outcome| {
            if let (Err(error), Ok(mut failed)) = (outcome, failed.lock()) {
                *failed = Some(error);
            }
        })?;
        if let Ok(Some(error)) = failed.into_inner() {
            return Err(error.into());
        }
        let ticks = count as f64 * LEARNED_S / DT_S;
        Ok(ticks / started.elapsed().as_secs_f64())
    };
    let together = timed(LEARNED as u64, LEARNED)?;
    let started = Instant::now();
    // A tenth of them tells the rate of all: each begins anew.
    let singles = (LEARNED / 8) as u64;
    for seed in 0..singles {
        crate::run::run(&options(seed))?;
    }
    let alone = singles as f64 * LEARNED_S / DT_S / started.elapsed().as_secs_f64();
    Ok([
        (
            format!("{LEARNED} worlds with the learned driver"),
            together,
            "agent steps/s",
        ),
        (
            format!("{LEARNED} worlds with the learned driver beside single runs"),
            together / alone,
            "×",
        ),
    ])
}
