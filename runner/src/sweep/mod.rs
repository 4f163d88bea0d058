//! Sweeps: one scenario at many parameter values.
//!
//! In: a [`Sweep`] as a suite file writes it. Out: sets of `(name, value)` in a fixed order, the same for
//! the same seed. [`Spread`] says how a random value is spread.

mod spread;

use std::collections::BTreeMap;

use rand_chacha::ChaCha8Rng;
use serde::Deserialize;
use sim::seed::{Draw, stream};

pub use spread::Spread;

/// Most sets of one sweep.
pub const MAX_SETS: usize = 100_000;
/// Most values of all parameters in all sets of one sweep.
const MAX_VALUES: usize = 2_000_000;

/// A value as a suite file writes it.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Value {
    /// `true` or `false`.
    Truth(bool),
    /// A whole number.
    Integer(i64),
    /// A number.
    Number(f64),
    /// Text.
    Text(String),
}

impl Value {
    /// As a scenario's parameter is written.
    pub fn text(&self) -> String {
        match self {
            Self::Truth(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Number(value) => number(*value),
            Self::Text(value) => value.clone(),
        }
    }
}

/// A number as text, without the noise of binary fractions beyond twelve digits.
pub fn number(value: f64) -> String {
    let short = format!("{value:.12e}").parse::<f64>().unwrap_or(value);
    format!("{short}")
}

/// The values that a grid gives a parameter.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum Axis {
    /// These.
    Values(Vec<Value>),
    /// So many, evenly from the first to the last.
    Count(CountAxis),
    /// From the first by steps up to the last.
    Step(StepAxis),
}

/// `(from: 5, to: 15, count: 3)`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CountAxis {
    from: f64,
    to: f64,
    count: u32,
}

/// `(from: 5, to: 15, step: 5)`.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepAxis {
    from: f64,
    to: f64,
    step: f64,
}

impl Axis {
    fn values(&self) -> Result<Vec<String>, String> {
        let finite = |numbers: &[f64]| numbers.iter().all(|v| v.is_finite());
        match self {
            Self::Values(values) if values.is_empty() => Err("no value".into()),
            Self::Values(values) => Ok(values.iter().map(Value::text).collect()),
            Self::Count(CountAxis { from, to, count }) => {
                if !finite(&[*from, *to]) || *count == 0 || *count as usize > MAX_SETS {
                    return Err(format!("from {from} to {to} in {count} values"));
                }
                let gaps = f64::from((*count - 1).max(1));
                let at = |i: u32| number(from + (to - from) * f64::from(i) / gaps);
                Ok((0..*count).map(at).collect())
            }
            Self::Step(StepAxis { from, to, step }) => {
                let steps = ((to - from) / step + 1e-9).floor();
                if !finite(&[*from, *to, *step]) || !(0.0..MAX_SETS as f64).contains(&steps) {
                    return Err(format!("from {from} to {to} by {step}"));
                }
                let at = |i: u32| number(from + step * f64::from(i));
                Ok((0..=steps as u32).map(at).collect())
            }
        }
    }
}

/// How the parameters of a scenario are varied.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Sweep {
    /// Every combination; the parameter that comes last by name changes fastest.
    Grid(BTreeMap<String, Axis>),
    /// Each parameter's range in as many equally likely parts as samples, each part used once.
    LatinHypercube {
        /// Number of samples.
        samples: u32,
        /// Seed of the draws.
        #[serde(default)]
        seed: u64,
        /// How each parameter is spread.
        over: BTreeMap<String, Spread>,
    },
    /// Independent draws.
    Random {
        /// Number of samples.
        samples: u32,
        /// Seed of the draws.
        #[serde(default)]
        seed: u64,
        /// How each parameter is spread.
        over: BTreeMap<String, Spread>,
    },
}

/// One set of parameter values.
pub type Set = Vec<(String, String)>;

impl Sweep {
    /// All sets.
    ///
    /// # Errors
    /// What was expected, and what was found, where a range is empty or there are too many sets.
    pub fn expand(&self) -> Result<Vec<Set>, (String, String)> {
        match self {
            Self::Grid(axes) => grid(axes),
            Self::LatinHypercube {
                samples,
                seed,
                over,
            } => draw(over, *samples, |name, spread| {
                let count = *samples as usize;
                let mut rng = stream(*seed, None, &format!("sweep {name}"));
                let mut parts: Vec<usize> = (0..count).collect();
                shuffle(&mut parts, &mut rng);
                let within = |part| (part as f64 + rng.unit()) / count as f64;
                parts
                    .into_iter()
                    .map(within)
                    .map(|p| spread.at(p))
                    .collect()
            }),
            Self::Random {
                samples,
                seed,
                over,
            } => draw(over, *samples, |name, spread| {
                let mut rng = stream(*seed, None, &format!("sweep {name}"));
                (0..*samples).map(|_| spread.at(rng.unit())).collect()
            }),
        }
    }
}

fn grid(axes: &BTreeMap<String, Axis>) -> Result<Vec<Set>, (String, String)> {
    let mut sets: Vec<Set> = vec![Vec::new()];
    for (name, axis) in axes {
        let values = axis
            .values()
            .map_err(|found| (format!("a range of values of {name}"), found))?;
        check_count(sets.len().saturating_mul(values.len()), axes.len())?;
        sets = sets
            .iter()
            .flat_map(|set| {
                values.iter().map(|value| {
                    let mut set = set.clone();
                    set.push((name.clone(), value.clone()));
                    set
                })
            })
            .collect();
    }
    Ok(sets)
}

fn draw(
    over: &BTreeMap<String, Spread>,
    samples: u32,
    column: impl Fn(&str, &Spread) -> Vec<String>,
) -> Result<Vec<Set>, (String, String)> {
    check_count(samples as usize, over.len())?;
    let mut sets: Vec<Set> = vec![Vec::new(); samples as usize];
    for (name, spread) in over {
        spread
            .check()
            .map_err(|found| (format!("a spread of values of {name}"), found))?;
        for (set, value) in sets.iter_mut().zip(column(name, spread)) {
            set.push((name.clone(), value));
        }
    }
    Ok(sets)
}

fn check_count(count: usize, parameters: usize) -> Result<(), (String, String)> {
    if !(1..=MAX_SETS).contains(&count) {
        return Err((format!("1 to {MAX_SETS} samples"), count.to_string()));
    }
    let values = count.saturating_mul(parameters);
    if values > MAX_VALUES {
        return Err((
            format!("at most {MAX_VALUES} values in all samples"),
            values.to_string(),
        ));
    }
    Ok(())
}

/// Fisher-Yates.
pub fn shuffle<T>(items: &mut [T], rng: &mut ChaCha8Rng) {
    for i in (1..items.len()).rev() {
        items.swap(i, rng.index(i + 1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Sweep {
        ron::from_str(text).expect("a sweep")
    }

    #[test]
    fn a_grid_has_every_combination_in_order() {
        let sweep = read(r#"grid({"b": [1, "x"], "a": (from: 0.1, to: 0.3, step: 0.1)})"#);
        let sets = sweep.expand().expect("sets");
        let text: Vec<String> = sets
            .iter()
            .map(|set| {
                let pairs: Vec<_> = set.iter().map(|(n, v)| format!("{n}={v}")).collect();
                pairs.join(" ")
            })
            .collect();
        assert_eq!(
            text,
            [
                "a=0.1 b=1",
                "a=0.1 b=x",
                "a=0.2 b=1",
                "a=0.2 b=x",
                "a=0.3 b=1",
                "a=0.3 b=x"
            ]
        );
        let count = read(r#"grid({"a": (from: 5, to: 15, count: 3)})"#);
        let values: Vec<_> = count
            .expand()
            .expect("sets")
            .concat()
            .into_iter()
            .map(|p| p.1)
            .collect();
        assert_eq!(values, ["5", "10", "15"]);
        assert!(
            read(r#"grid({"a": (from: 5, to: 1, step: 1)})"#)
                .expand()
                .is_err()
        );
        assert!(read(r#"grid({"a": []})"#).expand().is_err());
    }

    #[test]
    fn a_latin_hypercube_uses_each_part_of_each_range_once() {
        let text = r#"latin_hypercube(samples: 8, seed: 3, over: {
            "a": uniform(min: 0, max: 8), "b": uniform(min: 10, max: 18)})"#;
        let sets = read(text).expand().expect("sets");
        assert_eq!(sets, read(text).expand().expect("the same again"));
        for (column, base) in [(0, 0.0), (1, 10.0)] {
            let mut parts: Vec<i64> = sets
                .iter()
                .map(|set| (set[column].1.parse::<f64>().expect("a number") - base).floor() as i64)
                .collect();
            assert_ne!(parts, (0..8).collect::<Vec<_>>(), "shuffled");
            parts.sort_unstable();
            assert_eq!(parts, (0..8).collect::<Vec<_>>());
        }
    }

    #[test]
    fn random_draws_differ_by_seed_and_a_new_parameter_leaves_the_others_alone() {
        let text = |seed, more: &str| {
            read(&format!(
                r#"random(samples: 5, seed: {seed}, over: {{"v": normal(mean: 10, sd: 2) {more}}})"#
            ))
            .expand()
            .expect("sets")
        };
        let firsts = |sets: Vec<Set>| {
            sets.into_iter()
                .map(|s| s.last().cloned())
                .collect::<Vec<_>>()
        };
        assert_ne!(text(1, ""), text(2, ""));
        assert_eq!(
            firsts(text(1, "")),
            firsts(text(1, r#", "a": integer(min: 1, max: 6)"#))
        );
    }
}
