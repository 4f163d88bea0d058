//! `skidpad inspect`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use scenarios::check::{FileKind, Severity, check_file};
use scenarios::distribution::ParameterValueDistribution;
use scenarios::{LoadOptions, Scenario};
use serde_json::{Value, json};
use sim::input::{InputError, Limits};
use sim::record::read_summary;
use sim::road::{Problem, RoadNetwork};
use sim::sensor::Rig;

use super::args::{FileArgs, LimitArgs};
use super::{Failure, output};
use crate::run::RunError;

/// Arguments of `inspect`.
#[derive(Args, Debug)]
pub struct InspectArgs {
    /// Map (.xodr), scenario (.xosc), rig or level (.ron), record (.mcap) or weights (.safetensors)
    file: PathBuf,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
    /// A folder, besides its own root, that a scenario may name files in; may be given several times
    #[arg(long, value_name = "DIR")]
    allow_path: Vec<PathBuf>,
    #[command(flatten)]
    files: FileArgs,
    #[command(flatten)]
    limits: LimitArgs,
}

/// What a file holds.
struct Report {
    kind: &'static str,
    facts: Vec<(String, Value)>,
    problems: Vec<String>,
    /// What has no effect.
    notes: Vec<String>,
    /// Whether a run would refuse the file.
    is_refused: bool,
}

impl Report {
    fn new(kind: &'static str, facts: Vec<(String, Value)>, problems: Vec<String>) -> Self {
        Self {
            kind,
            facts,
            problems,
            notes: Vec::new(),
            is_refused: false,
        }
    }
}

/// Tells what the file holds; exit code 0 where it can be used, problems or not, 2 where it can't.
pub fn inspect(args: InspectArgs) -> Result<u8, Failure> {
    let options = LoadOptions {
        limits: args.limits.limits(),
        allowed: args.allow_path.clone(),
        map_folders: args.files.map_folders(),
        lenient: args.files.lenient,
        ..LoadOptions::default()
    };
    let report = match look(&args.file, &options) {
        Ok(report) => report,
        Err(error) => {
            if args.json {
                output::json(&json!({
                    "file": args.file,
                    "kind": "unreadable",
                    "error": super::failure::error_json(&error),
                }))?;
            }
            return Err(error.into());
        }
    };
    let exit_code = if report.is_refused { 2 } else { 0 };
    if args.json {
        let facts: serde_json::Map<String, Value> = report.facts.into_iter().collect();
        output::json(&json!({
            "file": args.file,
            "kind": report.kind,
            "holds": facts,
            "problems": report.problems,
            "notes": report.notes,
            "refused": report.is_refused,
        }))?;
        return Ok(exit_code);
    }
    let mut text = format!("{}: {}\n", args.file.display(), report.kind);
    for (name, value) in &report.facts {
        text += &match value {
            Value::Array(items) => {
                let lines = items.iter().map(|item| format!("    {}\n", plain(item)));
                format!("  {name}: {}\n{}", items.len(), lines.collect::<String>())
            }
            value => format!("  {name}: {}\n", plain(value)),
        };
    }
    text += &match report.problems.len() {
        0 => "no problems found\n".to_owned(),
        n => format!("{n} problem{}:\n", if n == 1 { "" } else { "s" }),
    };
    for problem in &report.problems {
        text += &format!("  {problem}\n");
    }
    if !report.notes.is_empty() {
        text += "notes:\n";
    }
    for note in &report.notes {
        text += &format!("  {note}\n");
    }
    output::print(&text);
    Ok(exit_code)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Object(parts) => {
            let parts = parts.iter().map(|(k, v)| format!("{k} {}", plain(v)));
            parts.collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

fn look(file: &Path, options: &LoadOptions) -> Result<Report, RunError> {
    let limits = &options.limits;
    let extension = file.extension().and_then(|e| e.to_str()).unwrap_or("");
    match extension {
        "xodr" => Ok(map(file, &RoadNetwork::load(file, limits)?)),
        "mcap" => Ok(record(file, limits)?),
        "safetensors" => Ok(weights(file)?),
        "xosc" => Ok(open_scenario(file, options)?),
        "ron" if runner::file_kind(file, limits) == runner::FileKind::Level => {
            let (facts, problems) = super::inspect_level::level(file, limits)?;
            Ok(Report::new("level", facts, problems))
        }
        "ron" => Ok(rig(file, limits)?),
        _ => Err(InputError::new(
            file,
            "a map (.xodr), scenario (.xosc), rig or level (.ron), record (.mcap) or weights (.safetensors)",
            format!("the extension {extension:?}"),
        )
        .into()),
    }
}

fn map(file: &Path, map: &RoadNetwork) -> Report {
    let lanes = |drivable: bool| -> usize {
        let sections = map.roads().iter().flat_map(|road| &road.sections);
        sections
            .flat_map(|section| section.lanes())
            .filter(|lane| lane.id != 0 && (!drivable || lane.kind.is_drivable()))
            .count()
    };
    let controlled = map.signals().iter().filter(|s| s.dynamic).count();
    let header = map.header();
    let (major, minor) = header.revision;
    let mut kinds = BTreeMap::<String, usize>::new();
    for junction in map.junctions() {
        let kind = format!("{:?}", junction.kind).to_lowercase();
        *kinds.entry(kind).or_default() += 1;
    }
    let tunnels = map.structures().iter().filter(|s| s.is_tunnel()).count();
    let facts = [
        ("version", json!(format!("{major}.{minor}"))),
        ("name", json!(header.name)),
        ("vendor", json!(header.vendor)),
        ("roads", json!(map.roads().len())),
        (
            "length_m",
            json!((map.total_length_m() * 1e3).round() / 1e3),
        ),
        ("lanes", json!(lanes(false))),
        ("drivable_lanes", json!(lanes(true))),
        ("junctions", json!(map.junctions().len())),
        ("junction_kinds", json!(kinds)),
        ("signals", json!(map.signals().len())),
        ("dynamic_signals", json!(controlled)),
        ("controllers", json!(map.controllers().len())),
        ("objects", json!(map.objects().len())),
        ("crosswalks", json!(map.crosswalks().len())),
        ("parking_spaces", json!(map.parking_spaces().count())),
        ("bridges", json!(map.structures().len() - tunnels)),
        ("tunnels", json!(tunnels)),
        ("rail_switches", json!(map.switches().len())),
        ("stations", json!(map.stations().len())),
        ("geo_reference", json!(map.geo_reference())),
        ("offset", json!(header.offset)),
    ];
    Report {
        notes: map.notes().iter().map(|p| told(file, p)).collect(),
        ..Report::new(
            "OpenDRIVE map",
            facts.map(|(name, value)| (name.to_owned(), value)).into(),
            map.problems().iter().map(|p| told(file, p)).collect(),
        )
    }
}

/// A problem with the file and line that it stands in.
fn told(map: &Path, problem: &Problem) -> String {
    let file = problem.file.as_deref().unwrap_or(map);
    format!("{}:{}: {}", file.display(), problem.line, problem.text)
}

/// A scenario, catalog or parameter distribution: every problem that is found in it.
fn open_scenario(file: &Path, options: &LoadOptions) -> Result<Report, InputError> {
    let checked = check_file(file, options)?;
    let told = |wanted: Severity, word: &str| -> Vec<String> {
        let of_severity = checked.findings.iter().filter(|f| f.severity == wanted);
        of_severity
            .map(|f| format!("{word}: {}", f.problem))
            .collect()
    };
    let mut problems = told(Severity::Error, "error");
    let mut report = if problems.is_empty() {
        let held = match checked.kind {
            FileKind::Scenario => scenario(file, options),
            FileKind::Catalog => Ok(Report::new("OpenSCENARIO catalog", Vec::new(), Vec::new())),
            FileKind::ParameterValueDistribution => distribution(file, options),
        };
        held.unwrap_or_else(|error| {
            problems.push(format!("error: {error}"));
            Report::new("OpenSCENARIO file", Vec::new(), Vec::new())
        })
    } else {
        Report::new("OpenSCENARIO file", Vec::new(), Vec::new())
    };
    report.is_refused = !problems.is_empty();
    // What a scenario that loads warns of holds these already.
    if report.problems.is_empty() {
        problems.extend(told(Severity::Warning, "warning"));
    }
    problems.append(&mut report.problems);
    problems.extend(told(Severity::Note, "note"));
    if report.facts.is_empty() {
        let (major, minor) = checked.version;
        let version = json!(format!("{major}.{minor}"));
        report.facts.push(("version".to_owned(), version));
    }
    report.problems = problems;
    Ok(report)
}

/// Variations that are counted at most.
const MAX_COUNTED: usize = 1_000_000;

fn distribution(file: &Path, options: &LoadOptions) -> Result<Report, InputError> {
    let distribution = ParameterValueDistribution::load(file, options)?;
    let expansion = distribution.expand_all(0, MAX_COUNTED)?;
    let facts = [
        ("scenario", json!(distribution.scenario_path())),
        ("variations", json!(expansion.assignments.len())),
        ("left_out_by_constraints", json!(expansion.discarded)),
    ];
    let warnings = distribution.warnings().iter();
    Ok(Report::new(
        "OpenSCENARIO parameter value distribution",
        facts.map(|(name, value)| (name.to_owned(), value)).into(),
        warnings
            .map(|w| format!("warning: {}:{}: {}", file.display(), w.line, w.text))
            .collect(),
    ))
}

fn scenario(file: &Path, options: &LoadOptions) -> Result<Report, InputError> {
    let limits = &options.limits;
    let scenario = Scenario::load_with(file, options)?;
    let entities: Vec<Value> = scenario
        .entities
        .iter()
        .map(|e| json!({"name": e.spec.name, "class": e.spec.class}))
        .collect();
    let mut elements = BTreeMap::<&str, usize>::new();
    for (_, element) in scenario.storyboard.elements.iter() {
        *elements.entry(element.kind.log_name()).or_default() += 1;
    }
    let parameters: Vec<&String> = scenario.parameters.keys().collect();
    let mut problems: Vec<String> = scenario
        .warnings
        .iter()
        .map(|w| format!("warning: {}:{}: {}", file.display(), w.line, w.text))
        .collect();
    // A scenario whose map can't be read can't be run.
    if let Some(path) = &scenario.map_path {
        let map = RoadNetwork::load(path, limits)?;
        problems.extend(map.problems().iter().map(|p| told(path, p)));
    }
    let (major, minor) = scenario.version;
    let facts = [
        ("description", json!(scenario.description)),
        ("version", json!(format!("{major}.{minor}"))),
        ("map", json!(scenario.map_path)),
        ("ego", json!(scenario.ego_name())),
        ("entities", json!(entities)),
        ("init_actions", json!(scenario.storyboard.init.len())),
        ("elements", json!(elements)),
        ("parameters", json!(parameters)),
    ];
    Ok(Report::new(
        "OpenSCENARIO scenario",
        facts.map(|(name, value)| (name.to_owned(), value)).into(),
        problems,
    ))
}

fn rig(file: &Path, limits: &Limits) -> Result<Report, InputError> {
    let rig = Rig::load(file, limits)?;
    let spec = rig.spec();
    let lidars: Vec<Value> = spec
        .lidars
        .iter()
        .map(|l| {
            json!({
                "name": l.name,
                "channels": l.channels.count(),
                "azimuth_steps": l.azimuth_steps,
                "rate_hz": l.rate_hz,
            })
        })
        .collect();
    let cameras: Vec<Value> = spec
        .cameras
        .iter()
        .map(|c| {
            json!({
                "name": c.name,
                "width_px": c.width_px,
                "height_px": c.height_px,
                "hfov_deg": c.hfov_deg,
                "rate_hz": c.rate_hz,
            })
        })
        .collect();
    let facts = [("lidars", json!(lidars)), ("cameras", json!(cameras))];
    Ok(Report::new(
        "sensor rig",
        facts.map(|(name, value)| (name.to_owned(), value)).into(),
        Vec::new(),
    ))
}

fn record(file: &Path, limits: &Limits) -> Result<Report, InputError> {
    let summary = read_summary(file, limits)?;
    let channels: Vec<Value> = summary
        .channels
        .iter()
        .map(|(topic, c)| {
            json!({"topic": topic, "schema": c.schema, "messages": c.messages, "bytes": c.bytes})
        })
        .collect();
    let facts = [
        ("start_s", json!(summary.span_s.map(|s| s.0))),
        ("end_s", json!(summary.span_s.map(|s| s.1))),
        ("channels", json!(channels)),
    ];
    Ok(Report::new(
        "MCAP record",
        facts.map(|(name, value)| (name.to_owned(), value)).into(),
        summary
            .cut
            .map(|why| format!("cut off: {why}; what stands before is whole"))
            .into_iter()
            .collect(),
    ))
}

fn weights(file: &Path) -> Result<Report, InputError> {
    let (header, tensors) = nn::weights::inspect(file).map_err(|e| {
        InputError::new(
            &e.file,
            format!("{} ({})", e.expected, e.part),
            e.found.clone(),
        )
    })?;
    let parameters: usize = tensors
        .values()
        .map(|shape| shape.iter().product::<usize>())
        .sum();
    let shapes: Vec<Value> = tensors
        .iter()
        .map(|(name, shape)| json!({"name": name, "shape": shape}))
        .collect();
    let card = nn::weights::card_path(file);
    let facts = [
        ("network", json!(header.network)),
        ("config", header.config.clone()),
        ("parameters", json!(parameters)),
        ("tensors", json!(shapes)),
    ];
    Ok(Report::new(
        "weights",
        facts.map(|(name, value)| (name.to_owned(), value)).into(),
        (!card.is_file())
            .then(|| format!("no model card at {}", card.display()))
            .into_iter()
            .collect(),
    ))
}
