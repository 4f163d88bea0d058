//! Any bytes as a scenario: read, and where that succeeds played for two seconds on the map beside it.
#![no_main]

use std::cell::OnceCell;
use std::path::PathBuf;
use std::sync::Arc;

use libfuzzer_sys::fuzz_target;
use scenarios::{LoadOptions, Scenario, StoryOptions, install};
use sim::input::Limits;
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

const TICKS: u64 = 40;

/// A folder with the files that scenarios name: the project's own maps and catalogs.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fuzz-xosc-{}", std::process::id()));
    if !folder.exists() {
        std::fs::create_dir_all(&folder).expect("a folder");
        for part in ["maps", "catalogs"] {
            let from = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/regression");
            std::os::unix::fs::symlink(format!("{from}/{part}"), folder.join(part)).expect("a link");
        }
    }
    folder
}

thread_local! {
    static FOLDER: OnceCell<PathBuf> = const { OnceCell::new() };
    static MAP: OnceCell<Arc<RoadNetwork>> = const { OnceCell::new() };
}

fuzz_target!(|bytes: &[u8]| {
    let folder = FOLDER.with(|f| f.get_or_init(folder).clone());
    let path = folder.join("scenario.xosc");
    std::fs::write(&path, bytes).expect("written");
    let options = LoadOptions {
        limits: Limits {
            max_actors: 50,
            ..Limits::default()
        },
        allowed: vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios/regression"))],
        ..LoadOptions::default()
    };
    let Ok(scenario) = Scenario::load_with(&path, &options) else {
        return;
    };
    if scenario.entities.len() > options.limits.max_actors {
        return;
    }
    let map = MAP.with(|map| {
        map.get_or_init(|| {
            let street = folder.join("maps/street.xodr");
            Arc::new(RoadNetwork::load(&street, &options.limits).expect("an own map"))
        })
        .clone()
    });
    let mut world = SimWorld::new(WorldConfig {
        dt_s: 0.05,
        seed: 0,
        map,
    });
    if install(&mut world, &scenario, StoryOptions::default()).is_err() {
        return;
    }
    let mut pipeline = Pipeline::new(Vec::new());
    let mut worlds = [world];
    while worlds[0].is_running() && worlds[0].tick().index < TICKS {
        pipeline.tick(&mut worlds);
    }
});
