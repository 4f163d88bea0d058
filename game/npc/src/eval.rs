//! Figures of the network on levels that it has not been trained on, beside those of the trees.
//!
//! Games are those of [`crate::arena`]; seeds begin at [`HELD_OUT_SEED`].

use game::level::{Level, Role};
use game::world::EventKind;
use serde::Serialize;
use tch::Device;

use crate::arena::{DT_S, Driver, Match, Setup, play_all};
use crate::forward::run_rows;
use crate::levels::{HELD_OUT_SEED, Kind, level, without_companions};
use crate::mind::far;
use crate::network::Network;

pub use crate::foresight::{Foreseen, foreseen};

/// Difficulties at which the player's wins are counted.
pub const SETTINGS: [f64; 5] = [0.0, 0.25, 0.5, 0.75, 1.0];
/// Rows of a forward pass are a multiple of this: games are decided together, which worlds do not do, for speed.
pub(crate) const ROWS: usize = 16;
/// Games side by side.
const ABREAST: u64 = 32;
/// Who is as near as this to a fight is beside it, metres.
const FIGHT_M: f64 = 3.0;

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq)]
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

/// A share with its interval of 95 % (Wilson, 1927).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Share {
    /// How many of them.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// The share, 0 to 1.
    pub share: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Share {
    /// So many of so many.
    pub fn new(count: u64, of: u64) -> Self {
        const Z: f64 = 1.96;
        let n = of.max(1) as f64;
        let share = count as f64 / n;
        let middle = (share + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half =
            Z / (1.0 + Z * Z / n) * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        Self {
            count,
            of,
            share,
            low: (middle - half).max(0.0),
            high: (middle + half).min(1.0),
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

/// A figure of a role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoleFigure {
    /// The role.
    pub role: &'static str,
    /// Who steers.
    pub driver: String,
    /// What is measured, with its unit.
    pub figure: &'static str,
    /// Its value.
    pub value: f64,
    /// Games, or lives.
    pub of: u64,
}

/// Hears of games that were played: what, done, total; false stops.
pub type Report<'a> = &'a mut dyn FnMut(&str, u64, u64) -> bool;

/// What a game is looked at for, and its end.
trait Watch {
    fn tick(&mut self, _game: &Match) {}
    fn end(&mut self, game: &Match);
}

fn name_of(driver: Driver) -> &'static str {
    match driver {
        Driver::Network => "network",
        Driver::Expert => "expert",
        Driver::Tree => "tree",
        Driver::Still => "still",
        Driver::Chance => "chance",
    }
}

/// Plays the games of a kind with one driver; each has a watch of its own.
fn play<W: Watch>(
    network: &Network,
    (kind, driver, difficulty): (Kind, Driver, f64),
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
                    difficulty,
                    driver,
                    advised: false,
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
        let what = format!("{} {} {difficulty}", kind.name(), name_of(driver));
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

fn wins(watches: &[Won]) -> Share {
    let won = watches.iter().filter(|w| w.is_won).count();
    Share::new(won as u64, watches.len() as u64)
}

/// How often a player of one skill wins fights at each difficulty.
pub fn win_rates(
    network: &Network,
    driver: Driver,
    options: &EvalOptions,
    report: Report,
) -> Vec<WinRate> {
    let rate = |difficulty: f64| {
        let what = (Kind::Fight, driver, difficulty);
        let watches = play(network, what, options, &|l| l, Won::default, report);
        let ticks: u64 = watches.iter().map(|w| w.ticks).sum();
        WinRate {
            driver: name_of(driver).to_owned(),
            difficulty,
            wins: wins(&watches),
            time_s: ticks as f64 * DT_S / watches.len().max(1) as f64,
        }
    };
    SETTINGS.map(rate).to_vec()
}

/// What one role did in a game.
struct Deeds {
    role: Role,
    /// First tick at which one of the role struck the player.
    struck_at: Option<u64>,
    /// Sum and number of its distances to the player, of the living.
    to_player: (f64, u64),
    /// The same to its home.
    to_home: (f64, u64),
    /// Ticks within `FIGHT_M` of a fight, and ticks of fights.
    at_fight: (f64, u64),
    /// Ticks that each of the role lived, summed; and lives.
    lived: (u64, u64),
    is_won: bool,
}

impl Deeds {
    fn of(role: Role) -> Self {
        Self {
            role,
            struck_at: None,
            to_player: (0.0, 0),
            to_home: (0.0, 0),
            at_fight: (0.0, 0),
            lived: (0, 0),
            is_won: false,
        }
    }
}

fn add(sum: &mut (f64, u64), value: f64) {
    sum.0 += value;
    sum.1 += 1;
}

impl Watch for Deeds {
    fn tick(&mut self, game: &Match) {
        let view = game.state.layout.view;
        let Some(player) = game.state.player() else {
            return;
        };
        let of_role = |name: &str| {
            let found = game.state.characters.iter().find(|c| c.name == name);
            found.is_some_and(|c| c.role == self.role)
        };
        let is_struck = game.state.events.iter().any(|event| {
            event.actor == player.id
                && matches!(&event.kind, EventKind::Hurt { by, .. } if of_role(by))
        });
        if is_struck {
            self.struck_at.get_or_insert(game.tick);
        }
        let at = player.plane_m(view);
        let is_fight = |c: &&game::world::CharacterState| {
            matches!(c.role, Role::Guard | Role::Boss)
                && c.is_alive()
                && far(c.plane_m(view), at) < 2.2
        };
        let has_fight = game.state.characters.iter().any(|c| is_fight(&c));
        for npc in &game.npcs {
            let Some(who) = game.state.characters.get(npc.index) else {
                continue;
            };
            if who.role != self.role || !who.is_alive() {
                continue;
            }
            self.lived.0 += 1;
            let own = who.plane_m(view);
            add(&mut self.to_player, far(own, at));
            if has_fight {
                let is_near = far(own, at) < FIGHT_M;
                add(&mut self.at_fight, f64::from(u8::from(is_near)));
            } else {
                add(&mut self.to_home, far(own, npc.mind.home_m));
            }
        }
    }

    fn end(&mut self, game: &Match) {
        let lives = game.npcs.iter().filter(|npc| game.role(npc) == self.role);
        self.lived.1 = lives.count() as u64;
        self.is_won = game.is_beaten();
    }
}

fn mean(sums: impl Iterator<Item = (f64, u64)>) -> (f64, u64) {
    let (sum, count) = sums.fold((0.0, 0), |a, b| (a.0 + b.0, a.1 + b.1));
    (sum / count.max(1) as f64, count)
}

/// What each role does with each driver, at difficulty 0.75.
pub fn roles(network: &Network, options: &EvalOptions, report: Report) -> Vec<RoleFigure> {
    const DIFFICULTY: f64 = 0.75;
    let mut figures = Vec::new();
    let whole = |level: Level| level;
    let mut measure = |kind: Kind, role: Role, driver: Driver, change: &dyn Fn(Level) -> Level| {
        let what = (kind, driver, DIFFICULTY);
        play(network, what, options, change, || Deeds::of(role), report)
    };
    let mut put = |role: Role, driver: &str, figure: &'static str, (value, of): (f64, u64)| {
        figures.push(RoleFigure {
            role: role.name(),
            driver: driver.to_owned(),
            figure,
            value,
            of,
        });
    };
    let won = |all: &[Deeds]| {
        let count = all.iter().filter(|d| d.is_won).count();
        (count as f64 / all.len().max(1) as f64, all.len() as u64)
    };
    let lived = |all: &[Deeds]| {
        let (ticks, lives) = all
            .iter()
            .fold((0, 0), |a, d| (a.0 + d.lived.0, a.1 + d.lived.1));
        (ticks as f64 * DT_S / lives.max(1) as f64, lives)
    };
    for driver in [Driver::Network, Driver::Tree, Driver::Still] {
        let name = name_of(driver);
        let all = measure(Kind::Intrusion, Role::Guard, driver, &whole);
        let struck: Vec<u64> = all.iter().filter_map(|d| d.struck_at).collect();
        let share = struck.len() as f64 / all.len().max(1) as f64;
        let games = all.len() as u64;
        put(
            Role::Guard,
            name,
            "intruders caught (struck), share",
            (share, games),
        );
        put(
            Role::Guard,
            name,
            "intruders who get through, share",
            won(&all),
        );
        let all = measure(Kind::Lair, Role::Boss, driver, &whole);
        put(Role::Boss, name, "player's wins, share", won(&all));
        put(Role::Boss, name, "lives, s", lived(&all));
        let home = mean(all.iter().map(|d| d.to_home));
        put(Role::Boss, name, "from home while nobody is near, m", home);
    }
    for driver in [Driver::Network, Driver::Tree] {
        let name = name_of(driver);
        let all = measure(Kind::Escort, Role::Companion, driver, &whole);
        put(
            Role::Companion,
            name,
            "player's wins with it, share",
            won(&all),
        );
        let near = mean(all.iter().map(|d| d.to_player));
        put(Role::Companion, name, "from the player, m", near);
        let alone = measure(Kind::Escort, Role::Companion, driver, &|l| {
            without_companions(&l)
        });
        put(
            Role::Companion,
            name,
            "player's wins without it, share",
            won(&alone),
        );
    }
    for driver in [Driver::Network, Driver::Tree, Driver::Still] {
        let name = name_of(driver);
        let all = measure(Kind::Market, Role::Merchant, driver, &whole);
        let home = mean(all.iter().map(|d| d.to_home));
        put(Role::Merchant, name, "from home in peace, m", home);
        let fight = mean(all.iter().map(|d| d.at_fight));
        put(
            Role::Merchant,
            name,
            "of fights' time beside one (3 m), share",
            fight,
        );
    }
    for driver in [Driver::Network, Driver::Tree, Driver::Chance, Driver::Still] {
        let all = measure(Kind::Hunt, Role::Prey, driver, &whole);
        put(Role::Prey, name_of(driver), "lives, s", lived(&all));
    }
    figures
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_are_those_of_the_formula() {
        // 0.8 of 200: (0.8 + 0.0096) / 1.0192 -+ 0.0555.
        let share = Share::new(160, 200);
        assert!((share.low - 0.7392).abs() < 5e-4, "{share:?}");
        assert!((share.high - 0.8495).abs() < 5e-4, "{share:?}");
        assert_eq!(Share::new(0, 0).share, 0.0);
        assert!(Share::new(0, 10).high > 0.2 && Share::new(0, 10).low < 1e-9);
    }
}
