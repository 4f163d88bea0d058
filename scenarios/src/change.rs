//! Changes from outside to a world that runs a story: what a debugger does to an actor.

use sim::actor::{ActorId, ActorState};
use sim::physics::PhysicsState;
use sim::world::{SimWorld, WorldMap};

use crate::install::Story;

/// Changes the state of an actor, for the story that may drive it, too; whether it is there.
pub fn change_actor(
    world: &mut SimWorld,
    id: ActorId,
    change: impl FnOnce(&mut ActorState),
) -> bool {
    let Some(entity) = world.entity(id) else {
        return false;
    };
    let Some(mut at) = world.ecs.get_mut::<ActorState>(entity) else {
        return false;
    };
    change(&mut at);
    let state = *at;
    world.ecs.resource_mut::<PhysicsState>().remake(id);
    let map = world.ecs.resource::<WorldMap>().0.clone();
    let Some(mut story) = world.ecs.get_resource_mut::<Story>() else {
        return true;
    };
    let number = story
        .actors
        .iter()
        .position(|slot| slot.is_some_and(|(actor, _)| actor == id));
    if let Some(player) = number.and_then(|n| story.storyboard.cast.players.get_mut(n)) {
        player.put(&map, &state);
    }
    true
}

impl Story {
    /// Sets a parameter or variable of the scenario; whether there is one of that name.
    pub fn set_parameter(&mut self, name: &str, value: &str) -> bool {
        let cast = &mut self.storyboard.cast;
        let slots = [&mut cast.parameters, &mut cast.variables];
        let mut is_there = false;
        for slot in slots.into_iter().filter_map(|all| all.get_mut(name)) {
            slot.value = value.to_owned();
            is_there = true;
        }
        is_there
    }
}
