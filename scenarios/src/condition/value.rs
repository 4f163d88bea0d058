//! Conditions on time, parameters, variables and signals.

use sim::input::InputError;

use crate::read::{El, Rule};
use crate::story::Cast;

/// `SimulationTimeCondition`
#[derive(Clone, Debug)]
pub struct SimulationTimeCondition {
    value_s: f64,
    rule: Rule,
}

impl SimulationTimeCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            value_s: el.f64("value")?,
            rule: Rule::parse(&el)?,
        })
    }

    /// Whether it holds now.
    pub fn holds(&self, cast: &Cast) -> bool {
        self.rule.holds(cast.time_s(), self.value_s)
    }
}

/// `TimeOfDayCondition`; time of day runs with the simulation where the scenario sets it.
#[derive(Clone, Debug)]
pub struct TimeOfDayCondition {
    date_time_s: f64,
    rule: Rule,
}

impl TimeOfDayCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            date_time_s: crate::story::date_time_s(&el, "dateTime")?,
            rule: Rule::parse(&el)?,
        })
    }

    /// Whether it holds now.
    pub fn holds(&self, cast: &Cast) -> bool {
        cast.date_time_s()
            .is_some_and(|now| self.rule.holds(now, self.date_time_s))
    }
}

macro_rules! named_value_condition {
    ($(#[$doc:meta])* $name:ident, $reference:literal, $values:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            /// Name of what is compared.
            pub reference: String,
            value: String,
            rule: Rule,
        }

        impl $name {
            /// Reads the element.
            ///
            /// # Errors
            /// If it is malformed.
            pub fn read(el: El<'_>) -> Result<Self, InputError> {
                Ok(Self {
                    reference: el.text($reference)?.trim_start_matches('$').to_owned(),
                    value: el.text("value")?,
                    rule: Rule::parse(&el)?,
                })
            }

            /// What it is compared with.
            pub fn value(&self) -> &str {
                &self.value
            }

            /// Whether it holds now; never for a name that is not declared.
            pub fn holds(&self, cast: &Cast) -> bool {
                cast.$values
                    .get(&self.reference)
                    .is_some_and(|p| p.compare(self.rule, &self.value))
            }
        }
    };
}

named_value_condition!(
    /// `ParameterCondition`
    ParameterCondition, "parameterRef", parameters);
named_value_condition!(
    /// `VariableCondition`
    VariableCondition, "variableRef", variables);
named_value_condition!(
    /// `UserDefinedValueCondition`
    UserDefinedValueCondition, "name", user_values);

/// `TrafficSignalCondition`
#[derive(Clone, Debug)]
pub struct TrafficSignalCondition {
    name: String,
    state: String,
}

impl TrafficSignalCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            name: el.text("name")?,
            state: el.text("state")?,
        })
    }

    /// Whether it holds now.
    pub fn holds(&self, cast: &Cast) -> bool {
        cast.signals.state(&self.name) == Some(self.state.as_str())
    }
}

/// `TrafficSignalControllerCondition`
#[derive(Clone, Debug)]
pub struct TrafficSignalControllerCondition {
    /// The controller.
    pub controller: String,
    phase: String,
}

impl TrafficSignalControllerCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            controller: el.text("trafficSignalControllerRef")?,
            phase: el.text("phase")?,
        })
    }

    /// Whether it holds now.
    pub fn holds(&self, cast: &Cast) -> bool {
        cast.signals.phase(&self.controller) == Some(self.phase.as_str())
    }
}
