//! Trains and measures from the command line while there is no command for it.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    clippy::unwrap_used
)]

use npc::training::{Progress, TrainOptions, train};
use std::path::PathBuf;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let get = |name: &str| {
        args.iter()
            .position(|a| a == name)
            .and_then(|i| args.get(i + 1).cloned())
    };
    let number = |name: &str, usual: u64| get(name).map_or(usual, |v| v.parse().unwrap());
    if args[1] == "train" {
        let out = PathBuf::from(get("--out").unwrap());
        let work = PathBuf::from(get("--work").unwrap());
        let mut o = TrainOptions::new(&out, &work);
        o.games = number("--games", o.games);
        o.rounds = number("--rounds", o.rounds);
        o.steps = number("--steps", o.steps);
        o.play_rounds = number("--play-rounds", o.play_rounds);
        o.play_games = number("--play-games", o.play_games);
        o.play_steps = number("--play-steps", o.play_steps);
        o.resume = args.iter().any(|a| a == "--resume");
        let start = std::time::Instant::now();
        let mut show = |p: &Progress| {
            if p.done % 50 == 0 || p.done == p.total || p.phase.starts_with("rec") {
                println!(
                    "{:6.0} {} {}/{} {}",
                    start.elapsed().as_secs_f64(),
                    p.phase,
                    p.done,
                    p.total,
                    p.detail
                );
            }
            true
        };
        println!("{:?}", train(&o, &mut show).unwrap());
    }
    let network =
        get("--weights").map(|w| npc::load(&PathBuf::from(w), tch::Device::Cpu).unwrap().0);
    let network = network.unwrap_or_else(|| {
        let vs = Box::leak(Box::new(tch::nn::VarStore::new(tch::Device::Cpu)));
        npc::Network::new(&vs.root(), &npc::Config::default())
    });
    let options = npc::eval::EvalOptions {
        games: number("--games", 200),
        skill: get("--skill").map_or(0.7, |v| v.parse().unwrap()),
        first: number("--first", npc::levels::HELD_OUT_SEED),
    };
    let start = std::time::Instant::now();
    let mut show = |what: &str, done: u64, total: u64| {
        eprintln!(
            "{:6.0} {what} {done}/{total}",
            start.elapsed().as_secs_f64()
        );
        true
    };
    use npc::arena::Driver;
    let driver = match get("--driver").as_deref() {
        Some("tree") => Driver::Tree,
        Some("expert") => Driver::Expert,
        Some("still") => Driver::Still,
        _ => Driver::Network,
    };
    match args[1].as_str() {
        "wins" => {
            for r in npc::eval::win_rates(&network, driver, &options, &mut show) {
                println!("{r:?}");
            }
        }
        "measure" => println!(
            "{}",
            npc::eval::measure(
                &PathBuf::from(get("--weights").unwrap()),
                &options,
                &mut show
            )
            .unwrap()
        ),
        "bench" => println!(
            "{:?}",
            npc::eval::bench(&network, driver, &options, &mut || start
                .elapsed()
                .as_secs_f64())
        ),
        "parts" => {
            for r in npc::eval::parts(&network, &options, &mut show) {
                println!("{r:?}");
            }
        }
        "roles" => {
            for r in npc::eval::roles(&network, &options, &mut show) {
                println!(
                    "{} {} {} {:.3} of {}",
                    r.role, r.driver, r.figure, r.value, r.of
                );
            }
        }
        "foresight" => {
            for r in npc::eval::foreseen(&network, &options, &mut show) {
                println!("{r:?}");
            }
        }
        _ => {}
    }
}
