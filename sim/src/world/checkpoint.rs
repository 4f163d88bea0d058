//! A world's whole state at a tick, to go back to or to go on from elsewhere.
//!
//! Nothing is forgotten in silence: whatever lies in the ECS world must have been named by
//! [`SimWorld::keep`] or [`SimWorld::keep_none`], or [`SimWorld::checkpoint`] refuses.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};

use bevy::ecs::component::ComponentId;
use bevy::prelude::*;

use super::SimWorld;
use crate::actor::ActorId;

type Value = Box<dyn Any + Send + Sync>;

/// How a type's values are copied out of a world and put into one.
#[derive(Clone, Copy)]
enum Copier {
    Component {
        copy: fn(&EntityRef) -> Option<Value>,
        put: fn(&mut EntityWorldMut, &Value),
    },
    Resource {
        copy: fn(&World) -> Option<Value>,
        put: fn(&mut World, &Value),
        take: fn(&mut World),
    },
    /// No state of the simulation: stays as it is.
    None,
}

/// What a world knows of its types.
#[derive(Default)]
pub(super) struct Keeper {
    copiers: BTreeMap<ComponentId, Copier>,
    repairs: Vec<fn(&mut World)>,
}

/// All of a world's state at one tick.
pub struct Checkpoint {
    tick: u64,
    actors: Vec<Vec<(ComponentId, Value)>>,
    resources: Vec<(ComponentId, Value)>,
}

impl Checkpoint {
    /// The tick it was taken at.
    pub fn tick(&self) -> u64 {
        self.tick
    }
}

/// A world that holds what is not known to be state or none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no checkpoint of a world that holds {0}")]
pub struct CheckpointError(String);

impl SimWorld {
    /// Names a component of actors that is part of the state.
    pub fn keep<T: Component + Clone>(&mut self) -> &mut Self {
        let id = self.ecs.register_component::<T>();
        let copier = Copier::Component {
            copy: |entity| Some(Box::new(entity.get::<T>()?.clone())),
            put: |entity, value| {
                if let Some(value) = value.downcast_ref::<T>() {
                    entity.insert(value.clone());
                }
            },
        };
        self.keeper.copiers.insert(id, copier);
        self
    }

    /// Names a resource that is part of the state.
    pub fn keep_resource<T: Resource + Clone>(&mut self) -> &mut Self {
        let id = self.ecs.register_component::<T>();
        let copier = Copier::Resource {
            copy: |world| Some(Box::new(world.get_resource::<T>()?.clone())),
            put: |world, value| {
                if let Some(value) = value.downcast_ref::<T>() {
                    world.insert_resource(value.clone());
                }
            },
            take: |world| {
                world.remove_resource::<T>();
            },
        };
        self.keeper.copiers.insert(id, copier);
        self
    }

    /// Names a component or resource that is no state: a cache, or bookkeeping of what is installed.
    pub fn keep_none<T: Component>(&mut self) -> &mut Self {
        let id = self.ecs.register_component::<T>();
        self.keeper.copiers.insert(id, Copier::None);
        self
    }

    /// What mends references to entities once the values of a checkpoint are in a world; in the order of the calls.
    pub fn repair_with(&mut self, repair: fn(&mut World)) -> &mut Self {
        self.keeper.repairs.push(repair);
        self
    }

    /// Copies the whole state.
    ///
    /// # Errors
    /// If the world holds a type that is not known to be state or none.
    pub fn checkpoint(&self) -> Result<Checkpoint, CheckpointError> {
        let mut unknown = BTreeSet::new();
        let mut actors: Vec<(ActorId, Vec<(ComponentId, Value)>)> = Vec::new();
        let mut resources = Vec::new();
        for entity in self.ecs.iter_entities() {
            let mut values = Vec::new();
            for id in entity.archetype().components() {
                match self.keeper.copiers.get(id) {
                    Some(Copier::Component { copy, .. }) => {
                        values.extend(copy(&entity).map(|value| (*id, value)));
                    }
                    Some(Copier::Resource { copy, .. }) => {
                        resources.extend(copy(&self.ecs).map(|value| (*id, value)));
                    }
                    Some(Copier::None) => {}
                    None => {
                        let name = self.ecs.components().get_name(*id);
                        unknown.insert(name.map_or_else(|| format!("{id:?}"), |n| n.to_string()));
                    }
                }
            }
            if let Some(id) = entity.get::<ActorId>() {
                actors.push((*id, values));
            }
        }
        if !unknown.is_empty() {
            let names: Vec<_> = unknown.into_iter().collect();
            return Err(CheckpointError(names.join(", ")));
        }
        actors.sort_by_key(|(id, _)| *id);
        Ok(Checkpoint {
            tick: self.tick().index,
            actors: actors.into_iter().map(|(_, values)| values).collect(),
            resources,
        })
    }

    /// Puts the state of a checkpoint in the place of this world's own.
    pub fn restore(&mut self, checkpoint: &Checkpoint) {
        let mut query = self.ecs.query_filtered::<Entity, With<ActorId>>();
        let gone: Vec<Entity> = query.iter(&self.ecs).collect();
        for entity in gone {
            self.ecs.despawn(entity);
        }
        for copier in self.keeper.copiers.values() {
            if let Copier::Resource { take, .. } = copier {
                take(&mut self.ecs);
            }
        }
        for values in &checkpoint.actors {
            let mut entity = self.ecs.spawn_empty();
            for (id, value) in values {
                if let Some(Copier::Component { put, .. }) = self.keeper.copiers.get(id) {
                    put(&mut entity, value);
                }
            }
        }
        for (id, value) in &checkpoint.resources {
            if let Some(Copier::Resource { put, .. }) = self.keeper.copiers.get(id) {
                put(&mut self.ecs, value);
            }
        }
        for repair in &self.keeper.repairs {
            repair(&mut self.ecs);
        }
    }
}
