//! What the networks of the selected driver did at this tick: where their attention went, and what their layers gave.

use egui::{CollapsingHeader, Color32, Grid, RichText};
use sim::message::{AttentionProbe, NetworkProbe};

use super::theme;
use crate::app::App;
use crate::command::Command;
use crate::layers::Layer;
use crate::why;

/// Tokens that are listed at most.
const MOST_TOKENS: usize = 12;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    if !app.run().is_live() {
        ui.weak("A record does not hold them. Open its scenario to look into networks.");
        return;
    }
    app.wants_look = true;
    let Some(look) = app.look().cloned() else {
        ui.weak(match app.run().look_failure() {
            Some(reason) => format!("They can't be looked into: {reason}"),
            None if app.clock.is_playing => "Pause to look into the networks.".into(),
            None => "This tick is made again …".into(),
        });
        return;
    };
    if look.networks.is_empty() {
        ui.weak("The selected actor is driven by no network.");
        return;
    }
    let plan = app.minded().and_then(|mind| mind.trajectory.clone());
    let seen = why::attention(&look.networks, plan.as_deref());
    if !seen.is_empty() {
        ui.horizontal(|ui| {
            ui.strong("What the chosen plan looked at");
            let mut is_shown = app.layers.shows(Layer::Attention);
            if ui.checkbox(&mut is_shown, "lines").changed() {
                app.apply(Command::Layer(Layer::Attention));
            }
        });
        let own = app.minded().map(|mind| mind.actor);
        let carrier = own.and_then(|id| look.frame.actor(id));
        Grid::new("attention").striped(true).show(ui, |ui| {
            for (token, weight) in seen.iter().take(MOST_TOKENS) {
                ui.label(token.kind);
                bar(ui, *weight, theme::HERE);
                ui.monospace(format!("{:4.1} %", weight * 100.0));
                let place = carrier.zip(token.position_m).map(|(carrier, [x, y])| {
                    let (ahead, left) = carrier.state.pose.to_local_xy(x, y);
                    format!("{ahead:+.1} m ahead, {left:+.1} m left")
                });
                ui.weak(place.unwrap_or_else(|| "empty".into()));
                ui.end_row();
            }
        });
        ui.separator();
    }
    for network in &look.networks {
        layers(ui, network);
    }
}

fn layers(ui: &mut egui::Ui, network: &NetworkProbe) {
    let title = format!("{} at {:.2} s", network.network, network.time_s);
    let header = CollapsingHeader::new(title)
        .id_salt(&network.network)
        .default_open(true);
    header.show(ui, |ui| {
        let most = network.layers.iter().map(|l| l.rms).fold(1e-6, f32::max);
        Grid::new(("layers", &network.network))
            .striped(true)
            .show(ui, |ui| {
                for head in ["layer", "", "rms", "most", "output", "heads' spread"] {
                    ui.weak(head);
                }
                ui.end_row();
                for layer in &network.layers {
                    ui.monospace(&layer.name);
                    bar(ui, layer.rms / most, theme::series(0));
                    ui.monospace(format!("{:.3}", layer.rms));
                    ui.monospace(format!("{:.2}", layer.most));
                    let shape: Vec<_> = layer.shape.iter().map(i64::to_string).collect();
                    ui.weak(shape.join(" × "));
                    if layer.broken > 0.0 {
                        let text = format!("{:.1} % not finite", layer.broken * 100.0);
                        ui.label(RichText::new(text).color(theme::BAD));
                    } else if let Some(map) = &layer.attention {
                        let heads: Vec<_> = map.spread.iter().map(|s| format!("{s:.2}")).collect();
                        ui.monospace(heads.join(" "));
                    } else {
                        ui.label("");
                    }
                    ui.end_row();
                }
            });
        for layer in &network.layers {
            if let Some(map) = layer.attention.as_ref().filter(|map| map.keys <= 64) {
                ui.collapsing(format!("{}: queries by keys", layer.name), |ui| {
                    matrix(ui, map)
                });
            }
        }
    });
}

/// A bar of a share of 1.
fn bar(ui: &mut egui::Ui, share: f32, color: Color32) {
    let (rect, _) = ui.allocate_exact_size(egui::vec2(64.0, 10.0), egui::Sense::hover());
    let mut filled = rect;
    filled.set_width(rect.width() * share.clamp(0.0, 1.0));
    ui.painter()
        .rect_filled(rect, 2.0, color.gamma_multiply(0.15));
    ui.painter().rect_filled(filled, 2.0, color);
}

/// Attention weights as a picture: a row a query, a column a key.
fn matrix(ui: &mut egui::Ui, map: &AttentionProbe) {
    let cell = (ui.available_width() / map.keys.max(1) as f32).clamp(2.0, 12.0);
    let size = egui::vec2(cell * map.keys as f32, cell * map.queries as f32);
    let (rect, response) = ui.allocate_exact_size(size, egui::Sense::hover());
    let painter = ui.painter_at(rect);
    painter.rect_filled(rect, 0.0, Color32::BLACK);
    let at = |query: usize, key: usize| map.row(query).and_then(|row| row.get(key)).copied();
    for query in 0..map.queries {
        for key in 0..map.keys {
            let share = at(query, key).unwrap_or(0.0).sqrt();
            let low = rect.min + egui::vec2(key as f32 * cell, query as f32 * cell);
            let square = egui::Rect::from_min_size(low, egui::Vec2::splat(cell));
            painter.rect_filled(square, 0.0, theme::HERE.gamma_multiply(share.min(1.0)));
        }
    }
    if let Some(pointer) = response.hover_pos() {
        let key = ((pointer.x - rect.left()) / cell) as usize;
        let query = ((pointer.y - rect.top()) / cell) as usize;
        if let Some(weight) = at(query, key) {
            response.on_hover_text(format!("query {query}, key {key}: {weight:.3}"));
        }
    }
}
