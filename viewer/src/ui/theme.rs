//! Colours and text sizes.

use egui::{Color32, Context, Theme, Visuals};
use sim::actor::ActorId;

/// What is as it should be.
pub const GOOD: Color32 = Color32::from_rgb(72, 190, 120);
/// What is not.
pub const BAD: Color32 = Color32::from_rgb(238, 84, 84);
/// What asks for attention.
pub const WARN: Color32 = Color32::from_rgb(240, 176, 60);
/// Where one is.
pub const HERE: Color32 = Color32::from_rgb(86, 156, 255);

/// Colours that tell things apart, on dark and on light.
const SERIES: [Color32; 8] = [
    Color32::from_rgb(86, 156, 255),
    Color32::from_rgb(240, 140, 60),
    Color32::from_rgb(72, 190, 120),
    Color32::from_rgb(220, 90, 160),
    Color32::from_rgb(150, 120, 240),
    Color32::from_rgb(70, 190, 200),
    Color32::from_rgb(210, 180, 60),
    Color32::from_rgb(160, 160, 160),
];

/// The colour of the nth of some things.
pub fn series(number: usize) -> Color32 {
    SERIES[number % SERIES.len()]
}

/// The colour of an actor.
pub fn color_of(id: ActorId) -> Color32 {
    series(id.0 as usize)
}

/// A round mark, whole or as a ring; fonts have no such sign for certain.
pub fn mark(ui: &mut egui::Ui, color: Color32, is_whole: bool) -> egui::Response {
    let (rect, response) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), egui::Sense::hover());
    if is_whole {
        ui.painter().circle_filled(rect.center(), 4.0, color);
    } else {
        let line = egui::Stroke::new(1.5, color);
        ui.painter().circle_stroke(rect.center(), 3.5, line);
    }
    response
}

/// Sets the look.
pub fn apply(context: &Context, is_light: bool) {
    let theme = if is_light { Theme::Light } else { Theme::Dark };
    context.set_theme(theme);
    context.style_mut_of(theme, |style| {
        let mut visuals = match theme {
            Theme::Light => Visuals::light(),
            Theme::Dark => Visuals::dark(),
        };
        if theme == Theme::Dark {
            visuals.panel_fill = Color32::from_rgb(24, 27, 32);
            visuals.window_fill = Color32::from_rgb(30, 34, 40);
            visuals.extreme_bg_color = Color32::from_rgb(15, 17, 20);
            visuals.faint_bg_color = Color32::from_rgb(30, 33, 39);
        }
        visuals.selection.bg_fill = HERE.gamma_multiply(0.45);
        style.visuals = visuals;
        style.spacing.item_spacing = egui::vec2(6.0, 4.0);
    });
}
