//! Controllers of a scenario give an entity to a whole driver, and take it back.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

/// A car that drives towards a standing one, with a controller that is active between two times, seconds.
fn scenario(driver: &str, from_s: f64, to_s: f64) -> String {
    let place = |name: &str, s_m: f64, speed_mps: f64| {
        format!(
            r#"<Private entityRef="{name}"><PrivateAction><TeleportAction><Position><LanePosition roadId="1" laneId="-1" s="{s_m}"/>
</Position></TeleportAction></PrivateAction><PrivateAction><LongitudinalAction><SpeedAction><SpeedActionDynamics dynamicsShape="step"
value="0" dynamicsDimension="time"/><SpeedActionTarget><AbsoluteTargetSpeed value="{speed_mps}"/></SpeedActionTarget></SpeedAction>
</LongitudinalAction></PrivateAction></Private>"#
        )
    };
    let switch = |name: &str, on: bool, at_s: f64| {
        format!(
            r#"<Event name="{name}" priority="parallel"><Action name="{name}"><PrivateAction><ControllerAction>
<ActivateControllerAction lateral="{on}" longitudinal="{on}"/></ControllerAction></PrivateAction></Action><StartTrigger><ConditionGroup>
<Condition name="{name}" delay="0" conditionEdge="none"><ByValueCondition><SimulationTimeCondition value="{at_s}" rule="greaterThan"/>
</ByValueCondition></Condition></ConditionGroup></StartTrigger></Event>"#
        )
    };
    let object = |name: &str, more: &str| {
        format!(
            r#"<ScenarioObject name="{name}"><CatalogReference catalogName="vehicles" entryName="car"/>{more}</ScenarioObject>"#
        )
    };
    let controller = format!(
        r#"<ObjectController><Controller name="mine"><Properties><Property name="skidpad.driver" value="{driver}"/></Properties>
</Controller></ObjectController>"#
    );
    let always = r#"<StartTrigger><ConditionGroup><Condition name="now" delay="0" conditionEdge="none"><ByValueCondition>
<SimulationTimeCondition value="0" rule="greaterOrEqual"/></ByValueCondition></Condition></ConditionGroup></StartTrigger>"#;
    format!(
        r#"<?xml version="1.0"?><OpenSCENARIO><FileHeader revMajor="1" revMinor="3" date="2026-01-01T00:00:00" description="" author=""/>
<ParameterDeclarations/><CatalogLocations><VehicleCatalog><Directory path="catalogs"/></VehicleCatalog></CatalogLocations>
<RoadNetwork><LogicFile filepath="maps/street.xodr"/></RoadNetwork><Entities>{}{}</Entities><Storyboard><Init><Actions>{}{}</Actions></Init>
<Story name="s"><Act name="a"><ManeuverGroup name="g" maximumExecutionCount="1"><Actors selectTriggeringEntities="false">
<EntityRef entityRef="Ego"/></Actors><Maneuver name="m">{}{}</Maneuver></ManeuverGroup>{always}</Act></Story>
<StopTrigger><ConditionGroup><Condition name="end" delay="0" conditionEdge="none"><ByValueCondition><SimulationTimeCondition
value="16" rule="greaterThan"/></ByValueCondition></Condition></ConditionGroup></StopTrigger></Storyboard></OpenSCENARIO>"#,
        object("Ego", &controller),
        object("Wall", ""),
        place("Ego", 20.0, 12.0),
        place("Wall", 130.0, 0.0),
        switch("on", true, from_s),
        switch("off", false, to_s),
    )
}

/// A crossing with the lights for one way in a state, and a source of traffic on that way.
fn source(state: &str) -> String {
    let lights: String = ["18", "19", "20", "21"]
        .iter()
        .map(|id| {
            let state = if matches!(*id, "18" | "19") {
                state
            } else {
                "red"
            };
            format!(r#"<TrafficSignalState trafficSignalId="{id}" state="{state}"/>"#)
        })
        .collect();
    format!(
        r#"<?xml version="1.0"?><OpenSCENARIO><FileHeader revMajor="1" revMinor="3" date="2026-01-01T00:00:00" description="" author=""/>
<ParameterDeclarations/><CatalogLocations><VehicleCatalog><Directory path="catalogs"/></VehicleCatalog></CatalogLocations>
<RoadNetwork><LogicFile filepath="maps/crossing.xodr"/><TrafficSignals><TrafficSignalController name="lights"><Phase name="one"
duration="100">{lights}</Phase></TrafficSignalController></TrafficSignals></RoadNetwork><Entities><ScenarioObject name="Ego">
<CatalogReference catalogName="vehicles" entryName="car"/></ScenarioObject></Entities><Storyboard><Init><Actions><GlobalAction>
<TrafficAction><TrafficSourceAction radius="8" rate="0.25" speed="8"><Position><WorldPosition x="-90" y="-1.75" z="0" h="0"/></Position>
<TrafficDefinition name="t"><VehicleCategoryDistribution><VehicleCategoryDistributionEntry category="car" weight="1"/>
</VehicleCategoryDistribution><ControllerDistribution><ControllerDistributionEntry weight="1"><Controller name="c"><Properties/>
</Controller></ControllerDistributionEntry></ControllerDistribution></TrafficDefinition></TrafficSourceAction></TrafficAction>
</GlobalAction><Private entityRef="Ego"><PrivateAction><TeleportAction><Position><WorldPosition x="-1.75" y="100" z="0" h="-1.5708"/>
</Position></TeleportAction></PrivateAction></Private></Actions></Init><StopTrigger><ConditionGroup><Condition name="end" delay="0"
conditionEdge="none"><ByValueCondition><SimulationTimeCondition value="30" rule="greaterThan"/></ByValueCondition></Condition>
</ConditionGroup></StopTrigger></Storyboard></OpenSCENARIO>"#
    )
}

/// Result of a run and the rows (time, x, speed) of the ego vehicle's log.
fn run(folder: &Path, text: &str, more: &[&str]) -> (Value, Vec<(f64, f64, f64)>) {
    let (result, rows) = run_all(folder, text, more);
    let own = rows.into_iter().filter(|(name, ..)| name == "Ego");
    (
        result,
        own.map(|(_, time, x, speed)| (time, x, speed)).collect(),
    )
}

/// Result of a run and the rows (name, time, x, speed) of its log.
fn run_all(folder: &Path, text: &str, more: &[&str]) -> (Value, Vec<(String, f64, f64, f64)>) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for part in ["maps", "catalogs"] {
        let from = root.join("scenarios/regression").join(part);
        let to = folder.join(part);
        if !to.exists() {
            std::os::unix::fs::symlink(from, to).expect("a link");
        }
    }
    let (file, log) = (folder.join("run.xosc"), folder.join("log.csv"));
    std::fs::write(&file, text).expect("written");
    let output = Command::new(env!("CARGO_BIN_EXE_skidpad"))
        .arg("run")
        .args([&file])
        .args(["--json", "--allow-path"])
        .arg(root)
        .arg("--log")
        .arg(&log)
        .args(more)
        .current_dir(root)
        .output()
        .expect("the program starts");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let result = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{e}: {told}{}", String::from_utf8_lossy(&output.stdout)));
    let text = std::fs::read_to_string(&log).expect("a log");
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().expect("a header").split(',').collect();
    let column = |name: &str| names.iter().position(|n| *n == name).expect("a column");
    let (time, entity) = (column("time_s"), column("entity"));
    let (x, speed) = (column("x_m"), column("speed_mps"));
    let rows = lines.map(|l| l.split(',').collect::<Vec<_>>());
    let rows = rows.map(|r| {
        let number = |i: usize| r[i].parse::<f64>().expect("a number");
        (r[entity].to_owned(), number(time), number(x), number(speed))
    });
    (result, rows.collect())
}

fn metric(result: &Value, name: &str) -> f64 {
    result["metrics"][name]["value"]
        .as_f64()
        .unwrap_or(f64::NAN)
}

#[test]
fn a_whole_driver_brakes_where_rails_lead_into_a_standing_car() {
    let folder = tempfile::tempdir().expect("a folder");
    let (never, _) = run(folder.path(), &scenario("expert", 99.0, 99.0), &[]);
    assert!(metric(&never, "collisions") > 0.0, "{never}");
    let (given, rows) = run(folder.path(), &scenario("expert", 1.0, 99.0), &[]);
    assert_eq!(metric(&given, "collisions"), 0.0, "{given}");
    // It goes over to the driver without a jump.
    for pair in rows.windows(2) {
        let [(t, x, _), (u, y, _)] = pair else {
            continue;
        };
        assert!((y - x).abs() <= 20.0 * (u - t) + 0.3, "{pair:?}");
    }
    let (again, _) = run(folder.path(), &scenario("expert", 1.0, 99.0), &[]);
    assert_eq!(given["state_hash"], again["state_hash"]);
}

#[test]
fn it_goes_back_on_its_rails_when_the_controller_ends() {
    let folder = tempfile::tempdir().expect("a folder");
    let (result, rows) = run(folder.path(), &scenario("expert", 1.0, 4.0), &[]);
    assert_eq!(result["ended"], "the storyboard has ended", "{result}");
    // On rails nothing but the story changes its speed.
    let after: Vec<f64> = rows.iter().filter(|r| r.0 > 4.2).map(|r| r.2).collect();
    let first = after.first().copied().expect("rows");
    assert!(
        first > 1.0 && after.iter().all(|v| (v - first).abs() < 0.01),
        "{after:?}"
    );
}

#[test]
fn the_learned_driver_sees_by_its_own_sensors() {
    let folder = tempfile::tempdir().expect("a folder");
    let (given, rows) = run(
        folder.path(),
        &scenario("learned", 0.5, 99.0),
        &["--duration", "4"],
    );
    assert_eq!(given["reasons"], serde_json::json!([]), "{given}");
    let changed = rows.iter().any(|(_, _, v)| (v - 12.0).abs() > 0.1);
    assert!(changed, "{rows:?}");
    // Without sensors it can't.
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new(env!("CARGO_BIN_EXE_skidpad"))
        .args(["run", "--no-sensors", "--allow-path"])
        .arg(root)
        .arg(folder.path().join("run.xosc"))
        .current_dir(root)
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn who_starts_the_run_has_the_last_word() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = scenario("expert", 99.0, 99.0);
    let (plain, _) = run(folder.path(), &text, &["--driver", "idm"]);
    let (given, _) = run(
        folder.path(),
        &scenario("expert", 0.0, 99.0),
        &["--driver", "idm"],
    );
    assert_eq!(metric(&plain, "collisions"), 0.0);
    assert_eq!(plain["state_hash"], given["state_hash"]);
}

#[test]
fn traffic_of_a_story_heeds_the_lights() {
    let folder = tempfile::tempdir().expect("a folder");
    let farthest = |state: &str| {
        let (_, rows) = run_all(folder.path(), &source(state), &[]);
        let traffic: Vec<_> = rows.iter().filter(|r| r.0 != "Ego").collect();
        let names: std::collections::BTreeSet<&str> =
            traffic.iter().map(|r| r.0.as_str()).collect();
        let x_m = traffic.iter().map(|r| r.2).fold(f64::MIN, f64::max);
        (names.len(), x_m)
    };
    let (count, x_m) = farthest("red");
    assert!(
        count >= 3 && x_m < -8.0,
        "{count} vehicles, as far as {x_m} m"
    );
    let (count, x_m) = farthest("green");
    assert!(
        count >= 3 && x_m > 20.0,
        "{count} vehicles, as far as {x_m} m"
    );
}
