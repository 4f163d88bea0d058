//! `skidpad generate`.

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use scenarios::generate::{self as maps, MapKind};
use sim::input::{InputError, Limits};
use sim::road::RoadNetwork;

use super::failure::Failure;
use super::generate_game;
use super::output;

/// Arguments of `generate`.
#[derive(Args, Debug)]
pub struct GenerateArgs {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Debug)]
enum What {
    /// Writes OpenDRIVE maps that every command reads
    Road(RoadArgs),
    /// Writes OpenSCENARIO scenarios with traffic, each with its map
    Traffic {
        /// What it should be, such as "busy roundabout in rain at dusk, one cyclist, two trucks"; as usual where left out
        words: Option<String>,
        #[command(flatten)]
        args: RoadArgs,
    },
    /// Writes game levels that the solver has proven
    Level(generate_game::LevelArgs),
    /// Writes stories (level, quests, cast) of which all branches were played
    Story(generate_game::StoryArgs),
}

#[derive(Args, Debug)]
struct RoadArgs {
    /// Kind of map
    #[arg(long, default_value = "town", value_parser = kind)]
    kind: MapKind,
    /// Seed of the first map; the next ones count up
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Number of maps
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    count: u32,
    /// Folder that they are written to
    #[arg(long, value_name = "DIR", default_value = "out")]
    out: PathBuf,
}

fn kind(text: &str) -> Result<MapKind, String> {
    MapKind::from_name(text).ok_or_else(|| {
        let names: Vec<_> = MapKind::ALL.iter().map(|kind| kind.name()).collect();
        format!("expected one of {}", names.join(", "))
    })
}

/// Writes the files, and tells which; the exit code.
pub fn generate(args: GenerateArgs) -> Result<u8, Failure> {
    let args = match args.what {
        What::Road(args) => args,
        What::Level(args) => return generate_game::levels(&args),
        What::Story(args) => return generate_game::stories(&args),
        What::Traffic { words, args } => return traffic(words.as_deref(), &args),
    };
    for i in 0..u64::from(args.count) {
        let seed = args.seed.wrapping_add(i);
        let path = args.out.join(format!("{}-{seed}.xodr", args.kind.name()));
        let text = maps::map(args.kind, seed);
        write(&path, &text)
            .map_err(|e| InputError::new(&path, "a file that can be written", e.to_string()))?;
        let map = RoadNetwork::from_xml_text(&path, text, &Limits::default())
            .map_err(|e| Failure::internal(format!("generated map: {e}")))?;
        output::print(&format!(
            "{}: {} roads, {} junctions, {:.0} m\n",
            path.display(),
            map.roads().len(),
            map.junctions().len(),
            map.total_length_m(),
        ));
    }
    Ok(0)
}

fn traffic(words: Option<&str>, args: &RoadArgs) -> Result<u8, Failure> {
    let wish = words.map(maps::wish).transpose();
    let wish = wish.map_err(|e| Failure::usage(format!("{}: {e}", words.unwrap_or_default())))?;
    let kind = wish
        .as_ref()
        .and_then(|wish| wish.kind)
        .unwrap_or(args.kind);
    for i in 0..u64::from(args.count) {
        let seed = args.seed.wrapping_add(i);
        let name = format!("{}-{seed}", kind.name());
        let map_file = format!("{name}.xodr");
        let made = match (&wish, words) {
            (Some(wish), Some(words)) => {
                crate::generate::traffic_by_words(kind, wish, words, seed, &map_file)?
            }
            _ => crate::generate::traffic_scenario(kind, seed, &map_file)?,
        };
        let scenario = args.out.join(format!("{name}.xosc"));
        for (path, text) in [
            (args.out.join(&map_file), made.map),
            (scenario.clone(), made.scenario),
        ] {
            write(&path, &text)
                .map_err(|e| InputError::new(&path, "a file that can be written", e.to_string()))?;
        }
        output::print(&format!("{}\n", scenario.display()));
    }
    Ok(0)
}

fn write(path: &Path, text: &str) -> std::io::Result<()> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    std::fs::write(path, text)
}
