//! One descent of a search, by CMA-ES.

use std::sync::Mutex;

use cmaes::{CMAESOptions, DVector};

use super::Trial;
use super::log::{Log, key};

/// Least progress, in parts of the best criticality.
const PROGRESS: f64 = 1e-3;
/// First standard deviation of a descent, in the unit cube: wide, as the first look round is coarse.
const SIGMA: f64 = 0.4;
/// What a step out of the ranges costs, a unit of their width.
const OUTSIDE: f64 = 0.5;

/// One run of CMA-ES.
pub(super) struct Descent<'a> {
    /// Where it begins, in the unit cube.
    pub(super) start: &'a [f64],
    pub(super) population: usize,
    pub(super) patience: usize,
    pub(super) seed: u64,
}

/// CMA-ES from one place until it fails, stands still, or the budget is spent.
pub(super) fn descend(log: &mut Log<'_>, descent: &Descent<'_>, progress: &dyn Fn(usize)) {
    let population = descent.population;
    let (ranges, evaluate) = (log.ranges, log.evaluate);
    let known = Mutex::new(std::mem::take(&mut log.known));
    let fresh = Mutex::new(Vec::<Trial>::new());
    let objective = |point: &DVector<f64>| {
        let outside: f64 = point.iter().map(|u| (u - u.clamp(0.0, 1.0)).abs()).sum();
        let values: Vec<f64> = ranges.iter().zip(point).map(|(r, u)| r.at(*u)).collect();
        let key = key(&values);
        let seen = known.lock().ok().and_then(|known| known.get(&key).copied());
        let criticality = seen.unwrap_or_else(|| {
            let evaluation = evaluate(&values);
            let criticality = evaluation.criticality;
            if let Ok(mut known) = known.lock() {
                known.insert(key, criticality);
            }
            if let Ok(mut fresh) = fresh.lock() {
                fresh.push(Trial { values, evaluation });
            }
            criticality
        });
        criticality + OUTSIDE * outside
    };
    let built = CMAESOptions::new(descent.start.to_vec(), SIGMA)
        .population_size(population)
        .seed(descent.seed)
        .build(&objective);
    let mut best = f64::INFINITY;
    let mut still = 0;
    if let Ok(mut cmaes) = built {
        while log.left() >= population && still < descent.patience {
            let ended = log.pool.install(|| cmaes.next_parallel());
            let trials = fresh
                .lock()
                .map(|mut f| std::mem::take(&mut *f))
                .unwrap_or_default();
            let reached = trials
                .iter()
                .map(|t| t.evaluation.criticality)
                .fold(f64::INFINITY, f64::min);
            if log.add(trials) || ended.is_some() {
                break;
            }
            progress(log.found.trials.len());
            if reached < best - PROGRESS * best.abs().clamp(1e-3, 1.0) {
                (best, still) = (reached, 0);
            } else {
                still += 1;
            }
        }
    }
    let all = known.into_inner().unwrap_or_default();
    log.known.extend(all);
}
