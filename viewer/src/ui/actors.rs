//! All actors of the tick, as a table.

use egui::ScrollArea;

use super::theme;
use crate::app::App;

/// Height of a row, points.
const ROW: f32 = 18.0;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    ui.add(
        egui::TextEdit::singleline(&mut app.drafts.actor)
            .hint_text("Search by name or class")
            .desired_width(f32::INFINITY),
    );
    let Some(frame) = app.frame().cloned() else {
        return;
    };
    let ego = app.ego();
    let wanted = app.drafts.actor.to_lowercase();
    let rows: Vec<_> = frame
        .actors
        .iter()
        .filter(|a| {
            let class = format!("{:?}", a.spec.class).to_lowercase();
            a.spec.name.to_lowercase().contains(&wanted) || class.contains(&wanted)
        })
        .collect();
    let follow = app.followed().map(|(_, pose)| pose);
    ui.weak(format!("{} of {} actors", rows.len(), frame.actors.len()));
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, ROW, rows.len(), |ui, range| {
            for actor in rows.get(range).unwrap_or_default() {
                let is_selected = app.selected == Some(actor.id);
                ui.horizontal(|ui| {
                    ui.set_height(ROW - 4.0);
                    let (dot, _) =
                        ui.allocate_exact_size(egui::vec2(8.0, 8.0), egui::Sense::hover());
                    ui.painter()
                        .circle_filled(dot.center(), 4.0, theme::color_of(actor.id));
                    let mut name = egui::RichText::new(&actor.spec.name);
                    if Some(actor.id) == ego {
                        name = name.strong();
                    }
                    // Where there is little room, the name and the figures matter more.
                    let is_narrow = ui.available_width() < 230.0;
                    if ui.selectable_label(is_selected, name).clicked() {
                        app.selected = Some(actor.id);
                    }
                    if !is_narrow {
                        ui.weak(format!("{:?}", actor.spec.class));
                    }
                    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                        if let Some(from) = follow.filter(|_| !is_narrow) {
                            let p = &actor.state.pose;
                            let far = sim::math::hypot(p.x_m - from.x_m, p.y_m - from.y_m);
                            ui.weak(format!("{far:.0} m"));
                        }
                        ui.monospace(format!("{:5.1} m/s", actor.state.speed_mps));
                    });
                });
            }
        });
}
