//! Generates levels and measures the generators:
//! `generate_levels show|fit|train|eval|unplayed|bench|recommend [RULES or weight file] [COUNT] [BOXOBAN FOLDER]`.

#![allow(clippy::print_stdout, reason = "an example prints")]

use std::path::{Path, PathBuf};

use design::levels::eval::{EvalOptions, bench, evaluate, fit};
use design::levels::training::{TrainOptions, by_rules, train};
use design::levels::{Asked, LevelNetwork, Sketch, Source, Theme, generate, generate_many};
use design::recommend::{SimulationOptions, simulate};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |i: usize| words.get(i).map(String::as_str).unwrap_or_default();
    let count: usize = word(2).parse().unwrap_or(12);
    let network = match word(1) {
        "" | "rules" | "wfc" => None,
        file => Some(LevelNetwork::load(Path::new(file)).map_err(|e| e.to_string())),
    };
    match word(0) {
        "fit" => println!(
            "{}",
            ron::ser::to_string_pretty(&fit(count, 3_000_000, 1), Default::default())?
        ),
        "train" => {
            let boxoban = words.get(3).map(PathBuf::from);
            let options = TrainOptions {
                out: PathBuf::from(word(1)),
                steps: count as u64,
                work: PathBuf::from(word(1)).with_extension("work"),
                boxoban,
                resume: true,
                ..TrainOptions::default()
            };
            let mut show = |r: &nn::train::StepReport| {
                if r.step.is_multiple_of(10) {
                    println!("{} of {}: {:.4} nats a cell", r.step, r.steps, r.loss);
                }
                true
            };
            println!("sha256 {}", train(&options, &mut show)?);
        }
        job => {
            let network = network.transpose()?;
            let corpus: Vec<Sketch> = by_rules(1_000_000, 3_000)
                .into_iter()
                .map(|e| e.sketch)
                .collect();
            let patterns = design::levels::wfc::Patterns::learn(
                &corpus
                    .iter()
                    .filter(|s| s.theme == Theme::Dungeon)
                    .collect::<Vec<_>>(),
            );
            let source = match (&network, word(1)) {
                (Some(network), _) => Source::Network(network),
                (None, "wfc") => Source::Collapse(&patterns),
                _ => Source::Rules,
            };
            run(job, count, source, &corpus)?;
        }
    }
    Ok(())
}

fn run(
    job: &str,
    count: usize,
    source: Source,
    corpus: &[Sketch],
) -> Result<(), Box<dyn std::error::Error>> {
    let mut quiet = |_: usize, _: usize| {};
    match job {
        "eval" | "unplayed" => {
            let options = EvalOptions {
                count,
                is_played: job == "eval",
                theme: matches!(source, Source::Collapse(_)).then_some(Theme::Dungeon),
                ..EvalOptions::default()
            };
            let figures = evaluate(&options, source, corpus, &mut quiet);
            println!(
                "{}",
                ron::ser::to_string_pretty(&figures, Default::default())?
            );
        }
        "bench" => println!("{:.1} levels a second", bench(count, 28, 14, source)),
        "recommend" => {
            let asked: Vec<Asked> = (0..count)
                .map(|i| Asked {
                    theme: [Theme::Dungeon, Theme::Keep, Theme::Caves, Theme::Garden][i % 4],
                    difficulty: i as f64 / count as f64,
                    seed: 7_000_000 + i as u64,
                    columns: 20,
                    ..Asked::default()
                })
                .collect();
            let pool: Vec<_> = generate_many(&asked, source)
                .into_iter()
                .flatten()
                .map(|made| (made.level, made.predicted))
                .collect();
            for (target, lead_gain) in [(0.5, 0.06), (0.7, 0.06), (0.7, 0.0)] {
                let options = SimulationOptions {
                    target,
                    lead_gain,
                    ..SimulationOptions::default()
                };
                println!("{:?}", simulate(&pool, &options, &mut quiet));
            }
        }
        _ => {
            for i in 0..count {
                let asked = Asked {
                    theme: Theme::ALL[i % Theme::ALL.len()],
                    seed: i as u64,
                    ..Asked::default()
                };
                let made = generate(&asked, source)?;
                let (tries, changes) = (made.tries, made.changes);
                println!(
                    "{} {tries} tries, {changes} changes, {:.2}",
                    made.level.name, made.predicted
                );
                println!("{}", made.sketch.text().join("\n"));
            }
        }
    }
    Ok(())
}
