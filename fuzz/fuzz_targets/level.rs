//! Any bytes as a level file: read, and where that succeeds judged, built to meshes and a world, and played for a
//! few ticks; and as a level of other formats.
#![no_main]

use std::path::Path;
use std::sync::Arc;

use game::geometry::triangles;
use game::import::{VglcGame, parse_boxoban, parse_vglc};
use game::level::{Level, problems};
use game::solve::{SolveOptions, solve};
use game::world::GameState;
use libfuzzer_sys::fuzz_target;
use sim::actor::ActorId;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let path = Path::new("level.ron");
    let _ = parse_boxoban(path, text);
    let _ = parse_vglc(path, text, VglcGame::MarioLayers);
    let _ = parse_vglc(path, text, VglcGame::Zelda);
    let Ok(level) = Level::parse(path, text) else {
        return;
    };
    let Ok(layout) = level.layout() else { return };
    let _ = problems(&layout);
    let _ = triangles(&layout);
    let _ = solve(&layout, &SolveOptions { max_states: 50 });
    let mut state = GameState::new(Arc::new(layout), ActorId(0));
    for tick in 1..10 {
        state.step(&[], tick, 0.05);
    }
});
