//! Parameter value distributions: combinations, constraints, seeded draws; and every variation of the
//! public suites loads.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "helpers of tests print why they skip and stop on what is broken in them"
)]

mod shared;

use std::path::Path;

use scenarios::distribution::ParameterValueDistribution;
use scenarios::read::rules;
use scenarios::{LoadOptions, Scenario};
use sim::input::InputError;

const SCENARIO: &str = r#"<OpenSCENARIO>
<FileHeader revMajor="1" revMinor="3" date="2024-01-01T00:00:00" description="" author=""/>
<ParameterDeclarations>
<ParameterDeclaration name="low" parameterType="double" value="1"/>
<ParameterDeclaration name="high" parameterType="double" value="5">
<ConstraintGroup><ValueConstraint rule="greaterThan" value="$low"/></ConstraintGroup></ParameterDeclaration>
<ParameterDeclaration name="kind" parameterType="string" value="car"/>
<ParameterDeclaration name="count" parameterType="unsignedInt" value="1"/>
</ParameterDeclarations>
<CatalogLocations/><RoadNetwork/><Entities/>
<Storyboard><Init><Actions/></Init><StopTrigger/></Storyboard></OpenSCENARIO>"#;

fn load(folder: &Path, definition: &str) -> Result<ParameterValueDistribution, InputError> {
    std::fs::write(folder.join("scenario.xosc"), SCENARIO).expect("written");
    let path = folder.join("variation.xosc");
    let text = format!(
        r#"<OpenSCENARIO><FileHeader revMajor="1" revMinor="3" date="2024-01-01T00:00:00" description="" author=""/>
<ParameterValueDistribution><ScenarioFile filepath="scenario.xosc"/>{definition}
</ParameterValueDistribution></OpenSCENARIO>"#
    );
    std::fs::write(&path, text).expect("written");
    ParameterValueDistribution::load(&path, &LoadOptions::default())
}

fn single(name: &str, inner: &str) -> String {
    format!(
        r#"<DeterministicSingleParameterDistribution parameterName="{name}">{inner}</DeterministicSingleParameterDistribution>"#
    )
}

fn range(low: f64, high: f64, step: f64) -> String {
    format!(
        r#"<DistributionRange stepWidth="{step}"><Range lowerLimit="{low}" upperLimit="{high}"/></DistributionRange>"#
    )
}

fn values(assignments: &[Vec<(String, String)>]) -> Vec<String> {
    let text = |a: &Vec<(String, String)>| {
        let parts: Vec<String> = a.iter().map(|(n, v)| format!("{n}={v}")).collect();
        parts.join(" ")
    };
    assignments.iter().map(text).collect()
}

#[test]
fn combinations_count_up_with_the_last_factor_fastest() {
    let dir = tempfile::tempdir().expect("a folder");
    let definition = format!(
        "<Deterministic>{}{}</Deterministic>",
        single(
            "kind",
            r#"<DistributionSet><Element value="car"/><Element value="van"/></DistributionSet>"#
        ),
        single("high", &range(2.1, 2.5, 0.2)),
    );
    let read = load(dir.path(), &definition).expect("loads");
    assert!(read.scenario_path().ends_with("scenario.xosc"));
    let got = values(&read.expand(0, 100).expect("expands"));
    let kinds = ["car", "van"];
    let wanted: Vec<String> = kinds
        .iter()
        .flat_map(|k| ["2.1", "2.3", "2.5"].map(|h| format!("kind={k} high={h}")))
        .collect();
    assert_eq!(got, wanted);
    let error = read.expand(0, 5).expect_err("more than five");
    assert!(
        error.expected.contains('5') && error.found.contains('6'),
        "{error}"
    );
}

#[test]
fn combinations_that_break_a_constraint_are_left_out_and_counted() {
    let dir = tempfile::tempdir().expect("a folder");
    let definition = format!(
        "<Deterministic>{}{}</Deterministic>",
        single("low", &range(1.0, 3.0, 1.0)),
        single("high", &range(1.0, 3.0, 1.0)),
    );
    let read = load(dir.path(), &definition).expect("loads");
    let all = read.expand_all(0, 100).expect("expands");
    assert_eq!(
        values(&all.assignments),
        ["low=1 high=2", "low=1 high=3", "low=2 high=3"]
    );
    assert_eq!(all.discarded, 6);
}

#[test]
fn sets_vary_several_parameters_together() {
    let dir = tempfile::tempdir().expect("a folder");
    let set = |low: &str, high: &str| {
        format!(
            r#"<ParameterValueSet><ParameterAssignment parameterRef="low" value="{low}"/>
            <ParameterAssignment parameterRef="high" value="{high}"/></ParameterValueSet>"#
        )
    };
    let definition = format!(
        "<Deterministic><DeterministicMultiParameterDistribution><ValueSetDistribution>{}{}
        </ValueSetDistribution></DeterministicMultiParameterDistribution></Deterministic>",
        set("1", "2"),
        set("3", "4")
    );
    let read = load(dir.path(), &definition).expect("loads");
    let got = values(&read.expand(0, 100).expect("expands"));
    assert_eq!(got, ["low=1 high=2", "low=3 high=4"]);
}

#[test]
fn stochastic_runs_repeat_by_seed_and_leave_other_parameters_draws_alone() {
    let dir = tempfile::tempdir().expect("a folder");
    let uniform = r#"<StochasticDistribution parameterName="high"><UniformDistribution>
        <Range lowerLimit="2" upperLimit="9"/></UniformDistribution></StochasticDistribution>"#;
    let kind = r#"<StochasticDistribution parameterName="kind"><ProbabilityDistributionSet>
        <Element value="car" weight="1"/><Element value="van" weight="2"/></ProbabilityDistributionSet></StochasticDistribution>"#;
    let one = format!(r#"<Stochastic numberOfTestRuns="20" randomSeed="1">{uniform}</Stochastic>"#);
    let two =
        format!(r#"<Stochastic numberOfTestRuns="20" randomSeed="1">{kind}{uniform}</Stochastic>"#);
    let expand = |definition: &str, seed: u64| {
        let read = load(dir.path(), definition).expect("loads");
        read.expand(seed, 100).expect("expands")
    };
    let high = |runs: &[Vec<(String, String)>]| -> Vec<String> {
        let of = |run: &Vec<(String, String)>| run.iter().find(|(n, _)| n == "high").cloned();
        runs.iter().filter_map(of).map(|(_, v)| v).collect()
    };
    let first = expand(&one, 7);
    assert_eq!(first.len(), 20);
    assert_eq!(first, expand(&one, 7));
    assert_ne!(first, expand(&one, 8));
    assert_eq!(high(&first), high(&expand(&two, 7)));
    let other_seed = one.replace(r#"randomSeed="1""#, r#"randomSeed="2""#);
    assert_ne!(first, expand(&other_seed, 7));
}

#[test]
fn what_is_wrong_is_refused_with_its_line_and_rule() {
    let dir = tempfile::tempdir().expect("a folder");
    for (definition, rule) in [
        (
            single("nobody", &range(1.0, 2.0, 1.0)),
            "parameters.resolvable",
        ),
        (single("low", &range(2.0, 1.0, 1.0)), "range"),
        (single("low", &range(1.0, 2.0, 0.0)), "range"),
        (single("low", "<DistributionSet/>"), "valid_schema"),
        (single("low", "<Spread/>"), "valid_schema"),
    ] {
        let definition = format!("<Deterministic>{definition}</Deterministic>");
        let error = load(dir.path(), &definition).err().expect("refused");
        let named = error.rule.is_some_and(|r| r.contains(rule));
        assert!(named && error.line.is_some(), "{definition}: {error}");
    }
    // A value that is not of the parameter's type is an error, not a variation to leave out.
    let definition = format!(
        "<Deterministic>{}</Deterministic>",
        single("count", &range(-1.0, 1.0, 1.0))
    );
    let read = load(dir.path(), &definition).expect("loads");
    assert!(read.expand(0, 100).is_err());
}

#[test]
fn distributions_that_nobody_knows_leave_the_value_and_say_so() {
    let dir = tempfile::tempdir().expect("a folder");
    let own = single(
        "low",
        r#"<UserDefinedDistribution type="mine">1;2</UserDefinedDistribution>"#,
    );
    let read = load(dir.path(), &format!("<Deterministic>{own}</Deterministic>")).expect("loads");
    assert_eq!(read.expand(0, 10).expect("expands"), [vec![]]);
    assert!(read.warnings()[0].text.contains("mine"));
}

/// Variations of one file that are loaded, evenly spread.
const LOADED: usize = 25;

#[test]
fn every_public_variation_expands_and_loads() {
    let (mut files, mut runs, mut missing, mut problems) = (0, 0, 0, Vec::new());
    // Some files name maps or scenarios that are not among the data.
    let mut refused = |text: String, error: InputError| match error.rule {
        Some(rules::FILE) => missing += 1,
        _ => problems.push(text),
    };
    for path in shared::files(&["osc-ncap", "osc-alks", "openscenario-api-test", "esmini"]) {
        let text = std::fs::read_to_string(&path).expect("text");
        if !text.contains("<ParameterValueDistribution>") {
            continue;
        }
        files += 1;
        let options = shared::options();
        let expanded = ParameterValueDistribution::load(&path, &options)
            .and_then(|read| Ok((read.expand_all(0, 100_000)?, read)));
        let (expansion, read) = match expanded {
            Ok(expanded) => expanded,
            Err(error) => {
                refused(format!("{error}"), error);
                continue;
            }
        };
        let all = expansion.assignments;
        runs += all.len();
        let step = all.len().div_ceil(LOADED).max(1);
        for parameters in all.into_iter().step_by(step) {
            let shown = format!("{parameters:?}");
            let options = LoadOptions {
                parameters,
                ..options.clone()
            };
            if let Err(error) = Scenario::load_with(read.scenario_path(), &options) {
                refused(format!("{} with {shown}: {error}", path.display()), error);
                break;
            }
        }
    }
    println!("{files} files, {runs} variations, {missing} files that name missing ones");
    assert!(missing * 10 <= files, "{missing} of {files}");
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}
