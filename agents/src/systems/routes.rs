//! Driving paths of the actors, kept while their routes hold.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::{ActorId, ActorState};
use sim::message::{DriverSpec, Odometry};
use sim::road::{ActorRoute, Route};
use sim::tick::Tick;
use sim::world::{Episode, WorldMap};

use crate::map::{lane_under, mark_conflicts, path_of_legs, path_with_ease, roam};
use crate::path::Path;

/// Length of a path made up for an actor without a route, metres.
const ROAM_M: f64 = 1500.0;

/// The path of each actor that has one.
#[derive(Resource, Clone, Debug, Default)]
pub struct RoutePaths {
    paths: BTreeMap<ActorId, Arc<Path>>,
    /// The route that a path was made of.
    routes: BTreeMap<ActorId, Arc<Route>>,
    /// Who got a path made up: it is made anew before it ends.
    roaming: BTreeSet<ActorId>,
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

/// Half the time of background traffic's changes of lanes, seconds.
const EASE_S: f64 = 2.0;
/// Distance to the end of a made-up path at which it is made anew, metres.
const RENEW_M: f64 = 150.0;
/// How often that is looked after, seconds.
const RENEW_S: f64 = 1.0;

/// Makes paths of the actors' routes; for driven actors without a route along their lane and on at
/// random.
pub(super) fn refresh(
    map: Res<WorldMap>,
    tick: Res<Tick>,
    episode: Res<Episode>,
    mut paths: ResMut<RoutePaths>,
    routes: Query<(&ActorId, &ActorRoute, Option<&DriverSpec>)>,
    drivers: Query<(&ActorId, &DriverSpec, &ActorState, Option<&Odometry>)>,
) {
    let paths = &mut *paths;
    let look = tick.is_due(RENEW_S);
    let mut routed: Vec<_> = routes.iter().collect();
    routed.sort_unstable_by_key(|(id, ..)| **id);
    for (id, route, driver) in routed {
        let known = paths
            .routes
            .get(id)
            .is_some_and(|old| Arc::ptr_eq(old, &route.0));
        if !known {
            let ease_s = match driver {
                Some(DriverSpec::Traffic) => EASE_S,
                _ => 0.0,
            };
            let mut path = path_with_ease(&map.0, &route.0, ease_s);
            if driver == Some(&DriverSpec::Learned) {
                mark_conflicts(&map.0, &mut path);
            }
            paths.set(*id, Arc::new(path));
            paths.routes.insert(*id, route.0.clone());
            paths.roaming.remove(id);
        }
    }
    let mut missing: Vec<_> = drivers
        .iter()
        .filter_map(|(id, driver, state, odometry)| {
            // A learned driver knows where it is by its odometry alone.
            let pose = match driver {
                DriverSpec::Scripted | DriverSpec::Manual => None,
                DriverSpec::Learned => odometry.map(|o| o.pose),
                DriverSpec::Idm | DriverSpec::Expert | DriverSpec::Traffic => Some(state.pose),
            };
            pose.map(|pose| (id, pose, *driver == DriverSpec::Learned))
        })
        .filter(|(id, pose, _)| {
            let ends = |path: &Arc<Path>| {
                let on = path.project(pose.x_m, pose.y_m);
                path.length_m() - on.station_m < RENEW_M
            };
            match paths.paths.get(*id) {
                None => true,
                Some(path) => look && paths.roaming.contains(*id) && ends(path),
            }
        })
        .collect();
    missing.sort_unstable_by_key(|(id, ..)| **id);
    for (id, pose, is_learned) in missing {
        // Another stretch, another draw.
        let purpose = format!("route at {}", tick.index);
        let mut rng = sim::seed::stream(episode.seed, Some(*id), &purpose);
        let legs = lane_under(&map.0, &pose)
            .map(|(lane, s_m)| roam(&map.0, lane, s_m, ROAM_M, &mut rng))
            .unwrap_or_default();
        let mut path = path_of_legs(&map.0, &legs);
        if is_learned {
            mark_conflicts(&map.0, &mut path);
        }
        if path.length_m() > RENEW_M || !paths.paths.contains_key(id) {
            paths.set(*id, Arc::new(path));
        }
        paths.roaming.insert(*id);
    }
}
