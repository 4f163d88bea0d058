//! A world's whole state at a tick, to go back to or to go on from elsewhere.
//!
//! Nothing is forgotten in silence: whatever lies in the ECS world must have been named by
//! [`SimWorld::keep`] or [`SimWorld::keep_none`], or [`SimWorld::checkpoint`] refuses.

use std::any::{Any, TypeId};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use bevy::ecs::component::ComponentId;
use bevy::prelude::*;

use super::SimWorld;
use crate::actor::ActorId;

type Value = Box<dyn Any + Send + Sync>;

/// How a type's values are copied out of a world and put into one.
#[derive(Clone, Copy)]
pub(super) enum Copier {
    Component {
        copy: fn(&EntityRef) -> Option<Value>,
        put: fn(&mut EntityWorldMut, &Value),
        tell: fn(&EntityRef, &mut dyn std::fmt::Write),
    },
    Resource {
        copy: fn(&World) -> Option<Value>,
        put: fn(&mut World, &Value),
        take: fn(&mut World),
        tell: fn(&World, &mut dyn std::fmt::Write),
    },
    /// No state of the simulation: stays as it is.
    None,
}

/// What a world knows of its types.
#[derive(Default)]
pub(super) struct Keeper {
    copiers: BTreeMap<ComponentId, Copier>,
    types: BTreeMap<TypeId, ComponentId>,
    repairs: Vec<fn(&mut World)>,
}

impl Keeper {
    fn set<T: 'static>(&mut self, id: ComponentId, copier: Copier) {
        self.copiers.insert(id, copier);
        self.types.insert(TypeId::of::<T>(), id);
    }

    /// How values of a component are treated.
    pub(super) fn copier(&self, id: ComponentId) -> Option<&Copier> {
        self.copiers.get(&id)
    }

    fn copier_of(&self, kind: TypeId) -> Option<&Copier> {
        self.copiers.get(self.types.get(&kind)?)
    }
}

/// All of a world's state at one tick.
pub struct Checkpoint {
    tick: u64,
    actors: Vec<Vec<(TypeId, Value)>>,
    resources: Vec<(TypeId, Value)>,
    /// All types that the world knew of: another one may know of more, which stay as they are there.
    known: BTreeSet<TypeId>,
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
    pub fn keep<T: Component + Clone + Debug>(&mut self) -> &mut Self {
        let id = self.ecs.register_component::<T>();
        let copier = Copier::Component {
            copy: |entity| Some(Box::new(entity.get::<T>()?.clone())),
            put: |entity, value| {
                if let Some(value) = value.downcast_ref::<T>() {
                    entity.insert(value.clone());
                }
            },
            tell: |entity, out| {
                // What can't be written is cut there.
                let _ = entity.get::<T>().map(|value| write!(out, "{value:#?}"));
            },
        };
        self.keeper.set::<T>(id, copier);
        self
    }

    /// Names a resource that is part of the state.
    pub fn keep_resource<T: Resource + Clone + Debug>(&mut self) -> &mut Self {
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
            tell: |world, out| {
                let _ = world
                    .get_resource::<T>()
                    .map(|value| write!(out, "{value:#?}"));
            },
        };
        self.keeper.set::<T>(id, copier);
        self
    }

    /// Names a component or resource that is no state: a cache, or bookkeeping of what is installed.
    pub fn keep_none<T: Component>(&mut self) -> &mut Self {
        let id = self.ecs.register_component::<T>();
        self.keeper.set::<T>(id, Copier::None);
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
        let mut actors: Vec<(ActorId, Vec<(TypeId, Value)>)> = Vec::new();
        let mut resources = Vec::new();
        for entity in self.ecs.iter_entities() {
            let mut values = Vec::new();
            for id in entity.archetype().components() {
                let value = match self.keeper.copiers.get(id) {
                    Some(Copier::Component { copy, .. }) => copy(&entity).map(|v| (true, v)),
                    Some(Copier::Resource { copy, .. }) => copy(&self.ecs).map(|v| (false, v)),
                    Some(Copier::None) => None,
                    None => {
                        unknown.insert(self.component_name(*id));
                        None
                    }
                };
                // The kind is looked up by value, since it is what the value says it is.
                if let Some((is_of_actor, value)) = value {
                    let kind = (*value).type_id();
                    if is_of_actor {
                        values.push((kind, value));
                    } else {
                        resources.push((kind, value));
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
            known: self.keeper.types.keys().copied().collect(),
        })
    }

    /// The whole name of a component or resource.
    pub(super) fn component_name(&self, id: ComponentId) -> String {
        let name = self.ecs.components().get_name(id);
        name.map_or_else(|| format!("{id:?}"), |name| name.to_string())
    }

    /// Puts the state of a checkpoint in the place of this world's own. Resources of which the checkpoint's world
    /// knew nothing stay as they are.
    pub fn restore(&mut self, checkpoint: &Checkpoint) {
        let mut query = self.ecs.query_filtered::<Entity, With<ActorId>>();
        let gone: Vec<Entity> = query.iter(&self.ecs).collect();
        for entity in gone {
            self.ecs.despawn(entity);
        }
        for kind in &checkpoint.known {
            if let Some(Copier::Resource { take, .. }) = self.keeper.copier_of(*kind) {
                take(&mut self.ecs);
            }
        }
        for values in &checkpoint.actors {
            let mut entity = self.ecs.spawn_empty();
            for (kind, value) in values {
                if let Some(Copier::Component { put, .. }) = self.keeper.copier_of(*kind) {
                    put(&mut entity, value);
                }
            }
        }
        for (kind, value) in &checkpoint.resources {
            if let Some(Copier::Resource { put, .. }) = self.keeper.copier_of(*kind) {
                put(&mut self.ecs, value);
            }
        }
        for repair in &self.keeper.repairs {
            repair(&mut self.ecs);
        }
    }
}
