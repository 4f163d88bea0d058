//! Figures of the network on levels that it has not been trained on, beside those of the trees.
//!
//! Games are those of [`crate::arena`]; seeds begin at [`HELD_OUT_SEED`].

mod bench;
mod foresight;
mod roles;
mod share;
mod table;

use std::path::Path;

use game::level::Level;
use serde::Serialize;
use tch::Device;

use crate::arena::{DT_S, Driver, Match, Setup, play_all};
use crate::forward::run_rows;
use crate::levels::{HELD_OUT_SEED, Kind, level};
use crate::network::Network;

pub use bench::{Bench, bench};
pub use foresight::{Foreseen, foreseen};
pub use roles::{RoleFigure, roles};
pub use share::Share;

/// Difficulties at which the player's wins are counted.
pub const SETTINGS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Rows of a forward pass are a multiple of this: games are decided together, which worlds do not do, for speed.
pub(crate) const ROWS: usize = 16;
/// Games side by side.
const ABREAST: u64 = 32;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct EvalOptions {
    /// Games a figure.
    pub games: u64,
    /// The scripted player's skill.
    pub skill: f64,
    /// First seed.
    pub first: u64,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self {
            games: 200,
            skill: 0.7,
            first: HELD_OUT_SEED,
        }
    }
}

/// How often the player wins at a difficulty.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WinRate {
    /// Who steers the others.
    pub driver: String,
    /// Difficulty.
    pub difficulty: f64,
    /// Games that the player beat.
    pub wins: Share,
    /// Mean length of a game, seconds.
    pub time_s: f64,
}

/// Hears of games that were played: what, done, total; false stops.
pub type Report<'a> = &'a mut dyn FnMut(&str, u64, u64) -> bool;

/// What a game is looked at for, and its end.
trait Watch {
    fn tick(&mut self, _game: &Match) {}
    fn end(&mut self, game: &Match);
}

/// Plays the games of a kind, set up alike but for their seeds; each has a watch of its own.
fn play<W: Watch>(
    network: &Network,
    kind: Kind,
    setup: Setup,
    options: &EvalOptions,
    change: &dyn Fn(Level) -> Level,
    mut watch: impl FnMut() -> W,
    report: Report,
) -> Vec<W> {
    let mut all = Vec::new();
    let mut begun = 0;
    while begun < options.games {
        let end = (begun + ABREAST).min(options.games);
        let mut games: Vec<Match> = (begun..end)
            .filter_map(|k| {
                let seed = options.first + k;
                let setup = Setup {
                    seed,
                    skill: options.skill,
                    ..setup
                };
                Match::new(&change(level(kind, seed)?), setup)
            })
            .collect();
        let mut watches: Vec<W> = games.iter().map(|_| watch()).collect();
        play_all(
            &mut games,
            |games, due| think(network, games, due, due.len().next_multiple_of(ROWS)),
            |game, g| watches[g].tick(game),
        );
        for (game, watch) in games.iter().zip(&mut watches) {
            watch.end(game);
        }
        all.append(&mut watches);
        begun = end;
        let what = format!(
            "{} {} {}",
            kind.name(),
            setup.driver.name(),
            setup.difficulty
        );
        if !report(&what, begun, options.games) {
            break;
        }
    }
    all
}

/// The network's decisions, for those that it steers, in batches of so many rows; in worlds it is 1.
pub fn think(network: &Network, games: &mut [Match], due: &[(usize, usize)], rows: usize) {
    let inputs: Vec<&[f32]> = due
        .iter()
        .filter_map(|(g, n)| games.get(*g)?.npcs.get(*n)?.input.as_ref())
        .map(|input| input.values.as_slice())
        .collect();
    let outputs = run_rows(network, &inputs, rows, Device::Cpu);
    for ((g, n), output) in due.iter().zip(outputs) {
        let Some(game) = games.get_mut(*g) else {
            continue;
        };
        let tick = game.tick;
        if let Some(npc) = game.npcs.get_mut(*n)
            && let Some(input) = npc.input.take()
        {
            npc.mind.decide(&output, &input.frame, tick);
            if !game.setup.foresees {
                npc.mind.foresight = None;
            }
        }
    }
}

#[derive(Default)]
struct Won {
    is_won: bool,
    ticks: u64,
}

impl Watch for Won {
    fn end(&mut self, game: &Match) {
        self.is_won = game.is_beaten();
        self.ticks = game.tick;
    }
}

/// How often a player of one skill wins fights that are set up so; `name` is what the figure calls it.
pub fn win_rate(
    network: &Network,
    name: &str,
    setup: Setup,
    options: &EvalOptions,
    report: Report,
) -> WinRate {
    let watches = play(
        network,
        Kind::Fight,
        setup,
        options,
        &|l| l,
        Won::default,
        report,
    );
    let ticks: u64 = watches.iter().map(|w| w.ticks).sum();
    let won = watches.iter().filter(|w| w.is_won).count();
    WinRate {
        driver: name.to_owned(),
        difficulty: setup.difficulty,
        wins: Share::new(won as u64, watches.len() as u64),
        time_s: ticks as f64 * DT_S / watches.len().max(1) as f64,
    }
}

/// How often a player of one skill wins fights at each difficulty.
pub fn win_rates(
    network: &Network,
    driver: Driver,
    options: &EvalOptions,
    report: Report,
) -> Vec<WinRate> {
    let rate = |difficulty: f64| {
        let setup = Setup {
            driver,
            difficulty,
            ..Setup::default()
        };
        win_rate(network, driver.name(), setup, options, report)
    };
    SETTINGS.map(rate).to_vec()
}

/// What parts of the network are worth: the player's wins where it is told another difficulty than that of its hands
/// and senses, and where it forgets what it foresaw.
pub fn parts(network: &Network, options: &EvalOptions, report: Report) -> Vec<WinRate> {
    let whole = Setup {
        difficulty: 0.75,
        ..Setup::default()
    };
    let forgets = Setup {
        foresees: false,
        ..whole
    };
    let [low, high] = [0.0, 1.0].map(|told| Setup {
        difficulty: 0.5,
        told: Some(told),
        ..whole
    });
    [
        ("network", whole),
        ("network that forgets what it foresaw", forgets),
        ("network told difficulty 0", low),
        ("network told difficulty 1", high),
    ]
    .map(|(name, setup)| win_rate(network, name, setup, options, report))
    .to_vec()
}

/// All figures of a network.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// How they were measured.
    pub options: EvalOptions,
    /// The player's wins by difficulty, against the network and against trees.
    pub win_rates: Vec<WinRate>,
    /// What its parts are worth.
    pub parts: Vec<WinRate>,
    /// What each role does.
    pub roles: Vec<RoleFigure>,
    /// Where the player goes: seen, and not seen any more.
    pub foreseen: [Foreseen; 2],
}

/// Measures weights.
///
/// # Errors
/// If the file is not one of this network.
pub fn measure(
    weights: &Path,
    options: &EvalOptions,
    report: Report,
) -> Result<Figures, nn::WeightsError> {
    nn::use_one_thread();
    let (network, _, _store) = crate::forward::load(weights, Device::Cpu)?;
    let mut rates = Vec::new();
    for driver in [Driver::Network, Driver::Tree, Driver::Expert] {
        rates.extend(win_rates(&network, driver, options, report));
    }
    Ok(Figures {
        options: *options,
        win_rates: rates,
        parts: parts(&network, options, report),
        roles: roles(&network, options, report),
        foreseen: foreseen(&network, options, report),
    })
}
