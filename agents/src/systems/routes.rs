//! Driving paths of the actors, kept while their routes hold.

use std::collections::BTreeMap;
use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::{ActorId, ActorState};
use sim::message::DriverSpec;
use sim::world::{Episode, WorldMap};

use crate::map::{lane_under, path_of_legs, roam};
use crate::path::Path;

/// Length of a path made up for an actor without a route, metres.
const ROAM_M: f64 = 1500.0;

/// The path of each actor that has one.
#[derive(Resource, Default)]
pub struct RoutePaths {
    paths: BTreeMap<ActorId, Arc<Path>>,
}

impl RoutePaths {
    /// The path of an actor.
    pub fn path(&self, id: ActorId) -> Option<Arc<Path>> {
        self.paths.get(&id).cloned()
    }

    /// Sets the path of an actor.
    pub fn set(&mut self, id: ActorId, path: Arc<Path>) {
        self.paths.insert(id, path);
    }
}

/// Makes paths for driven actors that have none yet: along their lane and on at random.
pub(super) fn refresh(
    map: Res<WorldMap>,
    episode: Res<Episode>,
    mut paths: ResMut<RoutePaths>,
    drivers: Query<(&ActorId, &DriverSpec, &ActorState)>,
) {
    let mut missing: Vec<_> = drivers
        .iter()
        .filter(|(id, driver, _)| {
            **driver != DriverSpec::Scripted && !paths.paths.contains_key(*id)
        })
        .collect();
    missing.sort_unstable_by_key(|(id, ..)| **id);
    for (id, _, state) in missing {
        let mut rng = sim::seed::stream(episode.seed, Some(*id), "route");
        let legs = lane_under(&map.0, &state.pose)
            .map(|(lane, s_m)| roam(&map.0, lane, s_m, ROAM_M, &mut rng))
            .unwrap_or_default();
        paths.set(*id, Arc::new(path_of_legs(&map.0, &legs)));
    }
}
