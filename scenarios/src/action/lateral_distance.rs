//! `LateralDistanceAction`.

use sim::input::InputError;
use sim::math;

use super::{Action, Domains, Progress};
use crate::condition::{CoordinateSystem, Measure, RelativeDistanceType};
use crate::model::{Context, DynamicConstraints, EntityId};
use crate::read::{El, UNLIMITED};
use crate::story::{Cast, Target};

/// `LateralDisplacement`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Displacement {
    Any,
    Left,
    Right,
}

/// `LateralDistanceAction`: keeps a distance to the side of an entity, within limits of speed and
/// acceleration across.
#[derive(Clone, Debug)]
pub struct LateralDistanceAction {
    actor: EntityId,
    entity: EntityId,
    distance_m: Option<f64>,
    displacement: Displacement,
    continuous: bool,
    measure: Measure,
    constraints: DynamicConstraints,
    across_mps: f64,
    wanted_m: f64,
}

/// Nearer than this the distance counts as reached, metres.
const REACHED_M: f64 = 0.01;
/// Strength of the spring that draws to the distance, per limit of acceleration.
const SPRING: f64 = 0.4;

impl LateralDistanceAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let displacement = el.opt_word(
            "displacement",
            &[
                ("any", Displacement::Any),
                ("leftToReferencedEntity", Displacement::Left),
                ("rightToReferencedEntity", Displacement::Right),
            ],
        )?;
        let system = el.opt_word("coordinateSystem", &CoordinateSystem::WORDS)?;
        Ok(Self {
            actor,
            entity: ctx.entity(&el, "entityRef")?,
            distance_m: el.opt_f64("distance")?.map(f64::abs),
            displacement: displacement.unwrap_or(Displacement::Any),
            continuous: el.bool_or("continuous", false)?,
            measure: Measure {
                system: system.unwrap_or_default(),
                part: RelativeDistanceType::Lateral,
                freespace: el.bool_or("freespace", false)?,
            },
            constraints: DynamicConstraints::read(el)?,
            across_mps: 0.0,
            wanted_m: 0.0,
        })
    }

    /// How far the entity is to the left of the actor, metres.
    fn distance(&self, cast: &Cast) -> f64 {
        cast.distance(self.actor, Target::Entity(self.entity), self.measure)
            .unwrap_or(0.0)
    }
}

impl Action for LateralDistanceAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let now = self.distance(cast);
        let wanted = self.distance_m.unwrap_or(now.abs());
        // Left of the entity means that the entity is to the right.
        self.wanted_m = match self.displacement {
            Displacement::Left => -wanted,
            Displacement::Right => wanted,
            Displacement::Any => wanted * if now < 0.0 { -1.0 } else { 1.0 },
        };
        self.across_mps = 0.0;
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let dt_s = cast.dt_s();
        let off_m = self.distance(cast) - self.wanted_m;
        if !self.continuous && off_m.abs() < REACHED_M {
            return Progress::Done;
        }
        if dt_s <= 0.0 {
            return Progress::Running;
        }
        let c = self.constraints;
        let map = cast.map.clone();
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let accel_limit = c.max_acceleration_mps2.min(c.max_deceleration_mps2);
        self.across_mps = if accel_limit >= UNLIMITED {
            // At once, no faster than allowed.
            off_m / dt_s
        } else {
            // A critically damped spring towards the wanted distance, within the limits.
            let limit = if off_m * self.across_mps < 0.0 {
                c.max_deceleration_mps2
            } else {
                c.max_acceleration_mps2
            };
            let limit = if limit >= UNLIMITED {
                accel_limit
            } else {
                limit
            };
            let spring = SPRING * limit;
            let accel = off_m * spring - self.across_mps * 2.0 * spring.sqrt();
            self.across_mps + accel.clamp(-limit, limit) * dt_s
        };
        self.across_mps = self.across_mps.clamp(-c.max_speed_mps, c.max_speed_mps);
        let Some(road) = player.place.road else {
            return Progress::Done;
        };
        let direction = if player.place.is_along_road() {
            1.0
        } else {
            -1.0
        };
        let t_m = player.place.t_m + direction * self.across_mps * dt_s;
        let s_m = player.place.s_m;
        player.place.set_track(&map, road, s_m, t_m);
        let speed = player.speed_mps.abs().max(1e-6);
        player
            .place
            .set_heading_from_road(math::atan(self.across_mps / speed));
        Progress::Running
    }

    fn end(&mut self, cast: &mut Cast) {
        if let Some(player) = cast.actor_mut(self.actor) {
            player.place.set_heading_from_road(0.0);
        }
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn domains(&self) -> Domains {
        Domains::LATERAL
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
