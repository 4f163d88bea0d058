//! What a user does, by real clicks and keys: open, play, break at a condition, branch, compare.

#![allow(clippy::expect_used, reason = "a test may panic")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable;
use runner::{OnRails, RunOptions};
use sim::message::DriverSpec;
use viewer::app::App;
use viewer::compare::{Comparison, Difference};
use viewer::run::{Edit, live};
use viewer::settings::Settings;
use viewer::ui::Tab;

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../scenarios/regression")
        .join(name)
}

fn options(name: &str) -> RunOptions {
    RunOptions::new(scenario(name), DriverSpec::Scripted)
}

fn app(name: &str) -> App {
    let settings = Settings {
        hints_seen: true,
        ..Settings::default()
    };
    let mut app = App::new(live(options(name), Arc::new(OnRails)), settings);
    app.wait_for(0.0);
    app
}

fn open(name: &str) -> Harness<'static, App> {
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1600.0, 900.0))
        .build_ui_state(|ui, app: &mut App| viewer::ui::draw(ui, app), app(name));
    harness.run_steps(3);
    harness
}

/// Plays until something happens, frame by frame.
fn play_until(harness: &mut Harness<'static, App>, mut done: impl FnMut(&App) -> bool) {
    for _ in 0..4000 {
        harness.state_mut().update(0.016);
        harness.step();
        if done(harness.state()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    panic!("nothing happened");
}

#[test]
fn space_plays_and_arrows_step() {
    let mut harness = open("cut_in.xosc");
    assert_eq!(harness.state().clock.tick(), 0);
    harness.key_press(Key::ArrowRight);
    play_until(&mut harness, |app| {
        app.run().span().is_some_and(|(_, last)| last >= 1)
    });
    harness.key_press(Key::ArrowRight);
    harness.run_steps(2);
    let stepped = harness.state().clock.tick();
    assert!(stepped >= 1);
    harness.get_by_label("▶ Play").click();
    harness.run_steps(2);
    assert!(harness.state().clock.is_playing);
    play_until(&mut harness, |app| app.clock.tick() > stepped + 20);
    harness.key_press(Key::Space);
    harness.run_steps(2);
    assert!(!harness.state().clock.is_playing);
    harness.key_press(Key::Home);
    harness.run_steps(2);
    assert_eq!(harness.state().clock.tick(), 0);
}

#[test]
fn a_breakpoint_is_written_and_stops_the_run_where_it_becomes_true() {
    let mut harness = open("cut_in.xosc");
    harness.get_by_label("New breakpoint").focus();
    harness.run_steps(1);
    harness
        .get_by_label("New breakpoint")
        .type_text("state(\"cut in\") == \"running\"");
    harness.run_steps(1);
    harness.key_press(Key::Enter);
    harness.run_steps(2);
    assert_eq!(
        harness.state().history.now().breaks.len(),
        1,
        "{:?}",
        harness.state().status
    );
    harness.state_mut().clock.speed = f64::INFINITY;
    harness.state_mut().clock.is_playing = true;
    play_until(&mut harness, |app| !app.clock.is_playing);
    let app = harness.state();
    let tick = app.clock.tick();
    let began = app
        .run()
        .events
        .iter()
        .find(|e| e.element == "cut in" && e.to == "runningState");
    let began = began.expect("it runs").time_s;
    let shown_s = tick as f64 * app.dt_s();
    assert!(
        (shown_s - began).abs() < 2.0 * app.dt_s(),
        "{shown_s} {began}"
    );
    assert!(app.status.as_ref().is_some_and(|s| s.contains("Stopped")));
}

#[test]
fn what_is_no_expression_is_told_and_not_taken() {
    let mut app = app("cut_in.xosc");
    assert!(app.add_break("speed(ego) >").is_err());
    assert!(app.add_break("while true {}").is_err());
    assert!(app.history.now().breaks.is_empty());
    let unknown = app.signals.read("speed(nobody)").expect("reads");
    let error = app
        .signals
        .value(&unknown, app.run(), 0)
        .expect_err("nobody is there");
    assert!(error.contains("no actor nobody"), "{error}");
}

#[test]
fn a_branch_parts_from_its_run_and_the_differences_are_listed() {
    let mut app = app("cut_in.xosc");
    app.clock.is_playing = true;
    app.clock.speed = f64::INFINITY;
    app.wait_for(4.0);
    let ego = app.ego().expect("an ego");
    let speed = app
        .frame()
        .and_then(|f| f.actor(ego))
        .expect("there")
        .state
        .speed_mps;
    app.selected = Some(ego);
    let mut harness = Harness::builder()
        .with_size(egui::vec2(1600.0, 900.0))
        .build_ui_state(|ui, app: &mut App| viewer::ui::draw(ui, app), app);
    harness.state_mut().show(Tab::Branch);
    harness.run_steps(3);
    harness.state_mut().history.change(|d| {
        d.edits.push(Edit::Speed {
            actor: ego,
            speed_mps: speed / 2.0,
        });
    });
    let tick = harness.state().clock.tick();
    harness.run_steps(2);
    harness.get_by_label("Branch here").click();
    harness.run_steps(2);
    assert_eq!(
        harness.state().runs.len(),
        2,
        "{:?}",
        harness.state().status
    );
    harness.state_mut().show(Tab::Compare);
    play_until(&mut harness, |app| {
        app.runs
            .iter()
            .all(|run| run.span().is_some_and(|(_, last)| last > tick + 40))
    });
    let app = harness.state();
    let mut comparison = Comparison::default();
    let found = comparison.update(&app.runs[1], &app.runs[0], Duration::MAX);
    let apart = |d: &Difference| matches!(d, Difference::Apart { actor, off_m, .. } if actor == "Ego" && *off_m > 1.0);
    assert!(found.iter().any(apart), "{found:?}");
    // Both have the same ticks until the branch.
    assert!(
        found
            .iter()
            .all(|d| d.time_s() >= tick as f64 * app.dt_s() - 1e-9)
    );
    // Until the branch they are one.
    let before = app.runs[0]
        .frame(tick)
        .and_then(|f| f.actor(ego))
        .expect("there")
        .state;
    let branch = app.runs[1]
        .frame(tick)
        .expect("there")
        .actor(ego)
        .expect("there")
        .state;
    assert_eq!(before.pose, branch.pose);
    assert!(branch.speed_mps < before.speed_mps);
}

#[test]
fn undo_takes_back_what_was_set() {
    let mut harness = open("cut_in.xosc");
    harness.key_press(Key::M);
    harness.run_steps(2);
    assert_eq!(harness.state().history.now().bookmarks.len(), 1);
    harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
    harness.run_steps(2);
    assert!(harness.state().history.now().bookmarks.is_empty());
}

#[test]
fn the_palette_finds_a_command_and_does_it() {
    let mut harness = open("cut_in.xosc");
    harness.key_press_modifiers(Modifiers::COMMAND, Key::P);
    harness.run_steps(3);
    harness.event(egui::Event::Text("top-down".into()));
    harness.run_steps(2);
    harness.key_press(Key::Enter);
    harness.run_steps(3);
    let app = harness.state();
    assert_eq!(app.views[0].mode, viewer::camera::CameraMode::Top);
    assert!(app.palette.is_none());
}

/// Something that a panel shows with nobody selected, and with the ego vehicle.
fn shown(tab: Tab) -> [&'static str; 2] {
    match tab {
        Tab::Scene => ["Scene view 1"; 2],
        Tab::Story => ["Cutter maneuver"; 2],
        Tab::Actors => ["2 of 2 actors"; 2],
        Tab::Log => ["Init Ego"; 2],
        Tab::Inspector => [
            "Click on an actor in the scene or in the list.",
            "Description",
        ],
        // Without a selection it is about the ego vehicle.
        Tab::Mind => ["scripted"; 2],
        Tab::Network => ["The selected actor is driven by no network."; 2],
        Tab::Watch => ["What expressions may use"; 2],
        Tab::Branch => ["Select an actor to move it or to change its speed.", "move"],
        Tab::Author => ["Open a map (.xodr) with skidpad view to make a scenario on it."; 2],
        Tab::Compare => ["Branch, or open a second run, to compare."; 2],
        Tab::Profile => ["0 events in memory"; 2],
    }
}

#[test]
fn every_panel_shows_what_it_is_for_whoever_is_selected() {
    let mut harness = open("cut_in.xosc");
    let events = harness.state().run().events.len();
    for tab in Tab::PANELS {
        harness.state_mut().show(tab);
        for (selected, text) in [None, harness.state().ego()].into_iter().zip(shown(tab)) {
            harness.state_mut().selected = selected;
            harness.run_steps(3);
            // What a closer look finds comes from another thread.
            harness.state_mut().update(0.0);
            harness.state_mut().runs[0].wait_look();
            harness.run_steps(2);
            let text = text.replace("0 events", &format!("{events} events"));
            let is_there = harness.query_all_by_label_contains(&text).next().is_some();
            assert!(is_there, "{tab:?} with {selected:?}: {text}");
        }
    }
}

#[test]
fn a_click_in_the_scene_selects_what_is_there() {
    let mut harness = open("cut_in.xosc");
    harness.state_mut().selected = None;
    harness.run_steps(2);
    let rect = harness.state().view_rects[0].expect("shown");
    // The camera follows the ego vehicle, which is about the middle.
    let at = rect.center() + egui::vec2(0.0, 0.08 * rect.height());
    harness.hover_at(at);
    harness.run_steps(1);
    harness.drag_at(at);
    harness.run_steps(1);
    harness.drop_at(at);
    harness.run_steps(2);
    assert_eq!(harness.state().selected, harness.state().ego());
}

/// A scenario beside its maps and catalogues, in a folder that may be written to.
fn copied(folder: &Path) -> PathBuf {
    let from = scenario("");
    for part in ["maps", "catalogs"] {
        if from.join(part).is_dir() {
            std::fs::create_dir_all(folder.join(part)).expect("folder");
            for entry in std::fs::read_dir(from.join(part)).expect("folder") {
                let entry = entry.expect("entry");
                std::fs::copy(entry.path(), folder.join(part).join(entry.file_name()))
                    .expect("copies");
            }
        }
    }
    let file = folder.join("cut_in.xosc");
    std::fs::copy(scenario("cut_in.xosc"), &file).expect("copies");
    file
}

#[test]
fn a_branch_that_is_saved_runs_again_as_it_did() {
    let folder = tempfile::tempdir().expect("folder");
    let options = RunOptions::new(copied(folder.path()), DriverSpec::Scripted);
    let mut app = App::new(
        live(options.clone(), Arc::new(OnRails)),
        Settings::default(),
    );
    app.wait_for(3.0);
    let cutter = app
        .frame()
        .and_then(|f| Some(f.actor_named("Cutter")?.clone()))
        .expect("there");
    let mut pose = cutter.state.pose;
    pose.x_m += 4.0;
    app.history.change(|d| {
        d.edits.push(Edit::Move {
            actor: cutter.id,
            pose,
        });
        d.edits.push(Edit::Speed {
            actor: cutter.id,
            speed_mps: 7.5,
        });
    });
    app.branch();
    let current = app.current;
    app.runs[current].wait_for(u64::MAX);
    assert_eq!(app.run().failure, None);
    app.apply(viewer::command::Command::SaveBranch);
    let status = app.status.clone().expect("told");
    let file = PathBuf::from(status.strip_prefix("Saved ").expect(&status));
    let again = RunOptions {
        scenario: file,
        ..options
    };
    let mut again = live(again, Arc::new(OnRails));
    again.wait_for(u64::MAX);
    assert_eq!(again.failure, None);
    let branch = app.run();
    let (first, last) = branch.span().expect("ticks");
    assert_eq!(again.span().map(|(_, last)| last), Some(last));
    let name = "Cutter";
    assert_eq!(first, 0);
    for tick in 0..=last {
        let there = |run: &viewer::run::Run| {
            run.frame(tick)
                .and_then(|f| Some(f.actor_named(name)?.state))
        };
        assert_eq!(there(&again), there(branch), "tick {tick}");
    }
}
