//! Stories from a seed: a plot that opens the level lock by lock, with people, foes and things where the plot has
//! come to. So each quest can be done by construction; then it is proven and, unless told otherwise, played.

use std::sync::Arc;

use game::PlayOptions;
use serde::{Deserialize, Serialize};
use sim::seed;

use super::Story;
use super::names::THEMES;
use super::plot::Plot;
use super::verify::{Verdict, verify};

/// Most attempts at a story.
const ATTEMPTS: u64 = 20;

/// What story is wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoryOptions {
    /// Seed of every draw.
    pub seed: u64,
    /// Rooms, 4 to 36; a grid is filled up.
    pub size: usize,
    /// Quests, 3 to 20, give or take one.
    pub quests: usize,
    /// How many and how strong foes are, 0 to 1.
    pub difficulty: f64,
    /// One of [`THEMES`].
    pub theme: String,
    /// Whether a story that is not finished by the scripted player in some branch is made anew.
    pub is_played: bool,
}

impl Default for StoryOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            size: 9,
            quests: 7,
            difficulty: 0.4,
            theme: "dungeon".to_owned(),
            is_played: true,
        }
    }
}

/// Why no story was made.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum GenerateError {
    /// An option is out of range.
    #[error("expected {expected}, found {found}")]
    Option {
        /// What would do.
        expected: String,
        /// What was given.
        found: String,
    },
    /// None of the attempts was proven and played; what was wrong with the last.
    #[error("no sound story in {ATTEMPTS} attempts: {0}")]
    NoStory(String),
}

impl StoryOptions {
    fn check(&self) -> Result<(), GenerateError> {
        let wrong = |expected: &str, found: String| {
            let expected = expected.to_owned();
            Err(GenerateError::Option { expected, found })
        };
        if !(4..=36).contains(&self.size) {
            return wrong("a size of 4 to 36 rooms", self.size.to_string());
        }
        if !(3..=20).contains(&self.quests) {
            return wrong("3 to 20 quests", self.quests.to_string());
        }
        if !(0.0..=1.0).contains(&self.difficulty) {
            return wrong("a difficulty of 0 to 1", self.difficulty.to_string());
        }
        if !THEMES.contains(&self.theme.as_str()) {
            let expected = format!("a theme of {}", THEMES.join(", "));
            return wrong(&expected, self.theme.clone());
        }
        Ok(())
    }
}

/// A story that is proven and, where asked for, played in all branches.
///
/// # Errors
/// If an option is out of range, or no attempt was sound.
pub fn generate(options: &StoryOptions) -> Result<Story, GenerateError> {
    generate_counted(options).map(|(story, _)| story)
}

/// As [`generate`], with the number of attempts that it took.
///
/// # Errors
/// As [`generate`].
pub fn generate_counted(options: &StoryOptions) -> Result<(Story, u64), GenerateError> {
    options.check()?;
    let mut last = "not enough room".to_owned();
    for attempt in 0..ATTEMPTS {
        let mut rng = seed::stream(options.seed, None, &format!("story {attempt}"));
        let Some(story) = Plot::new(&mut rng, options).tell() else {
            continue;
        };
        let play = options.is_played.then(|| PlayOptions {
            seed: options.seed,
            ..PlayOptions::default()
        });
        let story = Arc::new(story);
        let verdict: Verdict = verify(&story, play.as_ref());
        if verdict.is_sound {
            return Ok((Arc::unwrap_or_clone(story), attempt + 1));
        }
        last = verdict.problems.join("; ");
    }
    Err(GenerateError::NoStory(last))
}
