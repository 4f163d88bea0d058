//! Measures conversations: `talk_figures WEIGHTS [CONVERSATIONS [FAULTS [SEED [MODEL]]]]`; with a
//! language model's file it gives the answers their words.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::PathBuf;

use dialogue::language::{LanguageModel, Llm, LlmOptions};
use dialogue::talk::eval::{TalkEvalOptions, eval_talk};
use dialogue::understanding::Understander;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let weights = PathBuf::from(args.next().unwrap_or_default());
    let conversations = args.next().and_then(|n| n.parse().ok()).unwrap_or(500);
    let kept = args.next().and_then(|n| n.parse().ok()).unwrap_or(10);
    let seed = args
        .next()
        .and_then(|n| n.parse().ok())
        .unwrap_or(1_000_000);
    let options = TalkEvalOptions {
        seed,
        conversations,
        kept,
    };
    let understander = Understander::load(&weights)?;
    let mut model = match args.next() {
        Some(file) => Some(Llm::open(&PathBuf::from(file), &LlmOptions::default())?),
        None => None,
    };
    let model = model.as_mut().map(|m| m as &mut dyn LanguageModel);
    let figures = eval_talk(&options, &understander, model, &mut |_, _| {})?;
    for fault in &figures.faults {
        println!("{fault}");
    }
    let shown = dialogue::talk::eval::TalkFigures {
        faults: Vec::new(),
        ..figures
    };
    println!("{}", serde_json::to_string_pretty(&shown)?);
    Ok(())
}
