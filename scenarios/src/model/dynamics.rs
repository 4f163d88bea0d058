//! Transition shapes and limits of motion.

use sim::input::InputError;
use sim::math;

use crate::read::{El, UNLIMITED};

/// Values nearer than this count as reached.
pub const SMALL: f64 = 1e-6;

/// `DynamicsShape`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamicsShape {
    /// At once.
    Step,
    /// Constant rate.
    Linear,
    /// Half a cosine.
    Sinusoidal,
    /// Third-degree polynomial with flat ends.
    Cubic,
}

impl DynamicsShape {
    /// Words of the standard.
    pub const WORDS: [(&'static str, Self); 4] = [
        ("step", Self::Step),
        ("linear", Self::Linear),
        ("sinusoidal", Self::Sinusoidal),
        ("cubic", Self::Cubic),
    ];
}

/// `DynamicsDimension`: what the value of a transition counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DynamicsDimension {
    /// Its duration, seconds.
    Time,
    /// The distance travelled in it, metres.
    Distance,
    /// Its largest rate, per second.
    Rate,
}

/// `FollowingMode`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FollowingMode {
    /// Exactly, whatever the dynamics.
    Position,
    /// As far as the dynamics allow.
    Follow,
}

impl FollowingMode {
    /// Words of the standard.
    pub const WORDS: [(&'static str, Self); 2] =
        [("position", Self::Position), ("follow", Self::Follow)];
}

/// `TransitionDynamics` in progress from a start value to a target value, over a parameter (time or
/// distance) that runs from 0 to its range.
#[derive(Clone, Debug, PartialEq)]
pub struct TransitionDynamics {
    /// Shape of the course.
    pub shape: DynamicsShape,
    /// What `value` counts.
    pub dimension: DynamicsDimension,
    /// As given: duration, distance or rate.
    pub value: f64,
    /// Value at the start.
    pub start: f64,
    /// Value at the end.
    pub target: f64,
    /// Parameter now.
    pub at: f64,
    /// Parameter at the end.
    pub range: f64,
    /// Stretches the parameter to keep a rate limit.
    pub stretch: f64,
}

impl TransitionDynamics {
    /// Reads an element of this type.
    ///
    /// # Errors
    /// If an attribute is malformed or the value negative.
    pub fn read(el: El<'_>) -> Result<Self, InputError> {
        let shape = el.word("dynamicsShape", &DynamicsShape::WORDS)?;
        let dimension = el.opt_word(
            "dynamicsDimension",
            &[
                ("time", DynamicsDimension::Time),
                ("distance", DynamicsDimension::Distance),
                ("rate", DynamicsDimension::Rate),
            ],
        )?;
        // A step has no extent, whatever is written.
        let value = el.opt_f64("value")?;
        let value = match value {
            _ if shape == DynamicsShape::Step => 0.0,
            Some(value) => value,
            None => el.f64("value")?,
        };
        if value < 0.0 && dimension != Some(DynamicsDimension::Rate) {
            return Err(el.error("a transition of no negative extent", format!("{value}")));
        }
        Ok(Self::new(
            shape,
            dimension.unwrap_or(DynamicsDimension::Time),
            value,
        ))
    }

    /// A transition that has not begun.
    pub fn new(shape: DynamicsShape, dimension: DynamicsDimension, value: f64) -> Self {
        Self {
            shape,
            dimension,
            value,
            start: 0.0,
            target: 0.0,
            at: 0.0,
            range: value,
            stretch: 1.0,
        }
    }

    /// Begins at a start value towards a target.
    pub fn begin(&mut self, start: f64, target: f64) {
        (self.start, self.at, self.stretch, self.range) = (start, 0.0, 1.0, self.value);
        self.aim(target);
    }

    /// Changes the target on the way.
    pub fn aim(&mut self, target: f64) {
        self.target = target;
        if self.dimension == DynamicsDimension::Rate {
            let peak = self.value.abs();
            let range = self.peak_factor() * self.delta().abs() / peak.max(SMALL);
            self.range = range.max(SMALL);
        }
    }

    /// Target less start.
    pub fn delta(&self) -> f64 {
        self.target - self.start
    }

    /// Largest rate of the shape over that of a straight line.
    fn peak_factor(&self) -> f64 {
        match self.shape {
            DynamicsShape::Step => 0.0,
            DynamicsShape::Linear => 1.0,
            DynamicsShape::Sinusoidal => math::FRAC_PI_2,
            DynamicsShape::Cubic => 1.5,
        }
    }

    /// The range in which the second derivative peaks at `limit`.
    pub fn range_for_second_derivative(&self, limit: f64) -> f64 {
        let delta = self.delta().abs();
        match self.shape {
            DynamicsShape::Step => 0.0,
            // A line has no bounded second derivative; the cubic's range serves.
            DynamicsShape::Linear | DynamicsShape::Cubic => (6.0 * delta / limit).sqrt(),
            DynamicsShape::Sinusoidal => math::PI * (delta / (2.0 * limit)).sqrt(),
        }
    }

    /// Stretches the transition so that its rate stays within a limit.
    pub fn limit_rate(&mut self, limit: f64) {
        let peak = if self.dimension == DynamicsDimension::Rate {
            self.value.abs()
        } else if self.is_instant() {
            UNLIMITED
        } else {
            self.peak_factor() * self.delta().abs() / self.range.max(SMALL)
        };
        let limit = limit.abs().max(SMALL);
        self.stretch = if peak > limit && self.delta() != 0.0 {
            peak / limit
        } else {
            1.0
        };
    }

    /// Whether it has no course, only an end.
    pub fn is_instant(&self) -> bool {
        self.shape == DynamicsShape::Step
            || (self.dimension != DynamicsDimension::Rate && self.range < SMALL)
    }

    /// Advances the parameter (backwards if negative).
    pub fn step(&mut self, by: f64) {
        self.at = (self.at + by / self.stretch).clamp(0.0, self.range.max(0.0));
    }

    /// Value now.
    pub fn evaluate(&self) -> f64 {
        self.evaluate_as(self.shape)
    }

    /// Value now, were the shape another one.
    pub fn evaluate_as(&self, shape: DynamicsShape) -> f64 {
        if self.is_instant() {
            return self.target;
        }
        let x = self.at / self.range.max(SMALL);
        let part = match shape {
            DynamicsShape::Step => 1.0,
            DynamicsShape::Linear => x,
            DynamicsShape::Sinusoidal => (1.0 - math::cos(math::PI * x)) / 2.0,
            DynamicsShape::Cubic => x * x * (3.0 - 2.0 * x),
        };
        self.start + self.delta() * part
    }

    /// Derivative by the parameter, now.
    pub fn rate(&self) -> f64 {
        if self.is_instant() {
            return if self.delta() == 0.0 {
                0.0
            } else {
                UNLIMITED * self.delta().signum()
            };
        }
        let range = self.range.max(SMALL);
        let x = self.at / range;
        let slope = match self.shape {
            DynamicsShape::Step => 0.0,
            DynamicsShape::Linear => 1.0,
            DynamicsShape::Sinusoidal => math::FRAC_PI_2 * math::sin(math::PI * x),
            DynamicsShape::Cubic => 6.0 * x * (1.0 - x),
        };
        self.delta() * slope / range
    }

    /// Whether the parameter has come to its end.
    pub fn is_at_end(&self) -> bool {
        self.at > self.range - SMALL
    }
}

/// `DynamicConstraints`; what is not given is [`UNLIMITED`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DynamicConstraints {
    /// m/s
    pub max_speed_mps: f64,
    /// m/s²
    pub max_acceleration_mps2: f64,
    /// m/s³
    pub max_acceleration_rate_mps3: f64,
    /// m/s²
    pub max_deceleration_mps2: f64,
    /// m/s³
    pub max_deceleration_rate_mps3: f64,
}

impl Default for DynamicConstraints {
    fn default() -> Self {
        Self {
            max_speed_mps: UNLIMITED,
            max_acceleration_mps2: UNLIMITED,
            max_acceleration_rate_mps3: UNLIMITED,
            max_deceleration_mps2: UNLIMITED,
            max_deceleration_rate_mps3: UNLIMITED,
        }
    }
}

impl DynamicConstraints {
    /// Reads the child `DynamicConstraints` of an action.
    ///
    /// # Errors
    /// If a value is no number.
    pub fn read(action: El<'_>) -> Result<Self, InputError> {
        let Some(el) = action.child("DynamicConstraints") else {
            return Ok(Self::default());
        };
        // Zero or less is no limit that lets the action end: the usual value stands for it.
        let limit = |name: &str, usual: f64| -> Result<f64, InputError> {
            let value = el.f64_or(name, UNLIMITED)?;
            Ok(if value < SMALL { usual } else { value })
        };
        Ok(Self {
            max_speed_mps: limit("maxSpeed", 250.0 / 3.6)?,
            max_acceleration_mps2: limit("maxAcceleration", 5.0)?,
            max_acceleration_rate_mps3: limit("maxAccelerationRate", UNLIMITED)?,
            max_deceleration_mps2: limit("maxDeceleration", 10.0)?,
            max_deceleration_rate_mps3: limit("maxDecelerationRate", UNLIMITED)?,
        })
    }

    /// The same, cut to what a vehicle can do, where a limit was given.
    pub fn within(mut self, performance: &sim::actor::Performance) -> Self {
        let cut = |value: &mut f64, most: f64| {
            if *value < UNLIMITED {
                *value = value.min(most);
            }
        };
        cut(&mut self.max_speed_mps, performance.max_speed_mps);
        cut(
            &mut self.max_acceleration_mps2,
            performance.max_acceleration_mps2,
        );
        cut(
            &mut self.max_deceleration_mps2,
            performance.max_deceleration_mps2,
        );
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_run_from_start_to_target_and_keep_their_rate() {
        for shape in [
            DynamicsShape::Linear,
            DynamicsShape::Sinusoidal,
            DynamicsShape::Cubic,
        ] {
            let mut by_rate = TransitionDynamics::new(shape, DynamicsDimension::Rate, 2.0);
            by_rate.begin(1.0, 9.0);
            let mut steepest = 0.0f64;
            let dt = 1e-3;
            let mut value = by_rate.evaluate();
            assert!((value - 1.0).abs() < 1e-9);
            while !by_rate.is_at_end() {
                by_rate.step(dt);
                let next = by_rate.evaluate();
                steepest = steepest.max((next - value) / dt);
                value = next;
            }
            assert!((value - 9.0).abs() < 1e-6, "{shape:?}");
            assert!((steepest - 2.0).abs() < 0.01, "{shape:?}: {steepest}");
        }
    }
}
