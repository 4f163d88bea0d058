//! Conditions on entities.

use sim::input::InputError;

use super::*;
use crate::model::EntityId;

/// `ByEntityCondition`
#[derive(Clone, Debug)]
pub struct ByEntityCondition {
    entities: Vec<EntityId>,
    /// `triggeringEntitiesRule`: all of them, else any.
    all: bool,
    condition: EntityCondition,
}

/// `EntityCondition`
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the names of the standard")]
pub enum EntityCondition {
    EndOfRoad(EndOfRoadCondition),
    Collision(CollisionCondition),
    Offroad(OffroadCondition),
    TimeHeadway(TimeHeadwayCondition),
    TimeToCollision(TimeToCollisionCondition),
    Acceleration(AccelerationCondition),
    StandStill(StandStillCondition),
    Speed(SpeedCondition),
    RelativeSpeed(RelativeSpeedCondition),
    TraveledDistance(TraveledDistanceCondition),
    ReachPosition(ReachPositionCondition),
    Distance(DistanceCondition),
    RelativeDistance(RelativeDistanceCondition),
    RelativeClearance(RelativeClearanceCondition),
    Angle(AngleCondition),
    RelativeAngle(RelativeAngleCondition),
}

impl ByEntityCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let triggering = el.need_child("TriggeringEntities")?;
        let all = triggering.word("triggeringEntitiesRule", &[("any", false), ("all", true)])?;
        let mut entities = Vec::new();
        for reference in triggering.children("EntityRef") {
            entities.extend(ctx.entities(&reference, "entityRef")?);
        }
        if entities.is_empty() {
            return Err(triggering.error("an <EntityRef>", "none"));
        }
        let inner = el
            .need_child("EntityCondition")?
            .choice("an entity condition")?;
        Ok(Self {
            entities,
            all,
            condition: EntityCondition::read(ctx, inner)?,
        })
    }

    /// Whether it holds now, for any or all of its entities.
    pub fn holds(&self, cast: &Cast) -> bool {
        let mut present = self
            .entities
            .iter()
            .filter(|id| cast.is_active(**id))
            .peekable();
        if present.peek().is_none() {
            return false;
        }
        if self.all {
            present.all(|id| self.condition.holds(cast, *id))
        } else {
            present.any(|id| self.condition.holds(cast, *id))
        }
    }

    /// The entities for which it holds now.
    pub fn triggering<'a>(&'a self, cast: &'a Cast) -> impl Iterator<Item = EntityId> + 'a {
        self.entities
            .iter()
            .copied()
            .filter(|id| cast.is_active(*id) && self.condition.holds(cast, *id))
    }
}

impl EntityCondition {
    fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(match el.name() {
            "EndOfRoadCondition" => Self::EndOfRoad(EndOfRoadCondition::read(el)?),
            "CollisionCondition" => Self::Collision(CollisionCondition::read(ctx, el)?),
            "OffroadCondition" => Self::Offroad(OffroadCondition::read(el)?),
            "TimeHeadwayCondition" => Self::TimeHeadway(TimeHeadwayCondition::read(ctx, el)?),
            "TimeToCollisionCondition" => {
                Self::TimeToCollision(TimeToCollisionCondition::read(ctx, el)?)
            }
            "AccelerationCondition" => Self::Acceleration(AccelerationCondition::read(el)?),
            "StandStillCondition" => Self::StandStill(StandStillCondition::read(el)?),
            "SpeedCondition" => Self::Speed(SpeedCondition::read(el)?),
            "RelativeSpeedCondition" => Self::RelativeSpeed(RelativeSpeedCondition::read(ctx, el)?),
            "TraveledDistanceCondition" => {
                Self::TraveledDistance(TraveledDistanceCondition::read(el)?)
            }
            "ReachPositionCondition" => Self::ReachPosition(ReachPositionCondition::read(ctx, el)?),
            "DistanceCondition" => Self::Distance(DistanceCondition::read(ctx, el)?),
            "RelativeDistanceCondition" => {
                Self::RelativeDistance(RelativeDistanceCondition::read(ctx, el)?)
            }
            "RelativeClearanceCondition" => {
                Self::RelativeClearance(RelativeClearanceCondition::read(ctx, el)?)
            }
            "AngleCondition" => Self::Angle(AngleCondition::read(el)?),
            "RelativeAngleCondition" => Self::RelativeAngle(RelativeAngleCondition::read(ctx, el)?),
            other => return Err(el.error("an entity condition", format!("<{other}>"))),
        })
    }

    fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        match self {
            Self::EndOfRoad(c) => c.holds(cast, id),
            Self::Collision(c) => c.holds(cast, id),
            Self::Offroad(c) => c.holds(cast, id),
            Self::TimeHeadway(c) => c.holds(cast, id),
            Self::TimeToCollision(c) => c.holds(cast, id),
            Self::Acceleration(c) => c.holds(cast, id),
            Self::StandStill(c) => c.holds(cast, id),
            Self::Speed(c) => c.holds(cast, id),
            Self::RelativeSpeed(c) => c.holds(cast, id),
            Self::TraveledDistance(c) => c.holds(cast, id),
            Self::ReachPosition(c) => c.holds(cast, id),
            Self::Distance(c) => c.holds(cast, id),
            Self::RelativeDistance(c) => c.holds(cast, id),
            Self::RelativeClearance(c) => c.holds(cast, id),
            Self::Angle(c) => c.holds(cast, id),
            Self::RelativeAngle(c) => c.holds(cast, id),
        }
    }
}
