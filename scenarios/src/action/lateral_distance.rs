//! `LateralDistanceAction`.

use sim::input::InputError;
use sim::math;

use super::{Action, Domains, Progress};
use crate::condition::CoordinateSystem;
use crate::model::{Context, DynamicConstraints, EntityId};
use crate::read::{El, UNLIMITED};
use crate::story::{Along, Cast, JunctionChoice, difference};

/// `LateralDisplacement`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Displacement {
    Any,
    Left,
    Right,
}

/// `LateralDistanceAction`: keeps a distance to the side of an entity, within limits of speed and
/// acceleration across. It steers: the speed of the actor is that across and along together.
#[derive(Clone, Debug)]
pub struct LateralDistanceAction {
    actor: EntityId,
    entity: EntityId,
    distance_m: Option<f64>,
    displacement: Displacement,
    continuous: bool,
    system: CoordinateSystem,
    freespace: bool,
    constraints: DynamicConstraints,
    /// Where the actor shall be, to the left of the entity, metres.
    wanted_m: f64,
}

/// Nearer than this the distance counts as reached, metres.
const REACHED_M: f64 = 0.01;
/// Stiffness of the critically damped spring that draws to the distance, per limit of acceleration.
const SPRING: f64 = 0.4;
/// Where the actor is led by the entity's own axes: natural frequency and damping of the spring,
/// per limit of acceleration.
const ENTITY_FREQUENCY: f64 = 0.58;
const ENTITY_DAMPING: f64 = 1.25;
/// Steepest course across, as a share of the speed.
const STEEPEST: f64 = 0.9999;
const SMALL: f64 = 1e-6;

/// How the actor stands to the entity.
struct Offset {
    /// To the left of it, metres.
    left_m: f64,
    /// Direction from which the course across is counted, radians.
    axis_rad: f64,
    /// +1 where left of the entity is left of that direction, else -1.
    sign: f64,
}

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
            system: system.unwrap_or_default(),
            freespace: el.bool_or("freespace", false)?,
            constraints: DynamicConstraints::read(el)?,
            wanted_m: 0.0,
        })
    }

    /// Whether roads give the axes; without a road the entity's own do.
    fn is_on_road(&self, cast: &Cast) -> bool {
        let on_road = |id: EntityId| cast.actor(id).is_some_and(|p| p.place.road.is_some());
        matches!(self.system, CoordinateSystem::Road | CoordinateSystem::Lane)
            && on_road(self.actor)
            && on_road(self.entity)
    }

    fn offset(&self, cast: &Cast) -> Option<Offset> {
        let (own, other) = (
            &cast.actor(self.actor)?.place,
            &cast.actor(self.entity)?.place,
        );
        if self.is_on_road(cast) {
            // Seen from the actor, so that what it steers by is its own direction.
            let diff = difference(&cast.map, own, other, true, f64::INFINITY)?;
            let turned = if own.is_along_road() { 0.0 } else { math::PI };
            let is_oncoming = math::cos(own.pose().yaw_rad - other.pose().yaw_rad) < 0.0;
            let sign = if is_oncoming { -1.0 } else { 1.0 };
            return Some(Offset {
                left_m: -sign * diff.dt_m,
                axis_rad: own.h_road_rad + turned,
                sign,
            });
        }
        let axis_rad = match self.system {
            CoordinateSystem::World => 0.0,
            _ => other.pose().yaw_rad,
        };
        let (dx, dy) = (
            own.pose().x_m - other.pose().x_m,
            own.pose().y_m - other.pose().y_m,
        );
        Some(Offset {
            left_m: dy * math::cos(axis_rad) - dx * math::sin(axis_rad),
            axis_rad,
            sign: 1.0,
        })
    }

    /// Speed across after a step in which the actor is `off_m` away from where it shall be.
    fn across(&self, off_m: f64, across_mps: f64, is_on_road: bool, dt_s: f64) -> f64 {
        let c = &self.constraints;
        let brakes = off_m * across_mps < 0.0;
        let given = |a: f64, b: f64| if a < UNLIMITED { a } else { b };
        let (low, high) = (c.max_deceleration_mps2, c.max_acceleration_mps2);
        let limit = if brakes {
            given(low, high)
        } else {
            given(high, low)
        };
        let next = if limit >= UNLIMITED {
            // At once, no faster than allowed.
            off_m / dt_s
        } else {
            let (spring, damping) = if is_on_road {
                let spring = SPRING * limit;
                (spring, 2.0 * spring.sqrt())
            } else {
                let frequency = ENTITY_FREQUENCY * limit;
                (frequency * frequency, ENTITY_DAMPING * limit)
            };
            let accel = spring * off_m - damping * across_mps;
            across_mps + accel.clamp(-limit, limit) * dt_s
        };
        next.clamp(-c.max_speed_mps, c.max_speed_mps)
    }
}

impl Action for LateralDistanceAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let Some(now) = self.offset(cast) else {
            return Progress::Done;
        };
        let half_width = |id: EntityId| {
            cast.actor(id)
                .map_or(0.0, |p| p.spec.bounding_box.width_m / 2.0)
        };
        let beside = if self.freespace {
            half_width(self.actor) + half_width(self.entity)
        } else {
            0.0
        };
        let wanted = match self.distance_m {
            Some(distance_m) => distance_m + beside,
            None => now.left_m.abs(),
        };
        self.wanted_m = match self.displacement {
            Displacement::Left => wanted,
            Displacement::Right => -wanted,
            Displacement::Any if now.left_m < 0.0 => -wanted,
            Displacement::Any => wanted,
        };
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let dt_s = cast.dt_s();
        let Some(now) = self.offset(cast) else {
            return Progress::Done;
        };
        let off_m = now.sign * (self.wanted_m - now.left_m);
        if !self.continuous && off_m.abs() < REACHED_M {
            return Progress::Done;
        }
        if dt_s <= 0.0 {
            return Progress::Running;
        }
        let is_on_road = self.is_on_road(cast);
        let map = cast.map.clone();
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let c = &self.constraints;
        let is_unbound = [
            c.max_speed_mps,
            c.max_acceleration_mps2,
            c.max_deceleration_mps2,
        ]
        .iter()
        .all(|limit| *limit >= UNLIMITED);
        let speed = player.speed_mps;
        let turn = math::wrap_angle(player.place.pose().yaw_rad - now.axis_rad);
        let way = if speed < 0.0 { -1.0 } else { 1.0 };
        let (aside_m, along_m, yaw_rad) = if is_unbound {
            // Nothing holds it back: it is there in this step.
            (off_m, speed * dt_s, now.axis_rad)
        } else {
            let fastest = STEEPEST * speed.abs();
            let now_mps = speed.abs() * math::sin(turn) * way;
            let next = self.across(off_m, now_mps, is_on_road, dt_s);
            let next = next.clamp(-fastest, fastest);
            let wanted_turn = if speed.abs() > SMALL {
                way * math::asin(next / speed.abs())
            } else {
                turn
            };
            // Acceleration across is speed times rate of turn.
            let limit = c.max_acceleration_mps2.min(c.max_deceleration_mps2);
            let most = if limit < UNLIMITED && speed.abs() > SMALL {
                limit / speed.abs() * dt_s
            } else {
                math::PI
            };
            let by = math::wrap_angle(wanted_turn - turn).clamp(-most, most);
            let across_mps = speed * math::sin(turn + by);
            // Within a step the speed across changes evenly, unless nothing bounds its change.
            let mean_mps = if limit < UNLIMITED && is_on_road {
                (now_mps + across_mps) / 2.0
            } else {
                across_mps
            };
            let along_mps = speed * math::cos(turn + by);
            let yaw_rad = now.axis_rad + turn + by;
            (mean_mps * dt_s, along_mps * dt_s, yaw_rad)
        };
        (player.moved.longitudinal, player.moved.speed) = (true, true);
        if !is_on_road {
            let (sin, cos) = (math::sin(now.axis_rad), math::cos(now.axis_rad));
            let (dx, dy) = (along_m * cos - aside_m * sin, along_m * sin + aside_m * cos);
            player.place.shift_world(&map, dx, dy);
            player.place.set_heading(yaw_rad);
            return Progress::Running;
        }
        let choice = match &player.route {
            Some(route) => JunctionChoice::Route(&route.roads),
            None => JunctionChoice::Angle(player.junction_angle_rad),
        };
        let ds_m = player.place.to_ds(along_m);
        player.place.move_along(&map, ds_m, Along::Heading, choice);
        let (Some(road), s_m) = (player.place.road, player.place.s_m) else {
            return Progress::Done;
        };
        let direction = if player.place.is_along_road() {
            1.0
        } else {
            -1.0
        };
        let t_m = player.place.t_m + direction * aside_m;
        player.place.set_track(&map, road, s_m, t_m);
        player
            .place
            .set_heading_from_road(math::wrap_angle(yaw_rad - now.axis_rad));
        Progress::Running
    }

    fn end(&mut self, cast: &mut Cast) {
        if !self.is_on_road(cast) {
            return;
        }
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
