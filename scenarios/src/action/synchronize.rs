//! `SynchronizeAction`: to arrive somewhere when another entity arrives elsewhere.

use sim::input::InputError;

use super::speed::TargetSpeed;
use super::{Action, Domains, Progress};
use crate::condition::{CoordinateSystem, Measure, RelativeDistanceType};
use crate::model::{Context, EntityId, Position};
use crate::read::{El, UNLIMITED};
use crate::story::{Cast, Place, Target, difference};

#[derive(Clone, Debug)]
enum SteadyState {
    Distance(f64),
    Time(f64),
    Position(Position),
}

/// Course of the speed towards the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mode {
    /// To be chosen.
    None,
    /// First faster than needed, then slower (or the other way round).
    NonLinear {
        /// Faster first.
        is_rush: bool,
    },
    /// Constant acceleration to the final speed.
    Linear,
    /// Stands until it is time to go on.
    Stopped,
    /// Brakes as hard as it can.
    StopImmediately,
    /// Stands until the master moves.
    Waiting,
    /// Rolls to the destination at the final speed.
    SteadyState,
}

/// `SynchronizeAction`
#[derive(Clone, Debug)]
pub struct SynchronizeAction {
    actor: EntityId,
    master: EntityId,
    target_master: Position,
    target: Position,
    tolerance_master_m: f64,
    tolerance_m: f64,
    final_speed: Option<TargetSpeed>,
    steady_state: Option<SteadyState>,
    steady_m: Option<f64>,
    places: Option<(Place, Place)>,
    last_m: f64,
    last_master_m: f64,
    mode: Mode,
}

const SMALL: f64 = 1e-6;
/// Braking when it must stop at once, m/s².
const HARD_BRAKE_MPS2: f64 = 8.0;
/// Within this the speed counts as on the line to the final speed, m/s.
const ON_LINE_MPS: f64 = 0.1;

impl SynchronizeAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let master = ctx.entity(&el, "masterEntityRef")?;
        let (mut final_speed, mut steady_state) = (None, None);
        if let Some(speed) = el.child("FinalSpeed") {
            let speed = speed.choice("a final speed")?;
            final_speed = Some(match speed.name() {
                "AbsoluteSpeed" => TargetSpeed::Absolute(speed.f64("value")?),
                "RelativeSpeedToMaster" => TargetSpeed::Relative {
                    entity: master,
                    value: speed.f64("value")?,
                    is_factor: TargetSpeed::read_is_factor(speed)?,
                    continuous: true,
                },
                _ => {
                    return Err(super::unknown(
                        &speed,
                        "AbsoluteSpeed or RelativeSpeedToMaster",
                    ));
                }
            });
            if let Some(state) = speed.elements().next() {
                steady_state = Some(match state.name() {
                    "TargetDistanceSteadyState" => SteadyState::Distance(state.f64("distance")?),
                    "TargetTimeSteadyState" => SteadyState::Time(state.f64("time")?),
                    "TargetPositionSteadyState" => {
                        SteadyState::Position(Position::read(ctx, state)?)
                    }
                    _ => return Err(super::unknown(&state, "a steady state")),
                });
            }
        }
        Ok(Self {
            actor,
            master,
            target_master: Position::read(ctx, el.need_child("TargetPositionMaster")?)?,
            target: Position::read(ctx, el.need_child("TargetPosition")?)?,
            tolerance_master_m: el.f64_or("targetToleranceMaster", 0.0)?,
            tolerance_m: el.f64_or("targetTolerance", 0.0)?,
            final_speed,
            steady_state,
            steady_m: None,
            places: None,
            last_m: UNLIMITED,
            last_master_m: UNLIMITED,
            mode: Mode::None,
        })
    }

    /// Distance an entity has left: along its trajectory, else the roads, else straight.
    fn remaining(cast: &Cast, id: EntityId, place: &Place) -> Option<f64> {
        let player = cast.actor(id)?;
        if player.following.is_some() {
            let measure = Measure {
                system: CoordinateSystem::Trajectory,
                part: RelativeDistanceType::Longitudinal,
                freespace: false,
            };
            return cast
                .distance(id, Target::Place(place), measure)
                .map(f64::abs);
        }
        let by_road = difference(&cast.map, &player.place, place, true, f64::INFINITY);
        let (a, b) = (player.place.pose(), place.pose());
        Some(by_road.map_or_else(
            || sim::math::hypot(b.x_m - a.x_m, b.y_m - a.y_m),
            |d| d.ds_m.abs(),
        ))
    }

    /// Speed along the road, with the sign of the speed.
    fn speed_along_road(cast: &Cast, id: EntityId) -> f64 {
        cast.actor(id).map_or(0.0, |p| {
            let yaw = p.place.h_road_rad;
            let [x, y, _] = p.velocity_mps;
            let along = x * sim::math::cos(yaw) + y * sim::math::sin(yaw);
            along.abs() * if p.speed_mps < 0.0 { -1.0 } else { 1.0 }
        })
    }

    /// Speed of this step on the way to `final_mps`, with `dist_m` and `time_s` left.
    fn plan(&mut self, cast: &Cast, final_mps: f64, dist_m: f64, time_s: f64) -> f64 {
        let dt_s = cast.dt_s();
        let speed = cast.actor(self.actor).map_or(0.0, |p| p.speed_mps);
        if self.mode == Mode::Waiting {
            if time_s >= UNLIMITED {
                return speed;
            }
            self.mode = Mode::None;
        }
        if self.mode == Mode::StopImmediately {
            let next = speed - HARD_BRAKE_MPS2 * dt_s;
            if next < 0.0 {
                self.mode = Mode::Waiting;
                return 0.0;
            }
            return next;
        }
        if self.mode == Mode::Stopped {
            if time_s >= 2.0 * dist_m / final_mps {
                return 0.0;
            }
            self.mode = Mode::Linear;
        }
        if self.mode == Mode::Linear {
            if !(1e-3..UNLIMITED).contains(&time_s) || dist_m < 1e-3 {
                return 0.0;
            }
            return (2.0 * dist_m / time_s - final_mps.max(0.0)).max(0.0);
        }
        if matches!(self.mode, Mode::NonLinear { .. }) && time_s < UNLIMITED {
            let on_line = 2.0 * dist_m / time_s - final_mps;
            if (speed - on_line).abs() < ON_LINE_MPS {
                self.mode = Mode::Linear;
                return speed;
            }
        }
        if self.mode == Mode::None {
            let is_rush = (final_mps + speed) / 2.0 < dist_m / time_s;
            self.mode = Mode::NonLinear { is_rush };
        }
        let v0 = Self::speed_along_road(cast, self.actor);
        let (via, mut accel) = two_phases(dist_m, time_s, v0, final_mps);
        if let Mode::NonLinear { is_rush } = self.mode {
            if (is_rush && accel < 0.0) || (!is_rush && accel > 0.0) {
                self.mode = Mode::Linear;
                accel = 0.0;
            } else if via < 0.0 {
                // It has to stop on the way.
                let t1 = 2.0 * v0 * dist_m / (v0 * v0 + final_mps * final_mps);
                accel = if t1.abs() > SMALL { -v0 / t1 } else { 0.0 };
                if t1 * v0 / 2.0 > dist_m / 2.0 {
                    accel = -HARD_BRAKE_MPS2;
                    self.mode = Mode::StopImmediately;
                }
                if v0 + accel * dt_s < SMALL {
                    self.mode = Mode::Stopped;
                    return 0.0;
                }
            }
        }
        speed + accel * dt_s
    }
}

/// Speed at the bend and acceleration up to it of a profile with two phases of equal and opposite
/// acceleration that covers `s` in `t` from v0 to v1.
fn two_phases(s: f64, t: f64, v0: f64, v1: f64) -> (f64, f64) {
    if (v1 - v0).abs() < SMALL {
        let via = (s - t / 2.0 * v0) / (t / 2.0);
        return (via, (via - v0) / (t / 2.0));
    }
    let root = (2.0 * (2.0 * s * s - 2.0 * (v1 + v0) * t * s + (v1 * v1 + v0 * v0) * t * t))
        .max(0.0)
        .sqrt();
    for sign in [1.0, -1.0] {
        let x = -(sign * root + 2.0 * s - 2.0 * v1 * t) / (2.0 * (v1 - v0));
        if x > 0.0 && x < t {
            let via = (2.0 * s - sign * root) / (2.0 * t);
            return (via, (via - v0) / x);
        }
    }
    (0.0, 0.0)
}

impl Action for SynchronizeAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let master = cast.resolve(&self.target_master, self.master);
        let own = cast.resolve(&self.target, self.actor);
        let Some((master, own)) = master.zip(own) else {
            return Progress::Done;
        };
        let final_mps = self.final_speed.map(|s| s.value(cast));
        self.steady_m = match &self.steady_state {
            None => None,
            Some(SteadyState::Distance(distance_m)) => Some(*distance_m),
            Some(SteadyState::Time(time_s)) => final_mps.map(|v| v * time_s),
            Some(SteadyState::Position(position)) => cast
                .resolve(position, self.actor)
                .and_then(|p| difference(&cast.map, &own, &p, true, f64::INFINITY))
                .map(|d| d.ds_m.abs()),
        };
        self.places = Some((master, own));
        (self.last_m, self.last_master_m, self.mode) = (UNLIMITED, UNLIMITED, Mode::None);
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let Some((master_place, own_place)) = &self.places else {
            return Progress::Done;
        };
        let master_m = Self::remaining(cast, self.master, master_place);
        let own_m = Self::remaining(cast, self.actor, own_place);
        let Some((mut master_m, mut dist_m)) = master_m.zip(own_m) else {
            return Progress::Done;
        };
        let mut done = dist_m < self.tolerance_m + SMALL
            || master_m < self.tolerance_master_m + SMALL
            || dist_m > self.last_m
            || master_m > self.last_master_m;
        (self.last_m, self.last_master_m) = (dist_m, master_m);
        dist_m = (dist_m - self.tolerance_m).max(SMALL);
        master_m = (master_m - self.tolerance_master_m).max(SMALL);
        let master_mps = Self::speed_along_road(cast, self.master).abs();
        let mut time_s = UNLIMITED;
        if master_mps > SMALL {
            time_s = master_m / master_mps;
            done |= time_s < cast.dt_s();
        }
        let final_mps = self.final_speed.map(|s| s.value(cast));
        let speed = cast.actor(self.actor).map_or(0.0, |p| p.speed_mps);
        let next = match (done, final_mps) {
            (true, Some(v)) => v,
            (true, None) => speed,
            (false, None) => {
                let end = 2.0 * dist_m / time_s - speed;
                speed + (end - speed) / time_s * cast.dt_s()
            }
            (false, Some(v)) => {
                if let Some(steady_m) = self.steady_m
                    && self.mode != Mode::SteadyState
                {
                    let steady_s = steady_m / v.max(SMALL);
                    if dist_m - steady_m < SMALL || time_s - steady_s < SMALL {
                        self.mode = Mode::SteadyState;
                    } else {
                        dist_m -= steady_m;
                        time_s -= steady_s;
                    }
                }
                if self.mode == Mode::SteadyState {
                    v
                } else {
                    self.plan(cast, v, dist_m, time_s)
                }
            }
        };
        if let Some(player) = cast.actor_mut(self.actor) {
            player.set_speed(next);
        }
        if done {
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

#[cfg(test)]
mod tests {
    use super::two_phases;

    #[test]
    fn two_phases_cover_the_distance_in_time() {
        for (s, t, v0, v1) in [
            (100.0, 10.0, 5.0, 8.0),
            (60.0, 10.0, 8.0, 5.0),
            (100.0, 8.0, 10.0, 10.0),
        ] {
            let (via, accel) = two_phases(s, t, v0, v1);
            let x = (via - v0) / accel;
            let covered = (v0 + via) / 2.0 * x + (via + v1) / 2.0 * (t - x);
            assert!(
                x > 0.0 && x < t && (covered - s).abs() < 1e-6,
                "{covered} of {s}"
            );
        }
    }
}
