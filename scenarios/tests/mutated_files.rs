//! No change of a valid scenario makes the reader panic, and what it refuses it can tell.

#![allow(
    clippy::expect_used,
    reason = "helpers of tests stop on what is broken in them"
)]

mod instance;

use proptest::prelude::*;
use scenarios::check::check_file;
use scenarios::distribution::ParameterValueDistribution;
use scenarios::{LoadOptions, Scenario};

/// What is put in the place of something.
const PIECES: [&str; 16] = [
    "",
    "$p",
    "${1/0}",
    "${$p + (((",
    "-1e308",
    "NaN",
    "99999999999999999999",
    "&lt;",
    "<None/>",
    "<Position/>",
    "</Storyboard>",
    "\u{fffd}\u{1F980}",
    "name=\"Ego\"",
    "=\"\"",
    "Ego",
    "<!--",
];

fn texts() -> Vec<String> {
    (0..4)
        .flat_map(|minor| {
            let paths = instance::paths(minor);
            paths
                .into_values()
                .step_by(7)
                .map(move |path| instance::file(&path, minor).0)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn mutated_scenarios_load_or_are_refused(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..40, 0usize..PIECES.len()), 1..5),
        is_cut in any::<bool>(),
    ) {
        let texts = texts();
        let mut text: Vec<char> = which.get(&texts).chars().collect();
        for (at, length, piece) in cuts {
            let at = at.index(text.len().max(1)).min(text.len());
            let end = (at + length).min(text.len());
            text.splice(at..end, PIECES[piece].chars());
        }
        if is_cut {
            text.truncate(text.len() * 3 / 4);
        }
        let dir = tempfile::tempdir().expect("a folder");
        let path = dir.path().join("a.xosc");
        std::fs::write(dir.path().join("map.xodr"), "<OpenDRIVE/>").expect("written");
        std::fs::write(&path, text.into_iter().collect::<String>()).expect("written");
        for lenient in [false, true] {
            let options = LoadOptions { lenient, ..LoadOptions::default() };
            let _ = check_file(&path, &options);
            if let Err(error) = Scenario::load_with(&path, &options) {
                prop_assert!(!error.expected.is_empty() && !error.found.is_empty());
            }
            if let Ok(read) = ParameterValueDistribution::load(&path, &options) {
                let _ = read.expand(1, 1000);
            }
        }
    }
}
