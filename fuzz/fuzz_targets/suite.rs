//! Any bytes as a suite file: read, and where that succeeds planned into rows.
#![no_main]

use std::cell::OnceCell;
use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use runner::RunOptions;
use runner::suite::{PlanOptions, Settings, plan};
use sim::input::Limits;
use sim::message::DriverSpec;

/// A folder of its own beside links to the project's scenarios, so that what a suite names is there.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("fuzz-suite-{}", std::process::id()));
    if !folder.exists() {
        std::fs::create_dir_all(&folder).expect("a folder");
        for (name, from) in [("regression", "regression"), ("search", "search")] {
            let from = format!("{}/../scenarios/{from}", env!("CARGO_MANIFEST_DIR"));
            std::os::unix::fs::symlink(from, folder.join(name)).expect("a link");
        }
    }
    folder
}

thread_local! {
    static FOLDER: OnceCell<PathBuf> = const { OnceCell::new() };
}

fuzz_target!(|bytes: &[u8]| {
    let path = FOLDER.with(|f| f.get_or_init(folder).clone()).join("suite.ron");
    std::fs::write(&path, bytes).expect("written");
    let base = |file: PathBuf| RunOptions::new(file, DriverSpec::Scripted);
    let options = PlanOptions {
        base: &base,
        given: Settings::default(),
        seed: 0,
        tags: Vec::new(),
        exclude_tags: Vec::new(),
        max_variations: 50,
        limits: Limits::default(),
    };
    let _ = plan(&[path], &options);
});
