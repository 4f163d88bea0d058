//! The shipped characters fit their levels.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use dialogue::talk::{Character, talkers};
use game::level::Level;
use game::world::GameState;
use sim::actor::ActorId;
use sim::input::Limits;

fn assets() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets")
}

#[test]
fn shipped_characters_fit_their_levels() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(assets().join("levels"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut met = std::collections::BTreeSet::new();
    for file in files {
        let level = Level::load(&file, &Limits::default()).unwrap();
        let state = GameState::new(Arc::new(level.layout().unwrap()), ActorId(0));
        let load = |persona: &str| {
            met.insert(persona.to_owned());
            let path = assets().join("characters").join(format!("{persona}.ron"));
            Character::load(&path, &Limits::default())
        };
        let (things, all) = talkers(&level, &state, 1, load).unwrap();
        assert_eq!(all.len() + 1, state.characters.len());
        assert!(things.all().len() >= state.characters.len());
    }
    let shipped = std::fs::read_dir(assets().join("characters"))
        .unwrap()
        .count();
    assert_eq!(met.len(), shipped, "{met:?}");
}
