//! Changes at this tick, and the future that they make.

use sim::message::DriverSpec;

use super::theme;
use crate::app::App;
use crate::command::Command;
use crate::run::Edit;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    if !app.run().is_live() {
        ui.weak("A record can't go on otherwise. Open its scenario to branch.");
        return;
    }
    let here_s = app.clock.tick() as f64 * app.dt_s();
    ui.label(format!("At {here_s:.2} s, change:"));
    selected(ui, app);
    light(ui, app);
    weights(ui, app);
    parameter(ui, app);
    ui.separator();
    let mut removed = None;
    for (number, edit) in app.history.now().edits.iter().enumerate() {
        ui.horizontal(|ui| {
            ui.label(describe(app, edit));
            if ui.small_button("✖").on_hover_text("Remove").clicked() {
                removed = Some(number);
            }
        });
    }
    if let Some(number) = removed {
        app.history.change(|d| {
            d.edits.remove(number);
        });
    }
    if app.history.now().edits.is_empty() {
        ui.weak("No change yet: the branch would be as the run.");
    }
    ui.horizontal(|ui| {
        if ui.button("Branch here").clicked() {
            app.apply(Command::Branch);
        }
        ui.weak("(B)");
        let is_branch = !app.run().changed.is_empty();
        let save = ui.add_enabled(is_branch, egui::Button::new("Save as scenario"));
        if save
            .on_hover_text("Beside the scenario of the run")
            .clicked()
        {
            app.apply(Command::SaveBranch);
        }
    });
}

fn selected(ui: &mut egui::Ui, app: &mut App) {
    let Some(actor) = app.selected.and_then(|id| app.frame()?.actor(id)).cloned() else {
        ui.weak("Select an actor to move it or to change its speed.");
        return;
    };
    ui.colored_label(theme::color_of(actor.id), &actor.spec.name);
    let edits = &app.history.now().edits;
    let speed_mps = edits.iter().find_map(|e| match e {
        Edit::Speed {
            actor: id,
            speed_mps,
        } if *id == actor.id => Some(*speed_mps),
        _ => None,
    });
    let is_game = app
        .run()
        .info
        .as_ref()
        .is_some_and(|info| info.level.is_some());
    let now_mps = if is_game {
        actor.spec.performance.max_speed_mps
    } else {
        actor.state.speed_mps
    };
    let mut speed = speed_mps.unwrap_or(now_mps);
    ui.horizontal(|ui| {
        ui.label(if is_game { "top speed" } else { "speed" });
        let drag = ui.add(
            egui::DragValue::new(&mut speed)
                .speed(0.1)
                .suffix(" m/s")
                .max_decimals(2),
        );
        if drag.changed() {
            set(
                app,
                Edit::Speed {
                    actor: actor.id,
                    speed_mps: speed,
                },
            );
        }
    });
    if actor.spec.class.is_vehicle() && !is_game {
        driver(ui, app, actor.id);
    }
    let pose = edits_pose(app, actor.id).unwrap_or(actor.state.pose);
    let (mut ahead, mut left, mut turn) = {
        let (a, l) = actor.state.pose.to_local_xy(pose.x_m, pose.y_m);
        (a, l, (pose.yaw_rad - actor.state.pose.yaw_rad).to_degrees())
    };
    ui.horizontal(|ui| {
        ui.label("move");
        let mut is_changed = false;
        for (value, suffix) in [
            (&mut ahead, " m ahead"),
            (&mut left, " m left"),
            (&mut turn, "°"),
        ] {
            let drag = egui::DragValue::new(value)
                .speed(0.05)
                .suffix(suffix)
                .max_decimals(2);
            is_changed |= ui.add(drag).changed();
        }
        if is_changed {
            let mut pose = actor.state.pose;
            (pose.x_m, pose.y_m) = actor.state.pose.to_world_xy(ahead, left);
            pose.yaw_rad = sim::math::wrap_angle(pose.yaw_rad + turn.to_radians());
            set(
                app,
                Edit::Move {
                    actor: actor.id,
                    pose,
                },
            );
        }
    });
}

/// Drivers that an actor may be given to.
const DRIVERS: [DriverSpec; 5] = [
    DriverSpec::Scripted,
    DriverSpec::Idm,
    DriverSpec::Expert,
    DriverSpec::Learned,
    DriverSpec::Traffic,
];

fn driver_name(driver: DriverSpec) -> String {
    match driver {
        DriverSpec::Scripted => "storyboard".into(),
        DriverSpec::Manual => "hand".into(),
        other => format!("{other:?}").to_lowercase(),
    }
}

fn driver(ui: &mut egui::Ui, app: &mut App, id: sim::actor::ActorId) {
    let edited = app.history.now().edits.iter().find_map(|edit| match edit {
        Edit::Driver { actor, driver } if *actor == id => Some(*driver),
        _ => None,
    });
    let mind = app.frame().and_then(|frame| frame.mind(id));
    let now = mind.and_then(|mind| mind.driver);
    let now = now.unwrap_or(DriverSpec::Scripted);
    let mut wanted = edited.unwrap_or(now);
    ui.horizontal(|ui| {
        ui.label("driver");
        egui::ComboBox::from_id_salt("driver")
            .selected_text(driver_name(wanted))
            .show_ui(ui, |ui| {
                for driver in DRIVERS {
                    ui.selectable_value(&mut wanted, driver, driver_name(driver));
                }
            });
    });
    if wanted != edited.unwrap_or(now) {
        set(
            app,
            Edit::Driver {
                actor: id,
                driver: wanted,
            },
        );
    }
}

fn weights(ui: &mut egui::Ui, app: &mut App) {
    ui.collapsing("Weights", |ui| {
        ui.horizontal(|ui| {
            ui.add(
                egui::TextEdit::singleline(&mut app.drafts.weights)
                    .hint_text("folder of weights")
                    .desired_width(150.0),
            );
            let path = app.drafts.weights.trim().to_owned();
            if ui.button("Use").clicked() && !path.is_empty() {
                set(app, Edit::Weights(path.into()));
            }
        });
    });
}

fn edits_pose(app: &App, id: sim::actor::ActorId) -> Option<sim::math::Pose> {
    app.history.now().edits.iter().find_map(|edit| match edit {
        Edit::Move { actor, pose } if *actor == id => Some(*pose),
        _ => None,
    })
}

fn light(ui: &mut egui::Ui, app: &mut App) {
    let Some(now) = app.frame().map(|frame| frame.light) else {
        return;
    };
    let edited = app.history.now().edits.iter().find_map(|edit| match edit {
        Edit::Light(light) => Some(*light),
        _ => None,
    });
    let mut light = edited.unwrap_or(now);
    let mut elevation = light.sun_elevation_rad.to_degrees();
    ui.collapsing("Weather", |ui| {
        let mut is_changed = ui
            .add(egui::Slider::new(&mut elevation, -20.0..=90.0).text("sun over the horizon, °"))
            .changed();
        is_changed |= ui
            .add(egui::Slider::new(&mut light.clearness, 0.0..=1.0).text("clear sky"))
            .changed();
        let haze = egui::Slider::new(&mut light.haze_m, 5.0..=5000.0).logarithmic(true);
        is_changed |= ui.add(haze.text("haze takes half at, m")).changed();
        let rain = egui::Slider::new(&mut light.rain_mmph, 0.0..=100.0);
        is_changed |= ui.add(rain.text("rain, mm/h")).changed();
        if is_changed {
            light.sun_elevation_rad = elevation.to_radians();
            set(app, Edit::Light(light));
        }
    });
}

fn parameter(ui: &mut egui::Ui, app: &mut App) {
    ui.collapsing("Parameter or variable", |ui| {
        ui.horizontal(|ui| {
            let (name, value) = &mut app.drafts.parameter;
            ui.add(
                egui::TextEdit::singleline(name)
                    .hint_text("name")
                    .desired_width(90.0),
            );
            ui.add(
                egui::TextEdit::singleline(value)
                    .hint_text("value")
                    .desired_width(70.0),
            );
            if ui.button("Set").clicked() && !app.drafts.parameter.0.is_empty() {
                let (name, value) = std::mem::take(&mut app.drafts.parameter);
                set(app, Edit::Parameter { name, value });
            }
        });
    });
}

/// Puts a change in the place of one of the same thing.
fn set(app: &mut App, edit: Edit) {
    app.history.change(|d| {
        d.edits.retain(|old| !old.is_of_same(&edit));
        d.edits.push(edit);
    });
}

fn describe(app: &App, edit: &Edit) -> String {
    let name = |id| {
        let actor = app.frame().and_then(|frame| frame.actor(id));
        actor.map_or_else(|| "?".to_owned(), |a| a.spec.name.clone())
    };
    match edit {
        Edit::Move { actor, pose } => {
            format!("{} to {:.1}, {:.1} m", name(*actor), pose.x_m, pose.y_m)
        }
        Edit::Driver { actor, driver } => {
            format!("{} driven by {}", name(*actor), driver_name(*driver))
        }
        Edit::Weights(path) => format!("weights of {}", path.display()),
        Edit::Speed { actor, speed_mps } => format!("{} at {speed_mps:.1} m/s", name(*actor)),
        Edit::Light(light) => format!(
            "sun {:.0}°, clearness {:.2}, haze {:.0} m, rain {:.0} mm/h",
            light.sun_elevation_rad.to_degrees(),
            light.clearness,
            light.haze_m,
            light.rain_mmph
        ),
        Edit::Parameter { name, value } => format!("{name} = {value}"),
    }
}
