//! Fast traffic: very many kinematic agents without ECS, physics or sensors, for reinforcement learning.
//!
//! In: [`Scene`]s (map or recording, agents with start and goal, others as recorded) and an action an agent and step. Out: observations,
//! rewards and ends, in flat arrays. What moves, touches and leaves the road is reckoned by the same
//! functions as in a full world ([`crate::physics::single_track`], [`crate::physics::Footprint`],
//! [`crate::road::RoadNetwork::is_drivable`]), so that both give the same bits for the same commands. Start reading at
//! [`Batch`].

mod batch;
mod drivable;
mod judge;
mod observe;
mod render;
mod road_points;
mod scene;
mod surface;
mod wide;
mod world;

pub use batch::{Batch, Output, View};
pub use observe::{COMPACT, FULL, NEIGHBORS, Observation, ROAD_POINTS};
pub use road_points::PieceKind;
pub use scene::{AgentStart, Logged, LoggedBox, Scene, SceneError};
pub use surface::{FlatMap, MapLine};
pub use world::{FastWorld, Tally, command};

/// What happens to an agent that hits another or leaves the road.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It goes on.
    Ignore,
    /// Its part of the episode ends; it is gone until the next.
    #[default]
    Remove,
    /// Its part of the episode ends, and it starts again where it started.
    Respawn,
}

/// What happens to an agent that reaches its goal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnGoal {
    /// Its part of the episode ends; it is gone until the next.
    #[default]
    Remove,
    /// Its part of the episode ends, and it starts again where it started.
    Respawn,
}

/// How agents are moved, judged and seen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Config {
    /// Length of a step, seconds.
    pub dt_s: f64,
    /// Steps of an episode.
    pub horizon: u32,
    /// A goal is reached within this distance of the middle of the box, metres.
    pub goal_radius_m: f64,
    /// Reward for a goal reached.
    pub goal_reward: f32,
    /// Reward for a collision that begins.
    pub collision_reward: f32,
    /// Reward for leaving the road.
    pub off_road_reward: f32,
    /// Reward a metre by which the goal comes nearer.
    pub progress_reward: f32,
    /// After a collision or off the road.
    pub on_failure: OnFailure,
    /// At the goal.
    pub on_goal: OnGoal,
    /// What agents see.
    pub observation: Observation,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            dt_s: 0.1,
            horizon: 91,
            goal_radius_m: 2.0,
            goal_reward: 1.0,
            collision_reward: -0.5,
            off_road_reward: -0.2,
            progress_reward: 0.0,
            on_failure: OnFailure::Remove,
            on_goal: OnGoal::Remove,
            observation: Observation::Full,
        }
    }
}
