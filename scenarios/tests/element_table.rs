//! The table of docs/openscenario.md says of each element of the schema what the reader does with it.
//!
//! Each row is made from what happens to a smallest file with that element. After a change of the
//! reader, `SKIDPAD_WRITE_DOCS=1 cargo test --release -p scenarios --test element_table` writes it anew.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "helpers of tests print why they skip and stop on what is broken in them"
)]

mod instance;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use instance::Element;
use scenarios::check::{FileKind, Severity, check_file};
use scenarios::distribution::ParameterValueDistribution;
use scenarios::schema::{MINORS, Presence, Schema};
use scenarios::{LoadOptions, Scenario};

const START: &str = "<!-- elements: begin -->\n";
const END: &str = "<!-- elements: end -->\n";

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openscenario.md")
}

/// Versions that have an element of a name, wherever.
fn presence() -> BTreeMap<&'static str, Presence> {
    let mut all: BTreeMap<&'static str, Presence> = BTreeMap::new();
    for ty in Schema::get().types() {
        for (name, _, presence) in &ty.children {
            let known = all.entry(name).or_default();
            known.exists |= presence.exists;
        }
    }
    all
}

/// What happens to a file with the element.
fn honoured(folder: &Path, path: &[Element], minor: usize) -> String {
    let (text, trail) = instance::file(path, minor);
    let line = trail.last().map_or(0, |t| t.1);
    let file = folder.join("element.xosc");
    std::fs::write(&file, &text).expect("written");
    let options = LoadOptions::default();
    let report = match check_file(&file, &options) {
        Ok(report) => report,
        Err(error) => panic!("{path:?}: {error}\n{text}"),
    };
    let errors = report
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Error);
    let errors: Vec<String> = errors.map(|f| f.problem.to_string()).collect();
    assert!(errors.is_empty(), "{path:?}: {errors:#?}\n{text}");
    let warnings: Vec<(u32, String)> = match report.kind {
        FileKind::Catalog => return "read where a scenario refers to it".to_owned(),
        FileKind::ParameterValueDistribution => {
            match ParameterValueDistribution::load(&file, &options) {
                Ok(read) => read
                    .warnings()
                    .iter()
                    .map(|w| (w.line, w.text.clone()))
                    .collect(),
                Err(error) => return format!("refused: expected {}", error.expected),
            }
        }
        FileKind::Scenario => match Scenario::load_with(&file, &options) {
            Ok(read) => read
                .warnings
                .into_iter()
                .map(|w| (w.line, w.text))
                .collect(),
            Err(error) => {
                let found = error.found.replace(&folder.display().to_string(), "");
                return format!("refused: expected {}, found {found}", error.expected);
            }
        },
    };
    // Told at the outermost element that nothing looked at.
    let around = trail.iter().rev().skip(1).find(|(name, at)| {
        let start = format!("<{name}> inside ");
        warnings
            .iter()
            .any(|(line, text)| line == at && text.starts_with(&start))
    });
    if let Some((name, _)) = around {
        return format!("noted with `{name}`, which has no effect");
    }
    let here: Vec<String> = warnings
        .into_iter()
        .filter(|(at, text)| *at == line && !text.contains("skidpad:xosc:schema"))
        .map(|(_, text)| text)
        .collect();
    let ty = path
        .last()
        .and_then(|e| Schema::get().at(e.1))
        .expect("a type");
    let is_wrapping = !ty.attributes.iter().any(|a| a.presence.is_in(minor))
        && ty.children.iter().any(|c| c.2.is_in(minor));
    if here.is_empty() && is_wrapping {
        "as what it holds".to_owned()
    } else if here.is_empty() {
        "runs".to_owned()
    } else {
        format!("noted: {}", here.join("; "))
    }
}

fn table() -> String {
    let dir = tempfile::tempdir().expect("a folder");
    let folder = dir.path();
    std::fs::write(
        folder.join("map.xodr"),
        r#"<OpenDRIVE><signal id="sample"/></OpenDRIVE>"#,
    )
    .expect("written");
    std::fs::write(folder.join("catalog.xosc"), instance::catalog()).expect("written");
    let (plain, _) = instance::file(&instance::paths(3)["Storyboard"], 3);
    std::fs::write(folder.join("scenario.xosc"), plain).expect("written");
    let mut rows =
        String::from("| element | versions | what a run does with it |\n|---|---|---|\n");
    let by_minor: Vec<_> = (0..MINORS).map(instance::paths).collect();
    for (name, presence) in presence() {
        // By the newest version that has it.
        let newest = (0..MINORS)
            .rev()
            .find_map(|m| Some((m, by_minor[m].get(name)?)));
        let (minor, path) = newest.unwrap_or_else(|| panic!("no way to {name}"));
        let what = honoured(folder, path, minor).replace('|', "\\|");
        rows += &format!("| `{name}` | {} | {what} |\n", presence.text());
    }
    rows
}

#[test]
fn the_table_of_elements_is_what_the_reader_does() {
    let path = document();
    let text = std::fs::read_to_string(&path).expect("the document");
    let (head, rest) = text.split_once(START).expect("the table's beginning");
    let (written, tail) = rest.split_once(END).expect("the table's end");
    let table = table();
    if std::env::var_os("SKIDPAD_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{head}{START}{table}{END}{tail}")).expect("written");
        return;
    }
    for (written, now) in written.lines().zip(table.lines()) {
        assert_eq!(
            written, now,
            "run with SKIDPAD_WRITE_DOCS=1 if the change is meant"
        );
    }
    assert_eq!(written.len(), table.len());
}

#[test]
fn every_element_of_the_schema_has_a_way_to_it() {
    let count = presence().len();
    println!("{count} elements");
    assert!(count > 250);
}
