//! A scenario made on a map by clicks: placed, routed, given a trigger, tried out, saved, opened again; a vehicle
//! driven by keys.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use runner::{OnRails, RunOptions};
use scenarios::draft::{Draft, DraftAction, DraftTrigger};
use sim::actor::{ActorClass, ActorId};
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::road::RoadNetwork;
use viewer::app::App;
use viewer::author::{Tool, named_from};
use viewer::camera::CameraMode;
use viewer::run::AnyDrivers;
use viewer::settings::Settings;

type Viewer = Harness<'static, App>;

fn settings() -> Settings {
    Settings {
        hints_seen: true,
        ..Settings::default()
    }
}

/// The author's viewer on a map, in a folder of its own.
fn open(folder: &Path) -> Viewer {
    let from =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/regression/maps/boulevard.xodr");
    let map_file = folder.join("boulevard.xodr");
    std::fs::copy(from, &map_file).expect("copies");
    let file = folder.join("made.xosc");
    let draft = Draft {
        map_file: named_from(folder, &map_file),
        duration_s: 8.0,
        ..Draft::default()
    };
    edit(draft, file, &map_file)
}

fn edit(draft: Draft, file: PathBuf, map_file: &Path) -> Viewer {
    let map = RoadNetwork::load(map_file, &Limits::default()).expect("loads");
    let options = RunOptions::new(file.clone(), DriverSpec::Scripted);
    let drivers: AnyDrivers = Arc::new(OnRails);
    let app = App::author(draft, file, Arc::new(map), (options, drivers), settings());
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1600.0, 900.0))
        .build_ui_state(|ui, app: &mut App| viewer::ui::draw(ui, app), app);
    harness.run_steps(3);
    harness
}

fn steps(viewer: &mut Viewer, count: usize) {
    for _ in 0..count {
        viewer.state_mut().update(0.016);
        viewer.step();
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// Clicks in the scene where a place of the map is seen from above.
fn click(viewer: &mut Viewer, x_m: f64, y_m: f64) {
    let app = viewer.state_mut();
    app.set_camera(CameraMode::Top);
    if let Some(view) = app.view() {
        view.target_m = [x_m + 6.0, y_m + 3.0, 0.0];
        view.distance_m = 60.0;
        view.yaw_rad = 0.0;
    }
    viewer.run_steps(2);
    let app = viewer.state();
    let rect = app.view_rects[0].expect("shown");
    let eye = app.views[0].eye(app.followed());
    let aspect = f64::from(rect.width() / rect.height());
    let place = nalgebra::Point3::new(x_m, y_m, 0.0);
    let (right, up, _) = eye.project(&place, aspect).expect("seen");
    let at = rect.center()
        + egui::vec2(
            right as f32 * rect.width() / 2.0,
            -up as f32 * rect.height() / 2.0,
        );
    viewer.hover_at(at);
    viewer.run_steps(1);
    viewer.drag_at(at);
    viewer.run_steps(1);
    viewer.drop_at(at);
    viewer.run_steps(2);
}

/// Middle of a lane of the map's road at a station.
fn on_lane(viewer: &Viewer, lane_id: i32, s_m: f64) -> (f64, f64) {
    let map = &viewer.state().author.as_ref().expect("an author").map;
    let road = map.road_index("1").expect("a road");
    let at = map.lane_pose(&sim::road::LanePosition {
        road,
        lane_id,
        s_m,
        offset_m: 0.0,
    });
    let pose = at.expect("on the road").pose;
    (pose.x_m, pose.y_m)
}

#[test]
fn a_scenario_is_made_by_clicks_tried_saved_and_opened_again() {
    let folder = tempfile::tempdir().expect("folder");
    let mut viewer = open(folder.path());
    // Two cars on two lanes.
    viewer.state_mut().set_tool(Tool::Place(ActorClass::Car));
    for (lane_id, s_m) in [(-2, 20.0), (-1, 45.0)] {
        let (x, y) = on_lane(&viewer, lane_id, s_m);
        click(&mut viewer, x, y);
    }
    let draft = viewer.state().draft().expect("a draft").clone();
    let names: Vec<_> = draft.entities.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["Ego", "Car"]);
    assert_eq!(viewer.state().frame().map(|f| f.actors.len()), Some(2));
    // A click with the first tool selects who is there.
    viewer.get_by_label("selects").click();
    viewer.run_steps(2);
    let (x, y) = on_lane(&viewer, -2, 21.0);
    click(&mut viewer, x, y);
    assert_eq!(viewer.state().selected, Some(ActorId(0)));
    // A route for it, and an event of the other one.
    viewer.get_by_label("adds to the route").click();
    viewer.run_steps(2);
    let (x, y) = on_lane(&viewer, -2, 150.0);
    click(&mut viewer, x, y);
    viewer.state_mut().selected = Some(ActorId(1));
    viewer.run_steps(2);
    viewer.get_by_label("Add an event").click();
    viewer.run_steps(2);
    viewer.state_mut().edit(|draft| {
        draft.events[0].action = DraftAction::LaneChange {
            lanes: -1,
            over_s: 2.0,
        };
        draft.events[0].trigger = DraftTrigger::Time(1.0);
    });
    viewer.run_steps(2);
    let draft = viewer.state().draft().expect("a draft").clone();
    assert_eq!(draft.entities[0].route.len(), 1);
    assert_eq!(draft.events[0].actor, "Car");
    // Taken back and made again.
    viewer.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    viewer.run_steps(2);
    assert_eq!(
        viewer.state().draft().expect("a draft").events[0].trigger,
        DraftTrigger::Time(2.0)
    );
    viewer.key_press_modifiers(Modifiers::COMMAND | Modifiers::SHIFT, Key::Z);
    viewer.run_steps(2);
    assert_eq!(viewer.state().draft(), Some(&draft));
    assert!(viewer.state().is_unsaved());

    // Tried out: the car changes to the ego's lane.
    viewer.key_press(Key::F5);
    viewer.run_steps(2);
    assert!(!viewer.state().is_editing(), "{:?}", viewer.state().status);
    viewer.state_mut().clock.speed = f64::INFINITY;
    for _ in 0..2000 {
        steps(&mut viewer, 1);
        if viewer.state().run().is_over() {
            break;
        }
    }
    let app = viewer.state();
    assert_eq!(app.run().failure, None);
    let lateral = |tick: u64| {
        let frame = app.run().frame(tick)?;
        Some(frame.actor_named("Car")?.state.pose.y_m)
    };
    let moved = lateral(100).expect("there") - lateral(0).expect("there");
    assert!(moved < -2.5, "{moved}");
    assert!(!app.is_unsaved());
    viewer.key_press_modifiers(Modifiers::SHIFT, Key::F5);
    viewer.run_steps(2);
    assert!(viewer.state().is_editing());
    assert_eq!(viewer.state().runs.len(), 1);

    // The file holds the draft.
    let file = folder.path().join("made.xosc");
    assert_eq!(Draft::read(&file, &Limits::default()), Ok(draft.clone()));
    let again = edit(draft, file, &folder.path().join("boulevard.xodr"));
    assert!(!again.state().is_unsaved());
    assert_eq!(again.state().frame().map(|f| f.actors.len()), Some(2));
}

#[test]
fn a_draft_that_is_no_scenario_is_told_and_leaves_the_file() {
    let folder = tempfile::tempdir().expect("folder");
    let mut viewer = open(folder.path());
    viewer.key_press_modifiers(Modifiers::COMMAND, Key::S);
    viewer.run_steps(2);
    let status = viewer.state().status.clone().expect("told");
    assert!(status.contains("nobody takes part"), "{status}");
    assert!(!folder.path().join("made.xosc").exists());
}

#[test]
fn a_vehicle_is_driven_by_keys_and_goes_on_by_itself_after() {
    let folder = tempfile::tempdir().expect("folder");
    let mut viewer = open(folder.path());
    viewer.state_mut().set_tool(Tool::Place(ActorClass::Car));
    let (x, y) = on_lane(&viewer, -2, 20.0);
    click(&mut viewer, x, y);
    viewer
        .state_mut()
        .edit(|draft| draft.entities[0].speed_mps = 5.0);
    viewer.key_press(Key::F5);
    viewer.run_steps(2);
    steps(&mut viewer, 30);
    viewer.state_mut().selected = None;
    viewer.state_mut().clock.is_playing = false;
    viewer.key_press(Key::G);
    viewer.run_steps(2);
    let status = viewer.state().status.clone();
    assert!(viewer.state().hand.is_some(), "{status:?}");
    viewer.key_down(Key::W);
    for _ in 0..600 {
        steps(&mut viewer, 1);
        if viewer.state().clock.tick() > 90 {
            break;
        }
    }
    let app = viewer.state();
    assert_eq!(app.run().failure, None);
    let speed = |tick: u64| app.run().frame(tick).map(|f| f.actors[0].state.speed_mps);
    let first = app.run().changed.first().expect("changed").0;
    let (before, after) = (speed(first).expect("there"), speed(90).expect("there"));
    assert!(after > before + 2.0, "{before} {after}");
    viewer.key_up(Key::W);
    viewer.key_press(Key::G);
    viewer.run_steps(2);
    assert!(viewer.state().hand.is_none());
    let ticks = viewer.state().clock.tick();
    steps(&mut viewer, 20);
    let app = viewer.state();
    assert!(app.clock.tick() > ticks);
    assert_eq!(app.run().failure, None);
    let mind = app
        .frame()
        .and_then(|f| f.mind(ActorId(0)).map(|m| m.driver));
    assert_eq!(mind, None, "on its rails");
}
