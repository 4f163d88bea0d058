//! A draft is written as a scenario that holds no warning, plays as meant, and can be opened again.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};

use scenarios::draft::{Draft, DraftAction, DraftEntity, DraftEvent, DraftPlace, DraftTrigger};
use scenarios::{LoadOptions, Scenario};
use sim::actor::ActorClass;
use sim::input::Limits;
use sim::math::Pose;
use sim::road::RoadNetwork;

fn map_file() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("regression/maps/boulevard.xodr")
}

fn map() -> RoadNetwork {
    RoadNetwork::load(&map_file(), &Limits::default()).expect("loads")
}

fn lane(lane_id: i32, s_m: f64) -> DraftPlace {
    DraftPlace::Lane {
        road_id: "1".into(),
        lane_id,
        s_m,
        offset_m: 0.0,
    }
}

fn draft() -> Draft {
    let entity = |name: &str, class, start, speed_mps, route| DraftEntity {
        name: name.into(),
        class,
        start,
        speed_mps,
        route,
    };
    let event = |name: &str, actor: &str, trigger, action| DraftEvent {
        name: name.into(),
        actor: actor.into(),
        trigger,
        action,
    };
    let (ego, van) = ("Ego".to_owned(), "Van \"2\" <b>".to_owned());
    Draft {
        description: "cut in & brake".into(),
        map_file: "maps/boulevard.xodr".into(),
        entities: vec![
            entity(
                "Ego",
                ActorClass::Car,
                lane(-2, 20.0),
                12.0,
                vec![lane(-2, 150.0)],
            ),
            entity(&van, ActorClass::Van, lane(-1, 40.0), 10.0, vec![]),
            entity(
                "Walker",
                ActorClass::Pedestrian,
                DraftPlace::World(Pose::planar(60.0, -12.0, 1.57)),
                1.4,
                vec![DraftPlace::World(Pose::planar(60.0, 4.0, 1.57))],
            ),
        ],
        events: vec![
            event(
                "cut in",
                &van,
                DraftTrigger::Near {
                    entity: ego.clone(),
                    other: van.clone(),
                    distance_m: 18.0,
                },
                DraftAction::LaneChange {
                    lanes: -1,
                    over_s: 2.0,
                },
            ),
            event(
                "brake",
                &van,
                DraftTrigger::After("cut in".into()),
                DraftAction::Speed {
                    speed_mps: 3.0,
                    rate_mps2: 3.0,
                },
            ),
            event(
                "walk",
                "Walker",
                DraftTrigger::TimeToCollision {
                    entity: ego.clone(),
                    other: van.clone(),
                    time_s: 30.0,
                },
                DraftAction::SetOut,
            ),
            event(
                "slow",
                "Ego",
                DraftTrigger::Reaches {
                    entity: ego.clone(),
                    place: lane(-2, 60.0),
                    tolerance_m: 5.0,
                },
                DraftAction::Speed {
                    speed_mps: 8.0,
                    rate_mps2: 2.0,
                },
            ),
            event(
                "fast",
                "Ego",
                DraftTrigger::Faster {
                    entity: ego,
                    speed_mps: 50.0,
                },
                DraftAction::Speed {
                    speed_mps: 0.0,
                    rate_mps2: 2.0,
                },
            ),
        ],
        duration_s: 12.0,
    }
}

#[test]
fn a_draft_is_valid_and_comes_back_from_its_file() {
    let folder = tempfile::tempdir().expect("folder");
    std::fs::create_dir(folder.path().join("maps")).expect("folder");
    std::fs::copy(map_file(), folder.path().join("maps/boulevard.xodr")).expect("copies");
    let draft = draft();
    let text = draft.to_xml(&map()).expect("writes");
    let file = folder.path().join("draft.xosc");
    std::fs::write(&file, &text).expect("writes");
    let scenario = Scenario::load_with(&file, &LoadOptions::default()).expect("is valid");
    let warnings: Vec<_> = scenario.warnings.iter().map(|w| &w.text).collect();
    assert!(warnings.is_empty(), "{warnings:?}");
    assert_eq!(scenario.entities.len(), 3);
    assert_eq!(Draft::read(&file, &Limits::default()), Ok(draft));
    let other = Path::new(env!("CARGO_MANIFEST_DIR")).join("regression/cut_in.xosc");
    let error = Draft::read(&other, &Limits::default()).expect_err("is no draft");
    assert!(error.to_string().contains("skidpad.draft"), "{error}");
}

#[test]
fn whoever_is_taken_out_leaves_nothing_behind() {
    let mut draft = draft();
    draft.rename_entity("Van \"2\" <b>", "Van");
    assert!(draft.events.iter().filter(|e| e.actor == "Van").count() == 2);
    draft.remove_entity("Van");
    let left: Vec<_> = draft.events.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(left, ["slow", "fast"]);
    assert_eq!(draft.free_name("Ego"), "Ego 2");
    assert!(Draft::default().to_xml(&map()).is_err());
    draft.entities[0].start = lane(-77, 20.0);
    let error = draft.to_xml(&map()).expect_err("no such lane");
    assert!(error.contains("Ego") && error.contains("-77"), "{error}");
}

#[test]
fn a_click_on_a_lane_gives_its_place_and_heading() {
    let map = map();
    for lane_id in [-2, -1, 1, 2] {
        let on = lane(lane_id, 50.0);
        let pose = on.pose(&map).expect("there");
        assert_eq!(DraftPlace::at(&map, pose.x_m, pose.y_m, 0.0), on);
        let is_against = pose.heading().x < 0.0;
        assert_eq!(is_against, lane_id > 0, "{lane_id}");
    }
    let beside = DraftPlace::at(&map, 60.0, -40.0, 0.5);
    assert!(matches!(beside, DraftPlace::World(pose) if pose.yaw_rad == 0.5));
}
