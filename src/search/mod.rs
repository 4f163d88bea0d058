//! Search for failures: where in the ranges of a scenario's parameters does a run fail?
//!
//! In: [`Range`]s and a function that runs one set of values and says how critical it was. Out: every
//! [`Trial`] and the first failure. A Latin hypercube looks round first; then CMA-ES (Hansen 2016, "The CMA
//! evolution strategy: a tutorial", by the `cmaes` crate) goes down from the most critical places. [`shrink`]
//! brings a failure as near to the nominal values as it still fails; [`write_scenario`] writes it down.

mod criticality;
mod descent;
mod log;
mod range;
mod run;
mod shrink;
mod write;

use rayon::ThreadPool;
use sim::seed::{Draw, stream};

pub use criticality::{Measure, criticality};
pub use range::{Range, declared};
pub use run::Subject;
pub use shrink::{Shrinking, Shrunk, shrink};
pub use write::write_scenario;

use crate::run::RunError;
use descent::{Descent, descend};
use log::Log;
use runner::suite::Ending;
use runner::sweep::shuffle;

/// Stack of a worker, bytes: as much as a main thread has.
const STACK_BYTES: usize = 8 << 20;
/// Generations without progress after which the first descent ends and the next begins elsewhere; each
/// one is given one more, so that deep and narrow places are reached in the end.
const PATIENCE: usize = 3;
/// Runs of the first look round, a range, and its bounds.
const LOOKS: usize = 2;
const LOOKS_MIN: usize = 8;
const LOOKS_MAX: usize = 24;

/// What a run of one set of values came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Evaluation {
    /// How it ended.
    pub ending: Ending,
    /// The lower, the nearer to a failure; below 0 it is one.
    pub criticality: f64,
    /// Why it did not pass.
    pub reasons: Vec<String>,
}

impl Evaluation {
    /// Whether it is what is looked for.
    pub fn is_failure(&self) -> bool {
        matches!(self.ending, Ending::Failed | Ending::Fault)
    }
}

/// One run of a search.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// Values, one a range.
    pub values: Vec<f64>,
    /// What came of it.
    pub evaluation: Evaluation,
}

/// All runs of a search.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// Runs in order; those of one generation ran at the same time.
    pub trials: Vec<Trial>,
    /// Number of the most critical failure of the generation that found one.
    pub failure: Option<usize>,
}

/// Runs one set of values.
pub type Evaluate<'a> = dyn Fn(&[f64]) -> Evaluation + Sync + 'a;

/// How to search.
#[derive(Clone, Copy, Debug)]
pub struct SearchOptions {
    /// Most runs.
    pub budget: usize,
    /// Runs of a generation; by the number of ranges where unset.
    pub population: Option<usize>,
    /// Seed of every draw.
    pub seed: u64,
    /// Runs at a time.
    pub jobs: usize,
}

/// Threads for a search.
///
/// # Errors
/// If there are none to be had.
pub fn threads(jobs: usize) -> Result<ThreadPool, RunError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(jobs.max(1))
        .stack_size(STACK_BYTES)
        .build()
        .map_err(|e| RunError::Internal(format!("threads: {e}")))
}

/// Points of a Latin hypercube in the unit cube.
fn hypercube(count: usize, dimensions: usize, seed: u64) -> Vec<Vec<f64>> {
    let mut points = vec![vec![0.5; dimensions]; count];
    for dimension in 0..dimensions {
        let mut rng = stream(seed, None, &format!("search {dimension}"));
        let mut parts: Vec<usize> = (0..count).collect();
        shuffle(&mut parts, &mut rng);
        for (point, part) in points.iter_mut().zip(parts) {
            if let Some(slot) = point.get_mut(dimension) {
                *slot = (part as f64 + rng.unit()) / count as f64;
            }
        }
    }
    points
}

/// Searches until a run fails or the budget is spent; `progress` hears of the number of runs.
///
/// # Errors
/// If there are no threads to be had.
pub fn search(
    ranges: &[Range],
    options: SearchOptions,
    evaluate: &Evaluate<'_>,
    progress: &dyn Fn(usize),
) -> Result<Found, RunError> {
    let dimensions = ranges.len();
    // Two thirds of Hansen's 4 + 3 ln n, which is for a minimum met exactly: a failure is reached sooner.
    let usual = 2.6 + 2.0 * sim::math::ln(dimensions.max(1) as f64);
    let population = options.population.unwrap_or(usual as usize).max(4);
    let mut log = Log::new(ranges, options, evaluate)?;
    let first = hypercube(
        (LOOKS * dimensions).clamp(LOOKS_MIN, LOOKS_MAX),
        dimensions,
        options.seed,
    );
    for points in first.chunks(population) {
        if log.run(points) || log.left() == 0 {
            return Ok(log.found);
        }
        progress(log.found.trials.len());
    }
    let mut tried: Vec<Vec<f64>> = Vec::new();
    let mut patience = PATIENCE;
    let mut rng = stream(options.seed, None, "search restarts");
    while log.found.failure.is_none() && log.left() >= population {
        let random = (0..dimensions).map(|_| rng.unit()).collect();
        let start = log.start(&tried).unwrap_or(random);
        tried.push(start.clone());
        let before = log.found.trials.len();
        let descent = Descent {
            start: &start,
            population,
            patience,
            seed: rng.unit().to_bits(),
        };
        descend(&mut log, &descent, progress);
        patience += 1;
        // Where it went down to is known as well: the next one is to go elsewhere.
        tried.extend(log.lowest_since(before));
        if log.found.trials.len() == before {
            // Everything about is known, as with a few whole numbers: somewhere else, then.
            let points: Vec<Vec<f64>> = (0..population)
                .map(|_| (0..dimensions).map(|_| rng.unit()).collect())
                .collect();
            let is_found = log.run(&points);
            if is_found || log.found.trials.len() == before {
                break;
            }
        }
    }
    Ok(log.found)
}

/// Runs at random values until one fails or the budget is spent.
///
/// # Errors
/// If there are no threads to be had.
pub fn random_search(
    ranges: &[Range],
    options: SearchOptions,
    evaluate: &Evaluate<'_>,
    progress: &dyn Fn(usize),
) -> Result<Found, RunError> {
    let mut log = Log::new(ranges, options, evaluate)?;
    let mut rng = stream(options.seed, None, "random search");
    while log.left() > 0 {
        let points: Vec<Vec<f64>> = (0..options.jobs.max(1))
            .map(|_| ranges.iter().map(|_| rng.unit()).collect())
            .collect();
        let before = log.found.trials.len();
        if log.run(&points) || log.found.trials.len() == before {
            break;
        }
        progress(log.found.trials.len());
    }
    Ok(log.found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(count: usize) -> Vec<Range> {
        (0..count)
            .map(|i| Range::new(&format!("p{i}"), -1.0, 3.0, false).expect("a range"))
            .collect()
    }

    /// A basin about (0.5, 0.5, …) with another, shallower one about (2, 2, …); a failure in the middle.
    fn basins(values: &[f64]) -> Evaluation {
        let from = |c: f64| values.iter().map(|v| (v - c).powi(2)).sum::<f64>().sqrt();
        let (deep, shallow) = (from(0.5), from(2.0) + 0.6);
        let is_failure = deep < 0.12;
        Evaluation {
            ending: if is_failure {
                Ending::Failed
            } else {
                Ending::Passed
            },
            criticality: if is_failure { -1.0 } else { deep.min(shallow) },
            reasons: Vec::new(),
        }
    }

    fn options(seed: u64) -> SearchOptions {
        SearchOptions {
            budget: 1500,
            population: None,
            seed,
            jobs: 2,
        }
    }

    #[test]
    fn a_failure_is_found_with_far_fewer_runs_than_by_chance() {
        let mut runs = Vec::new();
        for seed in 0..9 {
            let found = search(&ranges(4), options(seed), &basins, &|_| {}).expect("threads");
            let failure = found.failure.expect("a failure");
            assert!(found.trials[failure].evaluation.is_failure());
            runs.push(found.trials.len());
        }
        runs.sort_unstable();
        // By chance: 4^4 / (π²/2 · 0.12⁴) runs on average, about 250,000.
        assert!(runs[4] < 400, "{runs:?}");
        let random = random_search(&ranges(4), options(0), &basins, &|_| {}).expect("threads");
        assert_eq!((random.failure, random.trials.len()), (None, 1500));
    }

    #[test]
    fn the_number_of_jobs_changes_nothing() {
        let with = |jobs| {
            let options = SearchOptions { jobs, ..options(3) };
            search(&ranges(3), options, &basins, &|_| {}).expect("threads")
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn whole_numbers_are_not_run_twice_and_the_search_ends() {
        let range = vec![Range::new("n", 1.0, 4.0, true).expect("a range")];
        let passes = |values: &[f64]| Evaluation {
            ending: Ending::Passed,
            criticality: values[0],
            reasons: Vec::new(),
        };
        let found = search(&range, options(1), &passes, &|_| {}).expect("threads");
        assert_eq!(found.trials.len(), 4);
    }
}
