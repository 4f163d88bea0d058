//! A conversation on the terminal: `talk WEIGHTS LEVEL CHARACTERS`. Lines are said to whom they name, else to the nearest;
//! `/go THING` walks there, `/wait SECONDS` lets time pass.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::io::BufRead;
use std::path::PathBuf;

use dialogue::talk::stage::{Stage, StageOptions};
use sim::input::Limits;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1).map(PathBuf::from);
    let mut path = || args.next().unwrap_or_default();
    let options = StageOptions {
        weights: path(),
        level: path(),
        characters: path(),
        seed: 1,
        dt_s: 0.05,
    };
    let mut stage = Stage::open(&options, &Limits::default())?;
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        println!("> {line}");
        if let Some(to) = line.strip_prefix("/go ") {
            stage
                .go(to, 30.0)?
                .iter()
                .for_each(|event| println!("  ({event})"));
        } else if let Some(seconds) = line.strip_prefix("/wait ") {
            stage
                .run(seconds.parse()?)
                .iter()
                .for_each(|event| println!("  ({event})"));
        } else if let Some(to) = stage.addressed(&line) {
            let reply = stage.say(to, &line, None, &mut |_| true)?;
            println!(
                "  {}: {}",
                stage.names().get(to).map_or("", String::as_str),
                reply.text
            );
            for act in &reply.world_acts {
                println!("  ({act:?})");
            }
        }
    }
    Ok(())
}
