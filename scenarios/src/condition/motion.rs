//! Conditions on the motion of an entity.

use sim::input::InputError;
use sim::math;

use crate::condition::CoordinateSystem;
use crate::model::{Context, EntityId};
use crate::read::{El, Rule};
use crate::story::{Cast, Player};

/// `DirectionalDimension`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Along x of the frame.
    Longitudinal,
    /// Along y.
    Lateral,
    /// Along z.
    Vertical,
}

impl Direction {
    fn read(el: El<'_>) -> Result<Option<Self>, InputError> {
        el.opt_word(
            "direction",
            &[
                ("longitudinal", Self::Longitudinal),
                ("lateral", Self::Lateral),
                ("vertical", Self::Vertical),
            ],
        )
    }

    /// That part of a world vector, in the frame of an actor.
    fn part(self, vector: [f64; 3], frame: &Player) -> f64 {
        let yaw = frame.place.pose().yaw_rad;
        let (c, s) = (math::cos(yaw), math::sin(yaw));
        match self {
            Self::Longitudinal => vector[0] * c + vector[1] * s,
            Self::Lateral => vector[1] * c - vector[0] * s,
            Self::Vertical => vector[2],
        }
    }
}

/// `SpeedCondition`
#[derive(Clone, Debug)]
pub struct SpeedCondition {
    value_mps: f64,
    rule: Rule,
    direction: Option<Direction>,
}

impl SpeedCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            value_mps: el.f64("value")?,
            rule: Rule::parse(&el)?,
            direction: Direction::read(el)?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        cast.actor(id).is_some_and(|a| {
            let speed = self
                .direction
                .map_or(a.speed_mps, |d| d.part(a.velocity_mps, a));
            self.rule.holds(speed, self.value_mps)
        })
    }
}

/// `RelativeSpeedCondition`: speed of the entity less that of the reference, in the reference's frame.
#[derive(Clone, Debug)]
pub struct RelativeSpeedCondition {
    entity: EntityId,
    value_mps: f64,
    rule: Rule,
    direction: Option<Direction>,
}

impl RelativeSpeedCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            entity: ctx.entity(&el, "entityRef")?,
            value_mps: el.f64("value")?,
            rule: Rule::parse(&el)?,
            direction: Direction::read(el)?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        let (Some(a), Some(reference)) = (cast.actor(id), cast.actor(self.entity)) else {
            return false;
        };
        let difference = match self.direction {
            Some(d) => {
                d.part(a.velocity_mps, reference) - d.part(reference.velocity_mps, reference)
            }
            None => a.speed_mps - reference.speed_mps,
        };
        reference.active && self.rule.holds(difference, self.value_mps)
    }
}

/// `AccelerationCondition`
#[derive(Clone, Debug)]
pub struct AccelerationCondition {
    value_mps2: f64,
    rule: Rule,
    direction: Option<Direction>,
}

impl AccelerationCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            value_mps2: el.f64("value")?,
            rule: Rule::parse(&el)?,
            direction: Direction::read(el)?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        cast.actor(id).is_some_and(|a| {
            let [x, y, z] = a.acceleration_mps2;
            let value = self.direction.map_or_else(
                || (x * x + y * y + z * z).sqrt(),
                |d| d.part(a.acceleration_mps2, a),
            );
            self.rule.holds(value, self.value_mps2)
        })
    }
}

/// `StandStillCondition`
#[derive(Clone, Debug)]
pub struct StandStillCondition {
    duration_s: f64,
}

impl StandStillCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            duration_s: el.f64("duration")?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        cast.actor(id)
            .and_then(|a| a.standing_since_s)
            .is_some_and(|since| cast.time_s() - since > self.duration_s)
    }
}

/// `TraveledDistanceCondition`
#[derive(Clone, Debug)]
pub struct TraveledDistanceCondition {
    value_m: f64,
}

impl TraveledDistanceCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            value_m: el.f64("value")?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        cast.actor(id).is_some_and(|a| a.odometer_m >= self.value_m)
    }
}

#[derive(Clone, Copy, Debug)]
enum AngleType {
    Heading,
    Pitch,
    Roll,
}

#[derive(Clone, Debug)]
struct Angle {
    kind: AngleType,
    angle_rad: f64,
    tolerance_rad: f64,
    system: Option<CoordinateSystem>,
}

impl Angle {
    fn read(el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            kind: el.word(
                "angleType",
                &[
                    ("heading", AngleType::Heading),
                    ("pitch", AngleType::Pitch),
                    ("roll", AngleType::Roll),
                ],
            )?,
            angle_rad: el.f64("angle")?,
            tolerance_rad: el.f64("angleTolerance")?,
            system: el.opt_word("coordinateSystem", &CoordinateSystem::WORDS)?,
        })
    }

    /// The angle of an actor in the condition's frame.
    fn of(&self, actor: &Player) -> f64 {
        let (pose, place) = (actor.place.pose(), &actor.place);
        let on_road = matches!(
            self.system,
            Some(CoordinateSystem::Lane | CoordinateSystem::Road)
        );
        match self.kind {
            AngleType::Heading if on_road => pose.yaw_rad - place.driving_heading(),
            AngleType::Heading => pose.yaw_rad,
            AngleType::Pitch => pose.pitch_rad,
            AngleType::Roll => pose.roll_rad,
        }
    }

    fn is_near(&self, value_rad: f64) -> bool {
        math::wrap_angle(value_rad - self.angle_rad).abs() <= self.tolerance_rad
    }
}

/// `AngleCondition`
#[derive(Clone, Debug)]
pub struct AngleCondition(Angle);

impl AngleCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        Angle::read(el).map(Self)
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        cast.actor(id).is_some_and(|a| self.0.is_near(self.0.of(a)))
    }
}

/// `RelativeAngleCondition`
#[derive(Clone, Debug)]
pub struct RelativeAngleCondition {
    entity: EntityId,
    angle: Angle,
}

impl RelativeAngleCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            entity: ctx.entity(&el, "entityRef")?,
            angle: Angle::read(el)?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        let (Some(a), Some(reference)) = (cast.actor(id), cast.actor(self.entity)) else {
            return false;
        };
        self.angle
            .is_near(self.angle.of(a) - self.angle.of(reference))
    }
}
