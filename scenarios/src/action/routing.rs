//! `AssignRouteAction`, `AcquirePositionAction` and `RandomRouteAction`.

use std::sync::Arc;

use sim::input::InputError;
use sim::seed::Draw;

use super::{Action, Progress};
use crate::model::{Context, EntityId, Position, Route};
use crate::read::El;
use crate::story::{Cast, Place, RouteRun};

fn assign(cast: &mut Cast, actor: EntityId, waypoints: Option<Vec<Place>>) {
    let run = waypoints.and_then(|w| RouteRun::new(&cast.map, w));
    if let Some(player) = cast.actor_mut(actor) {
        player.route = run;
        (player.random_turns, player.junction_angle_rad) = (false, 0.0);
    }
}

/// `AssignRouteAction`
#[derive(Clone, Debug)]
pub struct AssignRouteAction {
    actor: EntityId,
    route: Arc<Route>,
}

impl AssignRouteAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        Ok(Self {
            actor,
            route: Arc::new(Route::read(ctx, el.choice("a route")?)?),
        })
    }
}

impl Action for AssignRouteAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let mut positions: Vec<&Position> =
            self.route.waypoints.iter().map(|w| &w.position).collect();
        if self.route.closed {
            positions.extend(positions.first().copied());
        }
        let waypoints = positions
            .into_iter()
            .map(|p| cast.resolve(p, self.actor))
            .collect();
        assign(cast, self.actor, waypoints);
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `AcquirePositionAction`
#[derive(Clone, Debug)]
pub struct AcquirePositionAction {
    actor: EntityId,
    position: Position,
}

impl AcquirePositionAction {
    /// Reads the element.
    ///
    /// # Errors
    /// If it is malformed.
    pub fn read(ctx: &Context, el: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        Ok(Self {
            actor,
            position: Position::read(ctx, el.need_child("Position")?)?,
        })
    }
}

impl Action for AcquirePositionAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        let here = cast.actor(self.actor).map(|p| p.place.clone());
        let there = cast.resolve(&self.position, self.actor);
        assign(cast, self.actor, here.zip(there).map(|(a, b)| vec![a, b]));
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}

/// `RandomRouteAction`: turns at junctions are drawn, as for every entity without a route.
#[derive(Clone, Debug)]
pub struct RandomRouteAction {
    actor: EntityId,
}

impl RandomRouteAction {
    /// Reads the element.
    ///
    /// # Errors
    /// None so far.
    pub fn read(_: El<'_>, actor: EntityId) -> Result<Self, InputError> {
        Ok(Self { actor })
    }
}

impl Action for RandomRouteAction {
    fn start(&mut self, cast: &mut Cast) -> Progress {
        assign(cast, self.actor, None);
        let angle_rad = cast.random.uniform(0.0, sim::math::TAU);
        if let Some(player) = cast.actor_mut(self.actor) {
            (player.random_turns, player.junction_angle_rad) = (true, angle_rad);
        }
        Progress::Running
    }

    fn actor(&self) -> Option<EntityId> {
        Some(self.actor)
    }

    fn boxed_clone(&self) -> Box<dyn Action> {
        Box::new(self.clone())
    }
}
