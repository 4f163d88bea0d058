//! The level that is being made: what a click paints, what is wrong with it.

use egui::Ui;
use game::level::problems;

use super::theme;
use crate::app::App;
use crate::command::Command;
use crate::tiles::brushes;

pub(super) fn draw(ui: &mut Ui, app: &mut App) {
    let is_painting = app.is_painting();
    let Some(tiles) = &app.level else { return };
    let file = tiles.file.display().to_string();
    ui.horizontal(|ui| {
        ui.strong(file);
        if app.is_level_unsaved() {
            ui.weak("not saved");
        }
    });
    ui.horizontal(|ui| {
        let commands: &[Command] = if is_painting {
            &[Command::SaveBranch, Command::TryDraft]
        } else {
            &[Command::EditDraft]
        };
        for command in commands {
            if ui.button(command.name()).clicked() {
                app.apply(*command);
            }
        }
    });
    if !is_painting {
        return;
    }
    ui.separator();
    ui.label("A click paints");
    let Some(level) = app.history.now().level.clone() else {
        return;
    };
    let mut brush = app.level.as_ref().map_or('#', |tiles| tiles.brush);
    ui.horizontal_wrapped(|ui| {
        for (character, name) in brushes(&level) {
            let text = format!("{character} {name}");
            ui.selectable_value(&mut brush, character, text);
        }
    });
    let Some(tiles) = &mut app.level else { return };
    tiles.brush = brush;
    ui.separator();
    ui.strong("What it takes");
    for goal in &tiles.layout.goals {
        ui.label(goal.to_string());
    }
    let found = problems(&tiles.layout);
    if found.is_empty() {
        ui.colored_label(theme::GOOD, "Nothing is wrong at a first look.");
    }
    for problem in found {
        ui.colored_label(theme::WARN, problem.to_string());
    }
}
