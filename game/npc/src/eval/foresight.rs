//! How well the network foresees where the player goes, beside going on as now and beside staying.

use serde::Serialize;

use super::{EvalOptions, ROWS, Report, think};
use crate::arena::{DT_S, Match, Setup, play_all};
use crate::decode::Foresight;
use crate::levels::{Kind, level};
use crate::mind::{Mind, far};
use crate::network::{HORIZON_S, Network};

/// A future whose end is farther off than this is a miss, metres.
const MISS_M: f64 = 2.0;
/// Time between two predictions that are measured, seconds.
const EVERY_S: f64 = 0.5;

/// Figures of predictions.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Foreseen {
    /// Whether the player was in view then.
    pub is_seen: bool,
    /// Predictions.
    pub predictions: u64,
    /// Mean over the horizons of the best future's distance, metres.
    pub min_ade_m: f64,
    /// Distance of the best future's end (3 s), metres.
    pub min_fde_m: f64,
    /// Mean distance of the most probable future, metres.
    pub top_ade_m: f64,
    /// Distance of its end, metres.
    pub top_fde_m: f64,
    /// Share of predictions whose best end is a miss.
    pub miss_rate: f64,
    /// Share of predictions whose most probable end is a miss.
    pub top_miss_rate: f64,
    /// The same for going on with the velocity last seen: mean distance, end, misses.
    pub steady_ade_m: f64,
    /// See `steady_ade_m`.
    pub steady_fde_m: f64,
    /// See `steady_ade_m`.
    pub steady_miss_rate: f64,
    /// The same for staying where it was last seen.
    pub still_ade_m: f64,
    /// See `still_ade_m`.
    pub still_fde_m: f64,
    /// See `still_ade_m`.
    pub still_miss_rate: f64,
}

/// A prediction until it is known where the player went.
struct Open {
    game: usize,
    foresight: Foresight,
    velocity_mps: [f64; 2],
    is_seen: bool,
}

/// Measures predictions of all characters in games that the network steers, of all kinds but halls; `report` hears
/// of games as they end.
pub fn foreseen(network: &Network, options: &EvalOptions, report: Report) -> [Foreseen; 2] {
    let kinds = [Kind::Fight, Kind::Intrusion, Kind::Lair, Kind::Escort];
    let mut figures = [true, false].map(|is_seen| Foreseen {
        is_seen,
        ..Foreseen::default()
    });
    let mut done = 0;
    while done < options.games {
        let end = (done + 32).min(options.games);
        let mut games: Vec<Match> = (done..end)
            .filter_map(|k| {
                let seed = options.first + k;
                let setup = Setup {
                    seed,
                    skill: options.skill,
                    difficulty: 0.75,
                    ..Setup::default()
                };
                Match::new(&level(kinds[k as usize % kinds.len()], seed)?, setup)
            })
            .collect();
        measure(network, &mut games, &mut figures);
        done = end;
        if !report("foresight", done, options.games) {
            break;
        }
    }
    figures.map(finished)
}

fn measure(network: &Network, games: &mut [Match], figures: &mut [Foreseen; 2]) {
    let mut open = Vec::new();
    let mut ways: Vec<Vec<[f64; 2]>> = games.iter().map(|game| vec![player_m(game)]).collect();
    let every = (EVERY_S / DT_S) as u64;
    play_all(
        games,
        |games, due| {
            think(network, games, due, due.len().next_multiple_of(ROWS));
            for (g, n) in due {
                let game = &games[*g];
                let mind = &game.npcs[*n].mind;
                let found = mind.foresight.as_ref().zip(mind.player());
                if let Some((foresight, player)) = found
                    && game.tick.is_multiple_of(every)
                    && foresight.tick == game.tick
                {
                    open.push(Open {
                        game: *g,
                        foresight: foresight.clone(),
                        velocity_mps: player.last.velocity_mps,
                        is_seen: Mind::is_seen(player, game.tick),
                    });
                }
            }
        },
        |game, g| ways[g].push(player_m(game)),
    );
    for one in open {
        // Only where the game went on until the last horizon.
        let at = |time_s: f64| {
            let tick = one.foresight.tick as usize + (time_s / DT_S) as usize;
            ways[one.game].get(tick).copied()
        };
        let truth: Option<Vec<[f64; 2]>> = HORIZON_S.iter().map(|t| at(*t)).collect();
        let Some(truth) = truth else { continue };
        let figure = &mut figures[usize::from(!one.is_seen)];
        add(figure, &one, &truth);
    }
}

fn player_m(game: &Match) -> [f64; 2] {
    let view = game.state.layout.view;
    game.state
        .player()
        .map_or([0.0; 2], |player| player.plane_m(view))
}

/// Mean and last distance of places.
fn off(places: &[[f64; 2]], truth: &[[f64; 2]]) -> (f64, f64) {
    let all: Vec<f64> = places.iter().zip(truth).map(|(a, b)| far(*a, *b)).collect();
    let mean = all.iter().sum::<f64>() / all.len().max(1) as f64;
    (mean, all.last().copied().unwrap_or_default())
}

fn add(figure: &mut Foreseen, one: &Open, truth: &[[f64; 2]]) {
    let offs: Vec<(f64, f64)> = one
        .foresight
        .futures
        .iter()
        .map(|future| off(&future.places_m, truth))
        .collect();
    let steady =
        HORIZON_S.map(|t| [0, 1].map(|k| one.foresight.from_m[k] + one.velocity_mps[k] * t));
    let steady = off(&steady, truth);
    let still = off(&[one.foresight.from_m; HORIZON_S.len()], truth);
    let least = |of: fn(&(f64, f64)) -> f64| offs.iter().map(of).fold(f64::MAX, f64::min);
    let (ade, fde) = (least(|o| o.0), least(|o| o.1));
    let top = offs.first().copied().unwrap_or_default();
    figure.predictions += 1;
    figure.min_ade_m += ade;
    figure.min_fde_m += fde;
    figure.top_ade_m += top.0;
    figure.top_fde_m += top.1;
    figure.top_miss_rate += f64::from(u8::from(top.1 > MISS_M));
    figure.miss_rate += f64::from(u8::from(fde > MISS_M));
    figure.steady_ade_m += steady.0;
    figure.steady_fde_m += steady.1;
    figure.steady_miss_rate += f64::from(u8::from(steady.1 > MISS_M));
    figure.still_ade_m += still.0;
    figure.still_fde_m += still.1;
    figure.still_miss_rate += f64::from(u8::from(still.1 > MISS_M));
}

fn finished(mut figure: Foreseen) -> Foreseen {
    let n = figure.predictions.max(1) as f64;
    for sum in [
        &mut figure.min_ade_m,
        &mut figure.min_fde_m,
        &mut figure.top_ade_m,
        &mut figure.top_fde_m,
        &mut figure.miss_rate,
        &mut figure.top_miss_rate,
        &mut figure.steady_ade_m,
        &mut figure.steady_fde_m,
        &mut figure.steady_miss_rate,
        &mut figure.still_ade_m,
        &mut figure.still_fde_m,
        &mut figure.still_miss_rate,
    ] {
        *sum /= n;
    }
    figure
}
