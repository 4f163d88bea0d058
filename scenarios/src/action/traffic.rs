//! `TrafficAction`: read, but no traffic is made of it yet.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::Context;
use crate::read::El;
use crate::story::Cast;

/// `TrafficSourceAction`, `TrafficSinkAction`, `TrafficSwarmAction`, `TrafficAreaAction` or
/// `TrafficStopAction`
#[derive(Clone, Debug)]
pub struct TrafficAction;

impl TrafficAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it holds no traffic action.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let inner = el.choice("a traffic action")?;
        let known = [
            "TrafficSourceAction",
            "TrafficSinkAction",
            "TrafficSwarmAction",
            "TrafficAreaAction",
            "TrafficStopAction",
        ];
        if !known.contains(&inner.name()) {
            return Err(super::unknown(&inner, "a traffic action"));
        }
        ctx.warn(&inner, format!("<{}> makes no traffic yet", inner.name()));
        Ok(Self)
    }
}

impl Action for TrafficAction {
    fn start(&mut self, _: &mut Cast) -> Progress {
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
