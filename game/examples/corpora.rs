//! How many levels of the shared corpora the solver proves and the scripted player beats, by game:
//! `SKIDPAD_SHARED=DIR corpora [BOXOBAN LEVELS A FILE] [VGLC LEVELS A GAME]`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use game::import::{VglcGame, boxoban, vglc};
use game::level::Level;
use game::solve::{SolveOptions, Unsolved, solve};
use game::{PlayOptions, play};
use sim::input::Limits;

#[derive(Default)]
struct Tally {
    levels: usize,
    proven: usize,
    impossible: usize,
    unknown: usize,
    beaten: usize,
    states: usize,
    solve_s: f64,
    play_s: f64,
    ticks: u64,
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            files(&path, found)?;
        } else {
            found.push(path);
        }
    }
    found.sort();
    Ok(())
}

fn try_level(
    tally: &mut Tally,
    level: &Level,
    name: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let layout = level.layout()?;
    tally.levels += 1;
    let started = Instant::now();
    let plan = solve(&layout, &SolveOptions::default());
    tally.solve_s += started.elapsed().as_secs_f64();
    match plan {
        Ok(plan) => {
            tally.proven += 1;
            tally.states += plan.states;
            let started = Instant::now();
            let outcome = play(level, &PlayOptions::default())?;
            tally.play_s += started.elapsed().as_secs_f64();
            tally.ticks += outcome.ticks;
            tally.beaten += usize::from(outcome.is_beaten);
            if !outcome.is_beaten {
                println!("  {name}: {} after {:.1} s", outcome.ended, outcome.time_s);
            }
        }
        Err(Unsolved::Impossible) => {
            println!("  {name}: impossible");
            tally.impossible += 1;
        }
        Err(Unsolved::TooLarge(_)) => {
            println!("  {name}: not found");
            tally.unknown += 1;
        }
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let shared = PathBuf::from(std::env::var("SKIDPAD_SHARED")?).join("data");
    let mut args = std::env::args().skip(1);
    let of_file = args.next().map_or(Ok(20), |s| s.parse())?;
    let of_game = args.next().map_or(Ok(5), |s| s.parse())?;
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    let mut all = Vec::new();
    files(&shared.join("boxoban"), &mut all)?;
    for path in all
        .iter()
        .filter(|p| p.extension().is_some_and(|e| e == "txt") && !p.ends_with("LICENSE.txt"))
    {
        let kind = if path.to_string_lossy().contains("medium") {
            "Boxoban, medium"
        } else {
            "Boxoban, unfiltered"
        };
        let tally = tallies.entry(kind.to_owned()).or_default();
        for level in boxoban(path, &Limits::default())?.iter().take(of_file) {
            try_level(tally, level, &level.name)?;
        }
    }
    let mut all = Vec::new();
    files(&shared.join("vglc"), &mut all)?;
    for path in all {
        let Some(game) = VglcGame::of_path(&path) else {
            continue;
        };
        let tally = tallies.entry(format!("{game:?}")).or_default();
        if tally.levels < of_game {
            let imported = vglc(&path, game, &Limits::default())?;
            try_level(tally, &imported.level, &path.to_string_lossy())?;
        }
    }
    for (name, t) in tallies {
        println!(
            "{name}: {} levels, {} proven, {} impossible, {} not found, {} beaten; {:.0} states, {:.3} s a search; {:.0} ticks/s",
            t.levels,
            t.proven,
            t.impossible,
            t.unknown,
            t.beaten,
            t.states as f64 / t.proven.max(1) as f64,
            t.solve_s / t.levels.max(1) as f64,
            t.ticks as f64 / t.play_s.max(1e-9),
        );
    }
    Ok(())
}
