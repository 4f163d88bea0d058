//! Plays a level file with the scripted player and prints its plan step by step: `play_level LEVEL [SKILL]`, a level
//! file, one of the VGLC, or a file of Boxoban with a number, `000.txt:41`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::Path;

use game::brain::Brain;
use game::import::{VglcGame, boxoban, vglc};
use game::level::Level;
use game::world::GameState;
use game::{PlayOptions, ready};
use sim::input::Limits;
use sim::tick::Pipeline;

fn load(file: &str) -> Result<Level, Box<dyn std::error::Error>> {
    let limits = Limits::default();
    if let Some((file, number)) = file.rsplit_once(".txt:") {
        let levels = boxoban(Path::new(&format!("{file}.txt")), &limits)?;
        let level = levels.into_iter().nth(number.parse()?);
        return Ok(level.ok_or("no such level")?);
    }
    let path = Path::new(file);
    Ok(match VglcGame::of_path(path) {
        Some(game) => vglc(path, game, &limits)?.level,
        None => Level::load(path, &limits)?,
    })
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let file = args.next().ok_or("usage: play_level LEVEL.ron [SKILL]")?;
    let skill = args.next().map_or(Ok(0.9), |s| s.parse())?;
    let level = load(&file)?;
    let mut world = ready(
        &level,
        &PlayOptions {
            skill,
            ..PlayOptions::default()
        },
    )?;
    let mut pipeline = Pipeline::new(Vec::new());
    let mut shown = None;
    while world.is_running() {
        pipeline.tick(std::slice::from_mut(&mut world));
        let state = world.ecs.resource::<GameState>().clone();
        for event in &state.events {
            println!("{:7.2} {} {:?}", event.time_s, event.name, event.kind);
        }
        let mut brains = world.ecs.query::<&Brain>();
        let step = brains.iter(&world.ecs).find_map(|brain| match brain {
            Brain::Player(player) => Some(player.steps().first().copied()),
            Brain::Tree(_) => None,
        });
        if step != shown
            && let Some(player) = state.player()
        {
            let [x, y, z] = player.position_m;
            let time_s = world.tick().time_s();
            println!(
                "{time_s:7.2} at ({x:.2}, {y:.2}, {z:.2}): {:?}",
                step.flatten()
            );
            shown = step;
        }
    }
    let state = world.ecs.resource::<GameState>();
    if let Some(player) = state.player() {
        println!("ended at {:?}: {:?}", player.position_m, state.ending);
    }
    Ok(())
}
