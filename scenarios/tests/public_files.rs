//! Public scenario sets: valid files load, broken ones are refused with the rule that they break.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "helpers of tests print why they skip and stop on what is broken in them"
)]

mod shared;

use std::path::Path;

use scenarios::check::{FileKind, Severity, check_file};
use scenarios::distribution::ParameterValueDistribution;
use scenarios::read::rules;
use scenarios::{LoadOptions, Scenario};
use sim::input::InputError;

/// Rules that a file breaks so that it is refused; empty where it can be used.
fn broken_rules(path: &Path, options: &LoadOptions) -> Result<Vec<&'static str>, InputError> {
    let report = match check_file(path, options) {
        Ok(report) => report,
        Err(error) => return error.rule.map(|rule| vec![rule]).ok_or(error),
    };
    let errors = report
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error);
    let mut broken: Vec<&'static str> = errors.filter_map(|f| f.problem.rule).collect();
    if broken.is_empty() {
        let used = match report.kind {
            FileKind::Scenario => Scenario::load_with(path, options).map(|_| ()),
            FileKind::ParameterValueDistribution => {
                ParameterValueDistribution::load(path, options).map(|_| ())
            }
            FileKind::Catalog => Ok(()),
        };
        if let Err(error) = used {
            broken.push(error.rule.ok_or(error)?);
        }
    }
    Ok(broken)
}

/// What a file's own text refers to may be missing among the data.
fn is_incomplete(broken: &[&str]) -> bool {
    !broken.is_empty()
        && broken
            .iter()
            .all(|r| [rules::FILE, rules::CATALOG_ENTRY].contains(r))
}

#[test]
fn the_quality_checkers_files_break_the_rule_in_their_name() {
    // Folders whose name is not the end of the rule's id.
    let named = [
        (
            "transition_time_should_be_non_negative",
            "non_negative_transition_time_in_light_state_action",
        ),
        ("non_existing_road_network_file", "resolvable_file"),
        ("unsupported_schema", "version_is_defined"),
    ];
    let mut count = 0;
    for path in shared::files(&["asam-qc-openscenarioxml/tests/data"]) {
        let text = path.display().to_string();
        let folder = path.parent().and_then(|p| p.file_name()).expect("a folder");
        let folder = folder.to_string_lossy();
        let known = named.iter().find(|(part, _)| text.contains(part));
        let rule = known.map_or(folder.as_ref(), |(_, rule)| rule);
        let name = path.file_name().expect("a name").to_string_lossy();
        let is_negative =
            name.contains("negative") || known.is_some_and(|(part, _)| name.contains(part));
        let broken = broken_rules(&path, &shared::options()).expect("a rule's name");
        let breaks = broken.iter().any(|b| b.ends_with(&format!(".{rule}")));
        assert_eq!(breaks, is_negative, "{text}: {broken:?}");
        count += 1;
    }
    println!("{count} files");
}

#[test]
fn the_api_references_files_are_refused_where_they_are_broken() {
    let broken_files = [
        ("DoubleLaneChangeExtraHalf.xosc", rules::VALID_XML),
        ("DoubleLaneChangeExtraUnknownElement.xosc", rules::SCHEMA),
        (
            "cardinalityChecks/ActionsMultipleElements.xosc",
            rules::SCHEMA,
        ),
        ("cardinalityChecks/EmptyStory.xosc", rules::SCHEMA),
        (
            "DoubleLaneChangerVariablesNotDefined1_2.xosc",
            rules::VARIABLE,
        ),
        (
            "DoubleLaneChangerVariablesNotDefined1_3.xosc",
            rules::VARIABLE,
        ),
        ("DefectExample.xosc", rules::PARAMETER),
        // Its version is the value of an expression, 36.37.
        ("DoubleLaneChangerExpressions.xosc", rules::VERSION),
        // Exports of the API's writer: declarations without their list, text for numbers.
        ("DoubleLaneChangerGenerated.xosc", rules::SCHEMA),
        ("DoubleLaneChanger-utf8-BOMGenerated.xosc", rules::SCHEMA),
        ("DoubleLaneChangerParamsGenerated.xosc", rules::SCHEMA),
    ];
    let (mut whole, mut incomplete) = (0, 0);
    for path in shared::files(&["openscenario-api-test"]) {
        let broken = broken_rules(&path, &shared::options()).expect("a rule's name");
        let text = path.display().to_string();
        match broken_files.iter().find(|(end, _)| text.ends_with(end)) {
            Some((_, rule)) => assert!(broken.contains(rule), "{text}: {broken:?}"),
            None if is_incomplete(&broken) => incomplete += 1,
            None => {
                assert!(broken.is_empty(), "{text}: {broken:?}");
                whole += 1;
            }
        }
    }
    println!("{whole} load, {incomplete} name maps or catalogs that are not among the data");
    assert!(incomplete * 2 <= whole, "{incomplete} of {whole}");
}

#[test]
fn the_public_suites_and_the_reference_players_files_load() {
    let (mut whole, mut incomplete) = (0, Vec::new());
    let sets = ["osc-ncap", "osc-alks", "scenario_runner", "esmini"];
    for path in shared::files(&sets) {
        let broken = broken_rules(&path, &shared::options()).expect("a rule's name");
        let text = path.display().to_string();
        // Two catalogs have one entry each that nothing could use: a mode's name where a number is
        // declared, and a parameter that is not declared.
        let is_known = ["/ControllerCatalog.xosc", "/HWManeuvers.xosc"]
            .iter()
            .any(|name| text.contains("esmini/resources") && text.ends_with(name));
        if is_incomplete(&broken) {
            incomplete.push(text);
        } else {
            assert!(broken.is_empty() != is_known, "{text}: {broken:?}");
            whole += 1;
        }
    }
    println!("{whole} load; incomplete: {incomplete:#?}");
    assert!(incomplete.len() * 20 <= whole, "{incomplete:?}");
}

#[test]
fn all_that_the_reference_player_ran_loads() {
    let Some(golden) = shared::folder("../golden") else {
        return;
    };
    let mut count = 0;
    for set in ["esmini", "osc-alks", "osc-ncap"] {
        let index = std::fs::read_to_string(golden.join(set).join("INDEX.csv")).expect("an index");
        for line in index.lines().skip(1) {
            let name = line.split(',').next().unwrap_or_default();
            let path = shared::folder(set).expect("a set").join(name);
            if let Err(error) = Scenario::load_with(&path, &LoadOptions::default()) {
                panic!("{error}");
            }
            count += 1;
        }
    }
    println!("{count} files");
}
