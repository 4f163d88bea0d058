//! What a fast world is made of: the map and its agents' starts and goals, shared by many worlds.

use std::sync::Arc;

use super::drivable::Drivable;
use super::road_points::{Piece, RoadPoints, pieces};
use crate::actor::{ActorSpec, ActorState};
use crate::road::{Road, RoadNetwork};

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
    pub(super) map: Arc<RoadNetwork>,
    pub(super) agents: Vec<AgentStart>,
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
        if agents.is_empty() {
            return Err(SceneError {
                expected: "at least one agent",
                found: "none".into(),
            });
        }
        let is_finite =
            |a: &AgentStart| a.state.is_finite() && a.goal_m.iter().all(|v| v.is_finite());
        if let Some(broken) = agents.iter().find(|a| !is_finite(a)) {
            return Err(SceneError {
                expected: "finite states and goals",
                found: format!("{:?} of {}", broken.state.pose, broken.spec.name),
            });
        }
        let is_flat = map.roads().iter().all(lies_at_zero);
        let pieces = pieces(&map);
        let start = agents.first().map_or([0.0; 2], |a| {
            let pose = &a.state.pose;
            [pose.x_m, pose.y_m]
        });
        let bounds = map.bounds_m().unwrap_or([start; 2]);
        let [low, high] = bounds;
        let origin = [0, 1].map(|k| (0.5 * (low[k] + high[k])).round());
        let ground = Ground {
            points: RoadPoints::new(&pieces, origin),
            drivable: Drivable::new(bounds),
            pieces,
        };
        Ok(Self {
            map,
            agents,
            is_flat,
            origin,
            ground: Arc::new(ground),
        })
    }

    /// Other agents on the same map, which is not prepared again.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn with_agents(&self, agents: Vec<AgentStart>) -> Result<Self, SceneError> {
        if agents.is_empty() || agents.iter().any(|a| !a.state.is_finite()) {
            return Err(SceneError {
                expected: "agents with finite states",
                found: format!("{} agents", agents.len()),
            });
        }
        Ok(Self {
            map: self.map.clone(),
            agents,
            is_flat: self.is_flat,
            origin: self.origin,
            ground: self.ground.clone(),
        })
    }

    /// Its agents.
    pub fn agents(&self) -> &[AgentStart] {
        &self.agents
    }

    /// Its map.
    pub fn map(&self) -> &Arc<RoadNetwork> {
        &self.map
    }
}

fn lies_at_zero(road: &Road) -> bool {
    road.elevation.is_zero() && road.superelevation.is_zero() && road.lateral.is_flat()
}
