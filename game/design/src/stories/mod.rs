//! Stories: quests that depend on each other and branch, in a level in which all of them can be done, with
//! characters who know of it and remember what happens.
//!
//! In: [`StoryOptions`], or a story file ([`Story::load`], `docs/stories.md`). Out: a [`Story`], the proof and play
//! of all its branches ([`verify()`]), and [`Progress`], which follows a story through a game as it is played.

mod beats;
mod cast;
mod eval;
mod file;
mod generate;
mod graph;
mod level;
mod memory;
mod names;
mod people;
mod play;
mod plot;
mod progress;
mod prove;
mod quest;
mod verify;

pub use cast::{CharacterSheet, Fact, Relation};
pub use eval::{EvalOptions, StoryFigures, drawn, eval};
pub use generate::{GenerateError, StoryOptions, generate, generate_counted};
pub use graph::{
    Branching, Graph, GraphError, MAX_BRANCHES, QuestState, branches, depth, in_words,
};
pub use memory::{Memories, Memory};
pub use names::THEMES;
pub use play::{BranchOutcome, Director, StoryPlayError, play_branch, ready_story};
pub use progress::{Change, ESCORT_CELLS, Progress};
pub use prove::{Unproven, prove};
pub use quest::{Branch, Choice, ChoiceOption, Objective, Quest, Reward, Story};
pub use verify::{BranchVerdict, Verdict, verify};
