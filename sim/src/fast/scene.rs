//! What a fast world is made of: the map, its agents' starts and goals, and who moves as recorded, shared by many
//! worlds.

use std::sync::Arc;

use super::drivable::Drivable;
use super::road_points::{Piece, RoadPoints};
use super::surface::{FlatMap, Surface};
use crate::actor::{ActorSpec, ActorState};
use crate::math::wrap_angle;
use crate::road::RoadNetwork;

/// An agent at the start of an episode.
#[derive(Clone, Debug, PartialEq)]
pub struct AgentStart {
    /// What it is.
    pub spec: Arc<ActorSpec>,
    /// Where it starts.
    pub state: ActorState,
    /// Where it shall go (x, y), metres.
    pub goal_m: [f64; 2],
}

/// Middle of a box (x, y), metres, heading, radians, and speed, m/s.
pub type LoggedBox = ([f64; 2], f64, f64);

/// Somebody who moves as recorded, whatever agents do.
#[derive(Clone, Debug, PartialEq)]
pub struct Logged {
    /// What it is.
    pub spec: Arc<ActorSpec>,
    /// Its boxes from the start of an episode on; `None` where it was not there.
    pub boxes: Vec<Option<LoggedBox>>,
    /// Time between two of them, seconds.
    pub step_s: f64,
}

impl Logged {
    /// Where it is at a time, between two boxes in proportion; `None` where it is not there.
    pub fn at(&self, time_s: f64) -> Option<LoggedBox> {
        let at = (time_s / self.step_s).max(0.0);
        // Times are multiples of a step but for rounding.
        let index = (at + 1e-6).floor();
        let part = (at - index).max(0.0);
        let here = *self.boxes.get(index as usize)?;
        let ([x, y], yaw, speed) = here?;
        if part < 1e-6 {
            return here;
        }
        let ([x1, y1], yaw1, speed1) = (*self.boxes.get(index as usize + 1)?)?;
        let mix = |a: f64, b: f64| a + part * (b - a);
        let yaw_rad = wrap_angle(yaw + part * wrap_angle(yaw1 - yaw));
        Some(([mix(x, x1), mix(y, y1)], yaw_rad, mix(speed, speed1)))
    }
}

/// A scene that can't be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("scene: expected {expected}, found {found}")]
pub struct SceneError {
    /// What was expected.
    pub expected: &'static str,
    /// What was found.
    pub found: String,
}

/// A map with agents.
#[derive(Debug)]
pub struct Scene {
    pub(super) surface: Surface,
    pub(super) agents: Vec<AgentStart>,
    /// Places for agents, those that stay empty among them.
    pub(super) places: usize,
    pub(super) logged: Vec<Logged>,
    /// Whether all of the map lies at height 0.
    pub(super) is_flat: bool,
    /// Coordinates of observations count from here, metres.
    pub(super) origin: [f64; 2],
    pub(super) ground: Arc<Ground>,
}

/// What of a map is prepared for all scenes on it.
#[derive(Debug)]
pub struct Ground {
    pub(super) points: RoadPoints,
    pub(super) drivable: Drivable,
    pub(super) pieces: Vec<Piece>,
}

impl Scene {
    /// Agents on a map.
    ///
    /// # Errors
    /// If there is no agent, or a state or goal is not finite.
    pub fn new(map: Arc<RoadNetwork>, agents: Vec<AgentStart>) -> Result<Self, SceneError> {
        let places = agents.len();
        Self::on(Surface::Roads(map), agents, Vec::new(), places)
    }

    /// Agents on the map of a recording, with others that move as recorded. Where there are fewer agents than
    /// places, the other places stay empty.
    ///
    /// # Errors
    /// As [`Self::new`], or if a box of the others is not finite, or there are more agents than places.
    pub fn recorded(
        map: Arc<FlatMap>,
        agents: Vec<AgentStart>,
        logged: Vec<Logged>,
        places: usize,
    ) -> Result<Self, SceneError> {
        Self::on(Surface::Flat(map), agents, logged, places)
    }

    fn on(
        surface: Surface,
        agents: Vec<AgentStart>,
        logged: Vec<Logged>,
        places: usize,
    ) -> Result<Self, SceneError> {
        check(&agents, &logged, places)?;
        let start = agents.first().map_or([0.0; 2], |a| {
            let pose = &a.state.pose;
            [pose.x_m, pose.y_m]
        });
        let bounds = surface.bounds_m().unwrap_or([start; 2]);
        let [low, high] = bounds;
        let origin = [0, 1].map(|k| (0.5 * (low[k] + high[k])).round());
        let pieces = surface.pieces();
        let ground = Ground {
            points: RoadPoints::new(&pieces, origin),
            drivable: Drivable::new(bounds),
            pieces,
        };
        Ok(Self {
            is_flat: surface.is_flat(),
            surface,
            agents,
            places,
            logged,
            origin,
            ground: Arc::new(ground),
        })
    }

    /// Other agents, and others that move as recorded, on the same map, which is not prepared again.
    ///
    /// # Errors
    /// As [`Self::recorded`].
    pub fn with(
        &self,
        agents: Vec<AgentStart>,
        logged: Vec<Logged>,
        places: usize,
    ) -> Result<Self, SceneError> {
        check(&agents, &logged, places)?;
        Ok(Self {
            surface: self.surface.clone(),
            agents,
            places,
            logged,
            is_flat: self.is_flat,
            origin: self.origin,
            ground: self.ground.clone(),
        })
    }

    /// Its agents.
    pub fn agents(&self) -> &[AgentStart] {
        &self.agents
    }

    /// Places for agents in all worlds on it, those that stay empty among them.
    pub fn places(&self) -> usize {
        self.places
    }

    /// Who moves as recorded.
    pub fn logged(&self) -> &[Logged] {
        &self.logged
    }
}

fn check(agents: &[AgentStart], logged: &[Logged], places: usize) -> Result<(), SceneError> {
    if agents.is_empty() || agents.len() > places {
        return Err(SceneError {
            expected: "at least one agent, and a place for each",
            found: format!("{} agents, {places} places", agents.len()),
        });
    }
    let is_finite = |a: &AgentStart| a.state.is_finite() && a.goal_m.iter().all(|v| v.is_finite());
    if let Some(broken) = agents.iter().find(|a| !is_finite(a)) {
        return Err(SceneError {
            expected: "finite states and goals",
            found: format!("{:?} of {}", broken.state.pose, broken.spec.name),
        });
    }
    let is_broken =
        |([x, y], yaw, speed): &LoggedBox| ![x, y, yaw, speed].iter().all(|v| v.is_finite());
    let broken = logged.iter().find(|l| {
        !(l.step_s > 0.0 && l.step_s.is_finite()) || l.boxes.iter().flatten().any(is_broken)
    });
    match broken {
        Some(broken) => Err(SceneError {
            expected: "recorded boxes that are finite, a step longer than 0 s",
            found: format!("others for {}", broken.spec.name),
        }),
        None => Ok(()),
    }
}
