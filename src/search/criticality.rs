//! How near a run came to a failure: the measure that a search goes down.

use sim::metric::{CollisionRule, Requirements};

use crate::report::sense;
use crate::run::{RunResult, RunVerdict};

/// Half of the scale of distances, metres: nearer than this counts for more.
const NEAR_M: f64 = 3.0;
/// Half of the scale of times to collision, seconds.
const SOON_S: f64 = 2.0;
/// Half of the scales of braking and of the deceleration needed, m/s².
const HARD_MPS2: f64 = 5.0;

/// Criticality of a run with a collision that it is not at fault for, at least.
const OTHERS_FAULT: f64 = 0.1;

/// What is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Measure {
    /// Everything that decides the verdict: the least margin to a bound that the run has to keep, and
    /// where it may not collide, distance, time to collision and braking.
    #[default]
    Margin,
    /// A metric of this name: the less the more critical where more of it is better, else the other way.
    Metric(String),
}

/// The criticality of a run: below 0 for a failure, else the lower the nearer to one, mostly 0 to 1.
pub fn criticality(
    measure: &Measure,
    wanted: &Requirements,
    longest_s: f64,
    result: &RunResult,
) -> f64 {
    if result.verdict != RunVerdict::Passed {
        return -1.0;
    }
    let value = |name: &str| result.metrics.get(name).and_then(|m| m.value);
    match measure {
        Measure::Metric(name) => {
            let more_is_critical = sense(name) < 0;
            match (value(name), more_is_critical) {
                (Some(value), true) => 1.0 / (1.0 + value.max(0.0)),
                (Some(value), false) => 1.0 - 1.0 / (1.0 + value.max(0.0)),
                (None, _) => 1.0,
            }
        }
        Measure::Margin => {
            let mut least: f64 = 1.0;
            for bound in &wanted.bounds {
                if bound.metric == "goal_reached" {
                    // How much of its time was left when it got there.
                    least = least.min(1.0 - result.sim_time_s / longest_s);
                }
                let Some(value) = value(&bound.metric) else {
                    continue;
                };
                let scale = |limit: f64| limit.abs().max(1e-3);
                // A bound of 0 or 1 on what is counted or true tells nothing before it is broken.
                if let Some(min) = bound.min.filter(|_| bound.metric != "goal_reached")
                    && bound.metric != "comfort"
                {
                    let over = (value - min) / scale(min);
                    least = least.min(over / (1.0 + over.abs()));
                }
                if let Some(max) = bound.max.filter(|max| *max > 0.0) {
                    least = least.min((max - value) / scale(max));
                }
            }
            if wanted.collisions != CollisionRule::Allowed {
                let is_others_fault = value("collisions").is_some_and(|n| n > 0.0);
                // One that is not the ego vehicle's fault is near to one that is, but no failure yet.
                let floor = if is_others_fault { OTHERS_FAULT } else { 0.0 };
                least = least.min(nearness(&value).max(floor));
            }
            least.max(0.0)
        }
    }
}

/// Distance, time to collision, braking and the deceleration rate to avoid a crash in one: each tells
/// something where the others stand still. The last one counts most: it alone takes gap and closing
/// speed of one moment together.
fn nearness(value: &impl Fn(&str) -> Option<f64>) -> f64 {
    let far =
        |value: Option<f64>, half: f64| value.map_or(1.0, |v| v.max(0.0) / (v.max(0.0) + half));
    let distance = far(value("min_distance_m"), NEAR_M);
    let time = far(value("min_ttc_s"), SOON_S);
    let hard = |name: &str| value(name).map_or(1.0, |a| HARD_MPS2 / (a.max(0.0) + HARD_MPS2));
    let (braking, needed) = (hard("max_decel_mps2"), hard("max_drac_mps2"));
    0.2 * distance + 0.2 * time + 0.1 * braking + 0.5 * needed
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::run::RunMetric;

    fn result(verdict: RunVerdict, metrics: &[(&str, f64)]) -> RunResult {
        let metric = |value| RunMetric {
            value: Some(value),
            unit: "1".into(),
        };
        RunResult {
            scenario: String::new(),
            driver: String::new(),
            seed: 0,
            verdict,
            reasons: Vec::new(),
            ended: String::new(),
            state_hash: String::new(),
            ticks: 0,
            sim_time_s: 5.0,
            wall_s: 0.0,
            metrics: metrics
                .iter()
                .map(|(n, v)| ((*n).to_owned(), metric(*v)))
                .collect::<BTreeMap<_, _>>(),
            warnings: Vec::new(),
            trace: None,
            record: None,
        }
    }

    #[test]
    fn nearer_is_more_critical_and_a_failure_most() {
        let wanted = Requirements::driven();
        let of = |metrics: &[(&str, f64)]| {
            let run = result(RunVerdict::Passed, metrics);
            criticality(&Measure::Margin, &wanted, 20.0, &run)
        };
        let near = of(&[("min_distance_m", 0.5), ("min_ttc_s", 1.0)]);
        let far = of(&[("min_distance_m", 20.0), ("min_ttc_s", 1.0)]);
        assert!(0.0 <= near && near < far && far < 1.0, "{near} {far}");
        // A car beside keeps the distance small; the time to collision still tells.
        assert!(of(&[("min_distance_m", 0.5), ("min_ttc_s", 0.5)]) < near);
        let failed = result(RunVerdict::Failed, &[]);
        assert_eq!(criticality(&Measure::Margin, &wanted, 20.0, &failed), -1.0);
    }

    #[test]
    fn a_harder_evasion_is_more_critical() {
        let wanted = Requirements::driven();
        let of = |drac| {
            let metrics = [
                ("min_distance_m", 5.0),
                ("min_ttc_s", 2.0),
                ("max_drac_mps2", drac),
            ];
            let run = result(RunVerdict::Passed, &metrics);
            criticality(&Measure::Margin, &wanted, 20.0, &run)
        };
        assert!(of(6.0) < of(3.0) && of(3.0) < of(0.5), "{}", of(3.0));
    }

    #[test]
    fn bounds_of_the_scenario_count_by_their_margin() {
        let mut wanted = Requirements::scripted();
        wanted.bound("max_decel_mps2", None, Some(4.0), false);
        let of = |value| {
            let run = result(RunVerdict::Passed, &[("max_decel_mps2", value)]);
            criticality(&Measure::Margin, &wanted, 20.0, &run)
        };
        assert!(of(3.9) < of(2.0) && of(3.9) > 0.0);
    }

    #[test]
    fn a_metric_is_taken_in_its_own_sense() {
        let wanted = Requirements::scripted();
        let of = |name: &str, value| {
            let run = result(RunVerdict::Passed, &[(name, value)]);
            criticality(&Measure::Metric(name.into()), &wanted, 20.0, &run)
        };
        assert!(of("min_ttc_s", 1.0) < of("min_ttc_s", 2.0));
        assert!(of("max_decel_mps2", 6.0) < of("max_decel_mps2", 2.0));
    }
}
