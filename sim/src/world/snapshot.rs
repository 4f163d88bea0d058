//! The state of all actors at one tick, as plain sorted data.

use std::sync::Arc;

use bevy::prelude::Resource;

use crate::actor::{ActorId, ActorSpec, ActorState, Motion};

/// One actor at one tick.
#[derive(Clone, Debug, PartialEq)]
pub struct ActorSnapshot {
    /// Identity.
    pub id: ActorId,
    /// Description.
    pub spec: Arc<ActorSpec>,
    /// State.
    pub state: ActorState,
    /// Who moves it.
    pub motion: Motion,
}

impl ActorSnapshot {
    /// Middle of the bounding box on the plane (x, y), metres.
    pub fn center_xy(&self) -> (f64, f64) {
        let b = &self.spec.bounding_box;
        self.state.pose.to_world_xy(b.center_x_m, b.center_y_m)
    }

    /// Corners of the bounding box on the plane, counter-clockwise from the front left, metres.
    pub fn corners_xy(&self) -> [(f64, f64); 4] {
        let b = &self.spec.bounding_box;
        let (l, w) = (b.length_m / 2.0, b.width_m / 2.0);
        [(l, w), (-l, w), (-l, -w), (l, -w)].map(|(x, y)| {
            self.state
                .pose
                .to_world_xy(b.center_x_m + x, b.center_y_m + y)
        })
    }
}

/// All actors at one tick, by ascending [`ActorId`].
#[derive(Resource, Clone, Debug, Default, PartialEq)]
pub struct WorldSnapshot {
    /// Number of the tick.
    pub tick: u64,
    /// Simulation time, seconds.
    pub time_s: f64,
    /// Actors.
    pub actors: Vec<ActorSnapshot>,
}

impl WorldSnapshot {
    /// The actor of an id.
    pub fn actor(&self, id: ActorId) -> Option<&ActorSnapshot> {
        self.actors
            .binary_search_by_key(&id, |a| a.id)
            .ok()
            .map(|i| &self.actors[i])
    }

    /// The actor of a name.
    pub fn actor_named(&self, name: &str) -> Option<&ActorSnapshot> {
        self.actors.iter().find(|a| a.spec.name == name)
    }
}
