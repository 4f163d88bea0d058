//! `skidpad generate level` and `skidpad generate story`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use design::levels::{Asked, LevelNetwork, Source, Theme, generate};
use design::stories::{StoryOptions, THEMES};
use runner::assets;

use super::{Failure, output};

/// Who draws levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum By {
    /// Rules
    Rules,
    /// The transformer
    Network,
}

/// Arguments of `generate level`.
#[derive(Args, Debug)]
pub struct LevelArgs {
    /// What it is about
    #[arg(long, default_value = "dungeon", value_parser = theme)]
    theme: Theme,
    /// Columns and rows, 8 to 40 each
    #[arg(long, value_name = "COLUMNSxROWS", default_value = "28x14", value_parser = size)]
    size: (usize, usize),
    /// How hard it is to be, 0 to 1
    #[arg(long, value_name = "D", default_value_t = 0.4, value_parser = share)]
    difficulty: f64,
    /// Who draws it
    #[arg(long, value_enum, default_value = "rules")]
    by: By,
    /// Also measures its difficulty by play, which takes some seconds and is truer to what was asked
    #[arg(long)]
    played: bool,
    #[command(flatten)]
    files: FileArgs,
}

/// Arguments of `generate story`.
#[derive(Args, Debug)]
pub struct StoryArgs {
    /// What it is about
    #[arg(long, default_value = "dungeon", value_parser = THEMES)]
    theme: String,
    /// Rooms, 4 to 36
    #[arg(long, value_name = "N", default_value_t = 9, value_parser = clap::value_parser!(u64).range(4..=36))]
    size: u64,
    /// Quests, 3 to 20
    #[arg(long, value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u64).range(3..=20))]
    quests: u64,
    /// How many and how strong foes are, 0 to 1
    #[arg(long, value_name = "D", default_value_t = 0.4, value_parser = share)]
    difficulty: f64,
    #[command(flatten)]
    files: FileArgs,
}

#[derive(Args, Debug)]
struct FileArgs {
    /// Seed of the first; the next ones count up
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// How many
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Folder that they are written to
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
}

fn theme(text: &str) -> Result<Theme, String> {
    Theme::of(text).ok_or_else(|| {
        let names: Vec<_> = Theme::ALL.iter().map(|theme| theme.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

fn share(text: &str) -> Result<f64, String> {
    let read = text.parse().ok().filter(|v| (0.0..=1.0).contains(v));
    read.ok_or_else(|| "expected a number from 0 to 1".to_owned())
}

fn size(text: &str) -> Result<(usize, usize), String> {
    let read = |text: &str| text.parse().ok().filter(|n| (8..=40).contains(n));
    let both = text
        .split_once('x')
        .and_then(|(c, r)| Some((read(c)?, read(r)?)));
    both.ok_or_else(|| "expected COLUMNSxROWS from 8x8 to 40x40, such as 28x14".to_owned())
}

impl FileArgs {
    /// Writes a file for each seed, and tells which.
    fn each(
        &self,
        kind: &str,
        mut make: impl FnMut(u64) -> Result<(String, String), Failure>,
    ) -> Result<u8, Failure> {
        for i in 0..u64::from(self.count) {
            let seed = self.seed.wrapping_add(i);
            let (text, about) = make(seed)?;
            let path = self.out.join(format!("{kind}-{seed}.ron"));
            let write = || {
                std::fs::create_dir_all(&self.out)?;
                std::fs::write(&path, text)
            };
            write()
                .map_err(|e: std::io::Error| Failure::usage(format!("{}: {e}", path.display())))?;
            output::print(&format!("{}: {about}\n", path.display()));
        }
        Ok(0)
    }
}

/// Writes levels that the solver has proven; the exit code.
pub fn levels(args: &LevelArgs) -> Result<u8, Failure> {
    let network = match args.by {
        By::Rules => None,
        By::Network => {
            let file = assets(None).join("level.safetensors");
            Some(LevelNetwork::load(&file).map_err(|e| Failure::usage(e.to_string()))?)
        }
    };
    let source = network.as_ref().map_or(Source::Rules, Source::Network);
    args.files.each(args.theme.name(), |seed| {
        let asked = Asked {
            theme: args.theme,
            columns: args.size.0,
            rows: args.size.1,
            difficulty: args.difficulty,
            seed,
            is_played: args.played,
            ..Asked::default()
        };
        let made = generate(&asked, source)
            .map_err(|e| Failure::usage(format!("{} of seed {seed}: {e}", args.theme.name())))?;
        let text = made
            .level
            .to_text()
            .map_err(|e| Failure::internal(e.to_string()))?;
        let how = if args.played { "measured" } else { "predicted" };
        Ok((
            text,
            format!("proven, difficulty {:.2} as {how}", made.predicted),
        ))
    })
}

/// Writes stories of which all branches were played to their ends; the exit code.
pub fn stories(args: &StoryArgs) -> Result<u8, Failure> {
    args.files.each("story", |seed| {
        let options = StoryOptions {
            seed,
            size: args.size as usize,
            quests: args.quests as usize,
            difficulty: args.difficulty,
            theme: args.theme.clone(),
            ..StoryOptions::default()
        };
        let story = design::stories::generate(&options)
            .map_err(|e| Failure::usage(format!("story of seed {seed}: {e}")))?;
        let text = story
            .to_text()
            .map_err(|e| Failure::internal(e.to_string()))?;
        Ok((
            text,
            format!("{}, {} quests", story.title, story.quests.len()),
        ))
    })
}
