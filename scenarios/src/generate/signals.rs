//! Fixed-time control of traffic lights.

use bevy::prelude::*;
use sim::road::RoadNetwork;
use sim::seed::{self, Draw};
use sim::tick::Tick;
use sim::world::{SignalPhase, SignalStates};

/// Length of green, of yellow, of red for everyone and of red-yellow within it, seconds.
const GREEN_S: f64 = 12.0;
const YELLOW_S: f64 = 3.0;
const ALL_RED_S: f64 = 2.0;
const RED_YELLOW_S: f64 = 1.0;
/// All times are multiples of this, seconds.
const STEP_S: f64 = 0.5;

/// One junction: groups of signals (one a controller) that are green in turn.
#[derive(Clone, Debug, PartialEq)]
struct Plan {
    groups: Vec<Vec<String>>,
    offset_s: f64,
}

/// Durations, seconds, and the state of each signal.
pub(super) type Cycle = Vec<(f64, Vec<(String, &'static str)>)>;

fn word(phase: SignalPhase) -> &'static str {
    match phase {
        SignalPhase::Off => "off",
        SignalPhase::Red => "red",
        SignalPhase::RedYellow => "red;yellow",
        SignalPhase::Yellow => "yellow",
        SignalPhase::FlashingYellow => "yellow;flashing",
        SignalPhase::Green => "green",
    }
}

/// Fixed-time plans of all lit junctions of a map.
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct FixedTimeSignals {
    plans: Vec<Plan>,
}

impl FixedTimeSignals {
    /// Plans of every junction that has controllers; each starts somewhere in its cycle.
    pub fn new(map: &RoadNetwork, seed: u64) -> Self {
        let mut rng = seed::stream(seed, None, "generate.signals");
        let group = |id: &String| {
            let controller = map.controllers().iter().find(|c| c.id == *id)?;
            let ids = controller.signals.iter();
            Some(
                ids.filter_map(|s| Some(map.signal(*s)?.id.clone()))
                    .collect(),
            )
        };
        let mut plans = Vec::new();
        for junction in map.junctions() {
            let groups: Vec<Vec<String>> = junction.controllers.iter().filter_map(group).collect();
            if !groups.is_empty() {
                let slot = GREEN_S + YELLOW_S + ALL_RED_S;
                let cycle = slot * groups.len().max(2) as f64;
                let offset_s = (rng.uniform(0.0, cycle) / STEP_S).floor() * STEP_S;
                plans.push(Plan { groups, offset_s });
            }
        }
        Self { plans }
    }

    /// One cycle of each junction from time 0 on: how long, and what its signals show.
    pub(super) fn phases(&self) -> Vec<Cycle> {
        let mut cycles = Vec::new();
        for plan in &self.plans {
            let one = Self {
                plans: vec![plan.clone()],
            };
            let slot = GREEN_S + YELLOW_S + ALL_RED_S;
            let steps = (slot * plan.groups.len().max(2) as f64 / STEP_S).round() as usize;
            let mut cycle: Cycle = Vec::new();
            for i in 0..steps {
                let states = one.states((i as f64 + 0.5) * STEP_S);
                let shown: Vec<(String, &str)> = states
                    .0
                    .iter()
                    .map(|(id, phase)| (id.clone(), word(*phase)))
                    .collect();
                match cycle.last_mut() {
                    Some((duration, last)) if *last == shown => *duration += STEP_S,
                    _ => cycle.push((STEP_S, shown)),
                }
            }
            cycles.push(cycle);
        }
        cycles
    }

    /// The phase of every signal at a time, seconds.
    pub fn states(&self, time_s: f64) -> SignalStates {
        let slot = GREEN_S + YELLOW_S + ALL_RED_S;
        let mut states = SignalStates::default();
        for plan in &self.plans {
            // A junction with one group has a slot of red too, for who crosses on foot.
            let cycle = slot * plan.groups.len().max(2) as f64;
            let now = (time_s + plan.offset_s).rem_euclid(cycle);
            for (i, group) in plan.groups.iter().enumerate() {
                let since = (now - slot * i as f64).rem_euclid(cycle);
                let phase = if since < GREEN_S {
                    SignalPhase::Green
                } else if since < GREEN_S + YELLOW_S {
                    SignalPhase::Yellow
                } else if since >= cycle - RED_YELLOW_S {
                    SignalPhase::RedYellow
                } else {
                    SignalPhase::Red
                };
                for id in group {
                    states.0.insert(id.clone(), phase);
                }
            }
        }
        states
    }
}

/// Shows the phases of the state that this tick makes.
pub(super) fn switch(tick: Res<Tick>, plans: Res<FixedTimeSignals>, mut out: ResMut<SignalStates>) {
    let next_s = (tick.index + 1) as f64 * tick.dt_s;
    out.0.extend(plans.states(next_s).0);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::generate::{MapKind, map};
    use sim::input::Limits;
    use std::path::Path;

    #[test]
    fn crossing_groups_are_never_green_together() {
        let mut lit = 0;
        for seed in 0..5 {
            let text = map(MapKind::Town, seed);
            let limits = Limits::default();
            let network = RoadNetwork::from_xml_text(Path::new("town"), text, &limits);
            let signals = FixedTimeSignals::new(&network.expect("it loads"), seed);
            for tick in 0..400 {
                let states = signals.states(f64::from(tick) * 0.25);
                for plan in &signals.plans {
                    let goes = |id: &String| {
                        matches!(states.phase(id), SignalPhase::Green | SignalPhase::Yellow)
                    };
                    let open = plan.groups.iter().filter(|g| g.iter().any(goes)).count();
                    assert!(open <= 1);
                    lit += open;
                }
            }
        }
        assert!(lit > 0);
    }
}
