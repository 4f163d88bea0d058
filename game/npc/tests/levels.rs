//! The levels that are shipped, with the shipped network.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

mod common;

use std::path::Path;

use game::PlayOptions;
use game::level::Level;
use game::world::{Ending, GameState};
use npc::{NpcForward, NpcOptions};
use sim::input::Limits;
use tch::Device;

#[test]
fn a_good_player_beats_them_at_low_difficulty() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/levels");
    for name in ["06_the_guard.ron", "11_the_hunt.ron", "12_the_warden.ron"] {
        let level = Level::load(&folder.join(name), &Limits::default()).unwrap();
        let mut world = game::ready(&level, &PlayOptions::default()).unwrap();
        npc::install(&mut world, &NpcOptions { difficulty: 0.2 });
        let forward = NpcForward::load(&common::weights(), Device::Cpu).unwrap();
        let mut pipeline = forward.pipeline();
        while world.is_running() {
            pipeline.tick(std::slice::from_mut(&mut world));
        }
        let state = world.ecs.resource::<GameState>();
        assert_eq!(state.ending, Some(Ending::Beaten), "{name}");
    }
}
