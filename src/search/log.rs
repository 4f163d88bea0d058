//! The runs of a search so far: nothing is run twice, and the same whatever the number of threads.

use std::collections::{BTreeMap, BTreeSet};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::{Evaluate, Found, Range, SearchOptions, Trial, threads};
use crate::run::RunError;

/// How far a new beginning lies from earlier ones, in the unit cube.
const APART: f64 = 0.2;

/// The runs so far.
pub(super) struct Log<'a> {
    pub(super) ranges: &'a [Range],
    pub(super) evaluate: &'a Evaluate<'a>,
    pub(super) pool: ThreadPool,
    options: SearchOptions,
    pub(super) found: Found,
    /// Known values by their bits: nothing is run twice.
    pub(super) known: BTreeMap<Vec<u64>, f64>,
}

pub(super) fn key(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}

impl<'a> Log<'a> {
    /// A log without runs.
    ///
    /// # Errors
    /// If there are no threads to be had.
    pub(super) fn new(
        ranges: &'a [Range],
        options: SearchOptions,
        evaluate: &'a Evaluate<'a>,
    ) -> Result<Self, RunError> {
        Ok(Self {
            ranges,
            evaluate,
            pool: threads(options.jobs)?,
            options,
            found: Found::default(),
            known: BTreeMap::new(),
        })
    }

    fn values(&self, unit: &[f64]) -> Vec<f64> {
        self.ranges
            .iter()
            .zip(unit)
            .map(|(r, u)| r.at(*u))
            .collect()
    }

    pub(super) fn left(&self) -> usize {
        self.options.budget.saturating_sub(self.found.trials.len())
    }

    /// Takes in the trials of a generation; whether one is a failure.
    pub(super) fn add(&mut self, mut trials: Vec<Trial>) -> bool {
        // Two threads may have met the same whole numbers.
        let mut here = BTreeSet::new();
        trials.retain(|trial| here.insert(key(&trial.values)));
        // Threads end in any order.
        trials.sort_by(|a, b| {
            let by_values = || key(&a.values).cmp(&key(&b.values));
            let order = b
                .evaluation
                .criticality
                .total_cmp(&a.evaluation.criticality);
            order.then_with(by_values)
        });
        for trial in trials {
            self.known
                .insert(key(&trial.values), trial.evaluation.criticality);
            self.found.trials.push(trial);
            if self
                .found
                .trials
                .last()
                .is_some_and(|t| t.evaluation.is_failure())
            {
                self.found.failure = Some(self.found.trials.len() - 1);
            }
        }
        self.found.failure.is_some()
    }

    /// Runs points of the unit cube at the same time; whether one is a failure.
    pub(super) fn run(&mut self, points: &[Vec<f64>]) -> bool {
        let mut sets: Vec<Vec<f64>> = points.iter().map(|p| self.values(p)).collect();
        let mut here = BTreeSet::new();
        sets.retain(|values| !self.known.contains_key(&key(values)) && here.insert(key(values)));
        sets.truncate(self.left());
        let evaluate = self.evaluate;
        let trials = self.pool.install(|| {
            sets.into_par_iter()
                .map(|values| Trial {
                    evaluation: evaluate(&values),
                    values,
                })
                .collect()
        });
        self.add(trials)
    }

    fn unit(&self, trial: &Trial) -> Vec<f64> {
        let pairs = self.ranges.iter().zip(&trial.values);
        pairs.map(|(range, value)| range.part(*value)).collect()
    }

    /// The most critical trial from a number on, in the unit cube.
    pub(super) fn lowest_since(&self, first: usize) -> Option<Vec<f64>> {
        let by_criticality = |a: &&Trial, b: &&Trial| {
            (a.evaluation.criticality).total_cmp(&b.evaluation.criticality)
        };
        let trials = self.found.trials.iter().skip(first);
        trials.min_by(by_criticality).map(|trial| self.unit(trial))
    }

    /// The most critical trial that lies apart from these points, in the unit cube.
    pub(super) fn start(&self, tried: &[Vec<f64>]) -> Option<Vec<f64>> {
        let is_apart = |point: &[f64]| {
            tried.iter().all(|other| {
                let square: f64 = point.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum();
                (square / point.len().max(1) as f64).sqrt() > APART
            })
        };
        self.found
            .trials
            .iter()
            .map(|trial| (trial.evaluation.criticality, self.unit(trial)))
            .filter(|(_, point)| is_apart(point))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, point)| point)
    }
}
