//! What the viewer costs: its own work a frame, and the way to any tick of a long record.

use std::sync::Arc;
use std::time::Instant;

use scenarios::generate::MapKind;
use sim::message::{DriveCommand, LidarPoint, LidarScan};
use sim::record::RecordOptions;
use sim::tick::Pipeline;
use viewer::app::App;
use viewer::run::{Frame, Lazy, Mind, Run, RunInfo, Scans, Timed};
use viewer::settings::Settings;
use viewer::window;

use super::batch::{generated, placed, world};
use super::{BenchArgs, Failure, Figure};

/// Actors in the picture.
const ACTORS: usize = 100;
/// Beams of the lidar, and columns of a turn.
const BEAMS: u16 = 64;
const COLUMNS: u16 = 1800;
/// Ticks between turns.
const TURN_TICKS: usize = 2;
/// Frames that are timed.
const FRAMES: u32 = 300;
/// Length of the record, seconds.
const RECORD_S: f64 = 300.0;

/// Measures the viewer.
pub(super) fn view(_: &BenchArgs) -> Result<Vec<Figure>, Failure> {
    let map = generated(MapKind::Town, 7)?;
    let actors = placed(&map, 7, ACTORS);
    let mut sim = world(&map, 7, &actors);
    let mut pipeline = Pipeline::new(Vec::new());
    let mut frames: Vec<Arc<Frame>> = Vec::new();
    for _ in 0..400 {
        pipeline.tick(std::slice::from_mut(&mut sim));
        let before = frames.last().cloned();
        let mut frame = Frame::of(&sim, before.as_deref());
        give_scans(&mut frame, before.as_deref());
        frames.push(Arc::new(frame));
    }
    let count = frames.last().map_or(0, |frame| frame.actors.len());
    let ego = frames
        .last()
        .and_then(|frame| frame.minds.first())
        .map(|mind| mind.actor);
    let info = RunInfo {
        title: "bench".into(),
        map,
        dt_s: sim.tick().dt_s,
        ego,
        story: Arc::default(),
        level: None,
        duration_s: None,
    };
    let mut app = App::new(Run::of(info, frames, Vec::new()), quiet());
    app.selected = ego;
    app.clock.is_playing = true;
    let mut times = window::frame_times(app, [1920, 1080], FRAMES)
        .map_err(|e| Failure::internal(e.to_string()))?;
    times.sort();
    let ms = |at: usize| times.get(at).map_or(f64::NAN, |t| t.as_secs_f64() * 1e3);
    let figure = |name: String, value: f64, unit| Figure { name, value, unit };
    let scene = format!("{count} actors and a cloud of {BEAMS} beams");
    let mut figures = vec![
        figure(
            format!("{scene}: own work a frame, middle"),
            ms(times.len() / 2),
            "ms",
        ),
        figure(
            format!("{scene}: own work a frame, 95 %"),
            ms(times.len() * 95 / 100),
            "ms",
        ),
        // A new cloud comes ten times a second.
        figure(
            format!("{scene}: a frame with a new cloud, worst"),
            ms(times.len() - 1),
            "ms",
        ),
    ];
    figures.extend(scrubbing()?);
    Ok(figures)
}

fn quiet() -> Settings {
    Settings {
        hints_seen: true,
        ..Settings::default()
    }
}

/// A cloud about the first driver, another one each turn.
fn give_scans(frame: &mut Frame, before: Option<&Frame>) {
    if frame.minds.is_empty()
        && let Some(actor) = frame.actors.first()
    {
        frame.minds.push(Mind {
            actor: actor.id,
            driver: None,
            command: DriveCommand::default(),
            odometry: None,
            detections: None,
            tracks: None,
            predictions: None,
            trajectory: None,
            scans: None,
            images: None,
        });
    }
    let Some(mind) = frame.minds.first_mut() else {
        return;
    };
    let old = before.and_then(|b| b.minds.first()?.scans.clone());
    mind.scans = match old {
        Some(old) if !frame.tick.is_multiple_of(TURN_TICKS as u64) => Some(old),
        _ => Some(Timed::new(frame.time_s, Lazy::here(cloud(frame.time_s)))),
    };
}

fn cloud(time_s: f64) -> Scans {
    let mut points = Vec::with_capacity(usize::from(BEAMS) * usize::from(COLUMNS));
    for column in 0..COLUMNS {
        let (s, c) = sim::math::sin_cos(f64::from(column) / f64::from(COLUMNS) * sim::math::TAU);
        for ring in 0..BEAMS {
            let far_m = 4.0 + f64::from(ring) * 0.9;
            points.push(LidarPoint {
                x_m: (far_m * c) as f32,
                y_m: (far_m * s) as f32,
                z_m: 0.1 * f32::from(ring % 7),
                intensity: f32::from(ring) / f32::from(BEAMS),
                ring,
                column,
            });
        }
    }
    let scan = LidarScan {
        sensor: "bench".into(),
        time_s,
        origin_m: [0.0, 0.0, 1.8],
        points,
    };
    Scans {
        scans: vec![scan],
        truths: Vec::new(),
    }
}

/// The way to ticks all over a record, with everything that the panels need of them.
fn scrubbing() -> Result<[Figure; 2], Failure> {
    let folder = std::env::temp_dir().join(format!("skidpad-bench-view-{}", std::process::id()));
    let file = folder.join("long.mcap");
    let map_file = folder.join("town.xodr");
    let wrong = |e: &dyn std::fmt::Display| Failure::internal(e.to_string());
    std::fs::create_dir_all(&folder).map_err(|e| wrong(&e))?;
    let measured = (|| {
        let made = scenarios::generate::map(MapKind::Town, 7);
        std::fs::write(&map_file, made).map_err(|e| wrong(&e))?;
        let map = generated(MapKind::Town, 7)?;
        let mut sim = world(&map, 7, &placed(&map, 7, ACTORS));
        let about = serde_json::json!({"map": map_file, "dt_s": sim.tick().dt_s, "story": []});
        let record = RecordOptions {
            record: Some(file.clone()),
            about: Some(about),
            ..RecordOptions::default()
        };
        sim::record::start(&mut sim, &record).map_err(|e| wrong(&e))?;
        let mut pipeline = Pipeline::new(Vec::new());
        while sim.tick().time_s() < RECORD_S {
            pipeline.tick(std::slice::from_mut(&mut sim));
        }
        sim::record::finish(&mut sim).map_err(|e| wrong(&e))?;
        let begun = Instant::now();
        let mut run = viewer::run::record(file.clone(), viewer::run::RecordOptions::default());
        run.wait_for(u64::MAX);
        let open_s = begun.elapsed().as_secs_f64();
        if let Some(reason) = run.failure {
            return Err(Failure::internal(reason));
        }
        let last = run.span().map_or(0, |(_, last)| last);
        let mut app = App::new(run, quiet());
        let context = egui::Context::default();
        let mut worst_s = 0.0f64;
        for step in 0..200u64 {
            let tick = step * 7919 % (last + 1);
            let begun = Instant::now();
            app.seek(tick);
            app.update(0.0);
            let input = egui::RawInput {
                screen_rect: Some(egui::Rect::from_min_size(
                    egui::Pos2::ZERO,
                    egui::vec2(1920.0, 1080.0),
                )),
                ..egui::RawInput::default()
            };
            let output = context.run_ui(input, |ui| viewer::ui::draw(ui, &mut app));
            std::hint::black_box(context.tessellate(output.shapes, 1.0));
            // The first frames lay the panels out and read the fonts.
            if step >= 5 {
                worst_s = worst_s.max(begun.elapsed().as_secs_f64());
            }
        }
        let name = |what: &str| {
            format!("record of {RECORD_S:.0} s with {ACTORS} vehicles asked for: {what}")
        };
        let figure = |what: &str, value, unit| Figure {
            name: name(what),
            value,
            unit,
        };
        Ok([
            figure("to read it", open_s, "s"),
            figure("to any tick, worst of 195", worst_s * 1e3, "ms"),
        ])
    })();
    std::fs::remove_dir_all(&folder).ok();
    measured
}
