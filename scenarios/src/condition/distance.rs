//! Conditions on distances and the times that follow from them.

use sim::input::InputError;

use crate::model::{Context, EntityId, Position};
use crate::read::{El, Rule};
use crate::story::{Cast, Target};

/// `CoordinateSystem`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CoordinateSystem {
    /// The entity's own axes.
    #[default]
    Entity,
    /// Along the lane; measured along the road, as lanes run beside one another.
    Lane,
    /// Along the road's reference line.
    Road,
    /// Along the trajectory that is followed.
    Trajectory,
    /// The world's axes.
    World,
}

impl CoordinateSystem {
    /// Words of the standard.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("entity", Self::Entity),
        ("lane", Self::Lane),
        ("road", Self::Road),
        ("trajectory", Self::Trajectory),
        ("world", Self::World),
    ];
}

/// `RelativeDistanceType`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RelativeDistanceType {
    /// Across.
    Lateral,
    /// Along.
    Longitudinal,
    /// Straight.
    #[default]
    Euclidian,
}

impl RelativeDistanceType {
    const WORDS: [(&'static str, Self); 4] = [
        ("lateral", Self::Lateral),
        ("longitudinal", Self::Longitudinal),
        ("euclidianDistance", Self::Euclidian),
        ("cartesianDistance", Self::Euclidian),
    ];
}

/// How a distance is measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Measure {
    /// Along which axes.
    pub system: CoordinateSystem,
    /// Which part.
    pub part: RelativeDistanceType,
    /// Between bounding boxes, else between reference points.
    pub freespace: bool,
}

impl Measure {
    fn read(el: El<'_>) -> Result<Self, InputError> {
        let system = el.opt_word("coordinateSystem", &CoordinateSystem::WORDS)?;
        let part = el.opt_word("relativeDistanceType", &RelativeDistanceType::WORDS)?;
        // `alongRoute` of 1.0 is the road's system from 1.1 on.
        let along_route = system.is_none() && part.is_none() && el.bool_or("alongRoute", false)?;
        Ok(Self {
            system: match system {
                Some(system) => system,
                None if along_route => CoordinateSystem::Road,
                None => CoordinateSystem::Entity,
            },
            part: part.unwrap_or_default(),
            freespace: el.bool_or("freespace", false)?,
        })
    }
}

/// `DistanceCondition`
#[derive(Clone, Debug)]
pub struct DistanceCondition {
    position: Position,
    measure: Measure,
    value_m: f64,
    rule: Rule,
}

impl DistanceCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            position: Position::read(ctx, el.need_child("Position")?)?,
            measure: Measure::read(el)?,
            value_m: el.f64("value")?,
            rule: Rule::parse(&el)?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        let Some(place) = cast.resolve(&self.position, id) else {
            return false;
        };
        let distance = cast.distance(id, Target::Place(&place), self.measure);
        self.rule
            .holds(distance.map_or(f64::INFINITY, f64::abs), self.value_m)
    }
}

/// `RelativeDistanceCondition`
#[derive(Clone, Debug)]
pub struct RelativeDistanceCondition {
    entity: EntityId,
    measure: Measure,
    value_m: f64,
    rule: Rule,
}

impl RelativeDistanceCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            entity: ctx.entity(&el, "entityRef")?,
            measure: Measure::read(el)?,
            value_m: el.f64("value")?,
            rule: Rule::parse(&el)?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        if !cast.is_active(self.entity) {
            return false;
        }
        let distance = cast.distance(id, Target::Entity(self.entity), self.measure);
        self.rule
            .holds(distance.map_or(f64::INFINITY, f64::abs), self.value_m)
    }
}

/// Slower than this counts as standing, m/s.
const STANDING_MPS: f64 = 1e-6;

/// `TimeHeadwayCondition`
#[derive(Clone, Debug)]
pub struct TimeHeadwayCondition {
    entity: EntityId,
    measure: Measure,
    value_s: f64,
    rule: Rule,
}

impl TimeHeadwayCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            entity: ctx.entity(&el, "entityRef")?,
            measure: Measure::read(el)?,
            value_s: el.f64("value")?,
            rule: Rule::parse(&el)?,
        })
    }

    /// Whether it holds now for an entity: never where the other is behind, or where the entity
    /// stands or reverses, since there is no headway then.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        let Some(actor) = cast.actor(id) else {
            return false;
        };
        if !cast.is_active(self.entity) {
            return false;
        }
        let distance = cast
            .distance(id, Target::Entity(self.entity), self.measure)
            .unwrap_or(crate::read::UNLIMITED);
        if distance < 0.0 || actor.speed_mps < STANDING_MPS {
            return false;
        }
        self.rule.holds(distance / actor.speed_mps, self.value_s)
    }
}

/// `TimeToCollisionCondition`
#[derive(Clone, Debug)]
pub struct TimeToCollisionCondition {
    target: TtcTarget,
    measure: Measure,
    value_s: f64,
    rule: Rule,
}

#[derive(Clone, Debug)]
enum TtcTarget {
    Entity(EntityId),
    Position(Position),
}

impl TimeToCollisionCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let target = el
            .need_child("TimeToCollisionConditionTarget")?
            .choice("a target")?;
        Ok(Self {
            target: match target.name() {
                "Position" => TtcTarget::Position(Position::read(ctx, target)?),
                "EntityRef" => TtcTarget::Entity(ctx.entity(&target, "entityRef")?),
                other => return Err(target.error("Position or EntityRef", format!("<{other}>"))),
            },
            measure: Measure::read(el)?,
            value_s: el.f64("value")?,
            rule: Rule::parse(&el)?,
        })
    }

    /// Whether it holds now for an entity: never where the two do not close in.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        self.time_to_collision_s(cast, id)
            .is_some_and(|ttc| self.rule.holds(ttc, self.value_s))
    }

    fn time_to_collision_s(&self, cast: &Cast, id: EntityId) -> Option<f64> {
        let actor = cast.actor(id)?;
        let (distance, closing_mps) = match &self.target {
            TtcTarget::Position(position) => {
                let place = cast.resolve(position, id)?;
                (
                    cast.distance(id, Target::Place(&place), self.measure),
                    actor.speed_mps,
                )
            }
            TtcTarget::Entity(other_id) => {
                let other = cast.actor(*other_id).filter(|a| a.active)?;
                let [ox, oy, _] = other.velocity_mps;
                let speed = (ox * ox + oy * oy).sqrt();
                let closing_mps = if speed < STANDING_MPS {
                    actor.speed_mps
                } else {
                    // Speed of the entity along the other's direction of motion.
                    let [x, y, _] = actor.velocity_mps;
                    let along = (x * ox + y * oy) / speed;
                    let sign = |v: f64| if v < 0.0 { -1.0 } else { 1.0 };
                    sign(actor.speed_mps) * sign(along) * (along - other.speed_mps.abs())
                };
                (
                    cast.distance(id, Target::Entity(*other_id), self.measure),
                    closing_mps,
                )
            }
        };
        let distance = distance.unwrap_or(crate::read::UNLIMITED);
        if distance.abs() < STANDING_MPS || closing_mps.abs() < STANDING_MPS {
            return None;
        }
        Some(distance / closing_mps).filter(|ttc| *ttc >= 0.0)
    }
}
