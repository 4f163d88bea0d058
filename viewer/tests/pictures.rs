//! Pictures of every camera and panel, held against those in `pictures/` with a tolerance for other drivers.
//!
//! They are made again, to be looked at and committed, when the look is meant to change:
//! `SKIDPAD_MINT=1 cargo test --release --workspace --test pictures`. Without a Vulkan adapter nothing is compared,
//! which the test says.

#![allow(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test may panic, and tells what it left out"
)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use game::level::Level;
use image::RgbaImage;
use runner::{OnRails, RunOptions};
use scenarios::draft::Draft;
use sim::actor::ActorClass;
use sim::input::Limits;
use sim::message::DriverSpec;
use sim::road::RoadNetwork;
use sim::sensor::Daylight;
use viewer::app::App;
use viewer::author::Tool;
use viewer::camera::CameraMode;
use viewer::command::Command;
use viewer::run::{AnyDrivers, Edit, live};
use viewer::settings::Settings;
use viewer::ui::Tab;
use viewer::window::{WindowError, pictures};

const SIZE: [u32; 2] = [960, 540];
/// Mean difference of a channel that is allowed, of 255.
const MEAN: f64 = 3.0;
/// A pixel is another from this difference of a channel on.
const OTHER: u8 = 48;
/// Share of pixels that may be others.
const SHARE: f64 = 0.02;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/pictures")
}

fn settings() -> Settings {
    Settings {
        hints_seen: true,
        ..Settings::default()
    }
}

fn app() -> App {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/regression/red_light.xosc");
    let options = RunOptions::new(file, DriverSpec::Scripted);
    let mut app = App::new(live(options, Arc::new(OnRails)), settings());
    app.wait_for(6.0);
    assert_eq!(app.run().failure, None);
    app
}

/// Name of a picture, and what is to be done before it.
type Step = (&'static str, fn(&mut App));

/// All pictures; changes add up.
fn steps() -> Vec<Step> {
    vec![
        ("follow", |_| {}),
        ("driver", |app| app.set_camera(CameraMode::Driver)),
        ("top", |app| app.set_camera(CameraMode::Top)),
        ("orbit", |app| {
            app.set_camera(CameraMode::Follow);
            app.set_camera(CameraMode::Orbit);
        }),
        ("free", |app| {
            app.set_camera(CameraMode::Free);
            app.views[0].fly([-6.0, 4.0, 5.0]);
        }),
        ("split", |app| {
            app.set_camera(CameraMode::Follow);
            app.apply(Command::Split);
        }),
        ("branch", |app| {
            app.apply(Command::Split);
            app.show(Tab::Branch);
        }),
        ("mind", |app| app.show(Tab::Mind)),
        ("networks", |app| app.show(Tab::Network)),
        ("log", |app| app.show(Tab::Log)),
        ("profiler", |app| app.show(Tab::Profile)),
        ("compare", |app| {
            let ego = app.ego().expect("an ego");
            app.history.change(|d| {
                d.edits.push(Edit::Speed {
                    actor: ego,
                    speed_mps: 2.0,
                });
            });
            app.branch();
            let current = app.current;
            app.runs[current].wait_for(160);
            app.runs[0].wait_for(160);
            app.seek(150);
            app.show(Tab::Compare);
        }),
        ("side_by_side", |app| app.apply(Command::SideBySide)),
        ("stereo", |app| app.apply(Command::Stereo)),
        ("rain_at_night", |app| {
            app.apply(Command::Stereo);
            let light = Daylight {
                sun_elevation_rad: -0.3,
                rain_mmph: 20.0,
                ..Daylight::default()
            };
            app.history.change(|d| d.edits.push(Edit::Light(light)));
            app.branch();
            let current = app.current;
            app.runs[current].wait_for(152);
            app.other = None;
            app.show(Tab::Inspector);
        }),
        ("keys", |app| app.apply(Command::Keys)),
        ("palette", |app| {
            app.apply(Command::Keys);
            app.apply(Command::Palette);
        }),
        ("hints_in_light", |app| {
            app.palette = None;
            app.settings.is_light = true;
            app.apply(Command::Hints);
        }),
    ]
}

/// Mean difference and share of other pixels.
fn difference(a: &RgbaImage, b: &RgbaImage) -> (f64, f64) {
    let (mut sum, mut others) = (0u64, 0u64);
    for (p, q) in a.pixels().zip(b.pixels()) {
        let off = [0, 1, 2].map(|i| p.0[i].abs_diff(q.0[i]));
        sum += off.iter().map(|d| u64::from(*d)).sum::<u64>();
        others += u64::from(off.iter().any(|d| *d >= OTHER));
    }
    let count = f64::from(a.width() * a.height());
    (sum as f64 / 3.0 / count, others as f64 / count)
}

/// A scenario that is being made.
fn author() -> App {
    let map_file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../scenarios/regression/maps/boulevard.xodr");
    let map = RoadNetwork::load(&map_file, &Limits::default()).expect("loads");
    let draft = Draft {
        map_file: "boulevard.xodr".into(),
        duration_s: 20.0,
        ..Draft::default()
    };
    let options = RunOptions::new("made.xosc", DriverSpec::Scripted);
    let drivers: AnyDrivers = Arc::new(OnRails);
    let file = PathBuf::from("made.xosc");
    let mut app = App::author(draft, file, Arc::new(map), (options, drivers), settings());
    // About the middle of the road, which is looked at first.
    let map = app.author.as_ref().map(|author| author.map.clone());
    let road = map.and_then(|map| Some(map.road(map.road_index("1")?)?.length_m));
    let middle_m = road.expect("a road") / 2.0;
    for (class, from, to) in [
        (ActorClass::Car, (-15.0, -5.25), (40.0, -5.25)),
        (ActorClass::Bus, (0.0, -1.75), (60.0, -1.75)),
        (ActorClass::Pedestrian, (12.0, 9.0), (12.0, -9.0)),
    ] {
        app.set_tool(Tool::Place(class));
        app.click_map(middle_m + from.0, from.1);
        app.set_tool(Tool::Route);
        app.click_map(middle_m + to.0, to.1);
    }
    app.add_event();
    app
}

/// A level that is being made.
fn level() -> App {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets/levels/12_the_warden.ron");
    let level = Level::load(&file, &Limits::default()).expect("loads");
    let mut options = RunOptions::new(file, DriverSpec::Scripted);
    options.scenario = "warden.ron".into();
    let drivers: AnyDrivers = Arc::new(OnRails);
    App::tiles(level, (options, drivers), settings()).expect("a layout")
}

#[test]
fn every_camera_and_panel_looks_as_it_did() {
    check(app(), &steps());
}

#[test]
fn what_is_made_looks_as_it_did() {
    check(author(), &[("author", |_| {})]);
    check(level(), &[("level", |_| {})]);
}

/// Holds pictures of a viewer against those that are known.
fn check(app: App, steps: &[Step]) {
    let made = pictures(app, SIZE, steps.len(), |app, number| {
        if let Some((_, step)) = steps.get(number) {
            step(app);
        }
        app.status = None;
        // What a clock on the wall has measured is never twice the same.
        app.shows_timings = false;
    });
    let made = match made {
        Ok(made) => made,
        Err(WindowError::Graphics(reason)) => {
            assert!(
                std::env::var_os("CI").is_none(),
                "in CI there is a Vulkan driver: {reason}"
            );
            eprintln!("pictures are not compared: {reason}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mint = std::env::var_os("SKIDPAD_MINT").is_some();
    let mut wrong = Vec::new();
    for ((name, _), picture) in steps.iter().zip(&made) {
        let file = folder().join(format!("{name}.png"));
        if mint {
            viewer::window::write(picture, &file).expect("writes");
            continue;
        }
        let known = image::open(&file)
            .expect("a picture to compare with")
            .to_rgba8();
        assert_eq!(known.dimensions(), picture.dimensions(), "{name}");
        let (mean, share) = difference(picture, &known);
        if mean > MEAN || share > SHARE {
            let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}.png"));
            viewer::window::write(picture, &out).expect("writes");
            wrong.push(format!(
                "{name}: mean {mean:.2}, {:.2} % other: {}",
                share * 100.0,
                out.display()
            ));
        }
    }
    // No two of them are the same, or a step has done nothing.
    for (number, pair) in made.windows(2).enumerate() {
        assert!(
            pair[0] != pair[1],
            "{} is as the one before",
            steps[number + 1].0
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
