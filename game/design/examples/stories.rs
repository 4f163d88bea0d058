//! Makes a story and shows it, or figures over many: `stories SEED` or `stories eval COUNT [FIRST_SEED]`.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "an example prints"
)]

use std::error::Error;
use std::sync::Arc;

use design::stories::{EvalOptions, drawn, eval, generate, verify};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize, usual: u64| arguments.get(i).map_or(Ok(usual), |a| a.parse::<u64>());
    if arguments.first().is_some_and(|a| a == "eval") {
        let usual = EvalOptions::default();
        let options = EvalOptions {
            count: number(1, 100)?,
            first_seed: number(2, usual.first_seed)?,
            is_played_before: number(3, 1)? != 0,
            ..usual
        };
        let figures = eval(&options, &mut |done, figures| {
            if done % 50 == 0 {
                eprintln!("{done}: {} finished", figures.finished);
            }
        });
        println!("{}", serde_json::to_string_pretty(&figures)?);
        return Ok(());
    }
    let story = generate(&drawn(number(0, 0)?, true))?;
    println!("{}", story.to_text()?);
    for branch in verify(&Arc::new(story), Some(&game::PlayOptions::default())).branches {
        let played = branch.outcome.ok_or("not played")?;
        eprintln!(
            "{}: {} after {:.0} s",
            branch.branch, played.ended, played.time_s
        );
    }
    Ok(())
}
