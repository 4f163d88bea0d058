//! Whether a story holds: its graph, a proof of each branch, and each branch played to its end.

use std::sync::Arc;

use game::PlayOptions;
use game::level::problems;
use game::solve::SolveOptions;
use serde::Serialize;

use super::graph::{branches, in_words};
use super::play::play_branch;
use super::prove::prove;
use super::{BranchOutcome, Story};

/// What was found of one branch.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BranchVerdict {
    /// Its options in words.
    pub branch: String,
    /// Quests in it.
    pub quests: usize,
    /// Whether every step is proven.
    pub is_proven: bool,
    /// How it was played, if it was.
    pub outcome: Option<BranchOutcome>,
}

/// What was found of a story.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether every branch is proven and, where it was played, finished.
    pub is_sound: bool,
    /// Branch by branch.
    pub branches: Vec<BranchVerdict>,
    /// What is wrong, in words.
    pub problems: Vec<String>,
}

/// Proves every branch of a story and, with options to play, plays each to its end.
pub fn verify(story: &Arc<Story>, play: Option<&PlayOptions>) -> Verdict {
    let mut verdict = Verdict {
        is_sound: false,
        branches: Vec::new(),
        problems: Vec::new(),
    };
    let layout = match story.level.layout() {
        Ok(layout) => layout,
        Err(error) => {
            verdict.problems.push(error.to_string());
            return verdict;
        }
    };
    // Keys may be given, and quests' goals take the place of the level's.
    let found = problems(&layout).into_iter().filter(|problem| {
        use game::level::Problem::{NoPlace, NoSwitch};
        matches!(problem, NoPlace { .. } | NoSwitch { .. })
    });
    verdict
        .problems
        .extend(found.map(|problem| problem.to_string()));
    let all = match branches(story) {
        Ok(all) => all,
        Err(error) => {
            verdict.problems.push(error.to_string());
            return verdict;
        }
    };
    let solve = play.map_or_else(SolveOptions::default, |options| options.solve);
    for (branch, order) in all {
        let words = in_words(&branch);
        let proof = prove(story, &layout, &order, &solve);
        if let Err(error) = &proof {
            verdict.problems.push(format!("{words}: {error}"));
        }
        let mut outcome = None;
        if let (Some(options), true) = (play, proof.is_ok()) {
            match play_branch(story, &branch, options) {
                Ok(played) => {
                    if !played.is_finished {
                        let what = format!("{words}: not finished: {}", played.ended);
                        verdict.problems.push(what);
                    }
                    outcome = Some(played);
                }
                Err(error) => verdict.problems.push(format!("{words}: {error}")),
            }
        }
        verdict.branches.push(BranchVerdict {
            branch: words,
            quests: order.len(),
            is_proven: proof.is_ok(),
            outcome,
        });
    }
    verdict.is_sound = verdict.problems.is_empty();
    verdict
}
