//! Measures of how the ego vehicle drove, and what a scenario may ask of them.
//!
//! In: [`WorldSnapshot`] and contacts of each tick, for the actor given to [`watch`]. Out: [`EgoLog`],
//! whose [`EgoLog::values`] are the metrics. One file a metric, with its unit and source.

mod collision;
mod progress;
mod road_use;
mod time_to_collision;

use std::collections::BTreeMap;

use bevy::prelude::*;

use crate::actor::ActorId;
use crate::physics::Contacts;
use crate::road::{ActorRoute, RoadIndex};
use crate::tick::Stage;
use crate::world::{SimWorld, Spec, WorldMap, WorldSnapshot};

/// A figure of a run; `None` where it does not apply.
pub type Values = BTreeMap<&'static str, (Option<f64>, &'static str)>;

/// What was measured of one actor so far.
#[derive(Resource, Clone, Debug)]
pub struct EgoLog {
    /// The actor.
    pub ego: ActorId,
    collision: collision::Collisions,
    road: road_use::RoadUse,
    progress: progress::Progress,
    least_ttc_s: Option<f64>,
    hardest_braking_mps2: f64,
    seconds: f64,
    road_hint: Option<RoadIndex>,
}

impl EgoLog {
    /// Metrics by name, each with its unit.
    pub fn values(&self) -> Values {
        let mut values = Values::new();
        self.collision.report(&mut values);
        self.road.report(&mut values);
        self.progress.report(&mut values);
        values.insert("min_ttc", (self.least_ttc_s, "s"));
        values.insert(
            "max_deceleration",
            (Some(self.hardest_braking_mps2), "m/s2"),
        );
        values
    }

    /// Whether the route's end was reached; `None` without a route.
    pub fn is_goal_reached(&self) -> Option<bool> {
        self.progress.is_goal_reached()
    }

    /// Names of those the ego ran into by its own fault.
    pub fn at_fault_with(&self) -> &[String] {
        &self.collision.at_fault
    }

    /// Time with a corner beyond the drivable lanes, seconds.
    pub fn off_road_s(&self) -> f64 {
        self.road.off_road_s
    }
}

/// Adds this module's systems to a world.
pub fn install(world: &mut SimWorld) {
    world.add_systems(Stage::Measure, measure.run_if(resource_exists::<EgoLog>));
}

/// Starts measuring an actor.
pub fn watch(world: &mut SimWorld, ego: ActorId) {
    world.ecs.insert_resource(EgoLog {
        ego,
        collision: collision::Collisions::default(),
        road: road_use::RoadUse::default(),
        progress: progress::Progress::default(),
        least_ttc_s: None,
        hardest_braking_mps2: 0.0,
        seconds: 0.0,
        road_hint: None,
    });
}

type Routed<'a> = (&'a ActorId, &'a Spec, Option<&'a ActorRoute>);

fn measure(
    tick: Res<crate::tick::Tick>,
    map: Res<WorldMap>,
    snapshot: Res<WorldSnapshot>,
    contacts: Res<Contacts>,
    mut log: ResMut<EgoLog>,
    actors: Query<Routed<'_>>,
) {
    let Some(ego) = snapshot.actor(log.ego) else {
        return;
    };
    let route = actors
        .iter()
        .find(|(id, ..)| **id == ego.id)
        .and_then(|(_, _, route)| route);
    let log = &mut *log;
    log.seconds += tick.dt_s;
    log.collision.add(ego, &snapshot, &contacts);
    log.road.add(&map.0, ego, tick.dt_s, &mut log.road_hint);
    if let Some(route) = route {
        log.progress.add(&route.0, ego);
    }
    if let Some(ttc) = time_to_collision::least(ego, &snapshot) {
        log.least_ttc_s = Some(log.least_ttc_s.map_or(ttc, |least| least.min(ttc)));
    }
    log.hardest_braking_mps2 = log.hardest_braking_mps2.max(-ego.state.accel_mps2);
}
