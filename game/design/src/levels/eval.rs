//! Figures of the generators: what is proven, beaten, as hard as asked for, new, and like the corpus.

use std::time::Instant;

use game::solve::{SolveOptions, solve};
use rayon::prelude::*;
use serde::Serialize;
use sim::seed::{Draw, stream};

use super::constructive;
use super::difficulty::{OTHER_SKILLS, measure, measure_at, play_once, predict, terms, traits};
use super::generate::{Asked, Generated, Source, generate_many};
use super::novelty::{NEAR, diversity, nearest};
use super::patterns::Histogram;
use super::repair::repair;
use super::sketch::{Sketch, Theme};

/// Levels that are generated side by side.
const BATCH: usize = 32;

/// What is measured.
#[derive(Clone, Debug, PartialEq)]
pub struct EvalOptions {
    /// Levels, theme by theme in turn.
    pub count: usize,
    /// First seed; those after it are used as well.
    pub first_seed: u64,
    /// Number of columns.
    pub columns: usize,
    /// Number of rows.
    pub rows: usize,
    /// Whether only what the skilled player beats is given out, see [`Asked::is_played`].
    pub is_played: bool,
    /// Games at each skill that measure a level's difficulty; 0: it is not measured.
    pub games: u64,
    /// Only this theme.
    pub theme: Option<Theme>,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self {
            count: 1000,
            first_seed: 5_000_000,
            columns: 28,
            rows: 14,
            is_played: true,
            games: 1,
            theme: None,
        }
    }
}

/// What came out. Shares are of the levels asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Levels asked for.
    pub asked: usize,
    /// Share that was generated at all.
    pub generated: f64,
    /// Share that the solver proves, asked once more.
    pub proven: f64,
    /// Share that the scripted player of skill 0.9 beats, with other seeds than those of the generation.
    pub beaten: f64,
    /// Correlation (Pearson) of asked and measured difficulty; 0 where it is not measured.
    pub correlation: f64,
    /// The same, measured at skills that the generator does not play at ([`OTHER_SKILLS`]): the fairer number.
    pub correlation_other_skills: f64,
    /// Mean of how far asked and measured difficulty lie apart.
    pub difficulty_miss: f64,
    /// Share of near-duplicates of the corpus.
    pub near_duplicates: f64,
    /// Mean difference to the nearest level of the corpus.
    pub novelty: f64,
    /// Mean difference of levels of a theme among themselves.
    pub diversity: f64,
    /// Distance of blocks of two by two cells to the corpus, nats, mean over themes; as drawn, before repair.
    pub block_distance: f64,
    /// Sketches drawn a level.
    pub tries: f64,
    /// Cells changed by the repair, a level.
    pub changes: f64,
}

/// Whether a level is proven and beaten, and its difficulty at the usual and at other skills.
type Played = (bool, bool, Option<f64>, Option<f64>);

/// Generates levels with held-out seeds and measures them. `corpus` is what the generator learnt from;
/// `progress` hears of levels done and in all.
pub fn evaluate(
    options: &EvalOptions,
    source: Source,
    corpus: &[Sketch],
    progress: &mut dyn FnMut(usize, usize),
) -> Figures {
    let asked = asked(options);
    let mut done: Vec<(Asked, Generated)> = Vec::new();
    let mut played: Vec<Played> = Vec::new();
    for some in asked.chunks(BATCH) {
        let made = generate_many(some, source);
        let made: Vec<(Asked, Generated)> = some
            .iter()
            .zip(made)
            .filter_map(|(asked, made)| Some((asked.clone(), made.ok()?)))
            .collect();
        let results: Vec<Played> = made
            .par_iter()
            .map(|(asked, made)| {
                let layout = made.level.layout().ok();
                let proof = layout.map(|layout| solve(&layout, &SolveOptions::default()));
                let seed = asked.seed.wrapping_add(77_000_000);
                let outcome = play_once(&made.level, 0.9, seed);
                let hard = (options.games > 0)
                    .then(|| measure(&made.level, seed.wrapping_add(1), options.games).ok());
                let other = (options.games > 0)
                    .then(|| measure_at(&made.level, &OTHER_SKILLS, seed, options.games).ok());
                (
                    proof.is_some_and(|proof| proof.is_ok()),
                    outcome.is_ok_and(|outcome| outcome.is_beaten),
                    hard.flatten(),
                    other.flatten(),
                )
            })
            .collect();
        played.extend(results);
        done.extend(made);
        progress(done.len(), asked.len());
    }
    figures(&asked, &done, &played, corpus)
}

fn asked(options: &EvalOptions) -> Vec<Asked> {
    (0..options.count)
        .map(|i| {
            let seed = options.first_seed + i as u64;
            let theme = options.theme.unwrap_or(Theme::ALL[i % Theme::ALL.len()]);
            Asked {
                theme,
                columns: options.columns,
                rows: options.rows,
                difficulty: stream(seed, None, "asked").uniform(0.1, 0.7),
                seed,
                is_played: options.is_played,
                ..Asked::default()
            }
        })
        .collect()
}

fn figures(
    asked: &[Asked],
    done: &[(Asked, Generated)],
    played: &[Played],
    corpus: &[Sketch],
) -> Figures {
    let all = asked.len().max(1) as f64;
    let some = done.len().max(1) as f64;
    let sketches: Vec<Sketch> = done.iter().map(|(_, made)| made.sketch.clone()).collect();
    let pairs: Vec<(f64, f64)> = done
        .iter()
        .zip(played)
        .filter_map(|((asked, _), (_, _, hard, _))| Some((asked.difficulty, (*hard)?)))
        .collect();
    let others: Vec<(f64, f64)> = done
        .iter()
        .zip(played)
        .filter_map(|((asked, _), (_, _, _, hard))| Some((asked.difficulty, (*hard)?)))
        .collect();
    let near: Vec<f64> = sketches
        .par_iter()
        .map(|sketch| nearest(sketch, corpus))
        .collect();
    let distances: Vec<f64> = Theme::ALL
        .into_iter()
        .filter_map(|theme| {
            let of = |sketch: &&Sketch| sketch.theme == theme;
            let drawn = done.iter().map(|(_, made)| &made.drawn).filter(of);
            let ours = Histogram::of(drawn, 2);
            let theirs = Histogram::of(corpus.iter().filter(of), 2);
            (done.iter().any(|(a, _)| a.theme == theme) && corpus.iter().any(|c| c.theme == theme))
                .then(|| ours.distance(&theirs))
        })
        .collect();
    let mean = |sum: f64, count: usize| if count == 0 { 0.0 } else { sum / count as f64 };
    Figures {
        asked: asked.len(),
        generated: done.len() as f64 / all,
        proven: played.iter().filter(|p| p.0).count() as f64 / all,
        beaten: played.iter().filter(|p| p.1).count() as f64 / all,
        correlation: correlation(&pairs),
        correlation_other_skills: correlation(&others),
        difficulty_miss: mean(pairs.iter().map(|(a, b)| (a - b).abs()).sum(), pairs.len()),
        near_duplicates: near.iter().filter(|d| **d <= NEAR).count() as f64 / some,
        novelty: mean(near.iter().sum(), near.len()),
        diversity: diversity(&sketches),
        block_distance: mean(distances.iter().sum(), distances.len()),
        tries: done.iter().map(|(_, made)| made.tries as f64).sum::<f64>() / some,
        changes: done
            .iter()
            .map(|(_, made)| made.changes as f64)
            .sum::<f64>()
            / some,
    }
}

/// Pearson's correlation; 0 where it is not defined.
pub fn correlation(pairs: &[(f64, f64)]) -> f64 {
    let count = pairs.len().max(1) as f64;
    let mean_a = pairs.iter().map(|p| p.0).sum::<f64>() / count;
    let mean_b = pairs.iter().map(|p| p.1).sum::<f64>() / count;
    let (mut ab, mut aa, mut bb) = (0.0, 0.0, 0.0);
    for (a, b) in pairs {
        ab += (a - mean_a) * (b - mean_b);
        aa += (a - mean_a) * (a - mean_a);
        bb += (b - mean_b) * (b - mean_b);
    }
    if aa * bb > 0.0 {
        ab / (aa * bb).sqrt()
    } else {
        0.0
    }
}

/// Levels a second of proven, unplayed levels of one candidate each.
pub fn bench(count: usize, columns: usize, rows: usize, source: Source) -> f64 {
    let options = EvalOptions {
        count,
        columns,
        rows,
        is_played: false,
        first_seed: 9_000_000,
        ..EvalOptions::default()
    };
    let mut asked = asked(&options);
    for asked in &mut asked {
        asked.candidates = 1;
    }
    let started = Instant::now();
    let made: usize = asked
        .chunks(2 * BATCH)
        .map(|some| {
            generate_many(some, source)
                .iter()
                .filter(|made| made.is_ok())
                .count()
        })
        .sum();
    made as f64 / started.elapsed().as_secs_f64().max(1e-9)
}

/// The weights of [`super::difficulty::predict`], fitted to games.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// See [`super::difficulty::WEIGHTS`].
    pub weights: Vec<f64>,
    /// Correlation of what these weights predict with what is measured, on levels they were not fitted to.
    pub correlation: f64,
    /// The same of the weights in use.
    pub correlation_now: f64,
}

/// Draws levels by rules with guards of random strength, plays them, and fits the weights by ridge regression on
/// four of five.
pub fn fit(count: usize, first_seed: u64, games: u64) -> Fit {
    let samples: Vec<([f64; 9], f64, f64)> = (0..count as u64)
        .into_par_iter()
        .filter_map(|i| {
            let seed = first_seed + i;
            let mut rng = stream(seed, None, "fit");
            let theme = Theme::ALL[i as usize % Theme::ALL.len()];
            let mut wanted = constructive::usual_features(theme, &mut rng);
            wanted.guards = rng.index(7) as u32;
            let drawn = constructive::draw(theme, 28, 14, &wanted, &mut rng);
            let mut repaired = repair(&drawn, &mut rng)?;
            repaired.sketch.guard_strength = rng.uniform(0.3, 2.4);
            let traits = traits(&repaired.sketch, &repaired.plan);
            let hard = measure(&repaired.sketch.level("fit"), seed, games).ok()?;
            Some((terms(&traits), hard, predict(&traits)))
        })
        .collect();
    let (held, used): (Vec<_>, Vec<_>) = (0..).zip(&samples).partition(|(i, _)| i % 5 == 0);
    let weights = ridge(&used.iter().map(|(_, s)| (s.0, s.1)).collect::<Vec<_>>());
    let guess = |terms: &[f64; 9]| terms.iter().zip(&weights).map(|(t, w)| t * w).sum::<f64>();
    let ours: Vec<_> = held.iter().map(|(_, s)| (guess(&s.0), s.1)).collect();
    let now: Vec<_> = held.iter().map(|(_, s)| (s.2, s.1)).collect();
    Fit {
        correlation: correlation(&ours),
        correlation_now: correlation(&now),
        weights,
    }
}

/// Least squares with a small weight on the size of the answer, by Gaussian elimination.
fn ridge(samples: &[([f64; 9], f64)]) -> Vec<f64> {
    const N: usize = 9;
    let mut rows = vec![[0.0; N + 1]; N];
    for (i, row) in rows.iter_mut().enumerate() {
        row[i] = 0.05;
        for (terms, value) in samples {
            for (slot, term) in row.iter_mut().zip(terms) {
                *slot += terms[i] * term;
            }
            row[N] += terms[i] * value;
        }
    }
    for i in 0..N {
        let pivot = rows[i];
        for (j, row) in rows.iter_mut().enumerate() {
            if j != i {
                let factor = row[i] / pivot[i];
                for (slot, from) in row.iter_mut().zip(pivot) {
                    *slot -= factor * from;
                }
            }
        }
    }
    (0..N).map(|i| rows[i][N] / rows[i][i]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ridge_finds_the_weights_and_correlation_is_one_on_a_line() {
        let mut rng = stream(1, None, "test");
        let weights: Vec<f64> = (0..9).map(|_| rng.uniform(-1.0, 1.0)).collect();
        let samples: Vec<([f64; 9], f64)> = (0..400)
            .map(|_| {
                let terms = [0.0; 9].map(|_| rng.uniform(-1.0, 1.0));
                let value = terms.iter().zip(&weights).map(|(t, w)| t * w).sum();
                (terms, value)
            })
            .collect();
        let found = ridge(&samples);
        assert!(
            found
                .iter()
                .zip(&weights)
                .all(|(a, b)| (a - b).abs() < 0.01)
        );
        assert!((correlation(&[(1.0, 2.0), (2.0, 4.0), (3.0, 6.0)]) - 1.0).abs() < 1e-12);
    }
}
