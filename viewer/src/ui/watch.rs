//! Breakpoints and watched expressions.

use egui::{Key, RichText};

use super::theme;
use crate::app::App;
use crate::signal::{FUNCTIONS, Value};

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    ui.strong("Breakpoints");
    breaks(ui, app);
    ui.separator();
    ui.strong("Watch");
    watches(ui, app);
    ui.separator();
    ui.collapsing("What expressions may use", |ui| {
        for (call, meaning) in FUNCTIONS {
            ui.horizontal_wrapped(|ui| {
                ui.monospace(call);
                ui.weak(meaning);
            });
        }
        ui.weak("time and tick; and, or, not as &&, ||, !; names of actors as words or in quotes.");
    });
}

/// A line to write an expression in; the text once it is entered.
fn line(ui: &mut egui::Ui, label: &str, hint: &str, draft: &mut String) -> Option<String> {
    let mut entered = None;
    ui.horizontal(|ui| {
        let edit = egui::TextEdit::singleline(draft).hint_text(hint);
        let response = ui.add_sized([(ui.available_width() - 44.0).max(60.0), 20.0], edit);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::WidgetType::TextEdit, true, label));
        let is_entered = response.lost_focus() && ui.input(|i| i.key_pressed(Key::Enter));
        let is_clicked = ui.button("Add").on_hover_text(label).clicked();
        if (is_entered || is_clicked) && !draft.trim().is_empty() {
            entered = Some(draft.trim().to_owned());
        }
    });
    entered
}

fn breaks(ui: &mut egui::Ui, app: &mut App) {
    let mut draft = std::mem::take(&mut app.drafts.condition);
    let entered = line(ui, "New breakpoint", "ttc(ego) < 1.5", &mut draft);
    app.drafts.condition = draft;
    if let Some(text) = entered {
        match app.add_break(&text) {
            Ok(()) => app.drafts.condition.clear(),
            Err(reason) => app.status = Some(reason),
        }
    }
    let tick = app.clock.tick();
    let mut changed = None;
    for (number, item) in app.history.now().breaks.iter().enumerate() {
        ui.horizontal(|ui| {
            let mut is_on = item.is_on;
            let toggled = ui.checkbox(&mut is_on, "").changed();
            let value = app.signals.read(&item.text);
            let value = value.and_then(|e| app.signals.value(&e, app.run(), tick));
            let color = match &value {
                Ok(Value::Truth(true)) => theme::BAD,
                Ok(_) => ui.visuals().text_color(),
                Err(_) => theme::WARN,
            };
            let label = ui.label(RichText::new(&item.text).monospace().color(color));
            match &value {
                Ok(Value::Truth(_)) => {}
                Ok(other) => {
                    label.on_hover_text(format!("It gives {other}, which is not yes or no."));
                }
                Err(reason) => {
                    label.on_hover_text(reason);
                }
            }
            let is_removed = ui.small_button("✖").on_hover_text("Remove").clicked();
            if toggled || is_removed {
                changed = Some((number, is_on, is_removed));
            }
        });
    }
    if let Some((number, is_on, is_removed)) = changed {
        app.history.change(|d| {
            if is_removed {
                d.breaks.remove(number);
            } else if let Some(item) = d.breaks.get_mut(number) {
                item.is_on = is_on;
            }
        });
    }
}

fn watches(ui: &mut egui::Ui, app: &mut App) {
    let mut draft = std::mem::take(&mut app.drafts.watch);
    let entered = line(ui, "New watch", "speed(ego)", &mut draft);
    app.drafts.watch = draft;
    if let Some(text) = entered {
        match app.add_watch(&text) {
            Ok(()) => app.drafts.watch.clear(),
            Err(reason) => app.status = Some(reason),
        }
    }
    let tick = app.clock.tick();
    let mut changed = None;
    for (number, item) in app.history.now().watches.iter().enumerate() {
        ui.horizontal(|ui| {
            let mut is_plotted = item.is_plotted;
            let toggled = ui
                .checkbox(&mut is_plotted, "")
                .on_hover_text("Plot over time")
                .changed();
            ui.monospace(&item.text);
            let value = app.signals.read(&item.text);
            match value.and_then(|e| app.signals.value(&e, app.run(), tick)) {
                Ok(value) => ui.label(RichText::new(value.to_string()).monospace().strong()),
                Err(reason) => ui.colored_label(theme::WARN, reason),
            };
            let is_removed = ui.small_button("✖").on_hover_text("Remove").clicked();
            if toggled || is_removed {
                changed = Some((number, is_plotted, is_removed));
            }
        });
    }
    if let Some((number, is_plotted, is_removed)) = changed {
        app.history.change(|d| {
            if is_removed {
                d.watches.remove(number);
            } else if let Some(item) = d.watches.get_mut(number) {
                item.is_plotted = is_plotted;
            }
        });
    }
}
