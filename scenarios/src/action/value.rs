//! `ParameterAction` and `VariableAction`.

use sim::input::InputError;

use super::{Action, Progress};
use crate::model::Context;
use crate::read::El;
use crate::story::Cast;

#[derive(Clone, Debug)]
enum Change {
    Set(String),
    Add(f64),
    MultiplyBy(f64),
}

/// Sets or modifies a parameter or variable.
#[derive(Clone, Debug)]
pub struct ValueAction {
    is_parameter: bool,
    reference: String,
    change: Change,
}

impl ValueAction {
    /// Reads a `ParameterAction`.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read_parameter(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        if ctx.version >= (1, 2) {
            ctx.warn(
                &el,
                "<ParameterAction> is deprecated from 1.2 on; it is carried out",
            );
        }
        Self::read(el, true, "parameterRef")
    }

    /// Reads a `VariableAction`.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read_variable(el: El<'_>) -> Result<Self, InputError> {
        Self::read(el, false, "variableRef")
    }

    fn read(el: El<'_>, is_parameter: bool, attribute: &str) -> Result<Self, InputError> {
        let reference = el.text(attribute)?;
        let inner = el.choice("SetAction or ModifyAction")?;
        let change = match inner.name() {
            "SetAction" => Change::Set(inner.text("value")?),
            "ModifyAction" => {
                let rule = inner
                    .need_child("Rule")?
                    .choice("AddValue or MultiplyByValue")?;
                match rule.name() {
                    "AddValue" => Change::Add(rule.f64("value")?),
                    "MultiplyByValue" => Change::MultiplyBy(rule.f64("value")?),
                    _ => return Err(super::unknown(&rule, "AddValue or MultiplyByValue")),
                }
            }
            _ => return Err(super::unknown(&inner, "SetAction or ModifyAction")),
        };
        Ok(Self {
            is_parameter,
            reference: reference.trim_start_matches('$').to_owned(),
            change,
        })
    }
}

impl Action for ValueAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let values = if self.is_parameter {
            &mut cast.parameters
        } else {
            &mut cast.variables
        };
        if let Some(entry) = values.get_mut(&self.reference) {
            let number = entry.value.trim().parse::<f64>().unwrap_or(0.0);
            entry.value = match &self.change {
                Change::Set(value) => value.clone(),
                Change::Add(value) => format!("{}", number + value),
                Change::MultiplyBy(value) => format!("{}", number * value),
            };
        }
        Progress::Running
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
