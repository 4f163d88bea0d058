//! Actions: each reads its element and then moves its actor or changes the world, step by step.

mod appearance;
mod controller;
mod entity;
mod environment;
mod follow_trajectory;
mod infrastructure;
mod lane_change;
mod lane_offset;
mod lateral_distance;
mod longitudinal_distance;
mod routing;
mod speed;
mod speed_profile;
mod synchronize;
mod teleport;
mod traffic;
mod trailer;
mod user_defined;
mod value;

use std::fmt::Debug;

use sim::input::InputError;

use crate::model::{Context, EntityId};
use crate::read::El;
use crate::story::Cast;

/// Whether an action goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// It is stepped again.
    Running,
    /// It has come to its end.
    Done,
}

/// Which parts of an actor's motion an action claims; another one that claims them too ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domains(u8);

impl Domains {
    /// Nothing.
    pub const NONE: Self = Self(0);
    /// Speed.
    pub const LONGITUDINAL: Self = Self(1);
    /// Course.
    pub const LATERAL: Self = Self(2);
    /// Both.
    pub const BOTH: Self = Self(3);

    /// Whether they share a part.
    pub fn overlap(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// An action of one actor, or of none.
pub trait Action: Debug + Send + Sync {
    /// Whether it can begin now; one that can't never runs, and its event waits for it.
    fn can_start(&self, cast: &Cast) -> bool {
        let _ = cast;
        true
    }

    /// Begins. Its first step follows in the same tick unless it is done.
    fn start(&mut self, cast: &mut Cast) -> Progress;

    /// Goes on by one step of the cast.
    fn step(&mut self, cast: &mut Cast) -> Progress {
        let _ = cast;
        Progress::Done
    }

    /// Is ended, by itself or from outside.
    fn end(&mut self, cast: &mut Cast) {
        let _ = cast;
    }

    /// Who takes it.
    fn actor(&self) -> Option<EntityId> {
        None
    }

    /// What it claims.
    fn domains(&self) -> Domains {
        Domains::NONE
    }

    /// Whether it moves its actor, so that an actor with a driver of its own does not take it.
    fn moves_actor(&self) -> bool {
        self.domains() != Domains::NONE
    }

    /// The lights it switches; another action on one of them ends it.
    fn lights(&self) -> &[String] {
        &[]
    }

    /// For a teleport to a place relative to an entity: that entity.
    fn teleports_relative_to(&self) -> Option<EntityId> {
        None
    }

    /// A copy that has not begun, for another world.
    fn boxed_clone(&self) -> Box<dyn Action>;
}

impl Clone for Box<dyn Action> {
    fn clone(&self) -> Self {
        self.boxed_clone()
    }
}

type Read = Result<Box<dyn Action>, InputError>;

fn boxed<A: Action + 'static>(action: Result<A, InputError>) -> Read {
    action.map(|a| Box::new(a) as Box<dyn Action>)
}

fn unknown(el: &El<'_>, expected: &str) -> InputError {
    el.error(expected, format!("<{}>", el.name()))
}

/// Reads what a `PrivateAction` holds, for one actor; `None` for one that is noted as without effect.
///
/// # Errors
/// If it is malformed.
pub fn read_private(
    ctx: &Context,
    el: El<'_>,
    actor: EntityId,
) -> Result<Option<Box<dyn Action>>, InputError> {
    let inner = || el.choice("an action");
    let action = match el.name() {
        "LongitudinalAction" => {
            let inner = inner()?;
            match inner.name() {
                "SpeedAction" => boxed(speed::SpeedAction::read(ctx, inner, actor)),
                "SpeedProfileAction" => {
                    boxed(speed_profile::SpeedProfileAction::read(ctx, inner, actor))
                }
                "LongitudinalDistanceAction" => boxed(
                    longitudinal_distance::LongitudinalDistanceAction::read(ctx, inner, actor),
                ),
                _ => Err(unknown(&inner, "a longitudinal action")),
            }
        }
        "LateralAction" => {
            let inner = inner()?;
            match inner.name() {
                "LaneChangeAction" => boxed(lane_change::LaneChangeAction::read(ctx, inner, actor)),
                "LaneOffsetAction" => boxed(lane_offset::LaneOffsetAction::read(ctx, inner, actor)),
                "LateralDistanceAction" => boxed(lateral_distance::LateralDistanceAction::read(
                    ctx, inner, actor,
                )),
                _ => Err(unknown(&inner, "a lateral action")),
            }
        }
        "SynchronizeAction" => boxed(synchronize::SynchronizeAction::read(ctx, el, actor)),
        "TeleportAction" => boxed(teleport::TeleportAction::read(ctx, el, actor)),
        "RoutingAction" => {
            let inner = inner()?;
            match inner.name() {
                "AssignRouteAction" => boxed(routing::AssignRouteAction::read(ctx, inner, actor)),
                "AcquirePositionAction" => {
                    boxed(routing::AcquirePositionAction::read(ctx, inner, actor))
                }
                "FollowTrajectoryAction" => boxed(follow_trajectory::FollowTrajectoryAction::read(
                    ctx, inner, actor,
                )),
                "RandomRouteAction" => boxed(routing::RandomRouteAction::read(inner, actor)),
                _ => Err(unknown(&inner, "a routing action")),
            }
        }
        "VisibilityAction" => boxed(appearance::VisibilityAction::read(el, actor)),
        "AppearanceAction" => {
            let inner = inner()?;
            match inner.name() {
                "LightStateAction" => boxed(appearance::LightStateAction::read(inner, actor)),
                "AnimationAction" => boxed(appearance::AnimationAction::read(ctx, inner, actor)),
                _ => Err(unknown(&inner, "LightStateAction or AnimationAction")),
            }
        }
        "TrailerAction" => {
            let inner = inner()?;
            match inner.name() {
                "ConnectTrailerAction" => {
                    boxed(trailer::ConnectTrailerAction::read(ctx, inner, actor))
                }
                "DisconnectTrailerAction" => {
                    boxed(Ok(trailer::DisconnectTrailerAction::new(actor)))
                }
                _ => Err(unknown(
                    &inner,
                    "ConnectTrailerAction or DisconnectTrailerAction",
                )),
            }
        }
        "ActivateControllerAction" => boxed(controller::ControllerAction::read(ctx, el, actor)),
        "ControllerAction" => return controller::read_all(ctx, el, actor).map(Some),
        _ => Err(unknown(&el, "a private action")),
    };
    action.map(Some)
}

/// Reads what a `GlobalAction` holds.
///
/// # Errors
/// If it is malformed.
pub fn read_global(ctx: &Context, el: El<'_>) -> Result<Option<Box<dyn Action>>, InputError> {
    let action = match el.name() {
        "EnvironmentAction" => boxed(environment::EnvironmentAction::read(ctx, el)),
        "EntityAction" => entity::read(ctx, el),
        "ParameterAction" => boxed(value::ValueAction::read_parameter(ctx, el)),
        "VariableAction" => boxed(value::ValueAction::read_variable(el)),
        "InfrastructureAction" => infrastructure::read(el),
        "TrafficAction" => boxed(traffic::TrafficAction::read(ctx, el)),
        "SetMonitorAction" => boxed(user_defined::SetMonitorAction::read(ctx, el)),
        _ => Err(unknown(&el, "a global action")),
    };
    action.map(Some)
}

/// Reads what a `UserDefinedAction` holds.
///
/// # Errors
/// If it is malformed.
pub fn read_user_defined(ctx: &Context, el: El<'_>) -> Read {
    match el.name() {
        "CustomCommandAction" => boxed(user_defined::CustomCommandAction::read(ctx, el)),
        _ => Err(unknown(&el, "CustomCommandAction")),
    }
}
