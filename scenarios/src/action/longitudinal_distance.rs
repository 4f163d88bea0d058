//! `LongitudinalDistanceAction`.

use sim::input::InputError;

use super::{Action, Domains, Progress};
use crate::condition::{CoordinateSystem, Measure, RelativeDistanceType};
use crate::model::{Context, DynamicConstraints, EntityId};
use crate::read::{El, UNLIMITED};
use crate::story::{Along, Cast, JunctionChoice, Target};

/// `LongitudinalDisplacement`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Displacement {
    Any,
    Trailing,
    Leading,
    /// By the sign of the distance, as in version 1.0.
    Signed,
}

/// `LongitudinalDistanceAction`
#[derive(Clone, Debug)]
pub struct LongitudinalDistanceAction {
    actor: EntityId,
    entity: EntityId,
    /// Metres, or seconds of the entity's speed.
    distance: f64,
    is_time_gap: bool,
    displacement: Displacement,
    continuous: bool,
    measure: Measure,
    constraints: DynamicConstraints,
    acceleration_mps2: f64,
}

/// Nearer than this the distance counts as reached, metres.
const REACHED_M: f64 = 0.1;
/// Strength of the spring that draws to the distance, per limit of acceleration.
const SPRING: f64 = 0.4;

impl LongitudinalDistanceAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let (distance, is_time_gap) = match (el.opt_f64("distance")?, el.opt_f64("timeGap")?) {
            (Some(distance), _) => (distance, false),
            (None, Some(gap)) => (gap, true),
            (None, None) => return Err(el.error("attribute distance or timeGap", "neither")),
        };
        let displacement = el.opt_word(
            "displacement",
            &[
                ("any", Displacement::Any),
                ("trailingReferencedEntity", Displacement::Trailing),
                ("leadingReferencedEntity", Displacement::Leading),
            ],
        )?;
        let is_signed = ctx.version == (1, 0);
        let system = el.opt_word("coordinateSystem", &CoordinateSystem::WORDS)?;
        let performance = ctx.entities[actor.0].spec.performance;
        Ok(Self {
            actor,
            entity: ctx.entity(&el, "entityRef")?,
            distance: if is_signed { distance } else { distance.abs() },
            is_time_gap,
            displacement: if is_signed {
                Displacement::Signed
            } else {
                displacement.unwrap_or(Displacement::Trailing)
            },
            continuous: el.bool_or("continuous", false)?,
            measure: Measure {
                system: system.unwrap_or_default(),
                part: RelativeDistanceType::Longitudinal,
                freespace: el.bool_or("freespace", false)?,
            },
            constraints: DynamicConstraints::read(el)?.within(&performance),
            acceleration_mps2: 0.0,
        })
    }

    fn distance(&self, cast: &Cast) -> f64 {
        // Boxes are measured along the actor's own axis.
        let mut measure = self.measure;
        if measure.freespace {
            measure.system = CoordinateSystem::Entity;
        }
        cast.distance(self.actor, Target::Entity(self.entity), measure)
            .unwrap_or(UNLIMITED)
    }
}

impl Action for LongitudinalDistanceAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        self.acceleration_mps2 = 0.0;
        if self.displacement == Displacement::Any {
            self.displacement = if self.distance(cast) < 0.0 {
                Displacement::Leading
            } else {
                Displacement::Trailing
            };
        }
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let dt_s = cast.dt_s();
        let distance_m = self.distance(cast);
        let Some(other_mps) = cast.actor(self.entity).map(|p| p.speed_mps) else {
            return Progress::Done;
        };
        let wanted = if self.is_time_gap {
            other_mps.abs() * self.distance
        } else {
            self.distance
        };
        let wanted_m = match self.displacement {
            Displacement::Trailing | Displacement::Any => wanted.abs(),
            Displacement::Leading => -wanted.abs(),
            Displacement::Signed => wanted,
        };
        let off_m = distance_m - wanted_m;
        let c = self.constraints;
        let map = cast.map.clone();
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        if c.max_acceleration_mps2 >= UNLIMITED && c.max_deceleration_mps2 >= UNLIMITED {
            let choice = JunctionChoice::Angle(0.0);
            player.place.move_along(&map, off_m, Along::Heading, choice);
            player.set_speed(other_mps);
        } else {
            // A critically damped spring towards the wanted distance, within the limits.
            let limit = if off_m < 0.0 {
                c.max_acceleration_mps2
            } else {
                c.max_deceleration_mps2
            };
            let spring = SPRING * limit;
            let mut accel = off_m * spring - (player.speed_mps - other_mps) * 2.0 * spring.sqrt();
            accel = accel.clamp(-c.max_deceleration_mps2, c.max_acceleration_mps2);
            let before = self.acceleration_mps2;
            if accel < 0.0 && accel < before {
                accel = accel.max(before - c.max_deceleration_rate_mps3 * dt_s);
            } else if accel >= 0.0 && accel > before {
                accel = accel.min(before + c.max_acceleration_rate_mps3 * dt_s);
            }
            self.acceleration_mps2 = accel;
            let speed = player.speed_mps + accel * dt_s;
            player.set_speed(speed.clamp(-c.max_speed_mps, c.max_speed_mps));
        }
        if !self.continuous && off_m.abs() < REACHED_M {
            Progress::Done
        } else {
            Progress::Running
        }
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn domains(&self) -> Domains {
        Domains::LONGITUDINAL
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
