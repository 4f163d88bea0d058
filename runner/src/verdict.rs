//! From what was measured to the verdict of a run.

use sim::message::DriverSpec;
use sim::metric::{self, MetricValue, Outcome, Requirements, Verdict};
use sim::record::EventLog;
use sim::world::SimWorld;

use crate::{RunError, RunOptions, RunVerdict};

/// Name of the condition by which a scenario says that its goal, short of the route's end, is met.
const GOAL_CONDITION: &str = "the goal is reached";
const GOAL_METRIC: &str = "goal_reached";

/// What a scenario and its driver have to meet. A driven ego must not collide by its fault, leave the
/// road, run a red light or drive against the traffic; a scripted one does what its script says, and
/// fails only by the bounds that are asked for. The options' profile comes before what the scenario asks
/// for, their single requirements after it.
///
/// # Errors
/// If what can't be measured is asked for.
pub(crate) fn requirements(
    options: &RunOptions,
    asked: &scenarios::Requirements,
) -> Result<Requirements, RunError> {
    let is_driven = options.driver != DriverSpec::Scripted;
    let mut wanted = if is_driven {
        Requirements::driven()
    } else {
        Requirements::scripted()
    };
    if let Some(profile) = options.profile {
        profile.apply(&mut wanted);
    }
    if is_driven {
        for (name, value) in &asked.criteria {
            wanted.criterion(name, *value);
        }
    }
    let asked = asked.require.iter().map(|r| ("skidpad.require.", r));
    let given = options.require.iter().map(|r| ("--require ", r));
    for (origin, (name, value)) in asked.chain(given) {
        // On rails the ego has no route whose end it could miss.
        if is_driven || name != GOAL_METRIC {
            wanted
                .require(name, value)
                .map_err(|e| RunError::Usage(format!("{origin}{e}")))?;
        }
    }
    Ok(wanted)
}

/// The verdict on a run that has ended.
pub(crate) fn verdict(world: &SimWorld, wanted: &Requirements) -> Verdict {
    let Some(ego) = metric::watched(world) else {
        return metric::verdict(world, sim::actor::ActorId(0), &Requirements::scripted());
    };
    let log = world.ecs.resource::<EventLog>();
    let is_goal_met = log
        .rows()
        .iter()
        .any(|row| row.element.contains(GOAL_CONDITION));
    if !is_goal_met {
        return metric::verdict(world, ego, wanted);
    }
    let mut wanted = wanted.clone();
    wanted.bounds.retain(|bound| bound.metric != GOAL_METRIC);
    let mut verdict = metric::verdict(world, ego, &wanted);
    let reached = MetricValue {
        value: 1.0,
        unit: "1".to_owned(),
        valid: true,
    };
    verdict.metrics.insert(GOAL_METRIC.to_owned(), reached);
    verdict
}

impl From<Outcome> for RunVerdict {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Passed => Self::Passed,
            Outcome::Failed => Self::Failed,
            Outcome::Fault => Self::Fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(require: &[(&str, &str)]) -> scenarios::Requirements {
        scenarios::Requirements {
            require: require
                .iter()
                .map(|(n, v)| ((*n).to_owned(), (*v).to_owned()))
                .collect(),
            ..Default::default()
        }
    }

    fn options(driver: DriverSpec) -> RunOptions {
        RunOptions::new("scenario.xosc", driver)
    }

    #[test]
    fn a_scenario_s_wishes_are_taken_or_refused() {
        let wish = asked(&[(GOAL_METRIC, "true"), ("min_ttc_s", "0.5")]);
        let driven = requirements(&options(DriverSpec::Idm), &wish).expect("known");
        assert!(driven.bounds.iter().any(|b| b.metric == GOAL_METRIC));
        let scripted = requirements(&options(DriverSpec::Scripted), &wish).expect("known");
        assert!(scripted.bounds.iter().all(|b| b.metric == "min_ttc_s"));
        for (name, value) in [("charm", "1"), ("max_decel_mps2", "soft")] {
            let refused = requirements(&options(DriverSpec::Idm), &asked(&[(name, value)]));
            assert_eq!(refused.expect_err("refused").exit_code(), 2);
        }
    }

    #[test]
    fn a_profile_comes_before_the_scenario_and_the_command_line_after_it() {
        let wish = asked(&[("min_euro_ncap_score", "0.5"), ("min_ttc_s", "0.5")]);
        let mut options = options(DriverSpec::Idm);
        options.profile = Some(sim::metric::Profile::EuroNcap);
        options.require = vec![("min_ttc_s".into(), "1.5".into())];
        let wanted = requirements(&options, &wish).expect("known");
        let least = |name: &str| {
            let mut bounds = wanted.bounds.iter();
            bounds.find(|b| b.metric == name).and_then(|b| b.min)
        };
        assert_eq!(least("euro_ncap_score"), Some(0.5));
        assert_eq!(least("min_ttc_s"), Some(1.5));
        assert_eq!(wanted.collisions, sim::metric::CollisionRule::Allowed);
        options.require = vec![("charm".into(), "1".into())];
        let refused = requirements(&options, &wish).expect_err("refused");
        assert!(refused.to_string().contains("--require"), "{refused}");
    }
}
