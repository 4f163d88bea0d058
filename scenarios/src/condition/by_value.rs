//! Conditions on values.

use sim::input::InputError;

use super::*;

/// `ByValueCondition`
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names of the standard")]
pub enum ByValueCondition {
    Parameter(ParameterCondition),
    TimeOfDay(TimeOfDayCondition),
    SimulationTime(SimulationTimeCondition),
    State(StoryboardElementStateCondition),
    UserDefinedValue(UserDefinedValueCondition),
    TrafficSignal(TrafficSignalCondition),
    TrafficSignalController(TrafficSignalControllerCondition),
    Variable(VariableCondition),
}

impl ByValueCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let el = el.choice("a value condition")?;
        Ok(match el.name() {
            "ParameterCondition" => Self::Parameter(ParameterCondition::read(el)?),
            "TimeOfDayCondition" => Self::TimeOfDay(TimeOfDayCondition::read(el)?),
            "SimulationTimeCondition" => Self::SimulationTime(SimulationTimeCondition::read(el)?),
            "StoryboardElementStateCondition" => {
                Self::State(StoryboardElementStateCondition::read(el)?)
            }
            "UserDefinedValueCondition" => {
                ctx.warn(
                    &el,
                    "<UserDefinedValueCondition> has no source of values and stays false",
                );
                Self::UserDefinedValue(UserDefinedValueCondition::read(el)?)
            }
            "TrafficSignalCondition" => Self::TrafficSignal(TrafficSignalCondition::read(el)?),
            "TrafficSignalControllerCondition" => {
                Self::TrafficSignalController(TrafficSignalControllerCondition::read(el)?)
            }
            "VariableCondition" => Self::Variable(VariableCondition::read(el)?),
            other => return Err(el.error("a value condition", format!("<{other}>"))),
        })
    }

    /// Whether it holds now.
    pub fn holds(&mut self, cast: &Cast, elements: &Elements) -> bool {
        match self {
            Self::Parameter(c) => c.holds(cast),
            Self::TimeOfDay(c) => c.holds(cast),
            Self::SimulationTime(c) => c.holds(cast),
            Self::State(c) => c.holds(elements),
            Self::UserDefinedValue(c) => c.holds(cast),
            Self::TrafficSignal(c) => c.holds(cast),
            Self::TrafficSignalController(c) => c.holds(cast),
            Self::Variable(c) => c.holds(cast),
        }
    }
}
