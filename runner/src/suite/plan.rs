//! From the paths of a command line to the rows of a suite.

use std::path::{Path, PathBuf};

use crate::FileKind;
use sim::input::{InputError, Limits};

use super::find::{Found, find_scenarios};
use super::{Case, Entry, Seeds, Settings, SuiteFile};
use crate::RunOptions;
use crate::sweep::{MAX_SETS, Set};

/// Most rows of a suite.
const MAX_ROWS: usize = 1_000_000;

/// What of a suite is run, and what goes before its files.
pub struct PlanOptions<'a> {
    /// Options of a run of a file, before a suite file has its say.
    pub base: &'a dyn Fn(PathBuf) -> RunOptions,
    /// What the command line sets; it goes before suite files.
    pub given: Settings,
    /// First seed.
    pub seed: u64,
    /// Only rows with one of these tags, where there are any.
    pub tags: Vec<String>,
    /// No rows with one of these tags.
    pub exclude_tags: Vec<String>,
    /// Most runs of one parameter distribution.
    pub max_variations: usize,
    /// Bounds on input.
    pub limits: Limits,
}

/// A suite, ready to be run.
#[derive(Default)]
pub struct Plan {
    /// Its title.
    pub name: String,
    /// Its rows.
    pub cases: Vec<Case>,
}

/// All rows of paths to scenarios, distributions, suite files, and folders.
///
/// # Errors
/// If a path does not exist, or a suite file or a distribution is wrong.
pub fn plan(paths: &[PathBuf], options: &PlanOptions<'_>) -> Result<Plan, InputError> {
    let mut plan = Plan::default();
    let mut loose = Vec::new();
    let mut titles = Vec::new();
    for path in paths {
        let is_ron = path.extension().is_some_and(|e| e == "ron") && !path.is_dir();
        if is_ron && crate::file_kind(path, &options.limits) != FileKind::Level {
            let suite = SuiteFile::load(path, &options.limits)?;
            titles.push(suite.name.clone());
            for entry in &suite.entries {
                add_entry(&mut plan, &suite, entry, options)?;
            }
        } else {
            titles.push(stem(path));
            loose.push(path.clone());
        }
    }
    let found = find_scenarios(&loose, &options.limits)?;
    add_files(&mut plan, &found, None, &options.given, None, options)?;
    plan.name = titles.join(", ");
    plan.cases.retain(|case| {
        let has = |tags: &[String]| case.tags.iter().any(|tag| tags.contains(tag));
        (options.tags.is_empty() || has(&options.tags)) && !has(&options.exclude_tags)
    });
    Ok(plan)
}

fn add_entry(
    plan: &mut Plan,
    suite: &SuiteFile,
    entry: &Entry,
    options: &PlanOptions<'_>,
) -> Result<(), InputError> {
    let sets = match &entry.sweep {
        None => None,
        Some(sweep) => Some(
            sweep
                .expand()
                .map_err(|(expected, found)| suite.error(entry, expected, found))?,
        ),
    };
    let settings = options.given.clone().over(&entry.settings);
    let found = find_scenarios(std::slice::from_ref(&entry.path), &options.limits)?;
    if found.is_empty() {
        let found = format!("none in {}", entry.path.display());
        return Err(suite.error(entry, "a folder with scenarios (.xosc)".into(), found));
    }
    add_files(
        plan,
        &found,
        entry.name.as_deref(),
        &settings,
        sets.as_deref(),
        options,
    )
}

/// Adds files with the same settings; each scenario at each of the sets, where there are some.
fn add_files(
    plan: &mut Plan,
    found: &[Found],
    title: Option<&str>,
    settings: &Settings,
    sets: Option<&[Set]>,
    options: &PlanOptions<'_>,
) -> Result<(), InputError> {
    let names = names(found);
    for (file, name) in found.iter().zip(names) {
        let name = match title {
            Some(title) if found.len() == 1 => title.to_owned(),
            Some(title) => format!("{title}/{name}"),
            None => name,
        };
        let plain = [Set::new()];
        if file.kind == FileKind::Distribution {
            match super::variations(&file.path, options) {
                Ok((scenario, own)) => {
                    for set in sets.unwrap_or(&plain) {
                        let all: Vec<Set> = own
                            .iter()
                            .map(|v| [set.clone(), v.clone()].concat())
                            .collect();
                        add_sets(plan, &scenario, &name, settings, &all, options)?;
                    }
                }
                Err(error) => {
                    let mut case = Case::new(name, (options.base)(file.path.clone()));
                    apply(&mut case, settings);
                    case.broken = Some(error);
                    plan.cases.push(case);
                }
            }
        } else {
            add_sets(
                plan,
                &file.path,
                &name,
                settings,
                sets.unwrap_or(&plain),
                options,
            )?;
        }
    }
    Ok(())
}

fn add_sets(
    plan: &mut Plan,
    scenario: &Path,
    name: &str,
    settings: &Settings,
    sets: &[Set],
    options: &PlanOptions<'_>,
) -> Result<(), InputError> {
    let seeds: Vec<u64> = match &settings.seeds {
        Some(Seeds::List(list)) => list.clone(),
        Some(Seeds::Count(n)) => (0..u64::from(*n))
            .map(|i| options.seed.wrapping_add(i))
            .collect(),
        None => vec![options.seed],
    };
    let rows = sets.len().saturating_mul(seeds.len());
    if plan.cases.len().saturating_add(rows) > MAX_ROWS || sets.len() > MAX_SETS {
        return Err(InputError::new(
            scenario,
            format!("a suite of at most {MAX_ROWS} runs"),
            "more",
        ));
    }
    for set in sets {
        let values: Vec<_> = set.iter().map(|(n, v)| format!("{n}={v}")).collect();
        let row = if values.is_empty() {
            name.to_owned()
        } else {
            format!("{name} [{}]", values.join(" "))
        };
        for seed in &seeds {
            let mut case = Case::new(row.clone(), (options.base)(scenario.to_owned()));
            apply(&mut case, settings);
            case.options.seed = *seed;
            let params = &mut case.options.params;
            params.retain(|(n, _)| set.iter().all(|(other, _)| n != other));
            params.extend(set.iter().cloned());
            plan.cases.push(case);
        }
    }
    Ok(())
}

fn apply(case: &mut Case, settings: &Settings) {
    let run = &mut case.options;
    if let Some(driver) = settings.driver {
        run.driver = driver.into();
    }
    run.profile = settings.profile.map(Into::into).or(run.profile);
    run.dt_s = settings.dt_s.unwrap_or(run.dt_s);
    run.duration_s = settings.duration_s.or(run.duration_s);
    run.timeout_s = settings.timeout_s.or(run.timeout_s);
    let pairs = |map: &std::collections::BTreeMap<String, crate::sweep::Value>| -> Set {
        map.iter().map(|(n, v)| (n.clone(), v.text())).collect()
    };
    run.params = pairs(&settings.params);
    run.require = pairs(&settings.require);
    case.tags.clone_from(&settings.tags);
    case.expect = settings.expect.unwrap_or_default();
    case.because.clone_from(&settings.because);
}

fn stem(path: &Path) -> String {
    path.file_stem().map_or_else(
        || path.display().to_string(),
        |stem| stem.to_string_lossy().into_owned(),
    )
}

/// The stem of each file, with as much of its folders before it as tells it from the others.
fn names(found: &[Found]) -> Vec<String> {
    let parts: Vec<Vec<String>> = found
        .iter()
        .map(|file| {
            let mut parts: Vec<String> = file
                .path
                .with_extension("")
                .components()
                .map(|c| c.as_os_str().to_string_lossy().into_owned())
                .collect();
            parts.reverse();
            parts
        })
        .collect();
    let tail = |parts: &[String], count: usize| {
        let mut taken: Vec<_> = parts.iter().take(count).cloned().collect();
        taken.reverse();
        taken.join("/")
    };
    let longest = parts.iter().map(Vec::len).max().unwrap_or(1);
    let mut counts = vec![1; parts.len()];
    // Each round lengthens those that are still alike.
    for _ in 1..longest {
        let mut seen = std::collections::BTreeMap::<String, u32>::new();
        let now: Vec<String> = parts
            .iter()
            .zip(&counts)
            .map(|(p, c)| tail(p, *c))
            .collect();
        for name in &now {
            *seen.entry(name.clone()).or_default() += 1;
        }
        for (name, count) in now.iter().zip(&mut counts) {
            if seen.get(name).is_some_and(|n| *n > 1) {
                *count += 1;
            }
        }
    }
    parts
        .iter()
        .zip(&counts)
        .map(|(p, c)| tail(p, *c))
        .collect()
}

#[cfg(test)]
mod tests {
    use sim::message::DriverSpec;

    use super::*;

    const SCENARIO: &str = "<OpenSCENARIO><Storyboard/></OpenSCENARIO>";

    fn rows(folder: &Path, suite: &str, tags: &[&str], exclude: &[&str]) -> Vec<String> {
        let file = folder.join("suite.ron");
        std::fs::write(&file, suite).expect("written");
        let plan = plan(
            &[file],
            &PlanOptions {
                base: &|path| RunOptions::new(path, DriverSpec::Scripted),
                given: Settings::default(),
                seed: 5,
                tags: tags.iter().map(|t| (*t).to_owned()).collect(),
                exclude_tags: exclude.iter().map(|t| (*t).to_owned()).collect(),
                max_variations: 100,
                limits: Limits::default(),
            },
        )
        .expect("a plan");
        plan.cases
            .iter()
            .map(|c| format!("{} #{}", c.name, c.options.seed))
            .collect()
    }

    #[test]
    fn rows_are_scenarios_times_sets_times_seeds_chosen_by_tag() {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir_all(folder.path().join("sub")).expect("made");
        for name in ["a.xosc", "b.xosc", "sub/a.xosc"] {
            std::fs::write(folder.path().join(name), SCENARIO).expect("written");
        }
        let suite = r#"(scenarios: [
            (path: "a.xosc", tags: ["quick"], sweep: grid({"v": [1, 2]}), seeds: 2),
            (path: "b.xosc", name: "bee", tags: ["slow"], seeds: [1]),
            (path: "sub", tags: ["slow", "night"]),
        ])"#;
        let all = rows(folder.path(), suite, &[], &[]);
        assert_eq!(
            all,
            [
                "a [v=1] #5",
                "a [v=1] #6",
                "a [v=2] #5",
                "a [v=2] #6",
                "bee #1",
                "a #5"
            ]
        );
        assert_eq!(
            rows(folder.path(), suite, &["slow"], &["night"]),
            ["bee #1"]
        );
        assert!(rows(folder.path(), suite, &["none"], &[]).is_empty());
    }

    #[test]
    fn names_are_as_long_as_they_must_be() {
        let found: Vec<Found> = ["x/a/one.xosc", "x/b/one.xosc", "x/b/two.xosc"]
            .iter()
            .map(|path| Found {
                path: path.into(),
                kind: FileKind::Scenario,
            })
            .collect();
        assert_eq!(names(&found), ["a/one", "b/one", "two"]);
    }
}
