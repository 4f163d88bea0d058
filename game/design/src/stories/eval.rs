//! Figures over many generated stories.

use std::sync::Arc;

use game::PlayOptions;
use serde::Serialize;
use sim::seed::{self, Draw};

use super::generate::{StoryOptions, generate_counted};
use super::graph::depth;
use super::names::{THEMES, pick};
use super::verify::verify;

/// How stories are evaluated.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EvalOptions {
    /// How many stories.
    pub count: u64,
    /// Seed of the first; the others follow.
    pub first_seed: u64,
    /// Added to a story's seed for the play that counts, so that no story is counted by the play it was kept by.
    pub play_seed: u64,
    /// The scripted player's skill, 0 to 1.
    pub skill: f64,
    /// Whether stories are kept only if they were finished once while they were made.
    pub is_played_before: bool,
}

impl Default for EvalOptions {
    fn default() -> Self {
        Self {
            count: 1000,
            first_seed: 3_000_000,
            play_seed: 77,
            skill: 0.9,
            is_played_before: true,
        }
    }
}

/// The figures.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct StoryFigures {
    /// Stories asked for.
    pub asked: u64,
    /// Stories that were made and proven.
    pub made: u64,
    /// Attempts that it took.
    pub attempts: u64,
    /// Stories all of whose branches were finished in play.
    pub finished: u64,
    /// Branches.
    pub branches: u64,
    /// Branches that the solver proved.
    pub branches_proven: u64,
    /// Branches that were finished in play.
    pub branches_finished: u64,
    /// Quests of all branches together, each branch counted with its own.
    pub quests_played: u64,
    /// Mean quests of a story.
    pub mean_quests: f64,
    /// Mean of the longest chain of quests.
    pub mean_depth: f64,
    /// Mean simulated time of a branch, seconds.
    pub mean_time_s: f64,
    /// Mean facts that the cast remembers at the end of a branch.
    pub mean_remembered: f64,
    /// Titles that are met more than once.
    pub same_titles: u64,
    /// The first failures, in words.
    pub failures: Vec<String>,
}

/// Options of a story of an evaluation: size, quests, difficulty and theme are drawn from its seed.
pub fn drawn(seed: u64, is_played: bool) -> StoryOptions {
    let mut rng = seed::stream(seed, None, "story options");
    StoryOptions {
        seed,
        size: 6 + rng.index(11),
        quests: 4 + rng.index(9),
        difficulty: (rng.unit() * 100.0).round() / 100.0,
        theme: pick(&mut rng, &THEMES).to_owned(),
        is_played,
    }
}

/// Makes and plays many stories. `progress` is called after each with how many are done.
pub fn eval(options: &EvalOptions, progress: &mut dyn FnMut(u64, &StoryFigures)) -> StoryFigures {
    let mut figures = StoryFigures {
        asked: options.count,
        ..StoryFigures::default()
    };
    let (mut quests, mut depths, mut time_s, mut remembered) = (0u64, 0u64, 0.0, 0u64);
    let mut titles = std::collections::BTreeSet::new();
    for number in 0..options.count {
        let seed = options.first_seed.wrapping_add(number);
        match generate_counted(&drawn(seed, options.is_played_before)) {
            Err(error) => note(&mut figures, format!("seed {seed}: {error}")),
            Ok((story, attempts)) => {
                figures.made += 1;
                figures.attempts += attempts;
                quests += story.quests.len() as u64;
                depths += depth(&story) as u64;
                figures.same_titles += u64::from(!titles.insert(story.title.clone()));
                let play = PlayOptions {
                    seed: seed.wrapping_add(options.play_seed),
                    skill: options.skill,
                    ..PlayOptions::default()
                };
                let verdict = verify(&Arc::new(story), Some(&play));
                for branch in &verdict.branches {
                    figures.branches += 1;
                    figures.branches_proven += u64::from(branch.is_proven);
                    if let Some(outcome) = &branch.outcome {
                        figures.branches_finished += u64::from(outcome.is_finished);
                        figures.quests_played += outcome.done.len() as u64;
                        time_s += outcome.time_s;
                        remembered += outcome.remembered as u64;
                    }
                }
                figures.finished += u64::from(verdict.is_sound);
                for problem in verdict.problems {
                    note(&mut figures, format!("seed {seed}: {problem}"));
                }
            }
        }
        let mean = |sum: f64, count: u64| sum / count.max(1) as f64;
        figures.mean_quests = mean(quests as f64, figures.made);
        figures.mean_depth = mean(depths as f64, figures.made);
        figures.mean_time_s = mean(time_s, figures.branches);
        figures.mean_remembered = mean(remembered as f64, figures.branches);
        progress(number + 1, &figures);
    }
    figures
}

fn note(figures: &mut StoryFigures, what: String) {
    if figures.failures.len() < 50 {
        figures.failures.push(what);
    }
}
