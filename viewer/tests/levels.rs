//! A game level in the viewer: played by the scripted player, painted by clicks, tried out, saved.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use game::level::{Cell, Level, Tile};
use runner::{OnRails, RunOptions};
use sim::input::Limits;
use sim::message::DriverSpec;
use viewer::app::App;
use viewer::run::{AnyDrivers, Edit, live};
use viewer::settings::Settings;

fn level_file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../assets/levels")
        .join(name)
}

fn settings() -> Settings {
    Settings {
        hints_seen: true,
        ..Settings::default()
    }
}

#[test]
fn a_game_is_changed_in_a_branch_and_the_saved_branch_plays_as_it_did() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("door.ron");
    std::fs::copy(level_file("02_red_door.ron"), &file).expect("copied");
    let options = RunOptions::new(file, DriverSpec::Scripted);
    let mut app = App::new(live(options.clone(), Arc::new(OnRails)), settings());
    app.wait_for(3.0);
    let player = app.ego().expect("a player");
    let tick = app.run().tick_at(2.0);
    let before = app.runs[0]
        .frame(tick)
        .expect("made")
        .actor(player)
        .expect("there")
        .state;
    // Back to where it came from, slower, and less skilled.
    let first = app.runs[0]
        .frame(0)
        .expect("made")
        .actor(player)
        .expect("there")
        .state;
    assert_ne!(before.pose, first.pose);
    let edits = [
        Edit::Move {
            actor: player,
            pose: first.pose,
        },
        Edit::Speed {
            actor: player,
            speed_mps: 3.0,
        },
        Edit::Parameter {
            name: "skill".into(),
            value: "0.5".into(),
        },
    ];
    let mut branch = app.run().branch(tick, &edits).expect("branches");
    branch.wait_for(u64::MAX);
    assert_eq!(branch.failure, None);
    let moved = branch
        .frame(tick)
        .expect("made")
        .actor(player)
        .expect("there")
        .state;
    assert_eq!(
        (moved.pose.x_m, moved.pose.y_m),
        (first.pose.x_m, first.pose.y_m)
    );
    let ending = branch.ending.clone().expect("ended");
    app.runs[0].wait_for(u64::MAX);
    assert_ne!(
        app.runs[0].ending.as_ref().expect("ended").state_hash,
        ending.state_hash
    );
    let saved = branch.save().expect("saves");
    let again = runner::run(&RunOptions::new(saved, DriverSpec::Scripted), &OnRails).expect("runs");
    assert_eq!(again.state_hash, ending.state_hash);
}

#[test]
fn a_level_is_played_to_its_end_and_branches_from_any_tick() {
    let options = RunOptions::new(level_file("02_red_door.ron"), DriverSpec::Scripted);
    let headless = runner::run(&options, &OnRails).expect("runs");
    let mut app = App::new(live(options, Arc::new(OnRails)), settings());
    app.wait_for(0.0);
    let info = app.run().info.clone().expect("begun");
    assert!(info.level.is_some());
    let player = app.ego().expect("a player");
    assert_eq!(
        app.frame()
            .and_then(|f| f.actor(player))
            .expect("there")
            .spec
            .name,
        "player"
    );
    app.runs[0].wait_for(u64::MAX);
    let ending = app.run().ending.clone().expect("ended");
    assert_eq!(ending.verdict.as_deref(), Some("passed"));
    assert_eq!(ending.state_hash, headless.state_hash);
    let events = &app.run().events;
    assert!(
        events
            .iter()
            .any(|e| e.element.contains("picked_up") || e.to.contains("red key"))
    );
    let mut branch = app.run().branch(40, &[]).expect("branches");
    branch.wait_for(u64::MAX);
    assert_eq!(branch.failure, None);
    let hash = branch.ending.as_ref().map(|e| e.state_hash.clone());
    assert_eq!(hash, Some(headless.state_hash));
    let edit = Edit::Light(sim::sensor::Daylight::default());
    let mut refused = app.run().branch(40, &[edit]).expect("begins");
    refused.wait_for(50);
    let reason = refused.failure.as_deref().expect("is refused");
    assert!(reason.contains("top speed"), "{reason}");
}

fn open(file: &Path) -> Harness<'static, App> {
    let level = Level::load(file, &Limits::default()).expect("loads");
    let options = RunOptions::new(file.to_owned(), DriverSpec::Scripted);
    let drivers: AnyDrivers = Arc::new(OnRails);
    let app = App::tiles(level, (options, drivers), settings()).expect("a layout");
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1600.0, 900.0))
        .build_ui_state(|ui, app: &mut App| viewer::ui::draw(ui, app), app);
    harness.run_steps(3);
    harness
}

/// Clicks where a cell is seen.
fn click(viewer: &mut Harness<'static, App>, cell: Cell) {
    let app = viewer.state();
    let rect = app.view_rects[0].expect("shown");
    let [x, y] = app
        .level
        .as_ref()
        .expect("a level")
        .layout
        .grid
        .center(cell);
    let eye = app.views[0].eye(None);
    let aspect = f64::from(rect.width() / rect.height());
    let place = nalgebra::Point3::new(x, y, 0.0);
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

#[test]
fn tiles_are_painted_taken_back_tried_and_saved() {
    let folder = tempfile::tempdir().expect("folder");
    let file = folder.path().join("level.ron");
    let text = r########"(name: "small", goals: [Reach("exit")], rows: ["#######", "#@...E#", "#.....#", "#######"])"########;
    std::fs::write(&file, text).expect("writes");
    let mut viewer = open(&file);
    let tile = |viewer: &Harness<'static, App>, cell: Cell| {
        viewer
            .state()
            .level
            .as_ref()
            .expect("a level")
            .layout
            .grid
            .tile(cell)
    };
    let cell = Cell::new(3, 1);
    assert_eq!(tile(&viewer, cell), Tile::Floor);
    click(&mut viewer, cell);
    assert_eq!(tile(&viewer, cell), Tile::Wall);
    viewer.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    viewer.run_steps(1);
    viewer.state_mut().update(0.0);
    viewer.run_steps(1);
    assert_eq!(tile(&viewer, cell), Tile::Floor);
    viewer.get_by_label("~ lava").click();
    viewer.run_steps(2);
    click(&mut viewer, cell);
    assert_eq!(tile(&viewer, cell), Tile::Lava);
    assert!(viewer.state().is_level_unsaved());

    viewer.key_press(Key::F5);
    viewer.run_steps(2);
    assert!(!viewer.state().is_painting(), "{:?}", viewer.state().status);
    assert!(!viewer.state().is_level_unsaved());
    viewer.state_mut().clock.speed = f64::INFINITY;
    for _ in 0..4000 {
        viewer.state_mut().update(0.016);
        if viewer.state().run().is_over() {
            break;
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    let ending = viewer.state().run().ending.clone().expect("ended");
    assert_eq!(
        ending.verdict.as_deref(),
        Some("passed"),
        "{:?}",
        ending.reasons
    );
    viewer.key_press_modifiers(Modifiers::SHIFT, Key::F5);
    viewer.run_steps(2);
    assert!(viewer.state().is_painting());
    let saved = Level::load(&file, &Limits::default()).expect("loads");
    assert_eq!(
        saved.layout().expect("a layout").grid.tile(cell),
        Tile::Lava
    );

    // A level without a start is told and not written.
    viewer.state_mut().paint_cell(Cell::new(1, 1));
    viewer.key_press_modifiers(Modifiers::COMMAND, Key::S);
    viewer.run_steps(2);
    let status = viewer.state().status.clone().expect("told");
    assert!(status.contains("start"), "{status}");
    assert_eq!(
        Level::load(&file, &Limits::default()).expect("loads"),
        saved
    );
}
