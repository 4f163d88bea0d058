//! Entities go over from the story to drivers, and back.

use std::sync::Arc;

use bevy::prelude::*;
use sim::actor::Motion;
use sim::message::{DriverSpec, Odometry};
use sim::road::ActorRoute;
use sim::sensor::{Rig, SensorRig};
use sim::world::{Episode, SimWorld};

use crate::install::{Story, plan};

/// What whole drivers need that a story's controllers name; whoever installs the drivers sets it. Without it
/// everybody stays on rails.
#[derive(Resource, Clone, Default)]
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
        let mut at = ecs.entity_mut(entity);
        match player.given_to {
            Some(driver) => {
                player.is_scripted = false;
                if driver == DriverSpec::Traffic {
                    // Without a route it goes its way at random.
                    at.insert((Motion::Kinematic, driver));
                } else {
                    at.insert((Motion::Dynamic, driver, Odometry::default()));
                    if let Some(route) = plan(&cast.map, player, seed) {
                        at.insert(ActorRoute(Arc::new(route)));
                    }
                }
                let rig = ecs
                    .get_resource::<WholeDrivers>()
                    .and_then(|w| w.rig.clone());
                if let Some(rig) = rig.filter(|_| driver == DriverSpec::Learned) {
                    ecs.entity_mut(entity).insert(SensorRig(rig));
                }
                story.given.insert(player.id, driver);
            }
            None => {
                player.is_scripted = true;
                at.insert(Motion::Scripted);
                at.remove::<(DriverSpec, Odometry, ActorRoute, SensorRig)>();
                story.given.remove(&player.id);
            }
        }
    }
}
