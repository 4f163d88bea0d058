//! What the selected driver saw, believed and chose, held against what was so.

use egui::{CollapsingHeader, Color32, Grid, RichText, pos2};
use sim::message::CameraFrame;

use super::theme;
use crate::app::App;
use crate::run::{Frame, Mind};
use crate::why;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    let Some(frame) = app.frame().cloned() else {
        return;
    };
    let ego = app.ego();
    let mind = app.selected.or(ego).and_then(|id| frame.mind(id));
    let Some(mind) = mind else {
        ui.weak("The selected actor has no driver of its own.");
        return;
    };
    let name = frame.actor(mind.actor).map_or("", |a| &a.spec.name);
    let driver = mind
        .driver
        .map_or_else(String::new, |d| format!("{d:?}").to_lowercase());
    ui.horizontal(|ui| {
        ui.heading(name);
        ui.weak(driver);
    });
    cameras(ui, app, &frame, mind);
    perception(ui, app, mind);
    futures(ui, mind);
    proposals(ui, mind);
}

/// Camera images with the boxes of detections.
fn cameras(ui: &mut egui::Ui, app: &mut App, frame: &Frame, mind: &Mind) {
    let Some(images) = app.images(mind) else {
        if mind.images.is_some() {
            ui.weak("The images of this tick are made again …");
            app.wants_look = true;
        }
        return;
    };
    for image in &images.frames {
        let id = ui.id().with(("camera", mind.actor, &image.sensor));
        let texture = texture(ui, id, image);
        let width = ui.available_width();
        let height = width * image.height_px as f32 / image.width_px.max(1) as f32;
        let (rect, response) =
            ui.allocate_exact_size(egui::vec2(width, height), egui::Sense::hover());
        let whole = egui::Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1.0));
        let painter = ui.painter_at(rect);
        painter.image(texture.id(), rect, whole, Color32::WHITE);
        response.on_hover_text(format!("{} at {:.2} s", image.sensor, image.time_s));
        if let Some(set) = &mind.detections {
            let seen = app.run().frame(app.run().tick_at(set.time_s));
            let matches = seen
                .map(|seen| why::matches(seen, mind.actor, set))
                .unwrap_or_default();
            for (number, detection) in set.boxes.iter().enumerate() {
                let color = if matches.ghosts.contains(&number) {
                    theme::BAD
                } else {
                    theme::GOOD
                };
                let corners = why::corners(detection);
                let seen: Option<Vec<_>> = corners
                    .iter()
                    .map(|corner| {
                        let (u, v, _) = image.project(corner)?;
                        let x = rect.left() + u as f32 / image.width_px as f32 * rect.width();
                        let y = rect.top() + v as f32 / image.height_px as f32 * rect.height();
                        Some(pos2(x, y))
                    })
                    .collect();
                let Some(seen) = seen else { continue };
                for (a, b) in why::EDGES {
                    if let (Some(a), Some(b)) = (seen.get(a), seen.get(b)) {
                        painter.line_segment([*a, *b], egui::Stroke::new(1.0, color));
                    }
                }
            }
        }
    }
    if images.frames.is_empty() && frame.minds.is_empty() {
        ui.weak("No camera.");
    }
}

/// The image as a texture, made anew when it is another.
fn texture(ui: &egui::Ui, id: egui::Id, image: &CameraFrame) -> egui::TextureHandle {
    let stamp = image.time_s.to_bits();
    let known = ui.data(|d| d.get_temp::<(u64, egui::TextureHandle)>(id));
    if let Some((at, handle)) = &known
        && *at == stamp
    {
        return handle.clone();
    }
    let size = [image.width_px as usize, image.height_px as usize];
    let picture = if image.rgb.len() == size[0] * size[1] * 3 {
        egui::ColorImage::from_rgb(size, &image.rgb)
    } else {
        egui::ColorImage::filled(size, Color32::BLACK)
    };
    let handle = match known {
        Some((_, mut handle)) => {
            handle.set(picture, egui::TextureOptions::LINEAR);
            handle
        }
        None => ui
            .ctx()
            .load_texture(&image.sensor, picture, egui::TextureOptions::LINEAR),
    };
    ui.data_mut(|d| d.insert_temp(id, (stamp, handle.clone())));
    handle
}

/// Detections against truth.
fn perception(ui: &mut egui::Ui, app: &mut App, mind: &Mind) {
    let Some(set) = &mind.detections else { return };
    let Some(seen) = app.run().frame(app.run().tick_at(set.time_s)).cloned() else {
        return;
    };
    let matches = why::matches(&seen, mind.actor, set);
    let name = |id| {
        seen.actor(id)
            .map_or_else(String::new, |a| a.spec.name.clone())
    };
    let title = format!(
        "Perception at {:.2} s: {} found, {} missed, {} false",
        set.time_s,
        matches.found.len(),
        matches.missed.len(),
        matches.ghosts.len()
    );
    CollapsingHeader::new(title)
        .id_salt("perception")
        .default_open(true)
        .show(ui, |ui| {
            for id in &matches.missed {
                if ui
                    .selectable_label(
                        false,
                        RichText::new(format!("missed {}", name(*id))).color(theme::BAD),
                    )
                    .clicked()
                {
                    app.selected = Some(*id);
                }
            }
            for (number, id, off_m) in matches.misplaced() {
                let score = set.boxes.get(*number).map_or(0.0, |b| b.score);
                ui.colored_label(
                    theme::WARN,
                    format!("{} is {off_m:.1} m off (score {score:.2})", name(*id)),
                );
            }
            for number in &matches.ghosts {
                if let Some(b) = set.boxes.get(*number) {
                    let [x, y, _] = b.center_m;
                    let text = format!(
                        "nothing at {x:.1} m ahead, {y:.1} m left: {:?}, score {:.2}",
                        b.class, b.score
                    );
                    ui.colored_label(theme::BAD, text);
                }
            }
            for signal in &set.signals {
                let [_, red, yellow, green] = signal.probability;
                ui.label(format!(
                    "light {}: red {red:.2}, yellow {yellow:.2}, green {green:.2}",
                    signal.signal_id
                ));
            }
        });
}

/// Tracks with the futures that are expected of them.
fn futures(ui: &mut egui::Ui, mind: &Mind) {
    let Some(tracks) = &mind.tracks else { return };
    let title = format!("{} tracks at {:.2} s", tracks.tracks.len(), tracks.time_s);
    CollapsingHeader::new(title)
        .id_salt("tracks")
        .show(ui, |ui| {
            Grid::new("tracks").striped(true).show(ui, |ui| {
                for head in ["track", "class", "σ position", "speed", "futures"] {
                    ui.weak(head);
                }
                ui.end_row();
                for track in &tracks.tracks {
                    let [vx, vy] = track.velocity_mps;
                    let sigma = (track.variance[0] + track.variance[1]).max(0.0).sqrt();
                    ui.label(track.id.to_string());
                    ui.label(format!("{:?}", track.class));
                    ui.monospace(format!("{sigma:.2} m"));
                    ui.monospace(format!("{:.1} m/s", sim::math::hypot(vx, vy)));
                    let predicted = mind.predictions.as_ref();
                    let of = predicted
                        .and_then(|p| p.predictions.iter().find(|p| p.track_id == track.id));
                    let shares: Vec<String> = of.map_or_else(Vec::new, |p| {
                        p.modes
                            .iter()
                            .map(|m| format!("{:.0} %", m.probability * 100.0))
                            .collect()
                    });
                    ui.monospace(shares.join(" "));
                    ui.end_row();
                }
            });
        });
}

/// What the plan was chosen from, and why.
fn proposals(ui: &mut egui::Ui, mind: &Mind) {
    let Some(plan) = &mind.trajectory else { return };
    if plan.is_emergency {
        ui.colored_label(
            theme::BAD,
            "The safety layer stops the vehicle: no proposal was safe.",
        );
    }
    let chosen = why::chosen(plan);
    let title = format!(
        "{} proposals at {:.2} s",
        plan.proposals.len(),
        plan.start_time_s
    );
    CollapsingHeader::new(title)
        .id_salt("proposals")
        .default_open(true)
        .show(ui, |ui| {
            for (number, proposal) in plan.proposals.iter().enumerate() {
                let is_chosen = chosen == Some(number);
                let end = proposal.points.last();
                let speed = end.map_or(0.0, |p| p.speed_mps);
                let mut text = format!(
                    "{} {:3.0} %  to {speed:.1} m/s",
                    if is_chosen { "▶" } else { " " },
                    proposal.probability * 100.0
                );
                for (term, cost) in &proposal.costs {
                    text.push_str(&format!("  {term} {cost:.2}"));
                }
                let color = match (&proposal.refused, is_chosen) {
                    (Some(_), _) => theme::BAD,
                    (None, true) => theme::GOOD,
                    (None, false) => ui.visuals().text_color(),
                };
                ui.label(RichText::new(text).monospace().color(color));
                if let Some(reason) = &proposal.refused {
                    ui.label(RichText::new(format!("     refused: {reason}")).color(theme::BAD));
                }
            }
        });
}
