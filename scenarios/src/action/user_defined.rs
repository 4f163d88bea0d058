//! `CustomCommandAction` and `SetMonitorAction`.

use sim::input::InputError;

use super::{Action, Progress};
use crate::change::{COMMAND, Change};
use crate::model::Context;
use crate::read::El;
use crate::story::Cast;

/// `CustomCommandAction`: kept for whoever runs the world.
#[derive(Clone, Debug)]
pub struct CustomCommandAction {
    kind: String,
    content: String,
}

impl CustomCommandAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let kind = el.text("type")?;
        let content = el.node.node.text().unwrap_or_default().trim().to_owned();
        if kind == COMMAND {
            let change = Change::read(&content).map_err(|e| {
                el.error("a change such as Speed(actor: \"Ego\", speed_mps: 8.0)", e)
            })?;
            if let Some(driver) = change.driver() {
                ctx.note_driver(driver);
            }
        } else {
            ctx.warn(&el, "<CustomCommandAction> is noted; no command is run");
        }
        Ok(Self { kind, content })
    }
}

impl Action for CustomCommandAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        cast.commands
            .push((self.kind.clone(), self.content.clone()));
        Progress::Done
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `SetMonitorAction`: a monitor is a boolean variable that only tools read.
#[derive(Clone, Debug)]
pub struct SetMonitorAction {
    monitor: String,
    value: bool,
}

impl SetMonitorAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(_: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            monitor: el.text("monitorRef")?,
            value: el.bool_or("value", true)?,
        })
    }
}

impl Action for SetMonitorAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let parameter = crate::read::Parameter {
            kind: crate::read::ParameterType::Boolean,
            value: self.value.to_string(),
        };
        cast.user_values.insert(self.monitor.clone(), parameter);
        Progress::Done
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
