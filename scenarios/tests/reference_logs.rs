//! Scripted runs agree with the reference player: all concrete ALKS scenarios and those of CORE.txt.

#![allow(
    clippy::print_stdout,
    dead_code,
    reason = "tests print why they skip; the tool uses the rest"
)]

mod reference;

use std::path::Path;

fn failures(shared: &Path, set: &str, wanted: impl Fn(&str) -> bool) -> (usize, Vec<String>) {
    let entries: Vec<_> = reference::index(&shared.join("golden").join(set))
        .into_iter()
        .filter(|e| wanted(&e.scenario))
        .collect();
    let mut failures = Vec::new();
    for entry in &entries {
        let (states, events) = reference::check(shared, set, entry);
        for problem in [states, events].into_iter().flatten() {
            failures.push(format!("{}: {problem}", entry.scenario));
        }
    }
    (entries.len(), failures)
}

#[test]
fn alks_scenarios_match_the_reference() {
    let Some(shared) = reference::shared() else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return;
    };
    let (count, failures) = failures(&shared, "osc-alks", |_| true);
    assert!(count >= 15, "only {count} scenarios");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn core_scenarios_match_the_reference() {
    let Some(shared) = reference::shared() else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return;
    };
    let list = std::fs::read_to_string(shared.join("golden/CORE.txt")).expect("CORE.txt");
    let core: Vec<&str> = list
        .lines()
        .filter_map(|l| l.strip_prefix("esmini/"))
        .collect();
    let (count, failures) = failures(&shared, "esmini", |s| core.contains(&s));
    assert!(count >= core.len(), "only {count} scenarios");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
