//! No file makes the reader panic; broken ones give an error that names the file.

#![allow(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "helpers of tests print why they skip and stop on what is broken in them"
)]

use std::path::{Path, PathBuf};

use scenarios::{LoadOptions, Scenario};
use sim::input::Limits;

fn shared_files() -> Vec<PathBuf> {
    let Some(shared) = std::env::var_os("SKIDPAD_SHARED") else {
        println!("skipped: SKIDPAD_SHARED is not set");
        return Vec::new();
    };
    let mut folders = vec![PathBuf::from(shared).join("data")];
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "xosc") {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

fn load_text(folder: &Path, text: &str) -> Result<Scenario, sim::input::InputError> {
    let path = folder.join("a.xosc");
    std::fs::write(&path, text).expect("written");
    // Lenient, so that what is wrong beyond the schema is reached.
    Scenario::load_with(
        &path,
        &LoadOptions {
            lenient: true,
            ..LoadOptions::default()
        },
    )
}

#[test]
fn every_shared_file_loads_or_says_why_not() {
    let (mut loaded, mut refused) = (0, 0);
    let files = shared_files();
    for path in &files {
        match Scenario::load_with(path, &LoadOptions::default()) {
            Ok(_) => loaded += 1,
            Err(error) => {
                assert!(
                    !error.expected.is_empty() && !error.found.is_empty(),
                    "{error}"
                );
                refused += 1;
            }
        }
    }
    println!("{loaded} loaded, {refused} refused");
    assert!(files.is_empty() || loaded > 100);
}

#[test]
fn truncations_and_mutations_never_panic() {
    let Some(source) = shared_files()
        .into_iter()
        .find(|p| p.ends_with("xosc/cut-in.xosc"))
    else {
        return;
    };
    let text = std::fs::read_to_string(&source).expect("text");
    let dir = tempfile::tempdir().expect("a folder");
    for cut in (0..text.len()).step_by(97) {
        if let Some(part) = text.get(..cut) {
            assert!(load_text(dir.path(), part).is_err(), "cut at {cut}");
        }
    }
    let words = [
        "\"5\"",
        "\"1.1\"",
        "Ego",
        "value",
        "Condition",
        "name",
        "$",
        "true",
        "Lane",
    ];
    for word in words {
        for other in [
            "\"-1e308\"",
            "\"NaN\"",
            "\"\"",
            "x",
            "\"99999999999999999999\"",
            "${1/0}",
            "&lt;",
        ] {
            let _ = load_text(dir.path(), &text.replace(word, other));
            let _ = load_text(dir.path(), &text.replacen(word, other, 1));
        }
    }
}

const EMPTY: &str = r#"<OpenSCENARIO>
<FileHeader revMajor="1" revMinor="1" date="2024-01-01T00:00:00" description="" author=""/>
CATALOGS
<RoadNetwork/><Entities>ENTITIES</Entities>
<Storyboard><Init><Actions/></Init>STORY<StopTrigger/></Storyboard></OpenSCENARIO>"#;

fn scenario(catalogs: &str, entities: &str, story: &str) -> String {
    let catalogs = if catalogs.is_empty() {
        "<CatalogLocations/>"
    } else {
        catalogs
    };
    EMPTY
        .replace("CATALOGS", catalogs)
        .replace("ENTITIES", entities)
        .replace("STORY", story)
}

#[test]
fn an_empty_scenario_loads() {
    let dir = tempfile::tempdir().expect("a folder");
    let loaded = load_text(dir.path(), &scenario("", "", "")).expect("loads");
    assert_eq!((loaded.entities.len(), loaded.ego()), (0, None));
}

#[test]
fn a_catalog_that_includes_itself_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let reference = r#"<CatalogReference catalogName="C" entryName="e"/>"#;
    let catalog = format!(
        r#"<OpenSCENARIO><FileHeader/><Catalog name="C"><Vehicle name="e" vehicleCategory="car">
        <BoundingBox><Center x="0" y="0" z="0"/><Dimensions length="4" width="2" height="1"/></BoundingBox>
        <Trailer>{reference}</Trailer></Vehicle></Catalog></OpenSCENARIO>"#
    );
    std::fs::write(dir.path().join("C.xosc"), catalog).expect("written");
    let catalogs = r#"<CatalogLocations><VehicleCatalog><Directory path="."/></VehicleCatalog></CatalogLocations>"#;
    let entities = format!(r#"<ScenarioObject name="Ego">{reference}</ScenarioObject>"#);
    let error = load_text(dir.path(), &scenario(catalogs, &entities, "")).expect_err("refused");
    assert!(error.expected.contains("nested"), "{error}");
}

#[test]
fn unknown_references_name_file_and_line() {
    let dir = tempfile::tempdir().expect("a folder");
    let act = |group: &str| {
        format!(
            r#"<Story name="s"><Act name="a"><ManeuverGroup name="g" maximumExecutionCount="1">{group}</ManeuverGroup>
            <StartTrigger/></Act></Story>"#
        )
    };
    for (group, wanted) in [
        (
            r#"<Actors selectTriggeringEntities="false"><EntityRef entityRef="nobody"/></Actors>"#,
            "nobody",
        ),
        (
            r#"<Actors selectTriggeringEntities="false"/><Maneuver name="m"><Event name="e" priority="parallel">
            <StartTrigger><ConditionGroup><Condition name="c" delay="0" conditionEdge="none"><ByValueCondition>
            <StoryboardElementStateCondition storyboardElementType="event" storyboardElementRef="nothing"
            state="completeState"/></ByValueCondition></Condition></ConditionGroup></StartTrigger></Event></Maneuver>"#,
            "nothing",
        ),
    ] {
        let error = load_text(dir.path(), &scenario("", "", &act(group))).expect_err("refused");
        assert!(
            error.line.is_some() && error.found.contains(wanted),
            "{error}"
        );
    }
}

#[test]
fn too_many_entities_are_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("a.xosc");
    let object: String = (0..50)
        .map(|i| {
            format!(
                r#"<ScenarioObject name="o{i}"><MiscObject name="m" mass="1" miscObjectCategory="obstacle"><BoundingBox>
                <Center x="0" y="0" z="0"/><Dimensions length="1" width="1" height="1"/></BoundingBox></MiscObject></ScenarioObject>"#
            )
        })
        .collect();
    std::fs::write(&path, scenario("", &object, "")).expect("written");
    let limits = Limits {
        max_actors: 20,
        ..Limits::default()
    };
    let error = Scenario::load(&path, &limits, &[]).expect_err("refused");
    assert!(error.expected.contains("20"), "{error}");
}
