//! Trains the network that understands what is said, and prints its figures: `train_dialogue DATA OUT WORK [STEPS]`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::PathBuf;

use dialogue::understanding::eval::{EvalOptions, eval};
use dialogue::understanding::train::{Sources, TrainOptions, train};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let mut path = || PathBuf::from(args.next().unwrap_or_default());
    let sources = Sources::under(&path());
    let (out, folder) = (path(), path());
    let steps = path().to_string_lossy().parse().unwrap_or(4000);
    let options = TrainOptions {
        sources: sources.clone(),
        seed: 1,
        steps,
        resume: true,
        folder,
        out: out.clone(),
    };
    if steps > 0 {
        let mut show = |r: &nn::train::StepReport| {
            if r.step.is_multiple_of(100) {
                println!("{} {:.3} {:?}", r.step, r.loss, r.parts);
            }
            true
        };
        println!("{}", train(&options, &mut show)?);
    }
    for row in eval(
        &out,
        &EvalOptions {
            sources,
            seed: 1,
            every: 1,
        },
    )? {
        println!("{}", serde_json::to_string(&row)?);
    }
    Ok(())
}
