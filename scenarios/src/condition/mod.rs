//! Triggers: groups of conditions, edges and delays.

mod by_entity;
mod by_value;
mod distance;
mod motion;
mod place;
mod state;
mod value;

pub use by_entity::{ByEntityCondition, EntityCondition};
pub use by_value::ByValueCondition;
pub use distance::{
    CoordinateSystem, DistanceCondition, Measure, RelativeDistanceCondition, RelativeDistanceType,
    TimeHeadwayCondition, TimeToCollisionCondition,
};
pub use motion::{
    AccelerationCondition, AngleCondition, Direction, RelativeAngleCondition,
    RelativeSpeedCondition, SpeedCondition, StandStillCondition, TraveledDistanceCondition,
};
pub use place::{
    CollisionCondition, EndOfRoadCondition, OffroadCondition, ReachPositionCondition,
    RelativeClearanceCondition,
};
pub use state::StoryboardElementStateCondition;
pub use value::{
    ParameterCondition, SimulationTimeCondition, TimeOfDayCondition, TrafficSignalCondition,
    TrafficSignalControllerCondition, UserDefinedValueCondition, VariableCondition,
};

use sim::input::InputError;

use crate::model::Context;
use crate::read::El;
use crate::story::{Cast, Elements};

/// `ConditionEdge`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Edge {
    None,
    Rising,
    Falling,
    RisingOrFalling,
}

/// `Trigger`: true where every condition of some group is.
#[derive(Clone, Debug, Default)]
pub struct Trigger {
    groups: Vec<Vec<Condition>>,
    /// What it yields with no groups: a start trigger fires, a stop trigger never does.
    when_empty: bool,
}

impl Trigger {
    /// Reads a `StartTrigger` or `StopTrigger`.
    ///
    /// # Errors
    /// If a condition is malformed.
    pub fn read(ctx: &Context, el: El<'_>, when_empty: bool) -> Result<Self, InputError> {
        let mut groups = Vec::new();
        for group in el.children("ConditionGroup") {
            let mut conditions = Vec::new();
            for condition in group.children("Condition") {
                conditions.push(Condition::read(ctx, condition)?);
            }
            groups.push(conditions);
        }
        Ok(Self { groups, when_empty })
    }

    /// One that always fires.
    pub fn always() -> Self {
        Self {
            groups: Vec::new(),
            when_empty: true,
        }
    }

    /// Whether it fires now. Conditions that stand behind a false one of their group are evaluated
    /// only where they have a delay, since their history matters then.
    pub fn evaluate(&mut self, cast: &Cast, elements: &Elements) -> Fired {
        if self.groups.is_empty() {
            return Fired {
                is_true: self.when_empty,
                became_true: Vec::new(),
            };
        }
        let mut fired = Fired::default();
        for group in &mut self.groups {
            let mut all = !group.is_empty();
            for condition in group {
                if all || condition.delay_s > 0.0 {
                    let before = condition.value;
                    let now = condition.evaluate(cast, elements);
                    all &= now;
                    if now && !before {
                        fired.became_true.push(condition.name.clone());
                    }
                }
            }
            fired.is_true |= all;
        }
        if fired.is_true {
            // The next execution starts without a past, so that edges are seen anew.
            for condition in self.groups.iter_mut().flatten() {
                condition.has_past = false;
            }
        }
        fired
    }

    /// Forgets what was, for another execution.
    pub fn reset(&mut self, elements: &Elements) {
        for condition in self.groups.iter_mut().flatten() {
            condition.history.clear();
            condition.seen = 0;
            condition.value = false;
            if let Kind::ByValue(ByValueCondition::State(state)) = &mut condition.kind {
                state.forget(elements);
            }
        }
    }

    /// Every condition of it.
    pub fn conditions(&self) -> impl Iterator<Item = &Condition> {
        self.groups.iter().flatten()
    }

    /// The storyboard element conditions of it, to be bound to their elements.
    pub fn state_conditions(
        &mut self,
    ) -> impl Iterator<Item = &mut StoryboardElementStateCondition> {
        self.groups
            .iter_mut()
            .flatten()
            .filter_map(|c| match &mut c.kind {
                Kind::ByValue(ByValueCondition::State(state)) => Some(state),
                _ => None,
            })
    }

    /// Entities that made its conditions true (for `selectTriggeringEntities`).
    pub fn triggering_entities(&self, cast: &Cast) -> Vec<crate::model::EntityId> {
        let mut entities = Vec::new();
        for condition in self.conditions() {
            if let Kind::ByEntity(by_entity) = &condition.kind {
                entities.extend(by_entity.triggering(cast));
            }
        }
        entities.sort_unstable();
        entities.dedup();
        entities
    }
}

/// What evaluating a trigger gave.
#[derive(Clone, Debug, Default)]
pub struct Fired {
    /// Whether the trigger fires.
    pub is_true: bool,
    /// Names of conditions that became true.
    pub became_true: Vec<String>,
}

/// `Condition`
#[derive(Clone, Debug)]
pub struct Condition {
    /// Its name.
    pub name: String,
    delay_s: f64,
    edge: Edge,
    kind: Kind,
    /// Whether it was evaluated before, so that an edge can be seen.
    has_past: bool,
    last: bool,
    value: bool,
    /// Changes of the undelayed value: time and value; `seen` of them have passed the delay.
    history: Vec<(f64, bool)>,
    seen: usize,
}

#[derive(Clone, Debug)]
enum Kind {
    ByEntity(ByEntityCondition),
    ByValue(ByValueCondition),
}

/// Times nearer than this are one.
const SAME_TIME_S: f64 = 1e-6;

impl Condition {
    fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let delay_s = el.f64_or("delay", 0.0)?;
        if delay_s < 0.0 {
            return Err(el.error("a delay of 0 or more", format!("{delay_s}")));
        }
        let edge = el.opt_word(
            "conditionEdge",
            &[
                ("none", Edge::None),
                ("rising", Edge::Rising),
                ("falling", Edge::Falling),
                ("risingOrFalling", Edge::RisingOrFalling),
            ],
        )?;
        let inner = el.choice("ByEntityCondition or ByValueCondition")?;
        let kind = match inner.name() {
            "ByEntityCondition" => Kind::ByEntity(ByEntityCondition::read(ctx, inner)?),
            "ByValueCondition" => Kind::ByValue(ByValueCondition::read(ctx, inner)?),
            other => {
                return Err(inner.error(
                    "ByEntityCondition or ByValueCondition",
                    format!("<{other}>"),
                ));
            }
        };
        Ok(Self {
            name: el.opt_text("name")?.unwrap_or_default(),
            delay_s,
            edge: edge.unwrap_or(Edge::None),
            kind,
            has_past: false,
            last: false,
            value: false,
            history: Vec::new(),
            seen: 0,
        })
    }

    fn evaluate(&mut self, cast: &Cast, elements: &Elements) -> bool {
        let now = match &mut self.kind {
            Kind::ByEntity(condition) => condition.holds(cast),
            Kind::ByValue(condition) => condition.holds(cast, elements),
        };
        let was = std::mem::replace(&mut self.last, now);
        let had_past = std::mem::replace(&mut self.has_past, true);
        let edged = match self.edge {
            Edge::None => now,
            Edge::Rising => had_past && now && !was,
            Edge::Falling => had_past && !now && was,
            Edge::RisingOrFalling => had_past && now != was,
        };
        self.value = self.delayed(cast.time_s(), edged);
        self.value
    }

    /// The value `delay_s` ago; one that held at any time since the last look counts.
    fn delayed(&mut self, time_s: f64, value: bool) -> bool {
        match self.history.last() {
            Some((at, last)) if time_s < at + SAME_TIME_S || *last == value => {}
            _ => self.history.push((time_s, value)),
        }
        if self.seen >= self.history.len() {
            return self.history.last().is_some_and(|(_, value)| *value);
        }
        let mut held = false;
        while let Some((at, value)) = self.history.get(self.seen) {
            if time_s - self.delay_s <= at - SAME_TIME_S {
                break;
            }
            held |= value;
            self.seen += 1;
        }
        held
    }

    /// The parameter condition it is, where it is one.
    pub fn parameter(&self) -> Option<&ParameterCondition> {
        match &self.kind {
            Kind::ByValue(ByValueCondition::Parameter(condition)) => Some(condition),
            _ => None,
        }
    }
}
