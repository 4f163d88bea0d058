//! Where time goes: of the shown tick and of the whole run by stage, and of the viewer itself.

use std::collections::BTreeMap;

use egui::Grid;
use sim::tick::Stage;

use super::theme;
use crate::app::App;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    let run = app.run();
    let (frames, events) = (run.frames.len(), run.events.len());
    ui.label(format!("{frames} ticks and {events} events in memory"));
    if !app.shows_timings {
        return;
    }
    let ms = app.ui_time.as_secs_f64() * 1e3;
    ui.label(format!("Panels: {ms:.2} ms a frame"));
    let Some(frame) = app.frame() else { return };
    if frame.costs.is_empty() {
        ui.weak("How long this tick took was not measured.");
        return;
    }
    let here: BTreeMap<(Stage, bool), f32> = frame
        .costs
        .iter()
        .map(|cost| ((cost.stage, !cost.is_forward), cost.ms))
        .collect();
    let total: f32 = here.values().sum();
    // A long run is sampled: thousands of ticks a frame would take longer than what is measured.
    let step = run.frames.len().div_ceil(200).max(1);
    let mut mean: BTreeMap<(Stage, bool), f32> = BTreeMap::new();
    let mut count = 0.0;
    let measured = run.frames.iter().step_by(step);
    for frame in measured.filter(|frame| !frame.costs.is_empty()) {
        count += 1.0;
        for cost in frame.costs.iter() {
            *mean.entry((cost.stage, !cost.is_forward)).or_default() += cost.ms;
        }
    }
    let all: f32 = mean.values().sum::<f32>() / f32::max(count, 1.0);
    ui.label(format!(
        "This tick: {total:.2} ms; a tick of the run: {all:.2} ms, {:.1} × real time",
        app.dt_s() as f32 * 1e3 / all.max(1e-6)
    ));
    Grid::new("stages").striped(true).show(ui, |ui| {
        for head in ["stage", "this tick", "", "run"] {
            ui.weak(head);
        }
        ui.end_row();
        for ((stage, is_stage), ms) in &here {
            let name = format!("{stage:?}");
            ui.label(if *is_stage {
                name
            } else {
                format!("{} (network)", name.trim_end_matches("Decode"))
            });
            ui.monospace(format!("{ms:7.3} ms"));
            let (rect, _) = ui.allocate_exact_size(egui::vec2(90.0, 10.0), egui::Sense::hover());
            let mut filled = rect;
            filled.set_width(rect.width() * (ms / total.max(1e-6)).clamp(0.0, 1.0));
            ui.painter().rect_filled(filled, 2.0, theme::HERE);
            let mean = mean.get(&(*stage, *is_stage)).copied().unwrap_or(0.0);
            ui.monospace(format!("{:7.3} ms", mean / f32::max(count, 1.0)));
            ui.end_row();
        }
    });
}
