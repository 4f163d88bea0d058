//! `ParameterValueDistribution` files: which values the parameters of a scenario are to be run with.
//!
//! In: such a file (1.1 to 1.3). Out: the scenario it varies and lists of `(name, value)`, one a run,
//! to be used as [`LoadOptions::parameters`](crate::LoadOptions). Deterministic distributions give
//! every combination of their factors, the last one changing fastest; stochastic ones give
//! `numberOfTestRuns` seeded draws. Assignments that break a constraint group of the scenario's own
//! declarations are left out, as the standard expects of a generator of concrete scenarios.

mod admit;
mod deterministic;
mod stochastic;

use std::path::{Path, PathBuf};

use sim::input::{InputError, XmlFile};

use crate::model::Warning;
use crate::read::{El, LoadOptions, PathFinder, Scope, rules};

use admit::Declarations;
use deterministic::Factor;
use stochastic::Stochastic;

/// Values of one run: parameter names and their values as text.
pub type Assignment = Vec<(String, String)>;

/// A distribution file, read.
pub struct ParameterValueDistribution {
    path: PathBuf,
    scenario: PathBuf,
    definition: Definition,
    warnings: Vec<Warning>,
    options: LoadOptions,
}

enum Definition {
    Deterministic(Vec<Factor>),
    Stochastic(Stochastic),
}

/// What a distribution expands to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Expansion {
    /// Values of each run, in order.
    pub assignments: Vec<Assignment>,
    /// Assignments left out because they break a constraint group of the scenario.
    pub discarded: usize,
}

/// Candidates that are looked at at most, kept or not.
const MAX_CANDIDATES: usize = 10_000_000;

impl ParameterValueDistribution {
    /// Reads a distribution file and finds its scenario.
    ///
    /// # Errors
    /// If the file is no distribution, is malformed, or its scenario does not exist or lies outside
    /// the root and the allowed folders.
    pub fn load(path: &Path, options: &LoadOptions) -> Result<Self, InputError> {
        let file = XmlFile::read(path, &options.limits)?;
        let document = file.parse().map_err(|e| e.breaks(rules::VALID_XML))?;
        let root = file.root(&document);
        let scope = Scope::default();
        let el = El::new(root, &scope).need_child("ParameterValueDistribution")?;
        let finder = PathFinder::new(path, options)?;
        let scenario_file = el.need_child("ScenarioFile")?;
        let scenario = finder.find(&scenario_file, &scenario_file.text("filepath")?)?;
        let mut warnings = Vec::new();
        let definition = match (el.child("Deterministic"), el.child("Stochastic")) {
            (Some(deterministic), None) => {
                Definition::Deterministic(deterministic::read(deterministic, &mut warnings)?)
            }
            (None, Some(stochastic)) => {
                Definition::Stochastic(Stochastic::read(stochastic, &mut warnings)?)
            }
            _ => {
                return Err(el
                    .error(
                        "either <Deterministic> or <Stochastic>",
                        "both or none of them",
                    )
                    .breaks(rules::SCHEMA));
            }
        };
        let read = Self {
            path: path.to_owned(),
            scenario,
            definition,
            warnings,
            options: options.clone(),
        };
        read.check_names(el)?;
        Ok(read)
    }

    /// The distribution file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The scenario file whose parameters it sets.
    pub fn scenario_path(&self) -> &Path {
        &self.scenario
    }

    /// What was accepted without effect.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// The values of each run, in order; at most `limit` of them.
    ///
    /// # Errors
    /// If there are more than `limit`, a value is not of its parameter's type, or a draw can't be made.
    pub fn expand(&self, seed: u64, limit: usize) -> Result<Vec<Assignment>, InputError> {
        self.expand_all(seed, limit).map(|e| e.assignments)
    }

    /// As [`expand`](Self::expand), and how many were left out.
    ///
    /// # Errors
    /// As there.
    pub fn expand_all(&self, seed: u64, limit: usize) -> Result<Expansion, InputError> {
        let file = XmlFile::read(&self.scenario, &self.options.limits)?;
        let document = file.parse().map_err(|e| e.breaks(rules::VALID_XML))?;
        let declarations = Declarations::new(file.root(&document));
        let mut expansion = Expansion::default();
        let mut take = |assignment: Assignment| -> Result<(), InputError> {
            if !declarations.admit(&assignment)? {
                expansion.discarded += 1;
                return Ok(());
            }
            if expansion.assignments.len() >= limit {
                return Err(self.too_many(limit));
            }
            expansion.assignments.push(assignment);
            Ok(())
        };
        match &self.definition {
            Definition::Deterministic(factors) => {
                let count = deterministic::count(factors).filter(|n| *n <= MAX_CANDIDATES);
                let count = count.ok_or_else(|| self.too_many(MAX_CANDIDATES))?;
                for index in 0..count {
                    take(deterministic::combination(factors, index))?;
                }
            }
            Definition::Stochastic(stochastic) => {
                if stochastic.runs > MAX_CANDIDATES {
                    return Err(self.too_many(MAX_CANDIDATES));
                }
                for run in 0..stochastic.runs {
                    let drawn = stochastic.draw(seed, run).map_err(|problem| {
                        InputError::new(
                            &self.path,
                            "a distribution that can be drawn from",
                            problem,
                        )
                    })?;
                    take(drawn)?;
                }
            }
        }
        Ok(expansion)
    }

    fn too_many(&self, limit: usize) -> InputError {
        let expected = format!("at most {limit} variations");
        let found = match &self.definition {
            Definition::Deterministic(factors) => deterministic::count(factors)
                .map_or("more than can be counted".to_owned(), |n| {
                    format!("{n} combinations, constraints apart")
                }),
            Definition::Stochastic(stochastic) => format!("{} test runs", stochastic.runs),
        };
        InputError::new(&self.path, expected, found)
    }

    /// Every varied parameter must be one of the scenario's.
    fn check_names(&self, el: El<'_>) -> Result<(), InputError> {
        let file = XmlFile::read(&self.scenario, &self.options.limits)?;
        let document = file.parse().map_err(|e| e.breaks(rules::VALID_XML))?;
        let declarations = Declarations::new(file.root(&document));
        let mut stack: Vec<El<'_>> = vec![el];
        while let Some(el) = stack.pop() {
            let attribute = match el.name() {
                "DeterministicSingleParameterDistribution" | "StochasticDistribution" => {
                    "parameterName"
                }
                "ParameterAssignment" => "parameterRef",
                _ => {
                    stack.extend(el.elements());
                    continue;
                }
            };
            let name = parameter_name(el, attribute)?;
            if !declarations.has(&name) {
                let error = el.error(
                    format!("the name of a parameter of {}", self.scenario.display()),
                    format!("{name:?}"),
                );
                return Err(error.breaks(rules::PARAMETER));
            }
        }
        Ok(())
    }
}

/// The parameter that an attribute names, with or without `$`.
fn parameter_name(el: El<'_>, attribute: &str) -> Result<String, InputError> {
    let raw = el.node.need_attr(attribute)?;
    Ok(raw.trim().trim_start_matches('$').to_owned())
}

/// The number as text, without digits that come from binary rounding of sums of decimals.
fn number_text(value: f64) -> String {
    let rounded = format!("{value:.9}").parse::<f64>().unwrap_or(value);
    let shown = if (rounded - value).abs() <= 1e-9 && value.abs() < 1e9 && rounded != 0.0 {
        rounded
    } else {
        value
    };
    // -0 is 0.
    format!("{}", shown + 0.0)
}

fn is_at(el: &El<'_>, text: impl Into<String>) -> Warning {
    Warning {
        line: el.node.position().0,
        text: text.into(),
    }
}

/// A `Range`: limits in order.
fn read_range(el: El<'_>) -> Result<(f64, f64), InputError> {
    let (low, high) = (el.f64("lowerLimit")?, el.f64("upperLimit")?);
    if low > high {
        let error = el.error(
            "a lowerLimit no greater than the upperLimit",
            format!("{low} and {high}"),
        );
        return Err(error.breaks(rules::RANGE));
    }
    Ok((low, high))
}
