//! How fast games go.

use serde::Serialize;

use super::{EvalOptions, think};
use crate::arena::{Driver, Match, Setup, play_all};
use crate::levels::{Kind, level};
use crate::network::Network;

/// What was done in which time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bench {
    /// Ticks of games.
    pub ticks: u64,
    /// Decisions of the network.
    pub decisions: u64,
    /// Time that it took, seconds.
    pub time_s: f64,
}

/// Plays fights one after the other as a world does, each decision by itself; `now_s` is the caller's clock in
/// seconds.
pub fn bench(
    network: &Network,
    driver: Driver,
    options: &EvalOptions,
    now_s: &mut dyn FnMut() -> f64,
) -> Bench {
    let mut bench = Bench::default();
    for k in 0..options.games {
        let seed = options.first + k;
        let setup = Setup {
            seed,
            skill: options.skill,
            difficulty: 0.75,
            driver,
            ..Setup::default()
        };
        let game = level(Kind::Fight, seed).and_then(|level| Match::new(&level, setup));
        let mut games: Vec<Match> = game.into_iter().collect();
        let mut decisions = 0;
        let begun_s = now_s();
        play_all(
            &mut games,
            |games, due| {
                decisions += due.len() as u64;
                think(network, games, due, 1);
            },
            |_, _| {},
        );
        bench.time_s += now_s() - begun_s;
        bench.decisions += decisions;
        bench.ticks += games.iter().map(|game| game.tick).sum::<u64>();
    }
    bench
}
