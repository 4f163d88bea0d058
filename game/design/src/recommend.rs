//! Which level a player gets next: players and levels are rated by wins and losses (Glicko-2), and the level is
//! taken that the player is expected to win as often as is wanted.

use game::level::Level;
use rayon::prelude::*;
use serde::Serialize;
use sim::seed::{Draw, stream};
use skillratings::Outcomes;
use skillratings::glicko2::{Glicko2Config, Glicko2Rating, expected_score, glicko2};

use crate::levels::difficulty::play_once;

/// How far a level's rating moves with difficulty where nobody has played it yet.
const RATING_SPREAD: f64 = 800.0;

/// A player as the recommender knows it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Player {
    /// Its skill.
    pub rating: Glicko2Rating,
    /// What it played, and whether it won.
    pub games: Vec<(usize, bool)>,
    /// By how much more (or less) often than wanted it is aimed to win, in shares: what its games so far call
    /// for, since no rating tells it exactly.
    lead: f64,
}

impl Player {
    /// The share of its games from one number on that it won; 0 without any.
    pub fn win_rate(&self, from: usize) -> f64 {
        let games = self.games.get(from..).unwrap_or_default();
        let won = games.iter().filter(|game| game.1).count();
        won as f64 / games.len().max(1) as f64
    }
}

/// Rated levels.
#[derive(Clone, Debug)]
pub struct Recommender {
    levels: Vec<Glicko2Rating>,
    config: Glicko2Config,
    /// How much one game moves a player's aim, in shares: after a win it is aimed lower, after a loss higher. With 0
    /// the ratings alone choose.
    pub lead_gain: f64,
}

impl Recommender {
    /// For levels of given difficulties (0 to 1, predicted or measured), not played yet.
    pub fn new(difficulties: &[f64]) -> Self {
        let rated = |difficulty: &f64| Glicko2Rating {
            rating: 1500.0 + RATING_SPREAD * (difficulty - 0.5),
            ..Glicko2Rating::default()
        };
        Self {
            levels: difficulties.iter().map(rated).collect(),
            config: Glicko2Config::default(),
            lead_gain: LEAD_GAIN,
        }
    }

    /// The rating of a level.
    pub fn rating(&self, level: usize) -> Option<Glicko2Rating> {
        self.levels.get(level).copied()
    }

    /// The chance that a player wins a level; `None` if there is no such level.
    pub fn chance(&self, player: &Player, level: usize) -> Option<f64> {
        let level = self.levels.get(level)?;
        Some(expected_score(&player.rating, level).0)
    }

    /// The level whose chance of a win is closest to `target` (0 to 1), but for those of its last `apart`
    /// games; `None` where there is no level.
    pub fn next(&self, player: &Player, target: f64, apart: usize) -> Option<usize> {
        let aim = (target + player.lead).clamp(0.02, 0.98);
        let recent: Vec<usize> = player.games.iter().rev().take(apart).map(|g| g.0).collect();
        let miss = |level: &usize| {
            let chance = self.chance(player, *level).unwrap_or(0.0);
            (chance - aim).abs()
        };
        let fresh = (0..self.levels.len()).filter(|level| !recent.contains(level));
        fresh
            .min_by(|a, b| miss(a).total_cmp(&miss(b)))
            .or_else(|| (0..self.levels.len()).min_by(|a, b| miss(a).total_cmp(&miss(b))))
    }

    /// Takes in the end of a game; the level's own rating moves too unless it `is_settled`.
    pub fn played(
        &mut self,
        player: &mut Player,
        level: usize,
        is_won: bool,
        target: f64,
        is_settled: bool,
    ) {
        let Some(rating) = self.levels.get_mut(level) else {
            return;
        };
        let outcome = if is_won {
            Outcomes::WIN
        } else {
            Outcomes::LOSS
        };
        let (of_player, of_level) = glicko2(&player.rating, rating, &outcome, &self.config);
        player.rating = of_player;
        if !is_settled {
            *rating = of_level;
        }
        player.games.push((level, is_won));
        let surplus = if is_won { 1.0 } else { 0.0 } - target;
        player.lead = (player.lead - self.lead_gain * surplus).clamp(-0.45, 0.45);
    }
}

/// The usual [`Recommender::lead_gain`].
const LEAD_GAIN: f64 = 0.06;

/// A simulation of players of differing skill.
#[derive(Clone, Debug, PartialEq)]
pub struct SimulationOptions {
    /// Seed of skills and games.
    pub seed: u64,
    /// Share of games that a player is to win.
    pub target: f64,
    /// Players whose games rate the levels first.
    pub raters: usize,
    /// Games of each rater, over all levels in turn.
    pub rater_games: usize,
    /// Held-out players.
    pub players: usize,
    /// Games by which a held-out player becomes known.
    pub known_after: usize,
    /// Games after that, which count.
    pub games: usize,
    /// See [`Recommender::lead_gain`].
    pub lead_gain: f64,
}

impl Default for SimulationOptions {
    fn default() -> Self {
        Self {
            seed: 11,
            target: 0.6,
            raters: 24,
            rater_games: 60,
            players: 24,
            known_after: 20,
            games: 20,
            lead_gain: LEAD_GAIN,
        }
    }
}

/// How the simulation went.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SimulationFigures {
    /// Share of games that was to be won.
    pub target: f64,
    /// Share that the held-out players won after they were known, mean.
    pub win_rate: f64,
    /// The same of each, with its skill and rating.
    pub players: Vec<(f64, f64, f64)>,
    /// Mean of how far each player's share lies from the target.
    pub mean_miss: f64,
    /// What they would have won with levels taken at random, mean.
    pub at_random: f64,
    /// Correlation of the players' skills and ratings.
    pub correlation: f64,
    /// Skill and share won of each rater, who plays levels of all difficulties: whether skill tells at all.
    pub raters: Vec<(f64, f64)>,
}

fn wins(level: &Level, skill: f64, seed: u64) -> bool {
    play_once(level, skill, seed).is_ok_and(|outcome| outcome.is_beaten)
}

/// Lets players of differing skill play levels of a pool in the simulation: first raters, whose games rate the
/// levels, then held-out ones who get what is recommended. Every game is played.
pub fn simulate(
    pool: &[(Level, f64)],
    options: &SimulationOptions,
    progress: &mut dyn FnMut(usize, usize),
) -> SimulationFigures {
    let difficulties: Vec<f64> = pool.iter().map(|(_, difficulty)| *difficulty).collect();
    let mut recommender = Recommender::new(&difficulties);
    recommender.lead_gain = options.lead_gain;
    let mut raters = Vec::new();
    let target = options.target;
    let all = options.raters + options.players;
    for i in 0..options.raters {
        let mut rng = stream(options.seed, None, &format!("rater {i}"));
        let skill = (i as f64 + rng.unit()) / options.raters as f64;
        let first = rng.index(pool.len());
        let games: Vec<usize> = (0..options.rater_games.min(pool.len()))
            .map(|game| (first + game) % pool.len())
            .collect();
        let won: Vec<bool> = games
            .par_iter()
            .map(|level| {
                wins(
                    &pool[*level].0,
                    skill,
                    options.seed + (i * 1000 + level) as u64,
                )
            })
            .collect();
        let mut rater = Player::default();
        for (level, won) in games.into_iter().zip(won) {
            recommender.played(&mut rater, level, won, target, false);
        }
        raters.push((skill, rater.win_rate(0)));
        progress(i + 1, all);
    }
    let settled = &recommender;
    let results: Vec<(f64, f64, f64, f64)> = (0..options.players)
        .into_par_iter()
        .map(|i| {
            let mut recommender = settled.clone();
            let mut rng = stream(options.seed, None, &format!("player {i}"));
            let skill = rng.unit();
            let mut player = Player::default();
            let mut random = 0usize;
            for game in 0..options.known_after + options.games {
                let seed = options.seed + 500_000 + (i * 1000 + game) as u64;
                let Some(level) = recommender.next(&player, target, 8) else {
                    continue;
                };
                let won = wins(&pool[level].0, skill, seed);
                recommender.played(&mut player, level, won, target, true);
                if game >= options.known_after {
                    let other = rng.index(pool.len());
                    random += usize::from(wins(&pool[other].0, skill, seed));
                }
            }
            let at_random = random as f64 / options.games.max(1) as f64;
            let rate = player.win_rate(options.known_after);
            (skill, player.rating.rating, rate, at_random)
        })
        .collect();
    progress(all, all);
    let mean = |of: fn(&(f64, f64, f64, f64)) -> f64| {
        results.iter().map(of).sum::<f64>() / results.len().max(1) as f64
    };
    let misses: f64 = results.iter().map(|r| (r.2 - target).abs()).sum();
    let pairs: Vec<(f64, f64)> = results.iter().map(|r| (r.0, r.1)).collect();
    SimulationFigures {
        target,
        win_rate: mean(|r| r.2),
        mean_miss: misses / results.len().max(1) as f64,
        at_random: mean(|r| r.3),
        correlation: crate::levels::eval::correlation(&pairs),
        players: results.iter().map(|r| (r.0, r.1, r.2)).collect(),
        raters,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A player whose wins follow the ratings' own law gets what it is to get.
    #[test]
    fn the_target_is_met_by_players_who_follow_the_law() {
        let difficulties: Vec<f64> = (0..60).map(|i| f64::from(i) / 60.0).collect();
        let mut rng = stream(3, None, "test");
        let mut won = 0;
        for i in 0..40 {
            let mut recommender = Recommender::new(&difficulties);
            let mut player = Player::default();
            let truth = Glicko2Rating {
                rating: 1300.0 + 10.0 * f64::from(i),
                deviation: 30.0,
                ..Glicko2Rating::default()
            };
            for game in 0..60 {
                let level = recommender.next(&player, 0.7, 5).unwrap();
                let rating = recommender.rating(level).unwrap();
                let is_won = rng.chance(expected_score(&truth, &rating).0);
                recommender.played(&mut player, level, is_won, 0.7, true);
                won += usize::from(is_won && game >= 20);
            }
        }
        let rate = f64::from(won as u32) / 1600.0;
        assert!((rate - 0.7).abs() < 0.05, "{rate}");
    }

    #[test]
    fn no_level_is_no_panic() {
        let mut recommender = Recommender::new(&[]);
        let mut player = Player::default();
        assert_eq!(recommender.next(&player, 0.5, 3), None);
        recommender.played(&mut player, 4, true, 0.5, false);
        assert!(player.games.is_empty() && player.win_rate(7) == 0.0);
    }
}
