//! `eval planning`: held-out generated routes, driven in closed loop.

use std::path::PathBuf;
use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;
use sim::actor::Motion;
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::metric;
use sim::sensor::Rig;
use sim::tick::Pipeline;

use super::{DT_S, Eyes, ROUTE_M, learned_pipeline, sense};
use crate::run::RunError;
use crate::train::traffic::{Ground, SimulatedTracker, drive_on, give_eyes, retire};
use crate::train::{HELD_OUT_SEED, Report};

/// The routes' first seed: held out, and of no route that the scoring of plans was tuned on.
pub const FIRST_SEED: u64 = 2 * HELD_OUT_SEED;

/// Routes that are driven at once.
const CHUNK: u64 = 4;

/// How one route went.
#[derive(Clone, Debug, Serialize)]
pub struct RouteResult {
    /// Seed of map and traffic.
    pub seed: u64,
    /// Kind of the map.
    pub map: String,
    /// Driver.
    pub driver: String,
    /// Length, metres.
    pub route_m: f64,
    /// Share of it that was driven.
    pub progress: f64,
    /// Whether it was driven to its end.
    pub completed: bool,
    /// Contacts that the ego is to blame for.
    pub at_fault: usize,
    /// Contacts that others are to blame for.
    pub not_at_fault: usize,
    /// Lines of red lights passed.
    pub red_lights: usize,
    /// Simulated time, seconds.
    pub time_s: f64,
    /// Largest distance from the route, metres.
    pub off_m: f64,
    /// Why the run would not pass by [`metric::Requirements::driven`].
    pub notes: Vec<String>,
}

/// Drives one route with a driver, which sees by the sensors of `rig` or by simulated tracks; `None`
/// where the map has no route long enough.
///
/// # Errors
/// If the map does not load.
pub fn drive_route(
    seed: u64,
    driver: DriverSpec,
    rig: Option<&Arc<Rig>>,
    pipeline: &mut Pipeline,
) -> Result<Option<RouteResult>, RunError> {
    let ground = Ground::of(seed)?;
    let drive = drive_on(&ground, seed, DT_S, driver, Motion::Dynamic, ROUTE_M);
    let Some(mut drive) = drive else {
        return Ok(None);
    };
    if let Some(rig) = rig {
        give_eyes(&mut drive, rig.clone());
    }
    let mut tracker = SimulatedTracker::new(seed);
    // Generous: 3.5 m/s on average and the waits at lights.
    let most_s = 60.0 + drive.path.length_m() / 3.5;
    let mut result = RouteResult {
        seed,
        map: ground.kind.name().to_owned(),
        driver: format!("{driver:?}").to_lowercase(),
        route_m: drive.path.length_m(),
        progress: 0.0,
        completed: false,
        at_fault: 0,
        not_at_fault: 0,
        red_lights: 0,
        time_s: 0.0,
        off_m: 0.0,
        notes: Vec::new(),
    };
    metric::watch(&mut drive.world, drive.ego);
    let mut station = 0.0;
    while drive.world.tick().time_s() < most_s && drive.world.is_running() {
        if rig.is_none() && drive.world.tick().is_due(0.1) {
            sense(&mut drive, &mut tracker);
        }
        pipeline.tick(std::slice::from_mut(&mut drive.world));
        let snapshot = drive.world.snapshot();
        let Some(me) = snapshot.actor(drive.ego) else {
            break;
        };
        let on = drive
            .path
            .project_near(me.state.pose.x_m, me.state.pose.y_m, station);
        station = on.station_m;
        result.off_m = result.off_m.max(on.lateral_m.abs());
        let b = &me.spec.bounding_box;
        let front = station + b.center_x_m + b.length_m / 2.0;
        result.progress = (front + 5.0) / drive.path.length_m();
        result.time_s = snapshot.time_s;
        if result.progress >= 1.0 {
            result.completed = true;
            break;
        }
        if drive.world.tick().index % 20 == 0 {
            retire(&mut drive.world, drive.ego);
        }
    }
    result.progress = result.progress.clamp(0.0, 1.0);
    let verdict = metric::verdict(&drive.world, drive.ego, &metric::Requirements::driven());
    let count = |name: &str| verdict.metrics.get(name).map_or(0, |m| m.value as usize);
    result.at_fault = count("at_fault_collisions");
    result.not_at_fault = count("collisions") - result.at_fault;
    result.red_lights = count("red_lights");
    result.notes = verdict.reasons;
    Ok(Some(result))
}

/// A row of the table.
#[derive(Clone, Debug, Serialize)]
pub struct Summary {
    /// Driver.
    pub driver: String,
    /// Routes.
    pub routes: usize,
    /// Routes driven to the end.
    pub completed: usize,
    /// Routes with a contact that the ego is to blame for.
    pub with_at_fault: usize,
    /// Routes with another contact.
    pub with_other_contact: usize,
    /// Red lights passed.
    pub red_lights: usize,
    /// Mean share driven.
    pub progress: f64,
    /// Mean speed over the routes, m/s.
    pub speed_mps: f64,
}

/// What is measured by `eval planning`.
#[derive(Clone, Debug)]
pub struct EvalOptions {
    /// Planning weights.
    pub planning: PathBuf,
    /// Prediction weights.
    pub prediction: PathBuf,
    /// What the learned driver sees by; simulated tracks where unset.
    pub eyes: Option<Eyes>,
    /// Routes.
    pub routes: usize,
    /// Seed of the first one.
    pub seed: u64,
    /// Drivers to compare.
    pub drivers: Vec<DriverSpec>,
}

/// Drives the held-out routes with each driver.
///
/// # Errors
/// If weights or maps don't load.
pub fn eval(
    options: &EvalOptions,
    report: Report,
) -> Result<(Vec<Summary>, Vec<RouteResult>), RunError> {
    let routes = options.routes;
    let rig = match &options.eyes {
        Some(eyes) => Some(Arc::new(Rig::load(&eyes.rig, &Limits::default())?)),
        None => None,
    };
    let (mut rows, mut all) = (Vec::new(), Vec::new());
    for driver in &options.drivers {
        let is_learned = *driver == DriverSpec::Learned;
        let rig = rig.as_ref().filter(|_| is_learned);
        let make = || {
            if !is_learned {
                return Ok(Pipeline::new(Vec::new()));
            }
            let perception = options.eyes.as_ref().map(|e| e.perception.as_path());
            learned_pipeline(&options.prediction, &options.planning, perception)
        };
        let mut results: Vec<RouteResult> = Vec::new();
        let mut seed = options.seed;
        // Some maps have no route; so it goes on in chunks until there are enough.
        while results.len() < routes && seed < options.seed.saturating_add(4 * routes as u64) {
            let chunk: Vec<Result<Option<RouteResult>, RunError>> = (seed..seed + CHUNK)
                .into_par_iter()
                .map(|seed| {
                    nn::use_one_thread();
                    drive_route(seed, *driver, rig, &mut make()?)
                })
                .collect();
            for result in chunk {
                if let Some(result) = result?.filter(|_| results.len() < routes) {
                    let line = format!("{result:?}");
                    results.push(result);
                    report("driving", results.len() as u64, routes as u64, &line);
                }
            }
            seed += CHUNK;
        }
        let n = results.len().max(1) as f64;
        let meters: f64 = results.iter().map(|r| r.progress * r.route_m).sum();
        let seconds: f64 = results.iter().map(|r| r.time_s).sum();
        rows.push(Summary {
            driver: format!("{driver:?}").to_lowercase(),
            routes: results.len(),
            completed: results.iter().filter(|r| r.completed).count(),
            with_at_fault: results.iter().filter(|r| r.at_fault > 0).count(),
            with_other_contact: results.iter().filter(|r| r.not_at_fault > 0).count(),
            red_lights: results.iter().map(|r| r.red_lights).sum(),
            progress: results.iter().map(|r| r.progress).sum::<f64>() / n,
            speed_mps: meters / seconds.max(1e-9),
        });
        all.extend(results);
    }
    Ok((rows, all))
}
