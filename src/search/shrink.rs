//! Shrinking: a failing set of values is brought as near to the nominal one as it still fails for the same
//! reason, and the passing neighbour beyond the boundary is told.
//!
//! Parameters that the failure does not need go back to nominal first (as delta debugging does: Zeller and
//! Hildebrandt 2002, "Simplifying and isolating failure-inducing input"); each of the others is then halved
//! towards nominal until it stands at the boundary.

use std::collections::BTreeMap;

use super::{Evaluate, Evaluation, Range};
use crate::report::head;

/// How near the boundary is brought, in parts of a range.
const TOLERANCE: f64 = 1e-3;
/// Rounds over all parameters; what one gives up may let another go further.
const ROUNDS: usize = 4;

/// What is shrunk.
pub struct Shrinking<'a> {
    /// The parameters.
    pub ranges: &'a [Range],
    /// Values that pass, and towards which is shrunk.
    pub nominal: Vec<f64>,
    /// Values that fail.
    pub failing: Vec<f64>,
    /// Runs one set of values.
    pub evaluate: &'a Evaluate<'a>,
}

/// A failure at the boundary.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    /// Values that fail.
    pub failing: Vec<f64>,
    /// How they fail.
    pub evaluation: Evaluation,
    /// The values that pass and differ from the failing ones in one parameter, by a thousandth of its range
    /// (or one, for whole numbers).
    pub passing: Vec<f64>,
    /// Parameters that differ from nominal, by number.
    pub needed: Vec<usize>,
    /// Runs that it took.
    pub runs: usize,
}

struct State<'a> {
    job: Shrinking<'a>,
    reasons: Vec<String>,
    known: BTreeMap<Vec<u64>, Evaluation>,
}

impl State<'_> {
    fn evaluation(&mut self, values: &[f64]) -> Evaluation {
        let evaluate = self.job.evaluate;
        self.known
            .entry(super::log::key(values))
            .or_insert_with(|| evaluate(values))
            .clone()
    }

    /// Whether these values fail for the reasons that the first ones failed for.
    fn fails(&mut self, values: &[f64]) -> bool {
        let evaluation = self.evaluation(values);
        evaluation.is_failure() && heads(&evaluation.reasons) == self.reasons
    }
}

fn heads(reasons: &[String]) -> Vec<String> {
    let mut heads: Vec<String> = reasons.iter().map(|r| head(r).to_owned()).collect();
    heads.sort();
    heads.dedup();
    heads
}

fn with(values: &[f64], index: usize, value: f64) -> Vec<f64> {
    let mut values = values.to_vec();
    if let Some(slot) = values.get_mut(index) {
        *slot = value;
    }
    values
}

/// Shrinks a failure.
///
/// # Errors
/// If the failing values pass, or the nominal ones fail.
pub fn shrink(job: Shrinking<'_>) -> Result<Shrunk, String> {
    let mut state = State {
        reasons: Vec::new(),
        known: BTreeMap::new(),
        job,
    };
    let mut at = state.job.failing.clone();
    let nominal = state.job.nominal.clone();
    let first = state.evaluation(&at);
    if !first.is_failure() {
        return Err("these values pass: there is nothing to shrink".into());
    }
    state.reasons = heads(&first.reasons);
    let usual = state.evaluation(&nominal);
    if usual.is_failure() {
        return Err(format!(
            "the nominal values fail already: {}",
            usual.reasons.join("; ")
        ));
    }
    let mut passing = None;
    for _ in 0..ROUNDS {
        let before = at.clone();
        for (index, value) in nominal.iter().enumerate() {
            let back = with(&at, index, *value);
            if back != at && state.fails(&back) {
                at = back;
            }
        }
        for index in 0..at.len() {
            if let Some(neighbour) = halve(&mut state, &mut at, index, &nominal) {
                passing = Some(neighbour);
            }
        }
        if at == before {
            break;
        }
    }
    // The last parameter that was halved may have moved before another one did: the neighbour is the one
    // of a parameter that is not nominal, looked for once more at the final place.
    let needed: Vec<usize> = (0..at.len())
        .filter(|i| at.get(*i) != nominal.get(*i))
        .collect();
    for index in &needed {
        if let Some(neighbour) = halve(&mut state, &mut at, *index, &nominal) {
            passing = Some(neighbour);
        }
    }
    let evaluation = state.evaluation(&at);
    Ok(Shrunk {
        passing: passing.ok_or("no boundary was found between nominal and failing values")?,
        evaluation,
        needed,
        failing: at,
        runs: state.known.len(),
    })
}

/// Brings one value to the boundary; the passing values beyond it.
fn halve(
    state: &mut State<'_>,
    at: &mut Vec<f64>,
    index: usize,
    nominal: &[f64],
) -> Option<Vec<f64>> {
    let range = state.job.ranges.get(index)?.clone();
    let (mut bad, mut good) = (*at.get(index)?, *nominal.get(index)?);
    let least = if range.is_integer {
        1.0
    } else {
        (range.max - range.min) * TOLERANCE
    };
    if bad == good {
        return None;
    }
    while (bad - good).abs() > least * (1.0 + 1e-9) {
        let middle = range.round((bad + good) / 2.0);
        if middle == bad || middle == good {
            break;
        }
        if state.fails(&with(at, index, middle)) {
            bad = middle;
        } else {
            good = middle;
        }
    }
    *at = with(at, index, bad);
    let neighbour = with(at, index, good);
    // With another reason it fails as well: no boundary between failing and passing.
    (!state.evaluation(&neighbour).is_failure()).then_some(neighbour)
}

#[cfg(test)]
mod tests {
    use super::*;
    use runner::suite::Ending;

    fn ranges() -> Vec<Range> {
        let real = |name| Range::new(name, 0.0, 10.0, false).expect("a range");
        let whole = Range::new("n", 0.0, 10.0, true).expect("a range");
        vec![real("a"), real("b"), real("idle"), whole]
    }

    /// Fails where a is above 6 and the whole number is 3 or more.
    fn corner(values: &[f64]) -> Evaluation {
        let is_failure = values[0] > 6.0 && values[3] >= 3.0;
        Evaluation {
            ending: if is_failure {
                Ending::Failed
            } else {
                Ending::Passed
            },
            criticality: 1.0,
            reasons: vec![format!("collision: at {} s", values[0])],
        }
    }

    #[test]
    fn a_failure_keeps_only_what_it_needs_and_stands_at_the_boundary() {
        let shrunk = shrink(Shrinking {
            ranges: &ranges(),
            nominal: vec![1.0, 5.0, 5.0, 0.0],
            failing: vec![9.0, 8.0, 2.0, 7.0],
            evaluate: &corner,
        })
        .expect("shrunk");
        assert_eq!(shrunk.needed, [0, 3]);
        let [a, b, idle, n] = shrunk.failing[..] else {
            panic!("four values")
        };
        assert!(a > 6.0 && a < 6.02, "{a}");
        assert_eq!((b, idle, n), (5.0, 5.0, 3.0));
        assert!(corner(&shrunk.failing).is_failure());
        assert!(!corner(&shrunk.passing).is_failure());
        let moved: Vec<_> = (0..4)
            .filter(|i| shrunk.passing[*i] != shrunk.failing[*i])
            .collect();
        assert_eq!(moved.len(), 1);
        assert!(shrunk.runs < 60, "{}", shrunk.runs);
    }

    #[test]
    fn what_passes_or_has_a_failing_nominal_is_refused() {
        let with = |nominal: [f64; 4], failing: [f64; 4]| {
            shrink(Shrinking {
                ranges: &ranges(),
                nominal: nominal.to_vec(),
                failing: failing.to_vec(),
                evaluate: &corner,
            })
        };
        assert!(with([1.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]).is_err());
        assert!(with([9.0, 0.0, 0.0, 9.0], [8.0, 0.0, 0.0, 9.0]).is_err());
    }
}
