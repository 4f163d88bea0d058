//! JUnit XML, as CI servers read it: a `testsuite` with a `testcase` a row.
//!
//! A row that ended as expected is a passed case; one that did not is a `failure`, and a fault or wrong
//! input an `error`. Metrics, seed and tags stand as properties of the case.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesText, Event};

use super::stored::{StoredRow, StoredSuite};

/// The file.
pub fn xml(suite: &StoredSuite) -> Vec<u8> {
    let mut writer = Writer::new_with_indent(Vec::new(), b' ', 2);
    // Writing to memory does not fail.
    let _ = write(&mut writer, suite);
    let mut bytes = writer.into_inner();
    bytes.push(b'\n');
    bytes
}

fn write(writer: &mut Writer<Vec<u8>>, suite: &StoredSuite) -> std::io::Result<()> {
    writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let total = suite.scenarios.len().to_string();
    let failures = suite.failed.to_string();
    let errors = (suite.fault + suite.error).to_string();
    let time = format!("{:.3}", suite.wall_s);
    let counts = [
        ("tests", total.as_str()),
        ("failures", &failures),
        ("errors", &errors),
        ("time", &time),
    ];
    let name = clean(&suite.name);
    writer
        .create_element("testsuites")
        .with_attributes(counts)
        .write_inner_content(|writer| {
            writer
                .create_element("testsuite")
                .with_attribute(("name", name.as_str()))
                .with_attributes(counts)
                .with_attribute(("skipped", "0"))
                .with_attribute(("timestamp", suite.run.started.trim_end_matches('Z')))
                .write_inner_content(|writer| {
                    properties(
                        writer,
                        [
                            ("skidpad.version", suite.run.version.clone()),
                            ("skidpad.revision", suite.run.revision.clone()),
                            ("skidpad.command", suite.run.command.clone()),
                        ]
                        .into_iter(),
                    )?;
                    for row in &suite.scenarios {
                        case(writer, &suite.name, row)?;
                    }
                    Ok(())
                })?;
            Ok(())
        })?;
    Ok(())
}

fn properties<'a>(
    writer: &mut Writer<Vec<u8>>,
    pairs: impl Iterator<Item = (&'a str, String)>,
) -> std::io::Result<()> {
    writer
        .create_element("properties")
        .write_inner_content(|writer| {
            for (name, value) in pairs {
                writer
                    .create_element("property")
                    .with_attribute(("name", clean(name).as_str()))
                    .with_attribute(("value", clean(&value).as_str()))
                    .write_empty()?;
            }
            Ok(())
        })?;
    Ok(())
}

fn case(writer: &mut Writer<Vec<u8>>, suite: &str, row: &StoredRow) -> std::io::Result<()> {
    let name = clean(&format!("{} seed {}", row.name, row.seed));
    let class = clean(&format!("{suite}.{}", row.driver));
    let file = clean(&row.scenario);
    let time = format!("{:.3}", row.wall_s);
    writer
        .create_element("testcase")
        .with_attributes([
            ("name", name.as_str()),
            ("classname", &class),
            ("file", &file),
            ("time", &time),
        ])
        .write_inner_content(|writer| {
            let numbers = row.metrics.iter().filter_map(|(name, metric)| {
                let value = metric.value?;
                Some((name.as_str(), format!("{value} {}", metric.unit)))
            });
            let facts = [
                ("seed", row.seed.to_string()),
                ("verdict", row.verdict.clone()),
                ("expected", row.expected.clone()),
                ("state_hash", row.state_hash.clone()),
                ("tags", row.tags.join(" ")),
            ];
            properties(writer, facts.into_iter().chain(numbers))?;
            if !row.as_expected {
                let is_broken = matches!(row.verdict.as_str(), "fault" | "error");
                let message = match row.standing.as_str() {
                    "unexpected_pass" => format!("passed, expected {}", row.expected),
                    "flaky" => "its state hash differs when it is repeated".to_owned(),
                    _ => row.reasons.first().cloned().unwrap_or_default(),
                };
                let text = format!("{}\n{}\n{}", row.reasons.join("\n"), row.command, row.view);
                writer
                    .create_element(if is_broken { "error" } else { "failure" })
                    .with_attribute(("type", row.standing.as_str()))
                    .with_attribute(("message", clean(&message).as_str()))
                    .write_text_content(BytesText::new(&clean(&text)))?;
            }
            Ok(())
        })?;
    Ok(())
}

/// Text without the control characters that XML has no way to write.
fn clean(text: &str) -> String {
    let allowed = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    let odd = |c: char| matches!(c, '\u{fffe}' | '\u{ffff}');
    text.chars()
        .map(|c| if allowed(c) && !odd(c) { c } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failures_errors_and_expected_failures_are_told_apart() {
        let row = |name: &str, verdict: &str, standing: &str, as_expected| StoredRow {
            name: name.into(),
            verdict: verdict.into(),
            standing: standing.into(),
            as_expected,
            reasons: vec!["a <reason> & \"more\" \u{1b}[31m".into()],
            ..StoredRow::default()
        };
        let suite = StoredSuite {
            name: "s".into(),
            failed: 1,
            fault: 1,
            scenarios: vec![
                row("a", "passed", "passed", true),
                row("b", "failed", "expected_failure", true),
                row("c", "failed", "failed", false),
                row("d", "fault", "failed", false),
            ],
            ..StoredSuite::default()
        };
        let text = String::from_utf8(xml(&suite)).expect("UTF-8");
        let limits = sim::input::Limits::default();
        let file = sim::input::XmlFile::from_text(std::path::Path::new("j"), text, &limits);
        let document = file.parse().expect("well-formed");
        let root = file.root(&document);
        assert_eq!(root.attr("tests"), Some("4"));
        let suite = root.child("testsuite").expect("a suite");
        assert_eq!(
            (suite.attr("failures"), suite.attr("errors")),
            (Some("1"), Some("1"))
        );
        let outcomes: Vec<_> = suite
            .elements()
            .filter(|e| e.name() == "testcase")
            .map(|case| {
                (
                    case.child("failure").is_some(),
                    case.child("error").is_some(),
                )
            })
            .collect();
        assert_eq!(
            outcomes,
            [(false, false), (false, false), (true, false), (false, true)]
        );
    }
}
