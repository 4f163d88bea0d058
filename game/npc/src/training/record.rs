//! Games that are recorded: what characters saw, what the expert would have done, what came of what they did.

use game::level::{Level, View};
use game::world::{EventKind, GameState};
use rand_chacha::ChaCha8Rng;
use sim::math::{exp, ln};
use sim::seed::{Draw, stream};
use tch::Device;

use super::reward::{at_the_end, learns_by_play, worth};
use super::samples::{Lesson, Samples};
use crate::arena::{DT_S, Driver, Match, Setup, play_all};
use crate::decode::{intent_with, place};
use crate::expert::MEETS_FROM;
use crate::forward::run_rows;
use crate::levels::{Kind, level};
use crate::mind::far;
use crate::network::{DIRECTIONS, HORIZON_S, HORIZONS, Network};

/// Games side by side.
const ABREAST: usize = 32;
/// Rows of a forward pass are a multiple of this.
const ROWS: usize = 16;
/// What a reward is worth a decision later, and how far differences are carried on (Schulman et al., 2016).
const DISCOUNT: f32 = 0.98;
const CARRY: f32 = 0.95;
/// Longest way to a meeting with the player, seconds.
const MEET_S: f64 = 2.5;
/// Share of decisions that are kept where nothing is seen or heard.
const DULL: f64 = 0.25;

/// How often somebody whom the expert steers goes astray.
const STUMBLE: f64 = 0.06;

/// Who steers, and how.
pub enum Steer<'a> {
    /// The expert; now and then somebody stumbles, so that it shows how to go on from there.
    Expert,
    /// The network's best choice.
    Network(&'a Network),
    /// The network, choosing by its probabilities.
    Explore(&'a Network),
}

/// How often which kind is played, of 22.
const SHARES: [(Kind, usize); 7] = [
    (Kind::Fight, 6),
    (Kind::Intrusion, 3),
    (Kind::Lair, 3),
    (Kind::Escort, 3),
    (Kind::Market, 2),
    (Kind::Hunt, 4),
    (Kind::Hall, 1),
];

/// The level and setup of a number.
fn setup(seed: u64, driver: Driver, is_play: bool) -> Option<(Level, Setup)> {
    let mut rng = stream(seed, None, "npc setup");
    let mut pick = rng.index(SHARES.iter().map(|(_, share)| share).sum());
    let kind = SHARES.iter().find(|(_, share)| {
        let is_it = pick < *share;
        pick = pick.saturating_sub(*share);
        is_it
    });
    let (kind, _) = kind?;
    // By play one learns where all that one can do counts.
    let difficulty = if rng.chance(if is_play { 0.5 } else { 0.2 }) {
        1.0
    } else {
        rng.unit()
    };
    let setup = Setup {
        seed,
        skill: rng.uniform(0.4, 1.0),
        difficulty,
        driver,
        advised: true,
        ..Setup::default()
    };
    Some((level(*kind, seed)?, setup))
}

/// One decision, until it is known what came of it.
struct Row {
    input: Vec<f32>,
    lesson: Lesson,
    game: usize,
    npc: usize,
    tick: u64,
    at_m: [f64; 2],
    player_m: Option<[f64; 2]>,
    unit_m: f64,
    is_chase: bool,
    is_dull: bool,
    value: f32,
    reward: f32,
}

/// What is kept of games in progress.
struct Recorder {
    rows: Vec<Row>,
    /// The last row of each game's characters.
    last: Vec<Vec<Option<usize>>>,
    /// Where the player was at each tick, from the first state on.
    player_m: Vec<Vec<[f64; 2]>>,
}

/// Plays games of seeds from `first` on and records every decision. `done` is told after each group of games.
pub fn record(
    steer: &Steer,
    first: u64,
    count: u64,
    device: Device,
    done: &mut dyn FnMut(u64, u64),
) -> Samples {
    let driver = match steer {
        Steer::Expert => Driver::Expert,
        Steer::Network(_) | Steer::Explore(_) => Driver::Network,
    };
    let mut samples = Samples::default();
    let mut begun = 0;
    while begun < count {
        let end = (begun + ABREAST as u64).min(count);
        let keeps_all = matches!(steer, Steer::Explore(_));
        let games: Vec<Match> = (begun..end)
            .filter_map(|k| {
                let (level, setup) = setup(first + k, driver, keeps_all)?;
                Match::new(&level, setup)
            })
            .collect();
        samples.append(record_group(games, steer, first + begun, keeps_all, device));
        begun = end;
        done(begun, count);
    }
    samples
}

fn record_group(
    mut games: Vec<Match>,
    steer: &Steer,
    seed: u64,
    keeps_all: bool,
    device: Device,
) -> Samples {
    let mut recorder = Recorder {
        rows: Vec::new(),
        last: games.iter().map(|g| vec![None; g.npcs.len()]).collect(),
        player_m: games.iter().map(|g| vec![player_m(&g.state)]).collect(),
    };
    let mut rng = stream(seed, None, "npc exploration");
    // Both closures write into it, one after the other.
    let shared = std::cell::RefCell::new(&mut recorder);
    play_all(
        &mut games,
        |games, due| {
            let outputs = outputs(steer, games, due, device);
            for (k, (g, n)) in due.iter().enumerate() {
                let output = outputs.get(k).map(Vec::as_slice);
                shared
                    .borrow_mut()
                    .decide(&mut games[*g], *g, *n, output, steer, &mut rng);
            }
        },
        |game, g| shared.borrow_mut().note(game, g),
    );
    recorder.finish(&mut games, keeps_all, &mut rng)
}

fn outputs(
    steer: &Steer,
    games: &[Match],
    due: &[(usize, usize)],
    device: Device,
) -> Vec<Vec<f32>> {
    let (Steer::Network(network) | Steer::Explore(network)) = steer else {
        return Vec::new();
    };
    let inputs: Vec<&[f32]> = due
        .iter()
        .filter_map(|(g, n)| games.get(*g)?.npcs.get(*n)?.input.as_ref())
        .map(|input| input.values.as_slice())
        .collect();
    let rows = inputs.len().next_multiple_of(ROWS);
    run_rows(network, &inputs, rows, device)
}

fn player_m(state: &GameState) -> [f64; 2] {
    state
        .player()
        .map_or([0.0; 2], |player| player.plane_m(state.layout.view))
}

/// Logarithms of the probabilities that logits stand for.
fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f64 = logits.iter().map(|l| exp(f64::from(l - top))).sum();
    logits
        .iter()
        .map(|l| f64::from(l - top) - ln(sum))
        .collect()
}

/// A direction and a blow by their probabilities, and the logarithm of both together.
fn choose(output: &[f32], rng: &mut ChaCha8Rng) -> (usize, bool, f64) {
    let moves = log_softmax(&output[place::MOVE..place::FACE]);
    let mut pick = rng.unit();
    let chosen = moves.iter().position(|l| {
        pick -= exp(*l);
        pick < 0.0
    });
    let chosen = chosen.unwrap_or(DIRECTIONS);
    let logit = f64::from(output[place::DEEDS]);
    let strikes = 1.0 / (1.0 + exp(-logit));
    let attack = rng.chance(strikes);
    let log_attack = if attack {
        ln(strikes)
    } else {
        ln(1.0 - strikes)
    };
    (chosen, attack, moves[chosen] + log_attack)
}

impl Recorder {
    fn decide(
        &mut self,
        game: &mut Match,
        g: usize,
        n: usize,
        output: Option<&[f32]>,
        steer: &Steer,
        rng: &mut ChaCha8Rng,
    ) {
        let (tick, state) = (game.tick, &game.state);
        let Some(npc) = game.npcs.get_mut(n) else {
            return;
        };
        let (Some(input), Some(advice)) = (npc.input.take(), npc.advice) else {
            return;
        };
        let Some(who) = state.characters.get(npc.index) else {
            return;
        };
        let mut lesson = Lesson {
            direction: advice.intent.direction.map(|v| v as f32),
            speed_part: advice.intent.speed_part as f32,
            face_yaw_rad: advice.intent.face_yaw_rad as f32,
            deeds: [
                advice.intent.attack,
                advice.intent.interact,
                advice.intent.jump,
            ]
            .map(|is| f32::from(u8::from(is))),
            places: [[0.0; 2]; HORIZONS],
            is_known: [0.0; HORIZONS],
            taken: 0.0,
            struck: 0.0,
            log_probability: 0.0,
            advantage: 0.0,
            outcome: 0.0,
            difficulty: npc.mind.skill.difficulty as f32,
            plays: f32::from(u8::from(learns_by_play(who.role))),
        };
        let mut value = 0.0;
        match (steer, output) {
            (Steer::Expert, _) if rng.chance(STUMBLE) => {
                let yaw = rng.uniform(-sim::math::PI, sim::math::PI);
                npc.mind.intent.direction = [sim::math::cos(yaw), sim::math::sin(yaw)];
                npc.mind.intent.speed_part = 1.0;
            }
            (Steer::Network(_), Some(output)) => {
                npc.mind.decide(output, &input.frame, tick);
                value = output[place::VALUE];
            }
            (Steer::Explore(_), Some(output)) => {
                npc.mind.decide(output, &input.frame, tick);
                value = output[place::VALUE];
                let (chosen, attack, log_probability) = choose(output, rng);
                if let Some(intent) = intent_with(output, chosen, attack)
                    && lesson.plays > 0.0
                {
                    npc.mind.intent = intent;
                }
                lesson.taken = chosen as f32;
                lesson.struck = f32::from(u8::from(attack));
                lesson.log_probability = log_probability as f32;
            }
            _ => {}
        }
        let is_dull = npc.mind.beings.is_empty() && npc.mind.sounds.is_empty();
        self.last[g][n] = Some(self.rows.len());
        self.rows.push(Row {
            input: input.values,
            lesson,
            game: g,
            npc: n,
            tick,
            at_m: input.frame.at_m,
            player_m: input.frame.player_m,
            unit_m: input.frame.unit_m,
            is_chase: advice.is_chase,
            is_dull,
            value,
            reward: 0.0,
        });
    }

    fn reward(&mut self, g: usize, n: usize, reward: f64) {
        let row = self
            .last
            .get(g)
            .and_then(|all| all.get(n).copied().flatten());
        if let Some(row) = row.and_then(|row| self.rows.get_mut(row)) {
            row.reward += reward as f32;
        }
    }

    /// Where the player is now, and what the tick was worth to whom.
    fn note(&mut self, game: &Match, g: usize) {
        self.player_m[g].push(player_m(&game.state));
        let state = &game.state;
        let role_of = |name: &str| {
            state
                .characters
                .iter()
                .find(|c| c.name == name)
                .map(|c| c.role)
        };
        for event in &state.events {
            let EventKind::Hurt { damage, by } = &event.kind else {
                continue;
            };
            let Some(victim) = state.character(event.actor) else {
                continue;
            };
            for n in 0..game.npcs.len() {
                let Some(own) = state.characters.get(game.npcs[n].index) else {
                    continue;
                };
                let share = worth(
                    own.role,
                    &own.name,
                    victim.role,
                    &victim.name,
                    by,
                    role_of(by),
                );
                self.reward(g, n, share * damage / 20.0);
            }
        }
        if state.ending.is_none() {
            return;
        }
        let is_dead = state.player().is_none_or(|player| !player.is_alive());
        for n in 0..game.npcs.len() {
            let Some(own) = state.characters.get(game.npcs[n].index) else {
                continue;
            };
            let end = at_the_end(own.role, own.is_alive(), is_dead, game.is_beaten());
            let part = if own.is_alive() { 1.0 } else { 0.3 };
            self.reward(g, n, end * part);
        }
    }

    /// Adds what is known once the games are over.
    fn finish(mut self, games: &mut [Match], keeps_all: bool, rng: &mut ChaCha8Rng) -> Samples {
        self.look_back();
        let mut samples = Samples::default();
        for mut row in self.rows {
            if row.is_dull && !keeps_all && !rng.chance(DULL) {
                continue;
            }
            let ways = &self.player_m[row.game];
            let later = |time_s: f64| ways.get(row.tick as usize + (time_s / DT_S) as usize);
            if let Some(from) = row.player_m {
                for (h, time_s) in HORIZON_S.into_iter().enumerate() {
                    if let Some(to) = later(time_s) {
                        row.lesson.places[h] =
                            [0, 1].map(|k| ((to[k] - from[k]) / row.unit_m) as f32);
                        row.lesson.is_known[h] = 1.0;
                    }
                }
            }
            if row.is_chase && f64::from(row.lesson.difficulty) >= MEETS_FROM {
                let game = &mut games[row.game];
                let way = meeting(game, &row, ways).and_then(|to| {
                    let index = game.npcs[row.npc].index;
                    game.way(index, row.at_m, to)
                });
                if let Some(way) = way.filter(|_| game.state.layout.view == View::Top) {
                    row.lesson.direction = way.map(|v| v as f32);
                }
            }
            samples.push(&row.input, row.lesson);
        }
        samples
    }

    /// Advantages and outcomes, from the last decision of each character back to its first.
    fn look_back(&mut self) {
        let mut next: Vec<Vec<Option<(f32, f32)>>> =
            self.last.iter().map(|all| vec![None; all.len()]).collect();
        for row in self.rows.iter_mut().rev() {
            let slot = &mut next[row.game][row.npc];
            let (value, advantage) = slot.unwrap_or((0.0, 0.0));
            let surprise = row.reward + DISCOUNT * value - row.value;
            row.lesson.advantage = surprise + DISCOUNT * CARRY * advantage;
            row.lesson.outcome = row.lesson.advantage + row.value;
            *slot = Some((row.value, row.lesson.advantage));
        }
    }
}

/// The first place on the player's way where a character could have met it.
fn meeting(game: &Match, row: &Row, ways: &[[f64; 2]]) -> Option<[f64; 2]> {
    let npc = game.npcs.get(row.npc)?;
    let who = game.state.characters.get(npc.index)?;
    let speed = who.abilities.speed_mps * npc.mind.skill.pace;
    let (_, reach_m, _) = who.blow();
    let most = (MEET_S / DT_S) as usize;
    let from = row.tick as usize;
    let mut last = None;
    for step in 1..=most {
        let Some(place) = ways.get(from + step) else {
            break;
        };
        last = Some(*place);
        if far(row.at_m, *place) <= speed * step as f64 * DT_S + 0.8 * reach_m {
            break;
        }
    }
    last
}
