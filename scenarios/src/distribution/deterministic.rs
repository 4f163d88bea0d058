//! Deterministic distributions: lists of values, combined.

use sim::input::InputError;

use super::{Assignment, is_at, number_text, parameter_name, read_range};
use crate::model::Warning;
use crate::read::{El, rules};

/// The alternatives of one distribution; each sets one parameter or several together.
pub(super) type Factor = Vec<Assignment>;

/// Values of one range at most.
const MAX_VALUES: f64 = 1e6;
/// Share of a step by which rounding may put the last value beyond the limit.
const STEP_TOLERANCE: f64 = 1e-9;

/// Reads `Deterministic`.
///
/// # Errors
/// If it is malformed.
pub(super) fn read(el: El<'_>, warnings: &mut Vec<Warning>) -> Result<Vec<Factor>, InputError> {
    let mut factors = Vec::new();
    for distribution in el.elements() {
        match distribution.name() {
            "DeterministicSingleParameterDistribution" => {
                let name = parameter_name(distribution, "parameterName")?;
                let inner = distribution.choice("a distribution")?;
                if inner.name() == "UserDefinedDistribution" {
                    let kind = inner.text("type")?;
                    warnings.push(is_at(
                        &inner,
                        format!("<UserDefinedDistribution> {kind:?} is not known; {name} keeps its value"),
                    ));
                    continue;
                }
                let values = read_single(inner)?;
                factors.push(
                    values
                        .into_iter()
                        .map(|v| vec![(name.clone(), v)])
                        .collect(),
                );
            }
            "DeterministicMultiParameterDistribution" => {
                let sets = distribution.need_child("ValueSetDistribution")?;
                let mut factor = Factor::new();
                for set in sets.children("ParameterValueSet") {
                    let mut values = Assignment::new();
                    for assignment in set.children("ParameterAssignment") {
                        values.push((
                            parameter_name(assignment, "parameterRef")?,
                            assignment.text("value")?,
                        ));
                    }
                    factor.push(values);
                }
                if factor.is_empty() {
                    return Err(sets
                        .error("a <ParameterValueSet>", "none")
                        .breaks(rules::SCHEMA));
                }
                factors.push(factor);
            }
            other => {
                let error =
                    distribution.error("a deterministic distribution", format!("<{other}>"));
                return Err(error.breaks(rules::SCHEMA));
            }
        }
    }
    Ok(factors)
}

fn read_single(el: El<'_>) -> Result<Vec<String>, InputError> {
    match el.name() {
        "DistributionSet" => {
            let mut values = Vec::new();
            for element in el.children("Element") {
                values.push(element.text("value")?);
            }
            if values.is_empty() {
                return Err(el.error("an <Element>", "none").breaks(rules::SCHEMA));
            }
            Ok(values)
        }
        "DistributionRange" => {
            let step = el.f64("stepWidth")?;
            let (low, high) = read_range(el.need_child("Range")?)?;
            if step <= 0.0 {
                let error = el.error("a stepWidth above 0", format!("{step}"));
                return Err(error.breaks(rules::RANGE));
            }
            let steps = ((high - low) / step + STEP_TOLERANCE).floor();
            if steps >= MAX_VALUES {
                return Err(el.error(format!("at most {MAX_VALUES} values"), format!("{steps}")));
            }
            // Both limits belong to the range, the upper one where the steps meet it.
            Ok((0..=steps as usize)
                .map(|i| number_text(low + i as f64 * step))
                .collect())
        }
        other => {
            let error = el.error(
                "DistributionSet, DistributionRange or UserDefinedDistribution",
                format!("<{other}>"),
            );
            Err(error.breaks(rules::SCHEMA))
        }
    }
}

/// How many combinations there are; `None` where the number overflows.
pub(super) fn count(factors: &[Factor]) -> Option<usize> {
    factors
        .iter()
        .try_fold(1usize, |product, factor| product.checked_mul(factor.len()))
}

/// The combination of a number below [`count`]; a parameter that two factors set has the value of the
/// later one.
pub(super) fn combination(factors: &[Factor], index: usize) -> Assignment {
    let mut rest = index;
    let mut chosen: Vec<&Assignment> = Vec::with_capacity(factors.len());
    for factor in factors.iter().rev() {
        let length = factor.len().max(1);
        chosen.extend(factor.get(rest % length));
        rest /= length;
    }
    let mut values = Assignment::new();
    for (name, value) in chosen.into_iter().rev().flatten() {
        match values.iter_mut().find(|(known, _)| known == name) {
            Some(slot) => slot.1.clone_from(value),
            None => values.push((name.clone(), value.clone())),
        }
    }
    values
}
