//! `skidpad talk`: a conversation with the characters of a level.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use clap::Args;
use dialogue::language::{LanguageModel, Llm, LlmOptions, default_model};
use dialogue::talk::memory::Memory;
use dialogue::talk::stage::{Stage, StageOptions};
use runner::assets;
use sim::input::Limits;

use super::{Failure, output};

/// Arguments of `talk`.
#[derive(Args, Debug)]
pub struct TalkArgs {
    /// The level (.ron) whose characters are talked to
    level: PathBuf,
    /// The character that is spoken to; whom a line names, else the nearest, where left out
    character: Option<String>,
    /// Folder of the characters' files
    #[arg(long, value_name = "DIR")]
    characters: Option<PathBuf>,
    /// A language model that chooses the words: a .gguf file, a folder with safetensors, or `default` (`make model`)
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// File in which the characters' memories are kept from one conversation to the next
    #[arg(long, value_name = "F.json")]
    memory: Option<PathBuf>,
    /// Weights of the network that understands
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Seed of the world and of all words
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// One JSON document a line on stdout; lines of input may be `{"text": …, "to": …}`
    #[arg(long)]
    json: bool,
}

/// A line of input with `--json`, where it is no plain text.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Said {
    text: String,
    #[serde(default)]
    to: Option<String>,
}

/// Prints a document on a line of its own.
fn line_of(value: &serde_json::Value) -> Result<(), Failure> {
    output::print(&format!("{value}\n"));
    Ok(())
}

fn usage(error: impl ToString) -> Failure {
    Failure::usage(error.to_string())
}

/// Reads lines from stdin until it ends; the exit code.
pub fn talk(args: &TalkArgs) -> Result<u8, Failure> {
    let folder = assets(None);
    let options = StageOptions {
        level: args.level.clone(),
        characters: args
            .characters
            .clone()
            .unwrap_or_else(|| folder.join("characters")),
        weights: args
            .weights
            .clone()
            .unwrap_or_else(|| folder.join("dialogue.safetensors")),
        seed: args.seed,
        dt_s: 0.05,
    };
    let mut stage = Stage::open(&options, &Limits::default()).map_err(usage)?;
    let mut model = match args.model.as_deref() {
        None => None,
        Some(name) => {
            let file = match name {
                "default" => default_model().map_err(usage)?,
                file => PathBuf::from(file),
            };
            Some(Llm::open(&file, &LlmOptions::default()).map_err(usage)?)
        }
    };
    if let Some(file) = args.memory.as_deref().filter(|file| file.exists()) {
        remember(&mut stage, file)?;
    }
    let named = match &args.character {
        Some(name) => Some(number(&stage, name)?),
        None => None,
    };
    let names = match stage.names() {
        names if names.is_empty() => {
            "nobody who talks (characters talk by the file of their `persona`)".to_owned()
        }
        names => names.join(", "),
    };
    if !args.json {
        output::print(&format!(
            "Here: {names}. /go THING walks there, /wait SECONDS lets time pass; the end of input ends it.\n"
        ));
    }
    for line in std::io::stdin().lock().lines() {
        let line = line.map_err(usage)?;
        if line.trim().is_empty() {
            continue;
        }
        let (to, line) = match serde_json::from_str::<Said>(&line) {
            Ok(said) if args.json => (
                said.to.map(|to| number(&stage, &to)).transpose()?,
                said.text,
            ),
            _ => (None, line),
        };
        let told = if let Some(to) = line.strip_prefix("/go ") {
            stage.go(to.trim(), 30.0).map_err(|e| e.to_string())
        } else if let Some(seconds) = line.strip_prefix("/wait ") {
            let parsed = seconds
                .trim()
                .parse::<f64>()
                .ok()
                .filter(|s| (0.0..=3600.0).contains(s));
            parsed
                .map(|seconds| stage.run(seconds))
                .ok_or_else(|| format!("expected seconds from 0 to 3600, found {seconds:?}"))
        } else {
            let model = model.as_mut().map(|m| m as &mut dyn LanguageModel);
            say(&mut stage, to.or(named), &line, model, args.json)?;
            continue;
        };
        match (told, args.json) {
            (Ok(events), true) => line_of(&serde_json::json!({"input": line, "events": events}))?,
            (Err(error), true) => line_of(&serde_json::json!({"input": line, "error": error}))?,
            (Ok(events), false) => events
                .iter()
                .for_each(|e| output::print(&format!("  ({e})\n"))),
            (Err(error), false) => output::note(&format!("error: {error}")),
        }
    }
    match &args.memory {
        Some(file) => keep(&stage, file),
        None => Ok(0),
    }
}

fn number(stage: &Stage, name: &str) -> Result<usize, Failure> {
    let names = stage.names();
    let is_it = |n: &String| n.eq_ignore_ascii_case(name);
    names.iter().position(is_it).ok_or_else(|| {
        let all = names.join(", ");
        Failure::usage(format!("expected one of {all}, found {name:?}"))
    })
}

fn say(
    stage: &mut Stage,
    named: Option<usize>,
    line: &str,
    model: Option<&mut dyn LanguageModel>,
    is_json: bool,
) -> Result<(), Failure> {
    let Some(to) = named.or_else(|| stage.addressed(line)) else {
        output::note("nobody is here to hear it");
        return Ok(());
    };
    let reply = stage.say(to, line, model, &mut |_| true).map_err(usage)?;
    let name = stage.names().get(to).cloned().unwrap_or_default();
    if is_json {
        return line_of(&serde_json::json!({"input": line, "speaker": name, "reply": reply}));
    }
    output::print(&format!("  {name}: {}\n", reply.text));
    for act in &reply.world_acts {
        output::print(&format!("  ({act:?})\n"));
    }
    Ok(())
}

fn remember(stage: &mut Stage, file: &Path) -> Result<(), Failure> {
    let wrong = |found: String| {
        Failure::usage(format!(
            "{}: expected memories as --memory wrote them, found {found}",
            file.display()
        ))
    };
    let text = std::fs::read_to_string(file).map_err(|e| wrong(e.to_string()))?;
    let all: Vec<serde_json::Value> =
        serde_json::from_str(&text).map_err(|e| wrong(e.to_string()))?;
    for one in all {
        let memory = Memory::parse(file, &one.to_string()).map_err(usage)?;
        stage.remember(memory).map_err(usage)?;
    }
    Ok(())
}

fn keep(stage: &Stage, file: &Path) -> Result<u8, Failure> {
    let mut all = Vec::new();
    for name in stage.names() {
        if let Some(memory) = stage.memory(&name) {
            let text = memory.to_text().map_err(usage)?;
            all.push(serde_json::from_str::<serde_json::Value>(&text).map_err(usage)?);
        }
    }
    let text = serde_json::to_string_pretty(&all).map_err(usage)?;
    let write = std::fs::write(file, text);
    write.map_err(|e| Failure::usage(format!("{}: {e}", file.display())))?;
    Ok(0)
}
