//! Where the viewer's time goes.

use crate::app::App;

pub(super) fn draw(ui: &mut egui::Ui, app: &mut App) {
    if app.shows_timings {
        let ms = app.ui_time.as_secs_f64() * 1e3;
        ui.label(format!("Panels: {ms:.2} ms a frame"));
    }
    let run = app.run();
    let (frames, events) = (run.frames.len(), run.events.len());
    ui.label(format!("{frames} ticks and {events} events in memory"));
}
