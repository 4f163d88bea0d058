//! How hard a level is: measured by playing it at several skills, and told beforehand from its sketch.

use std::collections::VecDeque;

use game::level::{Cell, Level};
use game::solve::{Plan, SolveOptions, Step};
use game::world::EventKind;
use game::{Outcome, PlayError, PlayOptions, play};

use super::repair::is_ground;
use super::sketch::{Sketch, Theme, symbol as s};

/// Skills that a level is played at to measure how hard it is.
pub const SKILLS: [f64; 4] = [0.15, 0.4, 0.65, 0.9];
/// Skills that nothing is tuned at: games of one skill hardly differ by their seed, so that only other skills
/// are other games.
pub const OTHER_SKILLS: [f64; 4] = [0.05, 0.28, 0.52, 0.8];
/// Most states of a player's search for its plan.
pub const PLAN_STATES: usize = 60_000;
/// A way of so many seconds counts as long.
const LONG_S: f64 = 120.0;
/// Share of a player's health that is the worst that one comes out of alive.
const DANGER: f64 = 0.75;

/// Plays a level once at a skill.
///
/// # Errors
/// If the level has no layout, or the player finds no plan.
pub fn play_once(level: &Level, skill: f64, seed: u64) -> Result<Outcome, PlayError> {
    play(
        level,
        &PlayOptions {
            seed,
            skill,
            solve: SolveOptions {
                max_states: PLAN_STATES,
            },
            ..PlayOptions::default()
        },
    )
}

/// How hard one game was, 0 to 1: 1 if it was lost; else three quarters by the health that it cost (with what
/// potions gave back; all of it at 100) and one quarter by its length (all of it at two minutes).
pub fn hardship(outcome: &Outcome) -> f64 {
    if !outcome.is_beaten {
        return 1.0;
    }
    let lost: f64 = outcome
        .events
        .iter()
        .filter(|event| event.name == "player")
        .map(|event| match &event.kind {
            EventKind::Hurt { damage, .. } => *damage,
            _ => 0.0,
        })
        .sum();
    DANGER * (lost / 100.0).min(1.0) + (1.0 - DANGER) * (outcome.time_s / LONG_S).min(1.0)
}

/// The measured difficulty, 0 to 1: the mean [`hardship`] over [`SKILLS`] and `seeds` games at each. A level
/// that is lost more often, costs more health or takes longer is never easier by it.
///
/// # Errors
/// As [`play_once`].
pub fn measure(level: &Level, first_seed: u64, seeds: u64) -> Result<f64, PlayError> {
    measure_at(level, &SKILLS, first_seed, seeds)
}

/// As [`measure`], at other skills.
///
/// # Errors
/// As [`play_once`].
pub fn measure_at(
    level: &Level,
    skills: &[f64],
    first_seed: u64,
    seeds: u64,
) -> Result<f64, PlayError> {
    let mut sum = 0.0;
    for skill in skills {
        for seed in first_seed..first_seed + seeds.max(1) {
            sum += hardship(&play_once(level, *skill, seed)?);
        }
    }
    Ok(sum / (skills.len().max(1) as f64 * seeds.max(1) as f64))
}

/// What [`predict`] looks at.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Traits {
    /// Steps of the proven way, cells.
    pub way: f64,
    /// Pushes in it.
    pub pushes: f64,
    /// Guards, each by how near the way it stands: 1 on it, less far off, 0 beyond its view.
    pub exposure: f64,
    /// Factor on the guards' health and damage.
    pub strength: f64,
    /// Potions.
    pub potions: f64,
    /// Swords.
    pub swords: f64,
    /// 1 from the side.
    pub is_side: f64,
}

/// A guard that stands farther from the way than this is not met, steps.
const NEAR: u32 = 9;

/// The traits of a sketch with its proof.
pub fn traits(sketch: &Sketch, plan: &Plan) -> Traits {
    let mut way = Vec::new();
    let mut at = sketch.all(s::START).first().copied();
    for step in &plan.steps {
        let to = match step {
            Step::Walk(cell) | Step::Use(cell) | Step::Fight(cell) | Step::Climb(cell) => *cell,
            Step::Push(cell, direction) => cell.neighbour(*direction),
            Step::Leap(cell, _) => *cell,
        };
        let Some(to) = index(sketch, to) else {
            continue;
        };
        if let Some(from) = at {
            way.extend(walk(sketch, from, to));
        }
        at = Some(to);
    }
    let away = distances(sketch, &way, NEAR);
    let exposure = sketch.all(s::GUARD).into_iter().map(|guard| {
        let steps = away.get(guard).copied().unwrap_or(u32::MAX);
        if steps > NEAR {
            return 0.0;
        }
        1.0 - 0.8 * f64::from(steps) / f64::from(NEAR)
    });
    Traits {
        way: way.len() as f64,
        pushes: plan.pushes() as f64,
        exposure: exposure.sum(),
        strength: sketch.guard_strength,
        potions: f64::from(sketch.count(s::POTION)),
        swords: f64::from(sketch.count(s::SWORD)),
        is_side: f64::from(u8::from(sketch.theme == Theme::Tower)),
    }
}

fn index(sketch: &Sketch, cell: Cell) -> Option<usize> {
    let (column, row) = (
        usize::try_from(cell.column).ok()?,
        usize::try_from(cell.row).ok()?,
    );
    (column < sketch.columns && row < sketch.rows).then(|| row * sketch.columns + column)
}

/// Steps to each cell from the nearest of some.
fn distances(sketch: &Sketch, from: &[usize], most: u32) -> Vec<u32> {
    let mut away = vec![u32::MAX; sketch.cells.len()];
    let mut queue: VecDeque<usize> = from.iter().copied().collect();
    for cell in from {
        if let Some(slot) = away.get_mut(*cell) {
            *slot = 0;
        }
    }
    while let Some(cell) = queue.pop_front() {
        if away[cell] >= most {
            continue;
        }
        for next in sketch.neighbours(cell) {
            if is_ground(sketch.cell(next)) && away[next] == u32::MAX {
                away[next] = away[cell] + 1;
                queue.push_back(next);
            }
        }
    }
    away
}

/// The cells of a shortest walk, without the first.
fn walk(sketch: &Sketch, from: usize, to: usize) -> Vec<usize> {
    let away = distances(sketch, &[to], u32::MAX);
    let mut way = Vec::new();
    let mut at = from;
    while at != to && away.get(at).is_some_and(|steps| *steps != u32::MAX) {
        let Some(next) = sketch.neighbours(at).min_by_key(|next| away[*next]) else {
            break;
        };
        way.push(next);
        at = next;
    }
    if at != to {
        way.push(to);
    }
    way
}

/// What [`predict`] weighs, fitted by [`super::eval::fit`] to levels that were played.
pub const WEIGHTS: [f64; 9] = [
    -0.0643, 0.1629, -0.0123, 0.7323, -0.9628, -0.0571, -0.0178, -0.0941, -0.0661,
];

/// The terms that [`WEIGHTS`] weigh. A fight costs by the guards' health (its length) times their damage, and
/// what it costs is bounded: so the threat enters by its square root as well.
pub fn terms(traits: &Traits) -> [f64; 9] {
    let threat = traits.exposure * traits.strength * traits.strength;
    let bounded = threat / (1.0 + threat);
    [
        1.0,
        (traits.way / 100.0).min(3.0),
        (traits.pushes / 30.0).min(2.0),
        threat.sqrt().min(4.0),
        bounded,
        threat.min(16.0),
        traits.potions * bounded,
        traits.swords * bounded,
        traits.is_side * bounded,
    ]
}

/// The difficulty that a level will be measured to have, by its traits; 0 to 1.
pub fn predict(traits: &Traits) -> f64 {
    let all = terms(traits);
    let sum: f64 = all.iter().zip(WEIGHTS).map(|(term, w)| term * w).sum();
    sum.clamp(0.0, 1.0)
}

/// Strengths of guards that [`tune`] chooses among.
pub const STRENGTHS: [f64; 16] = [
    0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.15, 1.3, 1.45, 1.6, 1.8, 2.0, 2.2, 2.4,
];

/// Chooses the guards' strength so that the predicted difficulty is closest to the asked one; what is then
/// predicted.
pub fn tune(sketch: &mut Sketch, plan: &Plan, asked: f64) -> f64 {
    let mut traits = traits(sketch, plan);
    let mut best = (f64::INFINITY, 1.0, 0.0);
    for strength in STRENGTHS {
        traits.strength = strength;
        let predicted = predict(&traits);
        let miss = (predicted - asked).abs();
        if miss < best.0 {
            best = (miss, strength, predicted);
        }
    }
    sketch.guard_strength = best.1;
    best.2
}
