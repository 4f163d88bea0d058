//! Suite files (`.ron`): scenarios with tags, expected verdicts, limits and sweeps; see docs/suites.md.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ron::extensions::Extensions;
use serde::{Deserialize, Serialize};
use sim::input::{InputError, Limits, read_text};

use crate::RunVerdict;
use crate::cli::args::{Driver, Judge};
use crate::sweep::{Sweep, Value};

/// Longest suite file, bytes.
const MAX_BYTES: u64 = 16 << 20;

/// How a run is expected to end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ending {
    /// Everything asked for holds.
    #[default]
    Passed,
    /// Something does not.
    Failed,
    /// The run breaks off.
    Fault,
    /// The input is wrong.
    Error,
}

impl From<RunVerdict> for Ending {
    fn from(verdict: RunVerdict) -> Self {
        match verdict {
            RunVerdict::Passed => Self::Passed,
            RunVerdict::Failed => Self::Failed,
            RunVerdict::Fault => Self::Fault,
        }
    }
}

impl Ending {
    /// As results write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Fault => "fault",
            Self::Error => "error",
        }
    }
}

/// Seeds of a scenario.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Seeds {
    /// So many, from the first seed on.
    Count(u32),
    /// These.
    List(Vec<u64>),
}

/// What an entry, or the defaults of a file, may set.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings {
    /// Words to choose rows by.
    pub tags: Vec<String>,
    /// Who drives the ego vehicle.
    pub driver: Option<Driver>,
    /// The rules of a known suite or benchmark by which it is judged as well.
    pub profile: Option<Judge>,
    /// How it is expected to end.
    pub expect: Option<Ending>,
    /// Text that a reason must hold where it is expected not to pass.
    pub because: Option<String>,
    /// Seeds.
    pub seeds: Option<Seeds>,
    /// Wall time that ends a run as a fault, seconds.
    pub timeout_s: Option<f64>,
    /// Simulated time that ends a run, seconds.
    pub duration_s: Option<f64>,
    /// Length of a tick, seconds.
    pub dt_s: Option<f64>,
    /// Parameter values.
    pub params: BTreeMap<String, Value>,
    /// Requirements by name, as `skidpad.require.NAME`.
    pub require: BTreeMap<String, Value>,
}

impl Settings {
    /// These, and where they say nothing those of `defaults`; tags, parameters and requirements add up.
    pub fn over(mut self, defaults: &Self) -> Self {
        let mut tags = defaults.tags.clone();
        tags.extend(self.tags.into_iter().filter(|t| !defaults.tags.contains(t)));
        let merge = |own: BTreeMap<String, Value>, base: &BTreeMap<String, Value>| {
            let mut all = base.clone();
            all.extend(own);
            all
        };
        self.params = merge(self.params, &defaults.params);
        self.require = merge(self.require, &defaults.require);
        // A reason belongs to the verdict that it was written beside.
        let because = match self.expect {
            Some(_) => self.because,
            None => self.because.or_else(|| defaults.because.clone()),
        };
        Self {
            tags,
            driver: self.driver.or(defaults.driver),
            profile: self.profile.or(defaults.profile),
            expect: self.expect.or(defaults.expect),
            because,
            seeds: self.seeds.or_else(|| defaults.seeds.clone()),
            timeout_s: self.timeout_s.or(defaults.timeout_s),
            duration_s: self.duration_s.or(defaults.duration_s),
            dt_s: self.dt_s.or(defaults.dt_s),
            params: self.params,
            require: self.require,
        }
    }
}

/// One entry of a suite file.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The scenario, folder or parameter distribution.
    pub path: PathBuf,
    /// Name of its rows, where it is not that of the file.
    pub name: Option<String>,
    /// What it sets.
    pub settings: Settings,
    /// How its parameters are varied.
    pub sweep: Option<Sweep>,
    /// Line of the suite file, from 1, where it was found.
    pub line: Option<u32>,
}

/// A suite file.
#[derive(Clone, Debug, PartialEq)]
pub struct SuiteFile {
    /// The file.
    pub path: PathBuf,
    /// Its title.
    pub name: String,
    /// Its entries, defaults applied.
    pub entries: Vec<Entry>,
}

/// The file as written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    name: String,
    #[serde(default)]
    defaults: RawDefaults,
    scenarios: Vec<RawEntry>,
}

/// RON knows no flattened structs, so that the settings stand here twice.
macro_rules! raw_settings {
    ($name:ident { $($extra:ident: $kind:ty),* }) => {
        #[derive(Deserialize, Default)]
        #[serde(deny_unknown_fields, default)]
        struct $name {
            $($extra: $kind,)*
            tags: Vec<String>,
            driver: Option<Driver>,
            profile: Option<Judge>,
            expect: Option<Ending>,
            because: Option<String>,
            seeds: Option<Seeds>,
            timeout_s: Option<f64>,
            duration_s: Option<f64>,
            dt_s: Option<f64>,
            params: BTreeMap<String, Value>,
            require: BTreeMap<String, Value>,
        }

        impl $name {
            fn settings(&mut self) -> Settings {
                Settings {
                    tags: std::mem::take(&mut self.tags),
                    driver: self.driver,
                    profile: self.profile,
                    expect: self.expect,
                    because: self.because.take(),
                    seeds: self.seeds.take(),
                    timeout_s: self.timeout_s,
                    duration_s: self.duration_s,
                    dt_s: self.dt_s,
                    params: std::mem::take(&mut self.params),
                    require: std::mem::take(&mut self.require),
                }
            }
        }
    };
}

raw_settings!(RawDefaults {});
raw_settings!(RawEntry { path: String, name: Option<String>, sweep: Option<Sweep> });

impl SuiteFile {
    /// Reads a suite file.
    ///
    /// # Errors
    /// If it can't be read, is no suite, or a value is out of range; with the line where known.
    pub fn load(path: &Path, limits: &Limits) -> Result<Self, InputError> {
        let limits = Limits {
            max_file_bytes: limits.max_file_bytes.min(MAX_BYTES),
            ..limits.clone()
        };
        Self::parse(path, &read_text(path, &limits)?)
    }

    /// Reads the text of a suite file.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, InputError> {
        let options = ron::Options::default()
            .with_default_extension(Extensions::IMPLICIT_SOME)
            .with_recursion_limit(64);
        let mut raw: RawFile = options.from_str(text).map_err(|error| {
            let at = error.span.start;
            InputError::new(path, "a suite of scenarios", error.code.to_string())
                .at(at.line as u32, at.col as u32)
        })?;
        let defaults = raw.defaults.settings();
        check(&defaults).map_err(|(e, f)| located(path, e, f, line_of(text, "defaults", 0)))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut from = 0;
        let mut entries = Vec::new();
        for mut raw in raw.scenarios {
            let found = place(text, &raw.path, from);
            from = found.map_or(from, |at| at + 1);
            let line = found.map(|at| line_at(text, at));
            let settings = raw.settings();
            let wrong = |(expected, got)| located(path, expected, got, line);
            check(&settings).map_err(wrong)?;
            if raw.path.trim().is_empty() {
                return Err(wrong(("the path of a scenario".into(), "none".into())));
            }
            let file = folder.join(&raw.path);
            if !file.exists() {
                return Err(wrong((
                    "a scenario or folder".into(),
                    format!("{:?}, which does not exist", raw.path),
                )));
            }
            entries.push(Entry {
                path: file,
                name: raw.name,
                settings: settings.over(&defaults),
                sweep: raw.sweep,
                line,
            });
        }
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned());
        Ok(Self {
            path: path.to_owned(),
            name: if raw.name.is_empty() {
                stem.unwrap_or_default()
            } else {
                raw.name
            },
            entries,
        })
    }

    /// An error about an entry.
    pub fn error(&self, entry: &Entry, expected: String, found: String) -> InputError {
        located(&self.path, expected, found, entry.line)
    }
}

fn located(path: &Path, expected: String, found: String, line: Option<u32>) -> InputError {
    let error = InputError::new(path, expected, found);
    match line {
        Some(line) => error.at(line, 1),
        None => error,
    }
}

fn check(settings: &Settings) -> Result<(), (String, String)> {
    for (name, value, most) in [
        ("timeout_s", settings.timeout_s, 1e9),
        ("duration_s", settings.duration_s, 1e9),
        ("dt_s", settings.dt_s, 1.0),
    ] {
        if let Some(value) = value.filter(|v| !(1e-4..=most).contains(v)) {
            return Err((format!("{name} of 0.0001 to {most} s"), value.to_string()));
        }
    }
    match &settings.seeds {
        Some(Seeds::Count(0)) => Err(("at least one seed".into(), "0".into())),
        Some(Seeds::Count(n)) if *n > 1_000_000 => {
            Err(("at most 1000000 seeds".into(), n.to_string()))
        }
        Some(Seeds::List(list)) if list.is_empty() => {
            Err(("at least one seed".into(), "an empty list".into()))
        }
        _ => Ok(()),
    }
}

/// Where a quoted text stands, from a byte on: the parsed file keeps no places.
fn place(text: &str, quoted: &str, from: usize) -> Option<usize> {
    let wanted = format!("{quoted:?}");
    text.get(from..)?.find(&wanted).map(|at| from + at)
}

fn line_of(text: &str, word: &str, from: usize) -> Option<u32> {
    text.get(from..)?
        .find(word)
        .map(|at| line_at(text, from + at))
}

fn line_at(text: &str, at: usize) -> u32 {
    text.bytes().take(at).filter(|b| *b == b'\n').count() as u32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["a.xosc", "b.xosc"] {
            std::fs::write(folder.path().join(name), "").expect("written");
        }
        folder
    }

    #[test]
    fn entries_take_what_they_do_not_set_from_the_defaults() {
        let folder = folder();
        let text = r#"(
            name: "nightly",
            defaults: (tags: ["night"], driver: idm, timeout_s: 30, params: {"v": 10.5, "n": 3}),
            scenarios: [
                (path: "a.xosc", tags: ["rain", "night"], params: {"n": 4, "wet": true}),
                (path: "b.xosc", driver: expert, expect: failed, because: "collision", seeds: 3,
                 require: {"min_ttc_s": 1.5}),
                (path: "b.xosc", name: "b2", seeds: [4, 9]),
            ],
        )"#;
        let path = folder.path().join("s.ron");
        let suite = SuiteFile::parse(&path, text).expect("a suite");
        let [a, b, c] = &suite.entries[..] else {
            panic!("three entries")
        };
        assert_eq!(suite.name, "nightly");
        assert_eq!(a.settings.tags, ["night", "rain"]);
        assert_eq!(a.settings.driver, Some(Driver::Idm));
        let params: Vec<_> = a
            .settings
            .params
            .iter()
            .map(|(n, v)| format!("{n}={}", v.text()))
            .collect();
        assert_eq!(params, ["n=4", "v=10.5", "wet=true"]);
        assert_eq!(b.settings.driver, Some(Driver::Expert));
        assert_eq!(b.settings.expect, Some(Ending::Failed));
        assert_eq!(b.settings.timeout_s, Some(30.0));
        assert_eq!(b.settings.seeds, Some(Seeds::Count(3)));
        assert_eq!(c.settings.seeds, Some(Seeds::List(vec![4, 9])));
        assert_eq!([a.line, b.line, c.line], [Some(5), Some(6), Some(8)]);
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        let folder = folder();
        let path = folder.path().join("s.ron");
        for (text, line, wanted) in [
            ("(scenarios: [\n(path: \"a.xosc\", speed: 3)])", 2, "speed"),
            (
                "(scenarios: [\n(path: \"a.xosc\"),\n(path: \"none.xosc\")])",
                3,
                "none.xosc",
            ),
            (
                "(scenarios: [\n(path: \"a.xosc\", timeout_s: -1)])",
                2,
                "timeout_s",
            ),
            ("(scenarios: [\n\n(path: \"a.xosc\", seeds: 0)])", 3, "seed"),
            (
                "(scenarios: [\n(path: \"a.xosc\", expect: maybe)])",
                2,
                "maybe",
            ),
            ("(scenarios: [", 1, "a suite"),
            ("(\ndefaults: (dt_s: 7),\nscenarios: [])", 2, "dt_s"),
        ] {
            let error = SuiteFile::parse(&path, text).expect_err("refused");
            assert_eq!(error.line, Some(line), "{error}");
            assert!(error.to_string().contains(wanted), "{error}");
        }
    }
}
