//! Scenes of fast worlds by name: files of maps and of recordings, and generated maps.

use std::path::Path;
use std::sync::Arc;

use agents::data::Recording;
use scenarios::generate::{MapKind, fast_agents, map};
use sim::fast::{Scene, SceneError};
use sim::input::{InputError, Limits};
use sim::road::RoadNetwork;

/// What went wrong with a scene.
#[derive(Debug, thiserror::Error)]
pub enum ScenesError {
    /// A file can't be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// A scene can't be.
    #[error("{name}: {error}")]
    Scene {
        /// Where it comes from.
        name: String,
        /// What went wrong.
        error: SceneError,
    },
    /// A map is too small.
    #[error("{name}: expected room for {wanted} agents, found it for {found}")]
    Room {
        /// The map.
        name: String,
        /// Agents that were asked for.
        wanted: usize,
        /// Agents that have room.
        found: usize,
    },
}

/// How scenes are made.
#[derive(Clone, Copy, Debug)]
pub struct Cast {
    /// Scenes of each map or recording, at most.
    pub scenes: usize,
    /// Agents of each.
    pub agents: usize,
    /// Steps of an episode.
    pub horizon: usize,
    /// Seed of where agents start on maps.
    pub seed: u64,
}

/// Scenes of a map's file (`.xodr`), of a generated map by its kind and seed (`town:7`), or of a recording's file
/// ([`Recording::load`]).
///
/// # Errors
/// If it is none of these, or has no room for the agents.
pub fn scenes(name: &str, cast: Cast) -> Result<Vec<Arc<Scene>>, ScenesError> {
    let of = |error| ScenesError::Scene {
        name: name.to_owned(),
        error,
    };
    if Recording::is_named(name) {
        let recording = Recording::load(Path::new(name))?;
        let scenes = recording.scenes(cast.scenes, cast.horizon, cast.agents);
        return Ok(scenes.map_err(of)?.into_iter().map(Arc::new).collect());
    }
    let network = Arc::new(network(name)?);
    let mut all: Vec<Arc<Scene>> = Vec::new();
    for k in 0..cast.scenes.max(1) as u64 {
        let starts = fast_agents(&network, cast.seed.wrapping_add(k), cast.agents);
        if starts.len() < cast.agents {
            return Err(ScenesError::Room {
                name: name.to_owned(),
                wanted: cast.agents,
                found: starts.len(),
            });
        }
        let scene = match all.first() {
            Some(first) => first.with(starts, Vec::new(), cast.agents),
            None => Scene::new(network.clone(), starts),
        };
        all.push(Arc::new(scene.map_err(of)?));
    }
    Ok(all)
}

/// A map by a file's path, or by its kind and seed.
fn network(name: &str) -> Result<RoadNetwork, InputError> {
    let path = Path::new(name);
    let (kind, seed) = name.split_once(':').unwrap_or((name, "0"));
    let known = MapKind::ALL.into_iter().find(|k| k.name() == kind);
    match (known, seed.parse::<u64>()) {
        (Some(kind), Ok(seed)) => {
            RoadNetwork::from_xml_text(path, map(kind, seed), &Limits::default())
        }
        // Neither a kind nor a file: who mistyped the one is helped by the list.
        _ if !path.exists() => {
            let kinds: Vec<_> = MapKind::ALL.iter().map(|k| k.name()).collect();
            let expected = format!(
                "the file of a map (.xodr) or a recording, or a kind of generated map with its seed, as in town:7; kinds are {}",
                kinds.join(", ")
            );
            Err(InputError::new(path, expected, "none of these"))
        }
        _ => RoadNetwork::load(path, &Limits::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_map_is_told_the_kinds() {
        for name in ["nope:1", "town:x", "no/such.xodr"] {
            let told = network(name).err().map(|e| e.to_string());
            let told = told.unwrap_or_default();
            assert!(
                told.starts_with(name) && told.contains("kinds are "),
                "{told}"
            );
        }
    }
}
