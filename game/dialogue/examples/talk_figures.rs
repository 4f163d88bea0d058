//! Measures conversations: `talk_figures WEIGHTS [CONVERSATIONS [FAULTS [SEED]]]`.

use std::path::PathBuf;

use dialogue::talk::eval::{TalkEvalOptions, eval_talk};
use dialogue::understanding::Understander;

#[allow(clippy::print_stdout)]
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
    let figures = eval_talk(&options, &understander, None, &mut |_, _| {})?;
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
