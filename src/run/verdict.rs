//! From what was measured to a verdict.

use scenarios::Requirements;
use sim::message::DriverSpec;
use sim::metric::EgoLog;
use sim::record::EventLog;
use sim::world::{Episode, SimWorld};

use super::RunVerdict;

/// Name of the condition by which a scenario says that its goal, short of the route's end, is met.
const GOAL_CONDITION: &str = "the goal is reached";

/// Time off the road that fails a driven run, seconds.
const OFF_ROAD_S: f64 = 0.5;

/// The verdict and its reasons. A driven ego must not collide by its fault nor leave the road; a
/// scripted one does what its script says, and fails only what the scenario asks for.
pub(super) fn verdict(
    world: &SimWorld,
    driver: DriverSpec,
    asked: &Requirements,
) -> (RunVerdict, Vec<String>) {
    let mut reasons = Vec::new();
    if let Some(fault) = &world.ecs.resource::<Episode>().fault {
        return (RunVerdict::Fault, vec![fault.to_string()]);
    }
    let Some(log) = world.ecs.get_resource::<EgoLog>() else {
        return (RunVerdict::Passed, reasons);
    };
    let is_driven = driver != DriverSpec::Scripted;
    if is_driven {
        for other in log.at_fault_with() {
            reasons.push(format!("ran into {other}"));
        }
        if log.off_road_s() > OFF_ROAD_S {
            reasons.push(format!("off the road for {:.1} s", log.off_road_s()));
        }
        let is_goal_met = world
            .ecs
            .resource::<EventLog>()
            .rows()
            .iter()
            .any(|row| row.element.contains(GOAL_CONDITION));
        let is_reached = is_goal_met || log.is_goal_reached() == Some(true);
        if asked.requires("goal_reached") && !is_reached {
            reasons.push("did not reach the goal".to_owned());
        }
    }
    let values = log.values();
    for (name, text) in &asked.require {
        let (metric, is_least) = match (name.strip_prefix("min_"), name.strip_prefix("max_")) {
            (Some(rest), _) => (rest, true),
            (_, Some(rest)) => (rest, false),
            _ => continue,
        };
        let metric = metric
            .trim_end_matches("_s")
            .trim_end_matches("_mps2")
            .trim_end_matches("_mps");
        let found = [
            metric.to_owned(),
            format!("min_{metric}"),
            format!("max_{metric}"),
        ]
        .iter()
        .find_map(|name| values.get(name.as_str()).copied());
        let Some((value, unit)) = found else {
            reasons.push(format!(
                "the scenario asks for {name}, which is not measured"
            ));
            continue;
        };
        let Ok(bound) = text.trim().parse::<f64>() else {
            reasons.push(format!(
                "the scenario asks for {name} = {text:?}, which is not a number"
            ));
            continue;
        };
        if value.is_some_and(|v| if is_least { v < bound } else { v > bound }) {
            let value = value.unwrap_or_default();
            reasons.push(format!("{name} is {value:.2} {unit}, asked for {bound}"));
        }
    }
    let verdict = if reasons.is_empty() {
        RunVerdict::Passed
    } else {
        RunVerdict::Failed
    };
    (verdict, reasons)
}
