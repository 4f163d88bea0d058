//! `TrafficSignalStateAction` and `TrafficSignalControllerAction`.

use sim::input::InputError;

use super::{Action, Progress};
use crate::read::El;
use crate::story::Cast;

/// Reads an `InfrastructureAction`.
///
/// # Errors
/// If it is malformed.
pub fn read(el: El<'_>) -> Result<Box<dyn Action>, InputError> {
    let inner = el
        .need_child("TrafficSignalAction")?
        .choice("a traffic signal action")?;
    match inner.name() {
        "TrafficSignalStateAction" => Ok(Box::new(TrafficSignalStateAction {
            name: inner.text("name")?,
            state: inner.text("state")?,
        })),
        "TrafficSignalControllerAction" => Ok(Box::new(TrafficSignalControllerAction {
            controller: inner.text("trafficSignalControllerRef")?,
            phase: inner.text("phase")?,
        })),
        _ => Err(super::unknown(
            &inner,
            "TrafficSignalStateAction or TrafficSignalControllerAction",
        )),
    }
}

/// `TrafficSignalStateAction`
#[derive(Clone, Debug)]
pub struct TrafficSignalStateAction {
    name: String,
    state: String,
}

impl Action for TrafficSignalStateAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        cast.signals.set_state(&self.name, &self.state);
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `TrafficSignalControllerAction`
#[derive(Clone, Debug)]
pub struct TrafficSignalControllerAction {
    controller: String,
    phase: String,
}

impl Action for TrafficSignalControllerAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let now_s = cast.time_s();
        cast.signals.set_phase(&self.controller, &self.phase, now_s);
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
