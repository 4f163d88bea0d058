//! `SpeedAction`.

use sim::input::InputError;

use super::{Action, Domains, Progress};
use crate::model::{Context, DynamicsDimension, EntityId, TransitionDynamics};
use crate::read::El;
use crate::story::Cast;

/// A speed to reach.
#[derive(Clone, Copy, Debug)]
pub enum TargetSpeed {
    /// `AbsoluteTargetSpeed`, m/s.
    Absolute(f64),
    /// `RelativeTargetSpeed`
    Relative {
        /// Whose speed counts.
        entity: EntityId,
        /// Added to it, or its factor.
        value: f64,
        /// `speedTargetValueType`: factor, else delta.
        is_factor: bool,
        /// Whether it is kept once reached.
        continuous: bool,
    },
}

impl TargetSpeed {
    /// The speed now, m/s.
    pub fn value(&self, cast: &Cast) -> f64 {
        match self {
            Self::Absolute(value) => *value,
            Self::Relative {
                entity,
                value,
                is_factor,
                ..
            } => {
                let speed = cast.actor(*entity).map_or(0.0, |p| p.speed_mps);
                if *is_factor {
                    speed * value
                } else {
                    speed + value
                }
            }
        }
    }

    /// `speedTargetValueType`: whether it is a factor.
    pub fn read_is_factor(el: El<'_>) -> Result<bool, InputError> {
        Ok(el
            .opt_word(
                "speedTargetValueType",
                &[("delta", false), ("factor", true)],
            )?
            .unwrap_or(false))
    }
}

/// `SpeedAction`
#[derive(Clone, Debug)]
pub struct SpeedAction {
    actor: EntityId,
    target: TargetSpeed,
    dynamics: TransitionDynamics,
    reached: bool,
}

const SMALL: f64 = 1e-6;

impl SpeedAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let target = el
            .need_child("SpeedActionTarget")?
            .choice("a target speed")?;
        let target = match target.name() {
            "AbsoluteTargetSpeed" => TargetSpeed::Absolute(target.f64("value")?),
            "RelativeTargetSpeed" => TargetSpeed::Relative {
                entity: ctx.entity(&target, "entityRef")?,
                value: target.f64("value")?,
                is_factor: TargetSpeed::read_is_factor(target)?,
                continuous: target.bool_or("continuous", false)?,
            },
            _ => {
                return Err(super::unknown(
                    &target,
                    "AbsoluteTargetSpeed or RelativeTargetSpeed",
                ));
            }
        };
        Ok(Self {
            actor,
            target,
            dynamics: TransitionDynamics::read(el.need_child("SpeedActionDynamics")?)?,
            reached: false,
        })
    }

    /// Time in which a distance is covered while the speed changes evenly, seconds.
    fn duration_of_distance(from: f64, to: f64, distance_m: f64) -> f64 {
        if (to - from).abs() < SMALL {
            return 0.0;
        }
        if from.abs() > SMALL && to.abs() > SMALL && from.signum() != to.signum() {
            // Through a stop: the parts of the distance are as the squares of the speeds.
            let before = distance_m * from * from / (from * from + to * to);
            return 2.0 * before / from.abs() + 2.0 * (distance_m - before) / to.abs();
        }
        2.0 * distance_m / (from + to).abs()
    }
}

impl Action for SpeedAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        self.reached = false;
        let wanted = self.target.value(cast);
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let limits = player.spec.performance;
        let from = player.speed_mps;
        let to = wanted.clamp(-limits.max_speed_mps, limits.max_speed_mps);
        self.dynamics.begin(from, to);
        if self.dynamics.dimension == DynamicsDimension::Distance {
            self.dynamics.range = Self::duration_of_distance(from, wanted, self.dynamics.value);
        }
        self.dynamics.limit_rate(if to > from {
            limits.max_acceleration_mps2
        } else {
            limits.max_deceleration_mps2
        });
        player.set_speed(self.dynamics.evaluate());
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let dt_s = cast.dt_s();
        let wanted = self.target.value(cast);
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let limits = player.spec.performance;
        let cut = |v: f64| v.clamp(-limits.max_speed_mps, limits.max_speed_mps);
        let bound = |a: f64| a.clamp(-limits.max_deceleration_mps2, limits.max_acceleration_mps2);
        let is_relative = matches!(self.target, TargetSpeed::Relative { .. });
        if is_relative {
            self.dynamics.aim(cut(wanted));
        }
        let required = |speed: f64, now: f64| {
            if dt_s > SMALL {
                (speed - now) / dt_s
            } else {
                0.0
            }
        };
        let now = player.speed_mps;
        let mut speed;
        if self.dynamics.range > 0.0 && self.dynamics.is_at_end() {
            // The transition is over; a moving target is followed as well as the limits allow.
            speed = cut(now + bound(required(wanted, now)) * dt_s);
        } else {
            self.dynamics.step(dt_s);
            speed = self.dynamics.evaluate();
            let needed = required(speed, now);
            if needed > limits.max_acceleration_mps2 + SMALL
                || needed < -(limits.max_deceleration_mps2 + SMALL)
            {
                speed = cut(now + bound(needed) * dt_s);
                let share = (speed - now) / needed;
                self.dynamics.step(-(dt_s - share));
            }
        }
        if self.dynamics.is_at_end() && (speed - self.dynamics.target).abs() < SMALL {
            self.reached = true;
            speed = cut(wanted);
        }
        player.set_speed(speed);
        let keeps = matches!(
            self.target,
            TargetSpeed::Relative {
                continuous: true,
                ..
            }
        );
        if self.reached && !keeps {
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
