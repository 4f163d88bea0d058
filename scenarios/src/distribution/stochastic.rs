//! Stochastic distributions: seeded draws.

use rand_chacha::ChaCha8Rng;
use sim::input::InputError;
use sim::math;
use sim::seed::{Draw, stream};

use super::{Assignment, is_at, number_text, parameter_name, read_range};
use crate::model::Warning;
use crate::read::{El, rules};

/// `Stochastic`
pub(super) struct Stochastic {
    /// `numberOfTestRuns`
    pub(super) runs: usize,
    /// `randomSeed`, as text; part of every stream's name.
    seed: String,
    /// Parameter and distribution, in order.
    parts: Vec<(String, Distribution)>,
}

/// Where values come from.
#[derive(Clone, Debug, PartialEq)]
enum Distribution {
    /// Values with their weights.
    Set(Vec<(String, f64)>),
    /// Standard deviation and mean.
    Normal {
        mean: f64,
        sigma: f64,
        range: Option<(f64, f64)>,
    },
    /// Mean and standard deviation of the logarithm.
    LogNormal {
        mean: f64,
        sigma: f64,
        range: Option<(f64, f64)>,
    },
    Uniform(f64, f64),
    Poisson {
        mean: f64,
        range: Option<(f64, f64)>,
    },
    /// Ranges with their weights.
    Histogram(Vec<((f64, f64), f64)>),
}

/// Draws of one value until one falls into its range.
const MAX_TRIES: u32 = 100_000;
/// Largest mean of a Poisson distribution.
const MAX_POISSON_MEAN: f64 = 1e5;

impl Stochastic {
    /// Reads `Stochastic`.
    ///
    /// # Errors
    /// If it is malformed or a moment or weight lies outside its range.
    pub(super) fn read(el: El<'_>, warnings: &mut Vec<Warning>) -> Result<Self, InputError> {
        let runs = el.i64("numberOfTestRuns")?;
        let runs = usize::try_from(runs).map_err(|_| {
            el.error("a numberOfTestRuns of 0 or more", format!("{runs}"))
                .breaks(rules::RANGE)
        })?;
        let seed = el.opt_f64("randomSeed")?;
        let mut parts = Vec::new();
        for part in el.children("StochasticDistribution") {
            let name = parameter_name(part, "parameterName")?;
            let inner = part.choice("a distribution")?;
            if inner.name() == "UserDefinedDistribution" {
                let kind = inner.text("type")?;
                warnings.push(is_at(
                    &inner,
                    format!(
                        "<UserDefinedDistribution> {kind:?} is not known; {name} keeps its value"
                    ),
                ));
                continue;
            }
            parts.push((name, Distribution::read(inner)?));
        }
        Ok(Self {
            runs,
            seed: seed.map(|s| format!("{s}")).unwrap_or_default(),
            parts,
        })
    }

    /// The values of a run. Each parameter has its own stream, so that another distribution in the file
    /// leaves its draws alone.
    ///
    /// # Errors
    /// If no draw falls into its range.
    pub(super) fn draw(&self, seed: u64, run: usize) -> Result<Assignment, String> {
        let mut values = Assignment::new();
        for (name, distribution) in &self.parts {
            let purpose = format!("distribution {} {name} {run}", self.seed);
            let mut rng = stream(seed, None, &purpose);
            let value = distribution
                .draw(&mut rng)
                .ok_or_else(|| format!("{name}: no draw within its range in {MAX_TRIES}"))?;
            values.push((name.clone(), value));
        }
        Ok(values)
    }
}

impl Distribution {
    fn read(el: El<'_>) -> Result<Self, InputError> {
        let range = el.child("Range").map(read_range).transpose()?;
        let positive = |name: &str| -> Result<f64, InputError> {
            let value = el.f64(name)?;
            if value > 0.0 {
                return Ok(value);
            }
            let error = el.error(
                format!("{name} above 0 in <{}>", el.name()),
                format!("{value}"),
            );
            Err(error.breaks(rules::RANGE))
        };
        Ok(match el.name() {
            "ProbabilityDistributionSet" => {
                let mut values = Vec::new();
                for element in el.children("Element") {
                    values.push((element.text("value")?, read_weight(element)?));
                }
                check_weights(el, values.iter().map(|v| v.1))?;
                Self::Set(values)
            }
            "Histogram" => {
                let mut bins = Vec::new();
                for bin in el.children("Bin") {
                    bins.push((read_range(bin.need_child("Range")?)?, read_weight(bin)?));
                }
                check_weights(el, bins.iter().map(|b| b.1))?;
                Self::Histogram(bins)
            }
            "UniformDistribution" => {
                let (low, high) = match range {
                    Some(range) => range,
                    None => read_range(el.need_child("Range")?)?,
                };
                Self::Uniform(low, high)
            }
            "NormalDistribution" => Self::Normal {
                mean: el.f64("expectedValue")?,
                sigma: positive("variance")?.sqrt(),
                range,
            },
            "LogNormalDistribution" => {
                // The two moments are those of the value itself, not of its logarithm.
                let (mean, variance) = (positive("expectedValue")?, positive("variance")?);
                let log_variance = math::ln(1.0 + variance / (mean * mean));
                Self::LogNormal {
                    mean: math::ln(mean) - log_variance / 2.0,
                    sigma: log_variance.sqrt(),
                    range,
                }
            }
            "PoissonDistribution" => {
                let mean = positive("expectedValue")?;
                if mean > MAX_POISSON_MEAN {
                    let expected = format!("an expectedValue of at most {MAX_POISSON_MEAN}");
                    return Err(el.error(expected, format!("{mean}")).breaks(rules::RANGE));
                }
                Self::Poisson { mean, range }
            }
            other => {
                let error = el.error("a stochastic distribution", format!("<{other}>"));
                return Err(error.breaks(rules::SCHEMA));
            }
        })
    }

    /// A value as text; `None` where no draw falls into the range.
    fn draw(&self, rng: &mut ChaCha8Rng) -> Option<String> {
        let number = match self {
            Self::Set(values) => {
                let chosen = choose(rng, values.iter().map(|v| v.1))?;
                return values.get(chosen).map(|v| v.0.clone());
            }
            Self::Histogram(bins) => {
                let chosen = choose(rng, bins.iter().map(|b| b.1))?;
                let ((low, high), _) = bins.get(chosen)?;
                rng.uniform(*low, *high)
            }
            Self::Uniform(low, high) => rng.uniform(*low, *high),
            Self::Normal { mean, sigma, range } => within(*range, || mean + rng.normal(*sigma))?,
            Self::LogNormal { mean, sigma, range } => {
                within(*range, || math::exp(mean + rng.normal(*sigma)))?
            }
            Self::Poisson { mean, range } => within(*range, || poisson(rng, *mean))?,
        };
        number.is_finite().then(|| number_text(number))
    }
}

fn read_weight(el: El<'_>) -> Result<f64, InputError> {
    let weight = el.f64("weight")?;
    if weight < 0.0 {
        let error = el.error("a weight of 0 or more", format!("{weight}"));
        return Err(error.breaks(rules::RANGE));
    }
    Ok(weight)
}

fn check_weights(el: El<'_>, weights: impl Iterator<Item = f64>) -> Result<(), InputError> {
    if weights.sum::<f64>() > 0.0 {
        return Ok(());
    }
    let error = el.error("weights whose sum is above 0", "none");
    Err(error.breaks(rules::RANGE))
}

/// Draws until one lies in the range, whose upper limit is not part of it.
fn within(range: Option<(f64, f64)>, mut draw: impl FnMut() -> f64) -> Option<f64> {
    let Some((low, high)) = range else {
        return Some(draw());
    };
    (0..MAX_TRIES)
        .map(|_| draw())
        .find(|v| (low..high).contains(v) || (low == high && *v == low))
}

/// An index by weight.
fn choose(rng: &mut ChaCha8Rng, weights: impl Iterator<Item = f64> + Clone) -> Option<usize> {
    let total: f64 = weights.clone().sum();
    let mut left = rng.unit() * total;
    let mut last = None;
    for (index, weight) in weights.enumerate().filter(|(_, w)| *w > 0.0) {
        last = Some(index);
        if left < weight {
            break;
        }
        left -= weight;
    }
    last
}

/// By inversion, in parts whose probability of 0 does not underflow.
fn poisson(rng: &mut ChaCha8Rng, mean: f64) -> f64 {
    const PART: f64 = 500.0;
    let parts = (mean / PART).ceil().max(1.0);
    let part_mean = mean / parts;
    let mut sum = 0.0;
    for _ in 0..parts as u32 {
        let (mut count, mut chance) = (0.0, math::exp(-part_mean));
        let mut left = rng.unit();
        while left >= chance && count < 10.0 * PART {
            left -= chance;
            count += 1.0;
            chance *= part_mean / count;
        }
        sum += count;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(distribution: &Distribution) -> (f64, f64) {
        let mut rng = stream(3, None, "moments");
        let n = 20_000;
        let draws: Vec<f64> = (0..n)
            .map(|_| {
                let text = distribution.draw(&mut rng).expect("a draw");
                text.parse().expect("a number")
            })
            .collect();
        let mean = draws.iter().sum::<f64>() / f64::from(n);
        let variance = draws.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / f64::from(n);
        (mean, variance)
    }

    #[test]
    fn draws_have_the_moments_of_their_distribution() {
        let log_variance = math::ln(1.0 + 4.0 / 25.0);
        let near = |a: f64, b: f64, by: f64| (a - b).abs() < by;
        for (distribution, mean, variance) in [
            (Distribution::Uniform(2.0, 5.0), 3.5, 0.75),
            (
                Distribution::Normal {
                    mean: -1.0,
                    sigma: 2.0,
                    range: None,
                },
                -1.0,
                4.0,
            ),
            (
                Distribution::LogNormal {
                    mean: math::ln(5.0) - log_variance / 2.0,
                    sigma: log_variance.sqrt(),
                    range: None,
                },
                5.0,
                4.0,
            ),
            (
                Distribution::Poisson {
                    mean: 4.0,
                    range: None,
                },
                4.0,
                4.0,
            ),
            (
                Distribution::Poisson {
                    mean: 1200.0,
                    range: None,
                },
                1200.0,
                1200.0,
            ),
            (
                Distribution::Histogram(vec![((0.0, 2.0), 1.0), ((2.0, 4.0), 3.0)]),
                2.5,
                13.0 / 12.0,
            ),
        ] {
            let (m, v) = moments(&distribution);
            let spread = f64::sqrt(variance);
            assert!(near(m, mean, 0.04 * spread), "{distribution:?}: mean {m}");
            assert!(
                near(v, variance, 0.08 * variance),
                "{distribution:?}: variance {v}"
            );
        }
    }

    #[test]
    fn draws_stay_in_their_range_and_impossible_ones_are_none() {
        let mut rng = stream(1, None, "range");
        let normal = Distribution::Normal {
            mean: 0.0,
            sigma: 1.0,
            range: Some((0.5, 1.0)),
        };
        for _ in 0..200 {
            let drawn = normal.draw(&mut rng).expect("a draw");
            let value: f64 = drawn.parse().expect("a number");
            assert!((0.5..1.0).contains(&value));
        }
        let far = Distribution::Normal {
            mean: 0.0,
            sigma: 1.0,
            range: Some((50.0, 51.0)),
        };
        assert_eq!(far.draw(&mut rng), None);
    }

    #[test]
    fn weights_are_kept_and_zero_is_never_drawn() {
        let set = Distribution::Set(vec![
            ("a".into(), 1.0),
            ("b".into(), 0.0),
            ("c".into(), 3.0),
        ]);
        let mut rng = stream(1, None, "weights");
        let draws: Vec<String> = (0..4000).filter_map(|_| set.draw(&mut rng)).collect();
        let share = |of: &str| draws.iter().filter(|d| *d == of).count() as f64 / 4000.0;
        assert!((share("c") - 0.75).abs() < 0.03 && share("b") == 0.0);
    }
}
