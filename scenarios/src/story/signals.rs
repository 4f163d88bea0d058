//! Traffic signals as the story switches them.

use std::collections::BTreeMap;

use crate::model::TrafficSignalController;

/// Controllers in their phases, and the state of every signal.
#[derive(Clone, Debug, Default)]
pub struct SignalRun {
    controllers: Vec<ControllerRun>,
    states: BTreeMap<String, String>,
    changed: bool,
}

#[derive(Clone, Debug)]
struct ControllerRun {
    definition: TrafficSignalController,
    /// Time at which the first phase started, seconds.
    start_s: f64,
    phase: Option<usize>,
}

impl SignalRun {
    /// Controllers that start at time 0, or a delay after the one they refer to.
    pub fn new(definitions: &[TrafficSignalController]) -> Self {
        let start = |controller: &TrafficSignalController| {
            let (mut at, mut next) = (0.0, Some(controller));
            for _ in 0..=definitions.len() {
                let Some(c) = next else { break };
                at += c.delay_s;
                next = c
                    .reference
                    .as_ref()
                    .and_then(|r| definitions.iter().find(|d| d.name == *r));
            }
            at
        };
        let controllers = definitions
            .iter()
            .map(|d| ControllerRun {
                definition: d.clone(),
                start_s: start(d),
                phase: None,
            })
            .collect();
        Self {
            controllers,
            ..Self::default()
        }
    }

    /// Brings every controller into its phase of a time.
    pub fn advance(&mut self, time_s: f64) {
        for controller in &mut self.controllers {
            let phases = &controller.definition.phases;
            let cycle_s: f64 = phases.iter().map(|p| p.duration_s).sum();
            if time_s < controller.start_s || phases.is_empty() {
                continue;
            }
            let mut rest = if cycle_s > 0.0 {
                (time_s - controller.start_s + 1e-9) % cycle_s
            } else {
                0.0
            };
            let mut now = phases.len() - 1;
            for (i, phase) in phases.iter().enumerate() {
                if rest < phase.duration_s || cycle_s == 0.0 {
                    now = i;
                    break;
                }
                rest -= phase.duration_s;
            }
            if controller.phase != Some(now) {
                controller.phase = Some(now);
                for (signal, state) in &phases[now].states {
                    self.states.insert(signal.clone(), state.clone());
                }
                self.changed = true;
            }
        }
    }

    /// Puts a controller into a phase at a time; whether both exist.
    pub fn set_phase(&mut self, controller: &str, phase: &str, time_s: f64) -> bool {
        let Some(run) = self
            .controllers
            .iter_mut()
            .find(|c| c.definition.name == controller)
        else {
            return false;
        };
        let phases = &run.definition.phases;
        let Some(at) = phases.iter().position(|p| p.name == phase) else {
            return false;
        };
        let before_s: f64 = phases[..at].iter().map(|p| p.duration_s).sum();
        run.start_s = time_s - before_s;
        run.phase = None;
        self.advance(time_s);
        true
    }

    /// Switches one signal.
    pub fn set_state(&mut self, signal: &str, state: &str) {
        self.states.insert(signal.to_owned(), state.to_owned());
        self.changed = true;
    }

    /// State of a signal.
    pub fn state(&self, signal: &str) -> Option<&str> {
        self.states.get(signal).map(String::as_str)
    }

    /// Phase of a controller.
    pub fn phase(&self, controller: &str) -> Option<&str> {
        let run = self
            .controllers
            .iter()
            .find(|c| c.definition.name == controller)?;
        run.phase.map(|i| run.definition.phases[i].name.as_str())
    }

    /// All states, where one changed since the last call.
    pub fn take_changed(&mut self) -> Option<&BTreeMap<String, String>> {
        std::mem::take(&mut self.changed).then_some(&self.states)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Phase;

    #[test]
    fn phases_repeat_and_delays_add_up() {
        let phase = |name: &str, duration_s: f64, state: &str| Phase {
            name: name.into(),
            duration_s,
            states: vec![("s".into(), state.into())],
            group_state: None,
        };
        let controller = TrafficSignalController {
            name: "c".into(),
            delay_s: 1.0,
            reference: None,
            phases: vec![phase("go", 2.0, "green"), phase("stop", 3.0, "red")],
        };
        let mut run = SignalRun::new(&[controller]);
        let mut at = |t: f64| {
            run.advance(t);
            run.state("s").map(str::to_owned)
        };
        assert_eq!(at(0.5), None);
        assert_eq!(at(1.0).as_deref(), Some("green"));
        assert_eq!(at(3.5).as_deref(), Some("red"));
        assert_eq!(at(6.5).as_deref(), Some("green"));
        assert!(run.set_phase("c", "stop", 7.0));
        assert_eq!(run.state("s"), Some("red"));
        assert_eq!(run.phase("c"), Some("stop"));
    }
}
