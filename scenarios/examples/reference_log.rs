//! Runs a scenario with its scripted actors and prints its states beside those of a reference log, and
//! its events: `reference_log SCENARIO.xosc REFERENCE.csv [ENTITY [FROM_S [TO_S]]]`.

#![allow(clippy::print_stdout, dead_code, reason = "a tool that prints")]

#[path = "../tests/reference/mod.rs"]
mod reference;

fn main() -> Result<(), String> {
    let mut args = std::env::args().skip(1);
    let usage = "usage: reference_log SCENARIO.xosc REFERENCE.csv [ENTITY [FROM_S [TO_S]]]";
    let (scenario, log) = args.next().zip(args.next()).ok_or(usage)?;
    let entity = args.next();
    let mut seconds = |usual: f64| args.next().and_then(|t| t.parse().ok()).unwrap_or(usual);
    let (from_s, to_s) = (seconds(0.0), seconds(60.0));
    let theirs = reference::reference(log.as_ref());
    let ends = theirs.values().filter_map(|t| t.keys().last());
    let duration_s = ends.max().map_or(to_s, |tick| *tick as f64 / 100.0);
    let run = reference::run(scenario.as_ref(), duration_s)?;
    for (name, track) in &run.tracks {
        if entity.as_ref().is_some_and(|e| e != name) {
            continue;
        }
        for (tick, mine) in track {
            let time_s = *tick as f64 / 100.0;
            if !(from_s..=to_s).contains(&time_s) {
                continue;
            }
            let row = |s: &[f64; 4]| {
                format!(
                    "{:10.3} {:10.3} {:7.4} {:7.3}",
                    s[0],
                    s[1],
                    s[2].rem_euclid(std::f64::consts::TAU),
                    s[3]
                )
            };
            let their = theirs.get(name).and_then(|t| t.get(tick));
            let their = their.map_or("-".to_owned(), row);
            println!("{time_s:6.2} {name:12} {} | {their}", row(mine));
        }
    }
    for (time_s, element, from, to) in &run.events {
        println!("{time_s:.3},{element},{from},{to}");
    }
    Ok(())
}
