//! Scripted runs agree with the reference player, set by set. Files in which they do not are few, and
//! each is explained against the text of the standard in `docs/reference-logs.md`: that list is exact.

#![allow(
    clippy::print_stdout,
    dead_code,
    clippy::expect_used,
    reason = "tests print why they skip, and stop where they can't go on; the tool uses the rest"
)]

mod reference;

use std::path::Path;

/// Least share of a set that must agree.
const WANTED: f64 = 0.97;

/// Scenarios of a set that `docs/reference-logs.md` explains.
fn explained(set: &str) -> Vec<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference-logs.md");
    let text = std::fs::read_to_string(docs).expect("docs/reference-logs.md");
    let start = format!("| `{set}/");
    let rows = text.lines().filter_map(|line| line.strip_prefix(&start));
    rows.filter_map(|row| row.split('`').next())
        .map(str::to_owned)
        .collect()
}

fn judge(set: &str) {
    let Some(shared) = reference::shared() else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return;
    };
    let mut entries = reference::index(&shared.join("golden").join(set));
    if let Ok(wanted) = std::env::var("SKIDPAD_ONLY") {
        entries.retain(|e| e.scenario.contains(&wanted));
    }
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(entry) =
                    entries.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed))
                {
                    let (states, events) = reference::check(&shared, set, entry);
                    let problems: Vec<String> = [states, events].into_iter().flatten().collect();
                    if !problems.is_empty() {
                        let problem = problems.join("; ");
                        let mut failures = failures.lock().expect("no thread failed");
                        failures.push((entry.scenario.clone(), problem));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().expect("no thread failed");
    failures.sort();
    let explained = explained(set);
    let of = entries.len();
    let agree = of - failures.len();
    println!("{set}: {agree} of {of} agree");
    for (scenario, problem) in &failures {
        println!("  {scenario}: {problem}");
    }
    assert!(of > 0, "{set}: no scenarios");
    assert!(
        agree as f64 >= WANTED * of as f64,
        "{set}: only {agree} of {of} agree"
    );
    for (scenario, problem) in &failures {
        assert!(
            explained.contains(scenario),
            "{scenario} differs, unexplained: {problem}"
        );
    }
    for scenario in &explained {
        assert!(
            failures.iter().any(|(failed, _)| failed == scenario),
            "{scenario} is explained but agrees"
        );
    }
}

#[test]
fn alks_scenarios_match_the_reference() {
    judge("osc-alks");
}

#[test]
fn ncap_scenarios_match_the_reference() {
    judge("osc-ncap");
}

#[test]
fn the_reference_players_own_scenarios_match() {
    judge("esmini");
}
