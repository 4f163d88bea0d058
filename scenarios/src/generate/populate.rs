//! Brings generated traffic into a world.

use bevy::ecs::schedule::IntoScheduleConfigs;
use sim::actor::ActorId;
use sim::road::ActorRoute;
use sim::tick::Stage;
use sim::world::{Episode, SignalStates, SimWorld, WorldMap};

use super::signals::{FixedTimeSignals, switch};
use super::traffic::Placed;
use super::trip::{Trip, travel};
use super::turns::CrosswalkTurns;
use super::walk_graph::WalkGraph;
use super::walker::Walker;
use super::walker::walk;
use crate::install::play;

/// Spawns what was placed, in order, and installs what moves it: fixed-time lights, the people
/// on foot, and routes that go on. Vehicles with a driver are driven by whoever installs the drivers.
pub fn populate(world: &mut SimWorld, placed: Vec<Placed>) -> Vec<ActorId> {
    let map = world.ecs.resource::<WorldMap>().0.clone();
    if !world.ecs.contains_resource::<WalkGraph>() {
        let seed = world.ecs.resource::<Episode>().seed;
        let signals = FixedTimeSignals::new(&map, seed);
        let shown = signals.states(world.tick().time_s());
        world
            .ecs
            .get_resource_or_init::<SignalStates>()
            .0
            .extend(shown.0);
        world.ecs.insert_resource(signals);
        world.ecs.insert_resource(WalkGraph::new(&map));
        world.ecs.init_resource::<CrosswalkTurns>();
        world
            .keep::<Trip>()
            .keep::<Walker>()
            .keep_resource::<FixedTimeSignals>()
            .keep_none::<WalkGraph>()
            .keep_resource::<CrosswalkTurns>();
        world.add_systems(Stage::Story, (switch, walk, travel).chain().after(play));
    }
    let mut ids = Vec::with_capacity(placed.len());
    for actor in placed {
        let id = world.spawn(actor.spec, actor.state, actor.motion);
        if let Some(entity) = world.entity(id) {
            let mut entity = world.ecs.entity_mut(entity);
            if let Some(driver) = actor.driver {
                entity.insert((driver, Trip::default()));
            }
            if let Some(route) = actor.route {
                entity.insert(ActorRoute(route));
            }
            if let Some(walker) = actor.walker {
                entity.insert(walker);
            }
        }
        ids.push(id);
    }
    ids
}
