//! What happened, in order; a click goes there.

use egui::{RichText, ScrollArea};

use super::timeline::event_color;
use crate::app::App;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    ui.add(
        egui::TextEdit::singleline(&mut app.drafts.log)
            .hint_text("Search the log")
            .desired_width(f32::INFINITY),
    );
    let wanted = app.drafts.log.to_lowercase();
    let now_s = app.clock.tick() as f64 * app.dt_s() + 1e-9;
    let rows: Vec<_> = app
        .run()
        .events
        .iter()
        .filter(|e| {
            let text = format!("{} {} {} {}", e.kind, e.element, e.from, e.to).to_lowercase();
            text.contains(&wanted)
        })
        .collect();
    let mut asked = None;
    ScrollArea::vertical()
        .auto_shrink(false)
        .show_rows(ui, 16.0, rows.len(), |ui, range| {
            for event in rows.get(range).unwrap_or_default() {
                let is_past = event.time_s <= now_s;
                let text = format!(
                    "{:7.2}  {}: {} > {}",
                    event.time_s, event.element, event.from, event.to
                );
                let mut text = RichText::new(text).monospace().size(11.0);
                if !is_past {
                    text = text.weak();
                }
                ui.horizontal(|ui| {
                    super::theme::mark(ui, event_color(event.kind), true).on_hover_text(event.kind);
                    if ui.selectable_label(false, text).clicked() {
                        asked = Some(event.time_s);
                    }
                });
            }
        });
    if let Some(time_s) = asked {
        app.seek(app.run().tick_at(time_s));
    }
}
