//! Entities go over from the story to drivers, and back.

use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::{ActorState, Motion};
use sim::message::{DriverSpec, Odometry};
use sim::physics::PhysicsState;
use sim::road::{ActorRoute, RoadNetwork, Route};
use sim::sensor::{Rig, SensorRig};
use sim::world::{Episode, SimWorld};

use crate::install::{Story, plan};
use crate::story::Player;

/// What whole drivers need that a story's controllers name; whoever installs the drivers sets it. Without it
/// everybody stays on rails.
#[derive(Resource, Clone, Debug, Default)]
pub struct WholeDrivers {
    /// Sensors of those that see by sensors.
    pub rig: Option<Arc<Rig>>,
}

/// Gives entities to the whole drivers that active controllers name, as at time 0.
pub fn give_to_drivers(world: &mut SimWorld) {
    world
        .ecs
        .resource_scope(|ecs, mut story: Mut<'_, Story>| give_over(ecs, &mut story));
}

/// Takes entities off their rails whose controllers have become active, and puts those back whose
/// controllers are so no more.
pub(crate) fn give_over(ecs: &mut World, story: &mut Story) {
    if !ecs.contains_resource::<WholeDrivers>() {
        return;
    }
    let seed = ecs.resource::<Episode>().seed;
    let cast = &mut story.storyboard.cast;
    for player in &mut cast.players {
        let before = story.given.get(&player.id).copied();
        if player.given_to == before {
            continue;
        }
        let slot = story.actors.get(player.id.0).copied().flatten();
        let Some((_, entity)) = slot.filter(|_| player.active) else {
            continue;
        };
        match player.given_to {
            Some(driver) => {
                seat(ecs, &cast.map, player, entity, driver, seed);
                story.given.insert(player.id, driver);
            }
            None => {
                unseat(ecs, player, entity);
                story.given.remove(&player.id);
            }
        }
    }
}

/// Gives an entity to a driver.
fn seat(
    ecs: &mut World,
    map: &RoadNetwork,
    player: &mut Player,
    entity: Entity,
    driver: DriverSpec,
    seed: u64,
) {
    player.is_scripted = false;
    let mut at = ecs.entity_mut(entity);
    if driver == DriverSpec::Traffic {
        // Without a route it goes its way at random.
        at.insert((Motion::Kinematic, driver));
    } else {
        at.insert((Motion::Dynamic, driver, Odometry::default()));
        if let Some(route) = plan(map, player, seed) {
            at.insert(ActorRoute(Arc::new(route)));
        }
    }
    let rig = ecs
        .get_resource::<WholeDrivers>()
        .and_then(|w| w.rig.clone());
    if let Some(rig) = rig.filter(|_| driver == DriverSpec::Learned) {
        ecs.entity_mut(entity).insert(SensorRig(rig));
    }
}

/// Puts an entity back on its rails.
fn unseat(ecs: &mut World, player: &mut Player, entity: Entity) {
    player.is_scripted = true;
    let mut at = ecs.entity_mut(entity);
    at.insert(Motion::Scripted);
    at.remove::<(DriverSpec, Odometry, ActorRoute, SensorRig)>();
}

/// Gives the actor of a name to another driver, or puts it back on its rails; whether it is there and can be driven.
pub(crate) fn change_driver(ecs: &mut World, name: &str, driver: DriverSpec) -> bool {
    if !ecs.contains_resource::<Story>() {
        return false;
    }
    let seed = ecs.resource::<Episode>().seed;
    ecs.resource_scope(|ecs, mut story: Mut<'_, Story>| {
        let story = &mut *story;
        let ego = story.ego_entity();
        let cast = &mut story.storyboard.cast;
        let found = cast.players.iter_mut().find(|p| p.spec.name == name);
        let Some(player) = found.filter(|p| p.active && p.spec.class.is_vehicle()) else {
            return false;
        };
        let Some((id, entity)) = story.actors.get(player.id.0).copied().flatten() else {
            return false;
        };
        // Where a rail or another driver has brought it.
        let state = ecs.get::<ActorState>(entity).copied().unwrap_or_default();
        player.put(&cast.map, &state);
        let given = (driver != DriverSpec::Scripted).then_some(driver);
        player.driver = None;
        // Whoever has started the run has the last word of the ego vehicle.
        if ego != Some(player.id) {
            player.given_to = given;
        }
        match given {
            Some(driver) => {
                let known = ecs.get::<ActorRoute>(entity).cloned();
                seat(ecs, &cast.map, player, entity, driver, seed);
                // As another one, so that its path is made anew: drivers know more or less of it.
                if let Some(ActorRoute(route)) = known {
                    let route = Arc::new(Route::clone(&route));
                    ecs.entity_mut(entity).insert(ActorRoute(route));
                }
                if ego != Some(player.id) {
                    story.given.insert(player.id, driver);
                }
            }
            None => {
                unseat(ecs, player, entity);
                story.given.remove(&player.id);
            }
        }
        ecs.resource_mut::<PhysicsState>().remake(id);
        true
    })
}
