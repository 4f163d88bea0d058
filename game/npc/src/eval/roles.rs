//! What each role does, with the network, the tree and others.

use game::level::{Level, Role};
use game::world::{CharacterState, EventKind};
use serde::Serialize;

use super::{EvalOptions, Report, Watch, play};
use crate::arena::{DT_S, Driver, Match, Setup};
use crate::levels::{Kind, without_companions};
use crate::mind::far;
use crate::network::Network;

/// Who is as near as this to a fight is beside it, metres.
const FIGHT_M: f64 = 3.0;

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
        let is_fight = |c: &&CharacterState| {
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
        let setup = Setup {
            driver,
            difficulty: DIFFICULTY,
            ..Setup::default()
        };
        play(
            network,
            kind,
            setup,
            options,
            change,
            || Deeds::of(role),
            report,
        )
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
        let name = driver.name();
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
        let name = driver.name();
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
        let name = driver.name();
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
    for driver in [
        Driver::Network,
        Driver::Expert,
        Driver::Tree,
        Driver::Chance,
        Driver::Still,
    ] {
        let all = measure(Kind::Hunt, Role::Prey, driver, &whole);
        put(Role::Prey, driver.name(), "lives, s", lived(&all));
    }
    figures
}
