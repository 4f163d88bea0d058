//! All that is known of the selected actor.

use egui::{CollapsingHeader, Grid};

use super::theme;
use crate::app::App;
use crate::why;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    let Some(frame) = app.frame().cloned() else {
        return;
    };
    let Some(actor) = app.selected.and_then(|id| frame.actor(id)) else {
        ui.weak("Click on an actor in the scene or in the list.");
        return;
    };
    ui.horizontal(|ui| {
        theme::mark(ui, theme::color_of(actor.id), true);
        ui.heading(&actor.spec.name);
        ui.weak(format!("{:?} {}", actor.spec.class, actor.id.0));
    });
    let section = |ui: &mut egui::Ui, title: &str, rows: Vec<(String, String)>| {
        CollapsingHeader::new(title)
            .default_open(true)
            .show(ui, |ui| {
                Grid::new(title)
                    .num_columns(2)
                    .striped(true)
                    .show(ui, |ui| {
                        for (name, value) in rows {
                            ui.weak(name);
                            ui.monospace(value);
                            ui.end_row();
                        }
                    });
            });
    };
    let row = |name: &str, value: String| (name.to_owned(), value);
    let s = &actor.state;
    let p = &s.pose;
    let degrees = |rad: f64| format!("{:.2}°", rad.to_degrees());
    section(
        ui,
        "State",
        vec![
            row(
                "position",
                format!("{:.2}, {:.2}, {:.2} m", p.x_m, p.y_m, p.z_m),
            ),
            row("heading", degrees(p.yaw_rad)),
            row(
                "pitch, roll",
                format!("{}, {}", degrees(p.pitch_rad), degrees(p.roll_rad)),
            ),
            row(
                "speed",
                format!("{:.2} m/s ({:.1} km/h)", s.speed_mps, s.speed_mps * 3.6),
            ),
            row("acceleration", format!("{:.2} m/s²", s.accel_mps2)),
            row(
                "velocity",
                format!(
                    "{:.2}, {:.2}, {:.2} m/s",
                    s.velocity_mps[0], s.velocity_mps[1], s.velocity_mps[2]
                ),
            ),
            row("yaw rate", format!("{:.3} rad/s", s.yaw_rate_radps)),
            row("front wheels", degrees(s.steer_rad)),
            row("moved by", format!("{:?}", actor.motion)),
        ],
    );
    if let Some(info) = &app.run().info
        && let Some(place) = info.map.locate_from(p, None)
    {
        let lane = place.lane_id;
        let road = info.map.road(place.road);
        section(
            ui,
            "On the road",
            vec![
                row("road", road.map_or_else(String::new, |r| r.id.clone())),
                row(
                    "lane",
                    lane.map_or_else(|| "none".into(), |l| l.to_string()),
                ),
                row("s, t", format!("{:.2}, {:.2} m", place.s_m, place.t_m)),
            ],
        );
    }
    if let Some(mind) = frame.mind(actor.id) {
        let c = &mind.command;
        let mut rows = vec![
            row(
                "driver",
                mind.driver
                    .map_or_else(|| "unknown".into(), |d| format!("{d:?}").to_lowercase()),
            ),
            row(
                "throttle, brake",
                format!("{:.2}, {:.2}", c.throttle, c.brake),
            ),
            row("steering", degrees(c.steer_rad)),
        ];
        if let Some(plan) = &mind.trajectory {
            let error = why::control_error(plan, frame.time_s, actor);
            rows.extend(error.map(|e| {
                let text = format!(
                    "{:+.2} m ahead, {:+.2} m left, {:+.2} m/s",
                    e.ahead_m, e.left_m, e.speed_mps
                );
                row("plan is", text)
            }));
        }
        section(ui, "Command", rows);
    }
    let b = &actor.spec.bounding_box;
    let mut rows = vec![
        row(
            "box",
            format!("{:.2} × {:.2} × {:.2} m", b.length_m, b.width_m, b.height_m),
        ),
        row(
            "its middle",
            format!(
                "{:.2}, {:.2}, {:.2} m",
                b.center_x_m, b.center_y_m, b.center_z_m
            ),
        ),
        row("mass", format!("{:.0} kg", actor.spec.mass_kg)),
        row("wheelbase", format!("{:.2} m", actor.spec.wheelbase_m())),
        row(
            "top speed",
            format!("{:.1} m/s", actor.spec.performance.max_speed_mps),
        ),
    ];
    rows.extend(
        actor
            .spec
            .properties
            .iter()
            .map(|(name, value)| (name.clone(), value.clone())),
    );
    section(ui, "Description", rows);
    components(ui, app);
}

/// Every component of the actor, and every resource of its world.
fn components(ui: &mut egui::Ui, app: &mut App) {
    let is_live = app.run().is_live();
    let header = CollapsingHeader::new("All components");
    header.show(ui, |ui| {
        if !is_live {
            ui.weak("A record does not hold them. Open its scenario to see them.");
            return;
        }
        app.wants_look = true;
        let Some(look) = app.look().cloned() else {
            ui.weak(match app.run().look_failure() {
                Some(reason) => format!("They can't be had: {reason}"),
                None if app.clock.is_playing => "Pause to see them.".into(),
                None => "This tick is made again …".into(),
            });
            return;
        };
        ui.add(
            egui::TextEdit::singleline(&mut app.drafts.component)
                .hint_text("find by name or value"),
        );
        let wanted = app.drafts.component.to_lowercase();
        for description in look.descriptions.iter().rev() {
            ui.strong(match description.actor {
                Some(_) => "Actor",
                None => "World",
            });
            for (name, value) in &description.values {
                let is_there = |text: &str| text.to_lowercase().contains(&wanted);
                if !(is_there(name) || value.as_deref().is_some_and(is_there)) {
                    continue;
                }
                let short = name.rsplit("::").next().unwrap_or(name);
                match value {
                    Some(value) => {
                        CollapsingHeader::new(short)
                            .id_salt(name)
                            .show(ui, |ui| ui.monospace(value))
                            .header_response
                            .on_hover_text(name);
                    }
                    None => {
                        ui.weak(short).on_hover_text(format!("{name}: no state"));
                    }
                }
            }
        }
    });
}
