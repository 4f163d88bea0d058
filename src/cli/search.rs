//! `skidpad search` and `skidpad shrink`.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use super::args::SimulationArgs;
use super::failure::Failure;
use super::plan::given;
use super::suite::jobs;
use super::{output, table};
use crate::report::command;
use crate::run::RunOptions;
use crate::search::{
    Found, Measure, Range, SearchOptions, Shrinking, Shrunk, Subject, random_search,
    search as look, shrink as bring_near, write_scenario,
};
use runner::suite::{PlanOptions, plan};

/// Arguments that `search` and `shrink` share.
#[derive(Args, Debug)]
struct SubjectArgs {
    /// A range of a parameter, before what the scenario's constraints say; may be given several times
    #[arg(long, value_name = "NAME=MIN..MAX", value_parser = range)]
    range: Vec<(String, f64, f64)>,
    /// A parameter's value that is taken for normal; as declared by default
    #[arg(long, value_name = "NAME=VALUE", value_parser = nominal)]
    nominal: Vec<(String, f64)>,
    /// Writes the shrunk case there, as NAME.failing.xosc and its neighbour as NAME.passing.xosc
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Runs at a time; all processors by default
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=4096))]
    jobs: Option<u32>,
    /// Prints one JSON document
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    simulation: SimulationArgs,
}

/// Arguments of `search`.
#[derive(Args, Debug)]
pub struct SearchArgs {
    /// A scenario (.xosc), or a suite file (.ron) whose scenarios are searched one by one
    path: PathBuf,
    #[command(flatten)]
    subject: SubjectArgs,
    /// What leads the search: margin (to whatever decides the verdict), or the name of a metric
    #[arg(long, value_name = "NAME", default_value = "margin")]
    measure: String,
    /// Most runs
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    budget: u32,
    /// Runs of a generation; by the number of parameters where not given
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(4..=10_000))]
    population: Option<u32>,
    /// Seed of the search itself
    #[arg(long, value_name = "N", default_value_t = 0)]
    search_seed: u64,
    /// Searches at random too, with the same budget, for comparison
    #[arg(long)]
    compare_random: bool,
    /// Does not shrink the failure
    #[arg(long)]
    no_shrink: bool,
}

/// Arguments of `shrink`.
#[derive(Args, Debug)]
pub struct ShrinkArgs {
    /// The scenario (.xosc); --param gives the values that fail
    scenario: PathBuf,
    #[command(flatten)]
    subject: SubjectArgs,
}

fn range(text: &str) -> Result<(String, f64, f64), String> {
    let read = || {
        let (name, bounds) = text.split_once('=')?;
        let (min, max) = bounds.split_once("..")?;
        let (min, max) = (min.parse::<f64>().ok()?, max.parse::<f64>().ok()?);
        let is_range = !name.is_empty() && min.is_finite() && max.is_finite() && min < max;
        is_range.then(|| (name.to_owned(), min, max))
    };
    read().ok_or_else(|| "expected NAME=MIN..MAX with MIN below MAX".to_owned())
}

fn nominal(text: &str) -> Result<(String, f64), String> {
    let read = || {
        let (name, value) = text.split_once('=')?;
        let value = value.parse::<f64>().ok().filter(|v| v.is_finite())?;
        Some((name.to_owned(), value))
    };
    read().ok_or_else(|| "expected NAME=NUMBER".to_owned())
}

impl SubjectArgs {
    fn ranges(&self) -> Vec<Range> {
        self.range
            .iter()
            .filter_map(|(name, min, max)| Range::new(name, *min, *max, false))
            .collect()
    }

    fn subject(&self, options: RunOptions, measure: Measure) -> Result<Subject, Failure> {
        let mut subject = Subject::new(options, self.ranges(), measure)?;
        for (name, value) in &self.nominal {
            let found = subject.ranges.iter_mut().find(|r| r.name == *name);
            let range = found.ok_or_else(|| {
                Failure::usage(format!(
                    "--nominal {name}: expected a parameter with a range"
                ))
            })?;
            range.nominal = Some(*value);
        }
        Ok(subject)
    }
}

/// Runs of a suite file, or of one scenario: name and options.
fn runs(path: &Path, args: &SubjectArgs) -> Result<Vec<(String, RunOptions)>, Failure> {
    let base = |path| args.simulation.options(path);
    let planned = plan(
        &[path.to_owned()],
        &PlanOptions {
            base: &base,
            given: given(&args.simulation),
            seed: args.simulation.seed.unwrap_or_default(),
            tags: Vec::new(),
            exclude_tags: Vec::new(),
            max_variations: 1,
            limits: args.simulation.limits.limits(),
        },
    )?;
    Ok(planned
        .cases
        .into_iter()
        .map(|case| (case.name, case.options))
        .collect())
}

/// Searches; exit code 1 where a failure was found.
pub fn search(args: SearchArgs) -> Result<u8, Failure> {
    let measure = match args.measure.as_str() {
        "margin" => Measure::Margin,
        name => Measure::Metric(name.to_owned()),
    };
    let mut documents = Vec::new();
    let mut text = String::new();
    let mut is_any = false;
    for (name, options) in runs(&args.path, &args.subject)? {
        let subject = args.subject.subject(options, measure.clone())?;
        let progress = output::Progress::new(u64::from(args.budget));
        let settings = SearchOptions {
            budget: args.budget as usize,
            population: args.population.map(|n| n as usize),
            seed: args.search_seed,
            jobs: jobs(args.subject.jobs),
        };
        let evaluate = |values: &[f64]| subject.evaluate(values);
        let step = |runs: usize| progress.step(runs as u64, &name, false);
        let found = look(&subject.ranges, settings, &evaluate, &step)?;
        let random = if args.compare_random {
            Some(random_search(&subject.ranges, settings, &evaluate, &step)?)
        } else {
            None
        };
        let failing = found.failure.and_then(|i| found.trials.get(i));
        let shrunk = match failing {
            Some(trial) if !args.no_shrink => Some(bring_near(Shrinking {
                ranges: &subject.ranges,
                nominal: subject.nominal(),
                failing: trial.values.clone(),
                evaluate: &evaluate,
            })),
            _ => None,
        };
        progress.finish();
        is_any |= failing.is_some();
        let files = written(&args.subject, &subject, shrunk.as_ref())?;
        if args.subject.json {
            documents.push(as_json(
                &name,
                &subject,
                &found,
                random.as_ref(),
                shrunk.as_ref(),
                &files,
            ));
        } else {
            text += &as_text(
                &name,
                &subject,
                &found,
                random.as_ref(),
                shrunk.as_ref(),
                &files,
            );
        }
    }
    if args.subject.json {
        // One scenario, one object; a suite, a list of them.
        match <[Value; 1]>::try_from(documents) {
            Ok([one]) => output::json(&one)?,
            Err(many) => output::json(&many)?,
        }
    } else {
        output::print(&text);
    }
    Ok(u8::from(is_any))
}

/// Shrinks given values; exit code 0 where that could be done.
pub fn shrink(args: ShrinkArgs) -> Result<u8, Failure> {
    let mut options = args.subject.simulation.options(args.scenario.clone());
    let given = std::mem::take(&mut options.params);
    let mut subject = args.subject.subject(options, Measure::Margin)?;
    let mut failing = subject.nominal();
    for (name, value) in given {
        let at = subject.ranges.iter().position(|r| r.name == name);
        match (at, value.trim().parse::<f64>()) {
            (Some(at), Ok(value)) if value.is_finite() => {
                if let Some(slot) = failing.get_mut(at) {
                    *slot = value;
                }
            }
            // What has no range stays as it is given.
            _ => subject.options.params.push((name, value)),
        }
    }
    let evaluate = |values: &[f64]| subject.evaluate(values);
    let shrunk = bring_near(Shrinking {
        ranges: &subject.ranges,
        nominal: subject.nominal(),
        failing,
        evaluate: &evaluate,
    })
    .map_err(Failure::usage)?;
    let shrunk = Ok(shrunk);
    let files = written(&args.subject, &subject, Some(&shrunk))?;
    if args.subject.json {
        output::json(&shrunk_json(&subject, &shrunk, &files))?;
    } else {
        output::print(&shrunk_text(&subject, &shrunk, &files));
    }
    Ok(0)
}

type Outcome = Result<Shrunk, String>;

/// Writes the failing case and its neighbour, where that is asked for; their paths.
fn written(
    args: &SubjectArgs,
    subject: &Subject,
    shrunk: Option<&Outcome>,
) -> Result<Vec<PathBuf>, Failure> {
    let (Some(folder), Some(Ok(shrunk))) = (&args.out, shrunk) else {
        return Ok(Vec::new());
    };
    let stem = subject.options.scenario.file_stem();
    let stem = stem.map_or_else(|| "scenario".into(), |s| s.to_string_lossy().into_owned());
    let mut files = Vec::new();
    for (what, values) in [("failing", &shrunk.failing), ("passing", &shrunk.passing)] {
        let path = folder.join(format!("{stem}.{what}.xosc"));
        let mut params = subject.options.params.clone();
        params.extend(subject.params(values));
        write_scenario(
            &subject.options.scenario,
            &params,
            &format!("{what}, found by skidpad search"),
            &path,
            &subject.options.limits,
        )?;
        files.push(path);
    }
    Ok(files)
}

/// The command that runs a written file.
fn file_command(subject: &Subject, file: &Path) -> String {
    let mut options = subject.options.clone();
    // Its maps lie where those of the scenario that it was made of lie.
    let root = subject.options.scenario.parent().map(Path::to_owned);
    if root.as_deref() != file.parent() {
        options
            .allowed_paths
            .extend(root.filter(|r| *r != Path::new("")));
    }
    options.scenario = file.to_owned();
    options.params.clear();
    command(&options)
}

fn values_text(subject: &Subject, values: &[f64]) -> String {
    let pairs = subject.params(values);
    let texts: Vec<_> = pairs.iter().map(|(n, v)| format!("{n}={v}")).collect();
    texts.join(" ")
}

fn as_text(
    name: &str,
    subject: &Subject,
    found: &Found,
    random: Option<&Found>,
    shrunk: Option<&Outcome>,
    files: &[PathBuf],
) -> String {
    let mut rows = Vec::new();
    let mut best = f64::INFINITY;
    for (i, trial) in found.trials.iter().enumerate() {
        if trial.evaluation.criticality < best {
            best = trial.evaluation.criticality;
            rows.push(vec![
                (i + 1).to_string(),
                format!("{best:.4}"),
                trial.evaluation.ending.name().to_owned(),
                values_text(subject, &trial.values),
            ]);
        }
    }
    let ranges: Vec<_> = subject
        .ranges
        .iter()
        .map(|r| format!("{} {}..{}", r.name, r.min, r.max))
        .collect();
    let mut text = format!("{name}: {}\n", ranges.join(", "));
    text += &table::render(
        &[
            "run",
            "criticality",
            "verdict",
            "more critical than all before",
        ],
        &rows,
    );
    text += &match found.failure {
        Some(_) => format!("failure found with {} runs\n", found.trials.len()),
        None => format!("no failure in {} runs\n", found.trials.len()),
    };
    if let Some(random) = random {
        text += &match random.failure {
            Some(_) => format!("at random: with {} runs\n", random.trials.len()),
            None => format!("at random: none in {} runs\n", random.trials.len()),
        };
    }
    if let Some(trial) = found.failure.and_then(|i| found.trials.get(i)) {
        for reason in &trial.evaluation.reasons {
            text += &format!("  because {reason}\n");
        }
        text += &format!("  {}\n", command(&subject.run_options(&trial.values)));
    }
    if let Some(shrunk) = shrunk {
        text += &shrunk_text(subject, shrunk, files);
    }
    text + "\n"
}

fn shrunk_text(subject: &Subject, shrunk: &Outcome, files: &[PathBuf]) -> String {
    let shrunk = match shrunk {
        Ok(shrunk) => shrunk,
        Err(why) => return format!("not shrunk: {why}\n"),
    };
    let nominal = subject.nominal();
    let rows: Vec<Vec<String>> = subject
        .ranges
        .iter()
        .enumerate()
        .map(|(i, range)| {
            let text = |values: &[f64]| values.get(i).map_or_else(String::new, |v| range.text(*v));
            let is_needed = shrunk.needed.contains(&i);
            vec![
                range.name.clone(),
                text(&nominal),
                text(&shrunk.failing),
                text(&shrunk.passing),
                if is_needed { "needed" } else { "as nominal" }.to_owned(),
            ]
        })
        .collect();
    let mut text = format!("shrunk with {} runs:\n", shrunk.runs);
    text += &table::render(
        &["parameter", "nominal", "fails at", "passes at", ""],
        &rows,
    );
    for reason in &shrunk.evaluation.reasons {
        text += &format!("  because {reason}\n");
    }
    text += &format!("  {}\n", command(&subject.run_options(&shrunk.failing)));
    for file in files {
        text += &format!(
            "written: {}\n  {}\n",
            file.display(),
            file_command(subject, file)
        );
    }
    text
}

fn shrunk_json(subject: &Subject, shrunk: &Outcome, files: &[PathBuf]) -> Value {
    let values = |values: &[f64]| -> Value {
        let pairs = subject.ranges.iter().zip(values);
        pairs
            .map(|(r, v)| (r.name.clone(), json!(v)))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    match shrunk {
        Err(why) => json!({"error": why}),
        Ok(shrunk) => json!({
            "nominal": values(&subject.nominal()),
            "failing": values(&shrunk.failing),
            "passing": values(&shrunk.passing),
            "needed": shrunk.needed.iter().filter_map(|i| Some(&subject.ranges.get(*i)?.name)).collect::<Vec<_>>(),
            "verdict": shrunk.evaluation.ending.name(),
            "reasons": shrunk.evaluation.reasons,
            "runs": shrunk.runs,
            "command": command(&subject.run_options(&shrunk.failing)),
            "files": files,
            "commands": files.iter().map(|f| file_command(subject, f)).collect::<Vec<_>>(),
        }),
    }
}

fn as_json(
    name: &str,
    subject: &Subject,
    found: &Found,
    random: Option<&Found>,
    shrunk: Option<&Outcome>,
    files: &[PathBuf],
) -> Value {
    let trials: Vec<Value> = found
        .trials
        .iter()
        .map(|trial| {
            json!({
                "params": subject.params(&trial.values).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
                "criticality": trial.evaluation.criticality,
                "verdict": trial.evaluation.ending.name(),
                "reasons": trial.evaluation.reasons,
            })
        })
        .collect();
    json!({
        "name": name,
        "scenario": subject.options.scenario,
        "found": found.failure.is_some(),
        "runs": found.trials.len(),
        "failure": found.failure.and_then(|i| trials.get(i)),
        "random": random.map(|r| json!({"found": r.failure.is_some(), "runs": r.trials.len()})),
        "shrunk": shrunk.map(|s| shrunk_json(subject, s, files)),
        "trials": trials,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn ranges_are_checked() {
        assert_eq!(super::range("gap=-1.5..20"), Ok(("gap".into(), -1.5, 20.0)));
        for wrong in [
            "gap",
            "gap=1",
            "gap=2..1",
            "=1..2",
            "gap=a..b",
            "gap=1..inf",
        ] {
            assert!(super::range(wrong).is_err(), "{wrong}");
        }
    }
}
