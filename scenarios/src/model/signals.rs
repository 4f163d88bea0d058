//! Traffic signal controllers of the `RoadNetwork`.

use sim::input::InputError;

use crate::read::El;

/// `Phase`
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// Its name.
    pub name: String,
    /// Seconds.
    pub duration_s: f64,
    /// Signal id and state of each signal.
    pub states: Vec<(String, String)>,
    /// `TrafficSignalGroupState`, where given.
    pub group_state: Option<String>,
}

/// `TrafficSignalController`
#[derive(Clone, Debug, PartialEq)]
pub struct TrafficSignalController {
    /// Its name.
    pub name: String,
    /// Seconds after the referenced controller's start.
    pub delay_s: f64,
    /// Controller that the delay counts from.
    pub reference: Option<String>,
    /// In order; they repeat.
    pub phases: Vec<Phase>,
}

impl TrafficSignalController {
    /// Reads the `TrafficSignals` of a `RoadNetwork`.
    ///
    /// # Errors
    /// If one is malformed, a phase lasts less than nothing, or a reference is to none.
    pub fn read_all(road_network: El<'_>) -> Result<Vec<Self>, InputError> {
        let mut controllers = Vec::new();
        let Some(signals) = road_network.child("TrafficSignals") else {
            return Ok(controllers);
        };
        for el in signals.children("TrafficSignalController") {
            let mut phases = Vec::new();
            for phase in el.children("Phase") {
                let duration_s = phase.f64("duration")?;
                if duration_s < 0.0 {
                    return Err(phase.error("a duration of 0 or more", format!("{duration_s}")));
                }
                let mut states = Vec::new();
                for state in phase.children("TrafficSignalState") {
                    states.push((state.text("trafficSignalId")?, state.text("state")?));
                }
                let group = phase.child("TrafficSignalGroupState");
                phases.push(Phase {
                    name: phase.text("name")?,
                    duration_s,
                    states,
                    group_state: group.map(|g| g.text("state")).transpose()?,
                });
            }
            controllers.push(Self {
                name: el.text("name")?,
                delay_s: el.f64_or("delay", 0.0)?,
                reference: el.opt_text("reference")?,
                phases,
            });
        }
        for (el, controller) in signals
            .children("TrafficSignalController")
            .zip(&controllers)
        {
            if let Some(reference) = &controller.reference
                && !controllers.iter().any(|c| c.name == *reference)
            {
                return Err(el.error(
                    "the name of a traffic signal controller",
                    format!("{reference:?}"),
                ));
            }
        }
        Ok(controllers)
    }
}
