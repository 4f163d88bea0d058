//! How a random parameter value is spread.

use serde::Deserialize;
use statrs::distribution::{ContinuousCDF, Normal};

use super::{Value, number};

/// A distribution; every draw is one number in [0, 1) put through its quantile function.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Spread {
    /// Evenly.
    Uniform {
        /// Least value.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// Evenly in the logarithm.
    LogUniform {
        /// Least value, above 0.
        min: f64,
        /// Largest value.
        max: f64,
    },
    /// Normal, cut off at the bounds where they are given.
    Normal {
        /// Mean.
        mean: f64,
        /// Standard deviation.
        sd: f64,
        /// Least value.
        #[serde(default)]
        min: Option<f64>,
        /// Largest value.
        #[serde(default)]
        max: Option<f64>,
    },
    /// Whole numbers, evenly.
    Integer {
        /// Least value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// Any of these, evenly.
    Choice(Vec<Value>),
}

/// A drawn value to six digits: more say nothing, and make rows hard to read.
fn drawn(value: f64) -> String {
    number(format!("{value:.5e}").parse().unwrap_or(value))
}

impl Spread {
    /// Whether its bounds make sense.
    ///
    /// # Errors
    /// What was found instead.
    pub fn check(&self) -> Result<(), String> {
        let finite = |values: &[f64]| values.iter().all(|v| v.is_finite());
        let is_fine = match self {
            Self::Uniform { min, max } => finite(&[*min, *max]) && min <= max,
            Self::LogUniform { min, max } => finite(&[*min, *max]) && 0.0 < *min && min <= max,
            Self::Normal { mean, sd, min, max } => {
                let low = min.unwrap_or(f64::MIN);
                let high = max.unwrap_or(f64::MAX);
                finite(&[*mean, *sd, low, high]) && *sd > 0.0 && low < high
            }
            Self::Integer { min, max } => min <= max,
            Self::Choice(values) => !values.is_empty(),
        };
        if is_fine {
            return Ok(());
        }
        Err(format!("{self:?}"))
    }

    /// The value below which the part `p` (0 to 1) of all draws lies.
    pub fn at(&self, p: f64) -> String {
        let part = |count: usize| ((p * count as f64) as usize).min(count.saturating_sub(1));
        match self {
            Self::Uniform { min, max } => drawn(min + (max - min) * p),
            Self::LogUniform { min, max } => {
                let (low, high) = (sim::math::ln(*min), sim::math::ln(*max));
                drawn(sim::math::exp(low + (high - low) * p))
            }
            Self::Normal { mean, sd, min, max } => {
                let Ok(normal) = Normal::new(*mean, *sd) else {
                    return number(*mean);
                };
                let low = min.map_or(0.0, |v| normal.cdf(v));
                let high = max.map_or(1.0, |v| normal.cdf(v));
                // Within (0, 1), whose ends lie at infinity.
                let p = (low + (high - low) * p).clamp(1e-12, 1.0 - 1e-12);
                let value = normal.inverse_cdf(p);
                drawn(value.clamp(min.unwrap_or(f64::MIN), max.unwrap_or(f64::MAX)))
            }
            Self::Integer { min, max } => {
                let count = max.saturating_sub(*min).saturating_add(1);
                (min.saturating_add(((p * count as f64) as i64).min(count - 1))).to_string()
            }
            Self::Choice(values) => values
                .get(part(values.len()))
                .map(Value::text)
                .unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(spread: &Spread, p: f64) -> f64 {
        spread.at(p).parse().expect("a number")
    }

    #[test]
    fn quantiles_are_those_of_the_distribution() {
        let normal = |min, max| Spread::Normal {
            mean: 10.0,
            sd: 2.0,
            min,
            max,
        };
        assert!((at(&normal(None, None), 0.5) - 10.0).abs() < 1e-6);
        // 97.5 % lie below 1.96 standard deviations.
        assert!((at(&normal(None, None), 0.975) - 13.92).abs() < 1e-3);
        let cut = normal(Some(9.0), Some(11.0));
        assert!(at(&cut, 0.0) >= 9.0 && at(&cut, 1.0) <= 11.0);
        let log = Spread::LogUniform {
            min: 1.0,
            max: 100.0,
        };
        assert!((at(&log, 0.5) - 10.0).abs() < 1e-9);
        let dice = Spread::Integer { min: 1, max: 6 };
        assert_eq!((dice.at(0.0), dice.at(0.999)), ("1".into(), "6".into()));
        let choice = Spread::Choice(vec![Value::Text("dry".into()), Value::Text("wet".into())]);
        assert_eq!(
            (choice.at(0.4), choice.at(0.6)),
            ("dry".into(), "wet".into())
        );
    }

    #[test]
    fn bounds_that_make_no_sense_are_refused() {
        for wrong in [
            Spread::Uniform { min: 1.0, max: 0.0 },
            Spread::LogUniform { min: 0.0, max: 1.0 },
            Spread::Integer { min: 2, max: 1 },
            Spread::Choice(Vec::new()),
            Spread::Normal {
                mean: 0.0,
                sd: f64::NAN,
                min: None,
                max: None,
            },
        ] {
            assert!(wrong.check().is_err(), "{wrong:?}");
        }
    }
}
