//! Conditions on where an entity is and what is about it.

use sim::input::InputError;
use sim::math;

use crate::model::{Context, EntityId, EntityKind, Position};
use crate::read::El;
use crate::story::Cast;

macro_rules! lasting_condition {
    ($(#[$doc:meta])* $name:ident, $since:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name {
            duration_s: f64,
        }

        impl $name {
            /// Reads the element.
            ///
            /// # Errors
            /// If it is malformed.
            pub fn read(el: El<'_>) -> Result<Self, InputError> {
                Ok(Self { duration_s: el.f64("duration")? })
            }

            /// Whether it holds now for an entity.
            pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
                cast.actor(id)
                    .and_then(|a| a.$since)
                    .is_some_and(|since| cast.time_s() - since > self.duration_s)
            }
        }
    };
}

lasting_condition!(
    /// `EndOfRoadCondition`
    EndOfRoadCondition, end_of_road_since_s);
lasting_condition!(
    /// `OffroadCondition`
    OffroadCondition, off_road_since_s);

/// `CollisionCondition`
#[derive(Clone, Debug)]
pub enum CollisionCondition {
    /// With an entity.
    Entity(EntityId),
    /// With any entity of a kind.
    ByType(EntityKind),
}

impl CollisionCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let target = el.choice("EntityRef or ByType")?;
        match target.name() {
            "EntityRef" => ctx.entity(&target, "entityRef").map(Self::Entity),
            "ByType" => target.word("type", &EntityKind::WORDS).map(Self::ByType),
            other => Err(target.error("EntityRef or ByType", format!("<{other}>"))),
        }
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        match self {
            Self::Entity(other) => cast.is_active(*other) && cast.collide(id, *other),
            Self::ByType(kind) => cast.ids().any(|other| {
                other != id && cast.kind(other) == Some(*kind) && cast.collide(id, other)
            }),
        }
    }
}

/// `ReachPositionCondition`
#[derive(Clone, Debug)]
pub struct ReachPositionCondition {
    position: Position,
    tolerance_m: f64,
}

/// Angle within which a given orientation counts as reached, radians.
const ANGLE_TOLERANCE_RAD: f64 = 0.05;

impl ReachPositionCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        Ok(Self {
            position: Position::read(ctx, el.need_child("Position")?)?,
            tolerance_m: el.f64("tolerance")?,
        })
    }

    /// Whether it holds now for an entity.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        let (Some(actor), Some(place)) = (cast.actor(id), cast.resolve(&self.position, id)) else {
            return false;
        };
        let (here, there) = (actor.place.pose(), place.pose());
        let is_world = matches!(self.position, Position::World { .. });
        let turned = |a: f64, b: f64| math::wrap_angle(a - b).abs() >= ANGLE_TOLERANCE_RAD;
        let is_oriented = is_world
            || !self.position.orientation().is_given
            || !(turned(here.yaw_rad, there.yaw_rad)
                || turned(here.pitch_rad, there.pitch_rad)
                || turned(here.roll_rad, there.roll_rad));
        math::hypot(there.x_m - here.x_m, there.y_m - here.y_m) < self.tolerance_m && is_oriented
    }
}

/// `RelativeClearanceCondition`: whether lanes about the entity are free of others.
#[derive(Clone, Debug)]
pub struct RelativeClearanceCondition {
    entities: Vec<EntityId>,
    /// Lanes to the left: from and to; all where none is given.
    ranges: Vec<(i32, i32)>,
    forward_m: f64,
    backward_m: f64,
    opposite_lanes: bool,
    freespace: bool,
}

impl RelativeClearanceCondition {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>) -> Result<Self, InputError> {
        let mut ranges = Vec::new();
        for range in el.children("RelativeLaneRange") {
            let end = |name: &str, none: i32| -> Result<i32, InputError> {
                Ok(range
                    .opt_i64(name)?
                    .map_or(none, |v| v.clamp(-1000, 1000) as i32))
            };
            let (from, to) = (end("from", -1000)?, end("to", 1000)?);
            if from > to {
                return Err(range.error("from no greater than to", format!("{from} and {to}")));
            }
            ranges.push((from, to));
        }
        if ranges.is_empty() {
            ranges.push((-1000, 1000));
        }
        let mut entities = Vec::new();
        for reference in el.children("EntityRef") {
            entities.extend(ctx.entities(&reference, "entityRef")?);
        }
        let freespace = el.bool_or("freeSpace", el.bool_or("freespace", false)?)?;
        Ok(Self {
            entities,
            ranges,
            forward_m: el.f64_or("distanceForward", 0.0)?.abs(),
            backward_m: el.f64_or("distanceBackward", 0.0)?.abs(),
            opposite_lanes: el.bool_or("oppositeLanes", false)?,
            freespace,
        })
    }

    /// Whether it holds now for an entity: no other one there, and such lanes exist.
    pub fn holds(&self, cast: &Cast, id: EntityId) -> bool {
        let in_range = |d_lane: i32| {
            self.ranges
                .iter()
                .any(|(from, to)| (*from..=*to).contains(&d_lane))
        };
        let occupied = cast.ids().any(|other| {
            other != id
                && cast.is_active(other)
                && (self.entities.is_empty() || self.entities.contains(&other))
                && cast
                    .road_difference(id, other, self.freespace)
                    .is_some_and(|diff| {
                        diff.ds_m >= -self.backward_m
                            && diff.ds_m <= self.forward_m
                            && in_range(diff.d_lane)
                            && (self.opposite_lanes || !diff.is_opposite)
                    })
        });
        !occupied && cast.lanes_about(id, self.opposite_lanes).any(in_range)
    }
}
