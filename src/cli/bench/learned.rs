//! `skidpad bench learned`: one ego that sees by lidar and cameras and drives by networks, in a
//! generated town with traffic.

use std::sync::Arc;
use std::time::Instant;

use scenarios::generate::MapKind;
use sim::actor::Motion;
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::road::RoadNetwork;
use sim::sensor::Rig;
use sim::tick::Pipeline;

use super::{BenchArgs, Figure, resident_mb};
use crate::cli::Failure;
use crate::run::forwards;
use crate::train::traffic::{Ground, drive_on, give_eyes};

/// Length of a tick, seconds.
const DT_S: f64 = 0.05;
/// Simulated time, seconds.
const RUN_S: f64 = 15.0;
/// Longest route, metres.
const ROUTE_M: f64 = 400.0;
/// First seed that is tried for a town with a route.
const SEED: u64 = 6;

/// Speed, and what a world takes of memory beyond libtorch and the networks.
pub(super) fn learned(args: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let rig = Arc::new(Rig::load(&args.rig, &Limits::default())?);
    let mut pipeline = Pipeline::new(forwards(&args.weights)?);
    let before_mb = resident_mb();
    let start = |ground: &Ground, seed| {
        drive_on(
            ground,
            seed,
            DT_S,
            DriverSpec::Learned,
            Motion::Dynamic,
            ROUTE_M,
        )
    };
    let drive = match &args.map {
        Some(file) => {
            let network = RoadNetwork::load(file, &Limits::default())?;
            let ground = Ground::on(network, MapKind::Town);
            (0..8).find_map(|seed| start(&ground, seed))
        }
        // Every sixth seed gives a town.
        None => (SEED..SEED + 30)
            .step_by(6)
            .find_map(|seed| start(&Ground::of(seed).ok()?, seed)),
    };
    let Some(mut drive) = drive else {
        return Err(Failure::internal(
            "no generated town has a route for the bench",
        ));
    };
    give_eyes(&mut drive, rig);
    let actors = drive.world.snapshot().actors.len();
    let mut worlds = [drive.world];
    let ticks = (RUN_S / DT_S) as u64;
    let started = Instant::now();
    for _ in 0..ticks {
        pipeline.tick(&mut worlds);
    }
    let wall_s = started.elapsed().as_secs_f64().max(1e-9);
    let [world] = &worlds;
    if world.tick().index != ticks || !world.is_running() {
        return Err(Failure::internal(
            "the bench's ego did not drive to its end",
        ));
    }
    let figure = |name: &str, value, unit| Figure {
        name: format!("learned: town of {actors} actors, {name}"),
        value,
        unit,
    };
    let mut figures = vec![
        figure("speed", RUN_S / wall_s, "× real time"),
        figure("a tick", wall_s / ticks as f64 * 1e3, "ms"),
    ];
    if let (Some(before), Some(after)) = (before_mb, resident_mb()) {
        figures.push(figure("memory beside the networks", after - before, "MB"));
    }
    Ok(figures)
}
