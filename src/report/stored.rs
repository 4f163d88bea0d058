//! The results of a suite as plain data: what `suite --json` prints and a baseline is read from.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sim::input::{InputError, Limits, read_text};

use super::info::{RunInfo, hex, quote};
use crate::run::{RunMetric, RunOptions};
use runner::cli::failure::error_json;
use runner::suite::{Ending, Standing, SuiteRow};

/// Number of the format; a later one may be unknown to this program.
pub const FORMAT: u32 = 1;

/// Since which run something is as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Since {
    /// Revision of that run; may be empty.
    pub revision: String,
    /// Version of skidpad of that run.
    pub version: String,
    /// When that run began.
    pub started: String,
}

impl Since {
    /// Of a run.
    pub fn of(info: &RunInfo) -> Self {
        Self {
            revision: info.revision.clone(),
            version: info.version.clone(),
            started: info.started.clone(),
        }
    }
}

/// One row: a scenario, parameter set and seed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredRow {
    /// Name of the row, the same for all seeds.
    pub name: String,
    /// The scenario file.
    pub scenario: String,
    /// Who drove the ego vehicle.
    pub driver: String,
    /// Seed of the run.
    pub seed: u64,
    /// passed, failed, fault or error.
    pub verdict: String,
    /// The verdict that was expected.
    pub expected: String,
    /// passed, expected_failure, unexpected_pass, failed or flaky.
    pub standing: String,
    /// Whether it ended as expected, and the same way each time.
    pub as_expected: bool,
    /// Why it did not pass.
    pub reasons: Vec<String>,
    /// Why the episode ended.
    pub ended: String,
    /// Hash over every actor's state at every tick.
    pub state_hash: String,
    /// Hashes of repetitions.
    pub repeats: Vec<String>,
    /// Ticks run.
    pub ticks: u64,
    /// Simulated time, seconds.
    pub sim_time_s: f64,
    /// Time it took, seconds.
    pub wall_s: f64,
    /// Metrics by name.
    pub metrics: BTreeMap<String, RunMetric>,
    /// Elements of the input that have no effect here.
    pub warnings: Vec<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Parameter values that were set.
    pub params: BTreeMap<String, String>,
    /// SHA-256 of the scenario file.
    pub scenario_sha256: String,
    /// Since which run the verdict is this one.
    pub since: Since,
    /// The command that repeats this run alone.
    pub command: String,
    /// The command that shows it, where something is to be seen.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub view: String,
    /// Details of wrong input.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub error: Value,
}

/// All rows of a run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredSuite {
    /// Number of the format.
    pub format: u32,
    /// Its title.
    pub name: String,
    /// Which program ran when.
    pub run: RunInfo,
    /// Rows that ended as expected.
    pub passed: usize,
    /// Rows that did not: another verdict than expected, or different from run to run.
    pub failed: usize,
    /// Rows that broke off.
    pub fault: usize,
    /// Rows whose input is wrong.
    pub error: usize,
    /// Of those passed, rows that did not pass and were not expected to.
    pub expected_failures: usize,
    /// Names of rows that passed against expectation.
    pub unexpected_passes: Vec<String>,
    /// Names of rows that differed when repeated.
    pub flaky: Vec<String>,
    /// Time it took, seconds.
    pub wall_s: f64,
    /// The rows.
    pub scenarios: Vec<StoredRow>,
}

impl StoredSuite {
    /// From rows of a run.
    pub fn new(name: &str, run: RunInfo, rows: &[SuiteRow]) -> Self {
        let count = |code| rows.iter().filter(|row| row.exit_code() == code).count();
        let named = |standing| -> Vec<String> {
            let rows = rows.iter().filter(|row| row.standing() == standing);
            rows.map(|row| format!("{} (seed {})", row.case.name, row.case.options.seed))
                .collect()
        };
        Self {
            format: FORMAT,
            name: name.to_owned(),
            passed: count(0),
            failed: count(1),
            error: count(2),
            fault: count(3),
            expected_failures: named(Standing::ExpectedFailure).len(),
            unexpected_passes: named(Standing::UnexpectedPass),
            flaky: named(Standing::Flaky),
            wall_s: run.wall_s,
            scenarios: rows.iter().map(|row| stored(row, &run)).collect(),
            run,
        }
    }

    /// Reads the results in a report's folder, or a results file.
    ///
    /// # Errors
    /// If there are none, or they are malformed or of a later format.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        let file = if path.is_dir() {
            path.join(super::RESULTS)
        } else {
            path.to_owned()
        };
        let text = read_text(&file, limits)?;
        let suite: Self = serde_json::from_str(&text).map_err(|e| {
            InputError::new(&file, "results of a suite", e.to_string())
                .at(e.line() as u32, e.column() as u32)
        })?;
        if suite.format == 0 || suite.format > FORMAT {
            return Err(InputError::new(
                &file,
                format!("results of format 1 to {FORMAT}"),
                format!("format {}", suite.format),
            ));
        }
        Ok(suite)
    }
}

/// A row as it is stored.
pub fn stored(row: &SuiteRow, run: &RunInfo) -> StoredRow {
    let options = &row.case.options;
    let mut new = StoredRow {
        name: row.case.name.clone(),
        scenario: options.scenario.display().to_string(),
        driver: format!("{:?}", options.driver).to_lowercase(),
        seed: options.seed,
        verdict: row.ending().name().to_owned(),
        expected: row.case.expect.name().to_owned(),
        standing: standing(row.standing()).to_owned(),
        as_expected: row.is_as_expected(),
        reasons: row.reasons(),
        repeats: row.repeats.clone(),
        tags: row.case.tags.clone(),
        params: options.params.iter().cloned().collect(),
        scenario_sha256: std::fs::read(&options.scenario)
            .map_or_else(|_| String::new(), |bytes| hex(&Sha256::digest(&bytes))),
        since: Since::of(run),
        command: command(&row.case.options),
        ..StoredRow::default()
    };
    match &row.outcome {
        Ok(result) => {
            new.ended.clone_from(&result.ended);
            new.state_hash.clone_from(&result.state_hash);
            new.ticks = result.ticks;
            new.sim_time_s = result.sim_time_s;
            new.wall_s = result.wall_s;
            new.metrics.clone_from(&result.metrics);
            new.warnings.clone_from(&result.warnings);
            if row.ending() != Ending::Passed {
                let record = format!("{}-{}.mcap", file_stem(&row.case.name), options.seed);
                let at_s = reason_time_s(&new.reasons).unwrap_or(result.sim_time_s);
                // From shortly before, so that what led to it is seen.
                let from_s = (at_s - 2.0).max(0.0);
                new.view = format!(
                    "{} --at {from_s:.1} --select ego",
                    new.command.replacen("skidpad run", "skidpad view", 1)
                );
                new.command += &format!(" --record {}", quote(&record));
            }
        }
        Err(error) => new.error = error_json(error),
    }
    new
}

fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::Passed => "passed",
        Standing::ExpectedFailure => "expected_failure",
        Standing::UnexpectedPass => "unexpected_pass",
        Standing::Failed => "failed",
        Standing::Flaky => "flaky",
    }
}

/// The command line of one run.
pub fn command(options: &RunOptions) -> String {
    let base = RunOptions::new("", options.driver);
    let mut text = format!(
        "skidpad run {} --driver {} --seed {}",
        quote(&options.scenario.display().to_string()),
        format!("{:?}", options.driver).to_lowercase(),
        options.seed
    );
    if options.dt_s != base.dt_s {
        text += &format!(" --dt {}", options.dt_s);
    }
    if let Some(duration_s) = options.duration_s {
        text += &format!(" --duration {duration_s}");
    }
    if let Some(profile) = options.profile {
        text += &format!(" --profile {}", profile.name());
    }
    for (flag, pairs) in [("param", &options.params), ("require", &options.require)] {
        for (name, value) in pairs {
            text += &format!(" --{flag} {}", quote(&format!("{name}={value}")));
        }
    }
    for (flag, path) in [("rig", &options.rig), ("weights", &options.weights)] {
        if let Some(path) = path {
            text += &format!(" --{flag} {}", quote(&path.display().to_string()));
        }
    }
    for (flag, folders) in [
        ("allow-path", &options.allowed_paths),
        ("map-path", &options.map_folders),
    ] {
        for path in folders {
            text += &format!(" --{flag} {}", quote(&path.display().to_string()));
        }
    }
    if options.lenient {
        text += " --lenient";
    }
    text
}

/// A row's name as part of a file's name.
fn file_stem(name: &str) -> String {
    let keep = |c: char| {
        if c.is_alphanumeric() || "-_.".contains(c) {
            c
        } else {
            '_'
        }
    };
    name.chars().map(keep).take(80).collect()
}

/// The time that a reason tells, as in `at 12.30 s`, seconds.
fn reason_time_s(reasons: &[String]) -> Option<f64> {
    reasons.iter().find_map(|reason| {
        reason.match_indices("at ").find_map(|(at, word)| {
            let mut words = reason.get(at + word.len()..)?.split_whitespace();
            let number = words.next()?.parse::<f64>().ok()?;
            let is_time = words
                .next()?
                .trim_end_matches(|c: char| !c.is_alphanumeric())
                == "s";
            (is_time && number.is_finite()).then_some(number)
        })
    })
}

#[cfg(test)]
mod tests {
    use sim::message::DriverSpec;

    use super::*;

    #[test]
    fn the_time_of_a_reason_is_found() {
        let at = |text: &str| reason_time_s(&[text.to_owned()]);
        assert_eq!(
            at("at-fault collision: Lead at 5.25 s, 3.1 m/s (front)"),
            Some(5.25)
        );
        assert_eq!(at("min_ttc_s 0.40 s < 1: to Cutter at 3.10 s"), Some(3.1));
        assert_eq!(at("goal_reached could not be measured"), None);
        assert_eq!(at("look at 3 cars"), None);
    }

    #[test]
    fn a_run_s_command_names_what_is_not_the_default() {
        let mut options = RunOptions::new("a b.xosc", DriverSpec::Idm);
        options.seed = 7;
        assert_eq!(
            command(&options),
            "skidpad run 'a b.xosc' --driver idm --seed 7"
        );
        options.dt_s = 0.01;
        options.params = vec![("v".into(), "3 m".into())];
        options.require = vec![("min_ttc_s".into(), "1".into())];
        assert_eq!(
            command(&options),
            "skidpad run 'a b.xosc' --driver idm --seed 7 --dt 0.01 --param 'v=3 m' --require min_ttc_s=1"
        );
    }

    #[test]
    fn results_are_read_back_as_they_were_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let suite = StoredSuite {
            format: FORMAT,
            name: "x".into(),
            scenarios: vec![StoredRow {
                name: "a".into(),
                metrics: BTreeMap::from([(
                    "min_ttc_s".into(),
                    RunMetric {
                        value: None,
                        unit: "s".into(),
                    },
                )]),
                ..StoredRow::default()
            }],
            ..StoredSuite::default()
        };
        let write = |text: String| std::fs::write(folder.path().join("results.json"), text);
        write(serde_json::to_string(&suite).expect("JSON")).expect("written");
        let limits = Limits::default();
        assert_eq!(StoredSuite::load(folder.path(), &limits), Ok(suite));
        write("{\"format\": 99}".into()).expect("written");
        assert!(StoredSuite::load(folder.path(), &limits).is_err());
        write("{\n\"format\": }".into()).expect("written");
        let error = StoredSuite::load(folder.path(), &limits).expect_err("refused");
        assert_eq!(error.line, Some(2));
    }
}
