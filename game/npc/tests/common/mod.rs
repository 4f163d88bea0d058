//! Worlds and networks for the laws.
#![allow(dead_code, reason = "not every law needs all of it")]

use std::path::{Path, PathBuf};

use game::PlayOptions;
use npc::levels::{Kind, level};
use npc::{Config, Network, NpcForward, NpcOptions};
use sim::tick::Pipeline;
use sim::world::SimWorld;
use tch::Device;
use tch::nn::VarStore;

/// A network with fresh weights, the same each time.
pub fn fresh() -> (Network, VarStore) {
    let _generator = nn::device::seed(7);
    nn::use_one_thread();
    let store = VarStore::new(Device::Cpu);
    let network = Network::new(&store.root(), &Config::default());
    (network, store)
}

pub fn pipeline() -> Pipeline {
    let (network, store) = fresh();
    NpcForward::new(network, Config::default(), store).pipeline()
}

/// A world of a generated level whose characters the network steers.
pub fn world(kind: Kind, seed: u64, difficulty: f64) -> SimWorld {
    let level = level(kind, seed).expect("a level");
    let options = PlayOptions {
        seed,
        skill: 0.7,
        difficulty,
        ..PlayOptions::default()
    };
    let mut world = game::ready(&level, &options).expect("a world");
    npc::install(&mut world, &NpcOptions { difficulty });
    world.refresh_snapshot();
    world
}

/// The shipped weights.
pub fn weights() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../assets/npc.safetensors")
}
