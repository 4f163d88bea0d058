//! `LaneOffsetAction`.

use sim::input::InputError;
use sim::math;

use super::{Action, Domains, Progress};
use crate::model::{Context, DynamicsDimension, DynamicsShape, EntityId, TransitionDynamics};
use crate::read::El;
use crate::story::Cast;

#[derive(Clone, Copy, Debug)]
enum Target {
    Absolute(f64),
    Relative { entity: EntityId, offset_m: f64 },
}

/// `LaneOffsetAction`
#[derive(Clone, Debug)]
pub struct LaneOffsetAction {
    actor: EntityId,
    target: Target,
    max_lateral_acc_mps2: f64,
    dynamics: TransitionDynamics,
}

const SMALL: f64 = 1e-6;
/// Lateral acceleration where none is given, m/s².
const USUAL_ACC_MPS2: f64 = 0.5;

fn side(lane_id: i32) -> f64 {
    if lane_id < 0 { -1.0 } else { 1.0 }
}

fn sign(value: f64) -> f64 {
    if value < 0.0 { -1.0 } else { 1.0 }
}

impl LaneOffsetAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        let dynamics = el.need_child("LaneOffsetActionDynamics")?;
        let target = el
            .need_child("LaneOffsetTarget")?
            .choice("a target offset")?;
        let offset_m = target.f64("value")?;
        if el.bool_or("continuous", false)? {
            ctx.warn(
                &el,
                "attribute continuous of <LaneOffsetAction> has no effect: the offset ends once reached",
            );
        }
        Ok(Self {
            actor,
            target: match target.name() {
                "AbsoluteTargetLaneOffset" => Target::Absolute(offset_m),
                "RelativeTargetLaneOffset" => Target::Relative {
                    entity: ctx.entity(&target, "entityRef")?,
                    offset_m,
                },
                _ => {
                    return Err(super::unknown(
                        &target,
                        "AbsoluteTargetLaneOffset or RelativeTargetLaneOffset",
                    ));
                }
            },
            max_lateral_acc_mps2: dynamics.f64_or("maxLateralAcc", USUAL_ACC_MPS2)?.max(SMALL),
            dynamics: TransitionDynamics::new(
                dynamics.word("dynamicsShape", &DynamicsShape::WORDS)?,
                DynamicsDimension::Time,
                0.0,
            ),
        })
    }
}

impl Action for LaneOffsetAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let reference = match self.target {
            Target::Absolute(_) => None,
            Target::Relative { entity, offset_m } => cast.actor(entity).map(|p| {
                let direction = if p.place.is_along_road() { 1.0 } else { -1.0 };
                p.place.t_m + offset_m * direction
            }),
        };
        let Some(player) = cast.actor(self.actor) else {
            return Progress::Done;
        };
        let place = &player.place;
        let outwards = side(place.lane_id);
        let target = match (self.target, reference) {
            (Target::Absolute(offset_m), _) => outwards * offset_m,
            (Target::Relative { .. }, Some(t_m)) => outwards * (t_m - (place.t_m - place.offset_m)),
            (Target::Relative { .. }, None) => return Progress::Done,
        };
        self.dynamics.begin(outwards * place.offset_m, target);
        self.dynamics.range = self
            .dynamics
            .range_for_second_derivative(self.max_lateral_acc_mps2);
        Progress::Running
    }

    fn step(&mut self, cast: &mut Cast) -> Progress {
        let dt_s = cast.dt_s();
        let map = cast.map.clone();
        let Some(player) = cast.actor_mut(self.actor) else {
            return Progress::Done;
        };
        let Some(road) = player.place.road else {
            return Progress::Done;
        };
        let (lane, s_m) = (player.place.lane_id, player.place.s_m);
        let target = self.dynamics.target;
        let offset = self.dynamics.evaluate();
        let has_passed =
            self.dynamics.at > 0.0 && sign(offset - target) != sign(self.dynamics.start - target);
        let done = self.dynamics.is_at_end() || (offset - target).abs() < SMALL || has_passed;
        let offset = if done { target } else { offset };
        player
            .place
            .set_lane(&map, road, lane, s_m, side(lane) * offset);
        let turn = if done {
            0.0
        } else {
            let speed = player.speed_mps;
            let speed = if speed.abs() < SMALL {
                SMALL * sign(speed)
            } else {
                speed
            };
            math::atan(self.dynamics.rate() / speed)
        };
        let direction = if player.place.is_along_road() {
            1.0
        } else {
            -1.0
        };
        player
            .place
            .set_heading_from_road(direction * side(lane) * turn);
        self.dynamics.step(dt_s);
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
        Domains::LATERAL
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
