//! The table of the schema says what the standard's XSDs say.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "helpers of tests print why they skip and stop on what is broken in them"
)]

mod shared;
mod xsd;

use std::collections::BTreeMap;

use scenarios::schema::{Content, MINORS, Schema};

#[test]
fn the_table_is_what_the_schemas_say() {
    let Some(folder) = shared::folder("asam-qc-openscenarioxml/qc_openscenario/schema") else {
        return;
    };
    let written = include_str!("../src/schema/openscenario.table");
    let wanted = xsd::table(&folder);
    for (a, b) in written.lines().zip(wanted.lines()) {
        assert_eq!(a, b);
    }
    assert_eq!(written.len(), wanted.len());
}

#[test]
fn every_line_of_the_table_is_read() {
    let schema = Schema::get();
    let text = include_str!("../src/schema/openscenario.table");
    let count = |start: &str| text.lines().filter(|l| l.starts_with(start)).count();
    assert_eq!(schema.types().len(), count("type "));
    assert_eq!(
        schema.types().iter().map(|t| t.models.len()).sum::<usize>(),
        count("  =")
    );
    for ty in schema.types() {
        for (name, index, presence) in &ty.children {
            let kind = schema.at(*index).expect("a type");
            // Each version that has the child has its type.
            for minor in (0..MINORS).filter(|m| presence.is_in(*m)) {
                assert!(
                    kind.content(minor).is_some(),
                    "{}: {name} in 1.{minor}",
                    ty.name
                );
            }
        }
        for attribute in &ty.attributes {
            let simple = [
                "Boolean",
                "DateTime",
                "Double",
                "Int",
                "String",
                "UnsignedInt",
                "UnsignedShort",
            ];
            let is_known =
                simple.contains(&attribute.kind) || schema.words(attribute.kind).is_some();
            assert!(
                is_known,
                "{}.{}: {}",
                ty.name, attribute.name, attribute.kind
            );
        }
    }
}

#[test]
fn a_smallest_content_matches_its_model() {
    for ty in Schema::get().types() {
        for minor in 0..MINORS {
            if let Some(Content::Model(model)) = ty.content(minor) {
                assert_eq!(
                    model.check(&model.smallest()),
                    Ok(()),
                    "{} in 1.{minor}",
                    ty.name
                );
                for (name, _, presence) in &ty.children {
                    if presence.is_in(minor) {
                        let with = model.smallest_with(name).expect("a content with it");
                        assert_eq!(model.check(&with), Ok(()), "{} with {name}", ty.name);
                    }
                }
            }
        }
    }
}

/// The ranges that the reference implementation of the API checks are the ones checked here.
#[test]
fn ranges_are_those_of_the_api_reference() {
    let folder = shared::folder("openscenario-api-test/generator");
    let Some(folder) = folder else { return };
    let path = folder.join(
        "de.rac.openscenario.generator/src/main/resources/input/RangeCheckerRules_1.3.0.json",
    );
    let text = std::fs::read_to_string(path).expect("the rules");
    let rules: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(&without_trailing_commas(&text)).expect("JSON");
    let mut count = 0;
    for (kind, attributes) in &rules {
        for (name, rule) in attributes.as_object().expect("attributes") {
            let bound = |key: &str| rule.get(key).and_then(|v| v.as_str()).and_then(number);
            let (low, high) = (
                bound("lowerBoundValueDisplay"),
                bound("upperBoundValueDisplay"),
            );
            // Ours: a curvature may turn right, a height lie below the ellipsoid, and a longitude
            // goes to 180 degrees.
            let ours = [
                ("Clothoid", "curvatureDot"),
                ("GeoPosition", "altitude"),
                ("GeoPosition", "longitudeDeg"),
            ];
            if ours.contains(&(kind.as_str(), name.as_str())) {
                continue;
            }
            count += 1;
            let breaks = |value: f64| scenarios::check::breaks_range(kind, name, value);
            if let Some(low) = low {
                assert!(breaks(low - 1.0), "{kind}.{name} below {low}");
            }
            if let Some(high) = high {
                assert!(breaks(high + 1.0), "{kind}.{name} above {high}");
            }
            let inside = match (low, high) {
                (Some(low), Some(high)) => (low + high) / 2.0,
                (Some(low), None) => low + 1.0,
                _ => 0.0,
            };
            assert!(!breaks(inside), "{kind}.{name} at {inside}");
        }
    }
    assert!(count > 90, "{count}");
}

fn number(text: &str) -> Option<f64> {
    match text {
        "PI" => Some(std::f64::consts::PI),
        "-PI" => Some(-std::f64::consts::PI),
        "2PI" => Some(std::f64::consts::TAU),
        _ => text.parse().ok(),
    }
}

fn without_trailing_commas(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(',') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if !rest.trim_start().starts_with(['}', ']']) {
            out.push(',');
        }
    }
    out + rest
}
