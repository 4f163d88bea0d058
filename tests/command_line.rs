//! What scripts rely on: exit codes, what stands on stdout and stderr, JSON shapes.
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

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("UTF-8")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("UTF-8")
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| {
        panic!(
            "one JSON document on stdout: {e}\n{}{}",
            stdout(output),
            stderr(output)
        )
    })
}

fn path(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[test]
fn wrong_usage_ends_with_2_and_says_what_was_expected() {
    for arguments in [
        &["fly"][..],
        &["run"],
        &["run", "a.xosc", "--driver", "ghost"],
        &["run", "a.xosc", "--dt", "0"],
        &["run", "a.xosc", "--dt", "nan"],
        &["run", "a.xosc", "--param", "x"],
        &["run", "a.xosc", "--seed", "-1"],
        &["suite"],
        &["suite", "a", "--jobs", "0"],
        &["generate", "road", "--kind", "moon"],
        &["bench", "nothing"],
        &["inspect", "Cargo.toml"],
    ] {
        let output = skidpad(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}");
        assert!(stderr(&output).contains("error"), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
    assert_eq!(code(&skidpad(&["--help"])), 0);
    assert!(stdout(&skidpad(&["--version"])).contains(env!("CARGO_PKG_VERSION")));
}

#[test]
fn files_that_are_not_there_are_named() {
    for arguments in [
        &["run", "no/such.xosc"][..],
        &["suite", "no/such"],
        &["inspect", "no/such.xodr"],
        &["inspect", "no/such.mcap"],
        &["inspect", "no/such.safetensors"],
        &["inspect", "no/such.ron"],
    ] {
        let output = skidpad(arguments);
        assert_eq!(code(&output), 2, "{arguments:?}: {}", stderr(&output));
        let first = stderr(&output)
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        assert!(first.contains("no/such"), "{arguments:?}: {first}");
    }
}

#[test]
fn generated_maps_are_read_back_and_repeat() {
    let folder = tempfile::tempdir().expect("a folder");
    let generate = |out: &str| {
        let out = folder.path().join(out);
        let output = skidpad(&[
            "generate",
            "road",
            "--kind",
            "intersection",
            "--seed",
            "3",
            "--count",
            "2",
            "--out",
            path(&out),
        ]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        ["intersection-3.xodr", "intersection-4.xodr"]
            .map(|name| std::fs::read(out.join(name)).expect("written"))
    };
    let (a, b) = (generate("a"), generate("b"));
    assert!(a == b && a[0] != a[1]);
    let map = folder.path().join("a/intersection-3.xodr");
    let output = skidpad(&["inspect", path(&map), "--json"]);
    assert_eq!(code(&output), 0);
    let report = json(&output);
    assert_eq!(report["kind"], "OpenDRIVE map");
    assert!(report["holds"]["roads"].as_u64().is_some_and(|n| n >= 3));
    assert!(
        report["holds"]["length_m"]
            .as_f64()
            .is_some_and(|m| m > 50.0)
    );
    assert!(report["problems"].is_array());
}

/// Files that no reader may take, and what the message must hold.
fn broken_files(folder: &Path) -> Vec<(PathBuf, &'static str)> {
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.join(name);
        std::fs::write(&path, bytes).expect("written");
        path
    };
    let bomb = format!(
        "<!DOCTYPE a [<!ENTITY b 'c'>]><OpenDRIVE>{}</OpenDRIVE>",
        "&b;".repeat(1000)
    );
    let deep = "<a>".repeat(5000) + &"</a>".repeat(5000);
    vec![
        (write("empty.xodr", b""), "empty.xodr"),
        (write("cut.xodr", b"<OpenDRIVE>\n<road id=\"1\" len"), "cut.xodr:2"),
        (write("bytes.xodr", b"<OpenDRIVE>\n\xff\xfe</OpenDRIVE>"), "bytes.xodr:2"),
        (
            write("number.xodr", b"<OpenDRIVE>\n<road id=\"1\" length=\"long\" junction=\"-1\"><planView/></road></OpenDRIVE>"),
            "number.xodr:2",
        ),
        (write("deep.xodr", deep.as_bytes()), "nested"),
        (
            write("bomb.xodr", bomb.as_bytes()),
            "bomb.xodr:1",
        ),
        (write("rig.ron", b"(lidars: [\n(name: 3)])"), "rig.ron:2"),
        (write("cut.ron", b"(lidars: ["), "cut.ron:1"),
        (write("noise.mcap", b"not a record"), "MCAP"),
        (write("noise.safetensors", b"\xff\xff\xff\xff\xff\xff\xff\x7f{}"), "noise.safetensors"),
        (write("empty.safetensors", b""), "empty.safetensors"),
    ]
}

#[test]
fn broken_files_are_refused_with_file_line_and_expectation() {
    let folder = tempfile::tempdir().expect("a folder");
    for (file, wanted) in broken_files(folder.path()) {
        let output = skidpad(&["inspect", path(&file), "--json"]);
        let message = stderr(&output);
        assert_eq!(code(&output), 2, "{}: {message}", file.display());
        assert!(message.contains(wanted), "{wanted:?} in {message}");
        assert!(message.contains("expected"), "{message}");
        let report = json(&output);
        assert!(report["error"]["expected"].is_string(), "{report}");
        assert!(report["error"]["file"].is_string(), "{report}");
    }
}

#[test]
fn limits_hold_and_have_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let map = folder.path().join("map.xodr");
    std::fs::write(
        &map,
        "<OpenDRIVE>".to_owned() + &" ".repeat(10_000) + "</OpenDRIVE>",
    )
    .expect("written");
    let refused = skidpad(&["inspect", path(&map), "--max-file-bytes", "5000"]);
    assert_eq!(code(&refused), 2);
    assert!(
        stderr(&refused).contains("at most 5000 bytes"),
        "{}",
        stderr(&refused)
    );
    let nodes = skidpad(&["inspect", path(&map), "--max-xml-nodes", "1"]);
    assert_eq!(code(&nodes), 2);
}

#[test]
fn the_doctor_names_every_part() {
    let output = skidpad(&["doctor", "--json"]);
    let report = json(&output);
    let findings = report["findings"].as_array().expect("a list");
    let finding = |name: &str| {
        findings
            .iter()
            .find(|f| f["name"] == name)
            .unwrap_or_else(|| panic!("no {name}"))
    };
    for name in ["skidpad", "rustc", "libtorch", "networks run on"] {
        assert_eq!(finding(name)["status"], "ok", "{name}");
    }
    assert!(
        finding("rustc")["found"]
            .as_str()
            .is_some_and(|v| v.starts_with("rustc 1."))
    );
    for finding in findings {
        assert!(
            finding["status"] != "problem" || finding["mend"].is_string(),
            "a problem without a command: {finding}"
        );
    }
    let healthy = report["healthy"].as_bool().expect("a truth value");
    assert_eq!(code(&output), if healthy { 0 } else { 2 });

    let empty = tempfile::tempdir().expect("a folder");
    let sick = skidpad(&["doctor", "--weights", path(empty.path())]);
    assert_eq!(code(&sick), 2);
    assert!(stdout(&sick).contains("skidpad train perception"));
}

#[test]
fn weights_that_differ_from_their_card_are_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let weights = folder.path().join("perception.safetensors");
    let tensor = tch::Tensor::from_slice(&[1.0f32, 2.0]);
    let config = serde_json::json!({"width": 2});
    let named = [("a".to_owned(), tensor)];
    let sum = nn::weights::save_tensors(&named, "perception", &config, &weights).expect("saved");
    let card = folder.path().join("perception.md");
    std::fs::write(&card, format!("sha256: {sum}\n")).expect("written");
    let good = skidpad(&["inspect", path(&weights), "--json"]);
    assert_eq!(code(&good), 0, "{}", stderr(&good));
    assert_eq!(json(&good)["holds"]["parameters"], 2);
    std::fs::write(
        &card,
        format!("sha256: {}\n", sum.replace(['0', '1', '2'], "3")),
    )
    .expect("written");
    let bad = skidpad(&["inspect", path(&weights)]);
    assert_eq!(code(&bad), 2);
    assert!(stderr(&bad).contains("sha256"), "{}", stderr(&bad));
    let doctor = skidpad(&["doctor", "--json", "--weights", path(folder.path())]);
    let report = json(&doctor);
    let finding = report["findings"]
        .as_array()
        .and_then(|all| all.iter().find(|f| f["name"] == "weights of perception"));
    assert_eq!(finding.map(|f| f["status"].clone()), Some("problem".into()));
}

#[test]
fn the_bench_drives_its_actors_to_the_end() {
    let output = skidpad(&["bench", "scripted", "--json"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let figures = json(&output);
    let figures = figures.as_array().expect("a list");
    assert_eq!(figures.len(), 2);
    for figure in figures {
        assert!(
            figure["value"].as_f64().is_some_and(|v| v > 0.0),
            "{figure}"
        );
        assert!(figure["unit"].is_string(), "{figure}");
    }
}
