//! Two runs held against each other: where they part, and by how much.

use std::time::Duration;

use egui::Grid;

use super::theme;
use crate::app::App;
use crate::command::Command;
use crate::compare::Difference;
use crate::layers::Layer;

/// Time that may be spent on comparing in a frame.
const BUDGET: Duration = Duration::from_millis(1);

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    if app.runs.len() < 2 {
        ui.weak("Branch, or open a second run, to compare.");
        return;
    }
    let title = |i: usize| {
        let name = app
            .runs
            .get(i)
            .and_then(|r| r.info.as_ref())
            .map_or("loading", |info| &info.title);
        format!("{name} #{}", i + 1)
    };
    let mut other = app
        .other
        .filter(|i| *i < app.runs.len() && *i != app.current);
    ui.horizontal(|ui| {
        ui.label(format!("{} with", title(app.current)));
        egui::ComboBox::from_id_salt("other")
            .selected_text(other.map_or_else(|| "none".into(), title))
            .show_ui(ui, |ui| {
                for i in (0..app.runs.len()).filter(|i| *i != app.current) {
                    ui.selectable_value(&mut other, Some(i), title(i));
                }
            });
    });
    app.other = other;
    ui.horizontal(|ui| {
        let mut is_beside = app.is_side_by_side;
        if ui.checkbox(&mut is_beside, "side by side").changed() {
            app.apply(Command::SideBySide);
        }
        let mut is_shown = app.layers.shows(Layer::Ghosts);
        if ui.checkbox(&mut is_shown, "as ghosts").changed() {
            app.apply(Command::Layer(Layer::Ghosts));
        }
    });
    let Some(second) = other else { return };
    let (a, b) = (&app.runs[app.current], &app.runs[second]);
    let found = app.comparison.update(a, b, BUDGET);
    let mut asked = None;
    if found.is_empty() {
        ui.colored_label(theme::GOOD, "No difference so far.");
    }
    for difference in found {
        let (time_s, text) = match difference {
            Difference::Parts { time_s, actor, .. } => {
                (*time_s, format!("{actor} goes another way"))
            }
            Difference::Apart {
                time_s,
                actor,
                off_m,
            } => (*time_s, format!("{actor}: farthest apart, {off_m:.1} m")),
            Difference::Event {
                time_s,
                text,
                is_first,
            } => {
                let whose = if *is_first { "only here" } else { "only there" };
                (*time_s, format!("{whose}: {text}"))
            }
        };
        if ui
            .selectable_label(false, format!("{time_s:7.2} s  {text}"))
            .clicked()
        {
            asked = Some(time_s);
        }
    }
    if let (Some(x), Some(y)) = (&a.ending, &b.ending) {
        Grid::new("metrics").striped(true).show(ui, |ui| {
            for head in ["metric", "here", "there"] {
                ui.weak(head);
            }
            ui.end_row();
            ui.label("verdict");
            ui.label(x.verdict.as_deref().unwrap_or("-"));
            ui.label(y.verdict.as_deref().unwrap_or("-"));
            ui.end_row();
            for (name, (value, unit)) in &x.metrics {
                let there = y.metrics.get(name).map(|(v, _)| *v);
                if there == Some(*value) {
                    continue;
                }
                ui.label(name);
                ui.monospace(format!("{value:.3} {unit}"));
                ui.monospace(there.map_or_else(|| "-".into(), |v| format!("{v:.3} {unit}")));
                ui.end_row();
            }
        });
    } else {
        ui.weak("Metrics are compared once both runs are over.");
    }
    if let Some(time_s) = asked {
        app.seek(app.run().tick_at(time_s));
    }
}
