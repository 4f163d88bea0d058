//! A world's components and resources as text, for whoever looks into it.

use std::fmt::Write;

use bevy::prelude::*;

use super::SimWorld;
use super::checkpoint::Copier;
use crate::actor::ActorId;

/// Longest text of one value, bytes: a cloud of points would be megabytes.
const MOST_BYTES: usize = 20_000;

/// An actor's components, or the world's resources.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// The actor; nothing for what belongs to the world.
    pub actor: Option<ActorId>,
    /// Whole type names with values as they are written for debugging, by name. A value is cut where it is long, and
    /// nothing where the type is no state.
    pub values: Vec<(String, Option<String>)>,
}

/// A text that takes no more once it is long.
struct Cut(String);

impl Write for Cut {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        if self.0.len() + text.len() > MOST_BYTES {
            self.0.push('…');
            return Err(std::fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}

impl SimWorld {
    /// What belongs to the world, and then the components of an actor.
    pub fn describe(&self, wanted: ActorId) -> Vec<Description> {
        let mut all: Vec<Description> = Vec::new();
        let mut shared = Vec::new();
        for entity in self.ecs.iter_entities() {
            let actor = entity.get::<ActorId>().copied();
            if actor.is_some_and(|actor| actor != wanted) {
                continue;
            }
            let mut values: Vec<_> = entity
                .archetype()
                .components()
                .iter()
                .map(|id| {
                    let mut text = Cut(String::new());
                    match self.keeper.copier(*id) {
                        Some(Copier::Component { tell, .. }) => tell(&entity, &mut text),
                        Some(Copier::Resource { tell, .. }) => tell(&self.ecs, &mut text),
                        Some(Copier::None) | None => {}
                    }
                    let text = Some(text.0).filter(|text| !text.is_empty());
                    (self.component_name(*id), text)
                })
                .collect();
            match actor {
                Some(_) => {
                    values.sort();
                    all.push(Description { actor, values });
                }
                None => shared.append(&mut values),
            }
        }
        shared.sort();
        all.push(Description {
            actor: None,
            values: shared,
        });
        all.sort_by_key(|description| description.actor);
        all
    }
}
