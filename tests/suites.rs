//! Suites as users run them: suite files, expected verdicts, baselines, distributions, search, shrinking.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

fn skidpad(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_skidpad"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("the program starts")
}

fn code(output: &Output) -> i32 {
    output.status.code().expect("an exit code")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), &output.stderr].concat()).into_owned()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{e}: {}", text(output)))
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

fn scenarios(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("scenarios")
        .join(name)
}

/// A suite file of these entries in a folder of its own.
fn suite(folder: &Path, entries: &str) -> PathBuf {
    let file = folder.join("suite.ron");
    let regression = scenarios("regression");
    let entries = entries.replace("REGRESSION", path(&regression));
    std::fs::write(&file, format!("(\n    scenarios: [\n{entries}\n    ],\n)")).expect("written");
    file
}

#[test]
fn an_expected_failure_passes_and_an_unexpected_pass_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries = r#"(path: "REGRESSION/slow_lead.xosc", driver: idm, tags: ["lead"], expect: failed, because: "min_ttc_s", require: {"min_ttc_s": 9}),
        (path: "REGRESSION/s_curve.xosc", driver: idm, tags: ["curve"], expect: failed),"#;
    let file = suite(folder.path(), entries);
    let expected = skidpad(&["suite", path(&file), "--tag", "lead", "--json"]);
    assert_eq!(code(&expected), 0, "{}", text(&expected));
    let document = json(&expected);
    assert_eq!(document["scenarios"][0]["verdict"], "failed");
    assert_eq!(
        (&document["passed"], &document["expected_failures"]),
        (&1.into(), &1.into())
    );
    let all = skidpad(&["suite", path(&file)]);
    assert_eq!(code(&all), 1);
    assert!(
        text(&all).contains("unexpected pass: s_curve (seed 0)"),
        "{}",
        text(&all)
    );
}

#[test]
fn a_suite_file_s_mistake_is_told_with_its_line() {
    let folder = tempfile::tempdir().expect("a folder");
    for (entries, wanted) in [
        (r#"(path: "REGRESSION/no_such.xosc"),"#, "suite.ron:3"),
        (
            "\n(path: \"REGRESSION/s_curve.xosc\", driver: ghost),",
            "suite.ron:4",
        ),
        (
            r#"(path: "REGRESSION/s_curve.xosc", sweep: grid({"v": []})),"#,
            "suite.ron:3",
        ),
    ] {
        let output = skidpad(&["suite", path(&suite(folder.path(), entries))]);
        assert_eq!(code(&output), 2, "{}", text(&output));
        assert!(
            text(&output).contains(wanted),
            "{wanted} in {}",
            text(&output)
        );
        assert!(text(&output).contains("expected"), "{}", text(&output));
    }
}

#[test]
fn a_baseline_tells_what_changed_since_when() {
    let folder = tempfile::tempdir().expect("a folder");
    let entries =
        r#"(path: "REGRESSION/narrow_passage.xosc"), (path: "REGRESSION/slow_lead.xosc"),"#;
    let file = suite(folder.path(), entries);
    let report = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    let run = |driver: &str, revision: &str, more: &[&str]| {
        let report = report(revision);
        let arguments = [
            "suite",
            path(&file),
            "--driver",
            driver,
            "--report",
            &report,
        ];
        let arguments = [&arguments[..], &["--revision", revision, "--json"], more].concat();
        skidpad(&arguments)
    };
    assert_eq!(code(&run("expert", "one", &[])), 0);
    for name in [
        "index.html",
        "junit.xml",
        "results.json",
        "results.parquet",
        "trajectories.parquet",
    ] {
        assert!(folder.path().join("one").join(name).is_file(), "{name}");
    }
    let again = run("expert", "two", &["--baseline", &report("one")]);
    assert_eq!(code(&again), 0);
    let document = json(&again);
    assert_eq!(document["comparison"]["identical"], 2);
    assert_eq!(document["comparison"]["metrics"], Value::Array(Vec::new()));
    assert_eq!(document["scenarios"][0]["since"]["revision"], "one");
    // The other driver does not get through the narrow passage.
    let worse = run(
        "idm",
        "three",
        &["--baseline", &report("two"), "--fail-on", "regressions"],
    );
    assert_eq!(code(&worse), 1);
    let document = json(&worse);
    let change = &document["comparison"]["rows"][0];
    assert_eq!(
        (&change["trend"], &change["name"]),
        (&"regression".into(), &"narrow_passage".into())
    );
    assert_eq!(change["before_since"]["revision"], "one");
    // What failed before is no regression.
    let known = run(
        "idm",
        "four",
        &["--baseline", &report("three"), "--fail-on", "regressions"],
    );
    assert_eq!(code(&known), 0, "{}", text(&known));
}

#[test]
fn a_run_that_is_repeated_gives_the_same_hash() {
    let file = scenarios("regression/cut_in.xosc");
    let output = skidpad(&[
        "suite",
        path(&file),
        "--driver",
        "idm",
        "--repeat",
        "3",
        "--json",
    ]);
    let document = json(&output);
    let row = &document["scenarios"][0];
    assert_eq!(
        row["repeats"],
        serde_json::json!([row["state_hash"], row["state_hash"]])
    );
    assert_eq!(document["flaky"], Value::Array(Vec::new()));
}

#[test]
fn a_parameter_distribution_stands_for_its_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("sweep.xosc");
    let scenario = scenarios("search/swerving_neighbour.xosc");
    let text_of = format!(
        r#"<?xml version="1.0"?><OpenSCENARIO><FileHeader revMajor="1" revMinor="2" date="2026-01-01T00:00:00" author="a" description="b"/>
        <ParameterValueDistribution><ScenarioFile filepath="{}"/><Deterministic>
        <DeterministicSingleParameterDistribution parameterName="swerve"><DistributionSet><Element value="0.2"/><Element value="0.4"/></DistributionSet></DeterministicSingleParameterDistribution>
        <DeterministicSingleParameterDistribution parameterName="ahead"><DistributionRange stepWidth="5"><Range lowerLimit="10" upperLimit="20"/></DistributionRange></DeterministicSingleParameterDistribution>
        </Deterministic></ParameterValueDistribution></OpenSCENARIO>"#,
        path(&scenario)
    );
    std::fs::write(&file, text_of).expect("written");
    let allowed = scenarios("");
    let allow = ["--allow-path", path(&allowed), "--json"];
    for command in ["run", "suite"] {
        let output = skidpad(&[&[command, path(&file)], &allow[..]].concat());
        assert_eq!(code(&output), 0, "{}", text(&output));
        let document = json(&output);
        let rows = document["scenarios"].as_array().expect("rows");
        assert_eq!(rows.len(), 6);
        assert_eq!(rows[0]["name"], "sweep [swerve=0.2 ahead=10]");
    }
}

#[test]
fn a_hidden_fault_is_found_shrunk_and_written_as_scenarios_that_run() {
    let folder = tempfile::tempdir().expect("a folder");
    let scenario = scenarios("search/aeb_weak_at_speed.xosc");
    let out = folder.path().join("found");
    let root = scenarios("");
    let output = skidpad(&["search", path(&scenario), "--out", path(&out), "--json"]);
    assert_eq!(code(&output), 1, "{}", text(&output));
    let document = json(&output);
    assert!(document["runs"].as_u64().unwrap() <= 500);
    let shrunk = &document["shrunk"];
    assert_eq!(shrunk["verdict"], "failed", "{document}");
    let run = |what: &str| {
        let file = out.join(format!("aeb_weak_at_speed.{what}.xosc"));
        skidpad(&["run", path(&file), "--allow-path", path(&root), "--json"])
    };
    let failing = run("failing");
    assert_eq!(code(&failing), 1, "{}", text(&failing));
    assert_eq!(json(&failing)["reasons"], shrunk["reasons"]);
    let passing = run("passing");
    assert_eq!(code(&passing), 0, "{}", text(&passing));
    // The same again from the values that were found.
    let failure = document["failure"]["params"].as_object().expect("values");
    let params: Vec<String> = failure
        .iter()
        .flat_map(|(name, value)| {
            [
                "--param".to_owned(),
                format!("{name}={}", value.as_str().unwrap()),
            ]
        })
        .collect();
    let params: Vec<&str> = params.iter().map(String::as_str).collect();
    let again = skidpad(&[&["shrink", path(&scenario), "--json"], &params[..]].concat());
    assert_eq!(code(&again), 0, "{}", text(&again));
    assert_eq!(json(&again)["failing"], shrunk["failing"]);
}
