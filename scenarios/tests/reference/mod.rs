//! Runs a scenario with its scripted actors and compares states and events with the reference
//! player's logs, with the tolerances of `tools/compare_logs.py` beside those logs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scenarios::{LoadOptions, Scenario, Story, StoryOptions, install};
use sim::road::RoadNetwork;
use sim::tick::Pipeline;
use sim::world::{SimWorld, WorldConfig};

/// x, y, heading and speed at a time in hundredths of a second.
pub type Track = BTreeMap<u64, [f64; 4]>;

/// Along, across, heading, speed.
const LIMIT: [f64; 4] = [0.10, 0.10, 0.02, 0.10];
const EVENT_SLACK_S: f64 = 0.05;
const DT_S: f64 = 0.01;

/// The folder with data and reference logs, where it is set.
pub fn shared() -> Option<PathBuf> {
    std::env::var_os("SKIDPAD_SHARED").map(PathBuf::from)
}

/// What a run gave.
pub struct Run {
    /// States by entity name.
    pub tracks: BTreeMap<String, Track>,
    /// Events: time, element, from, to.
    pub events: Vec<(f64, String, String, String)>,
    /// Elements without effect.
    pub warnings: usize,
}

/// Runs a scenario file.
pub fn run(path: &Path, duration_s: f64) -> Result<Run, String> {
    let options = LoadOptions::default();
    let scenario = Scenario::load_with(path, &options).map_err(|e| e.to_string())?;
    let map = match &scenario.map_path {
        Some(path) => RoadNetwork::load(path, &options.limits).map_err(|e| e.to_string())?,
        None => RoadNetwork::empty(),
    };
    let mut world = SimWorld::new(WorldConfig {
        dt_s: DT_S,
        seed: 0,
        map: Arc::new(map),
    });
    install(&mut world, &scenario, StoryOptions::default()).map_err(|e| e.to_string())?;
    let mut pipeline = Pipeline::new(Vec::new());
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    let mut worlds = [world];
    let ticks = (duration_s / DT_S).round() as u64;
    for tick in 0..=ticks + 4 {
        let world = &worlds[0];
        if tick % 10 == 0 {
            for actor in &world.snapshot().actors {
                let s = &actor.state;
                let row = [s.pose.x_m, s.pose.y_m, s.pose.yaw_rad, s.speed_mps];
                tracks
                    .entry(actor.spec.name.clone())
                    .or_default()
                    .insert(tick, row);
            }
        }
        if !world.is_running() {
            break;
        }
        pipeline.tick(&mut worlds);
    }
    let story = worlds[0].ecs.resource::<Story>();
    let rows = story.log().rows().iter();
    let events = rows.map(|r| (r.time_s, r.element.clone(), r.from.clone(), r.to.clone()));
    Ok(Run {
        events: events.collect(),
        tracks,
        warnings: scenario.warnings.len(),
    })
}

fn rows(path: &Path) -> Vec<Vec<String>> {
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let split = |line: &str| line.split(',').map(str::to_owned).collect();
    text.lines().skip(1).map(split).collect()
}

/// Reads a reference log.
pub fn reference(path: &Path) -> BTreeMap<String, Track> {
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for row in rows(path) {
        let number = |i: usize| {
            row.get(i)
                .and_then(|t| t.parse::<f64>().ok())
                .unwrap_or(f64::NAN)
        };
        let tick = (number(0) * 100.0).round() as u64;
        let state = [number(2), number(3), number(5), number(7)];
        tracks
            .entry(row[1].clone())
            .or_default()
            .insert(tick, state);
    }
    tracks
}

fn gap(a: &[f64; 4], b: &[f64; 4]) -> [f64; 4] {
    let (dx, dy) = (b[0] - a[0], b[1] - a[1]);
    let (c, s) = (sim::math::cos(a[2]), sim::math::sin(a[2]));
    [
        (dx * c + dy * s).abs(),
        (dy * c - dx * s).abs(),
        sim::math::wrap_angle(a[2] - b[2]).abs(),
        (a[3] - b[3]).abs(),
    ]
}

/// Where the tracks leave the tolerance; `None` where they never do.
pub fn compare_tracks(
    reference: &BTreeMap<String, Track>,
    mine: &BTreeMap<String, Track>,
) -> Option<String> {
    for (name, samples) in reference {
        if name.ends_with("_ghost") || name.contains('+') {
            continue;
        }
        let Some(track) = mine.get(name) else {
            return Some(format!("no entity {name}"));
        };
        let common: Vec<u64> = samples
            .keys()
            .copied()
            .filter(|t| track.contains_key(t))
            .collect();
        if (common.len() as f64) < 0.9 * samples.len() as f64 {
            return Some(format!(
                "{name}: {} of {} samples",
                common.len(),
                samples.len()
            ));
        }
        for t in common {
            let off = gap(&samples[&t], &track[&t]);
            let near =
                [t.wrapping_sub(10), t + 10].map(|n| samples.get(&n).map(|s| gap(&samples[&t], s)));
            let slack = |i: usize| near.iter().flatten().map(|g| g[i]).fold(0.0, f64::max);
            let exceeds = |i: usize| off[i].is_nan() || off[i] > LIMIT[i] + 0.2 * slack(i);
            if (0..4).any(exceeds) {
                return Some(format!(
                    "{name} at {:.2}: {:.2} m along, {:.2} m across, {:.3} rad, {:.2} m/s",
                    t as f64 / 100.0,
                    off[0],
                    off[1],
                    off[2],
                    off[3]
                ));
            }
        }
    }
    None
}

/// First reference event that has no counterpart of mine within the slack.
pub fn compare_events(reference: &Path, run: &Run) -> Option<String> {
    let mut taken = vec![false; run.events.len()];
    for row in rows(reference) {
        let [time, element @ .., from, to] = row.as_slice() else {
            continue;
        };
        let element = element.join(",");
        if element.contains("_ghost") || element.contains('+') {
            continue;
        }
        let time_s: f64 = time.parse().unwrap_or(f64::NAN);
        let is_collision = to == "collision";
        let fits = |e: &(f64, String, String, String)| {
            (e.0 - time_s).abs() <= EVENT_SLACK_S + 1e-9
                && e.1 == element
                && (is_collision || (e.2 == *from && e.3 == *to))
        };
        let found = (0..taken.len()).find(|i| !taken[*i] && fits(&run.events[*i]));
        match found {
            Some(i) => taken[i] = true,
            None => {
                let times: Vec<String> = run
                    .events
                    .iter()
                    .filter(|e| e.1 == element && (is_collision || e.3 == *to))
                    .map(|e| format!("{:.2}", e.0))
                    .take(5)
                    .collect();
                return Some(format!(
                    "event {element} {from}->{to} at {time_s:.2}, mine at [{}]",
                    times.join(" ")
                ));
            }
        }
    }
    None
}

/// One line of an `INDEX.csv`.
pub struct Entry {
    /// Path of the scenario within its set.
    pub scenario: String,
    /// Seconds.
    pub duration_s: f64,
}

/// Reads the index of a set.
pub fn index(set: &Path) -> Vec<Entry> {
    rows(&set.join("INDEX.csv"))
        .into_iter()
        .map(|row| Entry {
            scenario: row[0].clone(),
            duration_s: row[2].parse().unwrap_or(0.0),
        })
        .collect()
}

/// Problems of one scenario: with its states, with its events.
pub fn check(shared: &Path, set: &str, entry: &Entry) -> (Option<String>, Option<String>) {
    let source = shared.join("data").join(set).join(&entry.scenario);
    let stem = shared
        .join("golden")
        .join(set)
        .join(&entry.scenario)
        .with_extension("");
    let with = |suffix: &str| PathBuf::from(format!("{}{suffix}", stem.display()));
    let run = match run(&source, entry.duration_s) {
        Ok(run) => run,
        Err(problem) => return (Some(problem), None),
    };
    (
        compare_tracks(&reference(&with(".csv")), &run.tracks),
        compare_events(&with(".events.csv"), &run),
    )
}
