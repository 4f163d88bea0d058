//! One world for a scenario and its options, ready for its first tick.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use scenarios::{Scenario, Story, StoryOptions};
use sim::message::DriverSpec;
use sim::metric::Requirements;
use sim::road::RoadNetwork;
use sim::world::{SimWorld, WorldConfig};

use crate::maps::Maps;
use crate::trace::Tracer;
use crate::{Drivers, RunError, RunMetric, RunOptions, RunResult};

/// Longest run of a scenario that does not end by itself, seconds.
const LONGEST_S: f64 = 300.0;

/// A world and what is to be done with it.
pub struct Prepared {
    /// The world, as at time 0.
    pub world: SimWorld,
    /// Bounds and bookkeeping of its run.
    pub job: Job,
    /// Drivers that the scenario's controllers name.
    pub whole: Vec<DriverSpec>,
}

/// Bounds and bookkeeping of a run.
pub struct Job {
    /// Ends the run, seconds.
    pub duration_s: f64,
    /// Ends the run as a fault.
    pub max_ticks: u64,
    /// Wall time that ends the run as a fault, seconds.
    pub timeout_s: Option<f64>,
    scenario: PathBuf,
    driver: DriverSpec,
    seed: u64,
    requirements: Requirements,
    warnings: Vec<String>,
    tracer: Option<Tracer>,
}

/// The folder of the shipped files: as given, else `assets` here or beside the program's project.
pub fn assets(given: Option<&PathBuf>) -> PathBuf {
    given.cloned().unwrap_or_else(|| {
        let here = PathBuf::from("assets");
        if here.is_dir() {
            here
        } else {
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets")
        }
    })
}

fn load(options: &RunOptions) -> Result<Scenario, RunError> {
    let scenario = Scenario::load_with(&options.scenario, &options.load_options())?;
    Ok(scenario)
}

/// What a run has to meet, and the time that it may take at most, seconds.
///
/// # Errors
/// If its scenario can't be read, or asks for what can't be measured.
pub fn requirements(options: &RunOptions) -> Result<(Requirements, f64), RunError> {
    if crate::file_kind(&options.scenario, &options.limits) == crate::FileKind::Level {
        let duration_s = options.duration_s.unwrap_or(LONGEST_S);
        return Ok((Requirements::scripted(), duration_s));
    }
    let scenario = load(options)?;
    let duration_s = options.duration_s.or(scenario.requirements.duration_s);
    let wanted = crate::verdict::requirements(options, &scenario.requirements)?;
    Ok((wanted, duration_s.unwrap_or(LONGEST_S)))
}

/// Loads everything a scenario names and builds its world.
///
/// # Errors
/// If an input file or option is wrong.
pub fn prepare(options: &RunOptions, drivers: &dyn Drivers) -> Result<Prepared, RunError> {
    prepare_with(options, drivers, &Maps::default())
}

/// The same with maps that other worlds have loaded.
///
/// # Errors
/// If an input file or option is wrong.
pub fn prepare_with(
    options: &RunOptions,
    drivers: &dyn Drivers,
    maps: &Maps,
) -> Result<Prepared, RunError> {
    if crate::file_kind(&options.scenario, &options.limits) == crate::FileKind::Level {
        return crate::level::prepare(options);
    }
    let scenario = load(options)?;
    if scenario.entities.len() > options.limits.max_actors {
        return Err(RunError::Usage(format!(
            "{}: expected at most {} actors, found {}",
            options.scenario.display(),
            options.limits.max_actors,
            scenario.entities.len()
        )));
    }
    let map = match &scenario.map_path {
        Some(path) => maps.load(path, &options.limits)?,
        None => Arc::new(RoadNetwork::empty()),
    };
    let mut world = SimWorld::new(WorldConfig {
        dt_s: options.dt_s,
        seed: options.seed,
        map,
    });
    scenarios::install(
        &mut world,
        &scenario,
        StoryOptions {
            ego_driver: options.driver,
            controllers: options.controllers,
        },
    )?;
    let ego = world.ecs.resource::<Story>().ego();
    if options.driver != DriverSpec::Scripted {
        let ego = ego.ok_or_else(|| {
            RunError::Usage(format!(
                "{}: it has no vehicle to drive",
                options.scenario.display()
            ))
        })?;
        drivers.install(&mut world, ego, options)?;
    }
    if !scenario.whole_drivers.is_empty() {
        drivers.make_ready(&mut world, &scenario.whole_drivers, options)?;
        scenarios::give_to_drivers(&mut world);
    }
    let requirements = crate::verdict::requirements(options, &scenario.requirements)?;
    if let Some(ego) = ego {
        sim::metric::watch_with(&mut world, ego, &requirements.settings);
    }
    world.refresh_snapshot();
    let is_recorded = options.record.is_some() || options.record_last_s.is_some();
    let about = is_recorded.then(|| about(&world, &scenario, options));
    sim::record::start(&mut world, &options.record_options(about))
        .map_err(|e| RunError::Usage(e.to_string()))?;
    let mut tracer = options
        .trace_every_s
        .map(|every_s| Tracer::new(every_s, options.dt_s, ego, scenario.map_path.clone()));
    if let Some(tracer) = &mut tracer {
        tracer.sample(&world);
    }
    let duration_s = options
        .duration_s
        .or(scenario.requirements.duration_s)
        .unwrap_or(LONGEST_S);
    Ok(Prepared {
        whole: scenario.whole_drivers.clone(),
        world,
        job: Job {
            duration_s,
            max_ticks: options.limits.max_ticks,
            timeout_s: options.timeout_s,
            scenario: options.scenario.clone(),
            driver: options.driver,
            seed: options.seed,
            requirements,
            warnings: scenario
                .warnings
                .iter()
                .map(|w| format!("line {}: {}", w.line, w.text))
                .collect(),
            tracer,
        },
    })
}

/// What a record says of its run: the members of `skidpad.Run`.
fn about(world: &SimWorld, scenario: &Scenario, options: &RunOptions) -> serde_json::Value {
    let story = world.ecs.resource::<Story>();
    let elements = story.storyboard().elements.iter().map(|(_, element)| {
        serde_json::json!({
            "kind": element.kind.log_name(),
            "name": element.name,
            "parent": element.parent.map(|id| id.0),
        })
    });
    serde_json::json!({
        "scenario": options.scenario,
        "map": scenario.map_path,
        "driver": format!("{:?}", options.driver).to_lowercase(),
        "seed": options.seed,
        "dt_s": options.dt_s,
        "ego": scenario.ego_name(),
        "story": elements.collect::<Vec<_>>(),
    })
}

impl Job {
    /// The bounds of a run that no scenario describes.
    pub(crate) fn of_level(options: &RunOptions, duration_s: f64) -> Self {
        Self {
            duration_s,
            max_ticks: options.limits.max_ticks,
            timeout_s: options.timeout_s,
            scenario: options.scenario.clone(),
            driver: options.driver,
            seed: options.seed,
            requirements: Requirements::scripted(),
            warnings: Vec::new(),
            tracer: options
                .trace_every_s
                .map(|every_s| Tracer::new(every_s, options.dt_s, None, None)),
        }
    }

    /// Takes in what one tick has made of its world, and ends a run that has come to one of its bounds.
    pub fn after_tick(&mut self, world: &mut SimWorld, started: Instant) {
        if let Some(tracer) = &mut self.tracer {
            tracer.sample(world);
        }
        if !world.is_running() {
            return;
        }
        let tick = world.tick();
        if tick.time_s() >= self.duration_s - 1e-9 {
            world.end("duration");
        } else if tick.index >= self.max_ticks {
            world.fail("limit", format!("more than {} ticks", self.max_ticks));
        } else if self
            .timeout_s
            .is_some_and(|limit| started.elapsed().as_secs_f64() > limit)
        {
            world.fail("limit", "wall time is over");
        }
    }

    /// Closes the world's logs and gives its result.
    pub(crate) fn finish(mut self, mut world: SimWorld, wall_s: f64) -> RunResult {
        let record = match sim::record::finish(&mut world) {
            Ok(record) => record,
            Err(error) => {
                world.fail("Record", error.to_string());
                None
            }
        };
        let trace = self.tracer.take().map(|tracer| tracer.finish(&world));
        RunResult {
            trace,
            record,
            ..self.result(&world, wall_s)
        }
    }

    /// The result as of a world's present state, without trace and record.
    pub fn result(&self, world: &SimWorld, wall_s: f64) -> RunResult {
        let verdict = crate::level::verdict(world)
            .unwrap_or_else(|| crate::verdict::verdict(world, &self.requirements));
        let (state_hash, ticks, ended) = crate::drive::ending(world);
        let metrics = verdict
            .metrics
            .into_iter()
            .map(|(name, metric)| {
                let value = metric.valid.then_some(metric.value);
                let unit = metric.unit;
                (name, RunMetric { value, unit })
            })
            .collect();
        RunResult {
            scenario: self.scenario.display().to_string(),
            driver: format!("{:?}", self.driver).to_lowercase(),
            seed: self.seed,
            verdict: verdict.outcome.into(),
            reasons: verdict.reasons,
            ended,
            state_hash,
            ticks,
            sim_time_s: world.tick().time_s(),
            wall_s,
            metrics,
            warnings: self.warnings.clone(),
            trace: None,
            record: None,
        }
    }
}
