//! The behaviour stages of a world: thin adapters between components and the pure functions.

mod learned;
mod predict;
mod routes;
mod rules;
mod traffic;

use std::sync::Arc;

use bevy::ecs::schedule::IntoScheduleConfigs;
use sim::tick::Stage;
use sim::world::{SimWorld, WorldMap};

pub use learned::{LearnedDrivers, PlanForward, PlanJobs};
pub use predict::{MapLanes, PredictForward, PredictJobs, modes_of};
pub use routes::RoutePaths;
pub use rules::{RuleDrivers, expert_plan};
pub use traffic::TrafficDrivers;

use crate::prediction::LaneMap;
use crate::rules::idm::IdmParams;

/// Time between decisions of every driver, seconds; control runs each tick.
pub const DECISION_S: f64 = 0.1;

/// Settings of the behaviour stages.
#[derive(Clone, Debug, Default)]
pub struct AgentsConfig {
    /// Manner of the rule-based drivers and bounds of the learned one.
    pub params: IdmParams,
    /// Lanes of the map as prediction reads them, where they are already cut (worlds that share a
    /// map share them); else they are cut here.
    pub lanes: Option<Arc<LaneMap>>,
}

/// Adds the behaviour stages to a world.
pub fn install(world: &mut SimWorld, config: AgentsConfig) {
    let lanes = config
        .lanes
        .unwrap_or_else(|| Arc::new(crate::map::lane_map(&world.ecs.resource::<WorldMap>().0)));
    world.ecs.insert_resource(MapLanes(lanes));
    world.ecs.insert_resource(RuleDrivers::new(config.params));
    world
        .ecs
        .insert_resource(LearnedDrivers::new(config.params));
    world.ecs.init_resource::<RoutePaths>();
    world.ecs.init_resource::<TrafficDrivers>();
    world.ecs.init_resource::<PredictJobs>();
    world.ecs.init_resource::<PlanJobs>();
    world
        .keep_none::<MapLanes>()
        .keep_resource::<RuleDrivers>()
        .keep_resource::<LearnedDrivers>()
        .keep_resource::<RoutePaths>()
        .keep_resource::<TrafficDrivers>()
        .keep_resource::<PredictJobs>()
        .keep_resource::<PlanJobs>();
    world.add_systems(Stage::PredictEncode, predict::encode);
    world.add_systems(Stage::PredictDecode, predict::decode);
    world.add_systems(
        Stage::PlanEncode,
        (routes::refresh, learned::encode).chain(),
    );
    world.add_systems(Stage::PlanDecode, learned::decode);
    world.add_systems(
        Stage::Control,
        (
            routes::refresh,
            rules::drive,
            traffic::drive,
            learned::control,
        )
            .chain(),
    );
}
